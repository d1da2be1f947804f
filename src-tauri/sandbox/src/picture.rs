//! Thumbnails and frames: out of the stored file with ffmpeg where that is installed, drawn otherwise.
//!
//! Owns `photo/frame` and the thumbnail paths `/<tree_id>/<photo_id>/<token>/<size>[/name.jpg]`.
//! Next: `picture/drawn.rs`, a picture with the time on it.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use tokio::process::Command;

use crate::chunk;
use crate::envelope::Problem;
use crate::form::Form;
use crate::inspect::{Kind, VideoRecord};
use crate::methods::refused;
use crate::redeem;
use crate::reply::Answer;
use crate::state::Level;
use crate::token;
use crate::unpoisoned;
use crate::visit::Visit;
use crate::world::World;

mod drawn;

/// Names, widths and heights of thumbnails; the examples of the two versions differ.
pub(crate) fn sizes(version: u8) -> [(&'static str, u32, u32); 10] {
    let squares = |small, medium, portrait, standard, large| {
        let (sw, sh): (u32, u32) = small;
        let (mw, mh): (u32, u32) = medium;
        let (pw, ph): (u32, u32) = portrait;
        let (tw, th): (u32, u32) = standard;
        let (lw, lh): (u32, u32) = large;
        [
            ("quad16", 16, 16),
            ("quad50", 50, 50),
            ("quad75", 75, 75),
            ("quad100", 100, 100),
            ("small", sw, sh),
            ("medium", mw, mh),
            ("portrait", pw, ph),
            ("standard", tw, th),
            ("large", lw, lh),
            ("original", 1280, 720),
        ]
    };
    if version == 1 {
        squares((200, 150), (260, 195), (300, 225), (600, 450), (640, 480))
    } else {
        squares((75, 42), (240, 135), (240, 135), (480, 270), (960, 540))
    }
}

/// Where a thumbnail lies.
pub(crate) fn path(video: &VideoRecord, size: &str) -> String {
    format!("/{}/{}/{}/{size}/thumbnail.jpg", video.tree_id, video.photo_id, video.token)
}

/// A thumbnail by its path; `None` when the path names nothing.
pub(crate) async fn thumbnail(world: &World, tree_id: u64, photo_id: u64, token: &str, size: &str) -> Option<Answer> {
    let (_, width, height) = sizes(2).into_iter().find(|(name, ..)| *name == size)?;
    let video = world.store.read(|state| state.videos.get(&photo_id).cloned())?;
    if video.tree_id != tree_id || video.token != token {
        return None;
    }
    let time = video.thumbnail_time.unwrap_or(1.0);
    let own = world.thumbnail_path(photo_id);
    let (file, time) = if own.is_file() && video.thumbnail_sha256.is_some() {
        (own, None)
    } else {
        (world.video_path(photo_id), (video.kind != Kind::Image).then_some(time))
    };
    let picture = extracted(&file, time, width, height).await;
    let picture = picture.unwrap_or_else(|| drawn::picture(time.unwrap_or(0.0), width, height, photo_id));
    Some(Answer::new(200, "image/jpeg", picture))
}

/// When frames were drawn of late, by the server's clock in milliseconds.
#[derive(Default)]
pub(crate) struct FrameLimit(Mutex<VecDeque<i64>>);

impl FrameLimit {
    /// Counts one more, or says how many seconds to wait for it.
    fn wait(&self, world: &World) -> Option<i64> {
        const MINUTE: i64 = 60_000;
        let most = world.switches().frames_per_minute? as usize;
        let now = world.clock.now_ms();
        let mut drawn = unpoisoned(&self.0);
        drawn.retain(|at| now - at < MINUTE);
        match drawn.front() {
            Some(first) if drawn.len() >= most => Some((MINUTE - (now - first)).div_euclid(1000) + 1),
            _ if most == 0 => Some(MINUTE / 1000),
            _ => {
                drawn.push_back(now);
                None
            }
        }
    }
}

/// `photo/frame`: a JPEG, or an envelope that says why not.
pub(crate) async fn frame(visit: &Visit, form: &Form) -> Answer {
    if let Some(refusal) = redeem::level_refused(visit, form) {
        return refusal;
    }
    if let Some(wait) = visit.world.frame_limit.wait(&visit.world) {
        return Answer::text(429, "Too many requests").header("Retry-After", wait.to_string());
    }
    match framed(visit, form).await {
        Ok(picture) => Answer::new(200, "image/jpeg", picture),
        Err(problem) => refused(visit, form, &problem),
    }
}

async fn framed(visit: &Visit, form: &Form) -> Result<Bytes, Problem> {
    let world = &visit.world;
    if !world.switches().frames {
        return Err(Problem::new(412, "feature_not_available", "Frames are not available"));
    }
    let time = form.filled("time").ok_or_else(|| Problem::invalid("time is required"))?;
    let time: f64 = time.parse().map_err(|_| Problem::invalid("time is not a number"))?;
    let (width, height) = match form.filled("size") {
        None => (480, 270),
        Some(size) => size
            .split_once('x')
            .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)))
            .filter(|(width, height)| (1..=4096).contains(width) && (1..=4096).contains(height))
            .ok_or_else(|| Problem::invalid("size is not WxH"))?,
    };
    let Some(video) = shown(visit, form)? else {
        return Ok(drawn::picture(time, width, height, 0));
    };
    let picture = extracted(&world.video_path(video.photo_id), Some(time), width, height).await;
    Ok(picture.unwrap_or_else(|| drawn::picture(time, width, height, video.photo_id)))
}

/// The video that a frame is wanted of; `None` while its chunks are still on their way.
fn shown(visit: &Visit, form: &Form) -> Result<Option<VideoRecord>, Problem> {
    let store = &visit.world.store;
    if let Some(id) = form.number("photo_id") {
        let video = store.read(|state| state.videos.get(&id).cloned());
        return video
            .filter(|video| form.text("token") == Some(&video.token) || visit.caller.level >= Level::Read)
            .map(Some)
            .ok_or_else(Problem::no_such_photo);
    }
    let grant = token::standing(visit, form)?;
    let identifier = form.filled("resumableIdentifier").map(chunk::stripped);
    let made = store.read(|state| {
        let by_token = |video: &&VideoRecord| {
            video.upload_token.as_deref() == Some(&grant.token)
                && (identifier.is_none() || video.identifier == identifier)
        };
        state.videos.values().rfind(by_token).cloned()
    });
    let arriving = identifier.is_some_and(|id| visit.world.pieces.size_of(&id, 1).is_some());
    if made.is_none() && !arriving {
        return Err(Problem::no_such_photo());
    }
    Ok(made)
}

/// ffmpeg on a small file takes a fraction of this.
const PATIENCE: Duration = Duration::from_secs(10);

/// A picture out of a file, if there is a file, a picture in it, and an ffmpeg to find it.
async fn extracted(file: &Path, time: Option<f64>, width: u32, height: u32) -> Option<Bytes> {
    if !file.is_file() {
        return None;
    }
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-protocol_whitelist", "file"]);
    if let Some(time) = time {
        command.args(["-ss", &format!("{:.3}", time.max(0.0))]);
    }
    let scaled =
        format!("scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2");
    command
        .arg("-i")
        .arg(file)
        .args(["-frames:v", "1", "-vf", &scaled, "-f", "mjpeg", "pipe:1"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    (output.status.success() && !output.stdout.is_empty()).then(|| Bytes::from(output.stdout))
}
