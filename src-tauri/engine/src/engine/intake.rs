//! The way in: a file, what goes with it, and what is said about it. Nothing here needs a network.
//!
//! What is said outright goes before the file of details beside the video, and that before what the name says. Whoever
//! names something that cannot be is told at once; what lies beside the video and cannot be used holds the item back in
//! the queue, where it is mended and retried.

use super::{Change, Engine, unknown};
use crate::companions::{self, Folders, Taken};
use crate::failure::{Code, Failure};
use crate::hooks::{self, CrashPoint};
use crate::item::{
    CompanionChoice, Companions, Details, Given, Item, ItemId, Lane, Publish, Replacement, Said, may_be_variable,
    title_from,
};
use crate::source;
use crate::store::{HandedOver, NewItem};
use crate::view::ItemView;
use crate::workspace::Origin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// A file to take in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Add {
    /// The file.
    #[serde(with = "crate::paths::exact")]
    pub file: PathBuf,
    /// Where it goes.
    pub workspace: Origin,
    /// What is said about the video outright. What is empty is as the file of details says, or else the name.
    pub details: Details,
    /// When it becomes public; as the file of details says where this is `None`, or else not by us.
    pub publish: Option<Publish>,
    /// Which files go with it.
    pub companions: CompanionChoice,
    /// Whether to wait until the video can be played before the item is done.
    pub await_playable: bool,
    /// Whose work it is.
    pub lane: Lane,
    /// Take it in even if the same file is there already.
    pub again: bool,
}

impl Add {
    /// A file for a workspace with nothing said about it, handed over by a person.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, workspace: Origin) -> Self {
        Self {
            file: file.into(),
            workspace,
            details: Details::default(),
            publish: None,
            companions: CompanionChoice::default(),
            await_playable: false,
            lane: Lane::Manual,
            again: false,
        }
    }
}

/// A file that goes in the place of one that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Replace {
    /// The file. A video replaces the video's file, a picture its thumbnail, or the image if the object is one.
    #[serde(with = "crate::paths::exact")]
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

impl Replace {
    /// A file for a video, handed over by a person.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, workspace: Origin, video: u64) -> Self {
        Self { file: file.into(), workspace, video, await_playable: false, lane: Lane::Manual, again: false }
    }
}

/// A file that is handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Handed {
    /// As a new video.
    Add(Box<Add>),
    /// In the place of what is there.
    Replace(Replace),
}

impl Handed {
    /// With its paths as this process's working folder makes them.
    pub(super) fn absolute(self) -> Result<Self, Failure> {
        Ok(match self {
            Self::Add(mut add) => {
                add.file = absolute(&add.file)?;
                let named = add.companions.subtitles.iter_mut().map(|it| &mut it.file);
                for file in named.chain(&mut add.companions.thumbnail) {
                    *file = absolute(file)?;
                }
                Self::Add(add)
            }
            Self::Replace(replace) => Self::Replace(Replace { file: absolute(&replace.file)?, ..replace }),
        })
    }
}

/// What became of an [`Add`] or a [`Replace`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Added {
    /// The item.
    pub item: ItemView,
    /// The same file was there already, unfinished or never reported. What was said differently this time is an edit.
    pub adopted: bool,
}

/// A change of an item's wording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// What is said about the video from now on, in every field.
    pub details: Option<Details>,
    /// When it becomes public.
    pub publish: Option<Publish>,
}

impl From<Details> for Edit {
    fn from(details: Details) -> Self {
        Self { details: Some(details), publish: None }
    }
}

impl From<Publish> for Edit {
    fn from(publish: Publish) -> Self {
        Self { details: None, publish: Some(publish) }
    }
}

/// What was found with a file, this time.
#[derive(Debug)]
pub(super) struct Intake {
    /// Outright and by the file of details.
    pub(super) said: Said,
    pub(super) companions: Companions,
    /// Why it cannot be used.
    pub(super) failure: Option<Failure>,
    pub(super) notes: Vec<String>,
}

