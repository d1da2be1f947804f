//! A week of hours: how fast each may be. Pure: a moment of a time zone in, what its hour allows and when that changes out.
//!
//! An hour is one of the clock on the wall. Where the clock is put forward or back, an hour is left out or comes twice, and is
//! what the table says of it either way. In the file of settings a day is a line of 24 signs.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// What an hour of the week allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Hour {
    /// As fast as the line, whatever the limits.
    Full,
    /// Within the limits; as fast as the line where there are none.
    #[default]
    Limited,
    /// Nothing is sent.
    Nothing,
}

impl Hour {
    const ALL: [Self; 3] = [Self::Full, Self::Limited, Self::Nothing];

    fn sign(self) -> char {
        match self {
            Self::Full => '+',
            Self::Limited => '=',
            Self::Nothing => '-',
        }
    }
}

/// Hours of a day, from midnight on.
pub type Day = [Hour; 24];

/// The hours of a week, Monday first. Usually all of them are within the limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timetable(pub [Day; 7]);

/// A change is looked for this far ahead: a table whose only different hour is left out this week has it next week.
const AHEAD: SignedDuration = SignedDuration::from_hours(15 * 24);

impl Timetable {
    /// What is allowed at a moment.
    #[must_use]
    pub fn at(&self, now: &Zoned) -> Hour {
        let day = now.weekday().to_monday_zero_offset() as usize;
        self.0[day][now.hour() as usize]
    }

    /// When something else is allowed than now, if that ever comes.
    #[must_use]
    pub fn next_change(&self, now: &Zoned) -> Option<Timestamp> {
        let before = self.at(now);
        if self.0.iter().flatten().all(|hour| *hour == before) {
            return None;
        }
        let zone = now.time_zone();
        let mut at = now.timestamp();
        while at.duration_since(now.timestamp()) < AHEAD {
            at = next_hour(zone, at)?;
            if self.at(&at.to_zoned(zone.clone())) != before {
                return Some(at);
            }
        }
        None
    }
}

/// When the hour on the wall changes: at its end, or where the clock is put forward or back before that.
fn next_hour(zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let offset: Offset = zone.to_offset(at);
    let on_the_wall = at.as_second() + i64::from(offset.seconds());
    let end = Timestamp::from_second(at.as_second() + 3600 - on_the_wall.rem_euclid(3600)).ok()?;
    let turn = zone.following(at).next().map(|it| it.timestamp());
    Some(turn.map_or(end, |turn| turn.min(end)))
}

/// A day as it stands in the file of settings; `None` where that is no day.
pub(crate) fn read_day(text: &str) -> Option<Day> {
    let mut day = Day::default();
    let mut signs = text.chars();
    for hour in &mut day {
        let sign = signs.next()?;
        *hour = Hour::ALL.into_iter().find(|hour| hour.sign() == sign)?;
    }
    signs.next().is_none().then_some(day)
}

