//! After something was replaced: whether the workspace shows the new version, and whether that is what can be played. The
//! server's "ok" says that it took the file; an item is done when the new version was seen, or was looked for long
//! enough to say that it cannot be known.
//!
//! A server may go on telling of the file before for a while, its transcoding finished and all. So "finished" counts only
//! where something shows that it is about the new file.

use super::{Stop, Transfer};
use crate::api::Sight;
use crate::hooks::{CrashPoint, reach};
use crate::item::{Baseline, Event, FileKind, Replaced, Stage, Stored, VersionSign};
use std::time::Duration;
use tokio::time::Instant;

/// How far the new file is, as far as that shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NewFile {
    /// It can be played.
    Playable,
    /// It is being worked on, in thousandths.
    Processing(u16),
    /// Something is finished, and it may be the file before.
    PerhapsTheOldOne,
    /// The server does not say.
    Unknown,
}

impl Transfer {
    /// Looks for the new version, and records what came of it.
    pub(super) async fn check_version(&mut self) -> Result<(), Stop> {
        reach(CrashPoint::BeforeVersionSeen);
        let seen = self.await_version().await?;
        if !seen {
            self.note("nothing shows whether the workspace has the new version".to_owned());
        }
        self.record(Event::VersionChecked { seen }).await
    }

    async fn await_version(&mut self) -> Result<bool, Stop> {
        let begun = Instant::now();
        let limit = self.yard.timing.version_limit;
        let (mut gap, longest) = self.yard.timing.playable_gap;
        loop {
            let left = limit.saturating_sub(begun.elapsed());
            let sign = match (self.look_at_target(left).await?, self.replaced()) {
                (Some(now), Some((replaced, kind))) => replaced.before.sign_of(&now, kind),
                _ => VersionSign::None,
            };
            if sign == VersionSign::Sure {
                return Ok(true);
            }
            if begun.elapsed() >= limit {
                // Nobody else is known to have changed anything, and the server has taken ours.
                return Ok(sign == VersionSign::Likely);
            }
            tokio::time::sleep(gap).await;
            gap = (gap * 2).min(longest);
        }
    }

    /// How far the file is that was put in the place of another.
    pub(super) async fn look_at_new_file(&mut self, patience: Duration) -> Result<NewFile, Stop> {
        let now = self.look_at_target(patience).await?;
        let Some((now, (replaced, _))) = now.zip(self.replaced()) else { return Ok(NewFile::Unknown) };
        Ok(match now.transcoded {
            None => NewFile::Unknown,
            Some(share) if share < 1000 => NewFile::Processing(share),
            Some(_) if self.begun_anew || replaced.before.has_other_renditions(&now) => NewFile::Playable,
            Some(_) => NewFile::PerhapsTheOldOne,
        })
    }

    /// How the target looks now, where that can be said within this time. Notes in passing that its transcoding began anew.
    async fn look_at_target(&mut self, patience: Duration) -> Result<Option<Baseline>, Stop> {
        let Some(replacement) = self.item.replaces else { return Ok(None) };
        let patience = self.yard.timing.call.max(patience);
        let look = self.exchange_within(patience, "version", |api, pass| async move {
            api.look_at(replacement.video, &pass).await
        });
        let now = match look.await {
            Ok(Some(Sight::There { baseline, .. })) => baseline,
            Ok(_) | Err(Stop::Failed(_)) => return Ok(None),
            Err(stop) => return Err(stop),
        };
        if let Stage::Stored(Stored { replaced: Some(replaced), .. }) = &self.stage
            && replaced.before.was_begun_anew(&now)
        {
            self.begun_anew = true;
        }
        Ok(Some(now))
    }

    fn replaced(&self) -> Option<(&Replaced, FileKind)> {
        let Stage::Stored(Stored { replaced, .. }) = &self.stage else { return None };
        Some((replaced.as_deref()?, self.item.replaces?.kind))
    }
}
