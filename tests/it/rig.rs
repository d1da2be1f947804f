//! A workspace and an engine beside each other in one process: what a test sets up, and what it asks afterwards.
//!
//! Chunks are small and waits are brisk, so that files of a few hundred kilobytes go the long way. Nothing here sleeps:
//! a test waits for an item to rest ([`Rig::rest`]) or for the workspace to have seen something ([`Sandbox::until`]).

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::ItemId;
use slipway_engine::plan::ChunkLimits;
use slipway_engine::settings::SettingsFile;
use slipway_engine::timing::Timing;
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{Add, Added, Clock, Config, Engine, ItemView, Network, Replace, Throttle, Update};
use slipway_sandbox::{Endpoint, Fault, OauthCredentials, Profile, RequestRecord, Sandbox, Switches, VideoRecord};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The smallest chunk of these tests; files below twice this go as one.
pub(crate) const CHUNK: u64 = 16 * 1024;

/// Both ways in which a workspace may behave.
pub(crate) const PROFILES: [Profile; 2] = [Profile::Documented, Profile::Hostile];

/// Both versions of the API.
pub(crate) const VERSIONS: [ApiVersion; 2] = [ApiVersion::V1, ApiVersion::V2];

/// A file that goes as one chunk.
pub(crate) const SMALL: u64 = CHUNK;

/// A file that goes as five chunks, of which the fourth is the commit.
pub(crate) const LARGE: u64 = 5 * CHUNK + 7;

/// How a rig is to be.
pub(crate) struct Making {
    pub(crate) switches: Switches,
    pub(crate) timing: Timing,
    pub(crate) limits: ChunkLimits,
    /// The engine is given the login token, and so gets bearers that end.
    pub(crate) login: bool,
    /// The engine is given nothing, and keeps what somebody signs in with in a keychain in memory.
    pub(crate) signed_out: bool,
    /// What the workspace is spoken to in; see [`Making::speaking`].
    version: ApiVersion,
    /// How the engine reaches the network.
    pub(crate) network: Network,
    /// Videos that are in the workspace from the start.
    pub(crate) stocked: u32,
    /// The clock on the wall.
    pub(crate) clock: Clock,
}

impl Making {
    /// Brisk, small and with the workspace's own token.
    pub(crate) fn of(switches: Switches) -> Self {
        let limits = ChunkLimits { min: CHUNK, max: 4 * CHUNK, single_below: 2 * CHUNK };
        Self {
            switches,
            timing: Timing::brisk(),
            limits,
            login: false,
            signed_out: false,
            version: ApiVersion::V2,
            network: Network::default(),
            stocked: 0,
            clock: Clock::default(),
        }
    }

    /// Version 2 is opened by a token, version 1 by OAuth's keys, in a workspace that takes them nowhere else.
    pub(crate) fn speaking(mut self, version: ApiVersion) -> Self {
        self.switches.oauth_on_v2 = version == ApiVersion::V2;
        self.version = version;
        self
    }

    /// With so many videos in the workspace that nobody uploaded here.
    pub(crate) fn stocked(self, videos: u32) -> Self {
        Self { stocked: videos, ..self }
    }

    /// With this done to its waits.
    pub(crate) fn timed(mut self, change: impl FnOnce(&mut Timing)) -> Self {
        change(&mut self.timing);
        self
    }

    /// Unclear commits are looked up for a moment only: for workspaces that list a video at once.
    pub(crate) fn looking_briefly(self) -> Self {
        self.timed(|timing| timing.lookup_floor = Duration::from_millis(400))
    }

    /// Set up.
    pub(crate) async fn start(self) -> Rig {
        let folder = tempfile::tempdir().unwrap();
        let mut rig = Rig { sandbox: None, engine: None, address: None, token: None, folder, making: self };
        // Boxed: what sets up a whole workspace would be carried along by every test.
        Box::pin(rig.open_workspace()).await;
        Box::pin(rig.start()).await;
        rig
    }
}

