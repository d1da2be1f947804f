//! The library as front ends ask for it (`library.rs`). Nothing here goes through the queue.

use super::Engine;
use crate::failure::Failure;
use crate::library::{Edited, LibraryPicture, LibraryVideo, PictureMatch, VideoEdit, VideoPage, VideoQuery};
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

    /// Changes what is said about videos and reads each back: what came of it for each, in their order. An error is that
    /// nothing was changed of any.
    pub async fn edit_videos(
        &self,
        workspace: Origin,
        ids: Vec<u64>,
        edit: VideoEdit,
    ) -> Result<Vec<Result<Edited, Failure>>, Failure> {
        self.library.edit(&workspace, ids, &edit).await
    }

    /// Finds the videos of a workspace that pictures of these names are for.
    pub async fn match_pictures(&self, workspace: Origin, names: Vec<String>) -> Result<Vec<PictureMatch>, Failure> {
        self.library.match_pictures(&workspace, &names).await
    }

    /// A video's picture as the workspace draws it, for the version that the video was told with. Where that is not the
    /// present one any more and not kept here, the present one.
    pub async fn video_picture(&self, workspace: Origin, id: u64, version: String) -> Result<LibraryPicture, Failure> {
        self.library.picture(&workspace, id, &version).await
    }

    /// The frame of a film at a time, in milliseconds. Workspaces limit how many of these they draw, so
    /// [`Code::WorkspaceBusy`](crate::failure::Code::WorkspaceBusy) is an everyday answer; some draw none.
    pub async fn frame(&self, workspace: Origin, id: u64, at_ms: u64) -> Result<LibraryPicture, Failure> {
        self.library.frame(&workspace, id, at_ms).await
    }
}
