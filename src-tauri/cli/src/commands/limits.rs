//! `slipway limits`: how fast, and when. What is set goes into the file of settings, and whoever owns the queue is told.

use super::{Done, Trouble};
use crate::args::{DAYS, Limits, LimitsSet};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::settings::{SettingsFile, written_rate};
use slipway_engine::timetable::{Day, Hour};
use slipway_engine::{Front, Metered, Throttle, ThrottleView};

pub(crate) async fn limits(setting: &Setting, command: Limits, json: bool) -> Done {
    let front = setting.at_rest(None).await.map_err(|failure| Trouble::from(failure).in_json(json))?;
    let result = obey(setting, &front, command).await;
    front.stop().await;
    let view = result.map_err(|failure| Trouble::from(failure).in_json(json))?;
    if json {
        report::object_to_stdout(&object(&view));
    } else {
        tell(&view);
    }
    Ok(Exit::Done)
}

async fn obey(setting: &Setting, front: &Front, command: Limits) -> Result<ThrottleView, Failure> {
    let file = SettingsFile::of(setting.home());
    let mut settings = file.read().settings;
    let before = settings.throttle;
    let throttle = &mut settings.throttle;
    match command {
        Limits::Show => {}
        Limits::Set(LimitsSet { rate, rate_folders, hold_on_metered }) => {
            throttle.caps.all = rate.map_or(throttle.caps.all, |rate| rate.0);
            throttle.caps.automatic = rate_folders.map_or(throttle.caps.automatic, |rate| rate.0);
            throttle.hold_on_metered = hold_on_metered.unwrap_or(throttle.hold_on_metered);
        }
        Limits::Hours { days, hours, allow } => {
            for day in &mut throttle.timetable.0[days] {
                day[hours.clone()].fill(allow.into());
            }
        }
        Limits::FullSpeed { stop: true, .. } => throttle.full_speed_until = None,
        Limits::FullSpeed { time, .. } => throttle.full_speed_until = Some(in_a_while(time)?),
    }
    if settings.throttle != before {
        file.change(&settings)?;
    }
    // Without a change as well: somebody may have written into the file by hand.
    front.throttle_changed().await?;
    front.throttle().await
}

/// A moment in whole seconds.
fn in_a_while(time: std::time::Duration) -> Result<Timestamp, Failure> {
    let until = SignedDuration::try_from(time).ok().and_then(|time| Timestamp::now().checked_add(time).ok());
    let until = until.and_then(|until| Timestamp::from_second(until.as_second()).ok());
    until.ok_or_else(|| Failure::new(Code::SettingsInvalid).because("why.setting_not_moment", []))
}

fn object(view: &ThrottleView) -> Value {
    let ThrottleView { set, now, metered } = view;
    json!({
        "event": "limits",
        "limit_rate": set.caps.all,
        "limit_rate_folders": set.caps.automatic,
        "timetable": set.timetable,
        "full_speed_until": set.full_speed_until,
        "hold_on_metered": set.hold_on_metered,
        "metered": metered,
        "now": {
            "limit_rate": now.caps.all,
            "limit_rate_folders": now.caps.automatic,
            "held": now.manual,
            "held_folders": now.automatic,
            "full_speed": now.full_speed,
            "until": now.until,
        },
    })
}

fn tell(view: &ThrottleView) {
    let rate = |rate: Option<u64>| rate.map_or_else(|| words::say("cli.limits_none", &[]), written_rate);
    let ThrottleView { set: Throttle { caps, timetable, .. }, now, .. } = view;
    let values = [("all", rate(caps.all)), ("folders", rate(caps.automatic))];
    report::line_to_stdout(&words::say("cli.limits_rates", &values.each_ref().map(|(name, value)| (*name, &**value))));
    let what = match (now.manual, now.automatic) {
        (Some(_), _) => "cli.limits_now_nothing",
        (None, Some(_)) => "cli.limits_now_metered",
        (None, None) if now.full_speed => "cli.limits_now_full_speed",
        (None, None) if now.caps.all.is_some() || now.caps.automatic.is_some() => "cli.limits_now_limited",
        (None, None) => "cli.limits_now_full",
    };
    let mut line = words::say(what, &[]);
    if let Some(until) = now.until {
        let until = until.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
        line.push_str(&words::say("cli.limits_until", &[("time", &until)]));
    }
    report::line_to_stdout(&line);
    if view.metered == Metered::Yes && now.automatic.is_none() {
        report::line_to_stdout(&words::say("cli.limits_metered_passed_over", &[]));
    }
    for (day, hours) in DAYS.iter().zip(&timetable.0).filter(|(_, hours)| **hours != Day::default()) {
        report::line_to_stdout(&format!("  {day}  {}", spans(hours)));
    }
}

/// `0-8 full, 8-17 limited, 17-24 nothing`.
fn spans(hours: &Day) -> String {
    let mut spans: Vec<(usize, usize, Hour)> = Vec::new();
    for (n, hour) in hours.iter().enumerate() {
        match spans.last_mut() {
            Some(last) if last.2 == *hour => last.1 = n + 1,
            _ => spans.push((n, n + 1, *hour)),
        }
    }
    let word = |hour| match hour {
        Hour::Full => "full",
        Hour::Limited => "limited",
        Hour::Nothing => "nothing",
    };
    spans.into_iter().map(|(from, to, hour)| format!("{from}-{to} {}", word(hour))).collect::<Vec<_>>().join(", ")
}
