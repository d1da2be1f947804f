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

#[derive(Debug, Default)]
pub(crate) struct Gauge {
    next: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    acknowledged: u64,
    on_their_way: HashMap<u64, Arc<BodyWatch>>,
    /// Bytes that a connection has taken and that have not arrived, as a rule; nothing is known before the first answer.
    held: Option<f64>,
    /// Bytes a second of one chunk, of late.
    each: Option<f64>,
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
        self.lock().on_their_way.insert(id, watch);
        Attempt { gauge: Arc::clone(self), id }
    }

    /// Bytes that have arrived so far.
    pub(crate) fn delivered(&self) -> u64 {
        let inner = self.lock();
        let arrived = |watch: &Arc<BodyWatch>| {
            let held = inner.held?;
            Some(watch.handed_over().saturating_sub(held as u64))
        };
        inner.acknowledged + inner.on_their_way.values().filter_map(arrived).sum::<u64>()
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
        let Some(watch) = inner.on_their_way.remove(&self.id) else { return };
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
        if let Some(watch) = inner.on_their_way.remove(&self.id) {
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