impl Intake {
    /// A date that was in time when it was `known` may have passed since.
    fn of(outright: &Said, known: Option<Publish>, taken: Result<Taken, Failure>) -> Self {
        let found = taken.and_then(|Taken { said, details, companions, notes }| {
            let new = said.publish.filter(|publish| outright.publish.is_none() && Some(*publish) != known);
            match (past(new, Code::MetadataInvalid), details) {
                (Some(failure), Some(path)) => Err(failure.detail(format!("{}: publish", path.display()))),
                (Some(failure), None) => Err(failure),
                (None, _) => Ok(Self { said: outright.clone().or(said), companions, failure: None, notes }),
            }
        });
        found.unwrap_or_else(|failure| Self {
            said: outright.clone(),
            companions: Companions::default(),
            failure: Some(failure),
            notes: Vec::new(),
        })
    }
}

impl Engine {
    /// Takes a file in.
    pub async fn add(&self, add: Add) -> Result<Added, Failure> {
        self.hand_over(Uuid::now_v7(), Handed::Add(Box::new(add))).await
    }

    /// Takes a file in that replaces another. What kind it is decides what it replaces, so that is looked at now; whether
    /// the video is there and fits is looked at before anything is sent.
    pub async fn replace(&self, replace: Replace) -> Result<Added, Failure> {
        self.hand_over(Uuid::now_v7(), Handed::Replace(replace)).await
    }

    /// Takes a file in, once for each `id`: whoever did not hear the answer may say it again, to whichever process owns
    /// the data folder by then.
    pub async fn hand_over(&self, id: Uuid, handed: Handed) -> Result<Added, Failure> {
        let known = self.store.handed_over(id).await?;
        if let Some(known @ (HandedOver::Item(_, false) | HandedOver::Cleared(_))) = known {
            return self.recall(known).await;
        }
        let taken_in = match handed {
            Handed::Add(add) => self.hand_over_new(id, *add).await,
            Handed::Replace(replace) => self.hand_over_in_place(id, replace).await,
        };
        match (taken_in, known) {
            // What was adopted is an edit, too, which the first time may not have come to; now it may be too late for it.
            (Err(_), Some(known)) => self.recall(known).await,
            (taken_in, _) => taken_in,
        }
    }

    async fn hand_over_new(&self, handover: Uuid, add: Add) -> Result<Added, Failure> {
        let outright = Said::of(&add.details, add.publish);
        check(&outright)?;
        let (said, choice, folders) = (outright.clone(), add.companions.clone(), Arc::clone(&self.folders));
        let look = move |path: &Path| {
            let stamp = source::stamp(path)?;
            companions::named(&choice)?;
            Ok((stamp, Intake::of(&said, None, companions::take(path, &choice, &folders))))
        };
        let (file, (stamp, intake)) = looked_at(add.file, look).await?;
        let details = intake.said.clone().over(Details { title: title_from(&file), ..Details::default() });
        let new = NewItem {
            workspace: add.workspace,
            source: file,
            stamp,
            details,
            publish: intake.said.publish.unwrap_or_default(),
            companions: intake.companions.clone(),
            given: Given { outright, said: intake.said.clone(), choice: add.companions },
            failure: intake.failure.clone(),
            replaces: None,
            await_playable: add.await_playable,
            lane: add.lane,
            again: add.again,
        };
        if let Some(failure) = past(add.publish, Code::DetailsInvalid) {
            // The same words were in time when they were said first.
            let known = if new.again { None } else { self.store.adoptable(new.clone()).await? };
            if known.is_none_or(|item| Some(item.publish) != add.publish) {
                return Err(failure);
            }
        }
        self.take_in(handover, new, Some(intake)).await
    }

    async fn hand_over_in_place(&self, handover: Uuid, replace: Replace) -> Result<Added, Failure> {
        let look = |path: &Path| source::stamp(path).and_then(|stamp| Ok((stamp, source::kind_of(path)?)));
        let (file, (stamp, kind)) = looked_at(replace.file, look).await?;
        let new = NewItem {
            workspace: replace.workspace,
            details: Details { title: title_from(&file), ..Details::default() },
            source: file,
            stamp,
            publish: Publish::Draft,
            companions: Companions::default(),
            given: Given::default(),
            failure: None,
            replaces: Some(Replacement { video: replace.video, kind }),
            await_playable: replace.await_playable,
            lane: replace.lane,
            again: replace.again,
        };
        self.take_in(handover, new, None).await
    }

