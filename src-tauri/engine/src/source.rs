//! The file on this side: what it looks like, and its bytes chunk by chunk. Nothing here writes to it.
//!
//! A file is recognised by size, modification time and file id, looked at when a transfer takes the item up, before a
//! commit, and before the last piece of each body is released, so that a file that changes under way never becomes a
//! spliced video. Bytes that are sent a second time must have the hash that they had the first time. What kind of thing
//! a file is, for calls where the server decides by that, is in `source/kind.rs`; why it cannot be had, in
//! `source/trouble.rs`; where it lies by now, in `source/whereabouts.rs`.

mod kind;
mod trouble;
mod whereabouts;

pub(crate) use kind::kind_now;
pub use kind::{kind_by_name, kind_of};
pub(crate) use trouble::is_away;
pub(crate) use whereabouts::find;

use crate::failure::{Code, Failure};
use crate::folder::Look;
use crate::item::{ChunkHash, Stamp};
use crate::plan::Span;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::Instant;
use trouble::{NotRegular, unreadable, unreadable_now};

/// How much is read and handed to the connection at a time: large enough that the disk and the socket are not asked
/// too often, small enough that a full pool of chunks stays within a few MiB.
pub(crate) const PIECE: usize = 128 * 1024;

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

/// What bytes have to pass on their way to a connection.
pub(crate) trait Gate: Send + Sync {
    /// The most that is to be asked for at once, in bytes; `None` where it stands open.
    fn piece(&self) -> Option<usize>;

    /// Returns when so many bytes may go on.
    fn pass(&self, bytes: usize) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// What is known about a body while it is on its way.
pub(crate) struct BodyWatch {
    handed_over: AtomicU64,
    complete: AtomicBool,
    born: Instant,
    last_move_ms: AtomicU64,
    /// When the connection took the last piece; zero before.
    complete_us: AtomicU64,
    hash: Mutex<Option<ChunkHash>>,
    failure: Mutex<Option<Failure>>,
    /// Counts into the item's progress as well; taken back when the attempt fails.
    meter: Arc<AtomicU64>,
    /// Held while bytes move, dropped with the last piece.
    held: Mutex<Option<Box<dyn Send>>>,
    gate: Option<Box<dyn Gate>>,
    /// It is held back by us, and not by the connection.
    at_the_gate: AtomicBool,
}

impl std::fmt::Debug for BodyWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BodyWatch").field("handed_over", &self.handed_over()).finish_non_exhaustive()
    }
}

