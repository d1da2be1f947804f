//! Pictures of the workspaces' videos, on disk: a folder for each workspace, no more than so many bytes over all, and
//! those that nobody looked at for longest go first. A file's modification time says when it was looked at last.

use crate::api::ServedPicture;
use crate::home::new_private_file;
use crate::workspace::Origin;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use uuid::Uuid;

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
}

/// A picture on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) media_type: &'static str,
}

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

    pub(super) fn take(&self, key: &Key) -> Option<Kept> {
        let path = self.path(key);
        let mut file = File::options().read(true).write(true).open(&path).ok()?;
        let mut head = Vec::new();
        (&mut file).take(HEAD).read_to_end(&mut head).ok()?;
        let media_type = ServedPicture::read(head)?.media_type;
        // Where that cannot be noted it goes sooner.
        let _ = file.set_modified(SystemTime::now());
        Some(Kept { path, media_type })
    }

    pub(super) fn put(&self, key: &Key, picture: &ServedPicture) -> io::Result<Kept> {
        let path = self.path(key);
        let folder = self.folder(key.workspace);
        fs::create_dir_all(&folder)?;
        let unfinished = folder.join(format!("{}.part", Uuid::now_v7().simple()));
        let written = write(&unfinished, &picture.bytes).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match *held {
            Some(held) => held + picture.bytes.len() as u64,
            None => all(&self.dir)?.iter().map(|picture| picture.bytes).sum(),
        };
        *held = Some(if now > self.most { self.clear(&path)? } else { now });
        Ok(Kept { path, media_type: picture.media_type })
    }

    /// Takes down what is kept of a workspace.
    pub(super) fn forget(&self, workspace: &Origin) {
        // What cannot be taken down now goes when there is no room for it.
        let _ = fs::remove_dir_all(self.folder(blake3::hash(workspace.as_str().as_bytes())));
    }

    /// Takes down the oldest until a quarter is free, so that this is not needed each time; never what was just put
    /// there. Gives the bytes that stay.
    fn clear(&self, newest: &Path) -> io::Result<u64> {
        let mut all = all(&self.dir)?;
        all.sort_by_key(|picture| picture.used);
        let mut held: u64 = all.iter().map(|picture| picture.bytes).sum();
        for picture in all.iter().filter(|picture| picture.path != newest) {
            if held <= self.most / 4 * 3 {
                break;
            }
            if fs::remove_file(&picture.path).is_ok() {
                held -= picture.bytes;
            }
        }
        Ok(held)
    }

    fn folder(&self, workspace: blake3::Hash) -> PathBuf {
        self.dir.join(&workspace.to_hex()[..16])
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder(key.workspace).join(key.picture.to_hex().as_str())
    }
}

/// The beginning by which a picture's format is known, in bytes.
const HEAD: u64 = 64;

/// Whole on the disk before it has its name: half a picture must not be found under it.
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
    for folder in fs::read_dir(dir)? {
        // One may have been taken down meanwhile.
        let Ok(entries) = fs::read_dir(folder?.path()) else { continue };
        for entry in entries {
            let entry = entry?;
            let Ok(meta) = entry.metadata() else { continue };
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
        let left: Vec<u64> = (0..=10).filter(|n| shelf.path(&key(*n)).exists()).collect();
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
