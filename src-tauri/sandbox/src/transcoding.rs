//! Transcoding, which takes time: nothing is transcoded, but progress climbs with the server's clock.
//!
//! Owns the fraction and `photo/get-transcoding-progress`. A replacement starts it over. Pictures need none.

use serde_json::{Value, json};

use crate::envelope::{Found, Problem};
use crate::form::Form;
use crate::inspect::{Kind, VideoRecord};
use crate::visit::Visit;
use crate::world::World;

/// How far it is, 0 to 1.
pub(crate) fn fraction(world: &World, video: &VideoRecord) -> f64 {
    let whole = world.switches().transcoding.as_millis() as f64;
    if video.kind == Kind::Image || whole <= 0.0 {
        return 1.0;
    }
    let gone = (world.clock.now_ms() - video.stored_ms).max(0) as f64;
    (gone / whole).min(1.0)
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
    let all = fraction(world, &video);
    // The small formats are ready before the large ones.
    let part = |share: f64| spelled((all / share).min(1.0), visit.version);
    let formats = json!({
        "all": spelled(all, visit.version),
        "audio": part(0.3),
        "video_original": part(0.1),
        "video_medium": part(0.5),
        "video_hd": part(0.8),
        "video_1080p": part(1.0),
        "video_frames": part(0.6),
    });
    let value: Value =
        if visit.version == 2 && world.switches().progress_nested { json!({ "progress": formats }) } else { formats };
    Ok(Found::new("progress", value))
}
