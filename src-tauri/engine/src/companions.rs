//! The files that go with a video, found by their names: `talk.jpg` is the thumbnail of `talk.mp4`, `talk.en.srt` its
//! subtitles, `talk.json` what is said about it. The command, the drop and the watched folders all come through here.
//!
//! Which name goes with which video is in `companions/naming.rs`, what a file holds and whether it may be sent in
//! `companions/content.rs`, the file of details in `companions/metadata.rs`. docs/metadata.md tells people all of it.
//! Nothing here knows the queue or the network.

mod content;
mod folders;
mod json;
mod metadata;
mod naming;

pub(crate) use content::{image, read_again, subtitles};
pub(crate) use folders::{Folders, Together};
pub(crate) use naming::{Beside, Folder, is_nothing_alone, may_go_with_a_film};
pub use naming::{HandOver, sort_out};

use crate::failure::{Code, Failure};
use crate::item::{CompanionChoice, Companions, Locale, Said, SubtitleChoice, Subtitles};
use metadata::Reading;
use naming::Place;
use std::path::{Path, PathBuf};

/// What goes with a video.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// What was said about the video.
    pub(crate) said: Said,
    /// By this file.
    pub(crate) details: Option<PathBuf>,
    /// The files to send along.
    pub(crate) companions: Companions,
    /// What a person may wonder about: files that were passed over, and why.
    pub(crate) notes: Vec<String>,
}

/// Looks at the files that were named outright. Whoever named them is there to hear that they cannot be used.
pub(crate) fn named(choice: &CompanionChoice) -> Result<Companions, Failure> {
    let thumbnail = choice.thumbnail.as_deref().map(content::take_image).transpose()?;
    let mut subtitles: Vec<Subtitles> = Vec::new();
    for SubtitleChoice { file, locale } in &choice.subtitles {
        let said = locale.clone().or_else(|| naming::locale_in(file)).or_else(|| choice.locale.clone());
        add_subtitles(&mut subtitles, file, said)?;
    }
    Ok(Companions { thumbnail, subtitles })
}

/// Looks for everything that goes with a video: what was named, then what its file of details names, then what lies
/// beside it. A file that cannot be used is a failure and never a silence.
pub(crate) fn take(video: &Path, choice: &CompanionChoice, folders: &Together) -> Result<Taken, Failure> {
    let mut taken = Taken { companions: named(choice)?, ..Taken::default() };
    if !choice.beside {
        return Ok(taken);
    }
    let (Some(parent), Some(folder)) = (video.parent(), folders.of(video)) else { return Ok(taken) };
    let place = Place::of(video, &folder);
    taken.notes.extend(place.links().iter().map(|path| format!("{} is passed over: it is a link", path.display())));
    let mut written = Written::default();
    if let Some(path) = place.details() {
        match metadata::read(&path)? {
            Reading::Ours(read) => {
                taken.said = read.said;
                taken.details = Some(path);
                written.thumbnail = read.thumbnail.map(|name| parent.join(name));
                written.subtitles =
                    read.subtitles.map(|list| list.into_iter().map(|(name, it)| (parent.join(name), it)).collect());
            }
            Reading::Foreign(why) => taken.notes.push(format!("{} is not ours: {why}", path.display())),
        }
    }
    if !place.is_image() {
        add_images(&mut taken, &place, written.thumbnail)?;
        add_texts(&mut taken, &place, written.subtitles, choice)?;
    }
    Ok(taken)
}

/// What a file of details with these bytes says, and the names in it; nothing where it is refused or somebody else's.
#[cfg(feature = "test-hooks")]
pub(crate) fn details_in(bytes: &[u8]) -> Option<(Said, Vec<String>)> {
    match metadata::understood(&content::text(bytes)?, Path::new("talk.json")).ok()? {
        Reading::Ours(read) => {
            let subtitles = read.subtitles.into_iter().flatten().map(|(name, _)| name);
            Some((read.said, read.thumbnail.into_iter().chain(subtitles).collect()))
        }
        Reading::Foreign(_) => None,
    }
}

