//! The library: the videos of a workspace, looked through and changed in place. The engine asks and remembers; here it gets
//! the form that the pages read. What a file does to a video is in `library/replacing.rs`, many pictures for many videos in
//! `library/pairing.rs`, what is said about videos in `library/editing.rs`.

pub(crate) mod editing;
pub(crate) mod pairing;
pub(crate) mod replacing;

use crate::desktop::off_thread;
use crate::shell::Shell;
use crate::told::Told;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::{LibraryVideo, Show, VideoQuery};
use std::sync::Arc;
use ts_rs::TS;

/// A question to the library of a workspace.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskLibrary {
    workspace: String,
    /// In title, description and tags; everything where it is empty.
    search: String,
    show: Show,
    /// Of this category alone, by its name or id.
    category: Option<String>,
    /// From 1.
    page: u32,
}

/// A page of videos, the last that was uploaded first.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LibraryPage {
    videos: Vec<LibraryVideo>,
    /// Those of all pages. Where there is trouble, of those that are known.
    #[ts(type = "number")]
    total: u64,
    page: u32,
    size: u32,
    /// When the workspace said so, in epoch seconds.
    #[ts(type = "number")]
    as_of: i64,
    /// Why the workspace could not be asked: this is what was last known.
    trouble: Option<Told>,
}

/// One video of a workspace.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneVideo {
    workspace: String,
    #[ts(type = "number")]
    video: u64,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenLibraryVideo {
    workspace: String,
    #[ts(type = "number")]
    video: u64,
    #[ts(inline)]
    place: Place,
}

/// Who sees a video where.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Editors.
    Admin,
    /// Everybody, once it is published.
    Public,
}

/// Videos of a workspace.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Videos {
    workspace: String,
    #[ts(type = "Array<number>")]
    videos: Vec<u64>,
}

/// Videos in one answer: what a window shows of a list before it is scrolled, and some more.
const PAGE: u32 = 60;

/// Videos that a workspace is asked for at once.
const AT_ONCE: usize = 4;

impl Shell {
    pub(crate) async fn library_page(&self, ask: AskLibrary) -> Result<LibraryPage, Failure> {
        let AskLibrary { workspace, search, show, category, page } = ask;
        let origin = self.workspace_called(&workspace).await?;
        let query = VideoQuery { search, show, category, page, size: PAGE };
        let page = self.place.engine().await?.videos(origin, query).await?;
        Ok(LibraryPage {
            videos: page.videos,
            total: page.total,
            page: page.page,
            size: page.size,
            as_of: page.as_of,
            trouble: page.trouble.map(|failure| self.voice.tell(&failure)),
        })
    }

    pub(crate) async fn library_video(&self, OneVideo { workspace, video }: OneVideo) -> Result<LibraryVideo, Failure> {
        let origin = self.workspace_called(&workspace).await?;
        self.place.engine().await?.video(origin, video).await
    }

    pub(crate) async fn library_open(&self, open: OpenLibraryVideo) -> Result<(), Failure> {
        let OpenLibraryVideo { workspace, video, place } = open;
        let origin = self.workspace_called(&workspace).await?;
        let address = match place {
            Place::Admin => origin.manage_page(video),
            Place::Public => {
                let video = self.place.engine().await?.video(origin, video).await?;
                video.public_url.ok_or_else(|| Failure::new(Code::NotPossibleNow))?
            }
        };
        self.open_address(address).await
    }

    /// How many links were copied: of published videos the public's, of the others the editor's.
    pub(crate) async fn library_copy_link(&self, Videos { workspace, videos }: Videos) -> Result<usize, Failure> {
        let origin = self.workspace_called(&workspace).await?;
        let engine = self.place.engine().await?;
        let link = |video: LibraryVideo| video.public_url.filter(|_| video.published).unwrap_or(video.admin_url);
        let asked = videos.into_iter().map(|id| engine.video(origin.clone(), id));
        let links: Vec<String> = stream::iter(asked).buffered(AT_ONCE).map_ok(link).try_collect().await?;
        let (desktop, text, count) = (Arc::clone(&self.desktop), links.join("\n"), links.len());
        off_thread(move || desktop.copy_text(text)).await?;
        Ok(count)
    }
}
