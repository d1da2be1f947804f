//! What the pages know of the watched folders. The engine hints that something is different, as often as it is; the folders
//! are looked at again no more often than a person reads, and told where they differ.

use super::FolderRow;
use crate::told::Voice;
use crate::updates::Queue;
use slipway_engine::folder::FolderId;
use slipway_engine::{FolderView, Update};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at the folders: each counts what of them is in the queue.
const PAUSE: Duration = Duration::from_millis(500);

/// How often each ledger may have changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Revisions(Arc<Mutex<HashMap<FolderId, u32>>>);

impl Revisions {
    pub(crate) fn of(&self, folder: FolderId) -> u32 {
        self.known().get(&folder).copied().unwrap_or_default()
    }

    fn raise(&self, folder: FolderId) {
        *self.known().entry(folder).or_default() += 1;
    }

    fn known(&self) -> MutexGuard<'_, HashMap<FolderId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is told of the folders.
#[derive(Debug, Default)]
pub(crate) struct Following {
    revisions: Revisions,
    /// Where they are: what becomes of a file in one is a line of its ledger.
    places: Vec<(FolderId, PathBuf)>,
    /// As they were told last.
    told: Vec<FolderRow>,
    /// When they may be looked at again, where something may be different.
    due: Option<Instant>,
    looked_at: Option<Instant>,
}

impl Following {
    pub(crate) fn new(revisions: Revisions) -> Self {
        Self { revisions, ..Self::default() }
    }

    /// When there may be something to tell.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(crate) fn note(&mut self, update: &Update) {
        match update {
            Update::Folder(id) => {
                self.revisions.raise(*id);
                self.look_again();
            }
            Update::Item(item) => {
                let around: Vec<FolderId> =
                    self.places.iter().filter(|(_, path)| item.file.starts_with(path)).map(|(id, _)| *id).collect();
                if !around.is_empty() {
                    for id in around {
                        self.revisions.raise(id);
                    }
                    self.look_again();
                }
            }
            // Which file that was is not known any more.
            Update::Removed(_) => self.all_may_differ(),
            _ => {}
        }
    }

    /// Something may be different about any of them.
    pub(crate) fn all_may_differ(&mut self) {
        for (id, _) in &self.places {
            self.revisions.raise(*id);
        }
        self.look_again();
    }

    /// All, as they are told from now on.
    pub(crate) async fn all(&mut self, folders: &impl Queue, voice: &Voice) -> Vec<FolderRow> {
        // Whoever cannot be asked is there again with news.
        let views = folders.folders().await.unwrap_or_default();
        self.due = None;
        self.looked_at = Some(Instant::now());
        self.places = views.iter().map(|view| (view.id, view.path.clone())).collect();
        let row = |view: FolderView| {
            let revision = self.revisions.of(view.id);
            FolderRow::of(view, revision, voice)
        };
        self.told = views.into_iter().map(row).collect();
        self.told.clone()
    }

    /// All, if it is time to look and they are not as they were told.
    pub(crate) async fn news(&mut self, folders: &impl Queue, voice: &Voice) -> Option<Vec<FolderRow>> {
        if self.due.is_none_or(|due| Instant::now() < due) {
            return None;
        }
        let before = std::mem::take(&mut self.told);
        let now = self.all(folders, voice).await;
        (now != before).then_some(now)
    }

    fn look_again(&mut self) {
        if self.due.is_none() {
            let now = Instant::now();
            self.due = Some(self.looked_at.map_or(now, |at| now.max(at + PAUSE)));
        }
    }
}
