//! Pictures of the workspaces' videos, on disk: a folder for each workspace, on one shelf (`shelf.rs`).

use crate::api::ServedPicture;
use crate::shelf;
use crate::workspace::Origin;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Kept over all workspaces, in bytes: some thousands of pictures.
pub(super) const KEPT: u64 = 128 << 20;

/// What a picture is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    workspace: blake3::Hash,
    picture: blake3::Hash,
}

impl Key {
    /// Of a video's picture in this version.
    pub(super) fn picture(workspace: &Origin, video: u64, version: &str) -> Self {
        Self::of(workspace, &format!("picture {video} {version}"))
    }

    /// Of the frame at this time of a video, in milliseconds, as long as its file is the same.
    pub(super) fn frame(workspace: &Origin, video: u64, cut: &str, at_ms: u64) -> Self {
        Self::of(workspace, &format!("frame {video} {cut} {at_ms}"))
    }

    fn of(workspace: &Origin, picture: &str) -> Self {
        Self { workspace: blake3::hash(workspace.as_str().as_bytes()), picture: blake3::hash(picture.as_bytes()) }
    }

    fn place(&self) -> PathBuf {
        Path::new(&folder(self.workspace)).join(self.picture.to_hex().as_str())
    }
}

/// A picture on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) media_type: &'static str,
}

#[derive(Debug)]
pub(super) struct Shelf(shelf::Shelf);

/// The beginning by which a picture's format is known, in bytes.
const HEAD: u64 = 64;

impl Shelf {
    pub(super) fn new(dir: PathBuf, most: u64) -> Self {
        Self(shelf::Shelf::new(dir, most))
    }

    pub(super) fn take(&self, key: &Key) -> Option<Kept> {
        let place = key.place();
        let mut head = Vec::new();
        self.0.take(&place)?.take(HEAD).read_to_end(&mut head).ok()?;
        Some(Kept { path: self.0.path(&place), media_type: ServedPicture::read(head)?.media_type })
    }

    pub(super) fn put(&self, key: &Key, picture: &ServedPicture) -> io::Result<Kept> {
        let path = self.0.put(&key.place(), &picture.bytes)?;
        Ok(Kept { path, media_type: picture.media_type })
    }

    /// Takes down what is kept of a workspace.
    pub(super) fn forget(&self, workspace: &Origin) {
        self.0.discard(Path::new(&folder(blake3::hash(workspace.as_str().as_bytes()))));
    }
}

/// The folder of a workspace, by the hash of its address.
fn folder(workspace: blake3::Hash) -> String {
    workspace.to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    fn jpeg(bytes: usize) -> ServedPicture {
        let picture = [b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), vec![7; bytes - 10]].concat();
        ServedPicture::read(picture).unwrap()
    }

    fn shelf(dir: &Path, most: u64) -> Shelf {
        Shelf::new(dir.join("library"), most)
    }

    fn here() -> Origin {
        Origin::parse("a.example").unwrap()
    }

    #[test]
    fn what_is_put_there_is_found_there_until_its_workspace_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 10_000);
        let elsewhere = Origin::parse("b.example").unwrap();
        let keys = [Key::picture(&here(), 7, "a"), Key::frame(&here(), 7, "a", 1), Key::picture(&elsewhere, 7, "a")];
        for (key, bytes) in keys.iter().zip([100, 101, 102]) {
            assert_eq!(shelf.take(key), None);
            let kept = shelf.put(key, &jpeg(bytes)).unwrap();
            assert_eq!(shelf.take(key), Some(kept.clone()));
            assert_eq!((fs::metadata(kept.path).unwrap().len(), kept.media_type), (bytes as u64, "image/jpeg"));
        }
        shelf.forget(&here());
        assert_eq!(keys.map(|key| shelf.take(&key).is_some()), [false, false, true]);
    }

    #[test]
    fn it_holds_no_more_than_it_may_and_keeps_what_was_looked_at() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(dir.path(), 1000);
        let key = |n: u64| Key::picture(&here(), n, "a");
        let long_ago = SystemTime::now() - Duration::from_secs(1000);
        for n in 0..10 {
            let kept = shelf.put(&key(n), &jpeg(100)).unwrap();
            let file = File::options().write(true).open(kept.path).unwrap();
            file.set_modified(long_ago + Duration::from_secs(n)).unwrap();
        }
        // The oldest is looked at again.
        assert!(shelf.take(&key(0)).is_some());
        shelf.put(&key(10), &jpeg(100)).unwrap();
        let left: Vec<u64> = (0..=10).filter(|n| shelf.0.path(&key(*n).place()).exists()).collect();
        assert_eq!(left, [0, 5, 6, 7, 8, 9, 10]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_look_at_it() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let kept = shelf(dir.path(), 1000).put(&Key::picture(&here(), 1, "a"), &jpeg(100)).unwrap();
        assert_eq!(fs::metadata(kept.path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
