//! Watched folders: the list of them, and what a person wants of one. The engine watches; here it gets the form that the
//! pages read. How a folder comes to be watched is in `folders/choosing.rs`, what its ledger says in `folders/ledger.rs`,
//! what is done with its files in `folders/preset.rs`, and how the pages hear of it in `folders/following.rs`.

pub(crate) mod choosing;
pub(crate) mod following;
pub(crate) mod ledger;
pub(crate) mod preset;

use crate::rows::name_of;
use crate::shell::Shell;
use crate::told::{Told, Voice};
use preset::FolderPreset;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::{FolderId, Wish};
use slipway_engine::{FolderState, FolderView};
use ts_rs::TS;

/// A watched folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct FolderRow {
    pub(crate) id: FolderId,
    /// Its own name, and the whole of where it is, to be shown.
    name: String,
    path: String,
    /// `host[:port]`
    workspace: String,
    #[ts(inline)]
    state: State,
    /// Seconds from one look to the next, where it is looked through again and again.
    every_s: Option<u32>,
    /// Files that wait in the queue or are being sent.
    waiting: usize,
    /// Files that are still being written, or may be.
    writing: usize,
    /// Videos that something is still to be done for: their files are put away, or something that came late goes with them.
    finishing: usize,
    /// What somebody should know.
    told: Option<Told>,
    preset: FolderPreset,
    /// Goes up whenever its ledger may read otherwise.
    revision: u32,
}

/// How it is with a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Nobody works the queue off.
    Unattended,
    Paused,
    /// For the first time.
    Looking,
    Watching,
    /// Looked through again and again.
    Polling,
    /// Not there, with its drive perhaps.
    Unavailable,
}

impl FolderRow {
    fn of(view: FolderView, revision: u32, voice: &Voice) -> Self {
        let (state, every) = match view.state {
            FolderState::Unattended => (State::Unattended, None),
            FolderState::Paused => (State::Paused, None),
            FolderState::Looking => (State::Looking, None),
            FolderState::Watching => (State::Watching, None),
            FolderState::Polling(every) => (State::Polling, Some(every)),
            FolderState::Unavailable => (State::Unavailable, None),
        };
        Self {
            id: view.id,
            name: name_of(&view.path),
            path: view.path.display().to_string(),
            workspace: view.preset.workspace.host().to_owned(),
            state,
            every_s: every.map(|every| u32::try_from(every.as_secs()).unwrap_or(u32::MAX).max(1)),
            waiting: view.waiting,
            writing: view.writing,
            finishing: view.finishing,
            told: view.failure.map(|failure| voice.tell(&failure)),
            preset: view.preset.into(),
            revision,
        }
    }
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetFolderPreset {
    folder: FolderId,
    preset: FolderPreset,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetFolderWatching {
    folder: FolderId,
    /// Else it rests.
    watch: bool,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveFolder {
    folder: FolderId,
    /// What its ledger remembers, too. Else that is kept for the case that the folder comes back.
    forget: bool,
}

impl Shell {
    pub(crate) async fn folder_set_preset(&self, set: SetFolderPreset) -> Result<FolderRow, Failure> {
        let before = self.folder(set.folder).await?.preset.workspace;
        // A workspace that nobody is signed in to any more may stay where it is.
        let workspace = if before.host() == set.preset.workspace {
            before
        } else {
            self.workspace_called(&set.preset.workspace).await?
        };
        let preset = set.preset.for_the_engine(workspace)?;
        self.place.engine().await?.set_folder_preset(set.folder, preset).await?;
        Ok(self.folder_row(self.folder(set.folder).await?))
    }

    pub(crate) async fn folder_set_watching(&self, set: SetFolderWatching) -> Result<(), Failure> {
        let wish = if set.watch { Wish::Watch } else { Wish::Pause };
        self.place.engine().await?.set_folder_wish(set.folder, wish).await
    }

    pub(crate) async fn folder_remove(&self, remove: RemoveFolder) -> Result<(), Failure> {
        let engine = self.place.engine().await?;
        if remove.forget {
            engine.forget_folder(remove.folder).await
        } else {
            engine.set_folder_wish(remove.folder, Wish::Removed).await
        }
    }

    fn folder_row(&self, view: FolderView) -> FolderRow {
        let revision = self.updates.revisions().of(view.id);
        FolderRow::of(view, revision, &self.voice)
    }

    async fn folder(&self, id: FolderId) -> Result<FolderView, Failure> {
        let known = self.place.engine().await?.folders().await?.into_iter().find(|folder| folder.id == id);
        known.ok_or_else(|| Failure::new(Code::FolderUnknown).detail(id.to_string()))
    }
}
