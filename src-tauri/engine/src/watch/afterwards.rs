//! What is done with a file once its video is there: it is put away beside the others, or into the desktop's trash. Never
//! deleted, and never on a wish alone: whoever comes here has the video's id from the workspace.

use crate::companions::{Beside, Folder as Names};
use crate::folder::{Entry, Look};
use crate::item::FileKind;
use crate::source::{self, kind_by_name};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The subfolder, in whatever language: a folder that two people share has one.
pub(super) const PUBLISHED: &str = "Published";

/// Names that are tried beside one that is taken.
const NAMES: u32 = 1000;

/// Why a file was not put away.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotPutAway {
    /// The system would not.
    #[error("the file cannot be moved")]
    Move(#[from] io::Error),
    /// Neither would the trash, or there is none.
    #[error("the file cannot be put into the trash")]
    Trash(#[from] trash::Error),
}

/// Whether a file is there, and is the one that was sent, to its ends.
pub(super) fn is_what_was_sent(place: &Path, entry: &Entry) -> bool {
    source::stamp(place).is_ok_and(|stamp| {
        Look::of(&stamp).same_but_for_id(&entry.look) && entry.fingerprint.as_ref() == Some(&stamp.fingerprint)
    })
}

/// Where a file of the folder goes, below it: as it lies, under a name that is free.
pub(super) fn free_place(folder: &Path, file: &Path) -> PathBuf {
    let wanted = Path::new(PUBLISHED).join(file);
    let named = |n: u32| {
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push(format!(" ({n})"));
        if let Some(extension) = file.extension() {
            name.push(".");
            name.push(extension);
        }
        wanted.with_file_name(name)
    };
    let mut places = std::iter::once(wanted.clone()).chain((2..NAMES).map(named));
    places.find(|place| fs::symlink_metadata(folder.join(place)).is_err()).unwrap_or(wanted)
}

/// Moves a film and what goes with it. What goes with it goes first: the film's own move is what is looked for after a crash.
pub(super) fn put_away(folder: &Path, file: &Path, to: &Path) -> Result<(), NotPutAway> {
    let (from, to) = (folder.join(file), folder.join(to));
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    for beside in goes_along(&from) {
        if let Some(name) = beside.file_name() {
            // It goes with another name's film there, or somebody has taken it away: it may stay.
            let _ = rename(&beside, &to.with_file_name(name));
        }
    }
    Ok(rename(&from, &to)?)
}

/// Puts a film and what goes with it into the trash.
pub(super) fn throw_away(folder: &Path, file: &Path) -> Result<(), NotPutAway> {
    let from = folder.join(file);
    for beside in goes_along(&from) {
        let _ = trash::delete(beside);
    }
    Ok(trash::delete(from)?)
}

/// What lies beside a film under its name, unless another film of that name is there and may still want it.
fn goes_along(film: &Path) -> Vec<PathBuf> {
    let Some(parent) = film.parent() else { return Vec::new() };
    let is_film = |path: &Path| matches!(kind_by_name(path), Some(FileKind::Video | FileKind::Audio));
    let others = fs::read_dir(parent).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut others = others.filter(|path| path != film && path.file_stem() == film.file_stem());
    if others.any(|path| is_film(&path)) {
        return Vec::new();
    }
    let beside = Names::read(parent).map(|names| Beside::of(film, &names)).unwrap_or_default();
    let subtitles = beside.subtitles.into_iter().map(|(_, path)| path);
    beside.thumbnail.into_iter().chain(beside.details).chain(subtitles).collect()
}

/// Renames, and never over something.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // A drive that does not know how.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => {}
            result => return Ok(result?),
        }
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = walkdir::WalkDir::new(folder)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_film_is_put_away_with_what_goes_with_it_and_over_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path();
        fs::create_dir_all(folder.join("a")).unwrap();
        for name in ["a/talk.mp4", "a/talk.jpg", "a/talk.en.srt", "a/other.jpg"] {
            fs::write(folder.join(name), name).unwrap();
        }
        let film = Path::new("a/talk.mp4");
        put_away(folder, film, &free_place(folder, film)).unwrap();
        let away = ["Published/a/talk.en.srt", "Published/a/talk.jpg", "Published/a/talk.mp4", "a/other.jpg"];
        assert_eq!(names(folder), away);
        fs::write(folder.join(film), "another").unwrap();
        let place = free_place(folder, film);
        assert_eq!(place, Path::new("Published/a/talk (2).mp4"));
        assert!(put_away(folder, film, Path::new("Published/a/talk.mp4")).is_err(), "over nothing");
        put_away(folder, film, &place).unwrap();
        assert_eq!(fs::read_to_string(folder.join("Published/a/talk.mp4")).unwrap(), "a/talk.mp4");
    }

    #[test]
    fn what_two_films_share_stays_with_the_one_that_is_left() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["talk.mp4", "talk.mov", "talk.jpg"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        for film in ["talk.mp4", "talk.mov"] {
            put_away(dir.path(), Path::new(film), &free_place(dir.path(), Path::new(film))).unwrap();
            let left = film == "talk.mp4";
            assert_eq!(dir.path().join("talk.jpg").exists(), left, "{film}");
        }
    }
}
