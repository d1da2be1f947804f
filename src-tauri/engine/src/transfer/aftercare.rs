//! After the id: the follow-ups, each made true once and then ticked, and the wait for "playable". Nothing here can put
//! the video in danger; polling errors never fail a stored item.

use super::version::NewFile;
use super::{Stop, Transfer};
use crate::api::SmallFile;
use crate::companions;
use crate::failure::{Code, Failure};
use crate::hooks::{CrashPoint, reach};
use crate::item::{CompanionFile, Event, FileKind, FollowUp, FollowUpKind, Locale, Stage, Stored};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

impl Transfer {
    /// Works off what is left of a stored item.
    pub(super) async fn follow_up(&mut self) -> Result<(), Stop> {
        loop {
            self.refresh_details().await?;
            let Stage::Stored(stored) = &self.stage else { return Ok(()) };
            if let Some(open) = stored.revised(&self.item) {
                let details_version = self.item.details_version;
                self.record(Event::FollowUpsPlanned { details_version, open }).await?;
                continue;
            }
            let next = stored.next_follow_up();
            if let Some(index) = next {
                self.work_off(index).await?;
            } else if stored.awaits_version() {
                self.check_version().await?;
            } else if stored.video.public_url.is_none() && !self.address_asked {
                self.learn_address(stored.video.id).await?;
            } else if stored.playable.is_none() {
                // One look even for those who do not wait: what can be known cheaply is said.
                let limit = if self.item.await_playable { self.yard.timing.playable_limit } else { Duration::ZERO };
                match self.await_playable(limit).await? {
                    Playable::SaidOtherwise => {}
                    looked => self.record(Event::PlayableChecked { seen: looked == Playable::Seen }).await?,
                }
            } else if self.record_unless_revised(Event::Finished).await? {
                return Ok(());
            }
        }
    }

    /// One follow-up: begun, made true, ticked.
    async fn work_off(&mut self, index: usize) -> Result<(), Stop> {
        let Stage::Stored(stored) = &self.stage else { return Ok(()) };
        let (video, follow_up) = (stored.video.id, stored.follow_ups[index].clone());
        if follow_up.what == FollowUpKind::PublishWhenPlayable
            && !follow_up.begun
            && self.until_playable(video).await? == Playable::SaidOtherwise
        {
            return Ok(());
        }
        reach(CrashPoint::BeforeFollowUp);
        if !follow_up.begun && !self.record_unless_revised(Event::FollowUpBegun { index }).await? {
            return Ok(());
        }
        self.make_true(video, &follow_up).await?;
        reach(CrashPoint::AfterFollowUp);
        self.record(Event::FollowUpDone { index }).await?;
        reach(CrashPoint::BetweenFollowUps);
        Ok(())
    }

    /// Details, thumbnails and publishing say the same thing however often they are said, so a lost answer is simply asked
    /// for again. Subtitles are looked for first.
    async fn make_true(&mut self, video: u64, follow_up: &FollowUp) -> Result<(), Stop> {
        let result = match &follow_up.what {
            FollowUpKind::Describe { .. } => self.describe(video).await,
            FollowUpKind::Thumbnail { file } => self.set_thumbnail(video, file).await,
            FollowUpKind::ThumbnailAt { moment } => return self.set_moment(video, *moment).await,
            FollowUpKind::Subtitles { file, locale } => self.add_subtitles(video, file, locale, follow_up.begun).await,
            FollowUpKind::Publish | FollowUpKind::PublishWhenPlayable => self.publish_now(video).await,
            FollowUpKind::PublishOn { date } => self.publish_on(video, *date).await,
        };
        result.map_err(|stop| match stop {
            Stop::Failed(failure) if failure.code == Code::RequestRefused => {
                Stop::Failed(Failure { code: Code::FollowUpRefused, ..failure })
            }
            stop => stop,
        })
    }

    async fn describe(&mut self, video: u64) -> Result<(), Stop> {
        let worded = self.wording().await?;
        let wording = worded.as_sent();
        self.exchange("details", |api, pass| async move { api.describe_video(video, wording, &pass).await }).await
    }

