//! What leaves the engine, for front ends and for other processes: an item as it is shown, news of its changes, and
//! progress. Nothing secret is in here: no token, no credential, no answer of the server beyond its own words for people.

mod folder;
mod ledger;
mod log;

pub use folder::{FolderProspect, FolderState, FolderView};
pub use ledger::{LedgerLine, LedgerPart};
pub use log::LogLine;
pub(crate) use log::log;

use crate::failure::Failure;
use crate::folder::FolderId;
use crate::item::{Companions, Details, Intent, Item, ItemId, Lane, Publish, Replacement};
use crate::metered::Metered;
use crate::pace::{InForce, Throttle};
use crate::store::Mark;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An item as a front end shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemView {
    /// Its id.
    pub id: ItemId,
    /// The file; empty where a moment of the video takes a file's place (see `replaces`).
    #[serde(with = "crate::paths::exact")]
    pub file: PathBuf,
    /// Its place in the queue: lower is sooner, and no two are the same.
    pub position: i64,
    /// What is said about the video.
    pub details: Details,
    /// When it becomes public.
    pub publish: Publish,
    /// The files that go with it.
    pub companions: Companions,
    /// Where it goes, as `host[:port]`.
    pub workspace: String,
    /// The video that the file goes in the place of, if it does; its thumbnail or itself, as the file's kind says.
    pub replaces: Option<Replacement>,
    /// The replacement of the same video that this one waits for. Said where the queue is read, not in news of one item.
    pub behind: Option<ItemId>,
    /// Whose work it is.
    pub lane: Lane,
    /// What the user wants.
    pub intent: Intent,
    /// What is true; see [`crate::item::Stage::name`].
    pub stage: String,
    /// Length in bytes.
    pub total: u64,
    /// Bytes that the server acknowledged.
    pub stored: u64,
    /// Bytes sent for nothing since this process took the item up; zero when it does not run.
    pub resent: u64,
    /// The video, once there is one.
    pub video_id: Option<u64>,
    /// Where an editor finds it.
    pub admin_url: Option<String>,
    /// Where the public finds it.
    pub public_url: Option<String>,
    /// Whether we published it, or it was public when we replaced something of it.
    pub published: bool,
    /// `Some(true)` once playable was seen, `Some(false)` once the wait for it ended.
    pub playable: Option<bool>,
    /// Of a replacement: `Some(true)` once the workspace was seen to show the new version, `Some(false)` once it was looked
    /// for in vain. The workspace has taken it either way.
    pub version_seen: Option<bool>,
    /// Further videos under the same upload.
    pub twins: Vec<u64>,
    /// What is in the way.
    pub failure: Option<Failure>,
    /// Whether a commit may be on its way.
    pub unsettled: bool,
    /// When it was handed over.
    pub added_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
}

impl ItemView {
    /// Whether nothing more happens to it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage.as_str(), "done" | "cancelled")
    }

    /// Of an item.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        let video = item.summary.video.as_ref();
        let arrived = matches!(item.summary.stage.as_str(), "stored" | "done");
        Self {
            id: item.id,
            file: item.source.clone(),
            position: item.position,
            details: item.details.clone(),
            publish: item.publish,
            companions: item.companions.clone(),
            workspace: item.workspace.host().to_owned(),
            replaces: item.replaces,
            behind: None,
            lane: item.lane,
            intent: item.intent,
            stage: item.summary.stage.clone(),
            total: item.stamp.size,
            stored: if arrived { item.stamp.size } else { item.summary.stored_bytes },
            resent: 0,
            video_id: video.map(|video| video.id),
            admin_url: video.map(|video| video.admin_url.clone()),
            public_url: video.and_then(|video| video.public_url.clone()),
            published: item.summary.published,
            playable: item.summary.playable,
            version_seen: item.summary.version_seen,
            twins: item.summary.twins.clone(),
            failure: item.summary.failure.clone(),
            unsettled: item.summary.unsettled,
            added_at: item.added_at,
            ended_at: item.ended_at,
        }
    }
}

/// A part of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// In the order of the list.
    pub items: Vec<ItemView>,
    /// Where the next part begins; `None` where there is none.
    pub rest: Option<Mark>,
    /// How many of all items have something before them that may come by itself; said with the first part.
    pub unfinished: Option<usize>,
}

/// News from the engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Update {
    /// An item is new or different.
    Item(Box<ItemView>),
    /// An item waits for something that a person, a drive or a network must bring. It goes on by itself.
    Waiting {
        /// Which.
        id: ItemId,
        /// For what.
        failure: Failure,
    },
    /// An item is gone.
    Removed(ItemId),
    /// A watched folder, or something in its ledger, is different or gone: what is known of it should be read again. Said as
    /// often as that happens; what becomes of a file in the queue is news of its item alone.
    Folder(FolderId),
    /// Something else may be sent than before, or how fast, or when was set anew. Said at the start as well, where anything
    /// is limited or held.
    Throttle(Box<ThrottleView>),
    /// The queue cannot be written, or its owner cannot be reached; nothing goes on until that is over.
    Trouble(Failure),
    /// News were missed, because too many came at once or because another process owns the queue now: what is known of
    /// the items should be read again. What still waits is told after this.
    Missed,
}

/// How fast, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottleView {
    /// As a person has set it.
    pub set: Throttle,
    /// What follows from that at this moment.
    pub now: InForce,
    /// Whether the connection costs.
    pub metered: Metered,
}

/// How far a running item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub id: ItemId,
    /// Bytes handed to the network. Smooth, and a little ahead of the truth.
    pub sent: u64,
    /// Bytes that had to be sent again since this process took the item up.
    pub resent: u64,
    /// How much of the video the server has made playable, in percent; where it was asked and said so.
    pub processing: Option<u8>,
    /// Why nothing moves, if there is no way through to the workspace right now or it asks for time. It goes on by
    /// itself.
    pub held_up: Option<Failure>,
}
