//! A video's picture and single frames of it, asked of the workspace a few at a time and kept on disk (`library/shelf.rs`).
//!
//! Frames go one after the other with a pause between them, over everybody who asks: the workspace limits them, and whoever
//! drags along a film asks for many.

use super::Library;
use super::branch::{Branch, SeenVideo, refused};
use super::shelf::{Kept, Key};
use crate::api::{CallError, ServedPicture};
use crate::failure::{Code, Failure};
use crate::timing::Timing;
use crate::workspace::Origin;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

/// Pictures of one workspace that are fetched at once: a page's are there soon, and uploads keep the line.
const AT_ONCE: usize = 3;

/// Frames that are waited for at once; whoever comes then is told that it is too much.
const FRAMES_WAITING: usize = 12;

/// A picture of the library, as a file in the data folder. It may be gone at any later time, and is to be asked for again
/// then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryPicture {
    /// The file.
    #[serde(with = "crate::paths::exact")]
    pub file: PathBuf,
    /// Such as `image/jpeg`, by its bytes.
    pub media_type: String,
}

impl From<Kept> for LibraryPicture {
    fn from(kept: Kept) -> Self {
        Self { file: kept.path, media_type: kept.media_type.to_owned() }
    }
}

/// How many pictures and frames a workspace is asked for at once.
#[derive(Debug)]
pub(super) struct Gates {
    pictures: Semaphore,
    frames: Mutex<Frames>,
    frames_waiting: AtomicUsize,
}

/// When the next frame may be asked for.
#[derive(Debug)]
struct Frames {
    not_before: Instant,
    /// Refusals in a row.
    refused: u32,
}

impl Gates {
    pub(super) fn new() -> Self {
        let frames = Mutex::new(Frames { not_before: Instant::now(), refused: 0 });
        Self { pictures: Semaphore::new(AT_ONCE), frames, frames_waiting: AtomicUsize::new(0) }
    }
}

impl Frames {
    /// Takes note of what came of a frame.
    fn after<T>(&mut self, timing: &Timing, result: &Result<T, CallError>) {
        let wait = if let Err(CallError::Busy { retry_after, .. }) = result {
            self.refused += 1;
            let backoff = timing.frame_gap * 2_u32.saturating_pow(self.refused.min(8));
            retry_after.unwrap_or(backoff).max(backoff).min(timing.retry_after_cap)
        } else {
            self.refused = 0;
            timing.frame_gap
        };
        self.not_before = Instant::now() + wait;
    }
}

/// Counts one who waits for as long as that is so.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize) -> Option<Self> {
        let one = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < FRAMES_WAITING).then_some(one)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Library {
    /// A video's picture. Where this version is not at hand and not the present one any more, the present one.
    pub(crate) async fn picture(&self, workspace: &Origin, id: u64, version: &str) -> Result<LibraryPicture, Failure> {
        let key = Key::picture(workspace, id, version);
        if let Some(kept) = self.on_shelf(&key).await {
            return Ok(kept.into());
        }
        let branch = self.branch(workspace);
        let _turn = branch.gates.pictures.acquire().await.map_err(|_| Failure::new(Code::NotPossibleNow))?;
        // Somebody else may have asked for it just before.
        if let Some(kept) = self.on_shelf(&key).await {
            return Ok(kept.into());
        }
        let seen = match branch.seen(id).filter(|seen| seen.picture.as_ref().is_some_and(|it| it.version == version)) {
            Some(seen) => seen,
            None => self.see(workspace, &branch, id).await?,
        };
        let Some(picture) = seen.picture else {
            return Err(Failure::new(Code::LibraryRefused).detail(format!("{id}: no picture")));
        };
        let address = &picture.address;
        let served = branch.ask(|api, pass| async move { api.picture(address, &pass).await }).await?;
        self.put(&Key::picture(workspace, id, &picture.version), served).await
    }

    /// The frame of a video at a time, in milliseconds.
    pub(crate) async fn frame(&self, workspace: &Origin, id: u64, at_ms: u64) -> Result<LibraryPicture, Failure> {
        let branch = self.branch(workspace);
        let seen = match branch.seen(id) {
            Some(seen) => seen,
            None => self.see(workspace, &branch, id).await?,
        };
        let key = Key::frame(workspace, id, &seen.cut, at_ms);
        if let Some(kept) = self.on_shelf(&key).await {
            return Ok(kept.into());
        }
        let busy = || Failure::new(Code::WorkspaceBusy);
        let gates = &branch.gates;
        let _waiting = Waiting::among(&gates.frames_waiting).ok_or_else(busy)?;
        let mut frames = gates.frames.lock().await;
        if let Some(kept) = self.on_shelf(&key).await {
            return Ok(kept.into());
        }
        let wait = frames.not_before.saturating_duration_since(Instant::now());
        if wait > self.timing.frame_patience {
            return Err(busy());
        }
        tokio::time::sleep(wait).await;
        let token = seen.token.as_ref();
        let at_s = Duration::from_millis(at_ms).as_secs_f64();
        let served = branch.call(|api, pass| async move { api.frame(id, token, at_s, &pass).await }).await;
        if let Ok(result) = &served {
            frames.after(&self.timing, result);
        }
        let served = served?.map_err(|error| match error {
            CallError::Busy { .. } => busy().caused_by(&error),
            error => refused(error),
        })?;
        self.put(&key, served).await
    }

    /// Asks where a video's picture is.
    async fn see(&self, workspace: &Origin, branch: &Branch, id: u64) -> Result<SeenVideo, Failure> {
        self.video(workspace, id).await?;
        branch.seen(id).ok_or_else(|| Failure::new(Code::VideoUnknown).detail(id.to_string()))
    }

    async fn on_shelf(&self, key: &Key) -> Option<Kept> {
        let (shelf, key) = (Arc::clone(&self.shelf), key.clone());
        tokio::task::spawn_blocking(move || shelf.take(&key)).await.ok().flatten()
    }

    async fn put(&self, key: &Key, picture: ServedPicture) -> Result<LibraryPicture, Failure> {
        let (shelf, key) = (Arc::clone(&self.shelf), key.clone());
        let put = tokio::task::spawn_blocking(move || shelf.put(&key, &picture)).await;
        let unwritable = |error: &dyn std::error::Error| Failure::new(Code::DataFolderUnwritable).caused_by(error);
        let kept = put.map_err(|error| unwritable(&error))?.map_err(|error| unwritable(&error))?;
        Ok(kept.into())
    }
}
