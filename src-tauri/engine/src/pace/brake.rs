//! How many chunks one workspace puts up with. Pure: it is told who was turned away and who was not.
//!
//! A workspace that answers 429 or 503 gets half of what was in flight, at once, and then one more for each round that it
//! takes without a word, as TCP does. What it refused a moment ago is not tried again for a while.

use std::time::Duration;

/// For so long no more is tried than was just refused.
const REMEMBERED: Duration = Duration::from_mins(1);

/// The brake of one workspace. Times are on a clock that only goes on.
#[derive(Debug, Default)]
pub(crate) struct Brake {
    /// `None` while it has refused nothing.
    limit: Option<f64>,
    /// How many were too many, and when that was said.
    refused: Option<(usize, Duration)>,
}

impl Brake {
    /// How many chunks may be in flight to it.
    pub(crate) fn limit(&self) -> usize {
        self.limit.map_or(usize::MAX, |limit| limit as usize)
    }

    /// A chunk that was begun at `begun` was turned away, with so many in flight. Of those that ran side by side, one counts.
    /// Answers the new limit, if it is another.
    pub(crate) fn turned_away(&mut self, begun: Duration, now: Duration, in_flight: usize) -> Option<usize> {
        if self.refused.is_some_and(|(_, said)| begun <= said) {
            return None;
        }
        let before = self.limit();
        let too_many = in_flight.min(before).max(1);
        self.refused = Some((too_many, now));
        self.limit = Some((too_many as f64 / 2.0).floor().max(1.0));
        (self.limit() != before).then(|| self.limit())
    }

    /// A chunk was taken. Beyond `enough` there is nothing to hold back any more.
    pub(crate) fn taken(&mut self, now: Duration, enough: usize) {
        let Some(limit) = self.limit else { return };
        let refused = self.refused.filter(|(_, said)| now.saturating_sub(*said) < REMEMBERED).map(|(many, _)| many);
        let grown = limit + 1.0 / limit;
        let highest = refused.map_or(f64::INFINITY, |many| (many as f64 - 1.0).max(1.0));
        self.limit = Some(grown.min(highest).max(limit));
        if refused.is_none() && grown >= enough as f64 {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace that takes `takes` chunks at once, asked by a line that would carry `line`, a round a second; answers how
    /// many were in flight at the end and how many were turned away.
    fn after(rounds: u64, line: usize, takes: usize) -> (usize, usize) {
        let mut brake = Brake::default();
        let mut refusals = 0;
        for round in 0..rounds {
            let (begun, now) = (Duration::from_secs(round), Duration::from_millis(round * 1000 + 900));
            let in_flight = brake.limit().min(line);
            for number in 0..in_flight {
                if number < takes {
                    brake.taken(now, line);
                } else {
                    refusals += 1;
                    brake.turned_away(begun, now, in_flight);
                }
            }
        }
        (brake.limit().min(line), refusals)
    }

    #[test]
    fn a_workspace_that_takes_few_is_sent_few_and_seldom_has_to_say_so() {
        for takes in [1, 2, 5, 11] {
            let (in_flight, refusals) = after(300, 48, takes);
            assert!(in_flight <= takes + 1 && 2 * in_flight >= takes, "{in_flight} where {takes} are taken");
            // While it is halved those that were on their way, and then a few in each minute.
            assert!(refusals < 2 * 48 + 5 * 4, "{refusals} turned away where {takes} are taken");
        }
    }

    #[test]
    fn those_that_were_turned_away_side_by_side_count_once() {
        let mut brake = Brake::default();
        let s = Duration::from_secs;
        assert_eq!(brake.turned_away(s(1), s(2), 16), Some(8));
        assert_eq!(brake.turned_away(s(1), s(2), 16), None);
        assert_eq!(brake.turned_away(s(3), s(4), 16), Some(4));
        for (begun, limit) in [(5, 2), (7, 1), (9, 1)] {
            brake.turned_away(s(begun), s(begun + 1), 16);
            assert_eq!(brake.limit(), limit);
        }
    }

    #[test]
    fn a_workspace_that_was_busy_once_is_free_again_after_some_quiet_minutes() {
        let mut brake = Brake::default();
        brake.turned_away(Duration::ZERO, Duration::from_secs(1), 8);
        for second in 2..300 {
            for _ in 0..brake.limit().min(8) {
                brake.taken(Duration::from_secs(second), 8);
            }
        }
        assert_eq!(brake.limit(), usize::MAX);
    }
}
