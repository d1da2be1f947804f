//! The small files that go with a video: its thumbnail and its subtitles, each in one call with the file in it.

use super::wire::{Envelope, number, text};
use super::{Api, CallError, Pass};
use crate::workspace::ApiVersion;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

/// A file that is small enough to be in memory.
#[derive(Debug, Clone)]
pub(crate) struct SmallFile {
    pub(crate) bytes: Bytes,
    /// The name that is sent; in ASCII, with the extension of what it is.
    pub(crate) name: &'static str,
    /// Its media type.
    pub(crate) kind: &'static str,
}

impl Api {
    /// Makes an image the thumbnail of a video. The server decides by the file what is replaced, so this must be an
    /// image beyond doubt.
    pub(crate) async fn set_thumbnail(&self, video: u64, image: SmallFile, pass: &Pass) -> Result<(), CallError> {
        let fields = [("photo_id", video.to_string())];
        self.call_with_file("photo/replace", &fields, image, pass).await
    }

    /// Makes the picture at a time, in seconds, the thumbnail of a video. Without a file, so that it goes as plain fields.
    pub(crate) async fn set_thumbnail_at(&self, video: u64, at_s: f64, pass: &Pass) -> Result<(), CallError> {
        let fields = [("photo_id", video.to_string()), ("time", format!("{at_s:.3}"))];
        self.call(Method::POST, "photo/replace", &fields, Some(pass)).await.map(|_| ())
    }

    /// Whether a video has subtitles of this locale; `None` where the answer does not say.
    pub(crate) async fn has_subtitles(&self, video: u64, locale: &str, pass: &Pass) -> Result<Option<bool>, CallError> {
        let rows = self.rows(&[("photo_id", video.to_string())], pass).await?.unwrap_or_default();
        let row = rows.iter().find(|row| row.get("photo_id").and_then(number) == Some(video));
        let Some(token) = row.and_then(|row| row.get("token").and_then(text)) else { return Ok(None) };
        let parameters = [
            ("photo_id", video.to_string()),
            ("token", token),
            ("include_drafts_p", "1".to_owned()),
            ("time", Timestamp::now().as_millisecond().to_string()),
        ];
        let envelope = match self.call(Method::GET, "photo/subtitle/list", &parameters, Some(pass)).await {
            Err(CallError::Refused { .. }) => return Ok(None),
            result => result?,
        };
        let is_it = |track: &&Value| {
            let kind = track.get("type").and_then(text);
            track.get("locale").and_then(text).is_some_and(|it| it == locale)
                && kind.is_none_or(|kind| kind == "general")
        };
        Ok(envelope.list("subtitles").map(|tracks| tracks.iter().any(is_it)))
    }

    /// Adds subtitles to a video, or replaces those of the same locale: a track is known by video, locale and type.
    pub(crate) async fn add_subtitles(
        &self,
        video: u64,
        locale: &str,
        file: SmallFile,
        pass: &Pass,
    ) -> Result<(), CallError> {
        if pass.version() == ApiVersion::V1 {
            return Err(CallError::BeyondVersion1);
        }
        let fields = [("photo_id", video.to_string()), ("locale", locale.to_owned()), ("type", "general".to_owned())];
        self.call_with_file("photo/subtitle/upload", &fields, file, pass).await
    }

    /// The locales that the workspace has subtitles in; `None` where it does not say.
    pub(crate) async fn subtitle_locales(&self, pass: &Pass) -> Result<Option<Vec<String>>, CallError> {
        let envelope = match self.call(Method::GET, "photo/subtitle/locales", &[], Some(pass)).await {
            Err(CallError::Refused { .. }) => return Ok(None),
            result => result?,
        };
        let rows = envelope.list_under(&["locales", "data"]);
        let codes = rows.into_iter().filter_map(|row| {
            text(row).or_else(|| ["locale", "code"].into_iter().find_map(|key| row.get(key).and_then(text)))
        });
        let codes: Vec<String> = codes.collect();
        Ok((!codes.is_empty()).then_some(codes))
    }

    async fn call_with_file(
        &self,
        name: &str,
        fields: &[(&'static str, String)],
        file: SmallFile,
        pass: &Pass,
    ) -> Result<(), CallError> {
        let patience = self.timing.call_with(file.bytes.len() as u64);
        let length = file.bytes.len() as u64;
        let part = Part::stream_with_length(file.bytes, length).file_name(file.name);
        let part =
            part.mime_str(file.kind).map_err(|error| CallError::Unreached(self.http.reason(&self.origin, &error)))?;
        let url = self.origin.url(&pass.version().path(name));
        let mut form = Form::new();
        if pass.version() == ApiVersion::V1 {
            form = form.text("format", "json").text("raw", "1");
        }
        let form = fields.iter().fold(form, |form, (name, value)| form.text(*name, value.clone()));
        let request = self.http.calls().post(url).multipart(form.part("file", part));
        self.answer_to(request, Some(pass), std::iter::empty(), patience, Envelope::read).await.map(|_| ())
    }
}
