//! What survives. One thread owns the database; everyone else sends it work and awaits the result, which arrives only
//! after the work is on the disk (`synchronous=FULL`). Works that arrive together share one transaction, so a burst of
//! acknowledgements costs one flush.
//!
//! Tables: `items` (what was handed over, with a summary for lists), `journal` (the facts, in order), `tokens` (upload
//! tokens, wiped when an item is settled), `notes` (the item's log), `workspaces` (no secrets), `handovers` (which
//! hand-over led to which item), `videos` (the library as it was last seen), `folders` and `ledger` (what is watched, and
//! what became of each file there). Each table's file holds its migrations and its queries; the thread is in
//! `store/worker.rs`.

mod archive;
mod briefs;
mod check;
mod examine;
mod folders;
mod handovers;
mod items;
mod journal;
mod ledger;
mod notes;
mod order;
mod parts;
mod tokens;
mod videos;
mod worker;
mod workspaces;

pub(crate) use briefs::Brief;
pub(crate) use handovers::HandedOver;
pub(crate) use items::{NewItem, Revision};
pub use parts::Mark;
pub use workspaces::Workspace;

pub(crate) use journal::With;
pub(crate) use ledger::{NewEntry, Selected};
pub(crate) use notes::Note;
pub(crate) use tokens::NewToken;
pub(crate) use videos::{KnownPage, KnownQuery, KnownVideo, Sighting, StandingReplacement};

use crate::failure::{Code, Failure};
use crate::home::Home;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use worker::Worker;

/// Why the database could not be opened or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Written by a newer version.
    #[error("the database has schema {found}, this version knows {known}")]
    Newer {
        /// The schema found.
        found: u32,
        /// The newest that this version knows.
        known: u32,
    },
    /// Not readable as a database; it was moved out of the way.
    #[error("the database is damaged and was moved to {}", moved_to.display())]
    Damaged {
        /// Where it is now.
        moved_to: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// What is written there makes no sense to this version.
    #[error("what is recorded cannot be read")]
    Unreadable(#[source] rusqlite::Error),
    /// A statement or a flush failed.
    #[error("the database cannot be used")]
    Sqlite(#[source] rusqlite::Error),
    /// The file could not be made.
    #[error("the database file cannot be made")]
    File(#[from] std::io::Error),
    /// The thread is gone: the engine has been shut down.
    #[error("the database is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::FromSqlConversionFailure(..) => Self::Unreadable(error),
            error => Self::Sqlite(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Newer { .. } => Code::DataFolderNewer,
            StoreError::Damaged { .. } => Code::DataFolderDamaged,
            StoreError::Unreadable(_) => Code::JournalInconsistent,
            StoreError::Sqlite(_) | StoreError::File(_) | StoreError::Closed => Code::DataFolderUnwritable,
        };
        let failure = Failure::new(code).caused_by(&error);
        match error {
            StoreError::Damaged { moved_to, .. } => failure.detail(moved_to.display().to_string()),
            _ => failure,
        }
    }
}

/// The handle. Cheap to clone; the thread ends when the last one is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    worker: Arc<Worker>,
}

/// All migrations in order. A database's `user_version` counts those that it has been through. Append only.
const MIGRATIONS: &[&str] = &[
    items::CREATE,
    journal::CREATE,
    tokens::CREATE,
    notes::CREATE,
    workspaces::CREATE,
    workspaces::ADD_API,
    items::ADD_REPLACES,
    items::ADD_COMPANIONS,
    handovers::CREATE,
    videos::CREATE,
    items::ADD_VERSION_SEEN,
    folders::CREATE,
    ledger::CREATE,
    ledger::ADD_AFTERMATH,
    ledger::ADD_BESIDE,
    items::SPREAD,
    items::ADD_ARCHIVED,
    ledger::KEEP_REPLACES,
];

impl Store {
    /// Opens or makes the database of an owned folder. A newer one is refused untouched; a damaged one is set aside. The
    /// folder stays owned until the database is closed, so that the next owner finds nobody in it.
    pub(crate) fn within(home: Arc<Home>) -> Result<Self, StoreError> {
        let worker = Worker::start(&home.database(), MIGRATIONS)?;
        Ok(Self { worker: Arc::new(worker.keeping(home)) })
    }

    /// The same with a database that stands alone.
    #[cfg(test)]
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { worker: Arc::new(Worker::start(path, MIGRATIONS)?) })
    }

    /// Opens a database to look at it, whoever owns it and whatever its version: nothing is migrated, repaired or set aside.
    pub(crate) fn look_into(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { worker: Arc::new(Worker::look_into(path)?) })
    }

    /// Writes, durably, what changes nothing: only writing can tell whether the disk takes it.
    pub(crate) async fn write_something(&self) -> Result<(), StoreError> {
        self.call(|db| {
            let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            db.pragma_update(None, "user_version", version)
        })
        .await
    }

    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.worker.call(work).await
    }
}

#[cfg(test)]
mod tests;
