//! After the id: the follow-ups, each made true once and then ticked, and the wait for "playable". Nothing here can put
//! the video in danger; polling errors never fail a stored item.

use super::{Stop, Transfer};
use crate::failure::{Code, Failure};
use crate::hooks::{CrashPoint, reach};
use crate::item::{Event, FollowUpKind, FoundBy, Stage, Stored};
use std::time::Duration;
use tokio::time::Instant;

/// The server's clock and ours may differ by this much before it matters, in seconds.
const CLOCK_SLACK_S: i64 = 3600;

impl Transfer {
    /// Works off what is left of a stored item.
    pub(super) async fn follow_up(&mut self) -> Result<(), Stop> {
        loop {
            let Stage::Stored(stored) = &self.stage else { return Ok(()) };
            let next = stored.follow_ups.iter().position(|it| !it.done);
            if next.is_some()
                && stored.found_by == FoundBy::Person
                && !std::mem::replace(&mut self.person_checked, true)
            {
                self.check_the_persons_word(stored.video.id).await?;
                continue;
            }
            if let Some(index) = next {
                let what = stored.follow_ups[index].what.clone();
                let video = stored.video.id;
                self.make_true(video, &what).await?;
                self.record(Event::FollowUpDone { index }).await?;
                reach(CrashPoint::BetweenFollowUps);
            } else if stored.video.public_url.is_none() && !self.address_asked {
                self.learn_address(stored.video.id).await?;
            } else if stored.playable.is_none() {
                // One look even for those who do not wait: what can be known cheaply is said.
                let limit = if self.item.await_playable { self.yard.timing.playable_limit } else { Duration::ZERO };
                let seen = self.await_playable(limit).await?;
                self.record(Event::PlayableChecked { seen }).await?;
            } else {
                return self.record(Event::Finished).await;
            }
        }
    }

    /// A mistyped number names somebody else's video. Nothing is changed on one that is not there, or that is older than
    /// the upload.
    async fn check_the_persons_word(&self, video: u64) -> Result<(), Stop> {
        let refuse = |words: &str| Err(Stop::Failed(Failure::new(Code::FollowUpRefused).detail(words)));
        match self.exchange("the named video", |api, pass| async move { api.video(video, &pass).await }).await? {
            None => refuse("there is no such video"),
            Some(listed) if listed.created.is_some_and(|at| at + CLOCK_SLACK_S < self.item.added_at.as_second()) => {
                refuse("that video is older than the upload")
            }
            Some(_) => Ok(()),
        }
    }

    /// Each of these says the same thing however often it is said, so a lost answer is simply asked for again.
    async fn make_true(&mut self, video: u64, what: &FollowUpKind) -> Result<(), Stop> {
        let result = match what {
            FollowUpKind::Describe { .. } => {
                self.refresh_details().await?;
                let details = &self.item.details;
                self.exchange("details", |api, pass| async move { api.describe_video(video, details, &pass).await })
                    .await
            }
            FollowUpKind::Publish => {
                self.exchange("publish", |api, pass| async move { api.publish_video(video, None, &pass).await }).await
            }
            FollowUpKind::PublishWhenPlayable => {
                if !self.await_playable(self.yard.timing.playable_limit).await? {
                    // A video that cannot be played is not what was to be published.
                    return Err(Stop::Failed(Failure::new(Code::FollowUpRefused).detail("it cannot be played yet")));
                }
                self.exchange("publish", |api, pass| async move { api.publish_video(video, None, &pass).await }).await
            }
            FollowUpKind::PublishOn { date } => {
                self.exchange("publish", |api, pass| async move { api.publish_video(video, Some(date), &pass).await })
                    .await
            }
        };
        result.map_err(|stop| match stop {
            Stop::Failed(failure) => {
                let mut refused = Failure::new(Code::FollowUpRefused);
                refused.detail.clone_from(&failure.detail);
                refused.causes = failure.causes;
                Stop::Failed(refused)
            }
            stop => stop,
        })
    }

    /// The commit's answer does not say where the public will find the video; the list does. A courtesy: without it the
    /// item is as done as with it.
    async fn learn_address(&mut self, video: u64) -> Result<(), Stop> {
        self.address_asked = true;
        match self.exchange("address", |api, pass| async move { api.video(video, &pass).await }).await {
            Ok(Some(listed)) => match listed.public_url {
                Some(url) => self.record(Event::PublicAddressKnown(url)).await,
                None => Ok(()),
            },
            Ok(None) | Err(Stop::Failed(_)) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// Polls until the server says that the video can be played, or the limit has passed.
    async fn await_playable(&self, limit: Duration) -> Result<bool, Stop> {
        let Stage::Stored(Stored { video, playable, .. }) = &self.stage else { return Ok(false) };
        if *playable == Some(true) || is_image(&self.item.source) {
            return Ok(true);
        }
        let id = video.id;
        let begun = Instant::now();
        let (mut gap, longest) = self.yard.timing.playable_gap;
        loop {
            match self.exchange("progress", |api, pass| async move { api.transcoding(id, &pass).await }).await {
                Ok(Some(share)) if share >= 1.0 => return Ok(true),
                Ok(_) | Err(Stop::Failed(_)) => {}
                Err(stop) => return Err(stop),
            }
            if begun.elapsed() >= limit {
                return Ok(false);
            }
            tokio::time::sleep(gap).await;
            gap = (gap * 2).min(longest);
        }
    }
}

/// By name, and only to skip a wait: the server decides what a file is.
fn is_image(path: &std::path::Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "bmp"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}
