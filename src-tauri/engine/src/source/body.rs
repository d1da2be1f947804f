//! A chunk's bytes on their way to a connection: read and hashed (`source/reader.rs`), let through a gate, watched, and only
//! released to their last piece while the file is the one that it was. Who holds the end of a body back, and until when, is
//! in `transfer/last_piece.rs`.

use super::compare_off_thread;
use super::reader::Reader;
use super::trouble::unreadable_now;
use crate::failure::{Code, Failure};
use crate::item::{ChunkHash, Stamp};
use crate::plan::Span;
use bytes::Bytes;
use futures_util::Stream;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How much is read and handed to the connection at a time: large enough that the disk and the socket are not asked
/// too often, small enough that a full pool of chunks stays within a few MiB.
const PIECE: usize = 128 * 1024;

/// How much of a body is its end, in bytes. A server has nothing as long as one byte is missing; and so many go out at once when
/// they may: a connection that stood still begins anew with ten segments (RFC 6928).
const END: u64 = 12 * 1024;

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
    end: watch::Sender<End>,
}

/// What becomes of the end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It goes with the rest.
    Free,
    /// It waits for a word. `since` is when everything before it had gone.
    Held { since: Option<Instant> },
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
            end: watch::Sender::new(End::Free),
        }
    }

    /// How much is to be read at once, where so much is left.
    fn piece(&self, left: u64) -> usize {
        let most = self.gate.as_ref().and_then(|gate| gate.piece()).map_or(PIECE, |piece| piece.min(PIECE));
        let until = if self.is_end_held() && left > END { left - END } else { left };
        usize::try_from(until).unwrap_or(usize::MAX).min(most)
    }

    /// Everything but the end goes out; the end waits until it is released.
    pub(crate) fn hold_the_end_back(&self) {
        self.end.send_replace(End::Held { since: None });
    }

    /// The end may go.
    pub(crate) fn release_the_end(&self) {
        self.end.send_replace(End::Free);
    }

    /// Whether the end waits for a word, or will.
    pub(crate) fn is_end_held(&self) -> bool {
        *self.end.borrow() != End::Free
    }

    /// How long the body has stood still before its end.
    pub(crate) fn stood_still_for(&self) -> Duration {
        match *self.end.borrow() {
            End::Held { since: Some(since) } => since.elapsed(),
            End::Held { since: None } | End::Free => Duration::ZERO,
        }
    }

    /// Returns when the end may go. Others may use the line meanwhile.
    async fn end_may_go(&self) {
        if !self.is_end_held() {
            return;
        }
        self.at_the_gate.store(true, Ordering::Relaxed);
        self.end.send_if_modified(|end| {
            let begins = *end == End::Held { since: None };
            if begins {
                *end = End::Held { since: Some(Instant::now()) };
            }
            begins
        });
        self.let_go();
        // The sender is in this very struct.
        let _ = self.end.subscribe().wait_for(|end| *end == End::Free).await;
        self.last_move_ms.store(self.born.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.at_the_gate.store(false, Ordering::Relaxed);
    }

    async fn pass(&self, bytes: usize) {
        if let Some(gate) = self.gate.as_ref().filter(|gate| gate.piece().is_some()) {
            self.at_the_gate.store(true, Ordering::Relaxed);
            gate.pass(bytes).await;
            self.last_move_ms.store(self.born.elapsed().as_millis() as u64, Ordering::Relaxed);
            self.at_the_gate.store(false, Ordering::Relaxed);
        }
    }

    /// Keeps something until the last piece is handed over, the body stands still before its end, or the attempt ends.
    pub(crate) fn let_go_when_complete(&self, held: Box<dyn Send>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
    }

    /// Lets go of it now, if that has not happened.
    pub(crate) fn let_go(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
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
        let mut reader = match Reader::at(&path, span.offset).await {
            Ok(reader) => reader,
            Err(error) => {
                yield Err(watch.fail(unreadable_now(&path, &stamp, &error)));
                return;
            }
        };
        let mut left = span.len;
        while left > 0 {
            if left <= END {
                watch.end_may_go().await;
            }
            let piece = match reader.piece(watch.piece(left)).await {
                Ok((rest, piece)) => {
                    reader = rest;
                    piece
                }
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
            left -= piece.len() as u64;
            if left == 0 {
                let hash = reader.hash();
                if let Err(failure) = still_the_same(&path, &stamp, &hash, expected.as_ref()).await {
                    yield Err(watch.fail(failure));
                    return;
                }
                *watch.hash.lock().unwrap_or_else(PoisonError::into_inner) = Some(hash);
                watch.complete_us.store((watch.born.elapsed().as_micros() as u64).max(1), Ordering::Relaxed);
                watch.complete.store(true, Ordering::SeqCst);
                watch.let_go();
            }
            watch.moved(piece.len());
            yield Ok(piece);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::reader::BUFFERS;
    use super::super::tests::file;
    use super::super::{hash_span, stamp};
    use super::*;
    use futures_util::StreamExt;
    use std::fs;

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

    #[tokio::test(start_paused = true)]
    async fn whoever_keeps_two_pieces_gets_no_third_before_one_is_given_back() {
        let (_dir, path) = file(&vec![7; 4 * PIECE]);
        let span = Span { offset: 0, len: 4 * PIECE as u64 };
        let watch = BodyWatch::new(Arc::default());
        let mut pieces = std::pin::pin!(body(path.clone(), span, stamp(&path).unwrap(), None, watch));
        let mut kept = Vec::new();
        while let Ok(Some(piece)) = tokio::time::timeout(Duration::from_mins(1), pieces.next()).await {
            kept.push(piece.unwrap());
        }
        assert_eq!(kept.len(), BUFFERS);
        kept.pop();
        assert!(pieces.next().await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_that_is_held_back_waits_for_a_word_and_everything_before_it_does_not() {
        for size in [1, END, END + 1, PIECE as u64 - 1, PIECE as u64 + END, 3 * PIECE as u64 + 7] {
            let (_dir, path) = file(&vec![7; usize::try_from(size).unwrap()]);
            let watch = BodyWatch::new(Arc::default());
            watch.hold_the_end_back();
            watch.let_go_when_complete(Box::new(()));
            let span = Span { offset: 0, len: size };
            let mut pieces = std::pin::pin!(body(path.clone(), span, stamp(&path).unwrap(), None, Arc::clone(&watch)));
            while let Ok(Some(piece)) = tokio::time::timeout(Duration::from_mins(1), pieces.next()).await {
                piece.unwrap();
            }
            assert_eq!(watch.handed_over(), size.saturating_sub(END), "of {size}");
            assert!(!watch.is_complete() && watch.stood_still_for() >= Duration::from_mins(1), "{size}");
            assert!(watch.held.lock().unwrap().is_none(), "its place is another's meanwhile");
            assert_eq!(watch.last_move(), Instant::now(), "nobody takes it for a connection that hangs");
            watch.release_the_end();
            while let Some(piece) = pieces.next().await {
                piece.unwrap();
            }
            assert!(watch.is_complete() && watch.handed_over() == size && watch.hash().is_some(), "{size}");
        }
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
}
