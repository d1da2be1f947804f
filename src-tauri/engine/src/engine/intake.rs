//! The way in: files, one or many at once. Nothing here needs a network.
//!
//! Files that are handed over together are looked at side by side, recorded in one transaction and told to the owner in
//! one message. Each has an outcome of its own: one that cannot be had refuses none of the others. How a file is looked
//! at is in `intake/look.rs`.

mod look;

pub(super) use look::{Intake, check_edit, is_about_wording};

use super::owner::{Adopted, Command, Many};
use super::{Engine, closed, unknown};
use crate::failure::{Code, Failure};
use crate::hooks::{self, CrashPoint};
use crate::item::{CompanionChoice, Details, ItemId, Lane, Moment, Publish, Said, Stamp};
use crate::store::{HandedOver, NewItem};
use crate::view::ItemView;
use crate::workspace::Origin;
use futures_util::{StreamExt, stream};
use look::{Seen, absolute};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Files that are looked at side by side: enough that neither a disk nor a network drive is asked one thing at a time, and
/// no more threads than that for a drive that hangs.
const LOOKS: usize = 16;

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
    /// What is said about it where neither this nor the file of details does.
    #[serde(default)]
    pub preset: Said,
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
            preset: Said::default(),
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

/// A moment of a video that becomes its thumbnail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetMoment {
    /// Where the video is.
    pub workspace: Origin,
    /// The vendor's `photo_id`.
    pub video: u64,
    /// The moment.
    pub moment: Moment,
    /// Whose work it is.
    pub lane: Lane,
}

impl SetMoment {
    /// A moment that a person chose.
    #[must_use]
    pub fn new(workspace: Origin, video: u64, moment: Moment) -> Self {
        Self { workspace, video, moment, lane: Lane::Manual }
    }
}

/// A file that is handed over, or what takes its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Handed {
    /// As a new video.
    Add(Box<Add>),
    /// In the place of what is there.
    Replace(Replace),
    /// A moment in the place of a video's thumbnail.
    Moment(SetMoment),
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
            Self::Moment(moment) => Self::Moment(moment),
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

/// What became of each of several files, in their order.
pub type Outcomes = Vec<Result<Added, Failure>>;

/// A file on its way in.
struct Arrival {
    id: Uuid,
    /// What the same id had led to before.
    known: Option<HandedOver>,
    /// The file as it is; not looked at where that can change nothing.
    seen: Option<Result<Seen, Failure>>,
}

impl Engine {
    /// Takes a file in.
    pub async fn add(&self, add: Add) -> Result<Added, Failure> {
        self.hand_over_one(Handed::Add(Box::new(add))).await
    }

    /// Takes a file in that replaces another. What kind it is decides what it replaces, so that is looked at now; whether
    /// the video is there and fits is looked at before anything is sent.
    pub async fn replace(&self, replace: Replace) -> Result<Added, Failure> {
        self.hand_over_one(Handed::Replace(replace)).await
    }

    /// Takes a moment in that becomes a video's thumbnail. The same that has not been set yet is adopted. Whether the
    /// video is there is looked at before anything is said.
    pub async fn set_moment(&self, moment: SetMoment) -> Result<Added, Failure> {
        self.hand_over_one(Handed::Moment(moment)).await
    }

    async fn hand_over_one(&self, handed: Handed) -> Result<Added, Failure> {
        only(self.hand_over(vec![(Uuid::now_v7(), handed)]).await?)
    }

    /// Takes files in, each once for its id: whoever did not hear the answer may say it again, to whichever process owns
    /// the data folder by then. They stand in the queue in the order given. All are one transaction, which others wait
    /// for, so thousands should come some hundred at a time; [`Front::add_all`](super::Front::add_all) does that.
    pub async fn hand_over(&self, files: Vec<(Uuid, Handed)>) -> Result<Outcomes, Failure> {
        self.take_in(files.into_iter().map(|(id, handed)| (id, None, handed)).collect()).await
    }

