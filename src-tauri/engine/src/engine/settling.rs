//! What a person says about an unclear commit. "It is this one" is checked before it is recorded, since it is for good: a
//! mistyped number names somebody else's video, which the item's follow-ups would then describe and publish.

use super::owner::Change;
use super::{Engine, unknown};
use crate::api::CallError;
use crate::failure::{Code, Failure, Remedy};
use crate::item::{Item, ItemId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How much older than the upload its video may look, in seconds: our clock may have been set since.
const CLOCK_SLACK_S: i64 = 3600;

/// What a person says about an unclear commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settle {
    /// It arrived, as this video.
    Arrived(u64),
    /// It did not: send everything again.
    SendAgain,
    /// Look for it once more.
    KeepLooking,
}

/// Whether an item asks what became of it.
pub(super) fn asks(item: &Item) -> bool {
    item.summary.failure.as_ref().is_some_and(|it| it.remedy() == Remedy::Settle || item.summary.unsettled)
}

impl Engine {
    /// Settles an unclear commit by a person's word. A video that is named is looked at first, which needs the network;
    /// when it cannot be the one, the question stays open.
    pub async fn settle(&self, id: ItemId, settle: Settle) -> Result<(), Failure> {
        if let Settle::Arrived(video) = settle {
            let item = self.store.item(id).await?.ok_or_else(|| unknown(id))?;
            if asks(&item) {
                self.check_the_persons_word(&item, video).await?;
            }
        }
        self.change(id, Change::Settle(settle, self.seen_now(id).await?.ok())).await
    }

    async fn check_the_persons_word(&self, item: &Item, video: u64) -> Result<(), Failure> {
        let refuse = |code| Failure::new(code).detail(video.to_string());
        if item.replaces.is_some_and(|it| it.video != video) {
            return Err(refuse(Code::VideoUnknown));
        }
        let (api, pass) = self.enter(&item.workspace).await?;
        let listed = api.videos_with_id(video, &pass).await.map_err(CallError::into_failure)?;
        let Some(listed) = listed else { return Err(refuse(Code::LookupImpossible)) };
        let Some(listed) = listed.first() else { return Err(refuse(Code::VideoUnknown)) };
        // By the server's clock, which this call has just told.
        let waited = Timestamp::now().duration_since(item.added_at).as_secs();
        let oldest = api.server_now() - waited - CLOCK_SLACK_S;
        if item.replaces.is_none() && listed.created.is_some_and(|at| at < oldest) {
            return Err(refuse(Code::DetailsInvalid).because("why.older_video", []));
        }
        Ok(())
    }
}