impl BodyWatch {
    #[cfg(test)]
    fn new(meter: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self::with(meter, None))
    }

    /// One of which a connection has taken so much.
    #[cfg(test)]
    pub(crate) fn having_moved(bytes: usize, is_complete: bool) -> Arc<Self> {
        let watch = Self::new(Arc::default());
        watch.moved(bytes);
        watch.complete.store(is_complete, Ordering::SeqCst);
        watch.complete_us.store(u64::from(is_complete), Ordering::Relaxed);
        watch
    }

    /// Through a gate.
    pub(crate) fn through(gate: impl Gate + 'static, meter: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self::with(meter, Some(Box::new(gate))))
    }

    fn with(meter: Arc<AtomicU64>, gate: Option<Box<dyn Gate>>) -> Self {
        Self {
            handed_over: AtomicU64::new(0),
            complete: AtomicBool::new(false),
            born: Instant::now(),
            last_move_ms: AtomicU64::new(0),
            complete_us: AtomicU64::new(0),
            hash: Mutex::new(None),
            failure: Mutex::new(None),
            meter,
            held: Mutex::default(),
            gate,
            at_the_gate: AtomicBool::new(false),
        }
    }

    /// How much is to be read at once.
    fn piece(&self) -> usize {
        self.gate.as_ref().and_then(|gate| gate.piece()).map_or(PIECE, |piece| piece.min(PIECE))
    }

    async fn pass(&self, bytes: usize) {
        if let Some(gate) = self.gate.as_ref().filter(|gate| gate.piece().is_some()) {
            self.at_the_gate.store(true, Ordering::Relaxed);
            gate.pass(bytes).await;
            self.last_move_ms.store(self.born.elapsed().as_millis() as u64, Ordering::Relaxed);
            self.at_the_gate.store(false, Ordering::Relaxed);
        }
    }

    /// Keeps something until the last piece is handed over or the attempt ends.
    pub(crate) fn let_go_when_complete(&self, held: Box<dyn Send>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Bytes of the file that the connection has taken.
    pub(crate) fn handed_over(&self) -> u64 {
        self.handed_over.load(Ordering::Relaxed)
    }

    /// Whether the last piece was handed to the connection: from then on the server may have it whole.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::SeqCst)
    }

    /// How long the connection took to take all of it, once it has.
    pub(crate) fn body_time(&self) -> Option<Duration> {
        let us = self.complete_us.load(Ordering::Relaxed);
        (us > 0).then(|| Duration::from_micros(us))
    }

    /// When the connection last took something, as far as it was for the connection to take it.
    pub(crate) fn last_move(&self) -> Instant {
        if self.at_the_gate.load(Ordering::Relaxed) {
            return Instant::now();
        }
        self.born + Duration::from_millis(self.last_move_ms.load(Ordering::Relaxed))
    }

    /// The hash of the chunk, once all of it was read.
    pub(crate) fn hash(&self) -> Option<ChunkHash> {
        self.hash.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the source ended the body early, if it did.
    pub(crate) fn source_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn moved(&self, bytes: usize) {
        self.handed_over.fetch_add(bytes as u64, Ordering::Relaxed);
        self.meter.fetch_add(bytes as u64, Ordering::Relaxed);
        self.last_move_ms.store(self.born.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    fn fail(&self, failure: Failure) -> io::Error {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        io::Error::other("the source changed or cannot be read")
    }
}

/// The bytes of one chunk as a stream of pieces. The last piece comes only when the file is still the stamped one and,
/// for bytes that were sent before, their hash is the same; otherwise the stream ends in an error and the request is
/// cut before the server can have the chunk whole.
pub(crate) fn body(
    path: PathBuf,
    span: Span,
    stamp: Stamp,
    expected: Option<ChunkHash>,
    watch: Arc<BodyWatch>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    async_stream::stream! {
        let mut file = match open_at(&path, span.offset).await {
            Ok(file) => file,
            Err(error) => {
                yield Err(watch.fail(unreadable_now(&path, &stamp, &error)));
                return;
            }
        };
        let mut hasher = blake3::Hasher::new();
        let mut left = span.len;
        while left > 0 {
            let piece = match read_piece(&mut file, left.min(watch.piece() as u64)).await {
                Ok(piece) => piece,
                // A short file is a changed file.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    yield Err(watch.fail(Failure::new(Code::SourceChanged).detail(path.display().to_string())));
                    return;
                }
                Err(error) => {
                    yield Err(watch.fail(unreadable_now(&path, &stamp, &error)));
                    return;
                }
            };
            watch.pass(piece.len()).await;
            hasher.update(&piece);
            left -= piece.len() as u64;
            if left == 0 {
                let hash = ChunkHash(hasher.finalize().to_hex().to_string());
                if let Err(failure) = still_the_same(&path, &stamp, &hash, expected.as_ref()).await {
                    yield Err(watch.fail(failure));
                    return;
                }
                *watch.hash.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash);
                watch.complete_us.store((watch.born.elapsed().as_micros() as u64).max(1), Ordering::Relaxed);
                watch.complete.store(true, Ordering::SeqCst);
                watch.held.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            watch.moved(piece.len());
            yield Ok(piece);
        }
    }
}

async fn open_at(path: &Path, offset: u64) -> io::Result<tokio::fs::File> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || open(&path)).await;
    let mut file = tokio::fs::File::from_std(opened.map_err(io::Error::other)??);
    file.set_max_buf_size(PIECE);
    file.seek(SeekFrom::Start(offset)).await?;
    Ok(file)
}

