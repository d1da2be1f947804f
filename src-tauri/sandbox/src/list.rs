//! `photo/list`: who may see what, in which order, and how old the answer may be.
//!
//! Owns filters, order, paging, the lag before a new video shows, and the cache that anonymous callers may be answered
//! from. Next: `list/object.rs` for what one entry looks like.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::auth::USER_ID;
use crate::envelope::{Found, Paging, Problem};
use crate::form::{self, Form};
use crate::inspect::{Kind, VideoRecord};
use crate::metadata::{self, split_tags};
use crate::state::Level;
use crate::transcoding;
use crate::unpoisoned;
use crate::visit::Visit;

mod object;

/// Anonymous answers may be this old, in seconds.
const CACHE_LIFE: i64 = 30 * 60;

/// The largest page; version 1 names it, version 2's tool uses it.
const LARGEST_PAGE: u64 = 100;

struct Cached {
    at: i64,
    value: Value,
    paging: Paging,
}

/// Earlier answers to anonymous callers, by what they asked.
#[derive(Default)]
pub(crate) struct Cache(Mutex<HashMap<String, Cached>>);

impl Cache {
    fn get(&self, key: &str, now: i64) -> Option<(Value, Paging, i64)> {
        let cached = unpoisoned(&self.0);
        let found = cached.get(key).filter(|cached| now - cached.at < CACHE_LIFE)?;
        Some((found.value.clone(), found.paging, found.at))
    }

    fn put(&self, key: String, at: i64, value: Value, paging: Paging) {
        unpoisoned(&self.0).insert(key, Cached { at, value, paging });
    }
}

/// What was asked, so that two callers who ask the same can share an answer.
fn cache_key(visit: &Visit, form: &Form) -> String {
    let mut fields: Vec<_> = form.fields.iter().filter(|(name, _)| name != "time").collect();
    fields.sort();
    format!("{} {fields:?}", visit.version)
}

/// `p` and `size` as every list takes them.
pub(crate) fn page(form: &Form) -> (u64, u64) {
    let p = form.number("p").unwrap_or(1).max(1);
    let size = form.number("size").unwrap_or(20).clamp(1, LARGEST_PAGE);
    (p, size)
}

/// Cuts one page out of a list.
pub(crate) fn paged<T>(items: Vec<T>, form: &Form) -> (Vec<T>, Paging) {
    let (p, size) = page(form);
    let total_count = items.len() as u64;
    let first = (p - 1).saturating_mul(size) as usize;
    let items = items.into_iter().skip(first).take(size as usize).collect();
    (items, Paging { p, size, total_count })
}

/// `photo/list`.
pub(crate) fn photos(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let world = &visit.world;
    let switches = world.switches();
    let now = world.clock.now();
    let cacheable = switches.cache_anonymous && visit.caller.level <= Level::Anonymous && form.text("time").is_none();
    let key = cache_key(visit, form);
    if cacheable && let Some((value, paging, at)) = world.cache.get(&key, now) {
        let found = Found::new("photos", value);
        return Ok(Found { paging: Some(paging), cached_at: Some(at), ..found });
    }

    let question = Question::of(visit, form)?;
    let hidden_after = visit.asked.stale.unwrap_or(switches.list_lag);
    let seen_until = world.clock.now_ms() - hidden_after.as_millis() as i64;
    let mut videos: Vec<VideoRecord> = world.store.read(|state| {
        let there = state
            .videos
            .values()
            .map(|video| transcoding::as_told(world, video))
            .filter(|video| video.created_ms <= seen_until);
        there.filter(|video| !visit.asked.empty_list && question.wants(video, visit)).cloned().collect()
    });
    question.sort(&mut videos);
    let (videos, paging) = paged(videos, form);
    let albums = world.store.read(|state| state.albums.clone());
    let value: Value = videos.iter().map(|video| object::photo(visit, form, video, &albums)).collect::<Vec<_>>().into();
    if cacheable {
        world.cache.put(key, now, value.clone(), paging);
    }
    // A stale answer owns up to being cached, as the pages say such answers do.
    let cached_at = visit.asked.stale.map(|age| now - age.as_secs() as i64);
    Ok(Found { paging: Some(paging), cached_at, ..Found::new("photos", value) })
}

