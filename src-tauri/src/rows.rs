//! An item as a row of the queue: what the engine shows of it, in the form that the pages read.

use crate::facts::Facts;
use crate::sights::Sight;
use crate::told::{Told, Voice};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::Failure;
use slipway_engine::item::{self, Details, FileKind, Intent, ItemId, Lane, Moment, Replacement};
use slipway_engine::{ItemView, Progress as Running};
use std::path::Path;
use ts_rs::TS;

/// An item of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Row {
    id: ItemId,
    /// Its place; lower goes first.
    position: i64,
    /// The file's name and its folder, to be shown.
    file: String,
    folder: String,
    /// `host[:port]`
    workspace: String,
    #[ts(inline)]
    replaces: Option<Replaces>,
    #[ts(inline)]
    lane: Lane,
    intent: Intent,
    stage: Stage,
    details: Details,
    publish: Publish,
    #[ts(inline)]
    companions: Companions,
    /// Bytes; `stored` are acknowledged.
    total: u64,
    stored: u64,
    video_id: Option<u64>,
    admin_url: Option<String>,
    public_url: Option<String>,
    published: bool,
    playable: Option<bool>,
    /// Of a replacement: whether the workspace was seen to show the new version; `null` before it was looked for.
    version_seen: Option<bool>,
    /// Further videos under the same upload.
    twins: Vec<u64>,
    /// Of a failed item.
    failure: Option<Told>,
    /// Why one that should go on does not.
    waiting: Option<Told>,
    /// A commit may be on its way.
    unsettled: bool,
    added_at: String,
    ended_at: Option<String>,
    /// There may be something to see under `picture://`.
    picture: bool,
    #[ts(inline)]
    facts: Option<Facts>,
}

/// The video that a file goes in the place of, and the kind of the file: an image becomes its thumbnail, or the image if
/// the object is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
struct Replaces {
    video: u64,
    #[ts(inline)]
    kind: FileKind,
    /// The moment of the video itself that becomes its thumbnail, in milliseconds; then there is no file.
    moment_ms: Option<u64>,
}

/// The names of the files that go with a video.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
struct Companions {
    thumbnail: Option<String>,
    #[ts(inline)]
    subtitles: Vec<Subtitles>,
}

impl Companions {
    fn of(companions: &item::Companions) -> Self {
        let subtitles =
            |it: &item::Subtitles| Subtitles { locale: it.locale.to_string(), file: name_of(&it.file.path) };
        Self {
            thumbnail: companions.thumbnail.as_ref().map(|it| name_of(&it.path)),
            subtitles: companions.subtitles.iter().map(subtitles).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
struct Subtitles {
    locale: String,
    file: String,
}

/// What is true about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Queued,
    Uploading,
    Confirming,
    Stored,
    Done,
    Failed,
    Cancelled,
}

impl Stage {
    /// By the engine's word for it.
    pub(crate) fn named(word: &str) -> Self {
        match word {
            "queued" => Self::Queued,
            "uploading" => Self::Uploading,
            "confirming" => Self::Confirming,
            "stored" => Self::Stored,
            "done" => Self::Done,
            "cancelled" => Self::Cancelled,
            // A word that we do not know is in need of somebody.
            _ => Self::Failed,
        }
    }
}

/// When a video becomes public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Publish {
    Draft,
    AtOnce,
    WhenPlayable,
    OnDate {
        /// An instant, such as `2027-01-31T08:00:00Z`.
        #[ts(type = "string")]
        at: jiff::Timestamp,
    },
}

impl From<item::Publish> for Publish {
    fn from(publish: item::Publish) -> Self {
        match publish {
            item::Publish::Draft => Self::Draft,
            item::Publish::AtOnce => Self::AtOnce,
            item::Publish::WhenPlayable => Self::WhenPlayable,
            item::Publish::OnDate(at) => Self::OnDate { at },
        }
    }
}

impl From<Publish> for item::Publish {
    fn from(publish: Publish) -> Self {
        match publish {
            Publish::Draft => Self::Draft,
            Publish::AtOnce => Self::AtOnce,
            Publish::WhenPlayable => Self::WhenPlayable,
            Publish::OnDate { at } => Self::OnDate(at),
        }
    }
}

impl Row {
    /// Of an item that waits for this, if it does.
    pub(crate) fn of(view: &ItemView, waiting: Option<&Failure>, sight: Sight, voice: &Voice) -> Self {
        Self {
            id: view.id,
            position: view.position,
            file: name_of(&view.file),
            folder: view.file.parent().unwrap_or(Path::new("")).display().to_string(),
            workspace: view.workspace.clone(),
            replaces: view.replaces.map(|Replacement { video, kind, moment }| Replaces {
                video,
                kind,
                moment_ms: moment.map(|Moment(ms)| ms),
            }),
            lane: view.lane,
            intent: view.intent,
            stage: Stage::named(&view.stage),
            details: view.details.clone(),
            publish: view.publish.into(),
            companions: Companions::of(&view.companions),
            total: view.total,
            stored: view.stored,
            video_id: view.video_id,
            admin_url: view.admin_url.clone(),
            public_url: view.public_url.clone(),
            published: view.published,
            playable: view.playable,
            version_seen: view.version_seen,
            twins: view.twins.clone(),
            failure: view.failure.as_ref().map(|failure| voice.tell(failure)),
            waiting: waiting.map(|failure| voice.tell(failure)),
            unsettled: view.unsettled,
            added_at: view.added_at.to_string(),
            ended_at: view.ended_at.map(|at| at.to_string()),
            picture: sight.picture,
            facts: sight.facts,
        }
    }
}

/// How far a running item is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Progress {
    id: ItemId,
    /// Bytes handed to the network.
    sent: u64,
    /// Of these, bytes that had been sent before.
    resent: u64,
    /// Per cent, on the server.
    processing: Option<u8>,
    held_up: Option<Told>,
}

impl Progress {
    pub(crate) fn of(running: &Running, voice: &Voice) -> Self {
        Self {
            id: running.id,
            sent: running.sent,
            resent: running.resent,
            processing: running.processing,
            held_up: running.held_up.as_ref().map(|failure| voice.tell(failure)),
        }
    }
}

/// A file's name, to be shown.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
