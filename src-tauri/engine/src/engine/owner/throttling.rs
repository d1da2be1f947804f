//! What may be sent now, carried out: limits go to the valves, lanes that are held get no place on the line and begin
//! nothing, and everybody hears of it. What follows from what is set is in `pace/throttle.rs`.
//!
//! What is set is in the file of settings and is read there by whoever owns the queue, so that it is the same for the next
//! owner and after a restart. A moment is one of the clock on the wall, which a sleeping machine and its user move: while a
//! change is ahead, the clock is looked at every now and then.

use super::Owner;
use crate::metered::Metered;
use crate::pace::{Caps, Clock, InForce, Throttle};
use crate::settings::SettingsFile;
use crate::view::{ThrottleView, Update};
use std::time::Duration;
use tokio::sync::watch;

pub(in crate::engine) struct Throttling {
    file: SettingsFile,
    /// Of the process itself; they go before what is set.
    firm: Caps,
    clock: Clock,
    look_at_clock: Duration,
    set: Throttle,
    metered: watch::Receiver<Metered>,
    now: InForce,
}

impl Throttling {
    pub(in crate::engine) fn new(
        file: SettingsFile,
        firm: Caps,
        clock: Clock,
        look_at_clock: Duration,
        metered: watch::Receiver<Metered>,
    ) -> Self {
        let set = Throttle::default();
        Self { file, firm, clock, look_at_clock, set, metered, now: InForce { caps: firm, ..InForce::default() } }
    }

    /// Returns when something else may be in force. May be dropped and called anew at any time.
    pub(super) async fn may_have_changed(&mut self) {
        let left = self.now.until.map(|until| until.duration_since((self.clock)().timestamp()));
        let left = left.map(|left| Duration::try_from(left).unwrap_or_default().min(self.look_at_clock));
        let metered = async {
            if self.metered.changed().await.is_err() {
                // Nobody finds out any more.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(left.unwrap_or_default()), if left.is_some() => {}
            () = metered => {}
        }
    }

    pub(super) fn file(&self) -> SettingsFile {
        self.file.clone()
    }

    pub(super) fn view(&self) -> ThrottleView {
        ThrottleView { set: self.set, now: self.now, metered: *self.metered.borrow() }
    }

    /// Whether there is anything to tell.
    pub(super) fn says_something(&self) -> bool {
        self.now != InForce::default()
    }
}

impl Owner {
    /// Somebody changed what is set.
    pub(super) async fn read_throttle(&mut self) {
        let file = self.throttling.file.clone();
        // A panic in it has been reported already; what was set is in force.
        if let Ok(reading) = tokio::task::spawn_blocking(move || file.read()).await {
            let is_news = self.throttling.set != reading.settings.throttle;
            self.throttling.set = reading.settings.throttle;
            self.follow_throttle(is_news);
        }
    }

    /// Makes true what follows from what is set by now.
    pub(super) fn follow_throttle(&mut self, is_news: bool) {
        let Throttling { set, firm, clock, metered, now, .. } = &mut self.throttling;
        let costs = metered.borrow_and_update().costs();
        let before = std::mem::replace(now, set.at(&clock(), *firm, costs));
        let now = *now;
        if now == before && !is_news {
            return;
        }
        self.yard.line.valves.set(now.caps);
        self.yard.line.pool.hold(now.held());
        self.queue.hold(now.held());
        tracing::info!(?now, "what may be sent");
        let _ = self.yard.updates.send(Update::Throttle(Box::new(self.throttling.view())));
    }
}