/// What a caller wants to see.
struct Question {
    photo_id: Option<u64>,
    album_id: Option<u64>,
    token: Option<String>,
    upload_token: Option<String>,
    user_id: Option<u64>,
    search: Option<String>,
    tags: Vec<String>,
    any_tag: bool,
    original_filename: Option<String>,
    flags: Vec<(&'static str, bool)>,
    unpublished: bool,
    unalbummed: bool,
    after: Option<i64>,
    before: Option<i64>,
    orderby: String,
    ascending: bool,
    promoted_first: bool,
}

/// Filters by a flag of the object.
const FLAGS: [&str; 6] = ["video_p", "audio_p", "placeholder_p", "video_encoded_p", "published_p", "promoted_p"];

impl Question {
    fn of(visit: &Visit, form: &Form) -> Result<Self, Problem> {
        let number = |name: &str| match form.filled(name) {
            None => Ok(None),
            Some(text) => match text.trim().parse().ok() {
                Some(id) => Ok(Some(id)),
                None => Err(Problem::invalid(format!("{name} is not a number"))),
            },
        };
        let word = |name: &str| form.filled(name).map(str::to_owned);
        let album_id = number("album_id")?;
        let photo_id = number("photo_id")?;
        let user_id = match form.filled("user_id") {
            Some("me") => Some(USER_ID),
            _ => number("user_id")?,
        };
        let tags = form.filled("tags").or(form.filled("tag")).unwrap_or_default();
        let default_order = if visit.version == 1 { "published" } else { "default-published" };
        let orderby = form.filled("orderby").unwrap_or(default_order).to_owned();
        let flag = |name: &str| form.filled(name).and_then(form::flag);
        Ok(Self {
            // In version 1 the album wins over the id.
            photo_id: if visit.version == 1 && album_id.is_some() { None } else { photo_id },
            album_id,
            token: word("token"),
            upload_token: word("upload_token"),
            user_id,
            search: form.filled("search").map(str::to_lowercase),
            tags: split_tags(tags),
            any_tag: matches!(form.text("tag_mode"), Some("any" | "or")),
            original_filename: word("original_filename").filter(|_| visit.version == 2),
            flags: FLAGS.into_iter().filter_map(|name| Some((name, flag(name)?))).collect(),
            unpublished: flag("include_unpublished_p").unwrap_or(false),
            unalbummed: flag("unalbummed_p").unwrap_or(false),
            after: form.filled("after_time").and_then(metadata::date),
            before: form.filled("before_time").and_then(metadata::date),
            promoted_first: flag("prioritize_promoted_p").unwrap_or(orderby.starts_with("default")),
            orderby,
            ascending: form.text("order") == Some("asc"),
        })
    }

    /// Unpublished videos want the level read and the wish to see them, or the video's own token.
    fn may_see(&self, video: &VideoRecord, visit: &Visit) -> bool {
        if video.is_public(visit.world.clock.now()) {
            return true;
        }
        let by_level = self.unpublished && visit.caller.level >= Level::Read;
        let by_token = self.token.as_deref() == Some(&video.token);
        let by_upload_token = self.upload_token.is_some() && visit.world.switches().unpublished_by_upload_token;
        by_level || by_token || by_upload_token
    }

    fn wants(&self, video: &VideoRecord, visit: &Visit) -> bool {
        fn is<T: PartialEq>(wanted: Option<T>, value: &T) -> bool {
            wanted.is_none_or(|wanted| wanted == *value)
        }
        let created = video.created_ms / 1000;
        self.may_see(video, visit)
            && is(self.photo_id, &video.photo_id)
            && self.album_id.is_none_or(|album| video.album_ids.contains(&album))
            && is(self.token.as_ref(), &&video.token)
            && self.upload_token.as_ref().is_none_or(|token| video.upload_token.as_ref() == Some(token))
            && is(self.user_id, &video.user_id)
            && is(self.original_filename.as_ref(), &&video.original_filename)
            && (!self.unalbummed || video.album_ids.is_empty())
            && self.after.is_none_or(|after| created >= after)
            && self.before.is_none_or(|before| created <= before)
            && self.search.as_ref().is_none_or(|search| found_in(video, search))
            && self.has_tags(video)
            && self.flags.iter().all(|(name, wanted)| has_flag(video, visit, name) == *wanted)
    }

    fn has_tags(&self, video: &VideoRecord) -> bool {
        let has = |tag: &String| video.tags.contains(tag);
        match self.any_tag {
            _ if self.tags.is_empty() => true,
            true => self.tags.iter().any(has),
            false => self.tags.iter().all(has),
        }
    }

    fn sort(&self, videos: &mut [VideoRecord]) {
        let published = |video: &VideoRecord| video.publish_date.unwrap_or(video.created_ms / 1000);
        videos.sort_by(|a, b| {
            let order = match self.orderby.as_str() {
                "title" => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
                "words" => a.description.len().cmp(&b.description.len()),
                "uploaded" | "created" | "creation" | "taken" => a.created_ms.cmp(&b.created_ms),
                _ => published(a).cmp(&published(b)),
            };
            let order = order.then(a.photo_id.cmp(&b.photo_id));
            let order = if self.ascending { order } else { order.reverse() };
            if self.promoted_first { b.promoted.cmp(&a.promoted).then(order) } else { order }
        });
    }
}

fn found_in(video: &VideoRecord, search: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(search);
    holds(&video.title) || holds(&video.description) || video.tags.iter().any(|tag| holds(tag))
}

fn has_flag(video: &VideoRecord, visit: &Visit, name: &str) -> bool {
    match name {
        "video_p" => video.kind != Kind::Image,
        "audio_p" => video.kind == Kind::Audio,
        "video_encoded_p" => transcoding::done(&visit.world, video),
        "published_p" => video.is_public(visit.world.clock.now()),
        "promoted_p" => video.promoted,
        _ => false,
    }
}

/// A time as the lists write it, with and without its zone.
pub(crate) fn ansi(seconds: i64) -> Value {
    let timestamp = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    json!(timestamp.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
