//! What is said about a video before it exists, and what is known and to be done once it does.

use super::{FollowUp, FollowUpKind, Replaced};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What is said about a video. Each field is sent whole; the server strips markup from titles by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Details {
    /// The title; never empty (the file's cleaned name stands in).
    pub title: String,
    /// Free text; safe markup survives on the server.
    pub description: String,
    /// Tags; one with a space in it is quoted on the wire.
    pub tags: Vec<String>,
    /// Categories, as they were named.
    #[cfg_attr(feature = "bindings", ts(type = "Array<number | string>"))]
    pub categories: Vec<Category>,
    /// A canonical address other than the workspace's own.
    pub absolute_url: Option<String>,
    /// The workspace's custom variables by key. The token calls do not take a free key safely, so these follow once
    /// the video has an id.
    pub variables: BTreeMap<String, String>,
}

/// A title from a file's name: without its extension, with separators as spaces.
#[must_use]
pub fn title_from(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let spaced: String = stem.chars().map(|c| if c == '_' || c.is_control() { ' ' } else { c }).collect();
    let title = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { "Untitled".to_owned() } else { title }
}

/// A category as a person names it. Which one is meant is found out when the upload begins, so that naming one needs no
/// network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Category {
    /// By its id; where no category has it, by the name that reads so ("2026").
    Id(u64),
    /// By its name; where no category is called so and it is a number, by its id.
    Name(String),
}

impl Category {
    /// As it stands on a command line: a number is an id first.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(id) if digits => Self::Id(id),
            _ => Self::Name(text.to_owned()),
        }
    }
}

impl From<u64> for Category {
    fn from(id: u64) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// Words of the API that a custom variable would go beside in one request: the video described could be another, or
/// public.
const SPOKEN_FOR: &[&str] = &[
    "absolute_url",
    "album_id",
    "album_title",
    "callback",
    "content_format",
    "crop_p",
    "description",
    "fields",
    "file",
    "format",
    "live_id",
    "log",
    "photo_id",
    "promoted_p",
    "publish",
    "publish_date",
    "published_p",
    "raw",
    "seo_policy",
    "tags",
    "thumbnail_360_p",
    "time",
    "timezone",
    "title",
    "update_token",
    "upload_token",
    "user_group_id",
    "user_id",
    "varname",
    "video_360_p",
];

/// Whether a custom variable may be called so: the words that the API itself uses of a video may not.
#[must_use]
pub fn may_be_variable(key: &str) -> bool {
    let word = key.trim().to_ascii_lowercase();
    !word.is_empty() && !SPOKEN_FOR.contains(&&*word) && !["oauth_", "resumable"].iter().any(|it| word.starts_with(it))
}

/// When a video becomes public. Everything arrives as a draft; this is a step of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publish {
    /// Not by us.
    #[default]
    Draft,
    /// As soon as the video has an id.
    AtOnce,
    /// When the server has made it playable.
    WhenPlayable,
    /// By the server, at this instant.
    OnDate(Timestamp),
}

/// This is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2027-01-31 or \"2027-01-31 09:00\"")]
pub struct NoDate;

impl Publish {
    /// The instant that a person means. A date without a zone (`2027-01-31`, `2027-01-31 09:00`) is read on the clock
    /// `here`; `2027-01-31T09:00+01:00` and `2027-01-31T09:00[Europe/Copenhagen]` bring their own.
    pub fn date(text: &str, here: &TimeZone) -> Result<Timestamp, NoDate> {
        let text = text.trim();
        if let Ok(zoned) = text.parse::<jiff::Zoned>() {
            return Ok(zoned.timestamp());
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(instant);
        }
        // A zone that is unknown must not be read as none.
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | ' ' | 'T' | 't');
        if !text.chars().all(plain) || text.matches('-').count() > 2 {
            return Err(NoDate);
        }
        let there: DateTime = text.parse().map_err(|_| NoDate)?;
        there.to_zoned(here.clone()).map(|zoned| zoned.timestamp()).map_err(|_| NoDate)
    }

    /// The follow-up that makes it true, if it takes one.
    #[must_use]
    pub fn follow_up(self) -> Option<FollowUpKind> {
        match self {
            Self::Draft => None,
            Self::AtOnce => Some(FollowUpKind::Publish),
            Self::WhenPlayable => Some(FollowUpKind::PublishWhenPlayable),
            Self::OnDate(date) => Some(FollowUpKind::PublishOn { date }),
        }
    }
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
    /// It was there before, and something about it was to be changed.
    Target,
}

