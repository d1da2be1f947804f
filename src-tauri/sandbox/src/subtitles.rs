//! Subtitles: taken as SRT or WebVTT, listed, and handed out as they came.
//!
//! Owns `photo/subtitle/upload`, `photo/subtitle/list` and `photo/subtitle/locales`. Next: `inspect/video.rs` for what is kept of one.

use serde_json::{Value, json};

use crate::assembly::blocking;
use crate::envelope::{Found, Problem};
use crate::form::Form;
use crate::inspect::{Subtitle, VideoRecord};
use crate::reply::Answer;
use crate::state::Entry;
use crate::visit::Visit;
use crate::world::World;

/// How much of a file is kept, in bytes.
const KEPT: u64 = 1024 * 1024;

/// `photo/subtitle/upload`: told by its first lines, not by its name. Answers nothing but that it went well.
pub(crate) async fn upload(visit: &Visit, form: &mut Form) -> Result<Found, Problem> {
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    let locale = form.filled("locale").ok_or_else(|| Problem::invalid("locale is required"))?.to_owned();
    let file = form.file.take().filter(|file| file.spool.bytes > 0);
    let file = file.ok_or_else(|| Problem::new(400, "no_file", "No file was uploaded"))?;
    let bytes = file.spool.bytes;
    let text = match file.spool.path.clone() {
        // A sink kept nothing to look at.
        None => String::new(),
        Some(path) => {
            let read = blocking(move || {
                use std::io::Read;
                let mut text = Vec::new();
                std::fs::File::open(path)?.take(KEPT).read_to_end(&mut text)?;
                Ok(text)
            });
            let text = read.await.map_err(|error| Problem::new(500, "creation_error", error.to_string()))?;
            String::from_utf8_lossy(&text).into_owned()
        }
    };
    let plain = text.trim_start_matches('\u{feff}').trim_start();
    if !visit.world.sink && !plain.starts_with("WEBVTT") && !text.contains("-->") {
        return Err(Problem::new(400, "invalid_type", "The subtitle format isn't recognised"));
    }
    let kind = form.filled("type").unwrap_or("general").to_owned();
    let draft = form.flag("draft_p").unwrap_or(false);
    let subtitle = Subtitle { locale, kind, draft, bytes, text };
    let twice = visit.world.switches().same_locale_twice;
    let there = visit.world.store.change(|state| match state.videos.get(&photo_id) {
        None => (false, Vec::new()),
        Some(video) => {
            let mut video = video.clone();
            let same = |other: &Subtitle| (&other.locale, &other.kind) == (&subtitle.locale, &subtitle.kind);
            video.subtitles.retain(|other| twice || !same(other));
            video.subtitles.push(subtitle);
            video.revision += 1;
            (true, vec![Entry::Video(Box::new(video))])
        }
    });
    if !there {
        return Err(Problem::no_such_photo());
    }
    visit.made(photo_id);
    Ok(Found::new("subtitles", json!({})))
}

/// `photo/subtitle/list`: the tracks of a video, for whoever has its own token.
pub(crate) fn list(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    let token = form.filled("token").ok_or_else(|| Problem::invalid("token is required"))?;
    let video = visit.world.store.read(|state| state.videos.get(&photo_id).cloned());
    let video = video.filter(|video| video.token == token).ok_or_else(Problem::no_such_photo)?;
    let drafts = form.flag("include_drafts_p").unwrap_or(false);
    let format = form.filled("subtitle_format").unwrap_or("websrt");
    let wanted = |subtitle: &Subtitle| {
        (drafts || !subtitle.draft) && form.filled("type").is_none_or(|kind| kind == subtitle.kind)
    };
    let tracks = video.subtitles.iter().enumerate().filter(|(_, subtitle)| wanted(subtitle));
    let tracks: Vec<Value> =
        tracks.map(|(place, track)| described(visit.version, &video, place, track, format)).collect();
    Ok(Found::new("subtitles", tracks.into()))
}

/// The locales that a workspace has; the specification's own example is the first.
const LOCALES: [&str; 14] = [
    "ar_EG", "da_DK", "de_DE", "en_GB", "en_US", "es_ES", "fi_FI", "fr_BE", "fr_FR", "nb_NO", "nl_NL", "pt_BR",
    "sv_SE", "zh_CN",
];

/// `photo/subtitle/locales`.
pub(crate) fn locales() -> Found {
    let described = |locale: &&str| {
        json!({
            "locale": locale,
            "label": label(locale),
            "auto_transcribe_p": false,
            "auto_translate_p": false,
            "live_p": false,
        })
    };
    Found::new("locales", LOCALES.iter().map(described).collect::<Vec<_>>().into())
}

/// What people call a locale, as in `Portuguese (BR)`; itself where this does not know better.
fn label(locale: &str) -> String {
    let (language, country) = locale.split_once(['_', '-']).unwrap_or((locale, ""));
    let name = match language {
        "da" => "Danish",
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fi" => "Finnish",
        "fr" => "French",
        "nb" | "no" => "Norwegian",
        "nl" => "Dutch",
        "pt" => "Portuguese",
        "sv" => "Swedish",
        _ => return locale.to_owned(),
    };
    if country.is_empty() { name.to_owned() } else { format!("{name} ({country})") }
}

/// One track. The first is the default; version 1's page knows three fields.
fn described(version: u8, video: &VideoRecord, place: usize, subtitle: &Subtitle, format: &str) -> Value {
    let Subtitle { locale, kind, draft, .. } = subtitle;
    let base = format!("/{}/{}/{}", video.tree_id, video.photo_id, video.token);
    if version == 1 {
        return json!({
            "locale": locale,
            "href": format!("{base}/subtitles.{locale}.{format}"),
            "default_p": place == 0,
        });
    }
    let language = locale.split(['_', '-']).next().unwrap_or_default();
    json!({
        "locale": locale,
        "href": format!("{base}/subtitles.{place}.{locale}.{kind}.{format}"),
        "language": label(locale),
        "default_p": place == 0,
        "direction": if matches!(language, "ar" | "fa" | "he" | "ur") { "rtl" } else { "ltr" },
        "draft_p": draft,
        "type": kind,
        "auto_p": false,
        "auto_waiting_p": false,
        "auto_action": "",
        "auto_error_message": "",
    })
}

/// The text behind a track's `href`: `subtitles.<place>.<locale>.<type>.<format>`, or without place and type. It comes
/// as it was sent, whatever the format.
pub(crate) fn text(world: &World, photo_id: u64, token: &str, name: &str) -> Option<Answer> {
    let parts: Vec<&str> = name.strip_prefix("subtitles.")?.split('.').collect();
    let video = world.store.read(|state| state.videos.get(&photo_id).cloned())?;
    if video.token != token {
        return None;
    }
    let found = match parts.as_slice() {
        [place, _locale, _kind, _format] => video.subtitles.get(place.parse::<usize>().ok()?),
        [locale, _format] => video.subtitles.iter().find(|subtitle| subtitle.locale == *locale),
        _ => None,
    };
    Some(Answer::text(200, found?.text.clone()))
}