    async fn set_thumbnail(&self, video: u64, file: &CompanionFile) -> Result<(), Stop> {
        let image = read_off_thread(file, |path, bytes| {
            let (name, kind) = companions::image(path, &bytes)?;
            Ok(SmallFile { bytes: bytes.into(), name, kind })
        });
        let image = &image.await?;
        self.exchange("thumbnail", |api, pass| async move { api.set_thumbnail(video, image.clone(), &pass).await })
            .await
    }

    async fn add_subtitles(&self, video: u64, file: &CompanionFile, locale: &Locale, begun: bool) -> Result<(), Stop> {
        let text = read_off_thread(file, |path, bytes| {
            let (bytes, (name, kind)) = companions::subtitles(path, &bytes)?;
            Ok(SmallFile { bytes: bytes.into(), name, kind })
        });
        let text = &text.await?;
        let offered = self.exchange("locales", |api, pass| async move { api.subtitle_locales(&pass).await }).await?;
        let code = match &offered {
            None => locale.on_the_wire(),
            Some(offered) => locale.among(offered).map(str::to_owned).ok_or_else(|| {
                let failure = Failure::new(Code::CompanionInvalid).detail(file.path.display().to_string());
                let values = [("locale", locale.to_string()), ("offered", offered.join(", "))];
                Stop::Failed(failure.because("why.locale_not_offered", values))
            })?,
        };
        let code = code.as_str();
        self.note(format!("subtitles in {locale}, as {code}"));
        // A track is known by its locale, so the same again ought to be the same track. Nobody promises that, so what may
        // have arrived is looked for before it is sent again.
        let others = matches!(&self.stage, Stage::Stored(stored) if stored.had_subtitles_in(locale));
        let perhaps_there = &AtomicBool::new(begun);
        self.exchange("subtitles", |api, pass| async move {
            if perhaps_there.swap(true, Ordering::Relaxed)
                && !others
                && api.has_subtitles(video, code, &pass).await? == Some(true)
            {
                return Ok(());
            }
            api.add_subtitles(video, code, text.clone(), &pass).await
        })
        .await
    }

    async fn publish_now(&self, video: u64) -> Result<(), Stop> {
        self.exchange("publish", |api, pass| async move { api.publish_video(video, &pass).await }).await
    }

    /// A date that passed while the item waited was the first on which the video was to be seen, and that is now. Whether it has
    /// passed is for the workspace's clock to say, and today: ours may be hours ahead, and what this process knew of the other
    /// one may be from before somebody set ours.
    async fn publish_on(&self, video: u64, date: Timestamp) -> Result<(), Stop> {
        match self.exchange("clock", |api, pass| async move { api.site(Some(&pass)).await }).await {
            // A refusal has the time on it as well.
            Ok(_) | Err(Stop::Failed(_)) => {}
            Err(stop) => return Err(stop),
        }
        if date.as_second() <= self.site.api.server_now() {
            self.note(format!("{date} has passed: publishing now"));
            return self.publish_now(video).await;
        }
        self.exchange("publish", |api, pass| async move { api.publish_video_on(video, date, &pass).await }).await
    }

    /// A video that cannot be played is not what was to be published. Until it can be, somebody may still want otherwise.
    async fn until_playable(&mut self, video: u64) -> Result<Playable, Stop> {
        match self.await_playable(self.yard.timing.playable_limit).await? {
            Playable::NotSeen => {
                let failure = Failure::new(Code::FollowUpRefused).detail(video.to_string());
                Err(Stop::Failed(failure.because("why.not_playable", [])))
            }
            playable => Ok(playable),
        }
    }

    /// Records what must not happen over an edit of the same moment; returns whether it was recorded.
    async fn record_unless_revised(&mut self, event: Event) -> Result<bool, Stop> {
        let after = self.stage.clone().next(event.clone())?;
        if !self.yard.store.append_unless_revised(&self.item, &event, &after).await? {
            return Ok(false);
        }
        self.stage = after;
        self.publish();
        Ok(true)
    }

