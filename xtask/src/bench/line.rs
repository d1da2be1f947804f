//! A long line with losses: 100 Mbit/s, 100 ms for a round trip, TCP cubic, TLS; beside one curl stream and beside a
//! client with a fixed pool, in the same run.
//!
//! The line is `line/path.rs`, the fixed pool `line/fixed_pool.rs`, run as a program of its own at the near end. Slipway is
//! measured from its start to its `stored` event. curl is stopped after a while, since one stream takes minutes where
//! packets are lost, and counts by the pieces that it has brought across by then.

pub(crate) mod fixed_pool;
mod path;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::curl::{self, Pieces};
use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::shell::{root, run};
use crate::upload::Upload;
pub(super) use path::Line;

/// Packets lost of a million, each way.
const LOSSES: [u32; 3] = [0, 1_000, 5_000];

/// As small as the protocol's pages advise, and as large as the fixed pool's.
const PIECE: u64 = 5 * 1024 * 1024;

/// How long one stream of curl may try.
const CURL_LIMIT: Duration = Duration::from_mins(1);

const PORT: u16 = 8443;

/// A line with a workspace at its far end that keeps nothing, and what is sent there.
pub(super) struct Across {
    pub(super) line: Line,
    pub(super) sandbox: Sandbox,
    pub(super) file: PathBuf,
    /// The same for curl.
    pub(super) pieces: Pieces,
}

impl Across {
    pub(super) fn set_up(bench: &Bench) -> Result<Self> {
        curl::ensure_there()?;
        let line = Line::lay()?;
        let file = large_file(&bench.folder, bench.size)?;
        let pieces = Pieces::cut(&file, PIECE, &bench.folder.join("pieces"))?;
        let far = |command: Command| line.far().within(&command);
        let listen = (Line::far_address(), PORT).into();
        let sandbox =
            Sandbox::start_elsewhere(&bench.slipway, &bench.folder.join("sandbox"), listen, &["--sink"], far)?;
        Ok(Self { line, sandbox, file, pieces })
    }
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let Across { line, sandbox, file, pieces } = Across::set_up(bench)?;
    let near = |command: &Command| line.near().within(command);
    // One for all, and a small file before them: the workspace has taken a file of the kind, and nothing waits for the first
    // piece, as it is on all days but the first.
    let home = bench.folder.join("home");
    let small = bench.folder.join("small.mp4");
    fs::copy(root().join("tests/media/talk.mp4"), &small)?;
    Upload::of(near(&Upload::command(&bench.slipway, &sandbox, &home, &[], std::slice::from_ref(&small))))?
        .follow(|_| Ok(()))?;
    let mut rows = Vec::new();
    for loss in LOSSES {
        line.lose(loss);
        let percent = f64::from(loss) / 10_000.0;
        let start = Instant::now();
        let mut stored = None;
        let upload = Upload::command(&bench.slipway, &sandbox, &home, &["--again"], std::slice::from_ref(&file));
        Upload::of(near(&upload))?.follow(|event| {
            if event["event"] == "stored" {
                stored.get_or_insert(start.elapsed());
            }
            Ok(())
        })?;
        let ours = stored.context("slipway upload never said that the video is stored")?.as_secs_f64();
        println!("   {percent} % lost: slipway {ours:.1} s");

        let token = curl::upload_token(&sandbox, near)?;
        let mut fixed = Command::new(std::env::current_exe()?);
        fixed.args(["fixed-pool", "--address", &sandbox.address, "--upload-token", &token, "--ca-file"]);
        fixed.args(sandbox.ca_file()).arg(&file);
        let start = Instant::now();
        run(&mut near(&fixed))?;
        let fixed = start.elapsed().as_secs_f64();
        println!("   {percent} % lost: a fixed pool {fixed:.1} s");

        let sent = curl::send(&sandbox, &pieces, &bench.folder, near, Some(CURL_LIMIT))?;
        let curl = sent.time.as_secs_f64() * bench.size as f64 / sent.bytes as f64;
        println!("   {percent} % lost: curl {curl:.1} s");

        let least = bench.size as f64 * 8.0 / path::RATE as f64;
        let mut row = |measure: &str, value, unit, note: String| {
            rows.push(Row::new("line", format!("{percent} % lost: {measure}"), value, unit, note));
        };
        let megabytes = bench.size / 1_000_000;
        row("slipway upload", ours, "s", format!("{megabytes} MB, start to stored"));
        row("fixed pool", fixed, "s", "windows of five chunks of 5 MiB".to_owned());
        let stopped = if sent.bytes < bench.size { ", by what it sent in a minute" } else { "" };
        row("curl", curl, "s", format!("one stream, the same pieces{stopped}"));
        row("share of the line", least / ours, "×", format!("all of 100 Mbit/s would be {least:.1} s"));
        row("fixed pool / slipway", fixed / ours, "×", String::new());
        row("curl / slipway", curl / ours, "×", String::new());
    }
    Ok(rows)
}