/// A day for the file of settings.
pub(crate) fn written_day(day: &Day) -> String {
    day.iter().map(|hour| hour.sign()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn table(different: &[(usize, std::ops::Range<usize>, Hour)]) -> Timetable {
        let mut table = Timetable::default();
        for (day, hours, hour) in different {
            table.0[*day][hours.clone()].fill(*hour);
        }
        table
    }

    fn zoned(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    #[test]
    fn an_hour_is_one_of_the_clock_on_the_wall_and_the_next_change_is_told_with_it() {
        let work = table(&[(0, 8..17, Hour::Limited), (0, 17..24, Hour::Full), (1, 0..6, Hour::Nothing)]);
        for (now, hour, change) in [
            // 23 November 2026 is a Monday.
            ("2026-11-23T16:59:59[Europe/Copenhagen]", Hour::Limited, "2026-11-23T17:00[Europe/Copenhagen]"),
            ("2026-11-23T17:00:00[Europe/Copenhagen]", Hour::Full, "2026-11-24T00:00[Europe/Copenhagen]"),
            ("2026-11-24T00:30:00[Europe/Copenhagen]", Hour::Nothing, "2026-11-24T06:00[Europe/Copenhagen]"),
            ("2026-11-24T06:00:00[Europe/Copenhagen]", Hour::Limited, "2026-11-30T17:00[Europe/Copenhagen]"),
            ("2026-11-23T16:45:00[Asia/Kathmandu]", Hour::Limited, "2026-11-23T17:00[Asia/Kathmandu]"),
        ] {
            let now = zoned(now);
            assert_eq!(work.at(&now), hour, "{now}");
            assert_eq!(work.next_change(&now), Some(zoned(change).timestamp()), "{now}");
        }
    }

    #[test]
    fn an_hour_that_the_clock_leaves_out_is_not_waited_for_and_one_that_comes_twice_lasts_twice() {
        // In 2026 the clocks of Copenhagen go from 2 to 3 on 29 March and from 3 to 2 on 25 October, both Sundays.
        let small_hour = table(&[(6, 2..3, Hour::Nothing)]);
        let before = zoned("2026-03-29T01:59:00[Europe/Copenhagen]");
        assert_eq!(small_hour.next_change(&before), Some(zoned("2026-04-05T02:00[Europe/Copenhagen]").timestamp()));
        let small_hours = table(&[(6, 0..3, Hour::Nothing)]);
        let three = zoned("2026-03-29T03:00[Europe/Copenhagen]");
        assert_eq!(small_hours.next_change(&before), Some(three.timestamp()));
        assert_eq!(three.duration_since(&before), SignedDuration::from_mins(1));

        let first_two = zoned("2026-10-25T02:00+02:00[Europe/Copenhagen]");
        let end = small_hour.next_change(&first_two).unwrap();
        assert_eq!(end.duration_since(first_two.timestamp()), SignedDuration::from_hours(2));
        // Where the clock moves by half an hour, in the middle of one.
        let lord_howe = zoned("2026-10-04T01:59[Australia/Lord_Howe]");
        let half = small_hour.next_change(&lord_howe).unwrap().to_zoned(lord_howe.time_zone().clone());
        assert_eq!((half.hour(), half.minute()), (2, 30));
    }

    #[test]
    fn a_table_of_one_kind_never_changes() {
        let now = zoned("2026-11-23T12:00[Europe/Copenhagen]");
        assert_eq!(Timetable::default().next_change(&now), None);
        assert_eq!(Timetable([[Hour::Nothing; 24]; 7]).next_change(&now), None);
    }

    #[test]
    fn a_day_is_24_signs_and_nothing_else() {
        let day = read_day("------++++++============").unwrap();
        assert_eq!((day[0], day[6], day[12]), (Hour::Nothing, Hour::Full, Hour::Limited));
        assert_eq!(written_day(&day), "------++++++============");
        for wrong in ["", "=======================", "=========================", "------++++++====x======="] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
    }

    fn an_hour() -> impl Strategy<Value = Hour> {
        prop_oneof![Just(Hour::Full), Just(Hour::Limited), Just(Hour::Nothing)]
    }

    proptest! {
        #[test]
        fn until_the_next_change_nothing_changes_and_then_something_does(
            hours in proptest::collection::vec(an_hour(), 7 * 24),
            zone in prop_oneof![
                Just("Europe/Copenhagen"), Just("America/New_York"), Just("Australia/Lord_Howe"), Just("Asia/Kathmandu"),
                Just("Pacific/Apia"), Just("UTC"),
            ],
            minute in 0..366 * 24 * 60_i64,
        ) {
            let mut table = Timetable::default();
            for (n, hour) in hours.into_iter().enumerate() {
                table.0[n / 24][n % 24] = hour;
            }
            let zone = TimeZone::get(zone).unwrap();
            let start = date(2026, 1, 1).at(0, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
            let now = (start + SignedDuration::from_mins(minute)).to_zoned(zone.clone());
            let change = table.next_change(&now).unwrap();
            prop_assert!(change > now.timestamp());
            prop_assert!(table.at(&change.to_zoned(zone.clone())) != table.at(&now));
            let mut at = now.timestamp();
            while at < change {
                prop_assert_eq!(table.at(&at.to_zoned(zone.clone())), table.at(&now));
                at += SignedDuration::from_mins(1);
            }
        }

        #[test]
        fn a_day_that_was_written_is_read_again(hours in proptest::collection::vec(an_hour(), 24)) {
            let day = Day::try_from(hours).unwrap();
            prop_assert_eq!(read_day(&written_day(&day)), Some(day));
        }
    }
}
