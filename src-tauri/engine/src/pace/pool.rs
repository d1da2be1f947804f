//! The pool of in-flight chunks, over all items and workspaces. Small interactive work goes before bulk, a person's work
//! before a watched folder's; among equals the workspace that has the fewest in flight, and then whoever is first in the
//! queue. How many there may be is found by `pace/climb.rs`, how many one workspace puts up with by `pace/brake.rs`.

use super::Held;
use super::brake::Brake;
use crate::item::Lane;
use crate::workspace::Origin;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

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
    born: Instant,
    state: Mutex<State>,
    /// Rings when something is in flight after a time without.
    pub(crate) taken_up: Notify,
}

#[derive(Debug)]
struct State {
    size: usize,
    /// The last ones of all may be so many.
    most: usize,
    taken: usize,
    /// Lanes that get no place for now.
    held: Held,
    arrivals: u64,
    workspaces: HashMap<Origin, Workspace>,
}

impl State {
    /// For how many there is room when a place comes free. When what waits is no more than half of what is in flight, all of it
    /// goes: the line is as full as before, and its last seconds are not left to a few connections that cannot fill it.
    fn room(&self) -> usize {
        let waiting: usize = self.workspaces.values().map(|it| it.waiting.len()).sum();
        let some_more = self.size / 2;
        if waiting <= some_more { (self.size + some_more).min(self.most).max(self.size) } else { self.size }
    }
}

/// What one workspace has of the pool, and wants of it.
#[derive(Debug, Default)]
struct Workspace {
    taken: usize,
    waiting: BTreeMap<(Priority, u64), oneshot::Sender<Permit>>,
    brake: Brake,
}

impl Workspace {
    fn may_have_more(&self) -> bool {
        self.taken < self.brake.limit()
    }

    /// Who is first in line of those that may go.
    fn first(&self, held: Held) -> Option<(Priority, u64)> {
        self.waiting.keys().find(|(priority, _)| !held.holds(priority.lane)).copied()
    }
}

/// How the pool is used at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) taken: usize,
    /// Everything is taken, and more waits.
    pub(crate) is_full: bool,
}

/// The right to have one chunk in flight. Dropping it passes it on.
#[derive(Debug)]
pub(crate) struct Permit {
    pool: Arc<Pool>,
    workspace: Origin,
}

impl Pool {
    /// For so many chunks in flight, and at the very end for at most so many.
    pub(crate) fn new(size: usize, most: usize) -> Arc<Self> {
        let (held, workspaces) = (Held::default(), HashMap::new());
        let state = State { size: size.max(1), most, taken: 0, held, arrivals: 0, workspaces };
        Arc::new(Self { born: Instant::now(), state: Mutex::new(state), taken_up: Notify::new() })
    }

    /// Waits for a place. Dropping the future gives the wish up.
    pub(crate) async fn acquire(self: &Arc<Self>, workspace: &Origin, priority: Priority) -> Permit {
        let granted = {
            let mut state = self.lock();
            let State { size, taken, held, arrivals, workspaces, .. } = &mut *state;
            let own = workspaces.entry(workspace.clone()).or_default();
            // Whoever waits while a place is free is of a workspace that may not have it, or of a lane that is held.
            if *taken < *size && own.may_have_more() && !held.holds(priority.lane) {
                *taken += 1;
                own.taken += 1;
                if *taken == 1 {
                    self.taken_up.notify_one();
                }
                return Permit { pool: Arc::clone(self), workspace: workspace.clone() };
            }
            let (grant, granted) = oneshot::channel();
            *arrivals += 1;
            own.waiting.insert((priority, *arrivals), grant);
            granted
        };
        granted.await.expect("a waiting place is only removed by granting it")
    }

    /// Makes the pool larger or smaller. What is in flight beyond a smaller size goes on to its end.
    pub(crate) fn resize(self: &Arc<Self>, size: usize, most: usize) {
        let mut state = self.lock();
        (state.size, state.most) = (size.max(1), most);
        drop(state);
        self.hand_out();
    }

    /// Gives these lanes no place from now on, and all others. What is in flight goes on to its end: what was sent of it would
    /// be sent again.
    pub(crate) fn hold(self: &Arc<Self>, held: Held) {
        self.lock().held = held;
        self.hand_out();
    }

    /// How many chunks may be in flight.
    pub(crate) fn size(&self) -> usize {
        self.lock().size
    }

