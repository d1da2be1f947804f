//! Replacing: a video's file, a video's thumbnail, or an image, under one call.
//!
//! No parameter says which is meant, so the file's own kind decides: a picture sent to a video becomes its thumbnail.
//! Owns `photo/replace` and `photo/redeem-replace-token`. Next: `redeem.rs`, whose chunk and answer rules they share.

use serde_json::json;

use crate::auth;
use crate::callback;
use crate::chunk::{self, Handled, TOO_LARGE, UNSUPPORTED};
use crate::envelope::{self, Found, Problem};
use crate::form::{FilePart, Form};
use crate::inspect::{Kind, VideoRecord};
use crate::kind;
use crate::methods::refused;
use crate::redeem::{self, keep, wish};
use crate::reply::{Answer, Reply};
use crate::state::{Entry, Level, Purpose};
use crate::switches::ReplaceChunks;
use crate::token::{self, Purposed};
use crate::visit::Visit;

/// Whether `photo/redeem-replace-token` exists in this version; the specification of version 2 leaves it out, the
/// vendor's own notes use it.
pub(crate) fn is_there(visit: &Visit) -> bool {
    visit.version == 1 || visit.world.switches().redeem_replace_in_v2
}

/// `photo/redeem-replace-token`.
pub(crate) async fn redeem(visit: &mut Visit, form: Form) -> Reply {
    if let Some(answer) = redeem::level_refused(visit, &form) {
        return Reply::Answer(answer);
    }
    by_token(visit, form).await
}

/// `photo/replace`: under a replace token, an upload token, or a credential and an id. In chunks too under each.
pub(crate) async fn replace(visit: &mut Visit, mut form: Form) -> Reply {
    if form.filled("replace_token").is_some() || !form.post {
        return by_token(visit, form).await;
    }
    let photo_id = match target(visit, &form) {
        Ok(photo_id) => photo_id,
        Err(problem) => return Reply::Answer(refused(visit, &form, &problem)),
    };
    let file = if form.file.is_some() {
        match chunk::handle(visit, &mut form, None).await {
            Handled::Answered(answer) => return Reply::Answer(answer),
            Handled::Struck(reply) => return reply,
            Handled::Whole { file, .. } => file,
        }
    } else {
        None
    };
    Reply::Answer(match direct(visit, &form, photo_id, file).await {
        Ok(found) => envelope::success(&visit.world, &wish(visit, &form), found),
        Err(problem) => refused(visit, &form, &problem),
    })
}

async fn by_token(visit: &mut Visit, mut form: Form) -> Reply {
    let (file, identifier) = match chunk::handle(visit, &mut form, Some(Purposed::Replace)).await {
        Handled::Answered(answer) => return Reply::Answer(answer),
        Handled::Struck(reply) => return reply,
        Handled::Whole { file, identifier } => (file, identifier),
    };
    Reply::Answer(redeemed(visit, &form, file, identifier.as_deref()).await)
}

async fn redeemed(visit: &mut Visit, form: &Form, file: Option<FilePart>, identifier: Option<&str>) -> Answer {
    if identifier.is_none()
        && let Err(answer) = chunk::admit(visit)
    {
        return answer;
    }
    if let Err(answer) = token::check(visit, form, Purposed::Replace, identifier) {
        return answer;
    }
    let token = form.text("replace_token").unwrap_or_default();
    let grant = visit.world.store.read(|state| state.grants.get(token).cloned());
    let Some(grant) = grant else { return token::bad(&visit.world, "token unknown") };
    let Purpose::Replace { photo_id } = grant.purpose else {
        return token::bad(&visit.world, "token unknown");
    };
    let Some(file) = file.filter(|file| file.spool.bytes > 0) else {
        return callback::failure(visit, form, &grant, "No file was uploaded").await;
    };
    if let Err(why) = sound(visit, form, &file) {
        return callback::failure(visit, form, &grant, why).await;
    }
    if let Err(answer) = token::spend(visit, form, Purposed::Replace, identifier) {
        return answer;
    }
    match put_in_place(visit, form, photo_id, file).await {
        Ok(video) => callback::success(visit, form, &grant, &video).await,
        Err(problem) => callback::failure(visit, form, &grant, &problem.message).await,
    }
}

/// Which object a caller without a replace token may replace.
fn target(visit: &Visit, form: &Form) -> Result<u64, Problem> {
    if form.filled("upload_token").is_some() && visit.version == 2 {
        let grant = token::standing(visit, form)?;
        let identifier = form.filled("resumableIdentifier").map(chunk::stripped);
        return visit
            .world
            .store
            .read(|state| {
                let mut made = state.videos.values().filter(|video| {
                    video.upload_token.as_deref() == Some(&grant.token)
                        && (identifier.is_none() || video.identifier == identifier)
                });
                made.next_back().map(|video| video.photo_id)
            })
            .ok_or_else(Problem::no_such_photo);
    }
    auth::admit(&visit.world, visit.caller, Level::Write)?;
    form.number("photo_id").ok_or_else(|| Problem::invalid("photo_id is required"))
}

