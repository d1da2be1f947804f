//! Upload, replace and update tokens: made, checked, counted, spent.
//!
//! Owns their bounds, which differ between the versions, and the one unformatted text that answers an invalid, a
//! consumed and an expired one alike. Next: `redeem.rs`, where they are spent.

use serde_json::{Value, json};

use crate::auth::{USER_ID, random_hex, random_token};
use crate::envelope::{Found, Problem};
use crate::form::Form;
use crate::metadata;
use crate::reply::Answer;
use crate::state::{Entry, Grant, Level, Purpose};
use crate::switches::CountSpent;
use crate::visit::Visit;
use crate::world::World;

/// What a token is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purposed {
    Upload,
    Replace,
    Update,
}

impl Purposed {
    /// The field that carries the token.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Upload => "upload_token",
            Self::Replace => "replace_token",
            Self::Update => "update_token",
        }
    }

    fn suits(self, grant: &Grant) -> bool {
        match grant.purpose {
            Purpose::Upload => self == Self::Upload,
            Purpose::Replace { .. } => self == Self::Replace,
            Purpose::Update { .. } => self == Self::Update,
        }
    }
}

/// Limits of `max_uploads`, 100 in version 1 and 1000 in version 2.
fn most_uploads(version: u8) -> i64 {
    if version == 1 { 100 } else { 1000 }
}

/// A number within bounds, clamped or refused as the switch says: the pages name the bounds and not the consequence.
fn bounded(
    world: &World,
    form: &Form,
    name: &str,
    default: i64,
    bounds: std::ops::RangeInclusive<i64>,
) -> Result<i64, Problem> {
    let Some(text) = form.filled(name) else { return Ok(default) };
    let value: i64 = text.trim().parse().map_err(|_| Problem::invalid(format!("{name} is not a number")))?;
    if bounds.contains(&value) {
        return Ok(value);
    }
    if world.switches().clamp_bounds {
        return Ok(value.clamp(*bounds.start(), *bounds.end()));
    }
    let (least, most) = bounds.into_inner();
    Err(Problem::invalid(format!("{name} must be between {least} and {most}")))
}

/// `valid_minutes` runs from a quarter of an hour to a day.
const VALID_MINUTES: std::ops::RangeInclusive<i64> = 15..=1440;

/// The video that a token is asked for.
fn video_asked_for(visit: &Visit, form: &Form) -> Result<u64, Problem> {
    let photo_id = form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))?;
    let there = visit.world.store.read(|state| state.videos.contains_key(&photo_id));
    there.then_some(photo_id).ok_or_else(Problem::no_such_photo)
}

/// Fields of `get-upload-token` that are not repeated in the callback.
const KNOWN: [&str; 27] = [
    "return_url",
    "background_return_p",
    "user_id",
    "album_id",
    "title",
    "description",
    "tags",
    "publish",
    "publish_date",
    "absolute_url",
    "valid_minutes",
    "max_uploads",
    "max_uses",
    "fields",
    "format",
    "raw",
    "callback",
    "varname",
    "upload_token",
    "replace_token",
    "update_token",
    "expire",
    "photo_id",
    "file",
    "time",
    "crop_p",
    "crop_aspect_ratio_format",
];

/// Fields that the pages do not name: custom variables on the way in, repeated in the callback on the way out.
pub(crate) fn extra(form: &Form) -> Vec<(String, String)> {
    let known = |name: &str| KNOWN.contains(&name) || name.starts_with("resumable") || name.starts_with("oauth_");
    form.fields.iter().filter(|(name, _)| !known(name)).cloned().collect()
}

/// What both kinds of token have in common: their text, their bounds and where their answer goes.
fn draw(visit: &Visit, form: &Form, purpose: Purpose, default_minutes: i64) -> Result<Grant, Problem> {
    let world = &visit.world;
    let valid_minutes = bounded(world, form, "valid_minutes", default_minutes, VALID_MINUTES)?;
    let times = if matches!(purpose, Purpose::Update { .. }) { "max_uses" } else { "max_uploads" };
    let max_uploads = bounded(world, form, times, 1, 1..=most_uploads(visit.version))?;
    Ok(Grant {
        // 40 hexadecimal digits in the examples of version 1, 64 letters and digits in those of version 2.
        token: if visit.version == 1 { random_hex(40) } else { random_token(64) },
        purpose,
        user_id: USER_ID,
        wishes: crate::state::Wishes::default(),
        per_file: std::collections::BTreeMap::new(),
        valid_minutes,
        valid_until: world.clock.now() + valid_minutes * 60,
        max_uploads: max_uploads as u64,
        used: 0,
        counted: Vec::new(),
        return_url: form.text("return_url").unwrap_or_default().to_owned(),
        background: form.flag("background_return_p").unwrap_or(false),
        extra: extra(form),
    })
}

