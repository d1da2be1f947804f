//! Transcoding, which takes time: nothing is transcoded, but progress climbs with the server's clock.
//!
//! Owns the fraction and `photo/get-transcoding-progress`. A replacement starts it over. Pictures need none.

use serde_json::{Map, Value, json};

use crate::envelope::{Found, Problem};
use crate::form::Form;
use crate::inspect::{Kind, VideoRecord};
use crate::visit::Visit;
use crate::world::World;

/// What lists and transcoding tell of: for a while after a replacement, of what was there before.
pub(crate) fn as_told<'a>(world: &World, video: &'a VideoRecord) -> &'a VideoRecord {
    let lag = world.switches().replacement_lag.as_millis() as i64;
    match &video.before {
        Some(before) if world.clock.now_ms() < video.changed_ms + lag => before,
        _ => video,
    }
}

/// How far it is, 0 to 1.
pub(crate) fn fraction(world: &World, video: &VideoRecord) -> f64 {
    let switches = world.switches();
    let lag = if video.replaced > 0 { switches.replacement_lag.as_millis() as i64 } else { 0 };
    let whole = switches.transcoding.as_millis() as f64;
    if video.kind == Kind::Image || whole <= 0.0 {
        return 1.0;
    }
    let gone = (world.clock.now_ms() - video.stored_ms - lag).max(0) as f64;
    (gone / whole).min(1.0)
}

/// The formats and the share of the whole time after which each is ready: the small ones before the large.
const FORMATS: [(&str, f64); 6] = [
    ("video_original", 0.1),
    ("audio", 0.3),
    ("video_medium", 0.5),
    ("video_frames", 0.6),
    ("video_hd", 0.8),
    ("video_1080p", 1.0),
];

/// The formats that are not ready yet.
pub(crate) fn pending(world: &World, video: &VideoRecord) -> Vec<&'static str> {
    let all = fraction(world, video);
    FORMATS.into_iter().filter(|(_, share)| all < *share).map(|(format, _)| format).collect()
}

pub(crate) fn done(world: &World, video: &VideoRecord) -> bool {
    fraction(world, video) >= 1.0
}

/// A fraction in the vendor's spelling: `"1"` and `".56"` in version 1, `"1.0"` and `"0.56"` in version 2.
fn spelled(fraction: f64, version: u8) -> String {
    let text = format!("{fraction:.2}");
    match (version, fraction >= 1.0) {
        (1, true) => "1".to_owned(),
        (_, true) => "1.0".to_owned(),
        (1, false) if fraction > 0.0 => text.trim_start_matches('0').to_owned(),
        _ => text,
    }
}

/// `photo/get-transcoding-progress`.
pub(crate) fn progress(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let world = &visit.world;
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    let video = world.store.read(|state| state.videos.get(&photo_id).cloned());
    let video = video.ok_or_else(Problem::no_such_photo)?;
    let all = fraction(world, as_told(world, &video));
    let mut formats = Map::new();
    formats.insert("all".to_owned(), json!(spelled(all, visit.version)));
    for (format, share) in FORMATS {
        formats.insert(format.to_owned(), json!(spelled((all / share).min(1.0), visit.version)));
    }
    let formats = Value::Object(formats);
    let value: Value =
        if visit.version == 2 && world.switches().progress_nested { json!({ "progress": formats }) } else { formats };
    Ok(Found::new("progress", value))
}
