//! What a front end holds that does not care who owns the data folder: the engine itself, or a guest's way to it. When
//! the owner ends, well or badly, a guest takes its place or joins the next one, and says again what was not answered.
//!
//! What can be asked stands in `engine/calls.rs`.

use super::calls::Ask;
use super::{Config, Engine, UPDATES, WorkspaceReport};
use crate::control::{Guest, Hello, Lost, NotJoined};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::store::Workspace;
use crate::view::Update;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, broadcast};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// The engine of a data folder, in this process or in another. Dropping it stops what runs here at once; what was handed
/// over stays in the queue.
#[derive(Debug)]
pub struct Front {
    shared: Arc<Shared>,
    first_listener: Mutex<Option<broadcast::Receiver<Update>>>,
    /// Sees the owner go when nobody asks it anything.
    watching: AbortOnDropHandle<()>,
}

/// The process that owns the data folder in this one's stead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its id.
    pub process: u32,
    /// Whether it works the queue off. One that does not is soon done.
    pub works: bool,
}

#[derive(Debug)]
struct Shared {
    config: Config,
    updates: broadcast::Sender<Update>,
    /// Held while the place is being changed, so that callers wait for the new one.
    place: AsyncMutex<Place>,
}

#[derive(Debug, Clone)]
enum Place {
    Owner(Arc<Engine>),
    Guest(Arc<Guest>),
}

/// Where a question ended up.
pub(super) enum Reached {
    Engine(Arc<Engine>),
    Answer(Box<RawValue>),
}

/// How often the connection may end in place of the same answer. An owner that dies of a question would else be asked by
/// all guests in turn.
const LOSSES: usize = 8;

impl Front {
    /// Takes the data folder, or joins the process that owns it.
    pub async fn open(config: Config) -> Result<Self, Failure> {
        let (updates, first_listener) = broadcast::channel(UPDATES);
        let place = take_place(&config, &updates).await?;
        let shared = Arc::new(Shared { config, updates, place: AsyncMutex::new(place) });
        let watching = AbortOnDropHandle::new(tokio::spawn(Arc::clone(&shared).watch()));
        Ok(Self { shared, first_listener: Mutex::new(Some(first_listener)), watching })
    }

    /// Stops what runs in this process. Where it owned the folder, a guest may take it over.
    pub async fn stop(self) {
        let Self { shared, watching, .. } = self;
        watching.abort();
        // Cancelled, as was asked.
        let _ = watching.await;
        if let Some(shared) = Arc::into_inner(shared)
            && let Place::Owner(engine) = shared.place.into_inner()
            && let Some(engine) = Arc::into_inner(engine)
        {
            engine.stop().await;
        }
    }

    /// The process that owns the folder, if it is not this one.
    pub async fn elsewhere(&self) -> Option<Elsewhere> {
        match &*self.shared.place.lock().await {
            Place::Owner(_) => None,
            Place::Guest(guest) => Some(Elsewhere { process: guest.owner().process, works: guest.owner().works }),
        }
    }

    /// As [`Engine::subscribe`]. When another process becomes the owner, [`Update::Missed`] says that the list should be
    /// read again.
    pub fn subscribe(&self) -> broadcast::Receiver<Update> {
        let first = self.first_listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.unwrap_or_else(|| self.shared.updates.subscribe())
    }

    /// As [`Engine::look_at`], with the owner's credential.
    pub async fn look_at(&self, workspace: &Workspace) -> Result<WorkspaceReport, Failure> {
        self.report_on(workspace.clone()).await
    }

    /// The engine, if this process owns the folder.
    pub(super) async fn engine(&self) -> Option<Arc<Engine>> {
        match &*self.shared.place.lock().await {
            Place::Owner(engine) => Some(Arc::clone(engine)),
            Place::Guest(_) => None,
        }
    }

    pub(super) fn config(&self) -> &Config {
        &self.shared.config
    }

