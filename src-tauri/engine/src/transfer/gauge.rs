//! How much has arrived, as well as that can be known while chunks are on their way.
//!
//! What is acknowledged has arrived. Of a chunk on its way the connection has taken more than has arrived: some of it waits
//! in this machine, or in a program on the way that takes everything at once. How much that is, is seen whenever a chunk
//! is acknowledged: what was still to arrive when the connection had taken all of it took from then until the answer. So
//! a chunk on its way counts with what was taken, less that. Behind something that takes everything at once nothing
//! counts before its answer.

use crate::source::BodyWatch;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A new observation of what waits on the way counts for this part.
const NEWS: f64 = 0.25;

/// What waits on the way as long as no answer has told: a connection's buffer in this machine, of a line that is neither slow
/// nor very fast.
const UNTOLD: u64 = 1024 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Gauge {
    next: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    acknowledged: u64,
    on_their_way: HashMap<u64, OnItsWay>,
    /// Bytes that a connection has taken and that have not arrived, as a rule; nothing is known before the first answer.
    held: Option<f64>,
    /// Bytes a second of one chunk, of late.
    each: Option<f64>,
}

#[derive(Debug)]
struct OnItsWay {
    watch: Arc<BodyWatch>,
    /// Of what its connection has taken so much has not arrived, by what was known when it began. It stays what it was: a change
    /// would count as bytes that came, or were lost, for all on their way at once.
    held: Option<f64>,
}

impl OnItsWay {
    fn arrived(&self) -> u64 {
        let held = match self.held {
            Some(held) => held as u64,
            None if self.watch.is_complete() => return 0,
            None => UNTOLD,
        };
        self.watch.handed_over().saturating_sub(held)
    }
}

/// One attempt at a chunk. What it brought counts no more when it is dropped without an acknowledgement.
#[derive(Debug)]
pub(crate) struct Attempt {
    gauge: Arc<Gauge>,
    id: u64,
}

impl Gauge {
    /// An attempt begins.
    pub(crate) fn begin(self: &Arc<Self>, watch: Arc<BodyWatch>) -> Attempt {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut inner = self.lock();
        let held = inner.held;
        inner.on_their_way.insert(id, OnItsWay { watch, held });
        drop(inner);
        Attempt { gauge: Arc::clone(self), id }
    }

    /// Bytes that have arrived so far.
    pub(crate) fn delivered(&self) -> u64 {
        let inner = self.lock();
        inner.acknowledged + inner.on_their_way.values().map(OnItsWay::arrived).sum::<u64>()
    }

    /// Bytes that connections have taken so far.
    pub(crate) fn taken(&self) -> u64 {
        let inner = self.lock();
        inner.acknowledged + inner.on_their_way.values().map(|it| it.watch.handed_over()).sum::<u64>()
    }

    /// Bytes a second of one chunk on its way, of late.
    pub(crate) fn each(&self) -> Option<f64> {
        self.lock().each
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// The server has it, `taken` after it was begun.
    pub(crate) fn acknowledged(self, taken: Duration) {
        let mut inner = self.gauge.lock();
        let Some(OnItsWay { watch, .. }) = inner.on_their_way.remove(&self.id) else { return };
        let bytes = watch.handed_over() as f64;
        inner.acknowledged += watch.handed_over();
        let (Some(body), false) = (watch.body_time(), taken.is_zero()) else { return };
        let waited = taken.saturating_sub(body).as_secs_f64() / taken.as_secs_f64();
        mix(&mut inner.held, bytes * waited);
        mix(&mut inner.each, bytes / taken.as_secs_f64());
    }

    /// The server has it, and how long its answer took says nothing about the line.
    pub(crate) fn arrived(self) {
        let mut inner = self.gauge.lock();
        if let Some(OnItsWay { watch, .. }) = inner.on_their_way.remove(&self.id) {
            inner.acknowledged += watch.handed_over();
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.gauge.lock().on_their_way.remove(&self.id);
    }
}

fn mix(known: &mut Option<f64>, seen: f64) {
    *known = Some(known.map_or(seen, |known| known + NEWS * (seen - known)));
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn before_the_first_answer_a_connections_buffer_is_not_taken_for_the_workspace() {
        let gauge = Arc::new(Gauge::default());
        let _buffered = gauge.begin(BodyWatch::having_moved(MIB, false));
        assert_eq!((gauge.delivered(), gauge.taken()), (0, MIB as u64));
        let _moving = gauge.begin(BodyWatch::having_moved(3 * MIB, false));
        // Whatever takes a whole chunk without an answer may have all of it still.
        let _swallowed = gauge.begin(BodyWatch::having_moved(5 * MIB, true));
        assert_eq!((gauge.delivered(), gauge.taken()), (2 * MIB as u64, 9 * MIB as u64));
    }

    #[test]
    fn an_answer_counts_for_its_own_chunk_and_changes_nothing_about_the_others_on_their_way() {
        let gauge = Arc::new(Gauge::default());
        let answered = gauge.begin(BodyWatch::having_moved(5 * MIB, true));
        let _others: Vec<_> = (0..8).map(|_| gauge.begin(BodyWatch::having_moved(3 * MIB, false))).collect();
        let before = gauge.delivered();
        // Nearly all of it waited somewhere: it was taken in a moment, and the answer came after ten seconds.
        answered.acknowledged(Duration::from_secs(10));
        assert_eq!(gauge.delivered(), before + 5 * MIB as u64);
        let _next = gauge.begin(BodyWatch::having_moved(3 * MIB, false));
        assert_eq!(gauge.delivered(), before + 5 * MIB as u64, "by now it is known how much waits");
    }

    #[test]
    fn what_fails_on_its_way_counts_no_more() {
        let gauge = Arc::new(Gauge::default());
        drop(gauge.begin(BodyWatch::having_moved(3 * MIB, false)));
        assert_eq!((gauge.delivered(), gauge.taken()), (0, 0));
    }
}
