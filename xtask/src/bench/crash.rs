//! How much is sent again after kill -9. One upload is killed several times on its way and taken up again each time; the
//! workspace counts what it got. Beside it stands what a client sends again that remembers nothing: all that it had sent.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::report::Row;
use super::{Bench, curl, large_file};
use crate::sandbox::Sandbox;
use crate::shell::{command, output};
use crate::upload::Upload;

const SIZE: u64 = 1 << 30;

/// The process is killed when so much of the file is stored, in percent.
const KILLED_AT: [u64; 4] = [20, 40, 60, 80];

/// Slower than loopback, so that the kill comes when it is meant to.
const RATE: &str = "100M";

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    curl::ensure_there()?;
    let file = large_file(&bench.folder, SIZE)?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &["--sink"])?;
    let home = bench.folder.join("home");
    let start = || {
        let upload =
            Upload::command(&bench.slipway, &sandbox, &home, &["--limit-rate", RATE], std::slice::from_ref(&file));
        Upload::of(upload)
    };
    for percent in KILLED_AT {
        let enough = SIZE / 100 * percent;
        start()?.until(|event| event["stored"].as_u64().is_some_and(|stored| stored >= enough))?;
    }
    start()?.follow(|_| Ok(()))?;
    let again = received(&sandbox)?.checked_sub(SIZE).context("the workspace has less than the file")?;
    let forgotten = KILLED_AT.iter().sum::<u64>() * (SIZE / 100);
    let kills = KILLED_AT.len() as f64;
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20) / kills;
    let row = |measure: &str, value, unit, note: &str| Row::new("crash", measure, value, unit, note);
    Ok(vec![
        row("sent again after a kill", mib(again), "MiB", "1 GiB, killed at 20, 40, 60 and 80 %; the mean"),
        row("without a journal", mib(forgotten), "MiB", "all that was sent until then"),
        row("slipway / without a journal", again as f64 / forgotten as f64, "×", ""),
    ])
}

/// Bytes of chunks that the workspace has read, whole or not, with their few fields.
fn received(sandbox: &Sandbox) -> Result<u64> {
    let requests =
        output(command("curl").args(["--silent", "--fail"]).arg(format!("{}/_sandbox/requests", sandbox.address)));
    let requests: Vec<Value> = serde_json::from_str(&requests.context("the workspace does not tell what it got")?)?;
    let bytes = |it: &Value| it["file_bytes"].as_u64().or(it["body_bytes"].as_u64());
    Ok(requests.iter().filter(|it| it["chunk"].is_u64()).filter_map(bytes).sum())
}