    /// The same, where a file may have been decided about before: what is sent is that one or nothing.
    pub(super) async fn take_in(&self, files: Vec<(Uuid, Option<Stamp>, Handed)>) -> Result<Outcomes, Failure> {
        let mut known = self.store.handed_over(files.iter().map(|(id, ..)| *id).collect()).await?;
        let folders = Arc::new(self.folders.together());
        let looks = files.into_iter().map(|(id, decided_about, handed)| {
            let (known, folders) = (known.remove(&id), Arc::clone(&folders));
            async move {
                // What was adopted is an edit, too, which the first time may not have come to.
                let settled = matches!(known, Some(HandedOver::Item(_, false) | HandedOver::Cleared(_)));
                let mut seen = if settled { None } else { Some(self.look(handed, folders).await) };
                if let (Some(Ok(seen)), Some(stamp)) = (&mut seen, decided_about) {
                    seen.new.stamp = stamp;
                }
                Arrival { id, known, seen }
            }
        });
        let arrivals: Vec<Arrival> = stream::iter(looks).buffered(LOOKS).collect().await;
        let mut recorded = self.record(&arrivals).await;
        hooks::reach(CrashPoint::AfterHandOverIsDurable);
        let begins = arrivals.iter().filter_map(|arrival| match recorded.get(&arrival.id)? {
            Ok(HandedOver::Item(item, false)) => Some(item.id),
            _ => None,
        });
        self.begin(begins.collect()).await?;
        let mut outcomes = Vec::with_capacity(arrivals.len());
        let (mut adopted, mut known) = (Vec::new(), Vec::new());
        for (place, arrival) in arrivals.into_iter().enumerate() {
            known.push(arrival.known);
            outcomes.push(match (arrival.seen, recorded.remove(&arrival.id)) {
                (Some(Ok(seen)), Some(Ok(HandedOver::Item(item, was_there)))) => {
                    let Seen { new, intake } = seen;
                    for note in intake.iter().flat_map(|intake| &intake.notes) {
                        self.store.note(item.id, note.clone());
                    }
                    if was_there {
                        let intake = intake.map(Box::new);
                        adopted.push((place, Adopted { id: item.id, stamp: new.stamp, intake }));
                    }
                    Ok(Added { item: ItemView::of(&item), adopted: was_there })
                }
                // Said twice at once, and cleared in between.
                (Some(Ok(_)), Some(Ok(HandedOver::Cleared(id)))) => Err(unknown(id)),
                (Some(Ok(_)), Some(Err(failure))) | (Some(Err(failure)), _) => Err(failure),
                (Some(Ok(_)), None) | (None, _) => Err(Failure::new(Code::ItemUnknown)),
            });
        }
        self.wake(adopted, &mut outcomes).await?;
        for (outcome, known) in outcomes.iter_mut().zip(known) {
            if let (Err(_), Some(known)) = (&outcome, known) {
                // It was not looked at, or now it is too late for the edit.
                *outcome = self.recall(known).await;
            }
        }
        Ok(outcomes)
    }

    /// Makes durable what was seen. Where nothing can be written, that is what became of each.
    async fn record(&self, arrivals: &[Arrival]) -> HashMap<Uuid, Result<HandedOver, Failure>> {
        let new = |arrival: &Arrival| Some((arrival.id, arrival.seen.as_ref()?.as_ref().ok()?.new.clone()));
        let new: Vec<(Uuid, NewItem)> = arrivals.iter().filter_map(new).collect();
        let ids: Vec<Uuid> = new.iter().map(|(id, _)| *id).collect();
        match self.store.hand_over(new).await {
            Ok(recorded) => ids.into_iter().zip(recorded.into_iter().map(|it| it.map_err(Failure::from))).collect(),
            Err(error) => {
                let failure = Failure::from(error);
                ids.into_iter().map(|id| (id, Err(failure.clone()))).collect()
            }
        }
    }

    /// Lets what was there already go on, and puts into `outcomes`, at the places given, what came of that.
    async fn wake(&self, adopted: Vec<(usize, Adopted)>, outcomes: &mut Outcomes) -> Result<(), Failure> {
        if adopted.is_empty() {
            return Ok(());
        }
        let (places, adopted): (Vec<usize>, Vec<Adopted>) = adopted.into_iter().unzip();
        let ids: Vec<ItemId> = adopted.iter().map(|it| it.id).collect();
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Wake { adopted, reply }).await.map_err(|_| closed())?;
        let woken = answer.await.map_err(|_| closed())?;
        let items = self.store.items_called(ids).await?;
        for ((place, woken), (id, item)) in places.into_iter().zip(woken).zip(items) {
            let item = item.ok_or_else(|| unknown(id));
            outcomes[place] = woken.and(item).map(|item| Added { item: ItemView::of(&item), adopted: true });
        }
        Ok(())
    }

    /// What a hand-over had come to.
    async fn recall(&self, known: HandedOver) -> Result<Added, Failure> {
        match known {
            HandedOver::Item(item, adopted) => {
                // The first time may have ended between the two.
                self.begin(vec![item.id]).await?;
                Ok(Added { item: ItemView::of(&item), adopted })
            }
            HandedOver::Cleared(id) => Err(unknown(id)),
        }
    }

    async fn begin(&self, ids: Vec<ItemId>) -> Result<(), Failure> {
        if ids.is_empty() { Ok(()) } else { self.change_many(ids, Many::Begin).await }
    }
}

/// The outcome of the one file that was handed over.
pub(super) fn only(outcomes: Outcomes) -> Result<Added, Failure> {
    outcomes.into_iter().next().unwrap_or_else(|| Err(closed()))
}
