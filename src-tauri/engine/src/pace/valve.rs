//! How many bytes a second may be handed to connections: one valve for everything, one for what a person sends and one for
//! what folders bring, each over all connections. A valve is a token bucket at which whoever comes first is served first;
//! another rate is in force at once, for those who wait as well.

use crate::item::Lane;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// What a quiet moment saves up, and what a piece may be ahead of its time: a hundredth of the ten seconds over which a limit
/// is to hold.
const BURST: Duration = Duration::from_millis(100);

/// Pieces of so many a second keep the flow even without waking for every packet.
const PIECES_A_SECOND: u64 = 32;

/// Smaller pieces than this would cost more than they even out.
const SMALLEST_PIECE: u64 = 2 * 1024;

/// Limits in bytes a second; `None` is as fast as the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// For everything together.
    pub all: Option<u64>,
    /// For what a person sends.
    pub manual: Option<u64>,
    /// For what watched folders bring.
    pub automatic: Option<u64>,
}

/// One limit.
#[derive(Debug)]
struct Valve {
    rate: watch::Sender<Option<u64>>,
    /// Held by whoever is next; the others wait for it in their order.
    turn: tokio::sync::Mutex<Bucket>,
    /// Somebody had to wait since this was last asked.
    bites: AtomicBool,
}

#[derive(Debug)]
struct Bucket {
    rate: Option<u64>,
    /// Bytes that may go; below zero they went ahead of their time.
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn refill(&mut self, rate: Option<u64>) {
        let now = Instant::now();
        let burst = |rate: Option<u64>| rate.map_or(f64::MAX, |rate| rate as f64 * BURST.as_secs_f64());
        if let Some(before) = self.rate {
            let come = (now - self.at).as_secs_f64() * before as f64;
            self.tokens = (self.tokens + come).min(burst(self.rate));
        }
        self.at = now;
        if rate != self.rate {
            // Neither what was saved up at the old rate nor what went ahead at it is worth more than a moment at the new one.
            let moment = burst(rate);
            self.tokens = if self.rate.is_none() { 0.0 } else { self.tokens.clamp(-moment, moment) };
            self.rate = rate;
        }
    }

    /// How long until a piece may go.
    fn wait(&self, bytes: usize) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        let rate = rate.max(1) as f64;
        let wanted = (bytes as f64).min(rate * BURST.as_secs_f64());
        Duration::from_secs_f64(((wanted - self.tokens) / rate).max(0.0))
    }
}

impl Valve {
    fn new(rate: Option<u64>) -> Self {
        let bucket = Bucket { rate, tokens: 0.0, at: Instant::now() };
        Self { rate: watch::Sender::new(rate), turn: tokio::sync::Mutex::new(bucket), bites: AtomicBool::new(false) }
    }

    fn set(&self, rate: Option<u64>) {
        self.rate.send_if_modified(|now| std::mem::replace(now, rate) != rate);
    }

    fn rate(&self) -> Option<u64> {
        *self.rate.borrow()
    }

    async fn pass(&self, bytes: usize) {
        if self.rate().is_none() {
            return;
        }
        let mut news = self.rate.subscribe();
        let mut bucket = self.turn.lock().await;
        loop {
            let rate = *news.borrow_and_update();
            bucket.refill(rate);
            let wait = bucket.wait(bytes);
            if wait.is_zero() {
                if rate.is_some() {
                    bucket.tokens -= bytes as f64;
                }
                return;
            }
            self.bites.store(true, Ordering::Relaxed);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // Only fails when the sender is gone, and that is `self`.
                _ = news.changed() => {}
            }
        }
    }
}

/// All limits.
#[derive(Debug)]
pub(crate) struct Valves {
    all: Valve,
    manual: Valve,
    automatic: Valve,
}

impl Valves {
    pub(crate) fn new(caps: Caps) -> Arc<Self> {
        let Caps { all, manual, automatic } = caps;
        Arc::new(Self { all: Valve::new(all), manual: Valve::new(manual), automatic: Valve::new(automatic) })
    }

    pub(crate) fn set(&self, caps: Caps) {
        self.all.set(caps.all);
        self.manual.set(caps.manual);
        self.automatic.set(caps.automatic);
    }

    /// Whether a limit, and not the line, has set the pace since this was last asked.
    pub(crate) fn set_the_pace(&self) -> bool {
        let [one, two, three] =
            [&self.all, &self.manual, &self.automatic].map(|it| it.bites.swap(false, Ordering::Relaxed));
        one || two || three
    }

