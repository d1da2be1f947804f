//! A folder of small files that can be had again: no more than so many bytes, and those that nobody looked at for longest
//! go first. A file's modification time says when it was looked at last. Several processes may share the folder.
//!
//! What stands there and what it is worth is known to whoever keeps it: pictures of the library (`library/shelf.rs`), and
//! the front ends' own.

use crate::home::{new_private_file, private_folder};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use uuid::Uuid;

/// A shelf. Places on it are paths below its folder.
#[derive(Debug)]
pub struct Shelf {
    dir: PathBuf,
    most: u64,
    /// Bytes on it, as far as known. Counted when something is put there for the first time.
    held: Mutex<Option<u64>>,
}

impl Shelf {
    /// A shelf in a folder, which is made when it is needed, for so many bytes.
    #[must_use]
    pub fn new(dir: PathBuf, most: u64) -> Self {
        Self { dir, most, held: Mutex::default() }
    }

    /// Where a place is on the disk.
    #[must_use]
    pub fn path(&self, place: &Path) -> PathBuf {
        self.dir.join(place)
    }

    /// Opens what stands there, which is looked at with that.
    #[must_use]
    pub fn take(&self, place: &Path) -> Option<File> {
        let file = File::options().read(true).write(true).open(self.path(place)).ok()?;
        // Where that cannot be noted it goes sooner.
        let _ = file.set_modified(SystemTime::now());
        Some(file)
    }

    /// Puts something there, readable by its owner alone; says where that is.
    ///
    /// # Errors
    /// What the disk says. Then nothing stands there that did not before.
    pub fn put(&self, place: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let path = self.path(place);
        let folder = path.parent().unwrap_or(&self.dir);
        private_folder(folder)?;
        let unfinished = folder.join(format!("{}.part", Uuid::now_v7().simple()));
        let written = write(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *held {
            Some(held) => held + bytes.len() as u64,
            None => all(&self.dir)?.iter().map(|standing| standing.bytes).sum(),
        };
        *held = Some(if now > self.most { self.clear(&path)? } else { now });
        Ok(path)
    }

    /// Takes down what stands at a place, be that a folder.
    pub fn discard(&self, place: &Path) {
        let path = self.path(place);
        // What cannot be taken down now goes when there is no room for it.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }

    /// Takes down the oldest until a quarter is free, so that this is not needed each time; never what was just put
    /// there. Gives the bytes that stay.
    fn clear(&self, newest: &Path) -> io::Result<u64> {
        let mut all = all(&self.dir)?;
        all.sort_by_key(|standing| standing.used);
        let mut held: u64 = all.iter().map(|standing| standing.bytes).sum();
        for standing in all.iter().filter(|standing| standing.path != newest) {
            if held <= self.most / 4 * 3 {
                break;
            }
            if fs::remove_file(&standing.path).is_ok() {
                held -= standing.bytes;
            }
        }
        Ok(held)
    }
}

/// Whole on the disk before it has its name: half of it must not be found under it.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = new_private_file(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

struct Standing {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn all(dir: &Path) -> io::Result<Vec<Standing>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // It may have been taken down meanwhile.
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            all.extend(self::all(&entry.path()).unwrap_or_default());
        } else {
            let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            all.push(Standing { path: entry.path(), bytes: meta.len(), used });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn it_holds_no_more_than_it_may_and_keeps_what_was_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("shelf"), 1000);
        let place = |n: u64| PathBuf::from(format!("{}/{n}", if n.is_multiple_of(2) { "even" } else { "odd" }));
        let long_ago = SystemTime::now() - Duration::from_secs(1000);
        for n in 0..10 {
            let path = shelf.put(&place(n), &[7; 100]).unwrap();
            let file = File::options().write(true).open(path).unwrap();
            file.set_modified(long_ago + Duration::from_secs(n)).unwrap();
        }
        // The oldest is looked at again.
        assert!(shelf.take(&place(0)).is_some());
        shelf.put(&place(10), &[7; 100]).unwrap();
        let left: Vec<u64> = (0..=10).filter(|n| shelf.path(&place(*n)).exists()).collect();
        assert_eq!(left, [0, 5, 6, 7, 8, 9, 10]);
        // And what another process put there counts as well.
        Shelf::new(dir.path().join("shelf"), 500).put(&place(11), &[7; 100]).unwrap();
        assert!(all(&dir.path().join("shelf")).unwrap().iter().map(|it| it.bytes).sum::<u64>() <= 500);
    }

    #[test]
    fn what_is_discarded_is_gone_and_a_folder_with_all_that_stands_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("shelf"), 1000);
        let places = ["a/1", "a/2", "b/1", "c"].map(Path::new);
        for place in places {
            shelf.put(place, b"something").unwrap();
        }
        shelf.discard(Path::new("a"));
        shelf.discard(Path::new("c"));
        shelf.discard(Path::new("never there"));
        assert_eq!(places.map(|place| shelf.take(place).is_some()), [false, false, true, false]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_look_at_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = Shelf::new(dir.path().join("shelf"), 1000).put(Path::new("a"), b"something").unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
