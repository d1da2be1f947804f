//! The files that go with a video, and what was said about it when it was handed over.

use super::{Category, Details, FollowUpKind, Locale, Publish};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A small file that goes with a video, as it was taken in. It is read whole when it is sent, and sent only if these
/// are still its bytes; when it was written does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CompanionFile {
    /// Where it is.
    #[serde(with = "crate::paths::exact")]
    pub path: PathBuf,
    /// Length in bytes.
    pub size: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
}

/// Subtitles of a video.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subtitles {
    /// The text.
    pub file: CompanionFile,
    /// Its language.
    pub locale: Locale,
}

/// The files that go with a video.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Companions {
    /// Its thumbnail.
    pub thumbnail: Option<CompanionFile>,
    /// Its subtitles, one for each language.
    pub subtitles: Vec<Subtitles>,
}

impl Companions {
    /// These, and of `before` what has no successor among them: a file that was taken in and vanished is asked for, not
    /// forgotten.
    #[must_use]
    pub fn or(mut self, before: Self) -> Self {
        self.thumbnail = self.thumbnail.or(before.thumbnail);
        for subtitles in before.subtitles {
            if self.subtitles.iter().all(|it| it.locale != subtitles.locale) {
                self.subtitles.push(subtitles);
            }
        }
        self
    }

    /// What makes them part of the video.
    pub(super) fn follow_ups(&self) -> impl Iterator<Item = FollowUpKind> {
        let thumbnail = self.thumbnail.iter().map(|file| FollowUpKind::Thumbnail { file: file.clone() });
        let subtitles = self
            .subtitles
            .iter()
            .map(|Subtitles { file, locale }| FollowUpKind::Subtitles { file: file.clone(), locale: locale.clone() });
        thumbnail.chain(subtitles)
    }
}

/// Which files are to go with a video.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompanionChoice {
    /// Look for files of the same name beside the video.
    pub beside: bool,
    /// This image, whatever lies beside the video.
    #[serde(with = "crate::paths::exact::option")]
    pub thumbnail: Option<PathBuf>,
    /// These subtitles, whatever lies beside the video in the same language.
    pub subtitles: Vec<SubtitleChoice>,
    /// The language of subtitles that name none.
    pub locale: Option<Locale>,
}

/// Subtitles that were named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleChoice {
    /// The file.
    #[serde(with = "crate::paths::exact")]
    pub file: PathBuf,
    /// Its language, unless its name or the choice's default says it.
    pub locale: Option<Locale>,
}

impl Default for CompanionChoice {
    fn default() -> Self {
        Self { beside: true, thumbnail: None, subtitles: Vec::new(), locale: None }
    }
}

impl CompanionChoice {
    /// The video alone.
    #[must_use]
    pub fn none() -> Self {
        Self { beside: false, ..Self::default() }
    }
}

/// What was said about a video when it was handed over, by whoever did so or by the file beside it; what is `None` was
/// left open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// The title.
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The tags.
    pub tags: Option<Vec<String>>,
    /// The categories.
    pub categories: Option<Vec<Category>>,
    /// The canonical address.
    pub absolute_url: Option<String>,
    /// Custom variables by key.
    pub variables: BTreeMap<String, String>,
    /// When it becomes public.
    pub publish: Option<Publish>,
}

impl Said {
    /// By these details, of which what is empty was not said.
    #[must_use]
    pub fn of(details: &Details, publish: Option<Publish>) -> Self {
        let text = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        Self {
            title: text(&details.title),
            description: text(&details.description),
            tags: (!details.tags.is_empty()).then(|| details.tags.clone()),
            categories: (!details.categories.is_empty()).then(|| details.categories.clone()),
            absolute_url: details.absolute_url.as_deref().and_then(text),
            variables: details.variables.clone(),
            publish,
        }
    }

    /// This, and where it leaves something open, `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let mut variables = other.variables;
        variables.extend(self.variables);
        Self {
            title: self.title.or(other.title),
            description: self.description.or(other.description),
            tags: self.tags.or(other.tags),
            categories: self.categories.or(other.categories),
            absolute_url: self.absolute_url.or(other.absolute_url),
            variables,
            publish: self.publish.or(other.publish),
        }
    }

    /// Only what `before` did not say, or said differently.
    #[must_use]
    pub fn since(self, before: &Self) -> Self {
        fn new<T: PartialEq>(now: Option<T>, before: Option<&T>) -> Option<T> {
            now.filter(|now| Some(now) != before)
        }
        let mut variables = self.variables;
        variables.retain(|key, value| before.variables.get(key) != Some(value));
        Self {
            title: new(self.title, before.title.as_ref()),
            description: new(self.description, before.description.as_ref()),
            tags: new(self.tags, before.tags.as_ref()),
            categories: new(self.categories, before.categories.as_ref()),
            absolute_url: new(self.absolute_url, before.absolute_url.as_ref()),
            variables,
            publish: new(self.publish, before.publish.as_ref()),
        }
    }

    /// The details with this said about them.
    #[must_use]
    pub fn over(self, details: Details) -> Details {
        let mut variables = details.variables;
        variables.extend(self.variables);
        Details {
            title: self.title.unwrap_or(details.title),
            description: self.description.unwrap_or(details.description),
            tags: self.tags.unwrap_or(details.tags),
            categories: self.categories.unwrap_or(details.categories),
            absolute_url: self.absolute_url.or(details.absolute_url),
            variables,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(title: &str, key: &str, value: &str) -> Said {
        Said {
            title: (!title.is_empty()).then(|| title.to_owned()),
            variables: BTreeMap::from([(key.to_owned(), value.to_owned())]),
            ..Said::default()
        }
    }

    #[test]
    fn what_is_said_outright_goes_before_what_lies_beside_the_video_and_leaves_the_rest_of_it() {
        let beside = Said { tags: Some(vec!["spring".into()]), ..said("From the file", "speaker", "Ada") };
        let both = said("Outright", "room", "1").or(beside);
        assert_eq!(both.title.as_deref(), Some("Outright"));
        assert_eq!(both.tags.as_deref(), Some(["spring".to_owned()].as_slice()));
        assert_eq!(both.variables.len(), 2);
        assert_eq!(said("", "speaker", "Grace").or(said("", "speaker", "Ada")).variables["speaker"], "Grace");
    }

    #[test]
    fn only_what_is_said_differently_from_before_is_new() {
        let before = said("A talk", "speaker", "Ada");
        assert_eq!(before.clone().since(&before), Said::default());
        assert_eq!(said("", "speaker", "Ada").since(&before), Said::default(), "left open is not said");
        let new = said("Another", "speaker", "Grace").since(&before);
        assert_eq!((new.title.as_deref(), new.variables.len()), (Some("Another"), 1));
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_unicode_comes_back_as_it_was() {
        use std::os::unix::ffi::OsStrExt;
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/films/t\xffalk.jpg"));
        for path in [path, "/films/talk.jpg".into()] {
            let file = CompanionFile { path, size: 1, hash: "h".into() };
            let text = serde_json::to_string(&file).unwrap();
            assert_eq!(serde_json::from_str::<CompanionFile>(&text).unwrap(), file, "{text}");
            let choice = CompanionChoice { thumbnail: Some(file.path), ..CompanionChoice::none() };
            let text = serde_json::to_string(&choice).unwrap();
            assert_eq!(serde_json::from_str::<CompanionChoice>(&text).unwrap(), choice, "{text}");
        }
    }
}
