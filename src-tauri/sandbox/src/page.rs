//! The pages for people: what arrived, playing.
//!
//! Owns the HTML, which loads nothing from elsewhere and runs no script, and escapes all that anybody sent.
//! Next: `page/file.rs`, which serves the stored bytes in ranges.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::HOST;

use crate::inspect::{Kind, VideoRecord};
use crate::picture;
use crate::reply::{self, Answer, escaped};
use crate::transcoding;
use crate::world::World;

mod file;

pub(crate) use file::file;

/// Light and dark by the reader's own setting.
const STYLE: &str = include_str!("page/style.css");

/// Nothing from elsewhere, no script. Ends where the forms' targets follow.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action";

/// Where a page's forms may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// It has none.
    None,
    /// To the sandbox, which may send the person on to where an application waits.
    Sent,
}

/// Only callers who name this machine are served: a foreign page that has its own name point here is not one of them.
pub(crate) async fn own_names_only(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    if matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost") {
        return next.run(request).await;
    }
    reply::http(&world, Answer::text(421, "This sandbox answers to localhost only"))
}

fn page(world: &World, title: &str, body: &str) -> Response {
    reply::http(world, html(title, body, Forms::None))
}

/// A page around this body.
pub(crate) fn html(title: &str, body: &str, forms: Forms) -> Answer {
    let targets = if forms == Forms::Sent { "'self' http: https:" } else { "'none'" };
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title><style>{STYLE}</style></head>\
         <body>{body}</body></html>",
        escaped(title)
    );
    Answer::html(200, html)
        .header("Content-Security-Policy", format!("{POLICY} {targets}"))
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer")
}

/// `/`: everything in the workspace, newest first.
pub(crate) async fn front(State(world): State<Arc<World>>) -> Response {
    let videos: Vec<VideoRecord> = world.store.read(|state| state.videos.values().rev().take(200).cloned().collect());
    let total = world.store.read(|state| state.videos.len());
    let mut body = format!(
        "<header><h1>{}</h1><p>A pretend TwentyThree workspace on this machine. {}</p></header><main>",
        escaped(&world.name),
        match total {
            0 => "Nothing has arrived yet.".to_owned(),
            1 => "One file has arrived.".to_owned(),
            total => format!("{total} files have arrived."),
        }
    );
    for video in &videos {
        body.push_str(&card(&world, video, false));
    }
    body.push_str("</main>");
    page(&world, &world.name, &body)
}

/// `/video/<id>`: what the public sees.
pub(crate) async fn public(State(world): State<Arc<World>>, Path(id): Path<u64>) -> Response {
    let video = world.store.read(|state| state.videos.get(&id).cloned());
    match video.filter(|video| video.is_public(world.clock.now())) {
        Some(video) => {
            let body = format!("<main class=\"one\">{}</main>", card(&world, &video, false));
            page(&world, &video.title, &body)
        }
        None => reply::http(&world, Answer::text(404, "There is no such video, or it is not published")),
    }
}

/// `/manage/video/<id>`: what an editor sees.
pub(crate) async fn manage(State(world): State<Arc<World>>, Path(id): Path<u64>) -> Response {
    match world.store.read(|state| state.videos.get(&id).cloned()) {
        Some(video) => {
            let body = format!("<main class=\"one\">{}</main>", card(&world, &video, true));
            page(&world, &video.title, &body)
        }
        None => reply::http(&world, Answer::text(404, "There is no such video")),
    }
}

fn card(world: &World, video: &VideoRecord, details: bool) -> String {
    let source = format!("/_sandbox/files/{}", video.photo_id);
    let poster = picture::path(video, "standard");
    let there = world.video_path(video.photo_id).is_file();
    let media = match video.kind {
        Kind::Image if there => format!("<img src=\"{source}\" alt=\"\" loading=\"lazy\">"),
        Kind::Audio if there => format!("<audio controls preload=\"none\" src=\"{source}\"></audio>"),
        Kind::Video if there => {
            format!("<video controls preload=\"none\" poster=\"{poster}\" src=\"{source}\"></video>")
        }
        _ => format!("<img src=\"{poster}\" alt=\"\" loading=\"lazy\">"),
    };
    let progress = transcoding::fraction(world, video);
    let state = match (video.is_public(world.clock.now()), progress >= 1.0) {
        (true, true) => "Published".to_owned(),
        (false, true) => "Draft".to_owned(),
        (true, false) => format!("Published, processing {:.0} %", progress * 100.0),
        (false, false) => format!("Draft, processing {:.0} %", progress * 100.0),
    };
    let mut out = format!(
        "<article>{media}<h2><a href=\"/manage/video/{}\">{}</a></h2><p>{state} · {}</p>",
        video.photo_id,
        escaped(&video.title),
        readable(video.bytes)
    );
    if !video.tags.is_empty() {
        let _ = write!(out, "<p class=\"tags\">{}</p>", escaped(&video.tags.join(" · ")));
    }
    if details {
        let _ = write!(out, "<p>{}</p><dl>", escaped(&video.description));
        let rows = [
            ("Id", video.photo_id.to_string()),
            ("File name", video.original_filename.clone()),
            ("Bytes", video.bytes.to_string()),
            ("SHA-256", video.sha256.clone()),
            ("Revision", video.revision.to_string()),
            ("Public page", format!("/video/{}", video.photo_id)),
        ];
        for (name, value) in rows {
            let _ = write!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(&value));
        }
        out.push_str("</dl>");
    }
    out.push_str("</article>");
    out
}

fn readable(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
