//! What was handed over at once, files and folders alike: what of it is to be uploaded, what goes with which video, and
//! what is left out and why. By names and sizes alone; nothing is opened, so ten thousand files are a matter of a moment.
//!
//! Links within a folder are not followed: they may lead out of it, or round in a circle. What the system, a browser or an
//! office program keeps for itself is no file of anybody's. Which name goes with which video is in `companions/naming.rs`,
//! and whether a file can be had at all shows when it is taken in.

use crate::companions::{self, Beside, Folder};
use crate::item::{FileKind, Locale, title_from};
use crate::source::kind_by_name;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// What a hand-over comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The folders that were handed over.
    pub folders: Vec<PathBuf>,
    /// What is to be uploaded: in the order handed over, and by name within a folder.
    pub found: Vec<Found>,
    /// What is left out, as far as there is room for it in [`Survey::SKIPPED`].
    pub skipped: Vec<Skipped>,
    /// How much more was left out.
    pub skipped_more: usize,
}

/// A file that is to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub file: PathBuf,
    /// The folder it is in, below the one that was handed over; empty at its top, and for a file handed over by itself.
    pub folder: PathBuf,
    /// Its kind, by its name.
    pub kind: Option<FileKind>,
    /// Its length in bytes.
    pub size: u64,
    /// The title that it gets if nobody says another.
    pub title: String,
    /// The picture that goes with it.
    pub thumbnail: Option<PathBuf>,
    /// The subtitles that go with it, by language.
    pub subtitles: Vec<(Option<Locale>, PathBuf)>,
    /// The file of details that goes with it.
    pub details: Option<PathBuf>,
}

/// A file that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub file: PathBuf,
    /// Why: the key of a sentence, which begins with `skip.`.
    pub why: &'static str,
}

impl Survey {
    /// How many files that are left out are named. A person who dropped the wrong folder need not read all of it.
    pub const SKIPPED: usize = 200;

    /// Looks through what was handed over. Walks folders: call it where blocking does no harm.
    #[must_use]
    pub fn of(paths: &[PathBuf]) -> Self {
        let mut survey = Self::default();
        let mut seen = HashSet::new();
        let mut files = Vec::new();
        for path in paths {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            match std::fs::metadata(&path) {
                Err(_) => survey.skip(path, "skip.unreadable"),
                Ok(meta) if meta.is_dir() => {
                    files.extend(survey.walk(&path).into_iter().filter(|it| seen.insert(it.path.clone())));
                    survey.folders.push(path);
                }
                Ok(meta) if !meta.is_file() => survey.skip(path, "skip.not_a_file"),
                Ok(meta) if seen.insert(path.clone()) => {
                    files.push(Seen { path, size: meta.len(), within: PathBuf::new(), alone: true });
                }
                Ok(_) => {}
            }
        }
        survey.tell_apart(files);
        survey
    }

    fn walk(&mut self, root: &Path) -> Vec<Seen> {
        let mut files = Vec::new();
        let wanted = |entry: &DirEntry| entry.depth() == 0 || !is_the_systems(entry);
        for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(wanted) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.skip(error.path().unwrap_or(root).to_owned(), "skip.unreadable");
                    continue;
                }
            };
            let path = entry.path().to_owned();
            let kind = entry.file_type();
            if kind.is_dir() {
                continue;
            }
            if kind.is_symlink() {
                self.skip(path, "skip.link");
            } else if !kind.is_file() {
                self.skip(path, "skip.not_a_file");
            } else if let Some(why) = is_unfinished(&path) {
                self.skip(path, why);
            } else if let Ok(meta) = entry.metadata() {
                let within = path.strip_prefix(root).ok().and_then(Path::parent).unwrap_or(Path::new("")).to_owned();
                files.push(Seen { path, size: meta.len(), within, alone: false });
            } else {
                self.skip(path, "skip.unreadable");
            }
        }
        files
    }

    fn tell_apart(&mut self, files: Vec<Seen>) {
        let paths: Vec<PathBuf> = files.iter().map(|it| it.path.clone()).collect();
        let companions: HashSet<PathBuf> =
            companions::sort_out(&paths).companions.into_iter().map(|(file, _)| file).collect();
        let mut folders: HashMap<PathBuf, Option<Folder>> = HashMap::new();
        for Seen { path, size, within, alone } in files {
            if companions.contains(&path) {
                continue;
            }
            let kind = kind_by_name(&path);
            if companions::is_nothing_alone(&path) {
                self.skip(path, "skip.alone");
            } else if kind.is_none() && !alone {
                self.skip(path, "skip.kind");
            } else if size == 0 {
                self.skip(path, "skip.empty");
            } else {
                let parent = path.parent().unwrap_or(Path::new("")).to_owned();
                let folder = folders.entry(parent).or_insert_with_key(|parent| Folder::read(parent).ok());
                let Beside { thumbnail, subtitles, details } =
                    folder.as_ref().map(|folder| Beside::of(&path, folder)).unwrap_or_default();
                let title = title_from(&path);
                self.found.push(Found { file: path, folder: within, kind, size, title, thumbnail, subtitles, details });
            }
        }
    }

    fn skip(&mut self, file: PathBuf, why: &'static str) {
        if self.skipped.len() < Self::SKIPPED {
            self.skipped.push(Skipped { file, why });
        } else {
            self.skipped_more += 1;
        }
    }
}

/// A file that was met.
struct Seen {
    path: PathBuf,
    size: u64,
    /// Its folder, below the one that was handed over.
    within: PathBuf,
    /// It was handed over by itself: somebody means it, whatever its name is.
    alone: bool,
}

/// What hides itself, and what systems leave in every folder. Nobody misses it.
fn is_the_systems(entry: &DirEntry) -> bool {
    const LEFT: &[&str] = &["thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"];
    let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
    name.starts_with('.') && !name.starts_with(".~lock.") || LEFT.contains(&&*name)
}

/// What another program has not let go of, by its name.
fn is_unfinished(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    if name.starts_with("~$") || name.starts_with(".~lock.") {
        return Some("skip.lock");
    }
    let partial = [".part", ".crdownload", ".download", ".opdownload", ".partial", ".!ut", ".filepart"];
    partial.iter().any(|end| name.ends_with(end)).then_some("skip.partial")
}

#[cfg(test)]
mod tests;
