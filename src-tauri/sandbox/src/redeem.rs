//! What completing a file does, and what is said about it.
//!
//! Owns `photo/redeem-upload-token` and the older `photo/upload`: the token is spent, the file becomes a video, and the
//! answer takes one of the forms that the pages leave open. Next: `callback.rs`, for tokens with a `return_url`.

use serde_json::json;

use crate::assembly::blocking;
use crate::auth::{self, USER_ID};
use crate::callback;
use crate::chunk::{self, Handled, TOO_LARGE, UNSUPPORTED};
use crate::envelope::{self, Found, Problem, Wish};
use crate::form::{FilePart, Form, Spool, hex};
use crate::inspect::VideoRecord;
use crate::kind;
use crate::metadata;
use crate::reply::{Answer, Reply};
use crate::state::{Entry, Grant, Level, Wishes};
use crate::switches::{CompletingBody, SizeCapAnswer};
use crate::token::{self, Purposed};
use crate::visit::Visit;
use crate::world::World;

/// `photo/redeem-upload-token`, by GET a probe and by POST a chunk or a whole file.
pub(crate) async fn upload(visit: &mut Visit, mut form: Form) -> Reply {
    if let Some(refused) = level_refused(visit, &form) {
        return Reply::Answer(refused);
    }
    let (file, identifier) = match chunk::handle(visit, &mut form, Some(Purposed::Upload)).await {
        Handled::Answered(answer) => return Reply::Answer(answer),
        Handled::Struck(reply) => return reply,
        Handled::Whole { file, identifier } => (file, identifier),
    };
    let admitted = if identifier.is_none() { chunk::admit(visit) } else { Ok(()) };
    let answer = match admitted {
        Ok(()) => whole(visit, &form, file, identifier).await,
        Err(answer) => answer,
    };
    Reply::Answer(answer)
}

/// Version 1 wants at least an anonymous caller, which a closed workspace does not grant to one who shows nothing.
pub(crate) fn level_refused(visit: &Visit, form: &Form) -> Option<Answer> {
    if visit.version == 2 || visit.caller.level >= Level::Anonymous {
        return None;
    }
    let problem = auth::admit(&visit.world, visit.caller, Level::Anonymous).err()?;
    let reason = format!("{}: {}", problem.code, problem.message);
    Some(envelope::refusal(&visit.world, &wish(visit, form), &problem).because(reason))
}

/// How the caller of this request wants an envelope.
pub(crate) fn wish<'a>(visit: &'a Visit, form: &'a Form) -> Wish<'a> {
    Wish { version: visit.version, endpoint: &visit.path, level: visit.caller.level, form }
}

async fn whole(visit: &mut Visit, form: &Form, file: Option<FilePart>, identifier: Option<String>) -> Answer {
    let chunked = identifier.as_deref();
    if let Err(answer) = token::check(visit, form, Purposed::Upload, chunked) {
        return answer;
    }
    let token = form.text("upload_token").unwrap_or_default();
    let grant = visit.world.store.read(|state| state.grants.get(token).cloned());
    let Some(grant) = grant else { return token::bad(&visit.world, "token unknown") };
    let Some(file) = file.filter(|file| file.spool.bytes > 0) else {
        return callback::failure(visit, form, &grant, "No file was uploaded").await;
    };
    if chunk::is_refused(visit, form, file.filename.as_deref()) {
        return callback::failure(visit, form, &grant, UNSUPPORTED).await;
    }
    if is_too_large(visit, &file) {
        return callback::failure(visit, form, &grant, TOO_LARGE).await;
    }
    let grant = match token::spend(visit, form, Purposed::Upload, chunked) {
        Ok(grant) => grant,
        Err(answer) => return answer,
    };
    let wishes = chunked.and_then(|id| grant.per_file.get(id)).unwrap_or(&grant.wishes).clone();
    let name = match chunked {
        Some(identifier) if visit.world.switches().identifier_as_filename => identifier.to_owned(),
        _ => chunk::original_name(form, file.filename.as_deref()),
    };
    let made = make(visit, file.spool, name, grant.user_id, &wishes, Some(&grant), identifier).await;
    match made {
        Ok(video) => callback::success(visit, form, &grant, &video).await,
        Err(error) => Answer::text(500, "").because(format!("disk: {error}")),
    }
}

/// Whether the handler turns a whole file away for its size. A proxy, which has only ever seen the one request, does
/// not.
pub(crate) fn is_too_large(visit: &Visit, file: &FilePart) -> bool {
    let switches = visit.world.switches();
    switches.size_cap_answer == SizeCapAnswer::Text500 && switches.size_cap.is_some_and(|cap| file.spool.bytes > cap)
}

