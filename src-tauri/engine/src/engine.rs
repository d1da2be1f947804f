//! The handle that every front end holds, and the way in for everything they want. One task owns the queue
//! (`engine/owner.rs`); the handle only sends it commands and reads the database. Signing in is in `engine/sign_in.rs`.
//!
//! Dropping the handle stops everything at once and loses nothing; [`Engine::stop`] waits until it has stopped.

mod owner;
mod sign_in;

pub use sign_in::{SignedIn, WorkspaceReport};

use crate::api::{Http, Network};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::item::{Details, Event, Intent, ItemId, Lane, Publish, Replacement, Stamp};
use crate::pace::Pool;
use crate::plan::ChunkLimits;
use crate::schedule::Slots;
use crate::source;
use crate::store::{NewItem, Store, Workspace};
use crate::timing::Timing;
use crate::transfer::Yard;
use crate::vault::{StandIn, Vault};
use crate::view::{ItemView, Progress, Update};
use crate::workspace::Origin;
use jiff::Timestamp;
use owner::{Change, Command, Owner};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};

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
    /// Chunks in flight at once, over everything. The vendor's own clients use 3 to 5.
    pub in_flight: usize,
    /// Whether to work the queue off. Without it the engine only answers.
    pub work: bool,
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
            in_flight: 6,
            work: true,
        }
    }
}

/// A file to take in.
#[derive(Debug, Clone)]
pub struct Add {
    /// The file.
    pub file: PathBuf,
    /// Where it goes.
    pub workspace: Origin,
    /// What is said about the video; an empty title becomes the file's cleaned name.
    pub details: Details,
    /// When it becomes public.
    pub publish: Publish,
    /// Whether to wait until the video can be played before the item is done.
    pub await_playable: bool,
    /// Whose work it is.
    pub lane: Lane,
    /// Take it in even if the same file is there already.
    pub again: bool,
}

/// A file that goes in the place of one that is there.
#[derive(Debug, Clone)]
pub struct Replace {
    /// The file. A video replaces the video's file, a picture its thumbnail, or the image if the object is one.
    pub file: PathBuf,
    /// Where the video is.
    pub workspace: Origin,
    /// The vendor's `photo_id`.
    pub video: u64,
    /// Whether to wait until the video can be played again before the item is done.
    pub await_playable: bool,
    /// Whose work it is.
    pub lane: Lane,
    /// Take it in even if the same file is there already for the same video.
    pub again: bool,
}

/// What became of an [`Add`] or a [`Replace`].
#[derive(Debug, Clone)]
pub struct Added {
    /// The item.
    pub item: ItemView,
    /// The same file was there already, unfinished or never reported.
    pub adopted: bool,
}

/// What a person says about an unclear commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It arrived, as this video.
    Arrived(u64),
    /// It did not: send everything again.
    SendAgain,
    /// Look for it once more.
    KeepLooking,
}

