//! One entry of `photo/list`, with the fields that an uploader can need.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::ansi;
use crate::form::Form;
use crate::inspect::{Kind, VideoRecord};
use crate::picture;
use crate::state::{Album, Level};
use crate::transcoding;
use crate::visit::Visit;

pub(super) fn photo(visit: &Visit, form: &Form, video: &VideoRecord, albums: &BTreeMap<u64, Album>) -> Value {
    let world = &visit.world;
    let now = world.clock.now();
    let created = video.created_ms / 1000;
    let published = video.publish_date.unwrap_or(created);
    let album = video.album_ids.first();
    let album_title = album.and_then(|id| albums.get(id)).map_or("", |album| album.title.as_str());
    let all_albums: Vec<String> = video.album_ids.iter().map(u64::to_string).collect();
    let own_address = format!("{}/video/{}", world.origin(), video.photo_id);
    let absolute = if video.absolute_url.is_empty() { own_address } else { video.absolute_url.clone() };
    let progress = transcoding::fraction(world, video);
    let length = length_of(video);
    let mut object = json!({
        "photo_id": video.photo_id,
        "title": video.title,
        "tree_id": video.tree_id,
        "token": video.token,
        "one": format!("/video/{}", video.photo_id),
        "absolute_url": absolute,
        "published_p": video.is_public(now),
        "promoted_p": video.promoted,
        "video_p": video.kind != Kind::Image,
        "audio_p": video.kind == Kind::Audio,
        "video_encoded_p": progress >= 1.0,
        "placeholder_p": false,
        "album_id": album.map_or(json!(""), |id| json!(id)),
        "album_title": album_title,
        "all_albums": all_albums.join(" "),
        "tags": video.tags,
        "content": video.description,
        "content_text": video.description,
        "original_filename": video.original_filename,
        "video_length": if visit.version == 1 { json!(length) } else { json!(length.floor() as u64) },
        "video_length_fmt": format!("{}:{:02}", length as u64 / 60, length as u64 % 60),
        "subtitles_p": !video.subtitles.is_empty(),
        "creation_date_ansi": ansi(created),
        "creation_date_epoch": created,
        "publish_date_ansi": ansi(published),
        "publish_date_epoch": published,
        "user_id": video.user_id,
        "display_name": "Sandbox editor",
        "auth_user_can_edit_p": visit.caller.level >= Level::Write,
    });
    if let Value::Object(object) = &mut object {
        renditions(visit, form, video, object);
        if visit.version == 2 {
            object.insert("video_length_float".to_owned(), json!(length));
        }
        if world.switches().list_revision && form.flag("include_revision_p").unwrap_or(true) {
            object.insert("revision".to_owned(), json!(video.revision));
        }
        let tasks = form.flag("include_pending_transcode_tasks_p").unwrap_or(false);
        if tasks && visit.caller.level >= Level::Read {
            let pending = transcoding::pending(world, video);
            object.insert("pending_transcode_tasks".to_owned(), json!(pending));
        }
        if form.flag("include_stats_p").unwrap_or(false) {
            object.insert("view_count".to_owned(), json!(0));
        }
        for (name, value) in &video.variables {
            object.entry(name.clone()).or_insert(json!(value));
        }
    }
    object
}

/// A length that goes with the stored bytes and changes with them; nothing is decoded.
fn length_of(video: &VideoRecord) -> f64 {
    if video.kind == Kind::Image { 0.0 } else { 30.0 + (video.bytes % 5_713) as f64 / 10.0 }
}

/// How much larger or smaller a picture is than another of its size: that, too, changes with the file and its frame.
fn picture_detail(video: &VideoRecord) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    let own = (&video.sha256, video.bytes, video.replaced, &video.thumbnail_sha256);
    (own, video.thumbnail_time.map(f64::to_bits)).hash(&mut hasher);
    hasher.finish() % 1009
}

/// Pictures in each size, and renditions that have no size and no path until they are made.
fn renditions(visit: &Visit, form: &Form, video: &VideoRecord, object: &mut Map<String, Value>) {
    let world = &visit.world;
    let full = form.flag("use_full_urls_p").unwrap_or(false) && visit.version == 2;
    let base = if full { world.origin() } else { String::new() };
    let detail = picture_detail(video);
    for (size, width, height) in picture::sizes(visit.version) {
        let path = format!("{base}{}", picture::path(video, size));
        object.insert(format!("{size}_width"), json!(width));
        object.insert(format!("{size}_height"), json!(height));
        object.insert(format!("{size}_size"), json!(u64::from(width * height / 8) + detail));
        object.insert(format!("{size}_download"), json!(path));
    }
    let ready = video.kind == Kind::Video && transcoding::done(world, video);
    for (rendition, width, height) in [("video_medium", 640, 360), ("video_hd", 1280, 720)] {
        let path =
            format!("{base}/{}/{}/{}/{rendition}/download-video.mp4", video.tree_id, video.photo_id, video.token);
        let (bytes, path) = if ready { (video.bytes, path) } else { (0, String::new()) };
        object.insert(format!("{rendition}_width"), json!(width));
        object.insert(format!("{rendition}_height"), json!(height));
        object.insert(format!("{rendition}_size"), json!(bytes));
        object.insert(format!("{rendition}_download"), json!(path));
    }
}
