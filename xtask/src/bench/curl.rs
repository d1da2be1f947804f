//! curl as a client to measure beside: it posts the pieces of a file one after another on one connection, each as the
//! multipart form that Slipway sends (`-F file=@piece`). Cutting the file into pieces is not measured.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::shell::{command, line, output, run};

/// A file in pieces.
pub(super) struct Pieces {
    files: Vec<PathBuf>,
    size: u64,
    total: u64,
}

/// What curl brought across.
pub(super) struct Sent {
    /// Bytes of the file in pieces that were answered.
    pub(super) bytes: u64,
    pub(super) time: Duration,
    /// What all pieces were answered with, one after the other.
    pub(super) answer: String,
}

impl Pieces {
    /// The file in pieces of `size` bytes, as files in `folder`. The last one has what is left on top.
    pub(super) fn cut(file: &Path, size: u64, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let total = file.metadata()?.len();
        let mut file = File::open(file)?;
        let count = (total / size).max(1);
        let mut files = Vec::new();
        for number in 1..=count {
            let path = folder.join(number.to_string());
            let length = if number == count { u64::MAX } else { size };
            io::copy(&mut file.by_ref().take(length), &mut File::create(&path)?)?;
            files.push(path);
        }
        Ok(Self { files, size, total })
    }
}

/// Whether there is one.
pub(super) fn ensure_there() -> Result<()> {
    ensure!(output(command("curl").arg("--version")).is_some(), "this case needs curl");
    Ok(())
}

/// One curl for all pieces, so that it keeps its connection. `from` says where it runs; after `limit` it is stopped.
pub(super) fn send(
    sandbox: &Sandbox,
    pieces: &Pieces,
    folder: &Path,
    from: impl Fn(&Command) -> Command,
    limit: Option<Duration>,
) -> Result<Sent> {
    let token = upload_token(sandbox, &from)?;
    // A file of options, because they are many.
    let mut options = String::new();
    for (index, piece) in pieces.files.iter().enumerate() {
        write!(
            options,
            "{}write-out = \"%{{stderr}}%{{time_total}}\\n\"\n\
             form = \"upload_token={token}\"\nform = \"resumableIdentifier=curl{token:.16}\"\n\
             form = \"resumableFilename=large.mp4\"\nform = \"resumableChunkNumber={}\"\n\
             form = \"resumableChunkSize={}\"\nform = \"resumableTotalSize={}\"\nform = \"resumableTotalChunks={}\"\n\
             form = \"file=@{}\"\n",
            request(index, sandbox),
            index + 1,
            pieces.size,
            pieces.total,
            pieces.files.len(),
            piece.display(),
        )?;
    }
    let file = folder.join("curl.options");
    fs::write(&file, options)?;
    let mut curl = command("timeout");
    curl.arg(limit.map_or(0, |limit| limit.as_secs()).to_string()).args(["curl", "--config"]).arg(&file);
    let mut curl = from(&curl);
    let start = Instant::now();
    let said = curl.output().with_context(|| format!("cannot start {}", line(&curl)))?;
    let mut time = start.elapsed();
    let out_of_time = said.status.code() == Some(124);
    ensure!(said.status.success() || (limit.is_some() && out_of_time), "{} ended with {}", line(&curl), said.status);
    let answer = String::from_utf8_lossy(&said.stdout).into_owned();
    // How long each piece took; on stderr, which nobody buffers.
    let times = String::from_utf8_lossy(&said.stderr).into_owned();
    let times: Vec<f64> = times.lines().filter_map(|line| line.trim().parse().ok()).collect();
    let mut bytes = pieces.total;
    if out_of_time {
        ensure!(!times.is_empty(), "curl sent not one piece within {} s", time.as_secs());
        bytes = times.len() as u64 * pieces.size;
        time = Duration::from_secs_f64(times.iter().sum());
    }
    Ok(Sent { bytes, time, answer })
}

/// How a request begins in a file of options; `before` others stand above it.
fn request(before: usize, sandbox: &Sandbox) -> String {
    let next = if before == 0 { "" } else { "next\n" };
    let authority = sandbox.ca_file().map(|file| format!("cacert = \"{}\"\n", file.display())).unwrap_or_default();
    format!("{next}url = \"{}/api/2/photo/redeem-upload-token\"\nsilent\nfail\n{authority}", sandbox.address)
}

/// Whole files one after the other, in one curl that keeps its connection and with one token for all of them: the least that
/// can be asked of a workspace.
pub(super) fn send_all(sandbox: &Sandbox, files: &[PathBuf], folder: &Path) -> Result<Duration> {
    let start = Instant::now();
    let token = token_for(files.len(), sandbox, right_here)?;
    let mut options = String::new();
    for (index, file) in files.iter().enumerate() {
        write!(
            options,
            "{}output = \"/dev/null\"\nform = \"upload_token={token}\"\nform = \"file=@{}\"\n",
            request(index, sandbox),
            file.display(),
        )?;
    }
    let list = folder.join("curl.options");
    fs::write(&list, options)?;
    run(command("curl").arg("--config").arg(&list))?;
    Ok(start.elapsed())
}

/// Whole files one after the other as a script sends them: for each a token and then the file, by a curl of its own.
pub(super) fn send_each(sandbox: &Sandbox, files: &[PathBuf]) -> Result<Duration> {
    let start = Instant::now();
    for file in files {
        let token = upload_token(sandbox, right_here)?;
        let mut curl = command("curl");
        curl.args(["--silent", "--fail", "--output", "/dev/null", "--form", &format!("upload_token={token}")]);
        curl.args(["--form", &format!("file=@{}", file.display())]);
        run(curl.arg(format!("{}/api/2/photo/redeem-upload-token", sandbox.address)))?;
    }
    Ok(start.elapsed())
}

/// Permission for one video, asked for as any client would.
pub(super) fn upload_token(sandbox: &Sandbox, from: impl Fn(&Command) -> Command) -> Result<String> {
    token_for(1, sandbox, from)
}

fn token_for(videos: usize, sandbox: &Sandbox, from: impl Fn(&Command) -> Command) -> Result<String> {
    let mut curl = command("curl");
    curl.args(["--silent", "--fail", "--header", &format!("Authorization: Bearer {}", sandbox.token())]);
    if let Some(file) = sandbox.ca_file() {
        curl.arg("--cacert").arg(file);
    }
    curl.arg(format!("{}/api/2/photo/get-upload-token?max_uploads={videos}&publish=0", sandbox.address));
    let said = output(&mut from(&curl)).context("the sandbox gives no upload token")?;
    let said: Value = serde_json::from_str(&said)?;
    Ok(said["data"]["upload_token"].as_str().with_context(|| format!("no upload token in {said}"))?.to_owned())
}

/// Where the rest of this program runs.
pub(super) fn right_here(inner: &Command) -> Command {
    let mut same = command(inner.get_program());
    same.args(inner.get_args());
    same
}
