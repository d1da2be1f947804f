//! What was dropped, chosen, pasted or handed over by a second start. The paths stay here; the pages get a number for the
//! whole, a number for each file in it, and names to show.

use crate::desktop::off_thread;
use crate::events::Event;
use crate::hover::Place;
use crate::rows::{Publish, name_of};
use crate::shell::Shell;
use crate::told::Told;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::{Category, Details, FileKind, ItemId};
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Found, Survey};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use ts_rs::TS;

/// How a hand-over came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum By {
    Drop,
    Files,
    Folder,
    Paste,
    Start,
}

/// Files that were handed over, to be shown and perhaps added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Offer {
    pub(crate) id: u32,
    #[ts(inline)]
    by: By,
    /// Where it was let go over the window.
    at: Option<Place>,
    /// The names of the folders among them.
    folders: Vec<String>,
    pub(crate) videos: Vec<Offered>,
    #[ts(inline)]
    pub(crate) skipped: Vec<Skipped>,
    skipped_more: usize,
}

/// A file that may be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Offered {
    n: u32,
    pub(crate) file: String,
    /// Below the folder that was handed over, and empty at its top.
    folder: String,
    #[ts(inline)]
    kind: Kind,
    size: u64,
    title: String,
    thumbnail: Option<String>,
    #[ts(inline)]
    subtitles: Vec<OfferedSubtitles>,
    details: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Video,
    Image,
    Other,
}

impl Kind {
    pub(crate) fn of(kind: Option<FileKind>) -> Self {
        match kind {
            Some(FileKind::Video) => Self::Video,
            Some(FileKind::Image) => Self::Image,
            Some(FileKind::Audio) | None => Self::Other,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
struct OfferedSubtitles {
    locale: Option<String>,
    file: String,
}

/// A file that is left out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Skipped {
    pub(crate) file: String,
    pub(crate) why: String,
}

/// What became of the files of an offer.
#[expect(clippy::struct_field_names, reason = "the pages read what was added in what adding came to")]
#[derive(Debug, Default, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Added {
    pub(crate) added: Vec<ItemId>,
    /// Those that were in the queue already.
    pub(crate) adopted: Vec<ItemId>,
    #[ts(inline)]
    pub(crate) refused: Vec<Refused>,
}

#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Refused {
    pub(crate) file: String,
    pub(crate) told: Told,
}

/// Offers that came before the pages listened; they listen when they ask for everything.
#[derive(Debug)]
pub(crate) struct Early(Mutex<Option<Vec<Offer>>>);

impl Default for Early {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Early {
    /// Holds an offer, or gives it back where the pages listen by now.
    fn hold(&self, offer: Offer) -> Option<Offer> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(early) => {
                early.push(offer);
                None
            }
            None => Some(offer),
        }
    }

    /// The pages listen from now on.
    pub(crate) fn end(&self) -> Vec<Offer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Adds files of an offer to the queue.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddOffered {
    offer: u32,
    /// The numbers of those that are meant; all of them where this is `null`.
    only: Option<Vec<u32>>,
    workspace: String,
    /// What is said of all of them. What is empty is as the file of details says, or else the name.
    details: Details,
    /// `{name}` is the file's, `{folder}` its folder's, `{n}` counts from 1.
    title_pattern: Option<String>,
    publish: Option<Publish>,
    /// The first folder below the one that was handed over is the category.
    category_per_subfolder: bool,
    /// Even if the same file is there already.
    again: bool,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForgetOffer {
    offer: u32,
}

/// How many offers are held. A person answers one after the other; what is older was left standing.
const HELD: usize = 32;

/// The offers that are held.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    last: u32,
    offers: BTreeMap<u32, Offering>,
}

#[derive(Debug)]
struct Offering {
    folders: Vec<PathBuf>,
    found: Arc<Vec<Found>>,
}

impl Offers {
    fn hold(&self, folders: Vec<PathBuf>, found: Vec<Found>) -> u32 {
        let mut held = self.held();
        held.last += 1;
        let id = held.last;
        held.offers.insert(id, Offering { folders, found: Arc::new(found) });
        if held.offers.len() > HELD {
            held.offers.pop_first();
        }
        id
    }

    pub(crate) fn get(&self, id: u32) -> Result<Arc<Vec<Found>>, Failure> {
        self.held().offers.get(&id).map(|it| Arc::clone(&it.found)).ok_or_else(|| Failure::new(Code::OfferGone))
    }

    /// The folders among what was handed over.
    pub(crate) fn folders(&self, id: u32) -> Result<Vec<PathBuf>, Failure> {
        self.held().offers.get(&id).map(|it| it.folders.clone()).ok_or_else(|| Failure::new(Code::OfferGone))
    }

