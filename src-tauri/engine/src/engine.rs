//! The handle that every front end holds, and the way in for everything they want. One task owns the queue
//! (`engine/owner.rs`); the handle only sends it commands and reads the database. Signing in is in `engine/sign_in.rs`.
//!
//! Dropping the handle stops everything at once and loses nothing; [`Engine::stop`] waits until it has stopped.
//!
//! One process owns a data folder. A [`Front`] is what a front end holds that does not care which one: the engine where
//! the folder was free (`engine/front.rs`), else a guest's way to the one who owns it (`engine/guests.rs`).

mod arranging;
mod calls;
mod front;
mod guests;
mod handing_over;
mod intake;
mod library;
mod listing;
mod owner;
mod parked;
mod settling;
mod sign_in;
mod watching;

pub use front::{Elsewhere, Front};
pub use intake::{Add, Added, Edit, Handed, Outcomes, Replace, SetMoment};
pub use settling::Settle;
pub use sign_in::{SignedIn, WorkspaceReport};

use crate::api::{Http, Network};
use crate::companions::Folders;
use crate::control::Listener;
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::item::{ItemId, Stamp};
use crate::library::Library;
use crate::metered;
use crate::pace::{self, Caps, Clock, Vigil, Waking};
use crate::plan::ChunkLimits;
use crate::settings::SettingsFile;
use crate::source;
use crate::store::{Store, Workspace};
use crate::timing::Timing;
use crate::transfer::{Line, Yard};
use crate::vault::{StandIn, Vault};
use crate::view::{self, ItemView, LogLine, Progress, Update};
use crate::watch::Watch;
use crate::workspace::Origin;
use guests::Listening;
use owner::{Change, Command, Owner, Throttling};
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio_util::task::AbortOnDropHandle;

/// How an engine is to be.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub home: PathBuf,
    /// Stands in for the keychain.
    pub token: Option<SecretString>,
    /// The workspace that the token is for. Unnamed, it is for the only one that is known when it is first needed, and
    /// for none where there are several.
    pub token_for: Option<Origin>,
    /// Proxy and certificates.
    pub network: Network,
    /// Waiting times.
    pub timing: Timing,
    /// Chunk sizes.
    pub limits: ChunkLimits,
    /// Chunks in flight at once, over everything, at the most: how many is found by measuring.
    pub in_flight: usize,
    /// Bytes a second, whatever is set: they count in every hour and go before the limits of the settings.
    pub caps: Caps,
    /// The clock on the wall: the timetable goes by it, and a sleep of the machine is noticed by it.
    pub clock: Clock,
    /// Whether to work the queue off. Without it the engine only answers.
    pub work: bool,
    /// A keychain in memory takes the place of the system's.
    #[cfg(feature = "test-hooks")]
    pub pretend_keychain: bool,
}

impl Config {
    /// The product's settings for a data folder.
    #[must_use]
    pub fn new(home: PathBuf) -> Self {
        Self {
            home,
            token: None,
            token_for: None,
            network: Network::default(),
            timing: Timing::default(),
            limits: ChunkLimits::default(),
            in_flight: pace::MOST,
            caps: Caps::default(),
            clock: Clock::default(),
            work: true,
            #[cfg(feature = "test-hooks")]
            pretend_keychain: false,
        }
    }
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    vault: Arc<Vault>,
    http: Arc<Http>,
    timing: Timing,
    folders: Folders,
    library: Arc<Library>,
    watch: Arc<Watch>,
    updates: broadcast::Sender<Update>,
    /// Listens from before the first item begins, until somebody takes it.
    first_listener: Mutex<Option<broadcast::Receiver<Update>>>,
    commands: mpsc::Sender<Command>,
    /// What ends with the handle. The copy that answers guests has none of it.
    run: Option<Run>,
}

#[derive(Debug)]
struct Run {
    /// Ends the tasks of the watched folders when it is dropped.
    watching: Option<AbortOnDropHandle<()>>,
    listening: Listening,
    /// Ends who notices that the machine slept.
    vigil: AbortOnDropHandle<()>,
    owner: tokio::task::JoinHandle<()>,
    /// Closes when nothing works on the data folder any more.
    all_gone: mpsc::Receiver<()>,
}

/// Commands on their way to the owner. Callers wait for their answer anyway, so a deep queue would only hide delay.
const COMMANDS: usize = 16;

/// Updates that a slow listener may fall behind before it has to ask for everything again.
const UPDATES: usize = 4096;

impl Engine {
    /// Takes the data folder and goes on with what is in it. Must be called within a Tokio runtime.
    pub async fn start(config: Config) -> Result<Self, Failure> {
        let (updates, first_listener) = broadcast::channel(UPDATES);
        Self::run(Home::open(&config.home)?, config, updates, Some(first_listener)).await
    }