/// A line of an item's log.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    store: Store,
    vault: Arc<Vault>,
    http: Arc<Http>,
    timing: Timing,
    updates: broadcast::Sender<Update>,
    /// Listens from before the first item begins, until somebody takes it.
    first_listener: Mutex<Option<broadcast::Receiver<Update>>>,
    commands: mpsc::Sender<Command>,
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
        let home = Home::open(&config.home)?;
        let store = Store::open(&home.database())?;
        let http = Arc::new(Http::new(&config.network, &config.timing)?);
        let workspace = config.token_for.map_or_else(OnceLock::new, OnceLock::from);
        let stand_in = config.token.map(|token| StandIn { token, workspace });
        let vault = Arc::new(Vault::new(stand_in, store.clone(), config.timing.keychain));
        let (updates, first_listener) = broadcast::channel(UPDATES);
        let first_listener = Mutex::new(Some(first_listener));
        let (at_work, all_gone) = mpsc::channel(1);
        let yard = Arc::new(Yard {
            store: store.clone(),
            timing: config.timing,
            limits: config.limits,
            pool: Pool::new(config.in_flight),
            updates: updates.clone(),
            line_free: Notify::new(),
            _home: home,
            _at_work: at_work,
        });
        let slots = Slots::for_pool(config.in_flight, config.limits.single_below);
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let owner = Owner::new(yard, Arc::clone(&vault), Arc::clone(&http), slots, config.work).await?;
        let owner = tokio::spawn(owner.run(inbox));
        Ok(Self { store, vault, http, timing: config.timing, updates, first_listener, commands, owner, all_gone })
    }

    /// Stops all work, cutting what is in flight, and gives the data folder up.
    pub async fn stop(self) {
        let Self { commands, owner, store, mut all_gone, .. } = self;
        drop(commands);
        // Ends when its last command channel is gone; a panic in it has been reported already.
        let _ = owner.await;
        drop(store);
        // What was cut is dropped by the runtime in its own time; nothing is ever sent here.
        let _ = all_gone.recv().await;
    }

    /// News: since the start for the first listener, from now on for others. A listener that lags is told so and should
    /// read the list again.
    pub fn subscribe(&self) -> broadcast::Receiver<Update> {
        let first = self.first_listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.updates.subscribe())
    }

    /// Takes a file in.
    pub async fn add(&self, add: Add) -> Result<Added, Failure> {
        let (file, stamp) = looked_at(add.file, source::stamp).await?;
        let mut details = add.details;
        if details.title.trim().is_empty() {
            details.title = title_from(&file);
        }
        let new = NewItem {
            workspace: add.workspace,
            source: file,
            stamp,
            details,
            publish: add.publish,
            replaces: None,
            await_playable: add.await_playable,
            lane: add.lane,
            again: add.again,
        };
        self.take_in(new).await
    }

    /// Takes a file in that replaces another. What kind it is decides what it replaces, so that is looked at now; whether
    /// the video is there and fits is looked at before anything is sent.
    pub async fn replace(&self, replace: Replace) -> Result<Added, Failure> {
        let look = |path: &Path| source::stamp(path).and_then(|stamp| Ok((stamp, source::kind_of(path)?)));
        let (file, (stamp, kind)) = looked_at(replace.file, look).await?;
        let new = NewItem {
            workspace: replace.workspace,
            details: Details { title: title_from(&file), ..Details::default() },
            source: file,
            stamp,
            publish: Publish::Draft,
            replaces: Some(Replacement { video: replace.video, kind }),
            await_playable: replace.await_playable,
            lane: replace.lane,
            again: replace.again,
        };
        self.take_in(new).await
    }

    async fn take_in(&self, new: NewItem) -> Result<Added, Failure> {
        let seen = new.stamp.clone();
        let (item, adopted) = self.store.add(new).await?;
        let id = item.id;
        self.change(id, Change::Wake(seen)).await?;
        Ok(Added { item: ItemView::of(&item), adopted })
    }

    /// All items, in queue order.
    pub async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        Ok(self.store.items().await?.iter().map(ItemView::of).collect())
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

    /// Pauses, resumes or cancels an item. Cancelling an item whose last piece was sent settles it first.
    pub async fn set_intent(&self, id: ItemId, intent: Intent) -> Result<(), Failure> {
        self.change(id, Change::Intend(intent)).await
    }

    /// Lets a failed item go on from where it was; a paused one runs again.
    pub async fn retry(&self, id: ItemId) -> Result<(), Failure> {
        self.change(id, Change::Retry(self.seen_now(id).await?)).await
    }

    /// Settles an unclear commit by a person's word.
    pub async fn settle(&self, id: ItemId, settle: Settle) -> Result<(), Failure> {
        self.change(id, Change::Settle(settle, self.seen_now(id).await?)).await
    }

    /// Changes what is said about a video, before or after it is stored.
    pub async fn edit(&self, id: ItemId, details: Details) -> Result<(), Failure> {
        self.change(id, Change::Edit(details)).await
    }

    /// Moves an item ahead of all others that have not begun.
    pub async fn send_next(&self, id: ItemId) -> Result<(), Failure> {
        self.change(id, Change::SendNext).await
    }

    /// Removes a finished item from the list. Never one whose outcome is open.
    pub async fn clear(&self, id: ItemId) -> Result<(), Failure> {
        self.change(id, Change::Clear).await
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
        let facts = self.store.journal(id).await?.into_iter().map(|(at, event)| LogLine { at, text: fact(&event) });
        let notes = self.store.notes(id).await?.into_iter().map(|note| LogLine { at: note.at, text: note.text });
        let mut lines: Vec<LogLine> = facts.chain(notes).collect();
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    /// The workspaces that the person signed in to.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        Ok(self.store.workspaces().await?)
    }

    /// An item's file as it is now, if it can be read.
    async fn seen_now(&self, id: ItemId) -> Result<Option<Stamp>, Failure> {
        let path = self.store.item(id).await?.ok_or_else(|| unknown(id))?.source;
        Ok(tokio::task::spawn_blocking(move || source::stamp(&path)).await.ok().and_then(Result::ok))
    }

    async fn change(&self, id: ItemId, change: Change) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Change { id, change, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

/// A file's whole path, and what a look at it on another thread gives: a drive may take its time to answer.
async fn looked_at<T: Send + 'static>(
    file: PathBuf,
    look: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
) -> Result<(PathBuf, T), Failure> {
    let file = std::path::absolute(&file)
        .map_err(|error| Failure::new(Code::SourceMissing).detail(file.display().to_string()).caused_by(&error))?;
    let path = file.clone();
    let seen = tokio::task::spawn_blocking(move || look(&path))
        .await
        .map_err(|error| Failure::new(Code::SourceUnreadable).caused_by(&error))??;
    Ok((file, seen))
}

