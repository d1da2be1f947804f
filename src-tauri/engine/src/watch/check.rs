//! Whether files that stand still are finished, as far as they and the system tell, and what they are then.

use super::boxes::{self, Boxes};
use super::decision::{Alike, There};
use super::rules::{Meaning, Rules};
use super::scan::{Scope, Sighting};
use super::{scan, writers};
use crate::failure::{Code, Failure, Remedy};
use crate::folder::{Entry, FolderId, Look};
use crate::item::Stamp;
use crate::source;
use std::path::{Path, PathBuf};

/// What a closer look came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checked {
    /// It may be taken.
    Ready(Stamp),
    /// Somebody has it open for writing.
    Open,
    /// It is no whole file yet: the key of a sentence, which begins with `skip.`.
    NotWhole(&'static str),
    /// It is not what it was a moment ago.
    Different,
    /// It is not there any more.
    Gone,
    /// It cannot be read now, which may pass.
    Unreadable(Failure),
}

/// Looks into files that stood still, each as it looked then.
pub(super) fn check(folder: &Path, files: Vec<(PathBuf, Option<Look>)>) -> Vec<(PathBuf, Checked)> {
    let places: Vec<PathBuf> = files.iter().map(|(file, _)| folder.join(file)).collect();
    let open = writers::written_to(&places);
    let checked = files.into_iter().zip(places).map(|((file, look), place)| {
        let checked = match look {
            None => Checked::Gone,
            Some(_) if open.contains(&place) => Checked::Open,
            Some(look) => look_into(&place, &look),
        };
        (file, checked)
    });
    checked.collect()
}

fn look_into(place: &Path, look: &Look) -> Checked {
    if look.size == 0 {
        return Checked::NotWhole("skip.empty");
    }
    let boxes = source::open(place).and_then(|mut file| boxes::read(&mut file, look.size));
    if matches!(boxes, Ok(Boxes::Unfinished)) {
        return Checked::NotWhole("skip.incomplete");
    }
    match source::stamp(place) {
        Ok(stamp) if Look::of(&stamp) == *look => Checked::Ready(stamp),
        Ok(_) => Checked::Different,
        Err(failure) if failure.code == Code::SourceMissing => Checked::Gone,
        Err(failure) => Checked::Unreadable(failure),
    }
}

/// What is at the places of lines of ledgers now.
pub(super) fn what_is_there(lines: Vec<(Entry, PathBuf)>) -> Vec<Alike> {
    let there = |entry: &Entry, folder: &Path| match scan::look(&folder.join(&entry.path)) {
        Some(look) if look.same_but_for_id(&entry.look) => There::Still,
        _ => There::Gone,
    };
    lines.into_iter().map(|(entry, folder)| Alike { there: there(&entry, &folder), entry }).collect()
}

/// A file that was asked about, met as a film somewhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Met {
    /// Where it was asked about, below the folder that asks.
    pub(super) asked: PathBuf,
    pub(super) folder: FolderId,
    pub(super) there: Sighting,
}

/// Where in these folders the files of these places are met as films, as they looked, but for the places themselves.
pub(super) fn met_elsewhere(
    here: FolderId,
    asked: &[(PathBuf, Look)],
    folders: &[(FolderId, PathBuf, Rules)],
) -> Vec<Met> {
    let mut met = Vec::new();
    for (folder, place, rules) in folders {
        for there in scan::scan(place, rules, &Scope::All) {
            let is_film = || matches!(rules.meaning(&there.path), Meaning::Film | Meaning::Replaces(_));
            // An item may know of what lies here before its line does.
            let is_here = |place: &Path| here == *folder && place == there.path;
            if let Some((asked, _)) =
                asked.iter().find(|(place, asked)| asked.is_same_file(&there.look) && !is_here(place))
                && is_film()
            {
                met.push(Met { asked: asked.clone(), folder: *folder, there });
            }
        }
    }
    met
}

/// Whether a file that the engine would not have may be had another time.
pub(super) fn passes(failure: &Failure) -> bool {
    matches!(failure.remedy(), Remedy::WaitForFile | Remedy::RetryAfter | Remedy::WaitForNetwork)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::folder::Preset;
    use crate::workspace::Origin;
    use std::fs;

    #[test]
    fn a_file_is_met_elsewhere_under_another_name_or_in_another_folder_and_not_at_its_own_place() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        let rules = || Rules::of(&Preset::new(Origin::parse("a.example").unwrap())).unwrap();
        let (here, there) = (FolderId::fresh(), FolderId::fresh());
        let folders = [(here, one.clone(), rules()), (there, other.clone(), rules())];
        fs::create_dir(&one).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(one.join("talk.mp4"), "the bytes of a talk").unwrap();
        let asked = [(PathBuf::from("talk.mp4"), scan::look(&one.join("talk.mp4")).unwrap())];
        let met = || met_elsewhere(here, &asked, &folders);
        assert_eq!(met(), [], "it lies where it lay");
        for (folder, place) in [(here, one.join("renamed.mp4")), (there, other.join("talk.mp4"))] {
            fs::rename(one.join("talk.mp4"), &place).unwrap();
            let there = Sighting { path: place.file_name().unwrap().into(), look: asked[0].1.clone() };
            assert_eq!(met(), [Met { asked: asked[0].0.clone(), folder, there }]);
            fs::rename(place, one.join("talk.mp4")).unwrap();
        }
    }
}
