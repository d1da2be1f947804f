//! The file on this side: what it looks like, and its bytes chunk by chunk. Nothing here writes to it.
//!
//! A file is recognised by size, modification time and file id, looked at when a transfer takes the item up, before a
//! commit, and before the last piece of each body is released, so that a file that changes under way never becomes a
//! spliced video. Bytes that are sent a second time must have the hash that they had the first time. What kind of thing
//! a file is, for calls where the server decides by that, is in `source/kind.rs`; why it cannot be had, in
//! `source/trouble.rs`; where it lies by now, in `source/whereabouts.rs`; how its bytes are read, in `source/reader.rs`, and
//! get to a connection, in `source/body.rs`.

mod body;
mod cached;
mod kind;
mod reader;
mod trouble;
mod whereabouts;

pub(crate) use body::{BodyWatch, Gate, body};
pub(crate) use kind::kind_now;
pub use kind::{kind_by_name, kind_of};
pub(crate) use trouble::is_away;
pub(crate) use whereabouts::find;

use crate::failure::{Code, Failure};
use crate::folder::Look;
use crate::item::{ChunkHash, Stamp};
use crate::plan::Span;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use trouble::{NotRegular, unreadable, unreadable_now};

const FINGERPRINTED: u64 = 64 * 1024;

/// Looks at a file for intake.
pub(crate) fn stamp(path: &Path) -> Result<Stamp, Failure> {
    let meta = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let meta = regular(path, meta)?;
    if meta.len() == 0 {
        return Err(Failure::new(Code::SourceEmpty).detail(path.display().to_string()));
    }
    let fingerprint = fingerprint(path, meta.len()).map_err(|error| unreadable(path, &error))?;
    Ok(Stamp { size: meta.len(), mtime_ns: mtime_ns(&meta), file_id: file_id(&meta), fingerprint })
}

/// Whether the file is still the one that was stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    /// Size, time and file id agree.
    Same,
    /// All but the file id agree, and so do head and tail: a remounted drive perhaps. What was sent must be compared.
    Elsewhere,
}

/// Compares the file with its stamp.
pub(crate) fn compare(path: &Path, stamp: &Stamp) -> Result<Sameness, Failure> {
    let meta = fs::metadata(path).map_err(|error| unreadable_now(path, stamp, &error))?;
    let meta = regular(path, meta)?;
    let changed = || Failure::new(Code::SourceChanged).detail(path.display().to_string());
    if meta.len() != stamp.size || mtime_ns(&meta) != stamp.mtime_ns {
        return Err(changed());
    }
    if file_id(&meta) == stamp.file_id {
        return Ok(Sameness::Same);
    }
    match fingerprint(path, meta.len()) {
        Ok(now) if now == stamp.fingerprint => Ok(Sameness::Elsewhere),
        Ok(_) => Err(changed()),
        Err(error) => Err(unreadable_now(path, stamp, &error)),
    }
}

/// The hash of a stretch of the stamped file, read now.
pub(crate) fn hash_span(path: &Path, stamp: &Stamp, span: Span) -> Result<ChunkHash, Failure> {
    let read = || -> io::Result<ChunkHash> {
        let mut file = open(path)?;
        file.seek(SeekFrom::Start(span.offset))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file.take(span.len))?;
        Ok(ChunkHash(hasher.finalize().to_hex().to_string()))
    };
    read().map_err(|error| unreadable_now(path, stamp, &error))
}

fn regular(path: &Path, meta: Metadata) -> Result<Metadata, Failure> {
    if meta.is_file() { Ok(meta) } else { Err(Failure::new(Code::SourceNotAFile).detail(path.display().to_string())) }
}

/// Opens a regular file for reading. What is anything else by now is refused: opening a pipe would wait for whoever writes
/// to it.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Without effect on regular files; a pipe is open at once, to be recognised below.
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other(NotRegular)) }
}

fn fingerprint(path: &Path, size: u64) -> io::Result<String> {
    let mut file = open(path)?;
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader((&mut file).take(FINGERPRINTED))?;
    file.seek(SeekFrom::Start(size.saturating_sub(FINGERPRINTED)))?;
    hasher.update_reader(file.take(FINGERPRINTED))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// How a file looks without being opened.
pub(crate) fn look(meta: &Metadata) -> Look {
    Look { size: meta.len(), mtime_ns: mtime_ns(meta), file_id: file_id(meta) }
}

/// Whether two files hold the same bytes. Reads both whole.
pub(crate) fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let hash = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(open(path)?)?;
        Ok::<_, io::Error>(hasher.finalize())
    };
    Ok(hash(one)? == hash(other)?)
}

fn mtime_ns(meta: &Metadata) -> i128 {
    // A file system without times gives a constant; size and file id still speak.
    let Ok(time) = meta.modified() else { return 0 };
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => -i128::try_from(before.duration().as_nanos()).unwrap_or(i128::MAX),
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other platforms have none")]
fn file_id(meta: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn file_id(_meta: &Metadata) -> Option<(u64, u64)> {
    None
}

/// [`compare`], without blocking the runtime: a drive may take its time to answer.
pub(crate) async fn compare_off_thread(path: &Path, stamp: &Stamp) -> Result<Sameness, Failure> {
    let (path, stamp) = (path.to_owned(), stamp.clone());
    off_thread(move || compare(&path, &stamp)).await
}

/// A look at a file without blocking the runtime: a drive may take its time to answer.
pub(crate) async fn off_thread<Seen: Send + 'static>(
    look: impl FnOnce() -> Result<Seen, Failure> + Send + 'static,
) -> Result<Seen, Failure> {
    let seen = tokio::task::spawn_blocking(look).await;
    seen.unwrap_or_else(|error| Err(Failure::new(Code::SourceUnreadable).caused_by(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    pub(super) fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("talk.mp4");
        fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    #[test]
    fn a_copy_with_the_same_times_is_elsewhere_and_one_with_other_bytes_is_changed() {
        let (dir, path) = file(b"the very same bytes");
        let before = stamp(&path).unwrap();
        // Held open, so that its file number is not given to the next file.
        let _original = File::open(&path).unwrap();
        let mtime = fs::metadata(&path).unwrap().modified().unwrap();
        let replace_with = |bytes: &[u8]| {
            let copy = dir.path().join("copy");
            fs::write(&copy, bytes).unwrap();
            File::options().write(true).open(&copy).unwrap().set_modified(mtime).unwrap();
            fs::rename(&copy, &path).unwrap();
        };
        replace_with(b"the very same bytes");
        assert_eq!(compare(&path, &before), Ok(Sameness::Elsewhere));
        replace_with(b"the very some bytes");
        assert_eq!(compare(&path, &before).unwrap_err().code, Code::SourceChanged);
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_name() {
        let (dir, path) = file(b"");
        assert_eq!(stamp(&path).unwrap_err().code, Code::SourceEmpty);
        assert_eq!(stamp(dir.path()).unwrap_err().code, Code::SourceNotAFile);
        assert_eq!(stamp(&dir.path().join("gone.mp4")).unwrap_err().code, Code::SourceMissing);
    }
}
