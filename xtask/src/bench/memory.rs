//! Peak memory of `slipway upload`: a 16 GiB file into a sink, so that neither disk nor server has a part in it, and long
//! enough for as many chunks in flight as there ever are.
//!
//! The kernel keeps the peak itself (`VmHWM`, the highest resident set), but forgets it with the process. It never
//! falls, so the last look before the end is right but for the last few milliseconds.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::upload::Upload;

const SIZE: u64 = 16 << 30;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let file = large_file(&bench.folder, SIZE)?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let upload = Upload::start(&bench.slipway, &sandbox, &bench.folder.join("home"), &[], &[file])?;
    let process = upload.id();
    let ended = AtomicBool::new(false);
    let peak = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = None;
            while !ended.load(Ordering::Relaxed) {
                peak = peak_of(process).max(peak);
                thread::sleep(Duration::from_millis(10));
            }
            peak
        });
        let sent = upload.follow(|_event| Ok(()));
        ended.store(true, Ordering::Relaxed);
        let peak = watch.join().ok().flatten();
        sent.map(|()| peak)
    })?;
    let peak = peak.context("the peak of a process can be read on Linux alone")?;
    Ok(vec![Row::new(
        "memory",
        "peak resident set",
        peak as f64 / 1024.0,
        "MiB",
        "slipway upload, 16 GiB file, default limits",
    )])
}

/// The highest resident set so far, in KiB.
pub(super) fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
