//! A watched folder and its ledger as front ends show them.

use crate::failure::Failure;
use crate::folder::{Entry, Fate, Folder, FolderId, Preset};
use crate::item::ItemId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// How it is with a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderState {
    /// No process works the queue off, and so none watches.
    #[default]
    Unattended,
    /// Somebody wants it to rest.
    Paused,
    /// It is being looked through for the first time.
    Looking,
    /// The system says what changes.
    Watching,
    /// It is looked through again and again, with this pause in between: it is on a network drive, or the system has no
    /// more hints to give.
    Polling(Duration),
    /// It is not there, with its drive perhaps. Nothing is forgotten, and it goes on when it is back.
    Unavailable,
}

impl FolderState {
    /// A word for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unattended => "unattended",
            Self::Paused => "paused",
            Self::Looking => "looking",
            Self::Watching => "watching",
            Self::Polling(_) => "polling",
            Self::Unavailable => "unavailable",
        }
    }
}

/// A watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderView {
    /// Its id.
    pub id: FolderId,
    /// Where it is.
    #[serde(with = "crate::paths::exact")]
    pub path: PathBuf,
    /// What is done with what lies in it.
    pub preset: Preset,
    /// How it is with it.
    pub state: FolderState,
    /// How many of its files wait in the queue or are being sent.
    pub waiting: usize,
    /// How many are still being written, or may be.
    pub writing: usize,
    /// What a person should know.
    pub failure: Option<Failure>,
}

impl FolderView {
    /// Of a folder that nothing is known about but what was wanted.
    #[must_use]
    pub fn of(folder: &Folder) -> Self {
        Self {
            id: folder.id,
            path: folder.path.clone(),
            preset: folder.preset.clone(),
            state: FolderState::default(),
            waiting: 0,
            writing: 0,
            failure: None,
        }
    }
}

/// A file in a folder, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The line's number; zero for a file that is still waited for.
    pub id: i64,
    /// The file, below the folder.
    #[serde(with = "crate::paths::exact")]
    pub path: PathBuf,
    /// Length in bytes, as far as it is known.
    pub size: Option<u64>,
    /// When that was decided.
    pub at: Option<Timestamp>,
    /// `writing`, `before`, `skipped`, `refused`, `same`, `taken`, `again`; of what the queue has or had, the stage of its
    /// item.
    pub state: String,
    /// Why it was left out, as it is now: the key of a sentence, which begins with `skip.`.
    pub why: Option<String>,
    /// The line whose bytes it has.
    pub same_as: Option<i64>,
    /// Its item, in the queue or not any more.
    pub item: Option<ItemId>,
    /// The video that was made of it.
    pub video_id: Option<u64>,
    /// Where an editor finds that.
    pub admin_url: Option<String>,
    /// What is in the way.
    pub failure: Option<Failure>,
}

impl LedgerLine {
    /// Of a file that is waited for.
    #[must_use]
    pub fn writing(path: PathBuf) -> Self {
        Self {
            id: 0,
            path,
            size: None,
            at: None,
            state: "writing".to_owned(),
            why: None,
            same_as: None,
            item: None,
            video_id: None,
            admin_url: None,
            failure: None,
        }
    }

    /// Of a line.
    #[must_use]
    pub fn of(entry: Entry) -> Self {
        let line = Self { id: entry.id, size: Some(entry.look.size), at: Some(entry.at), ..Self::writing(entry.path) };
        let line = if entry.changed { Self { why: Some("skip.changed".to_owned()), ..line } } else { line };
        let state = |state: &str| state.to_owned();
        match entry.fate {
            Fate::Before => Self { state: state("before"), ..line },
            Fate::Skipped(why) => Self { state: state("skipped"), why: Some(why), ..line },
            Fate::Refused(failure) => Self { state: state("refused"), failure: Some(*failure), ..line },
            Fate::Same(other) => Self { state: state("same"), same_as: Some(other), ..line },
            Fate::Taken(_) => Self { state: state("taken"), ..line },
            Fate::Again => Self { state: state("again"), ..line },
            Fate::Queued(item) => {
                let line = Self { item: Some(item), ..line };
                match entry.sending {
                    None => Self { state: state("taken"), ..line },
                    Some(sending) => Self {
                        state: sending.stage,
                        video_id: sending.video,
                        admin_url: sending.admin_url,
                        failure: sending.failure,
                        ..line
                    },
                }
            }
        }
    }
}
