//! The calls around a replacement: the token for it, and how the video looks that is replaced.

use super::calls::{Granted, VALID_MINUTES};
use super::wire::{flag, number, text};
use super::{Api, CallError, Pass};
use crate::item::{Baseline, FileKind};
use serde_json::Value;

/// What looking at a video came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is there.
    There {
        /// `None` when the list does not say.
        kind: Option<FileKind>,
        baseline: Baseline,
    },
    /// A valid answer, and it is not there.
    Absent,
    /// An answer that proves nothing: from a cache, to an anonymous caller, or without a list.
    Blind,
}

impl Api {
    /// A token that replaces a video's file or picture once.
    pub(crate) async fn get_replace_token(&self, video: u64, pass: &Pass) -> Result<Granted, CallError> {
        let parameters = [
            ("photo_id", video.to_string()),
            ("max_uploads", "1".to_owned()),
            ("valid_minutes", VALID_MINUTES.to_string()),
        ];
        self.granted(&self.ask("photo/get-replace-token", &parameters, pass).await?, "replace_token")
    }

    /// How a video looks now: what kind of thing it is, and everything by which a replacement could be noticed.
    pub(crate) async fn look_at(&self, video: u64, pass: &Pass) -> Result<Sight, CallError> {
        let Some(rows) = self.rows(&[("photo_id", video.to_string())], pass).await? else { return Ok(Sight::Blind) };
        let id = |row: &Value| row.get("photo_id").and_then(number);
        if rows.iter().any(|row| id(row).is_none()) {
            return Ok(Sight::Blind);
        }
        let Some(row) = rows.into_iter().find(|row| id(row) == Some(video)) else { return Ok(Sight::Absent) };
        let kind = kind(&row);
        // A picture has no transcoding, and a server that is asked for it may say anything.
        let transcoded = match kind {
            Some(FileKind::Image) => None,
            _ => match self.transcoding(video, pass).await {
                Ok(share) => share.map(|share| (share.clamp(0.0, 1.0) * 1000.0).round() as u16),
                Err(error) if error.trouble().is_none() => None,
                Err(error) => return Err(error),
            },
        };
        Ok(Sight::There { kind, baseline: Baseline { transcoded, ..baseline(&row) } })
    }
}

pub(super) fn kind(row: &Value) -> Option<FileKind> {
    let said = |name: &str| row.get(name).and_then(flag);
    match (said("audio_p"), said("video_p")) {
        (Some(true), _) => Some(FileKind::Audio),
        (_, Some(true)) => Some(FileKind::Video),
        (_, Some(false)) => Some(FileKind::Image),
        (_, None) => None,
    }
}

fn baseline(row: &Value) -> Baseline {
    let all = |wanted: &dyn Fn(&str) -> bool| -> String {
        let fields = row.as_object().into_iter().flatten();
        let mut found: Vec<String> =
            fields.filter(|(name, _)| wanted(name)).map(|(name, value)| format!("{name}={value}")).collect();
        found.sort();
        found.join(" ")
    };
    let of_a_picture = |name: &str| name.starts_with("original_") && is_of_a_rendition(name);
    let of_a_rendition =
        |name: &str| (name.starts_with("video_") || name.starts_with("audio_")) && is_of_a_rendition(name);
    Baseline {
        // Which field it is in is not documented; that there is one is.
        revision: all(&|name| name.contains("revision")),
        token: row.get("token").and_then(text).map(|token| hashed(&token)).unwrap_or_default(),
        picture: hashed(&all(&of_a_picture)),
        length: row.get("video_length").and_then(text).unwrap_or_default(),
        renditions: hashed(&all(&of_a_rendition)),
        transcoded: None,
        published: row.get("published_p").and_then(flag).unwrap_or(false),
    }
}

/// The fields of a picture or rendition that there is one of for each size.
fn is_of_a_rendition(name: &str) -> bool {
    ["_download", "_width", "_height", "_size"].iter().any(|ending| name.ends_with(ending))
}

/// Short, and of no use to whoever reads it.
pub(super) fn hashed(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}
