//! Taking in ten thousand files: how long until `slipway upload` has said of each that it is in the queue. Nobody listens
//! at the workspace, so nothing is sent meanwhile.
//!
//! Beside it the least that this costs on the same disk, in the same run: looking at each file and reading its two ends,
//! one after the other, and writing a line for each, flushed as often as the engine flushes. Three rounds each, taking
//! turns; the best of each counts.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::report::Row;
use super::{Bench, small_files};
use crate::sandbox::Sandbox;
use crate::upload::Upload;

const FILES: usize = 10_000;

/// As the engine does it: `engine/handing_over.rs`.
const TOGETHER: usize = 256;
/// Likewise: `engine/source.rs` reads so many bytes at both ends of a file.
const ENDS: u64 = 64 * 1024;

const ROUNDS: usize = 3;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let files = small_files(&bench.folder.join("files"), "render", FILES)?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &[])?.closed()?;
    let (mut first, mut again, mut least) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for round in 0..ROUNDS {
        let home = bench.folder.join(format!("home-{round}"));
        first = first.min(taken_in(bench, &sandbox, &home, &files)?);
        again = again.min(taken_in(bench, &sandbox, &home, &files)?);
        least = least.min(looked_at(&files, &bench.folder.join(format!("lines-{round}")))?);
    }
    let row = |measure: &str, value, unit, note: &str| Row::new("intake", measure, value, unit, note);
    let [first, again, least] = [first, again, least].map(|time| time.as_secs_f64());
    Ok(vec![
        row("10,000 new files", first, "s", "slipway upload, start to the last one queued, best of 3"),
        row("the same files again", again, "s", "each is known as what is in the queue"),
        row("looking and flushing alone", least, "s", "both ends of each file, a line each, as many flushes"),
        row("new files / that", first / least, "×", "compare this between machines"),
    ])
}

/// How long the command takes to tell of each file that it is in the queue.
fn taken_in(bench: &Bench, sandbox: &Sandbox, home: &Path, files: &[PathBuf]) -> Result<Duration> {
    let start = Instant::now();
    let (mut queued, mut took) = (0, Duration::MAX);
    let upload = Upload::adopting(&bench.slipway, sandbox, home, files)?;
    upload.until(|event| {
        queued += usize::from(event["event"] == "queued");
        took = start.elapsed();
        queued == FILES
    })?;
    Ok(took)
}

fn looked_at(files: &[PathBuf], lines: &Path) -> Result<Duration> {
    let start = Instant::now();
    let mut lines = File::create(lines)?;
    for (n, file) in (1..).zip(files) {
        let seen = fs::metadata(file)?;
        let mut ends = Vec::new();
        let mut open = File::open(file)?;
        (&mut open).take(ENDS).read_to_end(&mut ends)?;
        open.seek(SeekFrom::Start(seen.len().saturating_sub(ENDS)))?;
        io::copy(&mut open, &mut ends)?;
        writeln!(lines, "{} {} {}", file.display(), seen.len(), ends.len())?;
        if n % TOGETHER == 0 || n == FILES {
            lines.sync_data().context("cannot flush")?;
        }
    }
    Ok(start.elapsed())
}