async fn direct(visit: &Visit, form: &Form, photo_id: u64, file: Option<FilePart>) -> Result<Found, Problem> {
    let time = form.filled("time").map(str::to_owned);
    let video = match (file.filter(|file| file.spool.bytes > 0), time) {
        (Some(_), Some(_)) => return Err(Problem::invalid("time cannot be combined with a file")),
        (Some(file), None) => {
            let sound = sound(visit, form, &file);
            sound.map_err(|why| Problem::new(400, "error_processing_upload", why))?;
            put_in_place(visit, form, photo_id, file).await?
        }
        (None, Some(time)) => {
            let time: f64 = time.parse().map_err(|_| Problem::invalid("time is not a number"))?;
            change(visit, photo_id, |video| {
                video.thumbnail_time = Some(time);
                video.thumbnail_sha256 = None;
            })?
        }
        (None, None) => return Err(Problem::new(400, "no_file", "No file was uploaded")),
    };
    let object = json!({ "photo_id": video.photo_id, "tree_id": video.tree_id, "token": video.token });
    Ok(Found::new("photo", object).saying("The photo was successfully replaced"))
}

/// Whether the format check and the cap let a file pass. Where every piece is taken for a whole file, only what is
/// known for one passes.
fn sound(visit: &Visit, form: &Form, file: &FilePart) -> Result<(), &'static str> {
    let switches = visit.world.switches();
    if redeem::is_too_large(visit, file) {
        return Err(TOO_LARGE);
    }
    let name = chunk::original_name(form, file.filename.as_deref());
    let strict = switches.replace_chunks == ReplaceChunks::EachIsWhole;
    let unknown = strict && kind::known(&name, &file.spool.head, switches.kind_by).is_none();
    if unknown || chunk::is_refused(visit, form, file.filename.as_deref()) {
        return Err(UNSUPPORTED);
    }
    Ok(())
}

/// Changes an object and counts its revision.
fn change(visit: &Visit, photo_id: u64, change: impl FnOnce(&mut VideoRecord)) -> Result<VideoRecord, Problem> {
    let renewed = visit.world.switches().replace_changes_token;
    let now = visit.world.clock.now_ms();
    let changed = visit.world.store.change(|state| {
        let Some(video) = state.videos.get(&photo_id) else { return (None, Vec::new()) };
        let before = VideoRecord { before: None, ..video.clone() };
        let mut video = video.clone();
        change(&mut video);
        video.revision += 1;
        (video.before, video.changed_ms) = (Some(Box::new(before)), now);
        if renewed {
            video.token = auth::random_hex(32);
        }
        (Some(video.clone()), vec![Entry::Video(Box::new(video))])
    });
    let video = changed.ok_or_else(Problem::no_such_photo)?;
    visit.made(photo_id);
    Ok(video)
}

async fn put_in_place(visit: &Visit, form: &Form, photo_id: u64, file: FilePart) -> Result<VideoRecord, Problem> {
    let world = &visit.world;
    let before = world.store.read(|state| state.videos.get(&photo_id).cloned());
    let before = before.ok_or_else(Problem::no_such_photo)?;
    let name = chunk::original_name(form, file.filename.as_deref());
    let sent = kind::of(&name, &file.spool.head, world.switches().kind_by);
    let stored = |error| Problem::new(500, "creation_error", format!("The file could not be stored: {error}"));
    if sent == Kind::Image && before.kind != Kind::Image {
        let sha256 = keep(world, file.spool, world.thumbnail_path(photo_id)).await.map_err(stored)?;
        return change(visit, photo_id, |video| {
            video.thumbnail_sha256 = Some(sha256);
            video.thumbnail_time = None;
        });
    }
    let onto_image = before.kind == Kind::Image && sent != Kind::Image;
    let not_here = visit.version == 1 && before.kind != Kind::Image && !world.switches().v1_replaces_videos;
    if onto_image || not_here {
        // What the live service makes of a film for a picture is unknown; nothing is spoiled by a refusal.
        return Err(Problem::new(400, "error_processing_upload", UNSUPPORTED));
    }
    let (bytes, chunk_sha256) = (file.spool.bytes, file.spool.chunk_sha256.clone());
    let sha256 = keep(world, file.spool, world.video_path(photo_id)).await.map_err(stored)?;
    let now = world.clock.now_ms();
    change(visit, photo_id, |video| {
        video.sha256 = sha256;
        video.bytes = bytes;
        video.chunk_sha256 = chunk_sha256;
        video.stored_ms = now;
        video.replaced += 1;
    })
}