    async fn take_in(&self, handover: Uuid, new: NewItem, intake: Option<Intake>) -> Result<Added, Failure> {
        let seen = new.stamp.clone();
        let HandedOver::Item(item, adopted) = self.store.hand_over(handover, new).await? else {
            // Said twice at once, and cleared in between.
            return Err(Failure::new(Code::ItemUnknown));
        };
        hooks::reach(CrashPoint::AfterHandOverIsDurable);
        let id = item.id;
        for note in intake.iter().flat_map(|intake| &intake.notes) {
            self.store.note(id, note.clone());
        }
        if adopted {
            self.change(id, Change::Wake(seen, intake.map(Box::new))).await?;
            return Ok(Added { item: self.item(id).await?, adopted });
        }
        self.change(id, Change::Begin).await?;
        Ok(Added { item: ItemView::of(&item), adopted })
    }

    /// What a hand-over had come to.
    async fn recall(&self, known: HandedOver) -> Result<Added, Failure> {
        match known {
            HandedOver::Item(item, adopted) => {
                // The first time may have ended between the two.
                self.change(item.id, Change::Begin).await?;
                Ok(Added { item: ItemView::of(&item), adopted })
            }
            HandedOver::Cleared(id) => Err(unknown(id)),
        }
    }

    /// What goes with an item's file now, where that may be what is in the way.
    pub(super) async fn look_again(&self, id: ItemId) -> Result<Option<Box<Intake>>, Failure> {
        let item = self.store.item(id).await?.ok_or_else(|| unknown(id))?;
        if !item.summary.failure.as_ref().is_some_and(|failure| is_about_wording(failure.code)) {
            return Ok(None);
        }
        let folders: Arc<Folders> = Arc::clone(&self.folders);
        let Item { source, given, .. } = item;
        let look =
            move || Intake::of(&given.outright, given.said.publish, companions::take(&source, &given.choice, &folders));
        let intake = tokio::task::spawn_blocking(look)
            .await
            .map_err(|error| Failure::new(Code::CompanionMissing).caused_by(&error))?;
        for note in &intake.notes {
            self.store.note(id, note.clone());
        }
        Ok(Some(Box::new(intake)))
    }
}

/// Looks at a file off this thread: a drive may take its time to answer.
async fn looked_at<T: Send + 'static>(
    file: PathBuf,
    look: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
) -> Result<(PathBuf, T), Failure> {
    let file = absolute(&file)?;
    let path = file.clone();
    let seen = source::off_thread(move || look(&path)).await?;
    Ok((file, seen))
}

fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    let missing = |error| Failure::new(Code::SourceMissing).detail(file.display().to_string()).caused_by(&error);
    std::path::absolute(file).map_err(missing)
}

/// Whether what is said about a video, or what goes with it, may be what is in the way.
fn is_about_wording(code: Code) -> bool {
    let said = matches!(
        code,
        Code::CategoryUnknown
            | Code::CategoryAmbiguous
            | Code::DetailsInvalid
            | Code::NotWithApi1
            | Code::FollowUpRefused
    );
    said || code.is_about_companions()
}

/// What cannot be, whoever says it.
fn check(said: &Said) -> Result<(), Failure> {
    let wrong = |what: &str, why| Err(Failure::new(Code::DetailsInvalid).detail(what).because(why, []));
    if let Some(key) = said.variables.keys().find(|key| !may_be_variable(key)) {
        return wrong(key, "why.spoken_for");
    }
    match &said.absolute_url {
        Some(address) if !companions::is_address(address) => wrong(address, "why.no_address"),
        _ => Ok(()),
    }
}

pub(super) fn check_edit(edit: &Edit) -> Result<(), Failure> {
    if let Some(details) = &edit.details {
        check(&Said::of(details, None))?;
    }
    past(edit.publish, Code::DetailsInvalid).map_or(Ok(()), Err)
}

/// A date that has passed already.
fn past(publish: Option<Publish>, code: Code) -> Option<Failure> {
    let Some(Publish::OnDate(date)) = publish else { return None };
    let here = date.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M %Z").to_string();
    (date <= Timestamp::now()).then(|| Failure::new(code).detail(here).because("why.date_past", []))
}