/// Makes a video of a file that arrived.
async fn make(
    visit: &Visit,
    spool: Spool,
    original_filename: String,
    user_id: u64,
    wishes: &Wishes,
    grant: Option<&Grant>,
    identifier: Option<String>,
) -> std::io::Result<VideoRecord> {
    let world = &visit.world;
    let photo_id = world.store.next_id();
    let kind = kind::of(&original_filename, &spool.head, world.switches().kind_by);
    let (bytes, chunk_sha256) = (spool.bytes, spool.chunk_sha256.clone());
    let sha256 = keep(world, spool, world.video_path(photo_id)).await?;
    let now = world.clock.now_ms();
    let untitled = || original_filename.rsplit_once('.').map_or(&*original_filename, |(stem, _)| stem).to_owned();
    let video = VideoRecord {
        photo_id,
        tree_id: 1_000_000 + photo_id,
        token: auth::random_hex(32),
        user_id,
        kind,
        sha256,
        chunk_sha256,
        bytes,
        title: if wishes.title.is_empty() { untitled() } else { wishes.title.clone() },
        description: wishes.description.clone(),
        tags: metadata::split_tags(&wishes.tags),
        album_ids: metadata::split_ids(&wishes.album_id),
        original_filename,
        // A date in the future holds the publishing back until then.
        published: wishes.publish || wishes.publish_date.is_some_and(|date| date > now / 1000),
        publish_date: wishes.publish_date,
        absolute_url: wishes.absolute_url.clone(),
        promoted: false,
        upload_token: grant.map(|grant| grant.token.clone()),
        upload_token_hint: grant.map_or_else(String::new, |grant| grant.token.chars().take(6).collect()),
        identifier,
        variables: wishes.variables.clone(),
        created_ms: now,
        stored_ms: now,
        revision: 1,
        replaced: 0,
        thumbnail_sha256: None,
        thumbnail_time: None,
        subtitles: Vec::new(),
        before: None,
        changed_ms: 0,
    };
    world.store.put(Entry::Video(Box::new(video.clone())));
    visit.made(photo_id);
    Ok(video)
}

/// Moves a spooled file to its place and answers its SHA-256 where that is wanted.
pub(crate) async fn keep(world: &World, spool: Spool, place: std::path::PathBuf) -> std::io::Result<String> {
    let Some(from) = spool.path.clone() else {
        // In sink mode: what was one piece has its own hash.
        let one = (spool.chunk_sha256.len() == 1).then(|| spool.chunk_sha256[0].clone());
        return Ok(spool.sha256.clone().or(one).unwrap_or_default());
    };
    let hash = world.switches().hash_stored;
    blocking(move || {
        std::fs::rename(from, &place)?;
        drop(spool);
        if hash { sha256_of(&place) } else { Ok(String::new()) }
    })
    .await
}

fn sha256_of(path: &std::path::Path) -> std::io::Result<String> {
    use sha2::{Digest, Sha256};
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&buffer[..read]);
    }
}

/// The completing answer when nobody is to be called back.
pub(crate) fn completing_body(visit: &Visit, form: &Form, video: &VideoRecord, key: &'static str) -> Answer {
    let world = &visit.world;
    let switches = world.switches();
    // A caller of version 1 who asks for a format gets it.
    let asked = form.filled("format").is_some() || form.text("raw").is_some();
    let body = match (visit.version, key) {
        (1, _) if asked => CompletingBody::Envelope,
        (1, _) => switches.completing_body_v1,
        // With a replace token the answer is plain text unless a format is asked for.
        (_, "photo") if asked => CompletingBody::Envelope,
        _ => switches.completing_body,
    };
    let object = json!({
        "photo_id": video.photo_id,
        "tree_id": video.tree_id,
        "token": video.token,
    });
    match body {
        CompletingBody::Number => Answer::text(200, video.photo_id.to_string()),
        CompletingBody::Envelope => {
            let message = match key {
                "photo" => "The photo was successfully replaced",
                _ => "The file was successfully uploaded",
            };
            let found = Found::new(key, object).saying(message);
            envelope::success(world, &wish(visit, form), found)
        }
        CompletingBody::FlatJson => Answer::new(200, "application/json; charset=utf-8", object.to_string()),
        CompletingBody::Ok => Answer::text(200, "ok"),
        CompletingBody::Empty => Answer::text(200, ""),
        CompletingBody::BackgroundLine => Answer::text(200, callback::line(world, video, "")),
        CompletingBody::Xml => Answer::new(
            200,
            "text/xml; charset=utf-8",
            format!(
                "<response status=\"ok\" permission_level=\"none\" cached=\"0\">\n  \
                 <photo_id>{}</photo_id>\n  <tree_id>{}</tree_id>\n  <token>{}</token>\n</response>\n",
                video.photo_id, video.tree_id, video.token
            ),
        ),
    }
}

/// `photo/upload`, of version 1 only: a whole file under a credential.
pub(crate) async fn upload_directly(visit: &mut Visit, form: &mut Form) -> Result<Found, Problem> {
    let file = form.file.take().filter(|file| file.spool.bytes > 0);
    let Some(file) = file else {
        return Err(Problem::new(400, "no_file", "No file was uploaded"));
    };
    if chunk::is_refused(visit, form, file.filename.as_deref()) {
        return Err(Problem::new(400, "error_processing_upload", UNSUPPORTED));
    }
    if is_too_large(visit, &file) {
        return Err(Problem::new(500, "error_processing_upload", TOO_LARGE));
    }
    let wishes = metadata::wishes(visit, form)?;
    let name = chunk::original_name(form, file.filename.as_deref());
    let made = make(visit, file.spool, name, USER_ID, &wishes, None, None).await;
    let video = made.map_err(|error| {
        Problem::new(500, "error_processing_upload", format!("The file could not be stored: {error}"))
    })?;
    let object = json!({
        "photo_id": video.photo_id,
        "tree_id": video.tree_id,
        "token": video.token,
    });
    Ok(Found::new("upload", object).saying("The file was successfully uploaded"))
}
