//! The folder of chunks and their joining, as the vendor's sample handler does it: one folder for everybody, files named
//! `resumable-<identifier>.<number>`, presence judged by name alone, no lock of any kind, and a `.final` that is
//! appended to and never truncated.
//!
//! Every race that this allows is meant to be possible. Owns those files and nothing of the protocol around them.
//! Next: `chunk.rs`, which follows the handler's steps.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use crate::form::Spool;
use crate::unpoisoned;

/// A chunk that was counted and not kept.
#[derive(Clone)]
struct Sunk {
    bytes: u64,
    sha256: Option<String>,
    landed_ms: i64,
}

enum Place {
    Folder(PathBuf),
    Sink(Mutex<HashMap<(String, u64), Sunk>>),
}

/// The chunks that wait for their fellows.
pub(crate) struct Pieces {
    place: Place,
}

/// Why an assembly failed: a piece was gone before it could be joined, or the disk had enough.
pub(crate) struct Unjoined(pub(crate) String);

impl Pieces {
    pub(crate) fn open(dir: &Path, sink: bool) -> io::Result<Self> {
        if sink {
            return Ok(Self { place: Place::Sink(Mutex::default()) });
        }
        let folder = dir.join("chunks");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { place: Place::Folder(folder) })
    }

    /// The size of a chunk that is there.
    pub(crate) fn size_of(&self, identifier: &str, number: u64) -> Option<u64> {
        match &self.place {
            Place::Folder(folder) => {
                let metadata = std::fs::metadata(chunk_path(folder, identifier, number)).ok()?;
                Some(metadata.len())
            }
            Place::Sink(pieces) => unpoisoned(pieces).get(&(identifier.to_owned(), number)).map(|piece| piece.bytes),
        }
    }

    /// Whether every number from 1 to `count`, but for `except`, is there. By name only: a stale chunk of another
    /// shape counts as well as the right one.
    pub(crate) fn all_there(&self, identifier: &str, count: u64, except: Option<u64>) -> bool {
        (1..=count).filter(|number| Some(*number) != except).all(|number| self.size_of(identifier, number).is_some())
    }

    /// Copies a chunk over any earlier one of its name. While that goes on the name is there already.
    pub(crate) async fn land(&self, identifier: &str, number: u64, spool: &Spool, now_ms: i64) -> io::Result<()> {
        match &self.place {
            Place::Sink(pieces) => {
                let sunk = Sunk { bytes: spool.bytes, sha256: spool.sha256.clone(), landed_ms: now_ms };
                unpoisoned(pieces).insert((identifier.to_owned(), number), sunk);
                Ok(())
            }
            Place::Folder(folder) => {
                let to = chunk_path(folder, identifier, number);
                let from = spool.path.clone();
                blocking(move || {
                    let Some(from) = from else { return Ok(()) };
                    std::fs::copy(from, &to)?;
                    // The purge goes by the server's clock, which may have been moved.
                    let landed = UNIX_EPOCH + Duration::from_millis(now_ms.unsigned_abs());
                    OpenOptions::new().append(true).open(&to)?.set_modified(landed)
                })
                .await
            }
        }
    }

    /// Joins the pieces in order, deleting each, and hands over the whole. With `strict`, a piece that another assembly
    /// has deleted meanwhile is an error, as it is for the sample's `cat`; without, it is passed over.
    pub(crate) async fn assemble(
        &self,
        identifier: &str,
        count: u64,
        strict: bool,
        keep_final: bool,
        incoming: &Path,
    ) -> Result<Spool, Unjoined> {
        match &self.place {
            Place::Sink(pieces) => join_sunk(&mut unpoisoned(pieces), identifier, count, strict),
            Place::Folder(folder) => {
                let folder = folder.clone();
                let identifier = identifier.to_owned();
                let whole = incoming.join(format!("whole-{:016x}", fastrand::u64(..)));
                blocking(move || join_files(&folder, &identifier, count, strict, keep_final, &whole))
                    .await
                    .map_err(|error| Unjoined(error.to_string()))
            }
        }
    }

    /// Removes all chunks, or those that landed before this time.
    pub(crate) fn purge(&self, before_ms: Option<i64>) {
        match &self.place {
            Place::Sink(pieces) => {
                unpoisoned(pieces).retain(|_, piece| before_ms.is_some_and(|before| piece.landed_ms >= before));
            }
            Place::Folder(folder) => {
                let Ok(listing) = std::fs::read_dir(folder) else {
                    return;
                };
                for entry in listing.flatten() {
                    if before_ms.is_none_or(|before| landed_before(&entry, before)) {
                        // Another request may have joined and deleted it just now.
                        let _ = std::fs::remove_file(entry.path());
                    }
                }
            }
        }
    }
}

fn landed_before(entry: &std::fs::DirEntry, before_ms: i64) -> bool {
    entry
        .metadata()
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok())
        .is_some_and(|since| (since.as_millis() as i64) < before_ms)
}

fn chunk_path(folder: &Path, identifier: &str, number: u64) -> PathBuf {
    folder.join(format!("resumable-{identifier}.{number}"))
}

fn join_files(
    folder: &Path,
    identifier: &str,
    count: u64,
    strict: bool,
    keep_final: bool,
    whole: &Path,
) -> io::Result<Spool> {
    let joined = folder.join(format!("resumable-{identifier}.final"));
    for number in 1..=count {
        let piece = chunk_path(folder, identifier, number);
        let mut from = match File::open(&piece) {
            Ok(from) => from,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !strict => continue,
            Err(error) => return Err(error),
        };
        let mut to = OpenOptions::new().create(true).append(true).open(&joined)?;
        io::copy(&mut from, &mut to)?;
        match std::fs::remove_file(&piece) {
            Err(error) if error.kind() != io::ErrorKind::NotFound || strict => return Err(error),
            _ => {}
        }
    }
    if keep_final {
        std::fs::copy(&joined, whole)?;
    } else {
        std::fs::rename(&joined, whole)?;
    }
    Spool::of_file(whole)
}

fn join_sunk(
    pieces: &mut HashMap<(String, u64), Sunk>,
    identifier: &str,
    count: u64,
    strict: bool,
) -> Result<Spool, Unjoined> {
    let mut bytes = 0;
    let mut hashes = Vec::new();
    for number in 1..=count {
        match pieces.remove(&(identifier.to_owned(), number)) {
            Some(piece) => {
                bytes += piece.bytes;
                hashes.extend(piece.sha256);
            }
            None if strict => return Err(Unjoined(format!("chunk {number} is gone"))),
            None => {}
        }
    }
    Ok(Spool::counted(bytes, hashes))
}

/// Runs file work where it may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}
