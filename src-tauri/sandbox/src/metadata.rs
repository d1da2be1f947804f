//! Titles, descriptions, tags, publishing: what a caller may say about a video, before and after it is there.
//!
//! Owns `photo/update`, `photo/delete`, their token-scoped siblings, and the rules for text. Note the
//! vendor's spelling: `publish` on tokens, `published_p` on videos. Next: `metadata/wording.rs` for the text.

use serde_json::json;

use crate::chunk;
use crate::envelope::{Found, Problem};
use crate::form::Form;
use crate::inspect::VideoRecord;
use crate::state::{Album, Entry, Grant, State, Wishes};
use crate::token;
use crate::visit::Visit;

mod wording;

pub(crate) use wording::{split_ids, split_tags};

/// A date in the forms that callers send, as seconds since 1970.
pub(crate) fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_second());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}

/// The clock of the workspace: a date without a zone is read on it.
const ZONE: &str = "Europe/Copenhagen";

fn publish_date(form: &Form) -> Result<Option<i64>, Problem> {
    let Some(text) = form.filled("publish_date") else { return Ok(None) };
    let zone = form.filled("timezone").unwrap_or(ZONE);
    let zone = jiff::tz::TimeZone::get(zone).map_err(|_| Problem::invalid("timezone is not a time zone"))?;
    let there = text.trim().parse::<jiff::civil::DateTime>().ok().filter(|_| text.parse::<jiff::Timestamp>().is_err());
    let instant = there.and_then(|there| there.to_zoned(zone).ok()).map(|zoned| zoned.timestamp().as_second());
    instant.or_else(|| date(text)).map(Some).ok_or_else(|| Problem::invalid("publish_date is not a date"))
}

/// What a new video is to be. Without `publish` it is published, as the pages warn.
pub(crate) fn wishes(visit: &Visit, form: &Form) -> Result<Wishes, Problem> {
    let publish = match form.filled("publish") {
        None => true,
        Some(_) => form.flag("publish").ok_or_else(|| Problem::invalid("publish must be 0 or 1"))?,
    };
    let publish_date = publish_date(form)?;
    let future = publish_date.is_some_and(|date| date > visit.world.clock.now());
    Ok(Wishes {
        title: wording::title(form.text("title").unwrap_or_default()),
        description: wording::description(form.text("description").unwrap_or_default()),
        tags: form.text("tags").unwrap_or_default().to_owned(),
        album_id: form.text("album_id").unwrap_or_default().to_owned(),
        publish: publish && !future,
        publish_date,
        absolute_url: form.text("absolute_url").unwrap_or_default().to_owned(),
        variables: token::extra(form).into_iter().collect(),
    })
}

/// Whether the call shows an update token instead of a credential: always in `photo/redeem-update-token`, by wish in
/// version 2's `photo/update`.
pub(crate) fn by_update_token(visit: &Visit, form: &Form) -> bool {
    let by_wish = visit.version == 2 && visit.method == "photo/update" && form.filled("update_token").is_some();
    by_wish || visit.method == "photo/redeem-update-token"
}

/// `photo/update` and `photo/redeem-update-token`: what is left out keeps its value.
pub(crate) fn update(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let asked = form.number("photo_id");
    let photo_id = if by_update_token(visit, form) {
        token::spend_on_update(visit, form, asked)?
    } else {
        asked.ok_or_else(|| Problem::invalid("photo_id is required"))?
    };
    let publish_date = if visit.version == 2 { publish_date(form)? } else { None };
    let now = visit.world.clock.now();
    let found = visit.world.store.change(|state| {
        let Some(video) = state.videos.get(&photo_id) else {
            return (Err(Problem::no_such_photo()), Vec::new());
        };
        let mut video = video.clone();
        let mut entries = Vec::new();
        if let Some(title) = form.text("title") {
            video.title = wording::title(title);
        }
        if let Some(description) = form.text("description") {
            video.description = wording::description(description);
        }
        if let Some(tags) = form.text("tags") {
            video.tags = split_tags(tags);
        }
        if let Some(album_id) = form.text("album_id") {
            video.album_ids = split_ids(album_id);
        }
        if let Some(title) = form.filled("album_title").filter(|_| visit.version == 2) {
            video.album_ids.push(album_called(state, title, now, &mut entries));
        }
        if let Some(published) = form.flag("published_p") {
            video.published = published;
        }
        if let Some(promoted) = form.flag("promoted_p").filter(|_| visit.version == 2) {
            video.promoted = promoted;
        }
        if let Some(date) = publish_date {
            video.publish_date = Some(date);
            // A date ahead publishes what is not published, when it comes.
            video.published |= date > now;
        }
        if let Some(url) = form.text("absolute_url").filter(|_| visit.version == 2) {
            url.clone_into(&mut video.absolute_url);
        }
        let about_the_call = ["published_p", "promoted_p", "album_title", "timezone", "log", "update_token"];
        for (name, value) in token::extra(form) {
            if !about_the_call.contains(&name.as_str()) {
                video.variables.insert(name, value);
            }
        }
        video.revision += 1;
        entries.push(Entry::Video(Box::new(video)));
        (Ok(()), entries)
    });
    found?;
    visit.made(photo_id);
    Ok(Found::new("photo", json!({})).saying("The photo/video was updated"))
}

