//! What a page means when it asks for a picture: an item of the queue, a file that is offered, a video of a workspace or a
//! moment in it. It has numbers and names for all of them, and none of these is a path.

use crate::pictures::{Seen, scheme};
use crate::shell::Shell;
use http::{Request, Response};
use percent_encoding::percent_decode_str;
use slipway_engine::item::ItemId;

/// Something of which there may be a picture.
#[derive(Debug, PartialEq, Eq)]
enum Pictured {
    /// `ITEM`: its file.
    Item(ItemId),
    /// `offer/OFFER/FILE`
    Offered { offer: u32, file: u32 },
    /// `video/WORKSPACE/ID/VERSION`
    Video { workspace: String, id: u64, version: String },
    /// `frame/WORKSPACE/ID/MILLISECONDS`
    Frame { workspace: String, id: u64, at_ms: u64 },
}

impl Pictured {
    /// By the part of the address after the host. A part may hold anything but a slash, encoded as in any address.
    fn named(path: &str) -> Option<Self> {
        let parts: Vec<_> = path.split('/').map(|part| percent_decode_str(part).decode_utf8()).collect();
        let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().ok()).collect::<Option<_>>()?;
        Some(match parts[..] {
            [item] => Self::Item(item.parse().ok()?),
            ["offer", offer, file] => Self::Offered { offer: offer.parse().ok()?, file: file.parse().ok()? },
            ["video", workspace, id, version] => {
                Self::Video { workspace: workspace.to_owned(), id: id.parse().ok()?, version: version.to_owned() }
            }
            ["frame", workspace, id, at_ms] => {
                Self::Frame { workspace: workspace.to_owned(), id: id.parse().ok()?, at_ms: at_ms.parse().ok()? }
            }
            _ => return None,
        })
    }
}

/// Answers `picture://`.
pub(crate) async fn answer(shell: &Shell, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
    scheme::answer(request, async |path: &str| shell.picture_of(Pictured::named(path)?).await).await
}

impl Shell {
    async fn picture_of(&self, what: Pictured) -> Option<Seen> {
        let engine = self.place.engine().await.ok()?;
        match what {
            Pictured::Item(id) => self.pictures.of(&engine.item(id).await.ok()?.file).await,
            Pictured::Offered { offer, file } => self.pictures.of(&self.offered_file(offer, file).ok()?.file).await,
            Pictured::Video { workspace, id, version } => {
                let origin = self.workspace_called(&workspace).await.ok()?;
                self.pictures.of_image(engine.video_picture(origin, id, version).await.ok()?.file).await
            }
            Pictured::Frame { workspace, id, at_ms } => {
                let origin = self.workspace_called(&workspace).await.ok()?;
                self.pictures.of_image(engine.frame(origin, id, at_ms).await.ok()?.file).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_can_name_items_offers_videos_and_moments() {
        let id: ItemId = "01234567-89ab-7cde-8f01-23456789abcd".parse().unwrap();
        let workspace = "127.0.0.1:2323".to_owned();
        for (path, pictured) in [
            ("01234567-89ab-7cde-8f01-23456789abcd", Pictured::Item(id)),
            ("offer/3/0", Pictured::Offered { offer: 3, file: 0 }),
            (
                "video/127.0.0.1%3A2323/7/a%2Fb",
                Pictured::Video { workspace: workspace.clone(), id: 7, version: "a/b".to_owned() },
            ),
            ("frame/127.0.0.1:2323/7/12500", Pictured::Frame { workspace, id: 7, at_ms: 12_500 }),
        ] {
            assert_eq!(Pictured::named(path), Some(pictured), "{path}");
        }
    }

    #[test]
    fn nothing_else_can_be_named() {
        for path in [
            "",
            "etc/passwd",
            "../../etc/passwd",
            "offer/3",
            "offer/3/-1",
            "offer/x/0",
            "video/a/7",
            "video/a/%2e%2e/1",
            "frame/a/7/1.5",
            "%ff%fe",
            "file:///etc/passwd",
        ] {
            assert_eq!(Pictured::named(path), None, "{path}");
        }
    }
}
