//! The calls of the library: which videos there are and what is said of each.

use super::calls::{join_tags, listed};
use super::replace::{hashed, kind};
use super::wire::{Envelope, Level, flag, fraction, number, text};
use super::{Api, CallError, Pass, PictureSecret};
use crate::item::FileKind;
use crate::workspace::{ApiVersion, Origin};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;

/// The largest page that both versions give.
pub(crate) const LARGEST_PAGE: u32 = 100;

/// Which videos are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// In title, description and tags, as the server searches; everything where it is empty.
    pub(crate) search: String,
    /// The caller's own alone. Version 1 knows no way to say it.
    pub(crate) own: bool,
    /// Published ones or drafts alone. Version 1 can leave drafts out and nothing else.
    pub(crate) published: Option<bool>,
    /// Of this category.
    pub(crate) category: Option<u64>,
    /// From 1.
    pub(crate) page: u32,
    /// Videos on a page, up to [`LARGEST_PAGE`].
    pub(crate) size: u32,
}

/// A page of videos, the last that was uploaded first.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) videos: Vec<FoundVideo>,
    /// Of all pages.
    pub(crate) total: u64,
}

/// A video with all that the list says of it.
#[derive(Debug, Clone)]
pub(crate) struct FoundVideo {
    pub(crate) id: u64,
    pub(crate) title: String,
    /// As it was written, with its markup.
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) categories: Vec<u64>,
    pub(crate) kind: FileKind,
    pub(crate) published: bool,
    /// When it becomes public, in epoch seconds; in the past for most.
    pub(crate) publish_date: Option<i64>,
    pub(crate) playable: bool,
    /// Seconds.
    pub(crate) length: Option<f64>,
    /// Of the largest rendition, in pixels.
    pub(crate) size: Option<(u32, u32)>,
    /// Of an image's file; the list does not say how long a video's is.
    pub(crate) bytes: Option<u64>,
    pub(crate) file_name: Option<String>,
    /// Epoch seconds.
    pub(crate) uploaded: Option<i64>,
    pub(crate) public_url: Option<String>,
    pub(crate) picture: Option<FoundPicture>,
    /// Another one whenever the file itself may be another one.
    pub(crate) cut: String,
    /// What opens its frames to whoever has it.
    pub(crate) token: Option<PictureSecret>,
}

/// Where a video's picture is.
#[derive(Debug, Clone)]
pub(crate) struct FoundPicture {
    pub(crate) address: PictureSecret,
    /// Another one whenever the picture may be another one.
    pub(crate) version: String,
}

impl Api {
    /// A page of the workspace's videos, drafts included.
    pub(crate) async fn find_videos(&self, wanted: &Wanted, pass: &Pass) -> Result<Listing, CallError> {
        let mut parameters = wanted.parameters(pass.version())?;
        parameters.push(("time", now_ms()));
        let envelope = self.ask("photo/list", &parameters, pass).await?;
        let rows = readable(&envelope)?;
        let total = envelope.total_count().unwrap_or(rows.len() as u64);
        Ok(Listing { videos: rows.into_iter().filter_map(|row| found(&self.origin, row)).collect(), total })
    }

    /// A video as it is now; `None` where there is no such video.
    pub(crate) async fn find_video(&self, id: u64, pass: &Pass) -> Result<Option<FoundVideo>, CallError> {
        let parameters = [("photo_id", id.to_string()), ("include_unpublished_p", "1".to_owned()), ("time", now_ms())];
        let envelope = match self.ask("photo/list", &parameters, pass).await {
            Err(CallError::Refused { code, .. }) if matches!(&*code, "no_such_object" | "no_such_photo") => {
                return Ok(None);
            }
            result => result?,
        };
        Ok(readable(&envelope)?.into_iter().filter_map(|row| found(&self.origin, row)).find(|video| video.id == id))
    }

    /// Changes what is said about a video; what is left out keeps its value.
    pub(crate) async fn change_video(&self, id: u64, change: VideoChange<'_>, pass: &Pass) -> Result<(), CallError> {
        let mut parameters = change.parameters(pass.version())?;
        parameters.push(("photo_id", id.to_string()));
        self.call(Method::POST, "photo/update", &parameters, Some(pass)).await.map(|_| ())
    }
}

