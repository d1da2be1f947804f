//! A thousand small files on loopback, beside curl: as a script sends them, a token and an upload for each file and a curl for
//! each request, and as the least that can be asked, one curl with one token for all.
//!
//! Slipway is measured from its start to its end: each file has a token of its own, every step of it is in the queue's
//! database before it is taken, and the workspace is asked what it has before and after the piece that makes it a video.

use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use super::report::Row;
use super::{Bench, curl, small_files};
use crate::sandbox::Sandbox;
use crate::upload::Upload;

/// As many as one token may be for.
const FILES: usize = 1_000;
const SIZE: u64 = 1 << 20;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    curl::ensure_there()?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let files = files(bench)?;
    let start = Instant::now();
    Upload::start(&bench.slipway, &sandbox, &bench.folder.join("home"), &[], &files)?.follow(|_| Ok(()))?;
    let ours = start.elapsed().as_secs_f64();
    let each = curl::send_each(&sandbox, &files)?.as_secs_f64();
    let all = curl::send_all(&sandbox, &files, &bench.folder)?.as_secs_f64();
    let row = |measure: &str, value, unit, note: &str| Row::new("small", measure, value, unit, note);
    Ok(vec![
        row("slipway upload", ours, "s", "1,000 files of 1 MiB, start to end"),
        row("curl for each request", each, "s", "one after the other, a token for each file"),
        row("one curl for all", all, "s", "one after the other, one token, one connection"),
        row("curl for each request / slipway", each / ours, "×", ""),
        row("one curl for all / slipway", all / ours, "×", ""),
    ])
}

fn files(bench: &Bench) -> Result<Vec<PathBuf>> {
    let files = small_files(&bench.folder.join("files"), "small", FILES)?;
    for file in &files {
        File::options().write(true).open(file)?.set_len(SIZE)?;
    }
    Ok(files)
}
