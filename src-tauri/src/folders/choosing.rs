//! How a folder comes to be watched: somebody chooses it, or has dropped it. Where it is stays here; the pages get a number
//! for it, and a name to show.

use super::FolderRow;
use super::preset::FolderPreset;
use crate::desktop::{Choice, off_thread};
use crate::ipc::Nothing;
use crate::rows::name_of;
use crate::shell::Shell;
use crate::told::Told;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::Preset;
use slipway_engine::item::{FileKind, Publish};
use slipway_engine::settings::Publishing;
use slipway_engine::{Absolute, Found, Survey};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use ts_rs::TS;

/// A folder that may be watched.
#[derive(Debug, Serialize, TS)]
pub(crate) struct ChosenFolder {
    chosen: u32,
    /// Its own name, and the whole of where it is, to be shown.
    name: String,
    path: String,
    /// What is in it by now.
    videos: usize,
    bytes: u64,
    /// What is usually done with what is put into it.
    preset: FolderPreset,
    /// It was watched before, and what became of its files is remembered.
    known: bool,
    /// Why it cannot be watched.
    told: Option<Told>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderOfOffer {
    offer: u32,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddFolder {
    chosen: u32,
    preset: FolderPreset,
    /// What is in it already is sent, too.
    existing: bool,
    /// What is remembered of it from before is forgotten.
    fresh: bool,
}

/// How many are held. A person answers one after the other; what is older was left standing.
const HELD: usize = 32;

/// The folders that were chosen, by number.
#[derive(Debug, Default)]
pub(crate) struct ChosenFolders(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    last: u32,
    folders: BTreeMap<u32, PathBuf>,
}

impl ChosenFolders {
    fn hold(&self, folder: PathBuf) -> u32 {
        let mut held = self.held();
        held.last += 1;
        let number = held.last;
        held.folders.insert(number, folder);
        if held.folders.len() > HELD {
            held.folders.pop_first();
        }
        number
    }

    fn get(&self, number: u32) -> Result<PathBuf, Failure> {
        self.held().folders.get(&number).cloned().ok_or_else(|| Failure::new(Code::OfferGone))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shell {
    /// Lets the person choose a folder; `None` where nobody does.
    pub(crate) async fn folder_choose(&self, _: Nothing) -> Result<Option<ChosenFolder>, Failure> {
        match self.choose(Choice::WatchedFolder).await?.into_iter().next() {
            Some(folder) => self.chosen(folder).await.map(Some),
            None => Ok(None),
        }
    }

    /// The folder that was dropped or pasted; the offer stays.
    pub(crate) async fn folder_of_offer(
        &self,
        FolderOfOffer { offer }: FolderOfOffer,
    ) -> Result<ChosenFolder, Failure> {
        let folders = self.offers.folders(offer)?;
        match &folders[..] {
            [folder] => self.chosen(folder.clone()).await,
            _ => Err(Failure::new(Code::NotPossibleNow)),
        }
    }

    pub(crate) async fn folder_add(&self, add: AddFolder) -> Result<FolderRow, Failure> {
        let AddFolder { chosen, preset, existing, fresh } = add;
        let path = absolute(&self.chosen_folders.get(chosen)?)?;
        let workspace = self.workspace_called(&preset.workspace).await?;
        let preset = preset.for_the_engine(workspace)?;
        let engine = self.place.engine().await?;
        if fresh && let Some(remembered) = engine.look_at_folder(path.clone()).await?.remembered {
            engine.forget_folder(remembered).await?;
        }
        Ok(self.folder_row(engine.watch_folder(path, preset, existing).await?))
    }

    async fn chosen(&self, folder: PathBuf) -> Result<ChosenFolder, Failure> {
        let walked = folder.clone();
        let survey = off_thread(move || Ok(Survey::of(&[walked]))).await?;
        let films: Vec<&Found> =
            survey.found.iter().filter(|it| matches!(it.kind, Some(FileKind::Video | FileKind::Audio))).collect();
        let looked = self.place.engine().await?.look_at_folder(absolute(&folder)?).await;
        let (known, told) = match looked {
            Ok(prospect) => (prospect.remembered.is_some(), None),
            Err(failure) => (false, Some(self.voice.tell(&failure))),
        };
        Ok(ChosenFolder {
            name: name_of(&folder),
            path: folder.display().to_string(),
            videos: films.len(),
            bytes: films.iter().map(|it| it.size).sum(),
            preset: self.usual_preset().await?,
            known,
            told,
            chosen: self.chosen_folders.hold(folder),
        })
    }

    /// For the workspace that is shown, with the settings' way of publishing.
    async fn usual_preset(&self) -> Result<FolderPreset, Failure> {
        let settings = self.means.settings();
        let first = self.place.engine().await?.workspaces().await?.into_iter().next().map(|it| it.origin);
        let workspace = settings.workspace.or(first).ok_or_else(|| Failure::new(Code::SignInNeeded))?;
        let publish = match settings.publish {
            Publishing::Draft => Publish::Draft,
            Publishing::AtOnce => Publish::AtOnce,
            Publishing::WhenPlayable => Publish::WhenPlayable,
        };
        Ok(Preset { publish, ..Preset::new(workspace) }.into())
    }
}

fn absolute(path: &std::path::Path) -> Result<Absolute, Failure> {
    Absolute::of(path)
        .map_err(|error| Failure::new(Code::FolderInvalid).detail(path.display().to_string()).caused_by(&error))
}