    /// Asks the owner, whoever that is by now, until it answers; or says that this process is the owner.
    pub(super) async fn reach(&self, once: bool, ask: impl Fn() -> Ask) -> Result<Reached, Failure> {
        let id = Uuid::now_v7();
        for _ in 0..LOSSES {
            let place = self.shared.place.lock().await.clone();
            let guest = match place {
                Place::Owner(engine) => return Ok(Reached::Engine(engine)),
                Place::Guest(guest) => guest,
            };
            match guest.ask(id, once, super::guests::written(&ask())?).await {
                Ok(answer) => return Ok(Reached::Answer(answer?)),
                Err(Lost) => self.shared.leave(&guest).await?,
            }
        }
        Err(Failure::new(Code::DataFolderBusy).detail(self.shared.config.home.display().to_string()).caused_by(&Lost))
    }
}

/// An answer of the owner's.
pub(super) fn read<T: DeserializeOwned>(answer: &RawValue) -> Result<T, Failure> {
    serde_json::from_str(answer.get()).map_err(|error| Failure::new(Code::OwnerOtherVersion).caused_by(&error))
}

impl Shared {
    /// Finds a new place each time that the owner is gone, until this process is the owner itself.
    async fn watch(self: Arc<Self>) {
        loop {
            let place = self.place.lock().await.clone();
            let Place::Guest(guest) = place else { return };
            guest.gone().await;
            if let Err(failure) = self.leave(&guest).await {
                // Without listeners nobody waits for news.
                let _ = self.updates.send(Update::Trouble(failure));
                tokio::time::sleep(self.config.timing.owner_tried_for).await;
            }
        }
    }

    /// Finds a new place in the stead of `lost`, unless somebody else has.
    async fn leave(&self, lost: &Arc<Guest>) -> Result<(), Failure> {
        let mut place = self.place.lock().await;
        if matches!(&*place, Place::Guest(guest) if Arc::ptr_eq(guest, lost)) {
            // Ahead of all that is told in the new place. Whoever reads the list now waits for that.
            let _ = self.updates.send(Update::Missed);
            *place = take_place(&self.config, &self.updates).await?;
        }
        Ok(())
    }
}

/// Owns the folder if it is free, joins its owner if that answers, and tries both for a moment: an owner may be about to
/// listen, or about to end.
async fn take_place(config: &Config, updates: &broadcast::Sender<Update>) -> Result<Place, Failure> {
    let timing = config.timing;
    let end = Instant::now() + timing.owner_tried_for;
    let mut pause = timing.owner_tried.0;
    loop {
        let busy = match Home::open(&config.home) {
            Ok(home) => {
                let engine = Engine::run(home, config.clone(), updates.clone(), None).await?;
                return Ok(Place::Owner(Arc::new(engine)));
            }
            Err(failure) if failure.code == Code::DataFolderBusy => failure,
            Err(failure) => return Err(failure),
        };
        let left = end.saturating_duration_since(Instant::now()).max(timing.owner_tried.0);
        let (updates, has_token) = (updates.clone(), config.token.is_some());
        let tell = move |update| {
            // Without listeners nobody waits for news.
            let _ = updates.send(if has_token { with_token(update) } else { update });
        };
        match Guest::join(&config.home, Hello::own(config.work), timing, left, tell).await {
            Ok(guest) => return Ok(Place::Guest(Arc::new(guest))),
            Err(NotJoined::OtherVersion { theirs, own }) => {
                let facts = [
                    ("theirs", theirs.slipway),
                    ("their_protocol", theirs.protocol.to_string()),
                    ("own", own.slipway),
                    ("own_protocol", own.protocol.to_string()),
                ];
                return Err(Failure::new(Code::OwnerOtherVersion).because("why.other_version", facts));
            }
            Err(error @ NotJoined::Silent(_)) if Instant::now() + pause >= end => return Err(busy.caused_by(&error)),
            Err(NotJoined::Silent(_)) => {}
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(timing.owner_tried.1);
    }
}

/// What waits for a sign-in although this process was given a token: it stays here, and whoever gave it should know.
fn with_token(update: Update) -> Update {
    match update {
        Update::Waiting { id, failure }
            if matches!(failure.code, Code::SignInNeeded | Code::KeychainMissing | Code::KeychainLocked) =>
        {
            Update::Waiting { id, failure: Failure { code: Code::OwnerNotSignedIn, ..failure } }
        }
        other => other,
    }
}
