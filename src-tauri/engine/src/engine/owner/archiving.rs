//! Items that were over long ago leave the list: some at a time, now and then, and not at the start, when others are to be
//! shown.

use super::Owner;
use super::throttling::Throttling;
use crate::settings::SettingsFile;
use crate::timing::{self, Timing};
use crate::view::Update;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

pub(super) struct Archiving {
    file: SettingsFile,
    waits: timing::Archiving,
    due: Instant,
}

impl Archiving {
    pub(super) fn of(throttling: &Throttling, timing: &Timing) -> Self {
        let waits = timing.archiving;
        Self { file: throttling.file(), waits, due: Instant::now() + waits.first }
    }

    /// The machine slept, perhaps past the next look.
    pub(super) fn woke(&mut self) {
        self.due = self.due.min(Instant::now() + self.waits.first);
    }

    /// Returns when some may be archived. May be dropped and called anew at any time.
    pub(super) async fn is_due(&self) {
        tokio::time::sleep_until(self.due).await;
    }
}

impl Owner {
    /// Archives some of what was over long ago, and says that it is gone from the list.
    pub(super) async fn archive(&mut self) {
        let file = self.archiving.file.clone();
        let days = tokio::task::spawn_blocking(move || file.read().settings.finished_days).await.ok();
        let past = match days.and_then(|days| before(Timestamp::now(), days)) {
            Some(before) => self.yard.store.archive(before).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let timing::Archiving { every, between_parts, .. } = self.archiving.waits;
        self.archiving.due = Instant::now() + if past.is_empty() { every } else { between_parts };
        for id in past {
            let _ = self.yard.updates.send(Update::Removed(id));
        }
    }
}

fn before(now: Timestamp, days: usize) -> Option<Timestamp> {
    let hours = i64::try_from(days).ok()?.checked_mul(24)?;
    now.checked_sub(SignedDuration::from_hours(hours)).ok()
}
