//! The line that all transfers share: the pool of chunks in flight, what has arrived, and how the size of the pool follows
//! from that. What is decided is in `pace/climb.rs`; here it is looked at, told and carried out.

use super::gauge::Gauge;
use crate::item::Lane;
use crate::pace::{Caps, Climb, Pool, Reading, Step, Valves};
use crate::source::Gate;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// See the module.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) pool: Arc<Pool>,
    pub(crate) gauge: Arc<Gauge>,
    pub(crate) valves: Arc<Valves>,
    /// Rings when a transfer stops using the line or there is room for more, so that the next may begin.
    pub(crate) has_room: Notify,
    climb: Mutex<Climb>,
    steps: watch::Sender<Option<Step>>,
}

/// After so many looks at an idle line nobody looks any more.
const IDLE_LOOKS: u32 = 20;

impl Line {
    /// For at most so many chunks at once, and so many bytes a second.
    pub(crate) fn up_to(most: usize, caps: Caps) -> Self {
        let climb = Climb::up_to(most);
        Self {
            pool: Pool::new(climb.size(), most),
            gauge: Arc::default(),
            valves: Valves::new(caps),
            has_room: Notify::new(),
            climb: Mutex::new(climb),
            steps: watch::Sender::new(None),
        }
    }

    /// From now on at most so many.
    pub(crate) fn limit(&self, most: usize) {
        let mut climb = self.climb.lock().unwrap_or_else(PoisonError::into_inner);
        climb.limit(most);
        self.pool.resize(climb.size(), most);
        self.has_room.notify_one();
    }

    /// How many chunks there may be at the most.
    pub(crate) fn most(&self) -> usize {
        self.climb.lock().unwrap_or_else(PoisonError::into_inner).most()
    }

    /// What the bytes of a lane pass on their way.
    pub(crate) fn gate(&self, lane: Lane) -> impl Gate + use<> {
        Way { valves: Arc::clone(&self.valves), lane }
    }

    /// News of the pool's size.
    pub(crate) fn steps(&self) -> watch::Receiver<Option<Step>> {
        self.steps.subscribe()
    }

    /// Looks at the line this often while it is in use, and lets the pool follow. Has no end.
    pub(crate) async fn steer(&self, every: Duration) {
        let born = Instant::now();
        loop {
            self.pool.taken_up.notified().await;
            let mut idle = 0;
            while idle < IDLE_LOOKS {
                tokio::time::sleep(every).await;
                idle = if self.pool.in_use().taken > 0 { 0 } else { idle + 1 };
                self.look(born.elapsed());
            }
        }
    }

    fn look(&self, at: Duration) {
        let is_telling = !self.valves.set_the_pace() && self.pool.in_use().is_full;
        let mut climb = self.climb.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(step) =
            climb.read(Reading { at, delivered: self.gauge.delivered(), taken: self.gauge.taken(), is_telling })
        else {
            return;
        };
        self.pool.resize(step.to, climb.most());
        drop(climb);
        tracing::info!("{}", told(&step));
        self.steps.send_replace(Some(step));
        self.has_room.notify_one();
    }
}

struct Way {
    valves: Arc<Valves>,
    lane: Lane,
}

impl Gate for Way {
    fn piece(&self) -> Option<usize> {
        self.valves.piece(self.lane)
    }

    fn pass(&self, bytes: usize) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.valves.pass(self.lane, bytes))
    }
}

/// A step, for a log.
pub(super) fn told(step: &Step) -> String {
    let rate = |goodput: f64| format!("{:.1} MB/s", goodput / 1e6);
    let because = match (step.before, step.now) {
        (Some(before), Some(now)) => format!("{} after {}", rate(now), rate(before)),
        (None, Some(now)) => format!("trying beside {}", rate(now)),
        (Some(before), None) => format!("back to what brought {}", rate(before)),
        (None, None) if step.to > step.from => "to begin with".to_owned(),
        (None, None) => "nothing is known of the line any more".to_owned(),
    };
    format!("chunks in flight: {} instead of {} ({because})", step.to, step.from)
}
