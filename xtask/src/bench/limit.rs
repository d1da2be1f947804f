//! A limit of the rate, on loopback: how near what is sent comes to it over each ten seconds, from the first byte on.
//!
//! What is counted are the bytes that Slipway says it has handed to its connections, as its `progress` events have them.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::upload::Upload;

/// Bytes a second, as it is asked for and as a number.
const LIMITS: [(&str, u64); 2] = [("1M", 1_000_000), ("20M", 20_000_000)];

/// Enough for two times ten seconds.
const SECONDS: u64 = 24;

const SPAN: f64 = 10.0;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let mut rows = Vec::new();
    for (asked, limit) in LIMITS {
        let file = large_file(&bench.folder, limit * SECONDS)?;
        let home = bench.folder.join(format!("home-{asked}"));
        let mut seen: Vec<(f64, f64)> = Vec::new();
        let start = Instant::now();
        Upload::start(&bench.slipway, &sandbox, &home, &["--limit-rate", asked], &[file])?.follow(|event| {
            if event["event"] == "progress" {
                let sent = event["sent"].as_f64().context("progress without sent")?;
                if sent > 0.0 {
                    seen.push((start.elapsed().as_secs_f64(), sent));
                }
            }
            Ok(())
        })?;
        let spans: Vec<f64> = seen
            .iter()
            .filter_map(|(from, before)| {
                let (to, after) = seen.iter().find(|(to, _)| *to >= from + SPAN)?;
                Some((after - before) / (to - from) / limit as f64)
            })
            .collect();
        ensure!(!spans.is_empty(), "an upload that is to take {SECONDS} s took less than {SPAN}");
        for (what, value) in [
            ("the most", spans.iter().copied().fold(f64::MIN, f64::max)),
            ("the least", spans.iter().copied().fold(f64::MAX, f64::min)),
        ] {
            let measure = format!("{asked} a second: {what} over ten seconds");
            rows.push(Row::new("limit", measure, value, "×", "of the limit"));
        }
    }
    Ok(rows)
}
