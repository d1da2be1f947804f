//! Where a file lies by now: whoever renames it or moves it within its drive leaves its number and its bytes as they were.

use super::{look, stamp};
use crate::folder::Look;
use crate::item::Stamp;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Looks in these folders, and below them, for the very file that was stamped. Nothing where it is not found, and where the
/// platform gives files no numbers. Walks the folders: call it where blocking does no harm.
pub(crate) fn find(stamped: &Stamp, folders: &[PathBuf]) -> Option<PathBuf> {
    stamped.file_id?;
    let known = Look::of(stamped);
    let is_it = |path: &Path| {
        std::fs::symlink_metadata(path).is_ok_and(|meta| look(&meta).is_same_file(&known))
            && stamp(path).is_ok_and(|now| now == *stamped)
    };
    let files = folders.iter().flat_map(|folder| WalkDir::new(folder).follow_root_links(true)).filter_map(Result::ok);
    let perhaps = files.filter(|entry| entry.file_type().is_file() && may_be(entry, stamped));
    perhaps.map(DirEntry::into_path).find(|path| is_it(path))
}

/// Told by what reading the folder says already: asking about each of thousands of files takes its time.
#[cfg(unix)]
fn may_be(entry: &DirEntry, stamped: &Stamp) -> bool {
    use walkdir::DirEntryExt;
    stamped.file_id.is_some_and(|(_, number)| entry.ino() == number)
}

#[cfg(not(unix))]
fn may_be(_entry: &DirEntry, _stamped: &Stamp) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_found_under_its_new_name_and_nothing_else_is_taken_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        for folder in [&one, &other] {
            fs::create_dir_all(folder.join("deep")).unwrap();
        }
        let file = one.join("talk.mp4");
        fs::write(&file, "the bytes of a talk").unwrap();
        let stamped = stamp(&file).unwrap();
        let moved = other.join("deep/renamed.mp4");
        fs::rename(&file, &moved).unwrap();
        fs::copy(&moved, one.join("copy.mp4")).unwrap();
        let both = [one.clone(), other, dir.path().join("gone")];
        assert_eq!(find(&stamped, &both), Some(moved.clone()));
        assert_eq!(find(&stamped, &[one]), None, "a copy is another file");
        fs::write(&moved, "something else").unwrap();
        assert_eq!(find(&stamped, &both), None, "it is not what it was");
    }
}