    fn forget(&self, id: u32) {
        self.held().offers.remove(&id);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shell {
    /// Holds what was handed over under a number. Folders are walked off this thread.
    pub(crate) async fn offer(&self, by: By, paths: Vec<PathBuf>) -> Result<Offer, Failure> {
        let survey = off_thread(move || Ok(Survey::of(&paths))).await?;
        let Survey { folders, found, skipped, skipped_more } = survey;
        let videos = (0..).zip(&found).map(|(n, found)| Offered::of(n, found)).collect();
        let why = |it: slipway_engine::Skipped| Skipped { file: name_of(&it.file), why: self.voice.text(it.why) };
        let names = folders.iter().map(|folder| name_of(folder)).collect();
        Ok(Offer {
            id: self.offers.hold(folders, found),
            by,
            at: None,
            folders: names,
            videos,
            skipped: skipped.into_iter().map(why).collect(),
            skipped_more,
        })
    }

    /// Offers files to the pages, when they listen.
    pub(crate) async fn hand_over(&self, by: By, paths: Vec<PathBuf>, at: Option<Place>) {
        match self.offer(by, paths).await.map(|offer| Offer { at, ..offer }) {
            Ok(offer) => {
                if let Some(offer) = self.early.hold(offer) {
                    self.desktop.tell(Event::Offer(offer));
                }
            }
            Err(failure) => tracing::error!(%failure, "what was handed over could not be looked at"),
        }
    }

    pub(crate) async fn add(&self, add: AddOffered) -> Result<Added, Failure> {
        let workspace = self.workspace_called(&add.workspace).await?;
        let offer = self.offers.get(add.offer)?;
        let engine = self.place.engine().await?;
        let mut done = Added::default();
        let mut added = pin!(engine.add_all(add.each(&offer, &workspace)));
        while let Some((file, added)) = added.next().await {
            match added {
                Ok(added) if added.adopted => done.adopted.push(added.item.id),
                Ok(added) => done.added.push(added.item.id),
                Err(failure) => done.refused.push(Refused { file: name_of(&file), told: self.voice.tell(&failure) }),
            }
        }
        Ok(done)
    }

    #[expect(clippy::unused_async, reason = "every command of the list is awaited")]
    pub(crate) async fn forget_offer(&self, forget: ForgetOffer) -> Result<(), Failure> {
        self.offers.forget(forget.offer);
        Ok(())
    }
}

impl AddOffered {
    /// What each file is taken in with.
    fn each(&self, offer: &[Found], workspace: &Origin) -> Vec<Add> {
        let meant = |n: &u32| self.only.as_ref().is_none_or(|only| only.contains(n));
        let found = (0..).zip(offer).filter(|(n, _)| meant(n)).map(|(_, found)| found);
        let each = |(n, found): (usize, &Found)| {
            let mut details = self.details.clone();
            if let Some(pattern) = &self.title_pattern {
                details.title = title(pattern, &found.file, n);
            }
            if let Some(category) = first_folder(&found.folder).filter(|_| self.category_per_subfolder) {
                // A folder called 2026 is a name, and no category's id.
                details.categories.push(Category::Name(category));
            }
            Add {
                details,
                publish: self.publish.clone().map(Into::into),
                again: self.again,
                // The window shows how far the server is with it, and says when it plays.
                await_playable: true,
                ..Add::new(found.file.clone(), workspace.clone())
            }
        };
        (1..).zip(found).map(each).collect()
    }
}

/// A pattern filled in for a file: `{name}` is the title that its name makes, `{folder}` its folder's name, `{n}` a number.
/// Everything else in braces stays.
pub(crate) fn title(pattern: &str, file: &Path, n: usize) -> String {
    let folder = file.parent().map(name_of).unwrap_or_default();
    let (name, n) = (slipway_engine::item::title_from(file), n.to_string());
    let mut title = String::new();
    let mut rest = pattern;
    // In one go: what is filled in is not read as a pattern.
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        title.push_str(before);
        let fillings = [("{name}", &name), ("{folder}", &folder), ("{n}", &n)];
        let filling = fillings.iter().find_map(|(word, with)| Some((from.strip_prefix(word)?, with)));
        if let Some((after, with)) = filling {
            title.push_str(with);
            rest = after;
        } else {
            title.push('{');
            rest = &from[1..];
        }
    }
    title.push_str(rest);
    title
}

fn first_folder(within: &Path) -> Option<String> {
    within.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned())
}

impl Offered {
    fn of(n: u32, found: &Found) -> Self {
        let subtitles = found.subtitles.iter().map(|(locale, file)| OfferedSubtitles {
            locale: locale.as_ref().map(ToString::to_string),
            file: name_of(file),
        });
        Self {
            n,
            file: name_of(&found.file),
            folder: found.folder.display().to_string(),
            kind: Kind::of(found.kind),
            size: found.size,
            title: found.title.clone(),
            thumbnail: found.thumbnail.as_deref().map(name_of),
            subtitles: subtitles.collect(),
            details: found.details.as_deref().map(name_of),
        }
    }
}

#[cfg(test)]
mod tests;
