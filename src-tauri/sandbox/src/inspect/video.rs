//! A video, audio file or image in the workspace: the wire calls each of them a photo.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What kind of object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A film, and everything that is neither of the others.
    Video,
    /// Sound only.
    Audio,
    /// A picture.
    Image,
}

/// Subtitles that were added to a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtitle {
    /// Such as `en_US`.
    pub locale: String,
    /// `general` unless said otherwise.
    pub kind: String,
    /// Not shown yet.
    pub draft: bool,
    /// Bytes of the file.
    pub bytes: u64,
    /// The text itself, up to a megabyte.
    pub text: String,
}

/// Everything that is known of one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoRecord {
    /// Its id.
    pub photo_id: u64,
    /// The id of its place in the file tree, part of thumbnail paths.
    pub tree_id: u64,
    /// Its own token, part of thumbnail paths.
    pub token: String,
    /// Who owns it.
    pub user_id: u64,
    /// Video, audio or image.
    pub kind: Kind,
    /// SHA-256 of the stored bytes in hex. Empty where it was not computed: see `hash_stored` and `hash_sunk`.
    pub sha256: String,
    /// In sink mode, the SHA-256 of each chunk in order, where they were computed.
    pub chunk_sha256: Vec<String>,
    /// Bytes stored (or counted, in sink mode).
    pub bytes: u64,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// Tags, in the order given.
    pub tags: Vec<String>,
    /// Categories.
    pub album_ids: Vec<u64>,
    /// The name the file came with.
    pub original_filename: String,
    /// Published, or to be published at `publish_date`.
    pub published: bool,
    /// In seconds since 1970; in the future it keeps the video unpublished until then.
    pub publish_date: Option<i64>,
    /// Canonical address elsewhere.
    pub absolute_url: String,
    /// Shown first.
    pub promoted: bool,
    /// The upload token that it came by.
    pub upload_token: Option<String>,
    /// The first characters of that token, for people.
    pub upload_token_hint: String,
    /// The stripped `resumableIdentifier` that it came by.
    pub identifier: Option<String>,
    /// Custom variables by their keys.
    pub variables: BTreeMap<String, String>,
    /// The server's clock when it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// The server's clock when its file was last replaced (or made): transcoding counts from here.
    pub stored_ms: i64,
    /// Counts up with every change of metadata or file, from 1.
    pub revision: u64,
    /// Counts the replacements of its file.
    pub replaced: u64,
    /// SHA-256 of a thumbnail that was set from a file.
    pub thumbnail_sha256: Option<String>,
    /// The second of the film that was picked as thumbnail.
    pub thumbnail_time: Option<f64>,
    /// Subtitles, in order of arrival.
    pub subtitles: Vec<Subtitle>,
    /// How it was before something of it was replaced last.
    #[serde(default)]
    pub before: Option<Box<VideoRecord>>,
    /// The server's clock at that time, in milliseconds since 1970.
    #[serde(default)]
    pub changed_ms: i64,
}

impl VideoRecord {
    /// Whether everybody can see it at this time, in seconds since 1970.
    pub fn is_public(&self, now: i64) -> bool {
        self.published && self.publish_date.is_none_or(|date| date <= now)
    }
}
