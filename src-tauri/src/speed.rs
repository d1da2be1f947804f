//! How fast, and when: what is set of it, what follows from that at this moment, and full speed for an hour. It is kept in the
//! file of settings, where the command line changes it as well; so it is read there before it is changed, and the engine that
//! owns the queue says what counts.

use crate::desktop::off_thread;
use crate::shell::Shell;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::Failure;
use slipway_engine::timetable::{Hour, Timetable};
use slipway_engine::{Caps, Hold, Metered, Throttle, ThrottleView};
use ts_rs::TS;

/// How long full speed lasts.
const AN_HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How fast, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Speed {
    set: SetSpeed,
    /// Why nothing is sent that a person adds, and that folders bring; `null` where something is.
    #[ts(inline)]
    held: Option<Hold>,
    #[ts(inline)]
    held_folders: Option<Hold>,
    /// The limits that count now, in bytes a second; those of the process that owns the queue among them.
    limit: Option<u64>,
    limit_folders: Option<u64>,
    /// Neither limits nor timetable count.
    #[expect(clippy::struct_field_names, reason = "what a person asked for is called so everywhere")]
    full_speed: bool,
    /// When something else counts by itself.
    until: Option<String>,
    #[ts(inline)]
    metered: Metered,
}

/// What a person sets of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetSpeed {
    /// Bytes a second, everything together; `null` for as fast as the line.
    limit: Option<u64>,
    /// The same for what watched folders bring.
    limit_folders: Option<u64>,
    /// The hours of each day, Monday first.
    #[ts(as = "Vec<Vec<Hour>>")]
    timetable: Timetable,
    /// What watched folders bring waits while the connection costs.
    hold_on_metered: bool,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullSpeed {
    /// For an hour from now, or no longer.
    on: bool,
}

impl Speed {
    pub(crate) fn of(view: &ThrottleView) -> Self {
        let ThrottleView { set, now, metered } = view;
        Self {
            set: SetSpeed {
                limit: set.caps.all,
                limit_folders: set.caps.automatic,
                timetable: set.timetable,
                hold_on_metered: set.hold_on_metered,
            },
            held: now.manual,
            held_folders: now.automatic,
            limit: now.caps.all,
            limit_folders: now.caps.automatic,
            full_speed: now.full_speed,
            until: now.until.map(|until| until.to_string()),
            metered: *metered,
        }
    }
}

impl Shell {
    /// What counts, where there is an engine to say so.
    pub(crate) async fn speed(&self) -> Option<Speed> {
        let view = self.place.engine().await.ok()?.throttle().await.ok()?;
        Some(Speed::of(&view))
    }

    pub(crate) async fn set_speed(&self, wanted: SetSpeed) -> Result<Speed, Failure> {
        self.throttle(move |throttle| {
            let SetSpeed { limit, limit_folders, timetable, hold_on_metered } = wanted;
            throttle.caps = Caps { all: limit, automatic: limit_folders, ..throttle.caps };
            throttle.timetable = timetable;
            throttle.hold_on_metered = hold_on_metered;
        })
        .await
    }

    pub(crate) async fn full_speed(&self, FullSpeed { on }: FullSpeed) -> Result<Speed, Failure> {
        self.throttle(move |throttle| {
            let end = (Timestamp::now() + AN_HOUR).as_second();
            throttle.full_speed_until = Timestamp::from_second(end).ok().filter(|_| on);
        })
        .await
    }

    async fn throttle(&self, change: impl FnOnce(&mut Throttle) + Send + 'static) -> Result<Speed, Failure> {
        let file = self.means.file.clone();
        let reading = off_thread(move || {
            let mut settings = file.read().settings;
            let before = settings.throttle;
            change(&mut settings.throttle);
            if settings.throttle == before { Ok(file.read()) } else { file.change(&settings) }
        })
        .await?;
        self.means.set(reading, &self.voice);
        let engine = self.place.engine().await?;
        engine.throttle_changed().await?;
        Ok(Speed::of(&engine.throttle().await?))
    }
}