/// `photo/get-upload-token`.
pub(crate) fn get_upload_token(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let world = &visit.world;
    let user_id = match form.filled("user_id") {
        Some(_) if visit.caller.level < Level::Super => USER_ID,
        Some(id) => id.parse().map_err(|_| Problem::invalid("user_id is not a number"))?,
        None => USER_ID,
    };
    let default_minutes = if visit.version == 1 { 180 } else { 360 };
    let drawn = draw(visit, form, Purpose::Upload, default_minutes)?;
    let wishes = metadata::wishes(visit, form)?;
    let grant = Grant { user_id, wishes: wishes.clone(), ..drawn };
    let album_id = match (visit.version, wishes.album_id.parse::<u64>()) {
        (2, Ok(id)) => json!(id),
        _ => json!(wishes.album_id),
    };
    let mut value = json!({
        "upload_token": grant.token,
        "title": wishes.title,
        "description": wishes.description,
        "tags": wishes.tags,
        "publish": if visit.version == 1 { flag_1(wishes.publish) } else { flag_t(wishes.publish) },
        "user_id": user_id,
        "album_id": album_id,
        "max_uploads": grant.max_uploads.to_string(),
        "valid_minutes": grant.valid_minutes.to_string(),
        "valid_until": grant.valid_until.to_string(),
        "return_url": grant.return_url,
    });
    if visit.version == 2
        && let Value::Object(object) = &mut value
    {
        object.insert("background_return_p".to_owned(), json!(grant.background));
        object.insert("crossposted_p".to_owned(), json!(false));
        object.insert("absolute_url".to_owned(), json!(wishes.absolute_url));
        object.insert("publish_date".to_owned(), json!(form.text("publish_date").unwrap_or_default()));
        object.insert("token_tags".to_owned(), json!(""));
    }
    world.store.put(Entry::Grant(Box::new(grant)));
    Ok(Found::new("uploadtoken", value).saying("The upload token is ready to use"))
}

fn flag_1(flag: bool) -> Value {
    json!(if flag { "1" } else { "0" })
}

fn flag_t(flag: bool) -> Value {
    json!(if flag { "t" } else { "f" })
}

/// `photo/get-replace-token`. Its numbers are numbers in version 2, unlike those of its sibling.
pub(crate) fn get_replace_token(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let world = &visit.world;
    let photo_id = video_asked_for(visit, form)?;
    let grant = draw(visit, form, Purpose::Replace { photo_id }, 180)?;
    let mut value = json!({
        "replace_token": grant.token,
        "photo_id": photo_id,
        "max_uploads": grant.max_uploads,
        "valid_minutes": grant.valid_minutes,
        "valid_until": grant.valid_until,
        "return_url": grant.return_url,
    });
    if visit.version == 2
        && let Value::Object(object) = &mut value
    {
        object.insert("background_return_p".to_owned(), json!(grant.background));
    }
    world.store.put(Entry::Grant(Box::new(grant)));
    Ok(Found::new("replacetoken", value).saying("The replace token is ready to use"))
}

/// `photo/get-update-token`: a change of metadata for somebody without a credential.
pub(crate) fn get_update_token(visit: &Visit, form: &Form) -> Result<Found, Problem> {
    let photo_id = video_asked_for(visit, form)?;
    let grant = draw(visit, form, Purpose::Update { photo_id }, 180)?;
    let value = json!({
        "update_token": grant.token,
        "photo_id": photo_id,
        "max_uses": grant.max_uploads,
        "valid_minutes": grant.valid_minutes,
        "valid_until": grant.valid_until,
    });
    visit.world.store.put(Entry::Grant(Box::new(grant)));
    Ok(Found::new("updatetoken", value).saying("The update token is ready to use"))
}

/// Spends one use of an update token and answers the video that it is for.
pub(crate) fn spend_on_update(visit: &Visit, form: &Form, asked: Option<u64>) -> Result<u64, Problem> {
    let world = &visit.world;
    let token =
        form.filled("update_token").ok_or_else(|| Problem::new(400, "token_required", "update_token is required"))?;
    let now = world.clock.now();
    let photo_id = world.store.change(|state| {
        let grant = state.grants.get(token);
        let sound = fault_of(grant, Purposed::Update, None, now).is_none();
        match grant.filter(|_| sound).map(|grant| (grant, &grant.purpose)) {
            Some((grant, Purpose::Update { photo_id })) if asked.is_none_or(|asked| asked == *photo_id) => {
                let spent = Grant { used: grant.used + 1, ..grant.clone() };
                (Some(*photo_id), vec![Entry::Grant(Box::new(spent))])
            }
            _ => (None, Vec::new()),
        }
    });
    let bad = || Problem::new(400, "invalid_photo_token", "The update token is invalid, consumed or expired");
    photo_id.filter(|_| !visit.asked.bad_token).ok_or_else(bad)
}