fn album_called(state: &State, title: &str, now: i64, entries: &mut Vec<Entry>) -> u64 {
    if let Some(album) = state.albums.values().find(|album| album.title == title) {
        return album.album_id;
    }
    let album_id = state.last_id + 1;
    entries.push(Entry::LastId(album_id));
    let title = wording::title(title);
    entries.push(Entry::Album(Album { album_id, title, hidden: false, created: now }));
    album_id
}

/// `photo/delete`.
pub(crate) fn delete(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    remove(visit, photo_id, |_| true)
}

fn remove(visit: &Visit, photo_id: u64, may: impl Fn(&VideoRecord) -> bool) -> Result<Found, Problem> {
    let there = visit.world.store.change(|state| match state.videos.get(&photo_id) {
        Some(video) if may(video) => (true, vec![Entry::Gone(photo_id)]),
        _ => (false, Vec::new()),
    });
    if !there {
        return Err(Problem::no_such_photo());
    }
    visit.made(photo_id);
    // A sink has no files, and a video need not have a thumbnail.
    let _ = std::fs::remove_file(visit.world.video_path(photo_id));
    let _ = std::fs::remove_file(visit.world.thumbnail_path(photo_id));
    Ok(Found::new("photo", json!({})).saying("The photo/video was deleted"))
}

/// `photo/delete-upload-token`: deletes what this token made.
pub(crate) fn delete_upload_token(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    let grant = token::standing(visit, form)?;
    let identifier = form.filled("resumableIdentifier").map(chunk::stripped);
    remove(visit, photo_id, |video| {
        video.upload_token.as_deref() == Some(&grant.token) && (identifier.is_none() || video.identifier == identifier)
    })
}

/// `photo/update-upload-token`: for what the token will make, and at once for what it has made already. A missing
/// `publish` counts as 1 here too.
pub(crate) fn update_upload_token(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    token::standing(visit, form)?;
    let publish = match form.filled("publish") {
        None => true,
        Some(_) => form.flag("publish").ok_or_else(|| Problem::invalid("publish must be 0 or 1"))?,
    };
    let identifier = form.filled("resumableIdentifier").map(chunk::stripped);
    let token = form.text("upload_token").unwrap_or_default();
    visit.world.store.change(|state| {
        let Some(grant) = state.grants.get(token) else { return ((), Vec::new()) };
        let mut grant: Grant = grant.clone();
        let wishes = match &identifier {
            Some(identifier) => {
                let common = grant.wishes.clone();
                grant.per_file.entry(identifier.clone()).or_insert(common)
            }
            None => &mut grant.wishes,
        };
        reword(wishes, form, publish);
        let wishes = wishes.clone();
        let made = state.videos.values().filter(|video| {
            video.upload_token.as_deref() == Some(token) && (identifier.is_none() || video.identifier == identifier)
        });
        let mut entries: Vec<Entry> = made
            .map(|video| {
                let mut video = video.clone();
                video.title.clone_from(&wishes.title);
                video.description.clone_from(&wishes.description);
                video.tags = split_tags(&wishes.tags);
                video.album_ids = split_ids(&wishes.album_id);
                video.published = wishes.publish;
                video.revision += 1;
                Entry::Video(Box::new(video))
            })
            .collect();
        entries.push(Entry::Grant(Box::new(grant)));
        ((), entries)
    });
    Ok(Found::new("photo", json!({})).saying("The token information was updated"))
}

fn reword(wishes: &mut Wishes, form: &Form, publish: bool) {
    if let Some(title) = form.text("title") {
        wishes.title = wording::title(title);
    }
    if let Some(description) = form.text("description") {
        wishes.description = wording::description(description);
    }
    if let Some(tags) = form.text("tags") {
        tags.clone_into(&mut wishes.tags);
    }
    if let Some(album_id) = form.text("album_id") {
        album_id.clone_into(&mut wishes.album_id);
    }
    wishes.publish = publish;
}