/// What is to be said about a video.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct VideoChange<'a> {
    pub(crate) title: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
    pub(crate) tags: Option<&'a [String]>,
    pub(crate) categories: Option<&'a [u64]>,
    pub(crate) publish: Option<PublishChange>,
}

/// Whether and when the public is to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PublishChange {
    Draft,
    /// It has a date that is ahead, and would be public then; this is one that has passed, in epoch seconds.
    DraftInsteadOfLater {
        past: i64,
    },
    Now,
    /// It has a date that is ahead, which would keep it back; this is the present one, in epoch seconds.
    NowInsteadOfLater {
        now: i64,
    },
    /// In epoch seconds.
    At(i64),
}

impl VideoChange<'_> {
    fn parameters(&self, version: ApiVersion) -> Result<Vec<(&'static str, String)>, CallError> {
        let mut parameters = Vec::new();
        parameters.extend(self.title.map(|title| ("title", title.to_owned())));
        parameters.extend(self.description.map(|description| ("description", description.to_owned())));
        parameters.extend(self.tags.map(|tags| ("tags", join_tags(tags))));
        if let Some(categories) = self.categories {
            let ids: Vec<String> = categories.iter().map(u64::to_string).collect();
            parameters.push(("album_id", ids.join(",")));
        }
        let v1 = version == ApiVersion::V1;
        let (published, date) = match self.publish {
            None => return Ok(parameters),
            // What is left out keeps its value, so the date has to be another. A draft whose date has passed is any draft.
            Some(PublishChange::DraftInsteadOfLater { past }) if !v1 => ("0", Some(past)),
            Some(PublishChange::Draft | PublishChange::DraftInsteadOfLater { .. }) => ("0", None),
            // Version 1 knows no dates; whether it is public then is read back.
            Some(PublishChange::NowInsteadOfLater { now }) if !v1 => ("1", Some(now)),
            Some(PublishChange::Now | PublishChange::NowInsteadOfLater { .. }) => ("1", None),
            // A date ahead publishes a video that is not published; one that is stays so.
            Some(PublishChange::At(at)) => ("0", Some(at)),
        };
        parameters.push(("published_p", published.to_owned()));
        if let Some(date) = date {
            if v1 {
                return Err(CallError::BeyondVersion1);
            }
            let date = Timestamp::from_second(date)
                .map_err(|_| CallError::Unreadable { excerpt: "a date beyond all calendars".into() })?;
            // The server reads a date on the workspace's own clock unless a zone comes with it.
            parameters.push(("publish_date", date.strftime("%Y-%m-%d %H:%M:%S").to_string()));
            parameters.push(("timezone", "UTC".to_owned()));
        }
        Ok(parameters)
    }
}

impl Wanted {
    fn parameters(&self, version: ApiVersion) -> Result<Vec<(&'static str, String)>, CallError> {
        let v1 = version == ApiVersion::V1;
        if v1 && (self.own || self.published == Some(false)) {
            return Err(CallError::BeyondVersion1);
        }
        let without_drafts = v1 && self.published == Some(true);
        let mut parameters = vec![
            ("include_unpublished_p", if without_drafts { "0" } else { "1" }.to_owned()),
            ("orderby", "uploaded".to_owned()),
            ("order", "desc".to_owned()),
            ("p", self.page.max(1).to_string()),
            ("size", self.size.clamp(1, LARGEST_PAGE).to_string()),
        ];
        let search = self.search.trim();
        if !search.is_empty() {
            parameters.push(("search", search.to_owned()));
        }
        if let Some(category) = self.category {
            parameters.push(("album_id", category.to_string()));
        }
        if self.own {
            parameters.push(("user_id", "me".to_owned()));
        }
        if !v1 {
            // What is promoted would come first, whatever the order.
            parameters.push(("prioritize_promoted_p", "0".to_owned()));
            parameters.extend(self.published.map(|it| ("published_p", if it { "1" } else { "0" }.to_owned())));
        }
        Ok(parameters)
    }
}

