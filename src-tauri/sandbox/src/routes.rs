//! Which path goes where: the API, the pages, the pictures and the inspection.
//!
//! Owns the table of paths and the bridge between an API request's task and its connection.
//! Next: `visit.rs` for the API, `routes/inspection.rs` for tests, `page.rs` for people.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use tokio::sync::oneshot;

use crate::reply::{self, Answer, Reply};
use crate::server::Cut;
use crate::state::Level;
use crate::world::World;
use crate::{auth, page, picture, subtitles, visit};

mod inspection;

pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(page::front))
        .route("/api/{*method}", any(api))
        .route("/oauth/{*step}", any(api))
        .route("/video/{id}", get(page::public))
        .route("/manage/video/{id}", get(page::manage))
        .route("/_sandbox/files/{id}", get(page::file))
        .route("/_sandbox/requests", get(inspection::requests))
        .route("/_sandbox/videos", get(inspection::videos))
        .route("/_sandbox/refusals", get(inspection::refusals))
        .route("/_sandbox/peaks", get(inspection::peaks))
        .route("/_sandbox/overlaps", get(inspection::overlaps))
        .route("/_sandbox/faults", get(inspection::faults).post(inspection::inject).delete(inspection::clear))
        .route("/_sandbox/switches", get(inspection::switches).post(inspection::change))
        .route("/_sandbox/clock", get(inspection::clock).post(inspection::advance))
        .route("/_sandbox/expire", post(inspection::expire))
        .route("/{tree_id}/{photo_id}/{token}/{size}", get(thumbnail))
        .route("/{tree_id}/{photo_id}/{token}/{size}/{name}", get(named_thumbnail))
        .fallback(nothing)
        .layer(axum::middleware::from_fn_with_state(world.clone(), page::own_names_only))
        .with_state(world)
}

/// Runs an API request in a task of its own and puts its reply on the wire, or cuts the wire.
async fn api(State(world): State<Arc<World>>, request: Request) -> Response {
    let cut = request.extensions().get::<Cut>().cloned();
    let (sender, receiver) = oneshot::channel();
    world.tasks.spawn(visit::run(world.clone(), request, sender));
    match receiver.await {
        Ok(Reply::Answer(answer)) => reply::http(&world, answer),
        Ok(Reply::Broken(answer, bytes)) => broken(&world, &answer, bytes),
        Ok(Reply::Padded(bytes)) => padded(&world, bytes),
        Ok(Reply::Cut) | Err(_) => {
            if let Some(cut) = cut {
                cut.0.cancel();
            }
            // The connection is dropped around this; there is nothing left to answer.
            std::future::pending().await
        }
    }
}

/// Announces the whole answer and ends in the middle of it.
fn broken(world: &World, answer: &Answer, bytes: u64) -> Response {
    let cut_at = (bytes as usize).min(answer.body.len().saturating_sub(1));
    let begun = answer.body.slice(..cut_at);
    let length = answer.body.len().max(1).to_string();
    let answer = answer.clone().header("Content-Length", length);
    let cut = Err(std::io::Error::other("cut by a fault"));
    let pieces = stream::iter([Ok(begun), cut]).then(|piece| async {
        // A moment for what was begun to reach the wire before the end does.
        if piece.is_err() {
            tokio::task::yield_now().await;
        }
        piece
    });
    reply::dressed(world, &answer, Body::from_stream(pieces))
}

/// An envelope with a long string in it, or one that goes on for as long as anybody reads.
fn padded(world: &World, bytes: Option<u64>) -> Response {
    const PIECE: u64 = 64 * 1024;
    let head = Bytes::from_static(
        b"{\"status\":\"ok\",\"permission_level\":\"write\",\"cached\":false,\"data\":[],\"message\":\"",
    );
    let tail = Bytes::from_static(b"\"}");
    let padding = Bytes::from(vec![b'x'; PIECE as usize]);
    let pieces = stream::unfold((Some(head), bytes, false), move |(head, left, ended)| {
        let (padding, tail) = (padding.clone(), tail.clone());
        async move {
            if let Some(head) = head {
                return Some((Ok::<_, std::io::Error>(head), (None, left, false)));
            }
            match left {
                _ if ended => None,
                None => Some((Ok(padding), (None, None, false))),
                Some(0) => Some((Ok(tail), (None, Some(0), true))),
                Some(left) => {
                    let now = left.min(PIECE);
                    Some((Ok(padding.slice(..now as usize)), (None, Some(left - now), false)))
                }
            }
        }
    });
    let answer = Answer::new(200, "application/json; charset=utf-8", "");
    reply::dressed(world, &answer, Body::from_stream(pieces))
}

async fn thumbnail(
    State(world): State<Arc<World>>,
    Path((tree_id, photo_id, token, size)): Path<(u64, u64, String, String)>,
    headers: HeaderMap,
) -> Response {
    let switches = world.switches();
    if switches.pictures_need_bearer && auth::identify(&world, 2, &headers).level < Level::Read {
        return reply::http(&world, Answer::text(403, "forbidden"));
    }
    if let Some(elsewhere) = switches.pictures_elsewhere {
        let onwards = format!("{elsewhere}/{tree_id}/{photo_id}/{token}/{size}");
        return reply::http(&world, Answer::text(302, "").header("Location", onwards));
    }
    let found = match subtitles::text(&world, photo_id, &token, &size) {
        Some(text) => Some(text),
        None => picture::thumbnail(&world, tree_id, photo_id, &token, &size).await,
    };
    reply::http(&world, found.unwrap_or_else(|| Answer::text(404, "not found")))
}

async fn named_thumbnail(
    state: State<Arc<World>>,
    Path((tree_id, photo_id, token, size, _name)): Path<(u64, u64, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    thumbnail(state, Path((tree_id, photo_id, token, size)), headers).await
}

async fn nothing(State(world): State<Arc<World>>) -> Response {
    reply::http(&world, Answer::text(404, "not found"))
}