/// A stored video and what is still to be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The video.
    pub video: Video,
    /// How we know.
    pub found_by: FoundBy,
    /// What is to be made true about it, done or not. In no order: see [`Stored::next_follow_up`].
    pub follow_ups: Vec<FollowUp>,
    /// The version of the details that the server has once these are done.
    #[serde(default)]
    pub details_version: u32,
    /// Further videos that stand under the same token; reported, never deleted unasked.
    pub twins: Vec<u64>,
    /// `Some(true)` once playable was seen, `Some(false)` once the wait for it ended, `None` before.
    pub playable: Option<bool>,
    /// The public could see it before we touched it: what replaces a published video's file is published.
    #[serde(default)]
    pub was_public: bool,
    /// What it went in the place of, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Box<Replaced>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_cleaned_name() {
        assert_eq!(title_from(Path::new("/a/spring_talk  2026.final.mp4")), "spring talk 2026.final");
        assert_eq!(title_from(Path::new("/a/___.mp4")), "Untitled");
    }

    #[test]
    fn what_the_api_itself_says_of_a_video_is_no_custom_variable() {
        for key in ["photo_id", "published_p", "Publish_Date", "tags", " title", "oauth_token", "album_title", "", " "]
        {
            assert!(!may_be_variable(key), "{key}");
        }
        assert!(may_be_variable("photo") && may_be_variable("department"));
    }

    #[test]
    fn a_date_is_read_on_the_clock_here_unless_it_brings_its_own() {
        let here = TimeZone::get("Europe/Copenhagen").unwrap();
        for (text, instant) in [
            ("2027-01-31", "2027-01-30T23:00:00Z"),
            ("2027-01-31 09:00", "2027-01-31T08:00:00Z"),
            ("2027-07-31T09:00:30", "2027-07-31T07:00:30Z"),
            ("2027-01-31T09:00Z", "2027-01-31T09:00:00Z"),
            ("2027-01-31 09:00+05:30", "2027-01-31T03:30:00Z"),
            ("2027-01-31T09:00[America/New_York]", "2027-01-31T14:00:00Z"),
            // An hour that does not exist is the one after it, and of one that is there twice the first.
            ("2027-03-28 02:30", "2027-03-28T01:30:00Z"),
            ("2027-10-31 02:30", "2027-10-31T00:30:00Z"),
        ] {
            assert_eq!(Publish::date(text, &here), Ok(instant.parse().unwrap()), "{text}");
        }
        for none in [
            "",
            "tomorrow",
            "2027-02-30",
            "31.1.2027",
            "2027-01-31T09:00[Nowhere/Land]",
            "2027-01-31 09:00-99",
            "1800000000",
        ] {
            assert_eq!(Publish::date(none, &here), Err(NoDate), "{none}");
        }
    }

    #[test]
    fn a_category_that_is_a_number_is_an_id_and_everything_else_a_name() {
        assert_eq!(Category::parse(" 12 "), Category::Id(12));
        for name in ["News", "+5", "12a", "99999999999999999999999"] {
            assert_eq!(Category::parse(name), Category::Name(name.to_owned()));
        }
        let read: Vec<Category> = serde_json::from_str(r#"[12, "12"]"#).unwrap();
        assert_eq!(read, [Category::Id(12), Category::Name("12".into())]);
    }
}