/// Why a token is no good; the answer does not tell.
fn fault_of(grant: Option<&Grant>, purpose: Purposed, identifier: Option<&str>, now: i64) -> Option<&'static str> {
    let Some(grant) = grant.filter(|grant| purpose.suits(grant)) else {
        return Some("token unknown");
    };
    if now >= grant.valid_until {
        return Some("token expired");
    }
    let counted = identifier.is_some_and(|id| grant.counted.iter().any(|other| other == id));
    if grant.used >= grant.max_uploads && !counted {
        return Some("token consumed");
    }
    None
}

/// The unformatted text for a token that is no good.
pub(crate) fn bad(world: &World, reason: &str) -> Answer {
    let switches = world.switches();
    Answer::text(switches.bad_token_status, switches.bad_token_text).because(reason)
}

/// Looks at the token without spending it.
pub(crate) fn check(visit: &Visit, form: &Form, purpose: Purposed, identifier: Option<&str>) -> Result<(), Answer> {
    let world = &visit.world;
    if visit.asked.bad_token {
        return Err(bad(world, "token refused by a fault"));
    }
    let token = form.text(purpose.field()).unwrap_or_default();
    let now = world.clock.now();
    match world.store.read(|state| fault_of(state.grants.get(token), purpose, identifier, now)) {
        None => Ok(()),
        Some(reason) => Err(bad(world, reason)),
    }
}

/// Counts a file when its first chunk comes, if that is when files count.
pub(crate) fn count_first_chunk(visit: &Visit, form: &Form, purpose: Purposed, identifier: &str) -> Result<(), Answer> {
    let world = &visit.world;
    if world.switches().count_spent != CountSpent::AtFirstChunk {
        return Ok(());
    }
    let token = form.text(purpose.field()).unwrap_or_default();
    let now = world.clock.now();
    let reason = world.store.change(|state| {
        let grant = state.grants.get(token);
        if grant.is_some_and(|grant| grant.counted.iter().any(|other| other == identifier)) {
            return (None, Vec::new());
        }
        match (fault_of(grant, purpose, None, now), grant) {
            (None, Some(grant)) => {
                let mut grant = grant.clone();
                grant.used += 1;
                grant.counted.push(identifier.to_owned());
                (None, vec![Entry::Grant(Box::new(grant))])
            }
            // A token that is never looked at before the commit does not speak up here either.
            (Some("token consumed"), _) => (Some("token consumed"), Vec::new()),
            _ => (None, Vec::new()),
        }
    });
    reason.map_or(Ok(()), |reason| Err(bad(world, reason)))
}

/// Spends one upload of the token and answers it.
pub(crate) fn spend(visit: &Visit, form: &Form, purpose: Purposed, identifier: Option<&str>) -> Result<Grant, Answer> {
    let world = &visit.world;
    check(visit, form, purpose, identifier)?;
    let token = form.text(purpose.field()).unwrap_or_default();
    let now = world.clock.now();
    // Looked at again under the same lock as the spending: of two that come together one is too late.
    let spent = world.store.change(|state| {
        let grant = state.grants.get(token);
        match (fault_of(grant, purpose, identifier, now), grant) {
            (None, Some(grant)) => {
                let mut grant = grant.clone();
                match identifier.and_then(|id| grant.counted.iter().position(|other| other == id)) {
                    Some(place) => drop(grant.counted.remove(place)),
                    None => grant.used += 1,
                }
                (Ok(grant.clone()), vec![Entry::Grant(Box::new(grant))])
            }
            (reason, _) => (Err(reason.unwrap_or("token unknown")), Vec::new()),
        }
    });
    spent.map_err(|reason| bad(world, reason))
}

/// A token that stands, for the methods that change what it will make; they outlive its last upload.
pub(crate) fn standing(visit: &Visit, form: &Form) -> Result<Grant, Problem> {
    let token = form.text("upload_token").unwrap_or_default();
    visit
        .world
        .store
        .read(|state| state.grants.get(token).cloned())
        .filter(|grant| grant.purpose == Purpose::Upload)
        .ok_or_else(|| Problem::new(404, "invalid_photo_token", "The upload token is invalid"))
}

/// Expires them all.
pub(crate) fn expire_all(world: &World) {
    let now = world.clock.now();
    world.store.change(|state| {
        let expired = state
            .grants
            .values()
            .map(|grant| Entry::Grant(Box::new(Grant { valid_until: grant.valid_until.min(now), ..grant.clone() })));
        ((), expired.collect())
    });
}
