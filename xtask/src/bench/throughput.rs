//! Throughput and processor time on loopback, beside curl: the same file, cut the same way, to the same sink, in the same run.
//!
//! curl posts the pieces of the file one after another on one connection (`bench/curl.rs`). Slipway is measured from its start to its `stored` event, so
//! its token, its journal and its questions to the workspace are in the figure. Three rounds each, taking turns; the
//! best of each counts, because whatever else the machine does can only slow a round down.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::curl::{self, Pieces};
use super::processor;
use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::upload::Upload;

const SIZE: u64 = 2 << 30;
/// As Slipway's own plan cuts a file of this size: `engine/src/plan.rs` aims at 64 chunks.
const PIECE: u64 = SIZE / 64;
const ROUNDS: usize = 3;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    curl::ensure_there()?;
    let file = large_file(&bench.folder, SIZE)?;
    let pieces = Pieces::cut(&file, PIECE, &bench.folder.join("pieces"))?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let mut best = [Round::worst(), Round::worst()];
    for round in 0..ROUNDS {
        let home = bench.folder.join(format!("home-{round}"));
        best[0].improve(|| slipway(bench, &sandbox, &home, &file))?;
        best[1].improve(|| with_curl(bench, &sandbox, &pieces))?;
    }
    let row = |measure: &str, value, unit, note: &str| Row::new("throughput", measure, value, unit, note);
    let [ours, theirs] = best.each_ref().map(|round| SIZE as f64 / 1e6 / round.time.as_secs_f64());
    let mut rows = vec![
        row("slipway upload", ours, "MB/s", "2 GiB to a sink on loopback, start to stored, best of 3"),
        row("curl", theirs, "MB/s", "the same 64 pieces in sequence, best of 3"),
        row("slipway / curl", ours / theirs, "×", "compare this between machines, not the two above"),
    ];
    if let [Some(ours), Some(theirs)] = best.map(|round| round.processor) {
        let a_gigabyte = SIZE as f64 / 1e9;
        rows.push(row("processor time, slipway", ours / a_gigabyte, "s/GB", "to the end of the process, best of 3"));
        rows.push(row("processor time, curl", theirs / a_gigabyte, "s/GB", "best of 3"));
        rows.push(row("processor time, slipway / curl", ours / theirs, "×", ""));
    }
    Ok(rows)
}

/// The best of some rounds, each figure for itself.
struct Round {
    time: Duration,
    /// Seconds.
    processor: Option<f64>,
}

impl Round {
    fn worst() -> Self {
        Self { time: Duration::MAX, processor: None }
    }

    fn improve(&mut self, round: impl FnOnce() -> Result<Duration>) -> Result<()> {
        let before = processor::time();
        self.time = self.time.min(round()?);
        let took = before.zip(processor::time()).map(|(before, after)| after - before);
        self.processor = [self.processor, took].into_iter().flatten().reduce(f64::min);
        Ok(())
    }
}

fn slipway(bench: &Bench, sandbox: &Sandbox, home: &Path, file: &Path) -> Result<Duration> {
    let start = Instant::now();
    let mut stored = None;
    Upload::start(&bench.slipway, sandbox, home, &[], &[file.to_owned()])?.follow(|event| {
        if event["event"] == "stored" {
            stored.get_or_insert(start.elapsed());
        }
        Ok(())
    })?;
    stored.context("slipway upload never said that the video is stored")
}

fn with_curl(bench: &Bench, sandbox: &Sandbox, pieces: &Pieces) -> Result<Duration> {
    let sent = curl::send(sandbox, pieces, &bench.folder, curl::right_here, None)?;
    ensure!(
        sent.answer.trim_start_matches("ok").trim() != "",
        "curl's last piece was not answered with a video: {}",
        sent.answer
    );
    Ok(sent.time)
}
