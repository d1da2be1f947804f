//! What is said about videos, changed in place; and what a workspace did not take of it.

use crate::shell::Shell;
use crate::told::Told;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::Failure;
use slipway_engine::{LibraryVideo, RefusedField, VideoEdit};
use ts_rs::TS;

/// Changes what is said about videos.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditVideos {
    workspace: String,
    #[ts(type = "Array<number>")]
    videos: Vec<u64>,
    edit: VideoEdit,
}

/// What came of it for one.
#[derive(Debug, Serialize, TS)]
pub(crate) struct EditedVideo {
    #[ts(type = "number")]
    id: u64,
    /// As it is now, where that could be read back.
    video: Option<LibraryVideo>,
    /// What is not as it was asked.
    refused: Vec<RefusedField>,
    /// Why nothing is known of it.
    trouble: Option<Told>,
}

impl Shell {
    pub(crate) async fn library_edit(&self, edit: EditVideos) -> Result<Vec<EditedVideo>, Failure> {
        let EditVideos { workspace, videos, edit } = edit;
        let origin = self.workspace_called(&workspace).await?;
        let edited = self.place.engine().await?.edit_videos(origin, videos.clone(), edit).await?;
        let told = |(id, edited)| match edited {
            Ok(slipway_engine::Edited { video, refused }) => {
                EditedVideo { id, video: Some(video), refused, trouble: None }
            }
            Err(failure) => {
                EditedVideo { id, video: None, refused: Vec::new(), trouble: Some(self.voice.tell(&failure)) }
            }
        };
        Ok(videos.into_iter().zip(edited).map(told).collect())
    }
}
