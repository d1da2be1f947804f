//! The workspace's contents: tokens, videos, categories, credentials.
//!
//! Owns what survives a restart. Every change appends one line to `journal.jsonl` before it counts; a start replays
//! the lines and writes them anew in one piece, beside the old file and then over it. Never knows HTTP.
//! Next: `state/journal.rs` for the file, `token.rs` and `list.rs` for who reads it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use crate::inspect::VideoRecord;
use crate::unpoisoned;

mod journal;
mod keys;

pub(crate) use journal::Journal;
pub(crate) use keys::{Access, Consumer, Keys, Pending};

/// Levels of permission, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// An unauthenticated caller of a closed workspace.
    None,
    /// An unauthenticated caller of a public one.
    Anonymous,
    /// May see unpublished videos.
    Read,
    /// May upload and edit.
    Write,
    /// May manage the workspace.
    Admin,
    /// May act as another user.
    Super,
}

impl Level {
    /// As the wire spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Anonymous => "anonymous",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Super => "super",
        }
    }
}

/// A bearer token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bearer {
    pub(crate) token: String,
    pub(crate) level: Level,
    pub(crate) expires: Option<i64>,
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    Upload,
    Replace { photo_id: u64 },
    Update { photo_id: u64 },
}

/// What a caller asked a new video to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wishes {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) tags: String,
    pub(crate) album_id: String,
    pub(crate) publish: bool,
    pub(crate) publish_date: Option<i64>,
    pub(crate) absolute_url: String,
    pub(crate) variables: BTreeMap<String, String>,
}

/// An upload, replace or update token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) token: String,
    pub(crate) purpose: Purpose,
    pub(crate) user_id: u64,
    pub(crate) wishes: Wishes,
    /// Wishes for one file of several, by its stripped identifier.
    pub(crate) per_file: BTreeMap<String, Wishes>,
    pub(crate) valid_minutes: i64,
    pub(crate) valid_until: i64,
    pub(crate) max_uploads: u64,
    pub(crate) used: u64,
    /// Identifiers that counted when their first chunk came.
    pub(crate) counted: Vec<String>,
    pub(crate) return_url: String,
    pub(crate) background: bool,
    /// Repeated in the callback.
    pub(crate) extra: Vec<(String, String)>,
}

/// A category.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the id has the wire's name, as everywhere")]
pub(crate) struct Album {
    pub(crate) album_id: u64,
    pub(crate) title: String,
    pub(crate) hidden: bool,
    pub(crate) created: i64,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) token: String,
    pub(crate) login_token: String,
    pub(crate) moved_ms: i64,
    pub(crate) last_id: u64,
    pub(crate) bearers: BTreeMap<String, Bearer>,
    pub(crate) keys: Keys,
    pub(crate) grants: BTreeMap<String, Grant>,
    pub(crate) albums: BTreeMap<u64, Album>,
    pub(crate) videos: BTreeMap<u64, VideoRecord>,
    /// Videos that were deleted, for the stale answers of a cache.
    pub(crate) gone: BTreeMap<u64, VideoRecord>,
}

/// One line of the journal: the newest of each key counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Credentials { token: String, login_token: String },
    Moved { ms: i64 },
    LastId(u64),
    Bearer(Bearer),
    Consumer(Consumer),
    Pending(Pending),
    PendingSpent(String),
    Access(Access),
    OwnAccess(String),
    Grant(Box<Grant>),
    Album(Album),
    Video(Box<VideoRecord>),
    Gone(u64),
}

impl State {
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Credentials { token, login_token } => {
                self.token = token;
                self.login_token = login_token;
            }
            Entry::Moved { ms } => self.moved_ms = ms,
            Entry::LastId(id) => self.last_id = id,
            Entry::Bearer(bearer) => {
                self.bearers.insert(bearer.token.clone(), bearer);
            }
            Entry::Consumer(consumer) => {
                self.keys.consumers.insert(consumer.key.clone(), consumer);
            }
            Entry::Pending(pending) => {
                self.keys.pending.insert(pending.token.clone(), pending);
            }
            Entry::PendingSpent(token) => drop(self.keys.pending.remove(&token)),
            Entry::Access(access) => {
                self.keys.access.insert(access.token.clone(), access);
            }
            Entry::OwnAccess(token) => self.keys.own = Some(token),
            Entry::Grant(grant) => {
                self.grants.insert(grant.token.clone(), *grant);
            }
            Entry::Album(album) => {
                self.albums.insert(album.album_id, album);
            }
            Entry::Video(video) => {
                self.videos.insert(video.photo_id, *video);
            }
            Entry::Gone(id) => {
                if let Some(video) = self.videos.remove(&id) {
                    self.gone.insert(id, video);
                }
            }
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = vec![
            Entry::Credentials { token: self.token.clone(), login_token: self.login_token.clone() },
            Entry::Moved { ms: self.moved_ms },
            Entry::LastId(self.last_id),
        ];
        entries.extend(self.bearers.values().cloned().map(Entry::Bearer));
        entries.extend(self.keys.consumers.values().cloned().map(Entry::Consumer));
        entries.extend(self.keys.pending.values().cloned().map(Entry::Pending));
        entries.extend(self.keys.access.values().cloned().map(Entry::Access));
        entries.extend(self.keys.own.clone().map(Entry::OwnAccess));
        entries.extend(self.grants.values().cloned().map(Box::new).map(Entry::Grant));
        entries.extend(self.albums.values().cloned().map(Entry::Album));
        entries.extend(self.videos.values().cloned().map(Box::new).map(Entry::Video));
        entries
    }
}

struct Inner {
    state: State,
    journal: Journal,
}

/// The state and its journal under one lock, held for moments only.
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

impl Store {
    /// Opens or makes the state in this folder.
    pub(crate) fn open(dir: &Path) -> std::io::Result<Self> {
        let path = dir.join("journal.jsonl");
        let mut state = State::default();
        for entry in journal::replay(&path)? {
            state.apply(entry);
        }
        let journal = Journal::rewrite(&path, &state.entries())?;
        Ok(Self { inner: Mutex::new(Inner { state, journal }) })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        unpoisoned(&self.inner)
    }

    /// Looks.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.inner().state)
    }

    /// Changes the state by the entries that `decide` returns, all of them written before any counts.
    pub(crate) fn change<T>(&self, decide: impl FnOnce(&State) -> (T, Vec<Entry>)) -> T {
        let mut inner = self.inner();
        let (answer, entries) = decide(&inner.state);
        inner.journal.append(&entries);
        for entry in entries {
            inner.state.apply(entry);
        }
        answer
    }

    /// One entry that depends on nothing.
    pub(crate) fn put(&self, entry: Entry) {
        self.change(|_| ((), vec![entry]));
    }

    /// A number that no object has had.
    pub(crate) fn next_id(&self) -> u64 {
        self.change(|state| {
            let id = state.last_id + 1;
            (id, vec![Entry::LastId(id)])
        })
    }
}
