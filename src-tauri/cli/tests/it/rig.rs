//! A workspace in this process and the command in others: what a test sets up, starts, ends, and asks afterwards.
//!
//! Nothing here sleeps: a test waits for the workspace to have seen something ([`Sandbox::until`]), for a line of the
//! command, or for its end. Chunks are small and waits are brisk, so that small files go the long way.

use serde_json::Value;
use sha2::{Digest, Sha256};
use slipway_engine::item::Intent;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Config, Engine};
use slipway_sandbox::{Profile, RequestRecord, Sandbox, Switches, VideoRecord};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// The chunk size of these tests; files below twice this go as one.
pub(crate) const CHUNK: u64 = 16 * 1024;

/// Chunks on the way at once.
pub(crate) const IN_FLIGHT: u64 = 3;

/// A workspace, and a data folder for the commands beside it.
pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
}

impl Rig {
    pub(crate) async fn new(profile: Profile) -> Self {
        Self::with(Switches::of(profile)).await
    }

    pub(crate) async fn with(switches: Switches) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = slipway_sandbox::Config {
            dir: Some(folder.path().join("workspace")),
            switches: Some(switches),
            ..slipway_sandbox::Config::default()
        };
        Self { sandbox: Sandbox::start(config).await.unwrap(), folder }
    }

    /// With videos in the workspace that nobody uploaded here.
    pub(crate) async fn stocked(videos: u32) -> Self {
        let config = slipway_sandbox::Config { videos, ..slipway_sandbox::Config::default() };
        Self { sandbox: Sandbox::start(config).await.unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    /// The data folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder for whatever else a test needs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file of this size with bytes of its own.
    pub(crate) fn file(&self, name: &str, size: u64) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes(name, size)).unwrap();
        path
    }

    /// The command with these words, in an environment that holds nothing but what the test gives it.
    pub(crate) fn slipway<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Slipway {
        Slipway::new(self.folder.path(), words).env("SLIPWAY_TOKEN", self.sandbox.token())
    }

    /// `slipway upload --json FILE` to this workspace.
    pub(crate) fn upload(&self, file: &Path) -> Slipway {
        self.slipway(["upload", "--json", "--workspace", &self.sandbox.url()]).arg(file)
    }

    /// `slipway run --json`, once it owns the data folder and does the work. To be seen it is given an item that is
    /// paused; nothing of it is sent.
    pub(crate) async fn owner(&self) -> Running {
        self.owner_as(self.slipway(["run", "--json"])).await
    }

    /// The same, as this command.
    pub(crate) async fn owner_as(&self, run: Slipway) -> Running {
        self.pause_one_in(&self.home()).await;
        let mut owner = run.start();
        owner.until("paused").await;
        owner
    }

    /// Leaves a paused item in a data folder.
    pub(crate) async fn pause_one_in(&self, home: &Path) {
        let config = Config { work: false, ..Config::new(home.to_owned()) };
        let engine = Engine::start(config).await.unwrap();
        let paused = engine
            .add(Add::new(self.file("paused.mp4", 1), Origin::parse(&self.sandbox.url()).unwrap()))
            .await
            .unwrap()
            .item
            .id;
        engine.set_intent(paused, Intent::Pause).await.unwrap();
        engine.stop().await;
    }

    /// `slipway run --until-empty --json`.
    pub(crate) fn work_off(&self) -> Slipway {
        self.slipway(["run", "--until-empty", "--json"])
    }

    /// The videos that came by an upload.
    pub(crate) fn arrived(&self) -> Vec<VideoRecord> {
        self.sandbox.videos().into_iter().filter(|video| video.upload_token.is_some()).collect()
    }

    /// Asserts that the workspace holds this file, once, whole, and beside the videos that it came with nothing else.
    #[track_caller]
    pub(crate) fn assert_arrived_once(&self, file: &Path, case: &str) -> VideoRecord {
        let sent = sha256(&std::fs::read(file).unwrap());
        let arrived = self.arrived();
        let hashes: Vec<&str> = arrived.iter().map(|video| video.sha256.as_str()).collect();
        assert_eq!(hashes, [sent.as_str()], "{case}: one video with the file's bytes; {}", self.traffic());
        arrived.into_iter().next().unwrap()
    }

    /// Asserts that no request ran beside one that assembled the file, and none came after it.
    #[track_caller]
    pub(crate) fn assert_nothing_beside_a_commit(&self, case: &str) {
        let beside = self.sandbox.beside_assembly();
        assert!(beside.is_empty(), "{case}: {beside:?}; {}", self.traffic());
    }

    /// Bytes of the file that were received and not needed.
    pub(crate) fn received_for_nothing(&self, file: &Path) -> u64 {
        let received: u64 = self.sandbox.requests().iter().filter(|it| it.is_chunk()).map(file_bytes).sum();
        received.saturating_sub(std::fs::metadata(file).unwrap().len())
    }

    /// What the workspace saw, a request a line, for messages.
    pub(crate) fn traffic(&self) -> String {
        let line = |it: &RequestRecord| {
            let (chunk, identifier) = (it.chunk.unwrap_or(0), it.identifier.as_deref().unwrap_or("-"));
            format!(
                "\n{} {} {} chunk {chunk} of {identifier:.6}: {} bytes, {:?} {:.40} {:?}",
                it.id, it.method, it.api_method, it.body_bytes, it.status, it.excerpt, it.faults
            )
        };
        self.sandbox.requests().iter().map(line).collect()
    }
}

