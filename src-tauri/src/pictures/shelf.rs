//! Pictures that were made, on disk: PNGs under their keys, on one shelf of the engine's kind.

use super::Key;
use std::io::{self, Read};
use std::path::PathBuf;

/// A picture is not longer than this, in bytes: all its pixels, and something for the format.
const LONGEST: u64 = 1 << 20;

#[derive(Debug)]
pub(super) struct Shelf(slipway_engine::Shelf);

impl Shelf {
    pub(super) fn new(dir: PathBuf, most: u64) -> Self {
        Self(slipway_engine::Shelf::new(dir, most))
    }

    pub(super) fn take(&self, key: &Key) -> Option<Vec<u8>> {
        let place = place(key);
        let mut png = Vec::new();
        self.0.take(&place)?.take(LONGEST + 1).read_to_end(&mut png).ok()?;
        // What somebody left of it does not end as a PNG does.
        if png.len() as u64 > LONGEST || !png.ends_with(b"IEND\xae\x42\x60\x82") {
            self.0.discard(&place);
            return None;
        }
        Some(png)
    }

    pub(super) fn put(&self, key: &Key, png: &[u8]) -> io::Result<()> {
        self.0.put(&place(key), png).map(drop)
    }
}

fn place(key: &Key) -> PathBuf {
    format!("{key}.png").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

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
            let file = File::options().write(true).open(shelf.0.path(&place(&key(n)))).unwrap();
            file.set_modified(long_ago + Duration::from_secs(u64::from(n))).unwrap();
        }
        // The oldest is looked at again.
        assert!(shelf.take(&key(0)).is_some());
        shelf.put(&key(10), &png(100)).unwrap();
        let left: Vec<u8> = (0..=10).filter(|n| shelf.0.path(&place(&key(*n))).exists()).collect();
        assert_eq!(left, [0, 5, 6, 7, 8, 9, 10]);
        // And what another process put there counts as well.
        let other = Shelf::new(dir.path().to_owned(), 500);
        other.put(&key(11), &png(100)).unwrap();
        let bytes = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().metadata().unwrap().len());
        assert!(bytes.sum::<u64>() <= 500);
    }

    #[test]
    fn half_a_picture_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(dir.path().to_owned(), 10_000);
        shelf.put(&key(1), &png(100)[..60]).unwrap();
        assert_eq!(shelf.take(&key(1)), None);
        assert!(!shelf.0.path(&place(&key(1))).exists());
    }
}
