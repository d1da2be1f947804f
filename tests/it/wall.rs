//! A clock on the wall that is the test's own.

use jiff::{SignedDuration, Timestamp, Zoned};
use slipway_engine::Clock;
use std::sync::{Arc, Mutex};

/// A clock that stands until it is put forward.
#[derive(Clone)]
pub(crate) struct Wall(Arc<Mutex<Zoned>>);

impl Wall {
    pub(crate) fn at(text: &str) -> Self {
        Self(Arc::new(Mutex::new(text.parse().unwrap())))
    }

    pub(crate) fn goes_to(&self, text: &str) {
        *self.0.lock().unwrap() = text.parse().unwrap();
    }

    /// The machine sleeps for so long, as far as its clock shows it.
    pub(crate) fn sleeps(&self, slept: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = &*now + slept;
    }

    pub(crate) fn in_an_hour(&self) -> Timestamp {
        self.0.lock().unwrap().timestamp() + SignedDuration::from_hours(1)
    }

    pub(crate) fn clock(&self) -> Clock {
        let wall = self.clone();
        Clock::of(move || wall.0.lock().unwrap().clone())
    }
}