/// Bytes of the file in a request; of one that broke off, no more than it can have carried beside its form.
fn file_bytes(request: &RequestRecord) -> u64 {
    request.file_bytes.unwrap_or_else(|| request.body_bytes.min(piece_size(request).unwrap_or(u64::MAX)))
}

/// The size of the piece that a request is about: the last one takes what is left.
fn piece_size(request: &RequestRecord) -> Option<u64> {
    let number = |name: &str| request.param(name)?.parse::<u64>().ok();
    let (nominal, total) = (number("resumableChunkSize")?, number("resumableTotalSize")?);
    let is_last = request.chunk? == number("resumableTotalChunks")?;
    Some(if is_last { total - (request.chunk? - 1) * nominal } else { nominal })
}

/// The command, about to start.
pub(crate) struct Slipway {
    command: Command,
    input: String,
}

impl Slipway {
    fn new<S: AsRef<OsStr>>(folder: &Path, words: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        let private = folder.join("user");
        std::fs::create_dir_all(&private).unwrap();
        command
            .args(words)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &private)
            .env("XDG_RUNTIME_DIR", &private)
            .env("SLIPWAY_HOME", folder.join("home"))
            .env("SLIPWAY_TEST_BRISK", "1")
            .env("SLIPWAY_TEST_CHUNK", CHUNK.to_string())
            .env("SLIPWAY_TEST_IN_FLIGHT", IN_FLIGHT.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self { command, input: String::new() }
    }

    pub(crate) fn arg(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.command.args(words);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Without a credential; there is no keychain in this environment either.
    pub(crate) fn without_token(mut self) -> Self {
        self.command.env_remove("SLIPWAY_TOKEN");
        self
    }

    /// As a network namespace has the world.
    #[cfg(target_os = "linux")]
    pub(crate) fn inside(mut self, namespace: &str) -> Self {
        let own = self.command.as_std();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", namespace]).arg(own.get_program()).args(own.get_args()).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        self.command = command;
        self
    }

    /// The same command in the same environment, as the last words of another program.
    pub(crate) fn started_by(self, prefix: &[String]) -> Self {
        let inner = self.command.as_std();
        let mut command = Command::new(&prefix[0]);
        command.args(&prefix[1..]).arg(inner.get_program()).args(inner.get_args()).env_clear();
        command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, input: self.input }
    }

    /// In this folder, against which it reads paths.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// What it reads on stdin.
    pub(crate) fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// Dies at the n-th passing of a crash point.
    pub(crate) fn crashing_at(self, point: &str) -> Self {
        self.env("SLIPWAY_CRASH_AT", point)
    }