/// The videos in a body that was read as a list; none where it is none.
#[cfg(feature = "test-hooks")]
pub(crate) fn videos_in(body: &[u8], origin: &Origin) -> Vec<FoundVideo> {
    let envelope = Envelope::read(body);
    let rows = envelope.as_ref().and_then(|envelope| readable(envelope).ok());
    rows.unwrap_or_default().into_iter().filter_map(|row| found(origin, row)).collect()
}

/// A row of the list with all that it says; `None` where it has no id.
fn found(origin: &Origin, row: &Value) -> Option<FoundVideo> {
    let field = |name: &str| row.get(name).and_then(text).filter(|value| !value.trim().is_empty());
    let seconds = |name: &str| row.get(name).and_then(number).map(|seconds| seconds as i64);
    let listed = listed(origin, row)?;
    let kind = kind(row).unwrap_or(FileKind::Video);
    let is_image = kind == FileKind::Image;
    let length = ["video_length_float", "video_length"].into_iter().find_map(|name| row.get(name).and_then(fraction));
    let of_image = ["original_width", "original_height"].map(|name| row.get(name).and_then(number));
    let size = match of_image {
        [Some(width), Some(height)] if is_image && width > 0 => Some((width as u32, height as u32)),
        _ => largest_rendition(row),
    };
    Some(FoundVideo {
        id: listed.id,
        title: field("title").unwrap_or_default(),
        description: field("content").or_else(|| field("content_text")).unwrap_or_default(),
        tags: row.get("tags").map(tags).unwrap_or_default(),
        categories: categories(row),
        kind,
        published: row.get("published_p").and_then(flag).unwrap_or(false),
        publish_date: seconds("publish_date_epoch"),
        playable: is_image || row.get("video_encoded_p").and_then(flag).unwrap_or(true),
        length: length.filter(|length| *length > 0.0 && !is_image),
        size,
        bytes: row.get("original_size").and_then(number).filter(|bytes| is_image && *bytes > 0),
        file_name: field("original_filename"),
        uploaded: listed.created,
        public_url: listed.public_url,
        picture: picture(row),
        cut: hashed(&facts(row, |name| name.starts_with("video_") || name.starts_with("audio_"))),
        token: field("token").map(PictureSecret::new),
    })
}

/// The rows of an answer to somebody who may see drafts. What a stranger is answered is not the library.
fn readable(envelope: &Envelope) -> Result<Vec<&Value>, CallError> {
    if envelope.level() < Level::Read {
        let message = format!("seen as \"{}\"", envelope.level().word());
        return Err(CallError::Credential { status: 200, code: String::new(), message, known: false });
    }
    envelope.list("photos").ok_or_else(|| CallError::Unreadable { excerpt: "no list of videos in the answer".into() })
}

fn now_ms() -> String {
    Timestamp::now().as_millisecond().to_string()
}

/// The fields whose name is one of these, in order.
fn facts(row: &Value, wanted: impl Fn(&str) -> bool) -> String {
    let fields = row.as_object().into_iter().flatten();
    let mut found: Vec<String> =
        fields.filter(|(name, _)| wanted(name)).map(|(name, value)| format!("{name}={value}")).collect();
    found.sort();
    found.join(" ")
}

/// Sizes of a video's picture, the one that fits a row and a comparison best first. Their pixels differ by workspace.
const PICTURES: [&str; 6] = ["standard", "large", "medium", "portrait", "small", "original"];

fn picture(row: &Value) -> Option<FoundPicture> {
    let address = |size: &&str| {
        let address = row.get(format!("{size}_download")).and_then(text)?;
        (!address.is_empty()).then_some(address)
    };
    let address = PictureSecret::new(PICTURES.iter().find_map(address)?);
    let may_change = |name: &str| {
        let of_a_picture = PICTURES.iter().any(|size| name.strip_prefix(size).is_some_and(|it| it.starts_with('_')));
        of_a_picture || name.contains("revision") || name == "video_encoded_p"
    };
    Some(FoundPicture { address, version: hashed(&facts(row, may_change)) })
}

