//! Many pictures at once: each beside the video that its name is of.

use crate::rows::name_of;
use crate::shell::Shell;
use crate::told::Told;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::FileKind;
use slipway_engine::{LibraryVideo, MatchedBy};
use ts_rs::TS;

/// Finds the videos that the pictures of an offer are for.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchOffer {
    offer: u32,
    workspace: String,
}

/// A file of an offer, and the video that it is for as far as its name says.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Pair {
    file: u32,
    name: String,
    #[ts(type = "number")]
    bytes: u64,
    video: Option<LibraryVideo>,
    #[ts(inline)]
    by: Option<MatchedBy>,
    /// Others that it may be for, the likest first.
    candidates: Vec<LibraryVideo>,
    /// Why it is nothing's picture.
    refused: Option<Told>,
}

impl Shell {
    pub(crate) async fn library_match(
        &self,
        MatchOffer { offer, workspace }: MatchOffer,
    ) -> Result<Vec<Pair>, Failure> {
        let origin = self.workspace_called(&workspace).await?;
        let found = self.offers.get(offer)?;
        let names: Vec<String> = found.iter().map(|found| name_of(&found.file)).collect();
        let matches = self.place.engine().await?.match_pictures(origin, names.clone()).await?;
        let mut pairs: Vec<Pair> = (0..)
            .zip(found.iter().zip(names))
            .map(|(file, (found, name))| {
                let refused = (found.kind != Some(FileKind::Image))
                    .then(|| self.voice.tell(&Failure::new(Code::FileKindMismatch).detail(&name)));
                Pair { file, name, bytes: found.size, video: None, by: None, candidates: Vec::new(), refused }
            })
            .collect();
        for found in matches {
            let Some(pair) = pairs.get_mut(found.index).filter(|pair| pair.refused.is_none()) else { continue };
            pair.candidates = found.candidates;
            (pair.video, pair.by) = found.found.unzip();
        }
        Ok(pairs)
    }
}
