//! `slipway upload --json` in a process of its own, and the events that it prints, a JSON object a line.

use std::io::{BufRead as _, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::shell::{Running, line};

/// A running upload; it ends with this value.
pub(crate) struct Upload {
    process: Running,
    lines: Lines<BufReader<ChildStdout>>,
    /// How a person would have typed it.
    line: String,
}

impl Upload {
    /// Starts to send files to a sandbox, with the queue in `home`.
    pub(crate) fn start(
        slipway: &Path,
        sandbox: &Sandbox,
        home: &Path,
        options: &[&str],
        files: &[PathBuf],
    ) -> Result<Self> {
        // The same file is meant to travel again, each time somebody asks.
        let options = [&["--again"], options].concat();
        Self::with(slipway, sandbox, home, &options, files)
    }

    /// The same; what is in the queue already is known again.
    pub(crate) fn adopting(slipway: &Path, sandbox: &Sandbox, home: &Path, files: &[PathBuf]) -> Result<Self> {
        Self::with(slipway, sandbox, home, &[], files)
    }

    fn with(slipway: &Path, sandbox: &Sandbox, home: &Path, options: &[&str], files: &[PathBuf]) -> Result<Self> {
        Self::of(Self::command(slipway, sandbox, home, options, files))
    }

    /// What is started, for running it in another place than here.
    pub(crate) fn command(
        slipway: &Path,
        sandbox: &Sandbox,
        home: &Path,
        options: &[&str],
        files: &[PathBuf],
    ) -> Command {
        let mut upload = sandbox.slipway(slipway, home, &["upload", "--json"]);
        upload.args(options).args(files);
        upload
    }

    /// A running one from such a command.
    pub(crate) fn of(mut upload: Command) -> Result<Self> {
        upload.stdout(Stdio::piped());
        let mut process = upload.spawn().with_context(|| format!("cannot start {}", line(&upload)))?;
        let lines = BufReader::new(process.stdout.take().context("no output to read")?).lines();
        Ok(Self { process: Running(process), lines, line: line(&upload) })
    }

    /// The process, for looking at it from outside.
    pub(crate) fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Looks at each event as it comes and ends the upload, as a power cut would, when that has been enough.
    pub(crate) fn until(mut self, mut enough: impl FnMut(&Value) -> bool) -> Result<()> {
        for text in self.lines.by_ref() {
            let text = text?;
            let event = serde_json::from_str(&text).with_context(|| format!("not an event: {text}"))?;
            if enough(&event) {
                self.process.0.kill()?;
                self.process.0.wait()?;
                return Ok(());
            }
        }
        bail!("{} ended by itself", self.line)
    }

    /// Hands on each event as it comes, until the upload has ended well.
    pub(crate) fn follow(mut self, mut each: impl FnMut(&Value) -> Result<()>) -> Result<()> {
        for text in self.lines.by_ref() {
            let text = text?;
            let event = serde_json::from_str(&text).with_context(|| format!("not an event: {text}"))?;
            each(&event)?;
        }
        let status = self.process.0.wait()?;
        ensure!(status.success(), "{} ended with {status}", self.line);
        Ok(())
    }
}
