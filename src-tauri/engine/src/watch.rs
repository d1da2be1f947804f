//! Watched folders: what is put into them is sent by itself, each file once and whole.
//!
//! Hints of the system say where to look, and looking decides: what is there (`watch/scan.rs`), whether it is anybody's
//! video (`watch/rules.rs`), whether it stands still (`watch/stillness.rs`) and is whole (`watch/check.rs`), and what the
//! ledger knows of it (`watch/decision.rs`). That a file is gone decides nothing: nobody's video is touched by it.
//!
//! What is done with a file once its video is there is in `watch/afterwards.rs`.
//!
//! Each folder has a task (`watch/runner.rs`); one that hangs on a dead drive holds up neither the others nor the queue.

mod afterwards;
mod aside;
mod boxes;
mod check;
mod decision;
mod drive;
mod hints;
mod rules;
mod runner;
mod scan;
mod stillness;
mod writers;

use crate::failure::Failure;
use crate::folder::{Fate, Folder, FolderId, Preset, Wish};
use crate::item::{ItemId, Locale, Said, Stamp};
use crate::pace::Waking;
use crate::store::{NewEntry, Store};
use crate::timing::Timing;
use crate::view::{FolderState, Update};
use crate::workspace::Origin;
use jiff::Timestamp;
use rules::{Meaning, Rules};
use runner::Runner;
use scan::Scope;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

/// Whether the boxes of a film with these bytes are whole.
#[cfg(feature = "test-hooks")]
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let read = boxes::read(&mut std::io::Cursor::new(bytes), bytes.len() as u64);
    read.is_ok_and(|boxes| boxes == boxes::Boxes::Whole)
}

/// What a name below a folder means where the folder says nothing of its own.
#[cfg(feature = "test-hooks")]
pub(crate) fn is_passed_over(below: &Path, preset: &Preset) -> bool {
    let rules = Rules::of(preset).ok();
    rules.is_some_and(|rules| rules.ignores(below) || matches!(rules.meaning(below), Meaning::Nothing))
}

/// A file that a folder hands over.
#[derive(Debug, Clone)]
pub(crate) struct HandOver {
    /// The same for each repetition.
    pub(crate) id: Uuid,
    pub(crate) file: PathBuf,
    /// What was decided about: by now another file may lie there, and this one somewhere else.
    pub(crate) decided_about: Option<Stamp>,
    pub(crate) workspace: Origin,
    /// What the folder says of it where nobody else does.
    pub(crate) said: Said,
    /// The language of subtitles that name none.
    pub(crate) locale: Option<Locale>,
    /// The video that it takes the place of something of.
    pub(crate) replaces: Option<u64>,
    pub(crate) again: bool,
}

/// The queue, as far as folders need it.
pub(crate) trait Queue: Send + Sync + 'static {
    /// Takes files in, each once for its id. The outcomes are in their order.
    fn hand_over(
        &self,
        files: Vec<HandOver>,
    ) -> impl Future<Output = Result<Vec<Result<ItemId, Failure>>, Failure>> + Send;

    /// Lets a failed item go on with its file as it was seen now: with no other that may lie in its place a moment later.
    fn renew(&self, item: ItemId, seen: Stamp) -> impl Future<Output = Result<(), Failure>> + Send;

    /// An item's file was renamed or moved, and lies here now.
    fn find_at(&self, item: ItemId, file: PathBuf) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What lies beside an item's file is to go with its video, whether that is there already or not. Saying it twice does
    /// it once.
    fn take_along(&self, item: ItemId) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What is known of a folder at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) state: FolderState,
    /// Files that are waited for: they are still being written, or may be.
    pub(crate) writing: Vec<PathBuf>,
    /// Videos that something which came late is about to be told to.
    pub(crate) late: usize,
    /// Lines of the ledger whose files were to be put away and could not.
    pub(crate) left: Vec<i64>,
    /// What a person should know.
    pub(crate) failure: Option<Failure>,
}

/// The watched folders of a data folder.
#[derive(Debug)]
pub(crate) struct Watch {
    updates: broadcast::Sender<Update>,
    standings: Mutex<HashMap<FolderId, Standing>>,
    /// Folders whose ledger was changed by somebody else.
    stale: Mutex<HashSet<FolderId>>,
    /// Lines whose files another folder has now, by the one that had them.
    left: Mutex<HashMap<FolderId, HashSet<i64>>>,
    changed: Notify,
}

