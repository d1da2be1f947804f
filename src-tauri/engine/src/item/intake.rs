//! An item as it was handed over: the source as it was seen, the target, what is wanted. What became of it since is a
//! [`super::Stage`].

use super::{CompanionChoice, Companions, Details, Intent, ItemId, Lane, Publish, Replacement, Said};
use crate::failure::Failure;
use crate::workspace::Origin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file as it was seen. Two stamps that agree in all but the file id may be the same file on a remounted drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Length in bytes.
    pub size: u64,
    /// Last modification in nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Device and file number, where the platform has them.
    pub file_id: Option<(u64, u64)>,
    /// BLAKE3 of the first and the last 64 KiB: cheap to take for any size, and different for almost any two videos.
    pub fingerprint: String,
}

/// What an item was handed over with: kept so that it can be looked at again, and so that the same file handed over
/// again says what is new.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// What whoever handed it over said outright.
    pub outright: Said,
    /// The same, and what the file beside the video said.
    pub said: Said,
    /// Which files were to go with it.
    pub choice: CompanionChoice,
}

/// An item as the queue knows it.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Where it goes.
    pub workspace: Origin,
    /// The file; empty where a moment of the video takes a file's place.
    pub source: PathBuf,
    /// The file as it was seen at intake, or at the retry after a change.
    pub stamp: Stamp,
    /// What is said about the video.
    pub details: Details,
    /// Raised by each edit of the details.
    pub details_version: u32,
    /// When it becomes public.
    pub publish: Publish,
    /// What the file goes in the place of; `None` for a new video. A replacement has a title to be shown by, and nothing
    /// else of its details or its publishing is used.
    pub replaces: Option<Replacement>,
    /// The files that go with it.
    pub companions: Companions,
    /// What it was handed over with.
    pub given: Given,
    /// Whether to wait until the video can be played before the item is done.
    pub await_playable: bool,
    /// Whose work it is.
    pub lane: Lane,
    /// What the user wants.
    pub intent: Intent,
    /// Its place in the queue; lower goes first.
    pub position: i64,
    /// When it was handed over.
    pub added_at: Timestamp,
    /// When the last thing happened to it, once it is over.
    pub ended_at: Option<Timestamp>,
    /// A summary of its stage, kept beside the journal so that a list needs no replay.
    pub summary: Summary,
    /// Whether a front end has told the person or program that it is done.
    pub reported: bool,
}

impl Item {
    /// What of it version 1 of the API cannot do, in a word: it knows no dates and no subtitles.
    #[must_use]
    pub fn beyond_version_1(&self) -> Option<String> {
        let subtitles = self.companions.subtitles.first();
        match (&self.publish, subtitles) {
            (Publish::OnDate(date), _) => Some(date.to_string()),
            (_, Some(subtitles)) => Some(subtitles.file.path.file_name()?.to_string_lossy().into_owned()),
            _ => None,
        }
    }
}

/// What a list shows of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// [`super::Stage::name`].
    pub stage: String,
    /// Acknowledged bytes.
    pub stored_bytes: u64,
    /// The video, once there is one.
    pub video: Option<super::Video>,
    /// Whether we published it, or it was public when we replaced something of it.
    pub published: bool,
    /// See [`super::Stored::playable`].
    pub playable: Option<bool>,
    /// See [`super::Replaced::seen`].
    pub version_seen: Option<bool>,
    /// Further videos under the same token.
    pub twins: Vec<u64>,
    /// What is in the way.
    pub failure: Option<Failure>,
    /// Whether a commit may be on its way.
    pub unsettled: bool,
}

impl Summary {
    /// Of an item that has just been taken in.
    #[must_use]
    pub fn queued() -> Self {
        Self::of(&super::Stage::Queued)
    }

    /// Of any stage.
    #[must_use]
    pub fn of(stage: &super::Stage) -> Self {
        use super::{FollowUpKind, Stage};
        let stored = match stage {
            Stage::Stored(stored) | Stage::Done(stored) => Some(stored),
            Stage::Failed { resume, .. } => match &**resume {
                Stage::Stored(stored) => Some(stored),
                _ => None,
            },
            _ => None,
        };
        let published = stored.is_some_and(|stored| {
            stored
                .follow_ups
                .iter()
                .any(|it| it.done && matches!(it.what, FollowUpKind::Publish | FollowUpKind::PublishWhenPlayable))
        });
        let published = published || stored.is_some_and(|stored| stored.was_public);
        Self {
            stage: stage.name().to_owned(),
            stored_bytes: stage.session().map_or(0, super::Session::acknowledged_bytes),
            video: stage.video().cloned(),
            published,
            playable: stored.and_then(|stored| stored.playable),
            version_seen: stored.and_then(|stored| stored.replaced.as_ref()?.seen),
            twins: stored.map(|stored| stored.twins.clone()).unwrap_or_default(),
            failure: match stage {
                Stage::Failed { failure, .. } => Some(failure.clone()),
                _ => None,
            },
            unsettled: stage.is_unsettled(),
        }
    }

    /// Whether the item is done or cancelled.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage.as_str(), "done" | "cancelled")
    }
}
