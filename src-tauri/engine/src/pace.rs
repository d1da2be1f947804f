//! How hard to try: one shared back-off per workspace, and one pool of in-flight chunks over all of them.
//!
//! When one transfer finds the workspace busy, or the network gone, all of them wait together, and only one asks
//! whether it is over. Who asks and how is handed in; this module makes no requests. The pool
//! is in `pace/pool.rs`, how large it is right for it to be is found in `pace/climb.rs`, and how much of it one workspace puts
//! up with in `pace/brake.rs`; how many bytes a second a person allows is kept to by `pace/valve.rs`
//! and follows from what is set in `pace/throttle.rs`. That the machine slept is noticed by `pace/waking.rs`.

mod brake;
mod climb;
mod pool;
mod throttle;
mod valve;
mod waking;

pub(crate) use climb::{Climb, MOST, Reading, Step};
pub(crate) use pool::{Permit, Pool, Priority};
pub(crate) use throttle::Held;
pub use throttle::{Clock, Hold, InForce, Throttle};
pub use valve::Caps;
pub(crate) use valve::Valves;
pub(crate) use waking::{Vigil, Waking};

use crate::failure::{Code, Failure};
use crate::timing::Timing;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Why everyone to this workspace waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is no way through to it: no network, or something on the way. The failure says what.
    CutOff(Arc<Failure>),
    /// It asks for time, or is failing at its gate.
    Busy {
        /// What it asked for.
        retry_after: Option<Duration>,
    },
}

impl Trouble {
    pub(crate) fn cut_off(why: Failure) -> Self {
        Self::CutOff(Arc::new(why))
    }

    /// As people are told of it.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::CutOff(why) => Failure::clone(why),
            Self::Busy { .. } => Failure::new(Code::WorkspaceBusy),
        }
    }
}

/// Whether requests may go out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Weather {
    /// They may.
    Fair,
    /// Not before this instant.
    Waiting {
        /// When to try again.
        until: Instant,
        /// Why.
        trouble: Trouble,
    },
}

#[derive(Debug, Default)]
struct Streak {
    /// Failures in a row since the last progress.
    length: u32,
    first_at: Option<Instant>,
    last_at: Option<Instant>,
}

/// The shared back-off of one workspace.
#[derive(Debug)]
pub(crate) struct Pace {
    timing: Timing,
    streak: Mutex<Streak>,
    weather: watch::Sender<Weather>,
    asking: tokio::sync::Mutex<()>,
    /// A number in 0..1, injected so that the bounds can be tested.
    random: fn() -> f64,
}

impl Pace {
    pub(crate) fn new(timing: Timing) -> Self {
        Self::with_random(timing, fastrand::f64)
    }

    fn with_random(timing: Timing, random: fn() -> f64) -> Self {
        Self {
            timing,
            streak: Mutex::default(),
            weather: watch::Sender::new(Weather::Fair),
            asking: tokio::sync::Mutex::default(),
            random,
        }
    }

    /// The weather, and news of its changes.
    pub(crate) fn weather(&self) -> watch::Receiver<Weather> {
        self.weather.subscribe()
    }

    /// Whether requests may go out now.
    pub(crate) fn is_fair(&self) -> bool {
        *self.weather.borrow() == Weather::Fair
    }

    /// Returns when requests may go out. While the network is gone, one caller at a time runs `ask`; the others wait
    /// for what it finds.
    pub(crate) async fn admit<Asked>(&self, ask: impl Fn() -> Asked)
    where
        Asked: Future<Output = Result<(), Trouble>>,
    {
        let mut weather = self.weather.subscribe();
        loop {
            let now = weather.borrow_and_update().clone();
            let Weather::Waiting { until, trouble } = &now else { return };
            tokio::select! {
                () = tokio::time::sleep_until(*until) => {}
                // Only fails when the sender is gone, and that is `self`.
                _ = weather.changed() => continue,
            }
            let _turn = self.asking.lock().await;
            if *self.weather.borrow() != now {
                continue;
            }
            if let Trouble::Busy { .. } = trouble {
                // Asking costs the server as much as trying does. The streak stays until there is progress.
                self.weather.send_replace(Weather::Fair);
                continue;
            }
            let asked_at = Instant::now();
            match ask().await {
                Ok(()) => {
                    self.weather.send_replace(Weather::Fair);
                }
                Err(trouble) => self.failed(asked_at, trouble),
            }
        }
    }

