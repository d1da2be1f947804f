//! A queue of a hundred thousand files: taken in ten thousand at a time, listed, steered, and what one more file and a thousand
//! small ones cost beside all of them. What should not depend on the length of the queue is told as a ratio to the same with
//! an empty one, in the same run.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::memory::peak_of;
use super::report::Row;
use super::{Bench, small_files};
use crate::sandbox::Sandbox;
use crate::shell::{Running, command, line};
use crate::upload::Upload;

const ITEMS: usize = 100_000;
/// As many as one command line takes.
const TOGETHER: usize = 10_000;
/// Small files that are sent beside all the others.
const SENT: usize = 1_000;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    // Where nobody listens: what is to lie in the queue stays there.
    let nobody = Sandbox::start(&bench.slipway, &bench.folder.join("nobody"), 0, &[])?.closed()?;
    let [empty, full] = ["empty", "full"].map(|name| bench.folder.join(name));
    let mut rows = Vec::new();
    let mut row = |measure: &str, value: f64, unit: &'static str, note: &str| {
        rows.push(Row::new("queue", measure, value, unit, note));
    };

    let mut taken_in = Vec::new();
    for part in 0..ITEMS / TOGETHER {
        let files = small_files(&bench.folder.join(format!("files-{part}")), "render", TOGETHER)?;
        taken_in.push(take_in(bench, &nobody, &full, &files)?.as_secs_f64());
        // Nothing of them is to be sent while others are measured.
        told(bench, &full, &["queue", "pause"])?;
    }
    let [first, last] = [taken_in[0], taken_in[taken_in.len() - 1]];
    row("the first 10,000 files", first, "s", "slipway upload, start to the last one queued");
    row("the last 10,000 of 100,000", last / first, "×", "of the first");

    for (home, name) in [(&empty, "of an empty queue"), (&full, "of 100,000")] {
        let one = small_files(&bench.folder.join("one"), name, 1)?;
        let seen = one_more(bench, &sandbox, home, &one)?;
        row(&format!("one more file beside the list {name}"), seen.time.as_secs_f64(), "s", "start to stored");
        row(&format!("most memory for it beside the list {name}"), seen.peak, "MiB", "peak resident set");
    }
    let listed = told(bench, &full, &["queue", "list", "--json"])?;
    ensure!(listed.lines > ITEMS, "{} of {ITEMS} items were listed", listed.lines);
    row("the list's first line", listed.first.as_secs_f64(), "s", "slipway queue list, from its start");
    row("the whole list", listed.time.as_secs_f64(), "s", "100,001 lines");
    row("most memory for it", listed.peak, "MiB", "peak resident set");
    for words in [&["queue", "resume"][..], &["queue", "pause"]] {
        let changed = told(bench, &full, words)?;
        row(&format!("{} all", words[1]), changed.time.as_secs_f64(), "s", "100,000 items, each told");
    }

    row("most memory of slipway run", run_beside(bench, &full)?, "MiB", "peak resident set, until it has told of each");

    // The workspace has more videos each time, and may be slower for it: there and back again, both meet the same.
    let mut times = Vec::new();
    for (turn, home) in [&empty, &full, &full, &empty].into_iter().enumerate() {
        let name = format!("small-{turn}");
        let files = small_files(&bench.folder.join(&name), &name, SENT)?;
        let start = Instant::now();
        Upload::start(&bench.slipway, &sandbox, home, &[], &files)?.follow(|_| Ok(()))?;
        times.push(start.elapsed().as_secs_f64());
    }
    row(
        "1,000 small files, an empty queue",
        f64::midpoint(times[0], times[3]),
        "s",
        "slipway upload, start to end, mean of two",
    );
    row("the same beside 100,000", (times[1] + times[2]) / (times[0] + times[3]), "×", "of that, in turns");
    Ok(rows)
}

struct Seen {
    time: Duration,
    /// Until something was said.
    first: Duration,
    lines: usize,
    /// MiB.
    peak: f64,
}

/// Runs a command to its end.
fn told(bench: &Bench, home: &Path, words: &[&str]) -> Result<Seen> {
    let mut command = command(&bench.slipway);
    command.args(words).env("SLIPWAY_HOME", home).stdout(Stdio::piped());
    let start = Instant::now();
    let mut process = Running(command.spawn().with_context(|| format!("cannot start {}", line(&command)))?);
    let out = BufReader::new(process.0.stdout.take().context("no output to read")?);
    let (mut first, mut lines, mut peak) = (None, 0, 0);
    for text in out.lines() {
        text?;
        first.get_or_insert_with(|| start.elapsed());
        lines += 1;
        if lines % 1_000 == 0 {
            peak = peak_of(process.0.id()).unwrap_or_default().max(peak);
        }
    }
    let status = process.0.wait()?;
    let time = start.elapsed();
    ensure!(status.success(), "{} ended with {status}", line(&command));
    Ok(Seen { time, first: first.unwrap_or(time), lines, peak: peak as f64 / 1024.0 })
}

fn one_more(bench: &Bench, sandbox: &Sandbox, home: &Path, file: &[PathBuf]) -> Result<Seen> {
    let start = Instant::now();
    let upload = Upload::start(&bench.slipway, sandbox, home, &[], file)?;
    let process = upload.id();
    let (mut peak, mut time, mut lines) = (0, Duration::MAX, 0);
    upload.follow(|event| {
        lines += 1;
        peak = peak_of(process).unwrap_or_default().max(peak);
        if event["event"] == "stored" {
            time = start.elapsed();
        }
        Ok(())
    })?;
    Ok(Seen { time, first: time, lines, peak: peak as f64 / 1024.0 })
}

/// The most memory of the command that works the queue off, until it has told of each item, in MiB.
fn run_beside(bench: &Bench, home: &Path) -> Result<f64> {
    let mut run = command(&bench.slipway);
    run.args(["run", "--json"]).env("SLIPWAY_HOME", home);
    let run = Upload::of(run)?;
    let process = run.id();
    let (mut items, mut peak) = (0, 0);
    run.until(|event| {
        items += usize::from(event["event"] == "queued");
        if items % 1_000 == 0 {
            peak = peak_of(process).unwrap_or_default().max(peak);
        }
        items == ITEMS
    })?;
    Ok(peak as f64 / 1024.0)
}

fn take_in(bench: &Bench, sandbox: &Sandbox, home: &Path, files: &[PathBuf]) -> Result<Duration> {
    let start = Instant::now();
    let (mut queued, mut took) = (0, Duration::MAX);
    Upload::adopting(&bench.slipway, sandbox, home, files)?.until(|event| {
        queued += usize::from(event["event"] == "queued");
        took = start.elapsed();
        queued == files.len()
    })?;
    Ok(took)
}
