//! Looking into a folder: which files are there and how they look. Nothing is opened but folders.
//!
//! Links are not followed: they may lead out of the folder, or round in a circle.

use super::rules::Rules;
use super::stillness::Group;
use crate::companions::{Beside, Folder as Names};
use crate::folder::Look;
use crate::hooks::{self, CrashPoint};
use crate::source;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// Everything.
    All,
    /// Only these, and what is below them.
    Below(BTreeSet<PathBuf>),
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sighting {
    /// Below the folder.
    pub(super) path: PathBuf,
    pub(super) look: Look,
}

/// Whether the folder itself can be seen, and which one it is.
pub(super) fn root(folder: &Path) -> io::Result<Look> {
    let meta = std::fs::metadata(folder)?;
    std::fs::read_dir(folder)?;
    if meta.is_dir() { Ok(source::look(&meta)) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

/// All files in a folder that its rules do not pass over, as far as they can be seen.
pub(super) fn scan(folder: &Path, rules: &Rules, scope: &Scope) -> Vec<Sighting> {
    let mut found = Vec::new();
    match scope {
        Scope::All => walk(folder, folder, rules, &mut found),
        Scope::Below(places) => {
            for place in places.iter().filter(|place| !is_passed_over(folder, place, rules)) {
                walk(folder, place, rules, &mut found);
            }
        }
    }
    found
}

fn walk(folder: &Path, from: &Path, rules: &Rules, found: &mut Vec<Sighting>) {
    let is_put_away = |path: &Path| path.strip_prefix(folder).is_ok_and(|below| rules.is_put_away(below));
    let wanted = |path: &Path| path == folder || !(rules.ignores(path) || is_put_away(path));
    let entries = WalkDir::new(from).follow_links(false).follow_root_links(from == folder).sort_by_file_name();
    for entry in entries.into_iter().filter_entry(|entry| wanted(entry.path())).filter_map(Result::ok) {
        if let Ok(path) = entry.path().strip_prefix(folder)
            && entry.file_type().is_file()
            && let Ok(meta) = entry.metadata()
        {
            found.push(Sighting { path: path.to_owned(), look: source::look(&meta) });
        }
        hooks::reach(CrashPoint::AmidLooking);
    }
}

/// Whether a place is below something that is passed over, or is reached through a link.
fn is_passed_over(folder: &Path, place: &Path, rules: &Rules) -> bool {
    let Ok(below) = place.strip_prefix(folder) else { return true };
    if rules.is_put_away(below) {
        return true;
    }
    below.ancestors().filter(|part| !part.as_os_str().is_empty()).any(|part| {
        let whole = folder.join(part);
        rules.ignores(&whole) || std::fs::symlink_metadata(&whole).is_ok_and(|meta| meta.is_symlink())
    })
}

/// How films look now together with what goes with them; nothing where the film is gone.
pub(super) fn groups(folder: &Path, films: &[PathBuf]) -> Vec<(PathBuf, Option<Group>)> {
    let with = beside(folder, films);
    let group = |(film, with): (&PathBuf, Group)| {
        let itself = look(&folder.join(film)).map(|look| (film.clone(), look));
        (film.clone(), itself.map(|itself| std::iter::once(itself).chain(with).collect()))
    };
    films.iter().zip(with).map(group).collect()
}

/// How what goes with films looks now, whether they are there or not.
pub(super) fn beside(folder: &Path, films: &[PathBuf]) -> Vec<Group> {
    let mut names: HashMap<PathBuf, Option<Names>> = HashMap::new();
    let mut with = |film: &PathBuf| {
        let path = folder.join(film);
        let Some(parent) = path.parent() else { return Group::new() };
        let names = names.entry(parent.to_owned()).or_insert_with_key(|parent| Names::read(parent).ok());
        let beside = names.as_ref().map(|names| Beside::of(&path, names)).unwrap_or_default();
        let with = beside.thumbnail.into_iter().chain(beside.details);
        let with = with.chain(beside.subtitles.into_iter().map(|(_, path)| path));
        with.filter_map(|path| Some((path.clone(), look(&path)?))).collect()
    };
    films.iter().map(&mut with).collect()
}

/// How a file looks; nothing where there is none.
pub(super) fn look(path: &Path) -> Option<Look> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    meta.is_file().then(|| source::look(&meta))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::folder::Preset;
    use crate::workspace::Origin;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn rules() -> Rules {
        Rules::of(&Preset::new(Origin::parse("video.example.com").unwrap())).unwrap()
    }

    fn seen(folder: &Path, scope: &Scope) -> Vec<String> {
        scan(folder, &rules(), scope).iter().map(|it| it.path.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn links_are_not_followed_and_what_is_hidden_is_not_entered() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, outside) = (dir.path().join("in"), dir.path().join("out"));
        for made in ["in/deep", "in/.hidden", "in/$RECYCLE.BIN", "out"] {
            fs::create_dir_all(dir.path().join(made)).unwrap();
        }
        for file in
            ["in/a.mp4", "in/deep/b.mp4", "in/.hidden/c.mp4", "in/$RECYCLE.BIN/d.mp4", "in/e.mp4.part", "out/f.mp4"]
        {
            fs::write(dir.path().join(file), file).unwrap();
        }
        symlink(&folder, folder.join("deep/circle")).unwrap();
        symlink(&outside, folder.join("elsewhere")).unwrap();
        symlink(outside.join("f.mp4"), folder.join("f.mp4")).unwrap();
        assert_eq!(seen(&folder, &Scope::All), ["a.mp4", "deep/b.mp4"]);
        let hinted = |place: &str| seen(&folder, &Scope::Below(BTreeSet::from([folder.join(place)])));
        assert_eq!(hinted("deep"), ["deep/b.mp4"]);
        assert_eq!(hinted("deep/b.mp4"), ["deep/b.mp4"]);
        for nothing in ["gone", ".hidden/c.mp4", "elsewhere/f.mp4", "f.mp4", "deep/circle/a.mp4"] {
            assert_eq!(hinted(nothing), Vec::<String>::new(), "{nothing}");
        }
    }

    #[test]
    fn a_film_is_looked_at_together_with_what_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["talk.mp4", "talk.jpg", "talk.en.srt", "talk.json", "other.jpg"] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let groups = groups(dir.path(), &["talk.mp4".into(), "gone.mp4".into()]);
        let names =
            |group: &Group| group.iter().map(|(path, _)| path.file_name().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(groups[0].1.as_ref().unwrap()), ["talk.mp4", "talk.jpg", "talk.json", "talk.en.srt"]);
        assert_eq!(groups[1].1, None);
    }
}