    /// The commit's answer does not say where the public will find the video; the list does. A courtesy: without it the
    /// item is as done as with it.
    async fn learn_address(&mut self, video: u64) -> Result<(), Stop> {
        self.address_asked = true;
        let patience = self.yard.timing.call;
        let listed =
            self.exchange_within(patience, "address", |api, pass| async move { api.video(video, &pass).await });
        match listed.await.map(Option::flatten) {
            Ok(Some(listed)) => match listed.public_url {
                Some(url) => self.record(Event::PublicAddressKnown(url)).await,
                None => Ok(()),
            },
            Ok(None) | Err(Stop::Failed(_)) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// How far the server is with the item's video.
    async fn look_whether_playable(&mut self, id: u64, patience: Duration) -> Result<NewFile, Stop> {
        if self.item.replaces.is_some() {
            return self.look_at_new_file(patience).await;
        }
        let look =
            self.exchange_within(patience, "progress", |api, pass| async move { api.transcoding(id, &pass).await });
        match look.await.map(Option::flatten) {
            Ok(Some(share)) if share >= 1.0 => Ok(NewFile::Playable),
            Ok(Some(share)) => Ok(NewFile::Processing((share.max(0.0) * 1000.0) as u16)),
            Ok(None) | Err(Stop::Failed(_)) => Ok(NewFile::Unknown),
            Err(stop) => Err(stop),
        }
    }

    /// A picture needs no transcoding.
    fn is_a_picture(&self) -> bool {
        self.item.replaces.is_some_and(|it| it.kind == FileKind::Image) || is_image(&self.item.source)
    }

    /// Polls until the server says that the video can be played, or the limit has passed, or the item's wording changed.
    async fn await_playable(&mut self, limit: Duration) -> Result<Playable, Stop> {
        let Stage::Stored(Stored { video, playable, .. }) = &self.stage else { return Ok(Playable::NotSeen) };
        if *playable == Some(true) || self.is_a_picture() {
            return Ok(Playable::Seen);
        }
        let id = video.id;
        let begun = Instant::now();
        let (mut gap, longest) = self.yard.timing.playable_gap;
        let waits = Arc::clone(&self.site.waits_to_play);
        loop {
            // A look that finds nobody is a look that saw nothing: the video is stored, whatever this says.
            let patience = self.yard.timing.call.max(limit.saturating_sub(begun.elapsed()));
            let mut limit = limit;
            match self.look_whether_playable(id, patience).await? {
                NewFile::Playable => return Ok(Playable::Seen),
                NewFile::Processing(share) => self.meter.processing.see(f64::from(share) / 1000.0),
                NewFile::PerhapsTheOldOne => limit = limit.min(self.yard.timing.version_limit),
                NewFile::Unknown => {}
            }
            if begun.elapsed() >= limit {
                return Ok(Playable::NotSeen);
            }
            // One of them is the site's own.
            let together = Arc::strong_count(&waits) - 1;
            tokio::time::sleep(gap_among(together, gap, self.yard.timing.playable_apart)).await;
            gap = (gap * 2).min(longest);
            self.refresh_details().await?;
            if matches!(&self.stage, Stage::Stored(stored) if stored.revised(&self.item).is_some()) {
                return Ok(Playable::SaidOtherwise);
            }
        }
    }
}

/// How long one of so many waits until its next look.
fn gap_among(together: usize, gap: Duration, apart: Duration) -> Duration {
    gap.max(apart.saturating_mul(u32::try_from(together).unwrap_or(u32::MAX)))
}

/// What came of waiting until a video can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Playable {
    Seen,
    NotSeen,
    /// There is something else to do first.
    SaidOtherwise,
}

/// A companion's bytes as they were taken in, made into what is sent.
async fn read_off_thread(
    file: &CompanionFile,
    form: fn(&Path, Vec<u8>) -> Result<SmallFile, Failure>,
) -> Result<SmallFile, Stop> {
    let file = file.clone();
    let read = move || companions::read_again(&file).and_then(|bytes| form(&file.path, bytes));
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(|error| Err(Failure::new(Code::CompanionMissing).caused_by(&error)))
        .map_err(Stop::Failed)
}

/// By name, and only to skip a wait: the server decides what a file is.
fn is_image(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["jpg", "jpeg", "png", "gif", "webp", "tif", "tiff", "bmp"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_wait_to_be_playable_a_workspace_is_asked_some_times_a_second() {
        let (gap, apart) = (Duration::from_secs(2), Duration::from_millis(250));
        assert_eq!([1, 8].map(|together| gap_among(together, gap, apart)), [gap, gap]);
        for together in [9, 100, 5000] {
            let asked_per_second = together as f64 / gap_among(together, gap, apart).as_secs_f64();
            assert!((asked_per_second - 4.0).abs() < 1e-9, "{together}: {asked_per_second}");
        }
    }
}
