//! A chunk's bytes as they are read: from memory on the spot, from a drive off the runtime, and hashed. What becomes of them is
//! in `source/body.rs`.

use super::cached::read_what_is_there;
use super::open;
use crate::item::ChunkHash;
use crate::timing::DRIVE_SILENT;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

/// A file that is read in order, with the hash of what was read. What is in memory is read and hashed on the spot, which is
/// less than the 50 µs that a piece costs in all (docs/performance.md); for what is not, it goes to a thread that may block
/// and comes back, so that no drive holds the runtime up.
pub(super) struct Reader {
    file: File,
    hasher: blake3::Hasher,
    buffers: Arc<Buffers>,
}

impl Reader {
    /// From this byte on.
    pub(super) async fn at(path: &Path, offset: u64) -> io::Result<Self> {
        let path = path.to_owned();
        let opened = move || {
            let mut file = open(&path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(Self { file, hasher: blake3::Hasher::new(), buffers: Buffers::new() })
        };
        from_drive(tokio::task::spawn_blocking(opened)).await
    }

    /// The next bytes, exactly so many.
    pub(super) async fn piece(mut self, len: usize) -> io::Result<(Self, Bytes)> {
        let mut piece = Buffers::lend(&self.buffers, len).await?;
        let there = read_what_is_there(&self.file, &mut piece.bytes[..len]);
        if there == len {
            return Ok(self.hashed(piece));
        }
        let read = move || {
            self.file.read_exact(&mut piece.bytes[there..len])?;
            Ok(self.hashed(piece))
        };
        from_drive(tokio::task::spawn_blocking(read)).await
    }

    /// Of all that was read.
    pub(super) fn hash(&self) -> ChunkHash {
        ChunkHash(self.hasher.finalize().to_hex().to_string())
    }

    fn hashed(mut self, piece: Lent) -> (Self, Bytes) {
        self.hasher.update(piece.as_ref());
        (self, Bytes::from_owner(piece))
    }
}

/// What a thread that may block read, unless the drive says nothing. The thread stays with it until it does, so whoever asks
/// on is to ask seldom (`engine/parked.rs`).
async fn from_drive<T>(reading: impl Future<Output = Result<io::Result<T>, JoinError>>) -> io::Result<T> {
    match tokio::time::timeout(DRIVE_SILENT, reading).await {
        Ok(read) => read.map_err(io::Error::other)?,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The buffers of one body. The connection sends from one while the next is read, and each comes back when it was sent. A
/// connection that may ask for more takes four ahead, which is 24 MiB with 48 chunks on their way; so whoever keeps two
/// pieces gets no third.
struct Buffers {
    room: Arc<Semaphore>,
    back: Mutex<Vec<Vec<u8>>>,
}

/// One to send from, one to read into.
pub(super) const BUFFERS: usize = 2;

impl Buffers {
    fn new() -> Arc<Self> {
        Arc::new(Self { room: Arc::new(Semaphore::new(BUFFERS)), back: Mutex::default() })
    }

    /// A buffer for so many bytes, when there is one.
    async fn lend(lender: &Arc<Self>, len: usize) -> io::Result<Lent> {
        let place = Arc::clone(&lender.room).acquire_owned().await.map_err(io::Error::other)?;
        let mut bytes = lender.back.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        if bytes.len() < len {
            bytes.resize(len, 0);
        }
        Ok(Lent { bytes, len, lender: Arc::clone(lender), _place: place })
    }
}

struct Lent {
    /// It may be longer than what is in it.
    bytes: Vec<u8>,
    len: usize,
    lender: Arc<Buffers>,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.lender.back.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::stamp;
    use super::super::tests::file;
    use super::super::trouble::unreadable_now;
    use super::*;
    use crate::failure::Code;
    use crate::timing::Timing;

    #[tokio::test(start_paused = true)]
    async fn a_drive_that_says_nothing_is_away_before_the_connection_is_blamed_for_it() {
        let (_dir, path) = file(&[7; 10]);
        let silent = from_drive(std::future::pending::<Result<io::Result<()>, JoinError>>());
        let silent = tokio::time::timeout(Timing::default().send_stall, silent).await.unwrap().unwrap_err();
        assert_eq!(unreadable_now(&path, &stamp(&path).unwrap(), &silent).code, Code::SourceAway);
    }
}