    /// A request that was begun at `begun` met trouble. Failures of requests that ran side by side count once.
    pub(crate) fn failed(&self, begun: Instant, trouble: Trouble) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        if streak.last_at.is_none_or(|last| last <= begun) {
            streak.length += 1;
            streak.last_at = Some(Instant::now());
        }
        let first_at = *streak.first_at.get_or_insert_with(Instant::now);
        let mut wait = self.backoff(streak.length);
        if matches!(trouble, Trouble::CutOff(_)) && first_at.elapsed() < self.timing.away_for {
            wait = wait.min(self.timing.away_gap);
        }
        if let Trouble::Busy { retry_after: Some(asked) } = trouble {
            wait = wait.max(asked.min(self.timing.retry_after_cap));
        }
        let until = Instant::now() + wait;
        self.weather.send_if_modified(|weather| match weather {
            Weather::Waiting { until: earlier, .. } if *earlier >= until => false,
            _ => {
                *weather = Weather::Waiting { until, trouble };
                true
            }
        });
    }

    /// Something got through: the next trouble starts from the shortest wait.
    pub(crate) fn progressed(&self) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        (streak.length, streak.first_at) = (0, None);
        drop(streak);
        self.weather.send_if_modified(|weather| {
            let over = matches!(weather, Weather::Waiting { trouble: Trouble::CutOff(_), .. });
            if over {
                *weather = Weather::Fair;
            }
            over
        });
    }

    /// The machine slept for so long: whatever was in the way may be gone, and time that was asked for has passed.
    pub(crate) fn woke(&self, slept: Duration) {
        let mut streak = self.streak.lock().unwrap_or_else(PoisonError::into_inner);
        (streak.length, streak.first_at) = (0, None);
        drop(streak);
        let now = Instant::now();
        self.weather.send_if_modified(|weather| match weather {
            Weather::Waiting { until, trouble } if *until > now => {
                *until = match trouble {
                    Trouble::CutOff(_) => now,
                    Trouble::Busy { .. } => until.checked_sub(slept).map_or(now, |until| until.max(now)),
                };
                true
            }
            _ => false,
        });
    }

    /// How long a question that nobody answers is waited for before another is sent beside it.
    pub(crate) fn away_gap(&self) -> Duration {
        self.timing.away_gap
    }

    /// A wait of "equal jitter": half of it fixed, half random, doubling up to the cap.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let (first, cap) = self.timing.backoff;
        let ceiling = cap.min(first.saturating_mul(1 << failures.saturating_sub(1).min(20)));
        ceiling.mul_f64(0.5 + 0.5 * (self.random)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn pace() -> Pace {
        Pace::with_random(Timing::default(), || 1.0)
    }

    const BUSY: Trouble = Trouble::Busy { retry_after: None };

    fn offline() -> Trouble {
        Trouble::cut_off(Failure::new(Code::WorkspaceUnreachable))
    }

    async fn never() -> Result<(), Trouble> {
        unreachable!("nobody asks a busy server how it is")
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_the_cap_and_start_over_after_progress() {
        let pace = pace();
        let mut waits = Vec::new();
        for _ in 0..9 {
            let begun = Instant::now();
            pace.failed(begun, BUSY);
            pace.admit(never).await;
            waits.push(begun.elapsed().as_millis());
        }
        let expected = [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000];
        for (wait, expected) in waits.iter().zip(expected) {
            assert!((expected..=expected + 1).contains(wait), "{waits:?}");
        }
        pace.progressed();
        let begun = Instant::now();
        pace.failed(begun, BUSY);
        pace.admit(never).await;
        assert!(begun.elapsed() <= Duration::from_millis(501));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_of_requests_side_by_side_count_once() {
        let pace = pace();
        let begun = Instant::now();
        tokio::time::advance(Duration::from_millis(10)).await;
        for _ in 0..8 {
            pace.failed(begun, BUSY);
        }
        let from = Instant::now();
        pace.admit(never).await;
        assert!(from.elapsed() <= Duration::from_millis(501), "{:?}", from.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_asks_for_is_honoured_up_to_a_cap() {
        for (asked, waited) in [(7, 7), (86_400, 300)] {
            let pace = pace();
            let begun = Instant::now();
            pace.failed(begun, Trouble::Busy { retry_after: Some(Duration::from_secs(asked)) });
            pace.admit(never).await;
            assert_eq!(begun.elapsed().as_secs(), waited);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_offline_one_asks_and_all_go_on_together() {
        let pace = Arc::new(pace());
        let asked = Arc::new(AtomicU32::new(0));
        pace.failed(Instant::now(), offline());
        let waiters: Vec<_> = (0..20)
            .map(|_| {
                let (pace, asked) = (Arc::clone(&pace), Arc::clone(&asked));
                tokio::spawn(async move {
                    pace.admit(|| {
                        let back = asked.fetch_add(1, Ordering::SeqCst) >= 3;
                        async move { if back { Ok(()) } else { Err(offline()) } }
                    })
                    .await;
                })
            })
            .collect();
        for waiter in waiters {
            waiter.await.unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_is_asked_for_every_few_seconds_while_somebody_may_wait_for_it_and_seldom_through_a_night() {
        let pace = pace();
        let (away, begun) = (Mutex::new(Vec::new()), Instant::now());
        pace.failed(begun, offline());
        pace.admit(|| async {
            away.lock().unwrap().push(begun.elapsed().as_secs());
            if begun.elapsed() > Duration::from_hours(1) { Ok(()) } else { Err(offline()) }
        })
        .await;
        let asked = away.into_inner().unwrap();
        let gaps = |from: u64, to: u64| {
            let within: Vec<_> = asked.iter().filter(|at| (from..to).contains(*at)).collect();
            within.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
        };
        assert!(gaps(0, 600) <= 5, "{asked:?}");
        assert!((59..=61).contains(&gaps(600, 3600)) && asked.len() < 220, "{asked:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_a_network_is_asked_for_at_once_and_time_that_was_asked_for_has_passed() {
        let pace = pace();
        for _ in 0..9 {
            pace.failed(Instant::now(), offline());
        }
        let awake = Instant::now();
        pace.woke(Duration::from_secs(40));
        pace.admit(|| async { Ok(()) }).await;
        assert!(awake.elapsed() <= Duration::from_millis(1));
        for (slept, left) in [(40, 80), (120, 0), (8 * 3600, 0)] {
            pace.failed(Instant::now(), Trouble::Busy { retry_after: Some(Duration::from_mins(2)) });
            let awake = Instant::now();
            pace.woke(Duration::from_secs(slept));
            pace.admit(never).await;
            assert_eq!(awake.elapsed().as_secs(), left, "{slept}");
        }
        // What is in the way now is nothing old.
        pace.failed(Instant::now(), BUSY);
        pace.woke(Duration::from_secs(40));
        pace.failed(Instant::now(), BUSY);
        let begun = Instant::now();
        pace.admit(never).await;
        assert!(begun.elapsed() <= Duration::from_millis(501));
    }

    #[test]
    fn jitter_keeps_at_least_half_of_each_wait() {
        let low = Pace::with_random(Timing::default(), || 0.0);
        assert_eq!(low.backoff(1), Duration::from_millis(250));
        assert_eq!(low.backoff(40), Duration::from_secs(30));
    }
}
