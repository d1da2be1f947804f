//! That a machine slept, noticed by the clock on the wall: it goes on while nothing here does. Who hears of it gives up its
//! connections, and tries at once what it was waiting with.
//!
//! A process that was stopped for so long has been as far away, and counts as well; so does a clock that somebody puts
//! forward, which costs no more than what was in flight.

use super::Clock;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// Looks at the clock every now and then.
#[derive(Debug)]
pub(crate) struct Vigil {
    clock: Clock,
    every: Duration,
    enough: Duration,
    looked: Timestamp,
}

impl Vigil {
    /// An absence counts from `enough` on.
    pub(crate) fn new(clock: Clock, every: Duration, enough: Duration) -> Self {
        let looked = clock().timestamp();
        Self { clock, every, enough, looked }
    }

    /// Returns after the machine has slept, with how long.
    async fn slept(&mut self) -> Duration {
        loop {
            sleep(self.every).await;
            let now = (self.clock)().timestamp();
            let passed = now.duration_since(std::mem::replace(&mut self.looked, now));
            // A clock that was put back says nothing.
            let away = Duration::try_from(passed).unwrap_or_default().saturating_sub(self.every);
            if away >= self.enough {
                return away;
            }
        }
    }

    /// Keeps watch, and after each sleep does `first` before anybody else hears of it. Has no end.
    pub(crate) async fn keep(mut self, slept: watch::Sender<Slept>, first: impl Fn()) {
        loop {
            let away = self.slept().await;
            tracing::info!("awake after {} s in which nothing ran", away.as_secs());
            first();
            slept.send_modify(|slept| slept.0 += away);
        }
    }
}

/// How long the machine has slept in all, since the start of the process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slept(Duration);

/// Hears of it.
#[derive(Debug, Clone)]
pub(crate) struct Waking {
    slept: watch::Receiver<Slept>,
    known: Slept,
}

impl Waking {
    pub(crate) fn of(slept: &watch::Sender<Slept>) -> Self {
        let slept = slept.subscribe();
        let known = *slept.borrow();
        Self { slept, known }
    }

    /// Returns after the machine has slept since this was asked last, with how long. May be dropped and called anew at any
    /// time.
    pub(crate) async fn woke(&mut self) -> Duration {
        let known = self.known;
        let Ok(now) = self.slept.wait_for(|now| *now != known).await.map(|now| *now) else {
            // Nobody keeps watch any more.
            return std::future::pending().await;
        };
        self.known = now;
        now.0.saturating_sub(known.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Zoned;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use tokio::time::{Instant, timeout};

    const S: fn(u64) -> Duration = Duration::from_secs;

    /// A vigil over a machine that has slept for so many seconds by now, and who hears of it.
    fn vigil(slept_s: &Arc<AtomicU64>) -> (Waking, watch::Receiver<u32>, impl Future<Output = ()> + use<>) {
        let (began, wall, slept_s) = (Instant::now(), Zoned::now(), Arc::clone(slept_s));
        let clock = Clock::of(move || &wall + began.elapsed() + S(slept_s.load(Ordering::SeqCst)));
        let (sender, (prepared, first)) = (watch::Sender::default(), watch::channel(0));
        let waking = Waking::of(&sender);
        let keep = Vigil::new(clock, S(5), S(30)).keep(sender, move || prepared.send_modify(|times| *times += 1));
        (waking, first, keep)
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_is_noticed_within_one_look_of_waking_with_its_length_and_once() {
        let slept_s = Arc::default();
        let (mut waking, first, keep) = vigil(&slept_s);
        let keep = tokio::spawn(keep);
        sleep(S(3600)).await;
        slept_s.fetch_add(8 * 3600, Ordering::SeqCst);
        let awake = Instant::now();
        assert_eq!(waking.woke().await.as_secs(), 8 * 3600);
        assert!(awake.elapsed() <= S(5) && *first.borrow() == 1);
        assert!(timeout(S(3600), waking.woke()).await.is_err());
        slept_s.fetch_add(31, Ordering::SeqCst);
        assert_eq!(waking.woke().await.as_secs(), 31);
        keep.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_moment_is_no_sleep_and_neither_is_a_clock_that_is_put_back() {
        let slept_s = Arc::new(AtomicU64::new(7200));
        let (mut waking, _first, keep) = vigil(&slept_s);
        let keep = tokio::spawn(keep);
        for then in [7229, 0, 29] {
            slept_s.store(then, Ordering::SeqCst);
            assert!(timeout(S(60), waking.woke()).await.is_err(), "{then}");
        }
        keep.abort();
    }
}
