//! Items that were over long ago leave the list: some at a time, now and then, and not at the start, when others are to be
//! shown.

use super::Owner;
use super::throttling::Throttling;
use crate::settings::SettingsFile;
use crate::view::Update;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::Instant;

/// The first time after the start.
const FIRST: Duration = Duration::from_secs(20);

/// Between two looks at all.
const EVERY: Duration = Duration::from_hours(6);

/// Between two transactions.
const NEXT: Duration = Duration::from_millis(200);

pub(super) struct Archiving {
    file: SettingsFile,
    due: Instant,
}

impl Archiving {
    pub(super) fn of(throttling: &Throttling) -> Self {
        Self { file: throttling.file(), due: Instant::now() + FIRST }
    }

    /// The machine slept, perhaps past the next look.
    pub(super) fn woke(&mut self) {
        self.due = self.due.min(Instant::now() + FIRST);
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
        self.archiving.due = Instant::now() + if past.is_empty() { EVERY } else { NEXT };
        for id in past {
            let _ = self.yard.updates.send(Update::Removed(id));
        }
    }
}

fn before(now: Timestamp, days: usize) -> Option<Timestamp> {
    let hours = i64::try_from(days).ok()?.checked_mul(24)?;
    now.checked_sub(SignedDuration::from_hours(hours)).ok()
}