async fn read_piece(file: &mut tokio::fs::File, left: u64) -> io::Result<Bytes> {
    let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
    let mut piece = BytesMut::zeroed(wanted);
    file.read_exact(&mut piece).await?;
    Ok(piece.freeze())
}

async fn still_the_same(
    path: &Path,
    stamp: &Stamp,
    hash: &ChunkHash,
    expected: Option<&ChunkHash>,
) -> Result<(), Failure> {
    if expected.is_some_and(|expected| expected != hash) {
        return Err(Failure::new(Code::SourceChanged).detail(path.display().to_string()));
    }
    compare_off_thread(path, stamp).await.map(|_| ())
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
    use futures_util::StreamExt;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("talk.mp4");
        fs::write(&path, bytes).unwrap();
        (dir, path)
    }

    async fn read_all(path: &Path, span: Span, stamp: Stamp, expected: Option<ChunkHash>) -> (Vec<u8>, Arc<BodyWatch>) {
        let watch = BodyWatch::new(Arc::default());
        let mut pieces = std::pin::pin!(body(path.to_owned(), span, stamp, expected, Arc::clone(&watch)));
        let mut all = Vec::new();
        while let Some(Ok(piece)) = pieces.next().await {
            all.extend_from_slice(&piece);
        }
        (all, watch)
    }

    #[tokio::test]
    async fn a_chunk_is_its_bytes_and_their_hash() {
        let bytes: Vec<u8> = (0..400_000u32).map(|n| (n % 251) as u8).collect();
        let (_dir, path) = file(&bytes);
        let span = Span { offset: 1000, len: 300_000 };
        let (read, watch) = read_all(&path, span, stamp(&path).unwrap(), None).await;
        assert!(read == bytes[1000..301_000]);
        assert!(watch.is_complete());
        assert_eq!(watch.hash().unwrap().0, blake3::hash(&bytes[1000..301_000]).to_hex().to_string());
        assert_eq!(watch.hash(), Some(hash_span(&path, &stamp(&path).unwrap(), span).unwrap()));
    }

    #[tokio::test]
    async fn a_file_that_changed_never_gives_its_last_piece() {
        let (_dir, path) = file(&vec![7; 300_000]);
        let before = stamp(&path).unwrap();
        fs::write(&path, vec![8; 300_001]).unwrap();
        let (read, watch) = read_all(&path, Span { offset: 0, len: 300_000 }, before, None).await;
        assert!(read.len() < 300_000 && !watch.is_complete());
        assert_eq!(watch.source_failure().unwrap().code, Code::SourceChanged);
    }

    #[tokio::test]
    async fn bytes_that_differ_from_those_sent_before_are_held_back_even_when_the_file_looks_the_same() {
        let (_dir, path) = file(&vec![7; 300_000]);
        let other = ChunkHash(blake3::hash(b"something else").to_hex().to_string());
        let (read, watch) = read_all(&path, Span { offset: 0, len: 300_000 }, stamp(&path).unwrap(), Some(other)).await;
        assert!(read.len() < 300_000 && !watch.is_complete());
        assert_eq!(watch.source_failure().unwrap().code, Code::SourceChanged);
    }

    #[tokio::test]
    async fn a_truncated_file_is_a_changed_file() {
        let (_dir, path) = file(&vec![7; 300_000]);
        let before = stamp(&path).unwrap();
        fs::write(&path, [7; 100]).unwrap();
        let (_, watch) = read_all(&path, Span { offset: 0, len: 300_000 }, before, None).await;
        assert_eq!(watch.source_failure().unwrap().code, Code::SourceChanged);
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
