//! A watched folder: what is wanted of it, and what its ledger remembers of each file.
//!
//! Pure: the folder itself is read in `watch`, and what is remembered lies in `store/folders.rs` and `store/ledger.rs`.

mod question;

pub use question::{LedgerCounts, LedgerQuery, LedgerShow};

use crate::failure::{Code, Failure};
use crate::item::{Category, ItemId, Locale, Publish, Stamp};
use crate::workspace::Origin;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use uuid::Uuid;

/// Names a watched folder for good: one that is removed and added again is the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct FolderId(#[cfg_attr(feature = "bindings", ts(type = "string"))] pub Uuid);

impl FolderId {
    /// One that there has not been before.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What happens to a file that is there already and has other bytes now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum OnChange {
    /// Nothing: the video stays as it is.
    #[default]
    Ignore,
    /// It becomes another video.
    New,
    /// It takes the place of the video's file.
    Replace,
}

/// What is done with a file once its video is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum AfterUpload {
    /// Nothing.
    #[default]
    Leave,
    /// It is moved into a subfolder called `Published`.
    Move,
    /// It is put into the desktop's trash.
    Trash,
}

/// How far that is with one file. What is about to be done is written down before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aftermath {
    /// It is to be moved.
    Move,
    /// It is being moved to this place below the folder, or has been.
    Moving {
        /// The place.
        #[serde(with = "crate::paths::exact")]
        to: PathBuf,
    },
    /// It is to be put into the trash.
    Trash,
    /// It is being put there, or has been.
    Trashing,
    /// It was moved, or is in the trash.
    Done,
}

impl Aftermath {
    /// What is to be done, where something is.
    #[must_use]
    pub fn of(after: AfterUpload) -> Option<Self> {
        match after {
            AfterUpload::Leave => None,
            AfterUpload::Move => Some(Self::Move),
            AfterUpload::Trash => Some(Self::Trash),
        }
    }
}

/// What is done with what lies in a folder, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// Where everything goes.
    pub workspace: Origin,
    /// The categories of every video.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// The name of the topmost subfolder is a category, too.
    #[serde(default)]
    pub category_per_subfolder: bool,
    /// The tags of every video.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The title, with `{name}`, `{folder}` and `{date}` in it; the file's name, cleaned, where there is none.
    #[serde(default)]
    pub title: Option<String>,
    /// When the videos become public.
    #[serde(default)]
    pub publish: Publish,
    /// How long a file must have stood still; the usual time for its drive where there is none.
    #[serde(default)]
    pub settle: Option<Duration>,
    /// Only files that one of these fits are taken; all where there is none.
    #[serde(default)]
    pub include: Vec<String>,
    /// Files that one of these fits are left out.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Names that are never anybody's video. See [`Preset::IGNORED`].
    pub ignore: Vec<String>,
    /// What happens to a file that changed after it was taken.
    #[serde(default)]
    pub on_change: OnChange,
    /// What is done with a file once its video is there.
    #[serde(default)]
    pub after: AfterUpload,
    /// A name that begins with a video's id in brackets replaces that video, or its thumbnail.
    #[serde(default)]
    pub replace_by_id: bool,
    /// The language of subtitles whose names say none.
    #[serde(default)]
    pub subtitles_locale: Option<Locale>,
}

impl Preset {
    /// What browsers, office and editing programs and systems leave in folders, by the names that their makers
    /// document. Compared without regard to capitals. What begins with a dot is hidden and needs no pattern.
    pub const IGNORED: &[&str] = &[
        // Downloads: Firefox, Chromium, Safari, Opera, Internet Explorer's successors, aria2, µTorrent, FileZilla.
        "*.part",
        "*.crdownload",
        "*.download",
        "*.opdownload",
        "*.partial",
        "*.aria2",
        "*.!ut",
        "*.filepart",
        // Locks of office programs.
        "~$*",
        // Temporaries of editors, of cloud drives and of rsync's kind.
        "*.tmp",
        "*.temp",
        "*.swp",
        "*~",
        "~*.tmp",
        // Premiere's and Final Cut's own files beside the films.
        "*.prlock",
        "*.pek",
        "*.cfa",
        "*.fcpcache",
        // What systems leave behind.
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "$recycle.bin",
        "system volume information",
    ];

    /// Everything as a draft and the rest as usual.
    #[must_use]
    pub fn new(workspace: Origin) -> Self {
        Self {
            workspace,
            categories: Vec::new(),
            category_per_subfolder: false,
            tags: Vec::new(),
            title: None,
            publish: Publish::Draft,
            settle: None,
            include: Vec::new(),
            exclude: Vec::new(),
            ignore: Self::IGNORED.iter().map(|&name| name.to_owned()).collect(),
            on_change: OnChange::Ignore,
            after: AfterUpload::Leave,
            replace_by_id: false,
            subtitles_locale: None,
        }
    }
}

/// Whether somebody wants a folder to be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Yes.
    Watch,
    /// Not for now.
    Pause,
    /// No more; what its ledger remembers is kept for the case that it comes back.
    Removed,
}

