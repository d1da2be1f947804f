//! A file above 4 GiB, where 32-bit sizes end: it goes through a workspace that really keeps it, and what is kept has
//! the file's own SHA-256.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::report::Row;
use super::{Bench, large_file};
use crate::sandbox::Sandbox;
use crate::shell::{command, output};
use crate::upload::Upload;

/// Not a round number, so that the last chunk has a remainder.
const SIZE: u64 = (4 << 30) + (100 << 20) + 12_345;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let file = large_file(&bench.folder, SIZE)?;
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &[])?;
    let start = Instant::now();
    let mut video = None;
    Upload::start(&bench.slipway, &sandbox, &bench.folder.join("home"), &[], std::slice::from_ref(&file))?.follow(
        |event| {
            if event["event"] == "stored" {
                video = event["video_id"].as_u64();
            }
            Ok(())
        },
    )?;
    let seconds = start.elapsed().as_secs_f64();
    let video = video.context("slipway upload never said that the video is stored")?;
    let (sent, kept) = (sha256(&file)?, kept(&sandbox, video)?);
    ensure!(sent == kept, "the file has SHA-256 {sent}, what arrived has {kept}");
    Ok(vec![Row::new(
        "large",
        "4.1 GiB, whole",
        seconds,
        "s",
        "SHA-256 in the workspace equals the file's; the time is mostly the sandbox's disk",
    )])
}

fn sha256(file: &Path) -> Result<String> {
    let tools: [(&str, &[&str]); 2] = [("sha256sum", &[]), ("shasum", &["-a", "256"])];
    let said = tools.iter().find_map(|(tool, options)| output(command(tool).args(*options).arg(file)));
    let said = said.context("this case needs sha256sum or shasum")?;
    Ok(said.split_whitespace().next().context("no sum was printed")?.to_owned())
}

/// The SHA-256 of what the workspace keeps.
fn kept(sandbox: &Sandbox, video: u64) -> Result<String> {
    let said = output(command("curl").args(["--silent", "--fail", &format!("{}/_sandbox/videos", sandbox.address)]));
    let videos: Vec<Value> = serde_json::from_str(&said.context("this case needs curl")?)?;
    let video = videos.iter().find(|it| it["photo_id"] == video).context("the workspace does not list the video")?;
    Ok(video["sha256"].as_str().unwrap_or_default().to_owned())
}
