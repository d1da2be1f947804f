//! Ways out of the window: a video or a page in the system's browser, a file in its folder, links on the clipboard. The
//! addresses are the engine's; the pages name only what they mean.

use crate::desktop::off_thread;
use crate::queue::{Items, OneItem};
use crate::shell::Shell;
use serde::Deserialize;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::ItemId;
use slipway_engine::{ItemView, is_address};
use std::path::PathBuf;
use std::sync::Arc;
use ts_rs::TS;

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenVideo {
    id: ItemId,
    /// As the public sees it; else as an editor does.
    public: bool,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenPage {
    #[ts(inline)]
    page: Page,
    workspace: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
enum Page {
    /// The pretend workspace's own.
    Sandbox,
    /// Where an editor of a workspace begins; the token is found in its settings.
    TokenHelp,
    /// Where a workspace lists its videos, to look whether one of them is there.
    Videos,
    /// A newer version's.
    Newer,
}

impl Shell {
    pub(crate) async fn open_video(&self, OpenVideo { id, public }: OpenVideo) -> Result<(), Failure> {
        let item = self.place.engine().await?.item(id).await?;
        let known =
            if public { item.public_url.clone() } else { item.admin_url.clone().or_else(|| asked_about(&item)) };
        let address = match (known, item.replaces) {
            (Some(address), _) => address,
            (None, Some(replaces)) if !public => {
                self.workspace_called(&item.workspace).await?.manage_page(replaces.video)
            }
            (None, _) => return Err(Failure::new(Code::NotPossibleNow)),
        };
        self.open_address(address).await
    }

    pub(crate) async fn open_page(&self, OpenPage { page, workspace }: OpenPage) -> Result<(), Failure> {
        let origin = match &workspace {
            Some(workspace) => Some(self.workspace_called(workspace).await?),
            None => None,
        };
        let address = match (page, origin) {
            (Page::Newer, _) => self.newer_page().ok_or_else(|| Failure::new(Code::NotPossibleNow))?,
            (Page::Sandbox, Some(origin)) => origin.url("/"),
            (Page::Sandbox, None) => self.sandbox_page().await.ok_or_else(|| Failure::new(Code::SandboxNotStarted))?,
            (Page::TokenHelp | Page::Videos, Some(origin)) => origin.url("/manage"),
            (Page::TokenHelp | Page::Videos, None) => return Err(Failure::new(Code::WorkspaceInvalid)),
        };
        self.open_address(address).await
    }

    /// How many links were copied: of published videos the public's, of the others the editor's.
    pub(crate) async fn copy_links(&self, Items { ids }: Items) -> Result<usize, Failure> {
        let items = self.items(&ids).await?;
        let links: Vec<String> = items.into_iter().filter_map(link).collect();
        if links.is_empty() {
            return Ok(0);
        }
        let (desktop, text) = (Arc::clone(&self.desktop), links.join("\n"));
        off_thread(move || desktop.copy_text(text)).await?;
        Ok(links.len())
    }

    pub(crate) async fn reveal(&self, OneItem { id }: OneItem) -> Result<(), Failure> {
        let file = self.place.engine().await?.item(id).await?.file;
        self.show_file(file).await
    }

    /// Shows a file or a folder where it lies.
    pub(crate) async fn show_file(&self, file: PathBuf) -> Result<(), Failure> {
        let desktop = Arc::clone(&self.desktop);
        off_thread(move || {
            if !file.exists() {
                return Err(Failure::new(Code::SourceMissing).detail(file.display().to_string()));
            }
            desktop.show_file(&file)
        })
        .await
    }

    /// Opens an address in the system's browser. One that a server named may be anything.
    pub(crate) async fn open_address(&self, address: String) -> Result<(), Failure> {
        if !is_address(&address) {
            return Err(Failure::new(Code::DesktopFailed).detail(address).because("why.no_address", []));
        }
        let desktop = Arc::clone(&self.desktop);
        off_thread(move || desktop.open(&address)).await
    }
}

/// The video that a question names, so that somebody looks at it.
fn asked_about(item: &ItemView) -> Option<String> {
    let detail = item.failure.as_ref()?.detail.as_deref()?;
    is_at(detail, &item.workspace).then(|| detail.to_owned())
}

/// Whether this is an address at a workspace (`host[:port]`) and nowhere else.
fn is_at(text: &str, workspace: &str) -> bool {
    let place = text.split_once("://").and_then(|(_, place)| place.strip_prefix(workspace));
    is_address(text) && place.is_some_and(|path| path.starts_with('/'))
}

fn link(item: ItemView) -> Option<String> {
    item.public_url.filter(|_| item.published).or(item.admin_url)
}

#[cfg(test)]
mod tests {
    use super::is_at;

    #[test]
    fn only_an_address_at_the_items_own_workspace_is_opened_for_a_question() {
        let workspace = "video.example.com";
        assert!(is_at("https://video.example.com/manage/video/7", workspace));
        assert!(is_at("http://127.0.0.1:2323/manage/video/7", "127.0.0.1:2323"));
        for other in [
            "https://video.example.com.evil.example/manage/video/7",
            "https://video.example.com@evil.example/manage/video/7",
            "https://evil.example/video.example.com/7",
            "file://video.example.com/etc/passwd",
            "HTTP 500",
            "",
        ] {
            assert!(!is_at(other, workspace), "{other}");
        }
    }
}