    /// The most that is to be handed over at once in a lane, in bytes; `None` where nothing limits it.
    pub(crate) fn piece(&self, lane: Lane) -> Option<usize> {
        let slowest = [self.all.rate(), self.of(lane).rate()].into_iter().flatten().min()?;
        Some((slowest / PIECES_A_SECOND).max(SMALLEST_PIECE) as usize)
    }

    /// Returns when so many bytes may go.
    pub(crate) async fn pass(&self, lane: Lane, bytes: usize) {
        self.of(lane).pass(bytes).await;
        self.all.pass(bytes).await;
    }

    fn of(&self, lane: Lane) -> &Valve {
        match lane {
            Lane::Manual => &self.manual,
            Lane::Automatic => &self.automatic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU64;

    /// So many connections in a lane that take all they get, and what they have got.
    fn connections(valves: &Arc<Valves>, lane: Lane, count: usize) -> Arc<AtomicU64> {
        let got = Arc::<AtomicU64>::default();
        for _ in 0..count {
            let (valves, got) = (Arc::clone(valves), Arc::clone(&got));
            tokio::spawn(async move {
                loop {
                    let piece = valves.piece(lane).unwrap_or(128 * 1024).min(128 * 1024);
                    valves.pass(lane, piece).await;
                    got.fetch_add(piece as u64, Ordering::Relaxed);
                    // What the line takes without a limit.
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
        }
        got
    }

    /// Bytes a second over ten seconds from now.
    async fn over_ten_seconds(got: &AtomicU64) -> f64 {
        let before = got.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(10)).await;
        (got.load(Ordering::Relaxed) - before) as f64 / 10.0
    }

    fn holds(measured: f64, limit: u64) -> bool {
        (0.95..=1.05).contains(&(measured / limit as f64))
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_holds_within_a_twentieth_over_ten_seconds_whatever_it_is_and_however_many_send() {
        for limit in [20_000, 300_000, 5_000_000, 60_000_000] {
            for count in [1, 6, 48] {
                let limit = if count == 1 { limit.min(20_000_000) } else { limit };
                let valves = Valves::new(Caps { all: Some(limit), ..Caps::default() });
                let got = connections(&valves, Lane::Manual, count);
                for _ in 0..2 {
                    let measured = over_ten_seconds(&got).await;
                    assert!(holds(measured, limit), "{measured} where {limit} is the limit of {count}");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn another_limit_is_in_force_at_once_and_so_is_none() {
        let valves = Valves::new(Caps { all: Some(10_000_000), ..Caps::default() });
        let got = connections(&valves, Lane::Manual, 8);
        tokio::time::sleep(Duration::from_secs(3)).await;
        for limit in [50_000, 8_000_000, 1_000_000] {
            valves.set(Caps { all: Some(limit), ..Caps::default() });
            let measured = over_ten_seconds(&got).await;
            assert!(holds(measured, limit), "{measured} where {limit} is the limit by now");
        }
        valves.set(Caps::default());
        assert!(over_ten_seconds(&got).await > 100e6);
        valves.set(Caps { all: Some(40_000), ..Caps::default() });
        assert!(holds(over_ten_seconds(&got).await, 40_000));
    }

    #[tokio::test(start_paused = true)]
    async fn each_lane_has_a_limit_of_its_own_within_that_for_everything() {
        let caps = Caps { all: Some(1_000_000), manual: None, automatic: Some(200_000) };
        let valves = Valves::new(caps);
        let [folders, person] = [Lane::Automatic, Lane::Manual].map(|lane| connections(&valves, lane, 4));
        let (folders, person) = tokio::join!(over_ten_seconds(&folders), over_ten_seconds(&person));
        assert!(holds(folders + person, 1_000_000), "{folders} and {person}");
        assert!(folders <= 210_000.0, "{folders}");
        assert!(person >= 750_000.0, "{person}");
    }

    #[tokio::test(start_paused = true)]
    async fn whether_a_limit_sets_the_pace_is_known() {
        let valves = Valves::new(Caps { manual: Some(1_000_000), ..Caps::default() });
        valves.pass(Lane::Automatic, 10_000_000).await;
        assert!(!valves.set_the_pace());
        valves.pass(Lane::Manual, 1_000_000).await;
        valves.pass(Lane::Manual, 1_000_000).await;
        assert!(valves.set_the_pace());
        assert!(!valves.set_the_pace(), "since it was last asked");
    }
}
