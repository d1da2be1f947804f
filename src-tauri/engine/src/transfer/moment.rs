//! A moment of a video as its thumbnail. There is no file, so there is neither token nor session: the video is looked at, and
//! then one call says which moment. It says the same however often it is said, so a lost answer is asked for again like
//! that of any follow-up, and nobody has to be asked.

use super::{Stop, Transfer};
use crate::failure::{Code, Failure};
use crate::item::{Event, Moment, Replacement};

impl Transfer {
    /// The video is there and processed: what is left is to be made true about it.
    pub(super) async fn find_target(&mut self, replacement: Replacement, moment: Moment) -> Result<(), Stop> {
        self.check_that_it_can_be_recorded().await?;
        let before = self.until_processed(replacement).await?;
        let stored = self.item.stored_for_moment(replacement.video, moment, before);
        self.record(Event::TargetFound(stored)).await
    }

    pub(super) async fn set_moment(&self, video: u64, moment: Moment) -> Result<(), Stop> {
        let at_s = moment.seconds();
        let said =
            self.exchange("moment", |api, pass| async move { api.set_thumbnail_at(video, at_s, &pass).await }).await;
        said.map_err(|stop| match stop {
            // Nothing was uploaded that could have been refused.
            Stop::Failed(failure) if failure.code == Code::RequestRefused => {
                Stop::Failed(Failure { code: Code::LibraryRefused, ..failure })
            }
            stop => stop,
        })
    }
}
