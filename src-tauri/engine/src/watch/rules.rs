//! What a folder's preset says of a file by its name: whether it is anybody's video, what it is, and how the video is
//! called. Pure.

use super::afterwards::PUBLISHED;
use crate::failure::{Code, Failure};
use crate::folder::{AfterUpload, Preset};
use crate::item::{Category, FileKind, Said, title_from};
use crate::source::kind_by_name;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::{Component, Path};

/// What a name in a folder means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// To be sent as a video of its own.
    Film,
    /// To be put in the place of this video's file, or of its thumbnail where it is a picture.
    Replaces(u64),
    /// Left out, for the reason under this key.
    LeftOut(&'static str),
    /// Nothing that anybody would miss: hidden, temporary, or something that goes with a film.
    Nothing,
}

/// A preset, ready to be asked.
#[derive(Debug)]
pub(super) struct Rules {
    preset: Preset,
    ignore: GlobSet,
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Rules {
    /// Refuses patterns that cannot be.
    pub(super) fn of(preset: &Preset) -> Result<Self, Failure> {
        if let Some(pattern) = &preset.title {
            check_title(pattern)?;
        }
        let include = if preset.include.is_empty() { None } else { Some(globs(&preset.include)?) };
        Ok(Self { ignore: globs(&preset.ignore)?, include, exclude: globs(&preset.exclude)?, preset: preset.clone() })
    }

    /// Whether a file or folder is passed over without a word, by its own name.
    pub(super) fn ignores(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().starts_with(b".") || self.ignore.is_match(Path::new(name))
    }

    /// Whether a place below the folder is where files are put away to.
    pub(super) fn is_put_away(&self, below: &Path) -> bool {
        self.preset.after == AfterUpload::Move && below.starts_with(PUBLISHED)
    }

    /// What a file below the folder is.
    pub(super) fn meaning(&self, path: &Path) -> Meaning {
        let kind = kind_by_name(path);
        let replaced = if self.preset.replace_by_id { id_in(path) } else { None };
        if self.include.as_ref().is_some_and(|include| !include.is_match(path)) || self.exclude.is_match(path) {
            return match kind {
                Some(FileKind::Video | FileKind::Audio) => Meaning::LeftOut("skip.pattern"),
                _ => Meaning::Nothing,
            };
        }
        match (kind, replaced) {
            (Some(FileKind::Video | FileKind::Image), Some(video)) => Meaning::Replaces(video),
            (Some(FileKind::Video | FileKind::Audio), _) => Meaning::Film,
            // A picture is taken along by its film, and listed for nobody until there is one.
            (Some(FileKind::Image), None) => Meaning::Nothing,
            _ if is_with_a_film(path) => Meaning::Nothing,
            _ => Meaning::LeftOut("skip.kind"),
        }
    }

    /// What the folder says of a file's video, where neither a person nor the file of details does.
    pub(super) fn said(&self, path: &Path, mtime_ns: i128) -> Said {
        let preset = &self.preset;
        let mut categories = preset.categories.clone();
        if preset.category_per_subfolder
            && let Some(name) = topmost(path)
        {
            categories.push(Category::Name(name));
        }
        Said {
            title: preset.title.as_deref().map(|pattern| title(pattern, path, mtime_ns)),
            tags: (!preset.tags.is_empty()).then(|| preset.tags.clone()),
            categories: (!categories.is_empty()).then_some(categories),
            publish: Some(preset.publish),
            ..Said::default()
        }
    }
}

/// Patterns are compared without regard to capitals, like names on most people's drives; `*` stays within a folder and
/// `**` does not. One without a slash is about the name alone, in whatever folder.
fn globs(patterns: &[String]) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong =
            |error| Failure::new(Code::FolderInvalid).detail(pattern).because("why.no_pattern", []).caused_by(&error);
        let anywhere = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        let glob = GlobBuilder::new(&anywhere).case_insensitive(true).literal_separator(true).build().map_err(wrong)?;
        set.add(glob);
    }
    let wrong = |error| Failure::new(Code::FolderInvalid).because("why.no_pattern", []).caused_by(&error);
    set.build().map_err(wrong)
}

/// The video's id in a name such as `[123456] talk.mp4` or `[123456].jpg`.
fn id_in(path: &Path) -> Option<u64> {
    let (id, _) = path.file_name()?.to_str()?.strip_prefix('[')?.split_once(']')?;
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { id.parse().ok() } else { None }
}

/// Whether it is called like something that goes with a film and is nothing alone.
fn is_with_a_film(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["json", "srt", "vtt"].iter().any(|with| extension.eq_ignore_ascii_case(with))
}

fn topmost(path: &Path) -> Option<String> {
    let mut parts = path.components();
    match (parts.next()?, parts.next()) {
        (Component::Normal(name), Some(_)) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    }
}

const IN_TITLES: &[&str] = &["{name}", "{folder}", "{date}"];

fn check_title(pattern: &str) -> Result<(), Failure> {
    let left = IN_TITLES.iter().fold(pattern.to_owned(), |text, known| text.replace(known, ""));
    if left.contains(['{', '}']) || pattern.trim().is_empty() {
        return Err(Failure::new(Code::FolderInvalid).detail(pattern).because("why.no_title_pattern", []));
    }
    Ok(())
}

