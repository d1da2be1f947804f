//! The command, started as others start it: what it says is kept line by line, and it is killed, frozen and thawed.

use crate::gate::{HOST, PASSWORD};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// Where the command runs and what it is told by its environment.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) slipway: PathBuf,
    pub(crate) home: PathBuf,
    pub(crate) user: PathBuf,
    /// What lets it in: a token, or the four values of OAuth. None of them may be anywhere but there.
    pub(crate) secrets: Vec<String>,
    pub(crate) chunk: u64,
    /// Chunks on the way at once; as many as the line turns out to be worth where nothing is said.
    pub(crate) in_flight: Option<u64>,
    /// Where the workspace is not on this machine, as far as it can tell: the proxy and the authority.
    pub(crate) route: Option<Route>,
    /// Nobody knows the workspace's name.
    pub(crate) nameless: bool,
    /// Files that it may have open; as many as whoever starts it where nothing is said.
    pub(crate) files: Option<u64>,
}

/// How a workspace is reached that is not on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) authority: PathBuf,
    /// With its password.
    pub(crate) proxy: Option<String>,
}

impl Place {
    /// What may be nowhere but where it was put.
    pub(crate) fn canaries(&self) -> Vec<String> {
        let proxy = self.route.as_ref().and_then(|route| route.proxy.as_ref());
        self.secrets.iter().cloned().chain(proxy.map(|_| PASSWORD.to_owned())).collect()
    }

    /// Starts it with these words.
    pub(crate) fn start(&self, words: &[OsString]) -> Result<Process> {
        // Whatever the umask allows to others, the command does not.
        let most = self.files.map_or(String::new(), |most| format!("ulimit -n {most} && "));
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{most}umask 0 && exec \"$0\" \"$@\"")]).arg(&self.slipway);
        command.args(words).env_clear();
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("HOME", &self.user).env("XDG_RUNTIME_DIR", &self.user).env("SLIPWAY_HOME", &self.home);
        command.env("SLIPWAY_TOKEN", self.secrets.join(" ")).env("SLIPWAY_LOG", "slipway_engine=debug");
        command.env("SLIPWAY_TEST_BRISK", "1").env("SLIPWAY_TEST_CHUNK", self.chunk.to_string());
        command.envs(self.in_flight.map(|most| ("SLIPWAY_TEST_IN_FLIGHT", most.to_string())));
        if let Some(route) = &self.route {
            command.env("SLIPWAY_CA", &route.authority);
            command.envs(route.proxy.as_ref().map(|proxy| ("SLIPWAY_PROXY", proxy)));
            let place = if self.nameless { "?" } else { "127.0.0.1" };
            command.env("SLIPWAY_TEST_NAMES", format!("{HOST}={place}"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {}", self.slipway.display()))?;
        let said = Said::default();
        let out = child.stdout.take().map(|out| tokio::spawn(keep(out, said.clone(), true)));
        let err = child.stderr.take().map(|err| tokio::spawn(keep(err, said.clone(), false)));
        Ok(Process { child, said, readers: [out, err].into_iter().flatten().collect() })
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, words: &[OsString]) -> Result<Told> {
        self.start(words)?.end().await
    }
}

/// What a process has said so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    events: Vec<Value>,
    text: String,
}

impl Said {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The events of this name.
    pub(crate) fn named(&self, event: &str) -> Vec<Value> {
        self.lines().events.iter().filter(|it| it["event"] == event).cloned().collect()
    }

    /// All that it wrote, to both of its outputs.
    pub(crate) fn text(&self) -> String {
        self.lines().text.clone()
    }
}

async fn keep(from: impl AsyncRead + Unpin, said: Said, events: bool) {
    let mut lines = BufReader::new(from).lines();
    // What is not text, or is cut off by a kill, ends it as the end does.
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = said.lines();
        if events && let Ok(event) = serde_json::from_str(&line) {
            kept.events.push(event);
        }
        kept.text.push_str(&line);
        kept.text.push('\n');
    }
}

/// The command while it runs.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) said: Said,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by its name; to one that has ended it is nothing.
    pub(crate) async fn signal(&mut self, name: &str) -> Result<()> {
        if let (false, Some(id)) = (self.has_ended(), self.child.id()) {
            Command::new("kill").args([&format!("-{name}"), &id.to_string()]).stderr(Stdio::null()).status().await?;
        }
        Ok(())
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) -> Result<Told> {
        // It may have ended by itself just before.
        let _gone_already = self.child.start_kill();
        self.end().await
    }

    /// Waits for its end, and until all that it said was read.
    pub(crate) async fn end(mut self) -> Result<Told> {
        let status = self.child.wait().await?;
        for reader in self.readers {
            reader.await?;
        }
        Ok(Told { status, said: self.said })
    }
}

/// What the command said and how it ended.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: ExitStatus,
    pub(crate) said: Said,
}

/// Words of a command line.
pub(crate) fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.into_iter().map(OsString::from).collect()
}

/// That no file below this folder has one of these texts in it, and that nobody else may read them.
pub(crate) fn assert_private(folder: &Path, secrets: &[String]) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        #[cfg(unix)]
        if !kind.is_symlink() {
            use std::os::unix::fs::PermissionsExt as _;
            let others = entry.metadata()?.permissions().mode() & 0o077;
            ensure!(others == 0, "others may use {}: {others:o}", path.display());
        }
        if kind.is_dir() {
            assert_private(&path, secrets)?;
        } else if kind.is_file() {
            let bytes = std::fs::read(&path)?;
            let lies = |secret: &String| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            ensure!(!secrets.iter().any(lies), "a secret lies in {}", path.display());
        }
    }
    Ok(())
}
