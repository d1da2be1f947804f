//! The pool of in-flight chunks, over all items and workspaces. Whoever waits longest in the best class goes next:
//! small interactive work before bulk, a person's work before a watched folder's.

use crate::item::Lane;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Who goes first; lower sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Priority {
    /// A person's work, or a folder's.
    pub(crate) lane: Lane,
    /// Whether it is more than one request's worth.
    pub(crate) bulk: bool,
    /// Place in the queue.
    pub(crate) position: i64,
    /// Place within the item: chunks go in order, so that a file's beginning is not the last to arrive.
    pub(crate) turn: u32,
}

#[derive(Debug)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    size: usize,
    taken: usize,
    arrivals: u64,
    waiting: BTreeMap<(Priority, u64), oneshot::Sender<Permit>>,
}

/// The right to have one chunk in flight. Dropping it passes it on.
#[derive(Debug)]
pub(crate) struct Permit {
    pool: Arc<Pool>,
}

impl Pool {
    pub(crate) fn new(size: usize) -> Arc<Self> {
        let state = State { size: size.max(1), taken: 0, arrivals: 0, waiting: BTreeMap::new() };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// Waits for a place. Dropping the future gives the wish up.
    pub(crate) async fn acquire(self: &Arc<Self>, priority: Priority) -> Permit {
        let granted = {
            let mut state = self.lock();
            if state.taken < state.size {
                state.taken += 1;
                return Permit { pool: Arc::clone(self) };
            }
            let (grant, granted) = oneshot::channel();
            state.arrivals += 1;
            let arrival = state.arrivals;
            state.waiting.insert((priority, arrival), grant);
            granted
        };
        granted.await.expect("a waiting place is only removed by granting it")
    }

    /// Makes the pool larger or smaller. What is in flight beyond a smaller size goes on to its end.
    pub(crate) fn resize(self: &Arc<Self>, size: usize) {
        self.lock().size = size.max(1);
        self.hand_out();
    }

    /// Gives every free place to whoever is first in line for it.
    fn hand_out(self: &Arc<Self>) {
        while let Some(grant) = self.first_in_line() {
            // If the waiter gives up in this very moment the permit comes back in the error and is dropped: passed on.
            let _ = grant.send(Permit { pool: Arc::clone(self) });
        }
    }

    fn first_in_line(&self) -> Option<oneshot::Sender<Permit>> {
        let mut state = self.lock();
        while state.taken < state.size {
            let (_, grant) = state.waiting.pop_first()?;
            if !grant.is_closed() {
                state.taken += 1;
                return Some(grant);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.pool.lock().taken -= 1;
        self.pool.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn priority(lane: Lane, bulk: bool, position: i64) -> Priority {
        Priority { lane, bulk, position, turn: 0 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_grows_at_once_and_shrinks_as_places_come_back() {
        let pool = Pool::new(1);
        let place = || pool.acquire(priority(Lane::Manual, true, 0));
        let nothing_free = || place().now_or_never().is_none();
        let first = place().await;
        let mut waiting = std::pin::pin!(place());
        assert!((&mut waiting).now_or_never().is_none());
        pool.resize(3);
        let (second, third) = (waiting.await, place().await);
        assert!(nothing_free());

        pool.resize(2);
        drop(first);
        assert!(nothing_free(), "two are in flight still");
        drop(second);
        let fourth = place().await;
        assert!(nothing_free());
        drop((third, fourth));
    }

    #[tokio::test(start_paused = true)]
    async fn manual_goes_before_automatic_and_small_before_bulk() {
        let pool = Pool::new(1);
        let held = pool.acquire(priority(Lane::Manual, true, 0)).await;
        let (log, mut order) = tokio::sync::mpsc::unbounded_channel();
        for (name, lane, bulk) in [
            ("folder bulk", Lane::Automatic, true),
            ("folder small", Lane::Automatic, false),
            ("drop bulk", Lane::Manual, true),
            ("drop small", Lane::Manual, false),
        ] {
            let (pool, log) = (Arc::clone(&pool), log.clone());
            tokio::spawn(async move {
                let _permit = pool.acquire(priority(lane, bulk, 0)).await;
                log.send(name).unwrap();
            });
            tokio::task::yield_now().await;
        }
        drop((held, log));
        let mut seen = Vec::new();
        while let Some(name) = order.recv().await {
            seen.push(name);
        }
        assert_eq!(seen, ["drop small", "drop bulk", "folder small", "folder bulk"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_waiter_that_gives_up_does_not_take_a_place_with_it() {
        let pool = Pool::new(1);
        let held = pool.acquire(priority(Lane::Manual, true, 0)).await;
        let waiter = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.acquire(priority(Lane::Manual, true, 1)).await }
        });
        tokio::task::yield_now().await;
        waiter.abort();
        let _ = waiter.await;
        drop(held);
        let _again = pool.acquire(priority(Lane::Manual, true, 2)).await;
    }
}