/// A sandbox and an engine that works on it.
pub(crate) struct Rig {
    sandbox: Option<Sandbox>,
    engine: Option<Engine>,
    address: Option<SocketAddr>,
    token: Option<String>,
    folder: tempfile::TempDir,
    making: Making,
}

impl Rig {
    /// With a profile's switches.
    pub(crate) async fn new(profile: Profile) -> Self {
        Self::with(Switches::of(profile)).await
    }

    /// With these switches.
    pub(crate) async fn with(switches: Switches) -> Self {
        Making::of(switches).start().await
    }

    /// With these switches, in this version of the API.
    pub(crate) async fn speaking(version: ApiVersion, switches: Switches) -> Self {
        Making::of(switches).speaking(version).start().await
    }

    /// The workspace.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("the workspace is open")
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the engine is running")
    }

    /// Opens the workspace, where and as it was before.
    pub(crate) async fn open_workspace(&mut self) {
        let mut config = slipway_sandbox::Config {
            dir: Some(self.folder.path().join("workspace")),
            switches: Some(self.making.switches.clone()),
            videos: self.making.stocked,
            ..slipway_sandbox::Config::default()
        };
        if let Some(address) = self.address {
            config.listen = address;
        }
        let sandbox = Sandbox::start(config).await.unwrap();
        self.address = Some(sandbox.address());
        self.sandbox = Some(sandbox);
    }

    /// Closes the workspace: nobody listens at its address.
    pub(crate) async fn close_workspace(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.stop().await;
        }
    }

    /// The token that the engine is started with from now on.
    pub(crate) fn use_token(&mut self, token: String) {
        self.token = Some(token);
    }

    fn config(&self, home: &str) -> Config {
        let sandbox = self.sandbox();
        let own = match self.making.version {
            ApiVersion::V1 => words(sandbox.oauth()),
            ApiVersion::V2 if self.making.login => sandbox.login_token().to_owned(),
            ApiVersion::V2 => sandbox.token().to_owned(),
        };
        let token = self.token.clone().unwrap_or(own);
        let mut config = Config::new(self.folder.path().join(home));
        config.token = (!self.making.signed_out).then(|| SecretString::from(token));
        // Nothing in the queue says which workspace the token is for.
        config.token_for = (self.making.stocked > 0).then(|| self.origin());
        config.pretend_keychain = self.making.signed_out;
        config.timing = self.making.timing;
        config.limits = self.making.limits;
        config.network = self.making.network.clone();
        config.clock = self.making.clock.clone();
        config
    }

    /// Starts the engine on its data folder.
    pub(crate) async fn start(&mut self) {
        self.engine = Some(Engine::start(self.config("home")).await.unwrap());
    }

    /// Writes into the file of settings how fast, and when.
    pub(crate) fn set_throttle(&self, throttle: Throttle) {
        let file = SettingsFile::of(&self.folder.path().join("home"));
        let mut settings = file.read().settings;
        settings.throttle = throttle;
        file.change(&settings).unwrap();
    }

    /// The same, and by the time this returns it counts.
    pub(crate) async fn throttle(&self, throttle: Throttle) {
        self.set_throttle(throttle);
        self.engine().throttle_changed().await.unwrap();
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

    /// Somebody else, with the same login, uploads a video of their own. Answers its id.
    pub(crate) async fn stranger_uploads(&self) -> u64 {
        let file = self.file("a stranger's.mp4", SMALL);
        let engine = Engine::start(self.config("a stranger's home")).await.unwrap();
        let id = engine.add(self.request(&file)).await.unwrap().item.id;
        let video = rest(&engine, id).await.video_id.expect("a stranger's upload arrives");
        engine.stop().await;
        video
    }

    /// Somebody else, with the same login, replaces something of a video.
    pub(crate) async fn stranger_replaces(&self, video: u64, file: &Path) {
        let engine = Engine::start(self.config("a stranger's home")).await.unwrap();
        let id = engine.replace(self.replacement(video, file)).await.unwrap().item.id;
        assert_eq!(rest(&engine, id).await.stage, "done", "a stranger's replacement arrives");
        engine.stop().await;
    }

    /// A file of this size with bytes of its own.
    pub(crate) fn file(&self, name: &str, size: u64) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes(name, size)).unwrap();
        path
    }

    /// What an `add` of this file is, as a draft.
    pub(crate) fn request(&self, file: &Path) -> Add {
        Add::new(file, self.origin())
    }

    /// Where the workspace is.
    pub(crate) fn origin(&self) -> Origin {
        let address = self.address.expect("the workspace has been open");
        Origin::parse(&format!("http://{address}")).unwrap()
    }

    /// What putting this file in the place of a video's is.
    pub(crate) fn replacement(&self, video: u64, file: &Path) -> Replace {
        Replace::new(file, self.request(file).workspace, video)
    }

    /// Takes a file in.
    pub(crate) async fn add(&self, file: &Path) -> ItemId {
        self.add_as(self.request(file)).await.item.id
    }

    /// Takes a large file in, and waits until it is held at its third chunk, for as long as there are faults.
    pub(crate) async fn held_in_mid_upload(&self, file: &Path) -> ItemId {
        self.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
        let id = self.add(file).await;
        self.until_struck("StallBeforeReading").await;
        id
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
        rest(self.engine(), id).await
    }

    /// Waits until an item is as wanted.
    pub(crate) async fn until(&self, id: ItemId, wanted: impl Fn(&ItemView) -> bool) -> ItemView {
        until(self.engine(), id, wanted).await
    }

    /// Waits until an item waits for somebody, and answers for what.
    pub(crate) async fn until_waiting(&self, id: ItemId) -> Failure {
        let mut updates = self.engine().subscribe();
        loop {
            if let Ok(Update::Waiting { id: waiting, failure }) = updates.recv().await
                && waiting == id
            {
                return failure;
            }
        }
    }

    /// Waits until an item is held up, and answers by what.
    pub(crate) async fn until_held_up(&self, id: ItemId) -> Failure {
        loop {
            let progress = self.engine().progress().await.unwrap();
            if let Some(failure) = progress.into_iter().find(|it| it.id == id).and_then(|it| it.held_up) {
                return failure;
            }
            // Progress is asked for and tells nobody of itself.
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a request was struck by a fault whose name begins so.
    pub(crate) async fn until_struck(&self, effect: &str) {
        let struck = |request: &RequestRecord| request.faults.iter().any(|fault| fault.starts_with(effect));
        self.sandbox().until(|seen| seen.requests().iter().any(struck)).await;
    }

    /// The item's log as one text.
    pub(crate) async fn log(&self, id: ItemId) -> String {
        let lines = self.engine().log(id).await.unwrap();
        lines.into_iter().map(|line| line.text + "\n").collect()
    }

    /// The videos in the workspace that hold this file's bytes.
    pub(crate) fn copies(&self, file: &Path) -> Vec<VideoRecord> {
        let wanted = sha256(&std::fs::read(file).unwrap());
        self.sandbox().videos().into_iter().filter(|video| video.sha256 == wanted).collect()
    }

    /// The videos that were uploaded, whatever is in them.
    pub(crate) fn uploads(&self) -> Vec<VideoRecord> {
        self.sandbox().videos().into_iter().filter(|video| video.upload_token.is_some()).collect()
    }

    /// The chunks that were sent, in order of arrival.
    pub(crate) fn chunks(&self) -> Vec<RequestRecord> {
        self.sandbox().requests().into_iter().filter(|it| it.is_chunk() && it.ghost_of.is_none()).collect()
    }

    /// Asserts that the item is done and the workspace holds its file once, and no other upload.
    #[track_caller]
    pub(crate) fn assert_done_once(&self, what: &str, item: &ItemView) {
        assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{what}: {}", self.story());
        self.assert_arrived_once(what, &item.file);
        assert_eq!(item.video_id, self.copies(&item.file).first().map(|video| video.photo_id), "{what}");
    }

    /// Asserts that the workspace holds this file once, and no other upload.
    #[track_caller]
    pub(crate) fn assert_arrived_once(&self, what: &str, file: &Path) {
        let (copies, uploads) = (self.copies(file).len(), self.uploads().len());
        assert_eq!((copies, uploads), (1, 1), "{what}: copies and uploads; {}", self.story());
    }

    /// Asserts that the item waits for a person's word about what became of it, and that there is at most one video.
    #[track_caller]
    pub(crate) fn assert_asks(&self, what: &str, item: &ItemView) {
        let code = item.failure.as_ref().map(|failure| failure.code);
        assert_eq!((item.stage.as_str(), code), ("failed", Some(Code::OutcomeUnknown)), "{what}: {}", self.story());
        assert!(self.copies(&item.file).len() <= 1, "{what}: {}", self.story());
    }

    /// Asserts that nothing ever ran beside or after a commit under its identifier.
    #[track_caller]
    pub(crate) fn assert_commits_alone(&self, what: &str) {
        assert_eq!(self.sandbox().beside_assembly(), [], "{what}: {}", self.story());
    }

    /// Asserts that everything was said in this version, after the one question that finds it out. Whether anybody is
    /// there at all may be asked in either.
    #[track_caller]
    pub(crate) fn assert_spoken_in(&self, what: &str, version: ApiVersion) {
        let requests = self.sandbox().requests();
        let other = |it: &&RequestRecord| it.version != version.number() && it.api_method != "site/get";
        let others: Vec<&str> = requests.iter().filter(other).map(|it| it.api_method.as_str()).collect();
        let trial: &[&str] = if version == ApiVersion::V1 { &["photo/list"] } else { &[] };
        assert_eq!(others, trial, "{what}: {}", self.story());
    }

    /// What the workspace saw, one line for each request.
    pub(crate) fn story(&self) -> String {
        let line = |it: &RequestRecord| {
            let (ended, status) = (it.ended.unwrap_or_default(), it.status.unwrap_or_default());
            let chunk = it.chunk.map(|number| format!(" chunk {number}")).unwrap_or_default();
            let completing = if it.completing { " completing" } else { "" };
            let excerpt: String = it.excerpt.chars().take(40).collect();
            format!(
                "\n{}..{ended} {}{chunk}{completing}: {status} {excerpt} {:?}",
                it.started, it.api_method, it.faults
            )
        };
        self.sandbox().requests().iter().map(line).collect()
    }
}

/// The four values of OAuth as one text.
pub(crate) fn words(keys: &OauthCredentials) -> String {
    [&*keys.consumer_key, &keys.consumer_secret, &keys.token, &keys.token_secret].join(" ")
}

async fn rest(engine: &Engine, id: ItemId) -> ItemView {
    until(engine, id, |item| matches!(item.stage.as_str(), "done" | "failed" | "cancelled")).await
}

async fn until(engine: &Engine, id: ItemId, wanted: impl Fn(&ItemView) -> bool) -> ItemView {
    let mut updates = engine.subscribe();
    loop {
        let item = engine.item(id).await.unwrap();
        if wanted(&item) {
            return item;
        }
        // Any news is a reason to look again, and so is having missed some.
        while !matches!(updates.recv().await, Ok(Update::Item(item)) if item.id == id) {}
    }
}

/// Scenarios that run at the same time: most of their time is waiting.
const SIDE_BY_SIDE: usize = 16;

/// Plays a scenario for each of these, some at a time.
pub(crate) async fn play<S, Played>(scenarios: impl IntoIterator<Item = S>, scenario: impl Fn(S) -> Played)
where
    Played: Future<Output = ()> + Send + 'static,
{
    let mut running = tokio::task::JoinSet::new();
    let finished = |played: Result<(), tokio::task::JoinError>| {
        if let Err(error) = played {
            std::panic::resume_unwind(error.into_panic());
        }
    };
    for it in scenarios {
        if running.len() >= SIDE_BY_SIDE
            && let Some(played) = running.join_next().await
        {
            finished(played);
        }
        running.spawn(scenario(it));
    }
    while let Some(played) = running.join_next().await {
        finished(played);
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
