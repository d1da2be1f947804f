//! What the workspace tells of itself: categories, tags, the site, and the echo for trying out a call.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::envelope::Found;
use crate::form::Form;
use crate::list::{ansi, paged};
use crate::state::{Album, Entry, Level};
use crate::visit::Visit;
use crate::world::World;

/// This workspace among the vendor's.
pub(crate) const SITE_ID: u64 = 1;

/// Gives a new workspace some categories, one of them hidden.
pub(crate) fn furnish(world: &World) {
    let now = world.clock.now();
    world.store.change(|state| {
        if !state.albums.is_empty() {
            return ((), Vec::new());
        }
        let titles = [("News", false), ("Talks", false), ("Internal", true)];
        let mut entries: Vec<Entry> = (1..)
            .zip(titles)
            .map(|(album_id, (title, hidden))| {
                Entry::Album(Album {
                    album_id: state.last_id + album_id,
                    title: title.to_owned(),
                    hidden,
                    created: now,
                })
            })
            .collect();
        entries.push(Entry::LastId(state.last_id + titles.len() as u64));
        ((), entries)
    });
}

/// Whether the order is ascending; version 1 descends by default and version 2 ascends.
fn ascending(visit: &Visit, form: &Form) -> bool {
    match form.text("order") {
        Some("asc") => true,
        Some("desc") => false,
        _ => visit.version == 2,
    }
}

/// `album/list`.
pub(crate) fn albums(visit: &Visit, form: &Form) -> Found {
    let reader = visit.caller.level >= Level::Read;
    let hidden = reader && form.flag("include_hidden_p").unwrap_or(false);
    let search = form.filled("search").map(str::to_lowercase);
    let photo_id = form.number("photo_id");
    let mut albums: Vec<Album> = visit.world.store.read(|state| {
        let of_photo =
            photo_id.map(|id| state.videos.get(&id).map(|video| video.album_ids.clone()).unwrap_or_default());
        let wanted = |album: &&Album| {
            (hidden || !album.hidden)
                && form.number("album_id").is_none_or(|id| id == album.album_id)
                && of_photo.as_ref().is_none_or(|ids| ids.contains(&album.album_id))
                && search.as_ref().is_none_or(|search| album.title.to_lowercase().contains(search))
        };
        state.albums.values().filter(wanted).cloned().collect()
    });
    if form.text("orderby") == Some("title") {
        albums.sort_by_key(|album| album.title.to_lowercase());
    } else {
        albums.sort_by_key(|album| (album.created, album.album_id));
    }
    if !ascending(visit, form) {
        albums.reverse();
    }
    let (albums, paging) = paged(albums, form);
    let value: Vec<Value> = albums.iter().map(|album| described(album, reader)).collect();
    Found { paging: Some(paging), ..Found::new("albums", value.into()) }
}

fn described(album: &Album, reader: bool) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| drop(object.insert(key.to_owned(), value));
    put("album_id", json!(album.album_id));
    put("title", json!(album.title));
    put("one", json!(format!("/channel/{}", album.album_id)));
    put("content", json!(""));
    put("content_text", json!(""));
    put("creation_date_ansi", ansi(album.created));
    put("user_id", json!(crate::auth::USER_ID));
    if reader {
        put("hide_p", json!(album.hidden));
    }
    Value::Object(object)
}

/// `tag/list`, over the videos that everybody can see.
pub(crate) fn tags(visit: &Visit, form: &Form) -> Found {
    let now = visit.world.clock.now();
    let search = form.filled("search").map(str::to_lowercase);
    let without_machine = form.flag("exclude_machine_tags_p").unwrap_or(visit.version == 2);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    visit.world.store.read(|state| {
        let seen = |video: &&crate::VideoRecord| visit.caller.level >= Level::Read || video.is_public(now);
        for tag in state.videos.values().filter(seen).flat_map(|video| &video.tags) {
            *counts.entry(tag.clone()).or_default() += 1;
        }
    });
    let wanted = |tag: &str| {
        search.as_ref().is_none_or(|search| tag.to_lowercase().contains(search))
            && !(without_machine && tag.contains(':') && tag.contains('='))
    };
    let mut tags: Vec<(String, u64)> = counts.into_iter().filter(|(tag, _)| wanted(tag)).collect();
    if form.text("orderby") == Some("count") {
        tags.sort_by_key(|(_, count)| *count);
    }
    if !ascending(visit, form) {
        tags.reverse();
    }
    let (tags, paging) = paged(tags, form);
    let value: Vec<Value> = tags
        .into_iter()
        .map(|(tag, count)| {
            let escaped: String = url::form_urlencoded::byte_serialize(tag.as_bytes()).collect();
            json!({ "tag": tag, "count": count, "url": format!("/tag/{escaped}") })
        })
        .collect();
    Found { paging: Some(paging), ..Found::new("tags", value.into()) }
}

/// `site/get`.
pub(crate) fn site(visit: &Visit) -> Found {
    let world = &visit.world;
    let mut value = json!({
        "site_id": SITE_ID,
        "product_key": "tube",
        "site_key": "sandbox",
        "domain": world.domain(),
        "site_name": world.name,
        "private_p": world.switches().closed_site,
    });
    if visit.version == 2
        && visit.caller.level >= Level::Read
        && let Value::Object(object) = &mut value
    {
        let used = world.store.read(|state| state.videos.values().map(|video| video.bytes).sum::<u64>());
        object.insert("quota_disk_used_bytes".to_owned(), json!(used));
    }
    Found::new("site", value)
}

/// `echo`: every parameter that was understood, back again.
pub(crate) fn echo(form: &Form) -> Found {
    let object: Map<String, Value> = form.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    Found::new("parameters", Value::Object(object))
}
