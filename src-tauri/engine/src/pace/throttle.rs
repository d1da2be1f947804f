//! What may be sent at a moment, from all that a person has set: limits, the week's timetable, full speed for a while, and
//! whether folders wait on a connection that costs. Pure; the owner of the queue asks again whenever something may have
//! changed (`engine/owner/throttling.rs`).

use super::Caps;
use crate::failure::{Code, Failure};
use crate::item::Lane;
use crate::timetable::{Hour, Timetable};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The clock on the wall, with the zone that it is read in.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Zoned + Send + Sync>);

impl Clock {
    /// Any other clock.
    pub fn of(clock: impl Fn() -> Zoned + Send + Sync + 'static) -> Self {
        Self(Arc::new(clock))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(Zoned::now)
    }
}

impl Deref for Clock {
    type Target = dyn Fn() -> Zoned + Send + Sync;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self())
    }
}

/// What a person has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Limits in the hours that the timetable limits.
    pub caps: Caps,
    /// Which hours are how fast.
    pub timetable: Timetable,
    /// Until then neither limits nor timetable count.
    pub full_speed_until: Option<Timestamp>,
    /// What folders bring waits while the connection costs.
    pub hold_on_metered: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { caps: Caps::default(), timetable: Timetable::default(), full_speed_until: None, hold_on_metered: true }
    }
}

/// Why nothing of a lane is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Hold {
    /// The timetable has it so.
    Timetable,
    /// The connection costs.
    Metered,
}

impl Hold {
    /// As people are told of it.
    #[must_use]
    pub fn failure(self) -> Failure {
        Failure::new(match self {
            Self::Timetable => Code::TimetableHolds,
            Self::Metered => Code::ConnectionMetered,
        })
    }
}

/// What counts at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// The limits.
    pub caps: Caps,
    /// Why nothing is sent that a person handed over.
    pub manual: Option<Hold>,
    /// Why nothing is sent that folders bring.
    pub automatic: Option<Hold>,
    /// Whether full speed for a while is what lifts them.
    pub full_speed: bool,
    /// When that changes by itself, as far as that is known.
    pub until: Option<Timestamp>,
}

impl InForce {
    /// Why nothing of a lane is sent, if nothing is.
    #[must_use]
    pub fn hold(&self, lane: Lane) -> Option<Hold> {
        match lane {
            Lane::Manual => self.manual,
            Lane::Automatic => self.automatic,
        }
    }

    /// What of the lanes is held.
    pub(crate) fn held(&self) -> Held {
        Held { manual: self.manual.is_some(), automatic: self.automatic.is_some() }
    }
}

/// Lanes of which nothing is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) manual: bool,
    pub(crate) automatic: bool,
}

impl Held {
    pub(crate) fn holds(self, lane: Lane) -> bool {
        match lane {
            Lane::Manual => self.manual,
            Lane::Automatic => self.automatic,
        }
    }
}

impl Throttle {
    /// What counts now. `firm` limits count in every hour: whoever started this process wanted them. `costs` says that the
    /// connection is known to.
    #[must_use]
    pub fn at(&self, now: &Zoned, firm: Caps, costs: bool) -> InForce {
        let full = self.full_speed_until.filter(|until| *until > now.timestamp());
        let hour = if full.is_some() { Hour::Full } else { self.timetable.at(now) };
        let set = if hour == Hour::Limited { self.caps } else { Caps::default() };
        let timetable = (hour == Hour::Nothing).then_some(Hold::Timetable);
        let metered = (costs && self.hold_on_metered).then_some(Hold::Metered);
        InForce {
            caps: Caps {
                all: firm.all.or(set.all),
                manual: firm.manual.or(set.manual),
                automatic: firm.automatic.or(set.automatic),
            },
            manual: timetable,
            automatic: timetable.or(metered),
            full_speed: full.is_some(),
            until: full.or_else(|| self.timetable.next_change(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    const LIMITS: Caps = Caps { all: Some(1000), manual: None, automatic: Some(100) };

    fn noon() -> Zoned {
        "2026-11-23T12:00[Europe/Copenhagen]".parse().unwrap()
    }

    fn with(hour: Hour) -> Throttle {
        let mut timetable = Timetable::default();
        timetable.0[0][12] = hour;
        Throttle { caps: LIMITS, timetable, ..Throttle::default() }
    }

    #[test]
    fn an_hour_lifts_the_limits_keeps_to_them_or_holds_everything() {
        let none = Caps::default();
        for (hour, caps, hold) in
            [(Hour::Full, none, None), (Hour::Limited, LIMITS, None), (Hour::Nothing, none, Some(Hold::Timetable))]
        {
            let now = with(hour).at(&noon(), none, false);
            assert_eq!((now.caps, now.manual, now.automatic), (caps, hold, hold), "{hour:?}");
        }
        assert_eq!(
            with(Hour::Full).at(&noon(), none, false).until,
            Some(noon().timestamp() + SignedDuration::from_hours(1))
        );
        assert_eq!(with(Hour::Limited).at(&noon(), none, false).until, None);
    }

    #[test]
    fn full_speed_goes_before_limits_and_timetable_until_its_moment_and_not_before_what_the_process_was_started_with() {
        let end = noon().timestamp() + SignedDuration::from_mins(30);
        let firm = Caps { all: Some(7), ..Caps::default() };
        for hour in [Hour::Limited, Hour::Nothing] {
            let throttle = Throttle { full_speed_until: Some(end), ..with(hour) };
            let now = throttle.at(&noon(), Caps::default(), false);
            assert_eq!(now, InForce { full_speed: true, until: Some(end), ..InForce::default() });
            assert_eq!(throttle.at(&noon(), firm, false).caps, firm);
            let then = end.to_zoned(noon().time_zone().clone());
            assert_eq!(throttle.at(&then, Caps::default(), false), with(hour).at(&then, Caps::default(), false));
        }
    }

    #[test]
    fn what_the_process_was_started_with_goes_before_what_is_set_one_by_one_and_in_every_hour() {
        let firm = Caps { automatic: Some(50), ..Caps::default() };
        assert_eq!(with(Hour::Limited).at(&noon(), firm, false).caps, Caps { automatic: Some(50), ..LIMITS });
        assert_eq!(with(Hour::Full).at(&noon(), firm, false).caps, firm);
    }

    #[test]
    fn on_a_connection_that_costs_only_what_folders_bring_waits_unless_a_person_says_otherwise() {
        let now = with(Hour::Full).at(&noon(), Caps::default(), true);
        assert_eq!((now.manual, now.automatic), (None, Some(Hold::Metered)));
        let never = Throttle { hold_on_metered: false, ..with(Hour::Full) };
        assert_eq!(never.at(&noon(), Caps::default(), true).automatic, None);
        let full = Throttle { full_speed_until: Some(Timestamp::MAX), ..with(Hour::Full) };
        assert_eq!(full.at(&noon(), Caps::default(), true).automatic, Some(Hold::Metered), "speed is not cost");
    }
}
