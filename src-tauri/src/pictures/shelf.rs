//! Pictures that were made, on disk: no more than so many bytes, and those that nobody looked at for longest go first.
//!
//! A file's modification time says when it was looked at last. Several processes may share the folder.

use super::Key;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// A picture is not longer than this, in bytes: all its pixels, and something for the format.
const LONGEST: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Shelf {
    dir: PathBuf,
    most: u64,
    /// Bytes on it, as far as known. Counted when something is put there for the first time.
    held: Mutex<Option<u64>>,
}

impl Shelf {
    pub(super) fn new(dir: PathBuf, most: u64) -> Self {
        Self { dir, most, held: Mutex::default() }
    }

    pub(super) fn take(&self, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(key);
        let file = File::options().read(true).write(true).open(&path).ok()?;
        let mut png = Vec::new();
        (&file).take(LONGEST + 1).read_to_end(&mut png).ok()?;
        // What a power cut left of it does not end as a PNG does.
        if png.len() as u64 > LONGEST || !png.ends_with(b"IEND\xae\x42\x60\x82") {
            let _ = fs::remove_file(&path);
            return None;
        }
        // Where that cannot be noted it goes sooner.
        let _ = file.set_modified(SystemTime::now());
        Some(png)
    }

    pub(super) fn put(&self, key: &Key, png: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        file.write_all(png)?;
        file.persist(self.path(key))?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *held {
            Some(held) => held + png.len() as u64,
            None => all(&self.dir)?.iter().map(|picture| picture.bytes).sum(),
        };
        *held = Some(if now > self.most { self.clear()? } else { now });
        Ok(())
    }

    /// Takes down the oldest until a quarter is free, so that this is not needed each time. Gives the bytes that stay.
    fn clear(&self) -> io::Result<u64> {
        let mut all = all(&self.dir)?;
        all.sort_by_key(|picture| picture.used);
        let mut held: u64 = all.iter().map(|picture| picture.bytes).sum();
        for picture in all {
            if held <= self.most / 4 * 3 {
                break;
            }
            if fs::remove_file(&picture.path).is_ok() {
                held -= picture.bytes;
            }
        }
        Ok(held)
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.dir.join(format!("{key}.png"))
    }
}

struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

fn all(dir: &Path) -> io::Result<Vec<Kept>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // Another process may have taken it down.
        let Ok(meta) = entry.metadata() else { continue };
        let used = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        all.push(Kept { path: entry.path(), bytes: meta.len(), used });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn png(bytes: usize) -> Vec<u8> {
        [vec![7; bytes - 8], b"IEND\xae\x42\x60\x82".to_vec()].concat()
    }

    fn key(n: u8) -> Key {
        blake3::hash(&[n])
    }

    #[test]
    fn what_is_put_there_is_found_there_also_by_another() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().join("pictures"), 10_000);
        assert_eq!(shelf.take(&key(1)), None);
        shelf.put(&key(1), &png(100)).unwrap();
        assert_eq!(shelf.take(&key(1)), Some(png(100)));
        assert_eq!(Shelf::new(dir.path().join("pictures"), 10_000).take(&key(1)), Some(png(100)));
        assert_eq!(shelf.take(&key(2)), None);
    }

    #[test]
    fn it_holds_no_more_than_it_may_and_keeps_what_was_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().to_owned(), 1000);
        let long_ago = SystemTime::now() - Duration::from_secs(1000);
        for n in 0..10 {
            shelf.put(&key(n), &png(100)).unwrap();
            let file = File::options().write(true).open(shelf.path(&key(n))).unwrap();
            file.set_modified(long_ago + Duration::from_secs(u64::from(n))).unwrap();
        }
        // The oldest is looked at again.
        assert!(shelf.take(&key(0)).is_some());
        shelf.put(&key(10), &png(100)).unwrap();
        let left: Vec<u8> = (0..=10).filter(|n| shelf.path(&key(*n)).exists()).collect();
        assert_eq!(left, [0, 5, 6, 7, 8, 9, 10]);
        // And what another process put there counts as well.
        let other = Shelf::new(dir.path().to_owned(), 500);
        other.put(&key(11), &png(100)).unwrap();
        assert!(all(dir.path()).unwrap().iter().map(|it| it.bytes).sum::<u64>() <= 500);
    }

    #[test]
    fn half_a_picture_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().to_owned(), 10_000);
        shelf.put(&key(1), &png(100)[..60]).unwrap();
        assert_eq!(shelf.take(&key(1)), None);
        assert!(!shelf.path(&key(1)).exists());
    }
}
