//! A watched folder as front ends show it.

use crate::failure::Failure;
use crate::folder::{Folder, FolderId, Preset};
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
    /// How many videos something is still to be done for by the folder: their files are put away, or something that came
    /// late goes with them.
    pub finishing: usize,
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
            finishing: 0,
            failure: None,
        }
    }
}

/// A folder that may be watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderProspect {
    /// Where it is, without links.
    #[serde(with = "crate::paths::exact")]
    pub path: PathBuf,
    /// It was watched before, and this is what its ledger is remembered under.
    pub remembered: Option<FolderId>,
}