/// Width and height of the rendition with the most pixels that is there.
fn largest_rendition(row: &Value) -> Option<(u32, u32)> {
    let pixels = |name: &str| row.get(name).and_then(number).filter(|it| *it > 0);
    let sizes = row.as_object()?.keys().filter_map(|name| {
        let rendition = name.strip_suffix("_width").filter(|it| it.starts_with("video_"))?;
        let is_there = pixels(&format!("{rendition}_size")).is_some();
        let size = (pixels(name)? as u32, pixels(&format!("{rendition}_height"))? as u32);
        is_there.then_some(size)
    });
    sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

fn categories(row: &Value) -> Vec<u64> {
    let all = row.get("all_albums").and_then(text).unwrap_or_default();
    let mut ids: Vec<u64> = all.split(|it: char| !it.is_ascii_digit()).filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        ids.extend(row.get("album_id").and_then(number));
    }
    ids
}

/// A list of words, or of objects that have one, or one text with quotes around what has spaces in it.
fn tags(value: &Value) -> Vec<String> {
    match value {
        Value::Array(tags) => {
            let word = |tag: &Value| text(tag).or_else(|| tag.get("tag").and_then(text));
            tags.iter().filter_map(word).filter(|tag| !tag.is_empty()).collect()
        }
        _ => text(value).map(|tags| split_tags(&tags)).unwrap_or_default(),
    }
}

/// Apart again what is joined for the wire.
pub(crate) fn split_tags(text: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            tags.push(part.trim().to_owned());
        } else {
            tags.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    tags.retain(|tag| !tag.is_empty());
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_read_in_every_form_and_those_that_were_joined_come_apart_again() {
        assert_eq!(tags(&json!(["spring", {"tag": "two words"}, 2026])), ["spring", "two words", "2026"]);
        assert_eq!(tags(&json!("spring \"two words\"")), ["spring", "two words"]);
        assert_eq!(tags(&Value::Null), Vec::<String>::new());
        let own = ["a".to_owned(), "b c".to_owned(), "d".to_owned()];
        assert_eq!(split_tags(&join_tags(&own)), own);
    }

    #[test]
    fn the_size_is_that_of_the_largest_rendition_that_is_there() {
        let row = json!({
            "video_medium_width": "640", "video_medium_height": "360", "video_medium_size": "1000",
            "video_hd_width": 1280, "video_hd_height": 720, "video_hd_size": 5000,
            "video_4k_width": 3840, "video_4k_height": 2160, "video_4k_size": 0,
            "original_width": 9999, "original_height": 9999, "original_size": 1,
        });
        assert_eq!(largest_rendition(&row), Some((1280, 720)));
        assert_eq!(largest_rendition(&json!({"video_hd_width": 1280, "video_hd_height": 720})), None);
    }

    #[test]
    fn a_pictures_version_is_another_when_anything_about_it_is() {
        let row = json!({"standard_download": "/1/2/t/standard", "standard_size": 1, "title": "One"});
        let version = |row: &Value| picture(row).unwrap().version;
        let changed = |name: &str, value: Value| {
            let mut other = row.clone();
            other[name] = value;
            version(&other)
        };
        assert_eq!(version(&row), changed("title", json!("Two")));
        for (name, value) in [
            ("standard_size", json!(2)),
            ("standard_download", json!("/1/2/u/standard")),
            ("original_size", json!(7)),
            ("revision", json!(4)),
        ] {
            assert_ne!(version(&row), changed(name, value), "{name}");
        }
        assert!(picture(&json!({"standard_download": "", "small_size": 0})).is_none());
    }

    #[test]
    fn version_1_is_asked_for_nothing_that_it_cannot_tell_apart() {
        let drafts = Wanted { published: Some(false), ..Wanted::default() };
        let own = Wanted { own: true, ..Wanted::default() };
        for wanted in [drafts, own] {
            assert!(matches!(wanted.parameters(ApiVersion::V1), Err(CallError::BeyondVersion1)));
            assert!(wanted.parameters(ApiVersion::V2).is_ok());
        }
        let published = Wanted { published: Some(true), ..Wanted::default() };
        let parameters = published.parameters(ApiVersion::V1).unwrap();
        assert!(parameters.contains(&("include_unpublished_p", "0".to_owned())), "{parameters:?}");
    }
}