/// What a file of details names.
#[derive(Default)]
struct Written {
    thumbnail: Option<PathBuf>,
    subtitles: Option<Vec<(PathBuf, Option<Locale>)>>,
}

fn add_images(taken: &mut Taken, place: &Place<'_>, written: Option<PathBuf>) -> Result<(), Failure> {
    let beside = place.images();
    let chosen = written.or_else(|| beside.first().cloned());
    for path in beside.iter().filter(|path| taken.companions.thumbnail.is_some() || Some(*path) != chosen.as_ref()) {
        taken.notes.push(format!("{} is passed over: the thumbnail is another", path.display()));
    }
    taken.notes.extend(place.strange().map(|path| format!("{} is passed over", path.display())));
    if let (None, Some(path)) = (&taken.companions.thumbnail, chosen) {
        place.refuse_links(&path)?;
        taken.companions.thumbnail = Some(content::take_image(&path)?);
    }
    Ok(())
}

fn add_texts(
    taken: &mut Taken,
    place: &Place<'_>,
    written: Option<Vec<(PathBuf, Option<Locale>)>>,
    choice: &CompanionChoice,
) -> Result<(), Failure> {
    let outright: Vec<Locale> = taken.companions.subtitles.iter().map(|it| it.locale.clone()).collect();
    let mut found: Vec<Subtitles> = Vec::new();
    if let Some(written) = written {
        for (path, locale) in written {
            let locale = locale.or_else(|| naming::locale_in(&path)).or_else(|| choice.locale.clone());
            if !locale.as_ref().is_some_and(|locale| outright.contains(locale)) {
                place.refuse_links(&path)?;
                add_subtitles(&mut found, &path, locale)?;
            }
        }
    } else {
        // A language in the name goes before the one that is meant where there is none; WebVTT, whose text is UTF-8
        // by its own rules, before SRT.
        let mut beside = place.texts();
        beside.sort_by_key(|it| (it.locale.is_none(), !it.webvtt));
        for text in beside {
            let locale = text.locale.clone().or_else(|| choice.locale.clone());
            let there = |locale: &Locale| found.iter().find(|it| it.locale == *locale);
            let Some(known) = locale.as_ref() else {
                return Err(invalid(&text.path).because("why.locale_missing", []));
            };
            if let Some(other) = there(known) {
                let same_form = naming::is_webvtt(&other.file.path) == text.webvtt;
                if same_form && text.locale.is_some() {
                    let values = [("other", other.file.path.display().to_string()), ("locale", known.to_string())];
                    return Err(invalid(&text.path).because("why.locale_twice", values));
                }
                let line = format!("{} is passed over for {}", text.path.display(), other.file.path.display());
                taken.notes.push(line);
            } else if outright.contains(known) {
                taken.notes.push(format!("{} is passed over: others were named for {known}", text.path.display()));
            } else {
                add_subtitles(&mut found, &text.path, locale)?;
            }
        }
    }
    found.sort_by(|a, b| a.locale.cmp(&b.locale));
    taken.companions.subtitles.extend(found);
    Ok(())
}

fn add_subtitles(to: &mut Vec<Subtitles>, path: &Path, locale: Option<Locale>) -> Result<(), Failure> {
    let Some(locale) = locale else { return Err(invalid(path).because("why.locale_missing", [])) };
    if let Some(other) = to.iter().find(|it| it.locale == locale) {
        let values = [("other", other.file.path.display().to_string()), ("locale", locale.to_string())];
        return Err(invalid(path).because("why.locale_twice", values));
    }
    to.push(Subtitles { file: content::take_subtitles(path)?, locale });
    Ok(())
}

/// Whether a text is an address on the web.
#[must_use]
pub fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn invalid(path: &Path) -> Failure {
    Failure::new(Code::CompanionInvalid).detail(path.display().to_string())
}

#[cfg(test)]
mod tests;
