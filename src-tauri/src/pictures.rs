//! Small pictures of files on this side: the image itself, or a film's first frame as the system draws it.
//!
//! Nothing here decodes film. Images are read by a library within limits; films are left to the thumbnailers that the
//! system has (`pictures/system.rs`), and where it has none there is no picture, and the pages show an icon. What was
//! drawn is kept on disk ([`Shelf`]) under the file's path, size and time. Two pictures are made at once, never the same
//! twice, and what could not be drawn is not tried again in this run. The pages get a PNG that was written here, whatever
//! the file was (`pictures/scheme.rs`).

use shelf::Shelf;
use slipway_engine::open_regular;
use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use system::System;
use tokio::sync::{OnceCell, Semaphore};

pub(crate) mod scheme;
mod shelf;
mod small;
mod system;

/// Longest side of a picture, in pixels: a row's, on a screen of three dots to the pixel.
const SIDE: u32 = 256;

/// The same of a picture that stands beside another, to be compared.
const LARGE_SIDE: u32 = 720;

/// Pictures made at once. Drawing a frame keeps a core busy.
const AT_ONCE: usize = 2;

/// Files looked at and pictures read at once: a drive that does not answer keeps this many threads and no more.
const LOOKS: usize = 4;

/// Kept on disk, in bytes: some thousand pictures.
const KEPT: u64 = 128 << 20;

/// Small pictures. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Pictures(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    shelf: Shelf,
    system: System,
    looks: Semaphore,
    turns: Semaphore,
    making: Mutex<HashMap<Key, Arc<OnceCell<Option<Picture>>>>>,
    hopeless: Mutex<HashSet<Key>>,
}

/// A PNG.
type Picture = Arc<[u8]>;

/// A picture and what it is known by: as long as the tag is the same, so is the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) png: Picture,
    pub(crate) tag: String,
}

impl Pictures {
    /// Pictures kept in a folder, which is made when it is needed.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self::with(folder, System::here())
    }

    fn with(folder: PathBuf, system: System) -> Self {
        Self(Arc::new(Inner {
            shelf: Shelf::new(folder, KEPT),
            system,
            looks: Semaphore::new(LOOKS),
            turns: Semaphore::new(AT_ONCE),
            making: Mutex::default(),
            hopeless: Mutex::default(),
        }))
    }

    /// Whether it is worth asking for a picture of a file of this name. Touches no disk.
    pub(crate) fn may_have(&self, path: &Path) -> bool {
        small::knows(path) || self.0.system.may_draw(path)
    }

    /// The picture of a file, made if need be. `None` where there is none to be had.
    pub(crate) async fn of(&self, path: &Path) -> Option<Seen> {
        let stamp = self.look({
            let path = path.to_owned();
            move |_| Stamp::of(&path).ok()
        });
        let stamp = stamp.await?;
        let key = stamp.key;
        let cell = Arc::clone(self.making().entry(key).or_default());
        // Whoever goes away while it is made leaves that to the next who asks.
        let png = cell.get_or_init(|| self.find(path, &stamp)).await.clone();
        if png.is_none() {
            self.hopeless().insert(key);
        }
        self.making().remove(&key);
        Some(Seen { png: png?, tag: key.to_string() })
    }

    /// An image that a workspace has sent, whatever it is called. The engine keeps it on disk; it is drawn each time.
    pub(crate) async fn of_image(&self, file: PathBuf) -> Option<Seen> {
        let _turn = self.0.turns.acquire().await.ok()?;
        let drawn = tokio::task::spawn_blocking(move || small::of(&file, LARGE_SIDE)).await.ok()?;
        let png = drawn.inspect_err(|error| tracing::debug!(%error, "an image cannot be drawn")).ok()?;
        Some(Seen { tag: blake3::hash(&png).to_string(), png: png.into() })
    }

    async fn find(&self, path: &Path, stamp: &Stamp) -> Option<Picture> {
        let key = stamp.key;
        if self.hopeless().contains(&key) {
            return None;
        }
        if let Some(kept) = self.look(move |inner| inner.shelf.take(&key)).await {
            return Some(kept.into());
        }
        let _turn = self.0.turns.acquire().await.ok()?;
        let png = self.draw(path, stamp).await?;
        let kept = Arc::clone(&png);
        self.look(move |inner| {
            // It can be drawn again.
            let put = inner.shelf.put(&key, &kept);
            put.inspect_err(|error| tracing::debug!(%error, "a picture is not kept")).ok()
        })
        .await;
        Some(png)
    }

    async fn draw(&self, path: &Path, stamp: &Stamp) -> Option<Picture> {
        let (own, modified) = (path.to_owned(), stamp.modified);
        let drawn = tokio::task::spawn_blocking({
            let inner = Arc::clone(&self.0);
            move || {
                let image = small::knows(&own).then(|| small::of(&own, SIDE)).transpose();
                let image =
                    image.inspect_err(|error| tracing::debug!(%error, "an image cannot be drawn")).ok().flatten();
                image.or_else(|| inner.system.drawn_before(&own, modified))
            }
        });
        if let Some(png) = drawn.await.ok().flatten() {
            return Some(png.into());
        }
        let drawn = self.0.system.draw(path).await;
        drawn.inspect_err(|error| tracing::debug!(%error, "no picture of a file")).ok().map(Into::into)
    }

    /// A short work on the disk, off the runtime.
    async fn look<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> Option<T> + Send + 'static) -> Option<T> {
        let _turn = self.0.looks.acquire().await.ok()?;
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&inner)).await.ok().flatten()
    }

    fn making(&self) -> MutexGuard<'_, HashMap<Key, Arc<OnceCell<Option<Picture>>>>> {
        self.0.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hopeless(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.0.hopeless.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a picture is kept under.
type Key = blake3::Hash;

/// A file as it is now.
#[derive(Debug)]
struct Stamp {
    key: Key,
    modified: std::time::SystemTime,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let meta: Metadata = open_regular(path)?.metadata()?;
        let modified = meta.modified()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_else(|it| it.duration());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&meta.len().to_le_bytes()).update(&since.as_nanos().to_le_bytes());
        hasher.update(path.as_os_str().as_encoded_bytes());
        Ok(Self { key: hasher.finalize(), modified })
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