    pub(crate) fn start(mut self) -> Running {
        let input = std::mem::take(&mut self.input);
        let (running, mut stdin) = self.start_talking();
        // One that does not read its input may be gone by now.
        tokio::spawn(async move { stdin.write_all(input.as_bytes()).await.is_ok() });
        running
    }

    /// Starts it, for a talk: what it reads is written by whoever holds its input.
    pub(crate) fn start_talking(mut self) -> (Running, ChildStdin) {
        let mut child = self.command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        // Read beside everything else: a full pipe would hold the command up.
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.unwrap();
            text
        });
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        (Running { child, stdout, stderr, lines: Vec::new() }, stdin)
    }

    /// Starts it and waits for its end.
    pub(crate) async fn run(self) -> Told {
        self.start().end().await
    }
}

/// The command while it runs.
pub(crate) struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
    lines: Vec<String>,
}

impl Running {
    /// Waits for an event.
    pub(crate) async fn until(&mut self, event: &str) -> Value {
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            let object: Value = serde_json::from_str(&line).unwrap();
            self.lines.push(line);
            if object["event"] == event {
                return object;
            }
        }
        panic!("ended before {event:?}: {:#?}", self.lines);
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("it still runs")
    }

    /// The next line, as it stands.
    pub(crate) async fn line(&mut self) -> String {
        let line = self.stdout.next_line().await.unwrap().expect("it still speaks");
        self.lines.push(line.clone());
        line
    }

    /// Kills it as a power cut would, and waits until it is gone.
    pub(crate) async fn kill(mut self) -> Told {
        self.child.start_kill().unwrap();
        self.end().await
    }

    #[cfg(unix)]
    /// Sends it a signal by its name, such as `INT`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.process().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// No more of what it says is read from here on.
    pub(crate) async fn end_unread(self) -> ExitStatus {
        let Self { mut child, stdout, stderr, .. } = self;
        drop((stdout, stderr));
        child.wait().await.unwrap()
    }

    /// Waits for its end.
    pub(crate) async fn end(mut self) -> Told {
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            self.lines.push(line);
        }
        let status = self.child.wait().await.unwrap();
        Told { status, lines: self.lines, stderr: self.stderr.await.unwrap() }
    }
}

/// What the command said and how it ended.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: ExitStatus,
    pub(crate) lines: Vec<String>,
    pub(crate) stderr: String,
}

impl Told {
    /// The exit status; -1 after a signal.
    pub(crate) fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    #[cfg(unix)]
    pub(crate) fn was_killed(&self) -> bool {
        use std::os::unix::process::ExitStatusExt;
        self.status.signal() == Some(9)
    }

    /// Every line as the object that it has to be.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        let object = |line: &String| {
            let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(object.is_object() && object["event"].is_string(), "{line}");
            object
        };
        self.lines.iter().map(object).collect()
    }

    /// The events of one name.
    #[track_caller]
    pub(crate) fn named(&self, event: &str) -> Vec<Value> {
        self.events().into_iter().filter(|object| object["event"] == event).collect()
    }

    /// The one event of this name.
    #[track_caller]
    pub(crate) fn only(&self, event: &str) -> Value {
        let mut found = self.named(event);
        assert_eq!(found.len(), 1, "{event:?} in {self:#?}");
        found.remove(0)
    }

    /// Asserts the exit status, and shows everything where it differs.
    #[track_caller]
    pub(crate) fn assert_code(&self, code: i32, case: &str) {
        assert_eq!(self.code(), code, "{case}: {self:#?}");
    }
}

/// Bytes that depend on the name, so that no two files are alike.
pub(crate) fn bytes(seed: &str, size: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(size as usize + 32);
    let mut block = Sha256::digest(seed.as_bytes());
    while (out.len() as u64) < size {
        out.extend_from_slice(&block);
        block = Sha256::digest(block);
    }
    out.truncate(size as usize);
    out
}

/// In lower-case hexadecimal, as the workspace says it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