    pub(crate) fn in_use(&self) -> Use {
        let state = self.lock();
        let may_go = |((priority, _), grant): (&(Priority, u64), &oneshot::Sender<Permit>)| {
            !state.held.holds(priority.lane) && !grant.is_closed()
        };
        let waits = |it: &Workspace| it.may_have_more() && it.waiting.iter().any(may_go);
        let is_full = state.taken >= state.size && state.workspaces.values().any(waits);
        Use { taken: state.taken, is_full }
    }

    /// A workspace turned away a chunk that was begun at `begun`. Answers how many it gets from now on, if that is news.
    pub(crate) fn turned_away(&self, workspace: &Origin, begun: Instant) -> Option<usize> {
        let (begun, now) = (begun.saturating_duration_since(self.born), self.born.elapsed());
        let mut state = self.lock();
        let own = state.workspaces.get_mut(workspace)?;
        own.brake.turned_away(begun, now, own.taken)
    }

    /// A workspace took a chunk.
    pub(crate) fn was_taken(self: &Arc<Self>, workspace: &Origin) {
        let now: Duration = self.born.elapsed();
        let mut state = self.lock();
        let size = state.size;
        let Some(own) = state.workspaces.get_mut(workspace) else { return };
        let before = own.brake.limit();
        own.brake.taken(now, size);
        let more = own.brake.limit() > before;
        drop(state);
        if more {
            self.hand_out();
        }
    }

    /// Gives every free place to whoever is first in line for it.
    fn hand_out(self: &Arc<Self>) {
        while let Some((grant, workspace)) = self.first_in_line() {
            // If the waiter gives up in this very moment the permit comes back in the error and is dropped: passed on.
            let _ = grant.send(Permit { pool: Arc::clone(self), workspace });
        }
    }

