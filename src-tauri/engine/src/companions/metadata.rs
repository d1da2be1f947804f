//! The file of details, `talk.json`: its schema, version 1, and what is wrong with a file that does not keep to it, by the
//! path of the field. docs/metadata.md shows it to people, docs/metadata.schema.json to editors; tests hold both to this.

use super::content;
use super::json::Json;
use crate::failure::{Code, Failure};
use crate::item::{Category, Locale, Publish, Said, may_be_variable};
use jiff::tz::TimeZone;
use std::io::Read;
use std::path::{Component, Path};

/// The version that this reads.
const VERSION: u64 = 1;

/// The largest file, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// So much of a larger one is looked at, in bytes.
const BEGINNING: u64 = 64 * 1024;

/// The field that says that a file is ours, and of which version.
const OURS: &str = "slipway";

/// Every field of the object.
const FIELDS: &[&str] = &[
    OURS,
    "title",
    "description",
    "tags",
    "categories",
    "publish",
    "absolute_url",
    "variables",
    "thumbnail",
    "subtitles",
];

/// Every field of an object among the subtitles.
const SUBTITLE_FIELDS: &[&str] = &["file", "locale"];

/// What `publish` may say, apart from a date.
const PUBLISH: &[(&str, Publish)] =
    &[("draft", Publish::Draft), ("now", Publish::AtOnce), ("when_playable", Publish::WhenPlayable)];

/// What a file of details says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    pub(super) said: Said,
    /// A name within the file's folder.
    pub(super) thumbnail: Option<String>,
    /// Names within the file's folder; `None` when nothing is said of subtitles.
    pub(super) subtitles: Option<Vec<(String, Option<Locale>)>>,
}

/// What a file beside a video turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Ours(Box<Details>),
    /// Somebody else's: transcripts and projects of editors are called like their videos, too.
    Foreign(&'static str),
}

/// Reads a file of details.
pub(super) fn read(path: &Path) -> Result<Reading, Failure> {
    let bytes = match content::read(path, LARGEST) {
        Ok(bytes) => bytes,
        // Transcripts with a time for each word are this large, and ours never.
        Err(failure) if failure.code == Code::CompanionInvalid => {
            return if is_named_ours(path) {
                Err(Failure { code: Code::MetadataInvalid, ..failure })
            } else {
                Ok(Reading::Foreign("it is too large, and its beginning has no field \"slipway\""))
            };
        }
        Err(failure) => return Err(failure),
    };
    let name = path.display();
    let text = content::text(&bytes)
        .ok_or_else(|| Failure::new(Code::MetadataInvalid).detail(name.to_string()).because("why.not_utf8", []))?;
    understood(&text, path)
}

/// What the text of a file of details says.
pub(super) fn understood(text: &str, path: &Path) -> Result<Reading, Failure> {
    understand(text.trim_start_matches('\u{feff}')).map_err(|wrong| wrong.failure(path))
}