    /// Goes on with what is in a data folder that is owned by now, and lets guests in.
    async fn run(
        home: Home,
        config: Config,
        updates: broadcast::Sender<Update>,
        first_listener: Option<broadcast::Receiver<Update>>,
    ) -> Result<Self, Failure> {
        // Before anything that takes time: a guest that comes meanwhile waits at the door and not before a wall.
        let door = Listener::bind(home.dir());
        let pictures = home.dir().join("library");
        let (home, all_gone) = home.shared();
        let store = Store::within(Arc::clone(&home))?;
        let http = Arc::new(Http::new(&config.network, &config.timing)?);
        let workspace = config.token_for.map_or_else(OnceLock::new, OnceLock::from);
        let stand_in = config.token.map(|token| StandIn { token, workspace });
        let vault = Vault::new(stand_in, store.clone(), config.timing.keychain);
        #[cfg(feature = "test-hooks")]
        let vault = if config.pretend_keychain { vault.before_a_pretended_keychain() } else { vault };
        let vault = Arc::new(vault);
        let yard = Arc::new(Yard {
            store: store.clone(),
            timing: config.timing,
            limits: config.limits,
            line: Line::up_to(config.in_flight, config.caps),
            updates: updates.clone(),
            home,
        });
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let metered = if config.work { metered::follow() } else { metered::unknown() };
        let settings = SettingsFile::of(yard.home.dir());
        let vigil = Vigil::new(config.clock.clone(), config.timing.look_for_sleep, config.timing.send_stall);
        let slept = watch::Sender::default();
        let waking = Waking::of(&slept);
        let throttling = Throttling::new(settings, config.caps, config.clock, config.timing.look_at_clock, metered);
        let parts = (Arc::clone(&yard), Arc::clone(&vault), Arc::clone(&http));
        let owner = Owner::new(parts, throttling, waking.clone(), config.work).await?;
        let owner = tokio::spawn(owner.run(inbox));
        let connections = Arc::clone(&http);
        let vigil = vigil.keep(slept, move || connections.give_connections_up());
        let vigil = AbortOnDropHandle::new(tokio::spawn(vigil));
        let first_listener = Mutex::new(first_listener);
        let timing = config.timing;
        let folders = Folders::default();
        let library = Library::new(store.clone(), Arc::clone(&http), Arc::clone(&vault), timing, pictures);
        let library = Arc::new(library);
        let watch = Arc::new(Watch::new(updates.clone()));
        let mut engine =
            Self { store, vault, http, timing, folders, library, watch, updates, first_listener, commands, run: None };
        let watching = config.work.then(|| {
            let store = engine.store.clone();
            Arc::clone(&engine.watch).begin(store, engine.copy(), timing, waking)
        });
        let listening = Listening::at(door, &engine, yard, config.work);
        engine.run = Some(Run { watching, listening, vigil, owner, all_gone });
        Ok(engine)
    }

    /// Stops all work, cutting what is in flight, and gives the data folder up. A guest may take it over.
    pub async fn stop(self) {
        let Self { commands, store, vault, library, run, .. } = self;
        let Some(Run { watching, listening, vigil, owner, mut all_gone }) = run else { return };
        if let Some(watching) = watching {
            watching.abort();
            // Cancelled, as was asked.
            let _ = watching.await;
        }
        listening.end().await;
        drop((commands, vigil));
        // Ends when its last command channel is gone; a panic in it has been reported already.
        let _ = owner.await;
        drop((store, vault, library));
        // What was cut is dropped by the runtime in its own time; nothing is ever sent here.
        let _ = all_gone.recv().await;
    }

    /// News: since the start for the first listener, from now on for others. A listener that lags is told so and should
    /// read the list again.
    pub fn subscribe(&self) -> broadcast::Receiver<Update> {
        let first = self.first_listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.updates.subscribe())
    }

    /// One item.
    pub async fn item(&self, id: ItemId) -> Result<ItemView, Failure> {
        self.store.item(id).await?.map(|item| ItemView::of(&item)).ok_or_else(|| unknown(id))
    }

    /// How far the running items are.
    pub async fn progress(&self) -> Result<Vec<Progress>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Progress { reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    /// Lets a failed item go on from where it was; a paused one runs again. Where what goes with the video was in the
    /// way, it is looked at anew.
    pub async fn retry(&self, id: ItemId) -> Result<(), Failure> {
        self.vault.keys.may_prompt();
        let intake = self.look_again(id).await?;
        self.change(id, Change::Retry(self.seen_now(id).await?, intake)).await
    }

    /// Changes what is said about a video or when it becomes public: before it is stored, after, and after the item is
    /// done, which then has something to do again. When it becomes public can be changed until that was begun.
    pub async fn edit(&self, id: ItemId, edit: impl Into<Edit>) -> Result<(), Failure> {
        let edit = edit.into();
        intake::check_edit(&edit)?;
        self.change(id, Change::Edit(edit)).await
    }

    /// Records that the outcome was told, so that adding the file again means sending it again.
    pub async fn reported(&self, id: ItemId) -> Result<(), Failure> {
        Ok(self.store.set_reported(id).await?)
    }

    /// What happened to an item, oldest first, without secrets.
    pub async fn log(&self, id: ItemId) -> Result<Vec<LogLine>, Failure> {
        if self.store.item(id).await?.is_none() {
            return Err(unknown(id));
        }
        Ok(view::log(self.store.journal(id).await?, self.store.notes(id).await?))
    }

    /// The workspaces that the person signed in to.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        Ok(self.store.workspaces().await?)
    }

    /// An item's file as it is now, or why it cannot be had.
    async fn seen_now(&self, id: ItemId) -> Result<Result<Stamp, Failure>, Failure> {
        let path = self.store.item(id).await?.ok_or_else(|| unknown(id))?.source;
        Ok(source::off_thread(move || source::stamp(&path)).await)
    }

    async fn change(&self, id: ItemId, change: Change) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Change { id, change, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

fn closed() -> Failure {
    Failure::new(Code::NotPossibleNow).detail("the engine has stopped")
}

fn unknown(id: ItemId) -> Failure {
    Failure::new(Code::ItemUnknown).detail(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_listener_misses_nothing_that_happened_before_it_listened() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("talk.mp4");
        std::fs::write(&file, "bytes").unwrap();
        let config = Config { work: false, ..Config::new(dir.path().join("home")) };
        let engine = Engine::start(config).await.unwrap();
        let added = engine.add(Add::new(file, Origin::parse("video.example.com").unwrap())).await.unwrap();
        assert!(matches!(engine.subscribe().try_recv(), Ok(Update::Item(item)) if item.id == added.item.id));
        assert!(engine.subscribe().try_recv().is_err());
        engine.stop().await;
    }
}
