//! `slipway limits` as a person types it.

use super::{rate, time};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use slipway_engine::timetable::Hour;
use std::ops::Range;
use std::time::Duration;

#[derive(Debug, Default, Subcommand)]
pub(crate) enum Limits {
    /// Show what is set, and what may be sent now.
    #[default]
    Show,
    /// Set limits; what is left out stays as it is.
    Set(Set),
    /// Set hours of the timetable.
    Hours {
        /// A day or days that follow each other: mon, mon-fri, sat-sun.
        #[arg(value_parser = days)]
        days: Range<usize>,
        /// From an hour to another of the same day: 8-18, 0-24.
        #[arg(value_parser = hours)]
        hours: Range<usize>,
        /// What they allow.
        allow: Allow,
    },
    /// Send at full speed for a while, whatever the limits and the timetable.
    FullSpeed {
        /// For how long (30m, 2h).
        #[arg(default_value = "1h", value_name = "TIME", value_parser = time)]
        time: Duration,
        /// No longer.
        #[arg(long, conflicts_with = "time")]
        stop: bool,
    },
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
pub(crate) struct Set {
    /// For everything together (500k, 2M), or `none`.
    #[arg(long, value_name = "RATE", value_parser = rate_or_none)]
    pub(crate) rate: Option<Rate>,
    /// For what watched folders bring, or `none`.
    #[arg(long, value_name = "RATE", value_parser = rate_or_none)]
    pub(crate) rate_folders: Option<Rate>,
    /// Whether what watched folders bring waits while the connection costs.
    #[arg(long, value_name = "yes|no", value_parser = yes_or_no)]
    pub(crate) hold_on_metered: Option<bool>,
}

/// A limit, or none: clap takes an option of an option for another thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rate(pub(crate) Option<u64>);

/// What an hour allows.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Allow {
    /// As fast as the line.
    Full,
    /// Within the limits.
    Limited,
    /// Nothing.
    Nothing,
}

impl From<Allow> for Hour {
    fn from(allow: Allow) -> Self {
        match allow {
            Allow::Full => Self::Full,
            Allow::Limited => Self::Limited,
            Allow::Nothing => Self::Nothing,
        }
    }
}

/// Days as the command line has them, Monday first.
pub(crate) const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn rate_or_none(text: &str) -> Result<Rate, String> {
    if text == "none" { Ok(Rate(None)) } else { rate(text).map(|rate| Rate(Some(rate))) }
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

fn days(text: &str) -> Result<Range<usize>, String> {
    let day = |name: &str| DAYS.iter().position(|day| *day == name);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (day(first), day(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..last + 1),
        _ => Err(format!("expected days such as mon or mon-fri, of {}", DAYS.join(", "))),
    }
}

fn hours(text: &str) -> Result<Range<usize>, String> {
    let hour = |text: &str| text.parse::<usize>().ok().filter(|hour| *hour <= 24);
    match text.split_once('-').and_then(|(from, to)| Some((hour(from)?, hour(to)?))) {
        Some((from, to)) if from < to => Ok(from..to),
        _ => Err("expected hours of a day such as 8-18".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other_and_hours_lie_within_one_day() {
        assert_eq!((days("mon"), days("sat-sun"), days("mon-sun")), (Ok(0..1), Ok(5..7), Ok(0..7)));
        assert_eq!((hours("8-18"), hours("0-24"), hours("23-24")), (Ok(8..18), Ok(0..24), Ok(23..24)));
        for wrong in ["", "monday", "fri-mon", "mon-", "mon-tue-wed"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "8", "18-8", "8-8", "8-25", "-1-4", "8:30-9"] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }
}
