//! Throughput on loopback, beside curl: the same file, cut the same way, to the same sink, in the same run.
//!
//! curl posts the pieces of the file one after another on one connection, each as the multipart form that Slipway
//! sends (`-F file=@piece`); the cutting is not measured. Slipway is measured from its start to its `stored` event, so
//! its token, its journal and its questions to the workspace are in the figure. Three rounds each, taking turns; the
//! best of each counts, because whatever else the machine does can only slow a round down.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::shell::{command, line, output};
use crate::upload::Upload;

const SIZE: u64 = 2 << 30;
/// As Slipway's own plan cuts a file of this size: `engine/src/plan.rs` aims at 64 chunks.
const PIECE: u64 = SIZE / 64;
const ROUNDS: usize = 3;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    ensure!(output(command("curl").arg("--version")).is_some(), "this case needs curl");
    let file = large_file(&bench.folder, SIZE)?;
    let pieces = cut(&file, &bench.folder.join("pieces"))?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let mut best = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        let home = bench.folder.join(format!("home-{round}"));
        best[0] = best[0].min(slipway(bench, &sandbox, &home, &file)?);
        best[1] = best[1].min(curl(bench, &sandbox, &pieces, round)?);
    }
    let rate = |time: Duration| SIZE as f64 / 1e6 / time.as_secs_f64();
    let [ours, theirs] = best.map(rate);
    let row = |measure: &str, value, unit, note: &str| Row {
        case: "throughput",
        measure: measure.to_owned(),
        value,
        unit,
        note: note.to_owned(),
    };
    Ok(vec![
        row("slipway upload", ours, "MB/s", "2 GiB to a sink on loopback, start to stored, best of 3"),
        row("curl", theirs, "MB/s", "the same 64 pieces in sequence, best of 3"),
        row("slipway / curl", ours / theirs, "×", "compare this between machines, not the two above"),
    ])
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

fn curl(bench: &Bench, sandbox: &Sandbox, pieces: &[PathBuf], round: usize) -> Result<Duration> {
    let token = upload_token(sandbox)?;
    // One curl for all pieces, so that it keeps its connection; a file of options, because they are many.
    let mut options = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        let number = index + 1;
        let separator = if index == 0 { "" } else { "next\n" };
        write!(
            options,
            "{separator}url = \"{}/api/2/photo/redeem-upload-token\"\nsilent\nfail\nform = \"upload_token={token}\"\n\
             form = \"resumableIdentifier=curl{round}\"\nform = \"resumableFilename=large.mp4\"\n\
             form = \"resumableChunkNumber={number}\"\nform = \"resumableChunkSize={PIECE}\"\n\
             form = \"resumableTotalSize={SIZE}\"\nform = \"resumableTotalChunks={}\"\nform = \"file=@{}\"\n",
            sandbox.address,
            pieces.len(),
            piece.display(),
        )?;
    }
    let file = bench.folder.join("curl.options");
    fs::write(&file, options)?;
    let mut curl = command("curl");
    curl.arg("--config").arg(&file);
    let start = Instant::now();
    let said = output(&mut curl).with_context(|| format!("{} failed", line(&curl)))?;
    let time = start.elapsed();
    ensure!(said.trim_start_matches("ok").trim() != "", "curl's last piece was not answered with a video: {said}");
    Ok(time)
}

/// Permission for one video, asked for as any client would.
fn upload_token(sandbox: &Sandbox) -> Result<String> {
    let mut curl = command("curl");
    curl.args(["--silent", "--fail", "--header", &format!("Authorization: Bearer {}", sandbox.token())]);
    curl.arg(format!("{}/api/2/photo/get-upload-token?max_uploads=1&publish=0", sandbox.address));
    let said = output(&mut curl).context("the sandbox gives no upload token")?;
    let said: Value = serde_json::from_str(&said)?;
    Ok(said["data"]["upload_token"].as_str().with_context(|| format!("no upload token in {said}"))?.to_owned())
}

/// The file in pieces, as files.
fn cut(file: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let mut file = File::open(file)?;
    let mut pieces = Vec::new();
    for number in 1..=SIZE / PIECE {
        let path = folder.join(number.to_string());
        io::copy(&mut file.by_ref().take(PIECE), &mut File::create(&path)?)?;
        pieces.push(path);
    }
    Ok(pieces)
}