fn closed() -> Failure {
    Failure::new(Code::NotPossibleNow).detail("the engine has stopped")
}

fn unknown(id: ItemId) -> Failure {
    Failure::new(Code::ItemUnknown).detail(id.to_string())
}

/// A fact of the journal as a line; tokens are only named by number in there.
fn fact(event: &Event) -> String {
    match event {
        Event::ChunkAcknowledged { number, .. } => format!("chunk {number} acknowledged"),
        Event::ChunkWithdrawn { number } => format!("chunk {number} withdrawn"),
        Event::CommitAnswered { class, status, .. } => format!("commit answered: HTTP {status}, {class:?}"),
        Event::VideoFound(stored) => format!("video found: {} (by {:?})", stored.video.id, stored.found_by),
        Event::Failed(failure) => format!("failed: {} {failure}", failure.code.as_str()),
        Event::PlayableChecked { seen } => format!("playable: {seen}"),
        Event::DetailsAcknowledged { version } => format!("details acknowledged: version {version}"),
        other => other.name().to_owned(),
    }
}

/// A title from a file's name: without its extension, with separators as spaces.
fn title_from(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let spaced: String = stem.chars().map(|c| if c == '_' || c.is_control() { ' ' } else { c }).collect();
    let title = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { "Untitled".to_owned() } else { title }
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
        let add = Add {
            file,
            workspace: Origin::parse("video.example.com").unwrap(),
            details: Details::default(),
            publish: Publish::Draft,
            await_playable: false,
            lane: Lane::Manual,
            again: false,
        };
        let added = engine.add(add).await.unwrap();
        assert!(matches!(engine.subscribe().try_recv(), Ok(Update::Item(item)) if item.id == added.item.id));
        assert!(engine.subscribe().try_recv().is_err());
        engine.stop().await;
    }

    #[test]
    fn a_title_is_the_cleaned_name() {
        assert_eq!(title_from(Path::new("/a/spring_talk  2026.final.mp4")), "spring talk 2026.final");
        assert_eq!(title_from(Path::new("/a/___.mp4")), "Untitled");
    }
}
