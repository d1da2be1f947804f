//! What is asked of a drive, off the thread of whoever asks: it may take its time to answer.

use super::scan;
use crate::failure::Failure;
use crate::folder::Look;
use crate::source;
use std::path::Path;

pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    source::off_thread(move || Ok(work())).await
}

/// How a folder itself looks, where it is there.
pub(super) async fn root(folder: &Path) -> Option<Look> {
    let folder = folder.to_owned();
    aside(move || scan::root(&folder).ok()).await.ok().flatten()
}

pub(super) async fn is_empty(folder: &Path) -> bool {
    let folder = folder.to_owned();
    let empty = move || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    aside(empty).await.unwrap_or(false)
}