/// Whether the beginning of a file has the field that makes it ours.
fn is_named_ours(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains("\"slipway\"")
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    path: String,
    why: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Wrong {
    fn at(path: impl Into<String>, why: &'static str) -> Self {
        Self { path: path.into(), why, values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    fn failure(self, file: &Path) -> Failure {
        let place = match self.path.as_str() {
            "" => file.display().to_string(),
            path => format!("{}: {path}", file.display()),
        };
        Failure::new(Code::MetadataInvalid).detail(place).because(self.why, self.values)
    }
}

fn understand(text: &str) -> Result<Reading, Wrong> {
    let json: Json = serde_json::from_str(text).map_err(|error| {
        Wrong::at("", "why.syntax").with("line", error.line().to_string()).with("column", error.column().to_string())
    })?;
    let Json::Object(fields) = json else { return Ok(Reading::Foreign("it is no object")) };
    let named = |name: &str| fields.iter().any(|(field, _)| field == name);
    if !named(OURS) {
        // All of it could be ours: then the version was forgotten, and what it says would be lost without a word.
        let all_known = fields.iter().all(|(name, _)| FIELDS.contains(&name.as_str()));
        return match fields[..] {
            [_, ..] if all_known => Err(Wrong::at(OURS, "why.version_missing")),
            _ => Ok(Reading::Foreign("it has no field \"slipway\"")),
        };
    }
    // Before anything else: what a newer version knows would look like mistakes here.
    match fields.iter().find(|(name, _)| name == OURS) {
        Some((_, Json::Whole(VERSION))) => {}
        Some((_, Json::Whole(newer))) if *newer > VERSION => {
            return Err(Wrong::at(OURS, "why.version_newer").with("version", newer.to_string()));
        }
        _ => return Err(Wrong::at(OURS, "why.version_missing")),
    }
    check_fields("", &fields, FIELDS)?;
    let mut details = Details::default();
    for (name, value) in fields {
        // A field that is null says nothing.
        if value != Json::Null && name != OURS {
            set(&mut details, &name, value)?;
        }
    }
    Ok(Reading::Ours(Box::new(details)))
}

fn set(details: &mut Details, name: &str, value: Json) -> Result<(), Wrong> {
    let said = &mut details.said;
    match name {
        "title" => {
            let title = text(name, value)?;
            if title.trim().is_empty() {
                return Err(Wrong::at(name, "why.empty"));
            }
            said.title = Some(title);
        }
        "description" => said.description = Some(text(name, value)?),
        "tags" => {
            let tag = |(index, tag)| match text(&format!("tags[{index}]"), tag)? {
                tag if tag.trim().is_empty() => Err(Wrong::at(format!("tags[{index}]"), "why.empty")),
                tag => Ok(tag),
            };
            said.tags = Some(list(name, value)?.into_iter().enumerate().map(tag).collect::<Result<_, _>>()?);
        }
        "categories" => {
            let category = |(index, category)| match category {
                Json::Whole(id) => Ok(Category::Id(id)),
                Json::Text(name) if !name.trim().is_empty() => Ok(Category::Name(name)),
                _ => Err(Wrong::at(format!("categories[{index}]"), "why.no_category")),
            };
            said.categories = Some(list(name, value)?.into_iter().enumerate().map(category).collect::<Result<_, _>>()?);
        }
        "publish" => said.publish = Some(publish(name, &text(name, value)?)?),
        "absolute_url" => {
            let address = text(name, value)?;
            if !super::is_address(&address) {
                return Err(Wrong::at(name, "why.no_address"));
            }
            said.absolute_url = Some(address);
        }
        "variables" => {
            let Json::Object(variables) = value else { return Err(Wrong::at(name, "why.no_object")) };
            for (key, value) in variables {
                let path = format!("variables.{key}");
                if !may_be_variable(&key) {
                    return Err(Wrong::at(path, "why.spoken_for"));
                }
                let value = text(&path, value)?;
                if said.variables.insert(key, value).is_some() {
                    return Err(Wrong::at(path, "why.field_twice"));
                }
            }
        }
        "thumbnail" => details.thumbnail = Some(file_name(name, value)?),
        _ => {
            let subtitle = |(index, value)| subtitle(&format!("subtitles[{index}]"), value);
            details.subtitles =
                Some(list(name, value)?.into_iter().enumerate().map(subtitle).collect::<Result<_, _>>()?);
        }
    }
    Ok(())
}

/// A name alone, or with its locale.
fn subtitle(path: &str, value: Json) -> Result<(String, Option<Locale>), Wrong> {
    let fields = match value {
        name @ Json::Text(_) => return Ok((file_name(path, name)?, None)),
        Json::Object(fields) => fields,
        _ => return Err(Wrong::at(path, "why.no_subtitle")),
    };
    check_fields(&format!("{path}."), &fields, SUBTITLE_FIELDS)?;
    let (mut file, mut locale) = (None, None);
    for (name, value) in fields.into_iter().filter(|(_, value)| *value != Json::Null) {
        let path = format!("{path}.{name}");
        if name == "file" {
            file = Some(file_name(&path, value)?);
        } else {
            let said = text(&path, value)?;
            locale = Some(said.parse().map_err(|_| Wrong::at(path, "why.no_locale").with("locale", said))?);
        }
    }
    file.map(|file| (file, locale)).ok_or_else(|| Wrong::at(format!("{path}.file"), "why.field_missing"))
}

fn publish(path: &str, said: &str) -> Result<Publish, Wrong> {
    if let Some((_, publish)) = PUBLISH.iter().find(|(word, _)| *word == said) {
        return Ok(*publish);
    }
    let date = Publish::date(said, &TimeZone::system()).map_err(|_| Wrong::at(path, "why.no_publish"))?;
    Ok(Publish::OnDate(date))
}

fn text(path: &str, value: Json) -> Result<String, Wrong> {
    match value {
        Json::Text(text) => Ok(text),
        _ => Err(Wrong::at(path, "why.no_text")),
    }
}

fn list(path: &str, value: Json) -> Result<Vec<Json>, Wrong> {
    match value {
        Json::List(list) => Ok(list),
        _ => Err(Wrong::at(path, "why.no_list")),
    }
}

/// A name that stays within the folder.
fn file_name(path: &str, value: Json) -> Result<String, Wrong> {
    let name = text(path, value)?;
    let within = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    // A backslash leads elsewhere on one platform and is part of a name on another.
    if name.is_empty() || name.contains('\\') || !Path::new(&name).components().all(within) {
        return Err(Wrong::at(path, "why.outside"));
    }
    Ok(name)
}

/// Every field is known, and there once.
fn check_fields(prefix: &str, fields: &[(String, Json)], known: &[&str]) -> Result<(), Wrong> {
    for (index, (name, _)) in fields.iter().enumerate() {
        let path = format!("{prefix}{name}");
        if fields[..index].iter().any(|(other, _)| other == name) {
            return Err(Wrong::at(path, "why.field_twice"));
        }
        if !known.contains(&name.as_str()) {
            let likeness = |field: &&&str| strsim::jaro_winkler(&name.to_lowercase(), field);
            let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            return Err(match nearest.filter(|field| likeness(field) >= 0.75) {
                Some(field) => Wrong::at(path, "why.field_like").with("field", *field),
                None => Wrong::at(path, "why.field_unknown").with("fields", known.join(", ")),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
