//! The library as front ends ask for it (`library.rs`). Nothing here goes through the queue.

use super::Engine;
use crate::failure::Failure;
use crate::library::{LibraryVideo, VideoPage, VideoQuery};
use crate::workspace::Origin;

impl Engine {
    /// A page of a workspace's videos, drafts included, the last that was uploaded first. Where the workspace cannot be
    /// asked, of those that were last known, and the page says why; an error only where nothing is known, or where what
    /// was asked for cannot be.
    pub async fn videos(&self, workspace: Origin, query: VideoQuery) -> Result<VideoPage, Failure> {
        self.library.videos(&workspace, query).await
    }

    /// A video as the workspace shows it now.
    pub async fn video(&self, workspace: Origin, id: u64) -> Result<LibraryVideo, Failure> {
        self.library.video(&workspace, id).await
    }
}
