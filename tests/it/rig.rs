//! A workspace and an engine beside each other in one process: what a test sets up, and what it asks afterwards.
//!
//! Chunks are small and waits are brisk, so that files of a few hundred kilobytes go the long way. Nothing here sleeps:
//! a test waits for an item to rest ([`Rig::rest`]) or for the workspace to have seen something ([`Sandbox::until`]).

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use slipway_engine::item::{Details, ItemId, Lane, Publish};
use slipway_engine::plan::ChunkLimits;
use slipway_engine::timing::Timing;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Added, Config, Engine, ItemView, Update};
use slipway_sandbox::{Profile, Sandbox, Switches, VideoRecord};
use std::path::{Path, PathBuf};

/// The smallest chunk of these tests; files below twice this go as one.
pub(crate) const CHUNK: u64 = 16 * 1024;

/// A sandbox and an engine that works on it.
pub(crate) struct Rig {
    /// The workspace.
    pub(crate) sandbox: Sandbox,
    /// The engine; absent while it is stopped.
    engine: Option<Engine>,
    folder: tempfile::TempDir,
    timing: Timing,
}

impl Rig {
    /// With a profile's switches.
    pub(crate) async fn new(profile: Profile) -> Self {
        Self::with(Switches::of(profile)).await
    }

    /// With these switches.
    pub(crate) async fn with(switches: Switches) -> Self {
        Self::with_timing(switches, Timing::brisk()).await
    }

    /// With these switches and waits.
    pub(crate) async fn with_timing(switches: Switches, timing: Timing) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = slipway_sandbox::Config {
            dir: Some(folder.path().join("workspace")),
            switches: Some(switches),
            ..slipway_sandbox::Config::default()
        };
        let sandbox = Sandbox::start(config).await.unwrap();
        let mut rig = Self { sandbox, engine: None, folder, timing };
        rig.start().await;
        rig
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the engine is running")
    }

    /// Starts the engine on its data folder.
    pub(crate) async fn start(&mut self) {
        let mut config = Config::new(self.folder.path().join("home"));
        config.token = Some(SecretString::from(self.sandbox.token().to_owned()));
        config.timing = self.timing;
        config.limits = ChunkLimits { min: CHUNK, max: 4 * CHUNK, single_below: 2 * CHUNK };
        self.engine = Some(Engine::start(config).await.unwrap());
    }

    /// Stops the engine, cutting what is in flight.
    pub(crate) async fn stop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.stop().await;
        }
    }

    /// Stops and starts it.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// A file of this size with bytes of its own.
    pub(crate) fn file(&self, name: &str, size: u64) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes(name, size)).unwrap();
        path
    }

    /// What an `add` of this file is, as a draft.
    pub(crate) fn request(&self, file: &Path) -> Add {
        Add {
            file: file.to_owned(),
            workspace: Origin::parse(&self.sandbox.url()).unwrap(),
            details: Details::default(),
            publish: Publish::Draft,
            await_playable: false,
            lane: Lane::Manual,
            again: false,
        }
    }

    /// Takes a file in.
    pub(crate) async fn add(&self, file: &Path) -> ItemId {
        self.add_as(self.request(file)).await.item.id
    }

    /// Takes a file in as said.
    pub(crate) async fn add_as(&self, add: Add) -> Added {
        self.engine().add(add).await.unwrap()
    }

    /// Takes a file in and waits until nothing more happens to it.
    pub(crate) async fn upload(&self, file: &Path) -> ItemView {
        let id = self.add(file).await;
        self.rest(id).await
    }

    /// Waits until an item is done, failed or cancelled.
    pub(crate) async fn rest(&self, id: ItemId) -> ItemView {
        self.until(id, |item| matches!(item.stage.as_str(), "done" | "failed" | "cancelled")).await
    }

    /// Waits until an item is as wanted.
    pub(crate) async fn until(&self, id: ItemId, wanted: impl Fn(&ItemView) -> bool) -> ItemView {
        let mut updates = self.engine().subscribe();
        loop {
            let item = self.engine().item(id).await.unwrap();
            if wanted(&item) {
                return item;
            }
            // Any news is a reason to look again, and so is having missed some.
            while !matches!(updates.recv().await, Ok(Update::Item(item)) if item.id == id) {}
        }
    }

    /// The videos in the workspace that hold this file's bytes.
    pub(crate) fn copies(&self, file: &Path) -> Vec<VideoRecord> {
        let wanted = sha256(&std::fs::read(file).unwrap());
        self.sandbox.videos().into_iter().filter(|video| video.sha256 == wanted).collect()
    }

    /// Asserts that the workspace holds this file once, and beside the videos that it came with nothing else.
    #[track_caller]
    pub(crate) fn assert_arrived_once(&self, file: &Path) {
        let copies = self.copies(file).len();
        let ours = self.sandbox.videos().iter().filter(|video| video.upload_token.is_some()).count();
        assert_eq!((copies, ours), (1, 1), "{:#?}", self.sandbox.requests());
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
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
