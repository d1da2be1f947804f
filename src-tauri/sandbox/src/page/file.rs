//! The stored bytes of a video, whole or in the one range that a player asks for.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use http::header::RANGE;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use crate::inspect::VideoRecord;
use crate::reply::{self, Answer};
use crate::world::World;

/// Types that a browser may show here; everything else is a download, whatever it calls itself.
fn content_type(video: &VideoRecord) -> &'static str {
    let extension = video.original_filename.rsplit_once('.').map(|(_, extension)| extension);
    match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
        "mp4" | "m4v" | "mov" => "video/mp4",
        "webm" => "video/webm",
        "mkv" => "video/x-matroska",
        "ogv" => "video/ogg",
        "mp3" => "audio/mpeg",
        "m4a" | "aac" => "audio/mp4",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        _ => "application/octet-stream",
    }
}

/// First and last byte of a `Range` header for a file of this size; `None` for a header that is not understood.
fn range(header: &str, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    if last.contains(',') {
        return None;
    }
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, last.min(size.saturating_sub(1))),
        (Ok(first), Err(_)) if last.is_empty() => (first, size.saturating_sub(1)),
        (Err(_), Ok(suffix)) if first.is_empty() => (size.saturating_sub(suffix), size.saturating_sub(1)),
        _ => return None,
    };
    Some(if range.0 <= range.1 && range.0 < size { Ok(range) } else { Err(()) })
}

/// `/_sandbox/files/<id>`.
pub(crate) async fn file(State(world): State<Arc<World>>, Path(id): Path<u64>, headers: HeaderMap) -> Response {
    let video = world.store.read(|state| state.videos.get(&id).cloned());
    let file = tokio::fs::File::open(world.video_path(id)).await.ok();
    let (Some(video), Some(mut file)) = (video, file) else {
        return reply::http(&world, Answer::text(404, "not found"));
    };
    let Ok(size) = file.metadata().await.map(|metadata| metadata.len()) else {
        return reply::http(&world, Answer::text(500, ""));
    };
    let kind = content_type(&video);
    let asked = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let (status, first, last) = match asked.and_then(|asked| range(asked, size)) {
        Some(Err(())) => {
            let answer = Answer::text(416, "").header("Content-Range", format!("bytes */{size}"));
            return reply::http(&world, answer);
        }
        Some(Ok((first, last))) => (206, first, last + 1),
        None => (200, 0, size),
    };
    if file.seek(SeekFrom::Start(first)).await.is_err() {
        return reply::http(&world, Answer::text(500, ""));
    }
    let length = last - first;
    let mut answer = Answer::new(status, kind, "")
        .header("Accept-Ranges", "bytes")
        .header("X-Content-Type-Options", "nosniff")
        .header("Content-Length", length.to_string());
    if status == 206 {
        answer = answer.header("Content-Range", format!("bytes {first}-{}/{size}", last - 1));
    }
    if kind == "application/octet-stream" {
        answer = answer.header("Content-Disposition", "attachment");
    }
    reply::dressed(&world, &answer, Body::from_stream(ReaderStream::new(file.take(length))))
}