    fn first_in_line(&self) -> Option<(oneshot::Sender<Permit>, Origin)> {
        let mut state = self.lock();
        let room = state.room();
        let State { taken, held, workspaces, .. } = &mut *state;
        if *taken >= room {
            return None;
        }
        for workspace in workspaces.values_mut() {
            // Whoever gave up is not waited for.
            while workspace.waiting.first_entry().is_some_and(|first| first.get().is_closed()) {
                workspace.waiting.pop_first();
            }
        }
        let turn = |workspace: &Workspace| {
            let (priority, arrival) = workspace.first(*held)?;
            let class = (priority.lane, priority.bulk);
            workspace.may_have_more().then_some((class, workspace.taken, priority, arrival))
        };
        let (_, origin) = workspaces.iter().filter_map(|(origin, it)| Some((turn(it)?, origin))).min()?;
        let origin = origin.clone();
        let own = workspaces.get_mut(&origin)?;
        let grant = own.waiting.remove(&own.first(*held)?)?;
        own.taken += 1;
        *taken += 1;
        if *taken == 1 {
            self.taken_up.notify_one();
        }
        Some((grant, origin))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        state.taken -= 1;
        if let Some(own) = state.workspaces.get_mut(&self.workspace) {
            own.taken -= 1;
        }
        drop(state);
        self.pool.hand_out();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn home() -> Origin {
        Origin::parse("a.example").unwrap()
    }

    fn priority(lane: Lane, bulk: bool, position: i64) -> Priority {
        Priority { lane, bulk, position, turn: 0 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pool_grows_at_once_and_shrinks_as_places_come_back() {
        let pool = Pool::new(1, 1);
        let home = home();
        let place = || pool.acquire(&home, priority(Lane::Manual, true, 0));
        let nothing_free = || place().now_or_never().is_none();
        let first = place().await;
        let mut waiting = std::pin::pin!(place());
        assert!((&mut waiting).now_or_never().is_none());
        pool.resize(3, 3);
        let (second, third) = (waiting.await, place().await);
        assert!(nothing_free());

        pool.resize(2, 2);
        drop(first);
        assert!(nothing_free(), "two are in flight still");
        drop(second);
        let fourth = place().await;
        assert!(nothing_free());
        drop((third, fourth));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_that_wait_all_go_at_once_within_the_limit() {
        for (most, expected) in [(4, 4), (5, 5), (40, 6)] {
            let pool = Pool::new(4, most);
            let home = home();
            let mut in_flight = Vec::new();
            for position in 0..4 {
                in_flight.push(pool.acquire(&home, priority(Lane::Manual, true, position)).await);
            }
            let mut last: Vec<_> =
                (4..7).map(|position| Box::pin(pool.acquire(&home, priority(Lane::Manual, true, position)))).collect();
            assert!(last.iter_mut().all(|it| it.now_or_never().is_none()));
            in_flight.pop();
            let granted: Vec<_> = last.iter_mut().filter_map(FutureExt::now_or_never).collect();
            assert_eq!(in_flight.len() + granted.len(), expected, "at most {most}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn manual_goes_before_automatic_and_small_before_bulk() {
        let pool = Pool::new(1, 1);
        let held = pool.acquire(&home(), priority(Lane::Manual, true, 0)).await;
        let (log, mut order) = tokio::sync::mpsc::unbounded_channel();
        for (name, lane, bulk) in [
            ("folder bulk", Lane::Automatic, true),
            ("folder small", Lane::Automatic, false),
            ("drop bulk", Lane::Manual, true),
            ("drop small", Lane::Manual, false),
        ] {
            let (pool, log) = (Arc::clone(&pool), log.clone());
            tokio::spawn(async move {
                let _permit = pool.acquire(&home(), priority(lane, bulk, 0)).await;
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
        let pool = Pool::new(1, 1);
        let held = pool.acquire(&home(), priority(Lane::Manual, true, 0)).await;
        let waiter = tokio::spawn({
            let pool = Arc::clone(&pool);
            async move { pool.acquire(&home(), priority(Lane::Manual, true, 1)).await }
        });
        tokio::task::yield_now().await;
        waiter.abort();
        let _ = waiter.await;
        drop(held);
        let _again = pool.acquire(&home(), priority(Lane::Manual, true, 2)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn workspaces_share_what_comes_free_whoever_queued_first() {
        let pool = Pool::new(4, 4);
        let (log, mut order) = tokio::sync::mpsc::unbounded_channel();
        let [one, other] = ["a.example", "b.example"].map(|name| Origin::parse(name).unwrap());
        for (workspace, count) in [(&one, 8), (&other, 2)] {
            for position in 0..count {
                let (pool, log, workspace) = (Arc::clone(&pool), log.clone(), workspace.clone());
                tokio::spawn(async move {
                    let permit = pool.acquire(&workspace, priority(Lane::Manual, true, position)).await;
                    log.send((workspace, permit)).unwrap();
                });
                tokio::task::yield_now().await;
            }
        }
        let mut in_flight = Vec::new();
        for _ in 0..4 {
            in_flight.push(order.recv().await.unwrap());
        }
        assert!(in_flight.iter().all(|(workspace, _)| *workspace == one), "it was there alone");
        for _ in 0..2 {
            in_flight.remove(0);
            let next = order.recv().await.unwrap();
            assert_eq!(next.0, other);
            in_flight.push(next);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_workspace_that_turns_chunks_away_gets_half_and_leaves_the_rest_to_others() {
        let pool = Pool::new(8, 8);
        let [one, other] = ["a.example", "b.example"].map(|name| Origin::parse(name).unwrap());
        let mut in_flight = Vec::new();
        for position in 0..8 {
            in_flight.push(pool.acquire(&one, priority(Lane::Manual, true, position)).await);
        }
        assert_eq!(pool.turned_away(&one, Instant::now() + Duration::from_secs(1)), Some(4));
        in_flight.truncate(4);
        assert!(pool.acquire(&one, priority(Lane::Manual, true, 9)).now_or_never().is_none());
        assert!(!pool.in_use().is_full, "nobody waits for what is free");
        for position in 0..4 {
            in_flight.push(pool.acquire(&other, priority(Lane::Automatic, true, position)).await);
        }
        assert!(pool.acquire(&other, priority(Lane::Automatic, true, 9)).now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_lane_that_is_held_gets_no_place_and_is_in_nobodys_way_and_goes_on_where_it_stood() {
        let pool = Pool::new(2, 2);
        let home = home();
        let folders = pool.acquire(&home, priority(Lane::Automatic, true, 0)).await;
        pool.hold(Held { automatic: true, manual: false });
        let mut next = std::pin::pin!(pool.acquire(&home, priority(Lane::Automatic, true, 1)));
        assert!((&mut next).now_or_never().is_none());
        let person = pool.acquire(&home, priority(Lane::Manual, true, 2)).await;
        assert!(!pool.in_use().is_full, "nobody who may go waits");
        let mut waiting = std::pin::pin!(pool.acquire(&home, priority(Lane::Manual, true, 3)));
        assert!((&mut waiting).now_or_never().is_none());
        drop(folders);
        let second = waiting.await;
        drop((person, second));
        assert!((&mut next).now_or_never().is_none());
        pool.hold(Held::default());
        next.await;
    }
}
