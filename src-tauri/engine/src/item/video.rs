//! What is said about a video before it exists, and what is known and to be done once it does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is said about a video. Each field is sent whole; the server strips markup from titles by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The title; never empty (the file's cleaned name stands in).
    pub title: String,
    /// Free text; safe markup survives on the server.
    pub description: String,
    /// Tags; one with a space in it is quoted on the wire.
    pub tags: Vec<String>,
    /// Category ids.
    pub categories: Vec<u64>,
    /// A canonical address other than the workspace's own.
    pub absolute_url: Option<String>,
    /// The workspace's custom variables by key. The token calls do not take a free key safely, so these follow once
    /// the video has an id.
    pub variables: BTreeMap<String, String>,
}

/// When a video becomes public. Everything arrives as a draft; this is a step of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// Not by us.
    #[default]
    Draft,
    /// As soon as the video has an id.
    AtOnce,
    /// When the server has made it playable.
    WhenPlayable,
    /// By the server, on this date (as the server reads it).
    OnDate(String),
}

/// A video on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Video {
    /// The vendor's `photo_id`.
    pub id: u64,
    /// Where an editor finds it.
    pub admin_url: String,
    /// Where the public finds it once it is published; known from the list, not from the upload's answer.
    pub public_url: Option<String>,
}

/// How a video's id came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The commit's own answer named it.
    Answer,
    /// A lookup by upload token found it.
    Lookup,
    /// A person said so.
    Person,
}

/// Something to make true once the video has an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What.
    pub what: FollowUpKind,
    /// Ticked: the server has acknowledged it.
    pub done: bool,
}

/// The kinds of follow-up, in the order in which they are done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpKind {
    /// Bring the details to this version, variables included.
    Describe {
        /// The item's details version that this brings to the server.
        version: u32,
    },
    /// Publish now.
    Publish,
    /// Publish once the video can be played.
    PublishWhenPlayable,
    /// Have the server publish on a date.
    PublishOn {
        /// As the person gave it.
        date: String,
    },
}

/// A stored video and what is still to be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The video.
    pub video: Video,
    /// How we know.
    pub found_by: FoundBy,
    /// What remains, in order.
    pub follow_ups: Vec<FollowUp>,
    /// Further videos that stand under the same token; reported, never deleted unasked.
    pub twins: Vec<u64>,
    /// `Some(true)` once playable was seen, `Some(false)` once the wait for it ended, `None` before.
    pub playable: Option<bool>,
    /// The public could see it before we touched it: what replaces a published video's file is published.
    #[serde(default)]
    pub was_public: bool,
}