impl Watch {
    /// What is different is told there.
    pub(crate) fn new(updates: broadcast::Sender<Update>) -> Self {
        let (standings, stale, left) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { updates, standings, stale, left, changed: Notify::new() }
    }

    /// How it is with a folder.
    pub(crate) fn standing(&self, id: FolderId) -> Standing {
        self.standings.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned().unwrap_or_default()
    }

    /// A folder is new or gone, or is to be otherwise.
    pub(crate) fn reconsider(&self) {
        self.changed.notify_one();
    }

    /// What the ledger says of a folder was changed: it is read again, and the folder looked through.
    pub(crate) fn reread(&self, id: FolderId) {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.reconsider();
    }

    /// Something is different about a folder.
    pub(crate) fn tell(&self, id: FolderId) {
        // Without listeners nobody waits for news.
        let _ = self.updates.send(Update::Folder(id));
    }

    fn show(&self, id: FolderId, standing: Standing) {
        let mut standings = self.standings.lock().unwrap_or_else(PoisonError::into_inner);
        if standings.get(&id) != Some(&standing) {
            standings.insert(id, standing);
            drop(standings);
            self.tell(id);
        }
    }

    /// A line has left a folder for another.
    fn has_left(&self, id: FolderId, line: i64) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().insert(line);
    }

    fn take_left(&self, id: FolderId) -> HashSet<i64> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(&id).unwrap_or_default()
    }

    fn take_stale(&self) -> HashSet<FolderId> {
        std::mem::take(&mut *self.stale.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Watches, until the task is dropped.
    pub(crate) fn begin<Q: Queue>(
        self: Arc<Self>,
        store: Store,
        queue: Q,
        timing: Timing,
        waking: Waking,
    ) -> AbortOnDropHandle<()> {
        AbortOnDropHandle::new(tokio::spawn(self.run(store, Arc::new(queue), timing, waking)))
    }

    async fn run<Q: Queue>(self: Arc<Self>, store: Store, queue: Arc<Q>, timing: Timing, waking: Waking) {
        let mut running: HashMap<FolderId, (Folder, AbortOnDropHandle<()>)> = HashMap::new();
        loop {
            let stale = self.take_stale();
            match store.folders().await {
                Ok(folders) => {
                    let wanted: Vec<&Folder> = folders.iter().filter(|it| it.wish == Wish::Watch).collect();
                    let as_is = |folder: &Folder| wanted.contains(&folder) && !stale.contains(&folder.id);
                    let leaving: Vec<FolderId> =
                        running.iter().filter(|(_, (folder, _))| !as_is(folder)).map(|(id, _)| *id).collect();
                    for id in leaving {
                        if let Some((_, task)) = running.remove(&id) {
                            end(task.detach()).await;
                        }
                        self.standings.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                        self.tell(id);
                    }
                    for folder in wanted {
                        running.entry(folder.id).or_insert_with(|| {
                            let (store, queue) = (store.clone(), Arc::clone(&queue));
                            let runner =
                                Runner::of(folder.clone(), store, queue, Arc::clone(&self), timing, waking.clone());
                            (folder.clone(), AbortOnDropHandle::new(tokio::spawn(runner.run())))
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!("the watched folders cannot be read: {error}");
                    self.stale.lock().unwrap_or_else(PoisonError::into_inner).extend(stale);
                    tokio::time::sleep(timing.parked).await;
                    continue;
                }
            }
            self.changed.notified().await;
        }
    }
}

/// Ends a folder's task for certain: two of one folder would decide over each other's heads.
async fn end(task: JoinHandle<()>) {
    task.abort();
    // Cancelled, as was asked.
    let _ = task.await;
}

/// Refuses a preset that cannot be.
pub(crate) fn check_preset(preset: &Preset) -> Result<(), Failure> {
    Rules::of(preset).map(|_| ())
}

/// The films that are in a folder that is about to be watched, as lines that say that they were there before. What
/// changed just now is being put there, and is new. Walks the folder: call it where blocking does no harm.
pub(crate) fn there_before(folder: &Path, preset: &Preset, settle: Duration) -> Result<Vec<NewEntry>, Failure> {
    let rules = Rules::of(preset)?;
    let settled = Timestamp::now().as_nanosecond() - settle.as_nanos() as i128;
    let sightings = scan::scan(folder, &rules, &Scope::All).into_iter();
    let before = sightings.filter(|it| {
        it.look.mtime_ns < settled && matches!(rules.meaning(&it.path), Meaning::Film | Meaning::Replaces(_))
    });
    Ok(before.map(|it| NewEntry::of(it.path, it.look, Fate::Before)).collect())
}