/// A folder as it was told to be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// Where it is.
    pub path: PathBuf,
    /// What is done with what lies in it.
    pub preset: Preset,
    /// Whether it is to be watched.
    pub wish: Wish,
}

/// How a file looked without being opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Length in bytes.
    pub size: u64,
    /// Last modification in nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Device and file number, where the platform has them.
    pub file_id: Option<(u64, u64)>,
}

impl Look {
    /// Of a file that was looked into.
    #[must_use]
    pub fn of(stamp: &Stamp) -> Self {
        Self { size: stamp.size, mtime_ns: stamp.mtime_ns, file_id: stamp.file_id }
    }

    /// Whether size and time agree; the file's number may be another after a drive was mounted again.
    #[must_use]
    pub fn same_but_for_id(&self, other: &Self) -> bool {
        self.size == other.size && self.mtime_ns == other.mtime_ns
    }

    /// Whether both are one file of one drive, unchanged, whatever it is called by now. Numbers of deleted files are
    /// given to others, so size and time have to agree.
    #[must_use]
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.file_id.is_some() && self.file_id == other.file_id && self.same_but_for_id(other)
    }
}

/// A file that goes with a film, as it looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Companion {
    /// Its name, in the film's folder.
    #[serde(with = "crate::paths::exact")]
    pub name: PathBuf,
    /// How it looked.
    pub look: Look,
}

/// What lies beside a film under its name, as it was when the queue heard of it last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The files, by name.
    pub files: Vec<Companion>,
    /// Why they could not be used.
    #[serde(default)]
    pub failure: Option<Failure>,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was there before the folder was watched, and only new ones are taken.
    Before,
    /// It was left out: the key of a sentence, which begins with `skip.`.
    Skipped(String),
    /// The engine would not have it.
    Refused(Box<Failure>),
    /// Its bytes are those of another line of a ledger.
    Same(i64),
    /// It was decided to send it; the queue may or may not have it.
    Taken(Decided),
    /// The queue has it.
    Queued(ItemId),
    /// Somebody wants it to be sent again.
    Again,
}

/// A decision to send a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The id under which it is handed over, however often that has to be said.
    pub handover: Uuid,
    /// The video that it takes the place of something of.
    pub replaces: Option<u64>,
    /// Even if the very file is in the queue already: somebody said so.
    pub again: bool,
}

/// A line of a ledger: a file in one state of its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number; later lines have higher ones.
    pub id: i64,
    /// The folder.
    pub folder: FolderId,
    /// The file, below the folder.
    pub path: PathBuf,
    /// How it looked.
    pub look: Look,
    /// Of its head and tail, as [`Stamp::fingerprint`]; where it was opened.
    pub fingerprint: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// When that was decided.
    pub at: Timestamp,
    /// What is done with it once its video is there, as the folder said when it was taken.
    pub aftermath: Option<Aftermath>,
    /// It has changed since it was sent, and was left at that.
    pub changed: bool,
    /// What goes with it, as far as its item knows.
    pub beside: Beside,
    /// How far its item is, or was when it left the queue.
    pub sending: Option<Sending>,
}

/// How far the item of a line is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sending {
    /// See [`crate::item::Stage::name`].
    pub stage: String,
    /// The video, once there is one.
    pub video: Option<u64>,
    /// The video whose file it takes the place of, or was to.
    pub replaces: Option<u64>,
    /// Where an editor finds it.
    pub admin_url: Option<String>,
    /// What is in the way.
    pub failure: Option<Failure>,
    /// It is not in the queue any more.
    pub cleared: bool,
    /// The file as its item knows it, while there is one: what was put away since lay there.
    pub file: Option<PathBuf>,
    /// The file as its item has it, while there is one: that may have been let go on with what the file has become.
    pub seen: Option<Stamp>,
}

impl Sending {
    /// Whether nothing is left to do in the workspace, which has the video.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.stage == "done" && self.video.is_some()
    }

    /// Whether the file may still be exchanged for the one that it has become.
    #[must_use]
    pub fn is_before_the_video(&self) -> bool {
        !self.cleared && self.video.is_none() && self.stage != "cancelled"
    }

    /// Whether it is over and no video ever came of it. What failed may still be tried again until it is cleared.
    #[must_use]
    pub fn came_to_nothing(&self) -> bool {
        self.video.is_none() && (self.stage == "cancelled" || (self.cleared && self.stage == "failed"))
    }

    /// Whether its item has these very bytes, as far as their ends tell.
    #[must_use]
    pub fn has_bytes_of(&self, stamp: &Stamp) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.size == stamp.size && seen.fingerprint == stamp.fingerprint)
    }

    /// Whether its item would not go on with this file, which has another time than when it was taken in.
    #[must_use]
    pub fn is_stopped_by_the_time_of(&self, stamp: &Stamp) -> bool {
        let lost = |failure: &Failure| matches!(failure.code, Code::SourceMissing | Code::SourceChanged);
        self.is_before_the_video()
            && self.seen.as_ref().is_some_and(|seen| seen.mtime_ns != stamp.mtime_ns)
            && self.failure.as_ref().is_none_or(lost)
    }
}
