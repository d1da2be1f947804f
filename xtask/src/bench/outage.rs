//! How soon bytes move again when a network is back that had swallowed everything: no refusal, no reset, no word. On the line of
//! `line/path.rs`, beside one curl stream, which leaves it to TCP.
//!
//! Measured is the time from the network's return to the first packet with content at the far end, whichever connection
//! brought it. A client that only waits for TCP is at the mercy of its timer, which doubles with each loss.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::line::{Across, Line};
use super::report::Row;
use super::{Bench, curl};
use crate::upload::Upload;

/// A lift, and a long tunnel.
const OUTAGES: [Duration; 2] = [Duration::from_secs(12), Duration::from_mins(3)];

/// What has crossed the line before it goes, in bytes.
const BEFORE: u64 = 40_000_000;

/// Longer than anybody would call a return.
const PATIENCE: Duration = Duration::from_mins(2);

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let Across { line, sandbox, file, pieces } = Across::set_up(bench)?;
    let near = |command: &Command| line.near().within(command);
    let mut rows = Vec::new();
    for outage in OUTAGES {
        let home = bench.folder.join("home");
        let upload = Upload::command(&bench.slipway, &sandbox, &home, &["--again"], std::slice::from_ref(&file));
        let upload = Upload::of(near(&upload))?;
        let ours = first_bytes_after(&line, outage, || upload.follow(|_| Ok(())))?;
        let limit = Some(outage + PATIENCE);
        let theirs =
            first_bytes_after(&line, outage, || curl::send(&sandbox, &pieces, &bench.folder, near, limit).map(drop))?;
        let seconds = outage.as_secs();
        let mut row = |measure: &str, value, unit, note: &str| {
            rows.push(Row::new("outage", format!("{seconds} s: {measure}"), value, unit, note));
        };
        row("slipway upload", ours.as_secs_f64(), "s", "from the network's return to the first bytes");
        row("curl", theirs.as_secs_f64(), "s", "one stream, which TCP resumes");
        row("curl / slipway", theirs.as_secs_f64() / ours.as_secs_f64(), "×", "");
    }
    Ok(rows)
}

/// Takes the network away from what is being sent, for so long; answers when the first bytes are across after its return.
fn first_bytes_after(line: &Line, outage: Duration, send: impl FnOnce() -> Result<()> + Send) -> Result<Duration> {
    thread::scope(|scope| {
        let sending = scope.spawn(send);
        let measured = (|| {
            let start = line.brought();
            wait_until(|| line.brought() > start + BEFORE).context("nothing came across in the beginning")?;
            line.lose(1_000_000);
            thread::sleep(outage);
            let before = line.brought();
            line.lose(0);
            wait_until(|| line.brought() > before).context("nothing came across after the network was back")
        })();
        line.lose(0);
        let sent = sending.join().map_err(|_panic| anyhow::anyhow!("the sending thread failed"))?;
        let measured = measured?;
        sent?;
        Ok(measured)
    })
}

fn wait_until(is_so: impl Fn() -> bool) -> Result<Duration> {
    let start = Instant::now();
    while !is_so() {
        ensure!(start.elapsed() < PATIENCE, "not within {} s", PATIENCE.as_secs());
        thread::sleep(Duration::from_millis(5));
    }
    Ok(start.elapsed())
}