/// The names come last: what is in them is no pattern.
fn title(pattern: &str, path: &Path, mtime_ns: i128) -> String {
    let name = title_from(path);
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()).unwrap_or_default();
    let day = Timestamp::from_nanosecond(mtime_ns).map(|at| at.to_zoned(TimeZone::system()).date().to_string());
    let values = [name.as_str(), &folder, day.as_deref().unwrap_or_default()];
    let mut title = String::new();
    let mut rest = pattern;
    while let Some((at, known)) = IN_TITLES.iter().enumerate().filter_map(|(n, it)| Some((rest.find(it)?, n))).min() {
        title.push_str(&rest[..at]);
        title.push_str(values[known]);
        rest = &rest[at + IN_TITLES[known].len()..];
    }
    title.push_str(rest);
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.is_empty() { name } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Publish;
    use crate::workspace::Origin;

    fn preset() -> Preset {
        Preset::new(Origin::parse("video.example.com").unwrap())
    }

    fn rules(change: impl FnOnce(&mut Preset)) -> Rules {
        let mut preset = preset();
        change(&mut preset);
        Rules::of(&preset).unwrap()
    }

    #[test]
    fn films_are_meant_and_what_goes_with_them_is_theirs() {
        let rules = rules(|_| {});
        for (name, meaning) in [
            ("talk.mp4", Meaning::Film),
            ("deep/down/TALK.MOV", Meaning::Film),
            ("interview.wav", Meaning::Film),
            ("[123] talk.mp4", Meaning::Film),
            ("talk.jpg", Meaning::Nothing),
            ("talk.en.srt", Meaning::Nothing),
            ("talk.json", Meaning::Nothing),
            ("notes.pdf", Meaning::LeftOut("skip.kind")),
            ("no extension", Meaning::LeftOut("skip.kind")),
        ] {
            assert_eq!(rules.meaning(Path::new(name)), meaning, "{name}");
        }
    }

    #[test]
    fn what_programs_and_systems_leave_behind_is_passed_over_whatever_its_capitals() {
        let rules = rules(|_| {});
        for name in [
            "talk.mp4.part",
            "a/b/Unconfirmed 1234.CRDOWNLOAD",
            ".talk.mp4.Xy12ab",
            "~$talk.docx",
            "Thumbs.db",
            "$RECYCLE.BIN",
            "talk.mp4~",
            ".hidden",
        ] {
            assert!(rules.ignores(Path::new(name)), "{name}");
        }
        for name in ["talk.mp4", "part.mp4", "a~b.mp4", "talk.part.mp4"] {
            assert!(!rules.ignores(Path::new(name)), "{name}");
        }
        let none = rules_without_any();
        assert!(!none.ignores(Path::new("talk.mp4.part")) && none.ignores(Path::new(".hidden")));
    }

    fn rules_without_any() -> Rules {
        rules(|preset| preset.ignore.clear())
    }

    #[test]
    fn patterns_with_a_slash_are_about_the_place_and_others_about_the_name() {
        let rules = rules(|preset| {
            preset.include = vec!["*.mp4".into(), "masters/**/*.mov".into()];
            preset.exclude = vec!["draft*".into(), "old/**".into()];
        });
        for (name, taken) in [
            ("talk.mp4", true),
            ("deep/talk.MP4", true),
            ("talk.mov", false),
            ("masters/2026/talk.mov", true),
            ("masters/talk.mov", true),
            ("deep/Draft 3.mp4", false),
            ("old/talk.mp4", false),
            ("deep/old/talk.mp4", true),
        ] {
            let expected = if taken { Meaning::Film } else { Meaning::LeftOut("skip.pattern") };
            assert_eq!(rules.meaning(Path::new(name)), expected, "{name}");
        }
        let mut wrong = preset();
        wrong.exclude = vec!["[a-".into()];
        assert_eq!(Rules::of(&wrong).unwrap_err().code, Code::FolderInvalid);
    }

    #[test]
    fn an_id_in_brackets_replaces_where_that_is_allowed() {
        let rules = rules(|preset| preset.replace_by_id = true);
        for (name, meaning) in [
            ("[123456] talk.mp4", Meaning::Replaces(123_456)),
            ("sub/[123456].jpg", Meaning::Replaces(123_456)),
            ("[12a] talk.mp4", Meaning::Film),
            ("[] talk.mp4", Meaning::Film),
            ("talk [123456].mp4", Meaning::Film),
            ("[99999999999999999999] talk.mp4", Meaning::Film),
            ("[7].srt", Meaning::Nothing),
        ] {
            assert_eq!(rules.meaning(Path::new(name)), meaning, "{name}");
        }
    }

    #[test]
    fn the_folder_says_what_nobody_else_says() {
        let rules = rules(|preset| {
            preset.categories = vec![Category::Id(7)];
            preset.category_per_subfolder = true;
            preset.tags = vec!["spring".into()];
            preset.title = Some("{folder}: {name}".into());
            preset.publish = Publish::WhenPlayable;
        });
        let said = rules.said(Path::new("Talks/day 1/the_{name}.mp4"), 0);
        assert_eq!(said.categories, Some(vec![Category::Id(7), Category::Name("Talks".into())]));
        assert_eq!((said.title.as_deref(), said.publish), (Some("day 1: the {name}"), Some(Publish::WhenPlayable)));
        assert_eq!(rules.said(Path::new("talk.mp4"), 0).categories, Some(vec![Category::Id(7)]));
    }

    #[test]
    fn a_title_may_hold_nothing_that_is_not_known() {
        for pattern in ["{nmae}", "{", "  ", "{name"] {
            let mut wrong = preset();
            wrong.title = Some(pattern.into());
            assert_eq!(Rules::of(&wrong).unwrap_err().code, Code::FolderInvalid, "{pattern}");
        }
        assert_eq!(title("{folder}", Path::new("talk.mp4"), 0), "talk", "an empty title is the name");
    }
}
