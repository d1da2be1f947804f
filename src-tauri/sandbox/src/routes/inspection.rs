//! The record, the switches, the faults and the clock over HTTP, for tests in other languages and for the curious.
//!
//! What changes something wants JSON by its content type, which a foreign web page cannot send here unasked.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::inspect::{Overlap, Peaks, Refusal, RequestRecord, VideoRecord};
use crate::switches::Switches;
use crate::token;
use crate::world::World;
use crate::{auth, oauth};

type Shared = State<Arc<World>>;

pub(super) async fn requests(State(world): Shared) -> Json<Vec<RequestRecord>> {
    Json(world.ledger.requests())
}

pub(super) async fn videos(State(world): Shared) -> Json<Vec<VideoRecord>> {
    Json(world.store.read(|state| state.videos.values().cloned().collect()))
}

pub(super) async fn refusals(State(world): Shared) -> Json<Vec<Refusal>> {
    Json(world.ledger.refusals())
}

pub(super) async fn peaks(State(world): Shared) -> Json<Peaks> {
    Json(world.ledger.peaks())
}

pub(super) async fn overlaps(State(world): Shared) -> Json<Vec<Overlap>> {
    Json(world.ledger.overlaps())
}

pub(super) async fn faults(State(world): Shared) -> Json<Vec<Fault>> {
    Json(world.faults.waiting())
}

/// One fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(Box<Fault>),
    More(Vec<Fault>),
}

pub(super) async fn inject(State(world): Shared, Json(faults): Json<OneOrMore>) -> StatusCode {
    match faults {
        OneOrMore::One(fault) => world.faults.add(*fault),
        OneOrMore::More(faults) => faults.into_iter().for_each(|fault| world.faults.add(fault)),
    }
    StatusCode::NO_CONTENT
}

pub(super) async fn clear(State(world): Shared) -> StatusCode {
    world.faults.clear();
    StatusCode::NO_CONTENT
}

pub(super) async fn switches(State(world): Shared) -> Json<Switches> {
    Json(world.switches())
}

/// Some of the switches by their names; the others stay as they are.
pub(super) async fn change(State(world): Shared, Json(some): Json<serde_json::Map<String, Value>>) -> Response {
    let Ok(Value::Object(mut all)) = serde_json::to_value(world.switches()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    all.extend(some);
    match serde_json::from_value::<Switches>(Value::Object(all)) {
        Ok(switches) => {
            world.change(|now| *now = switches.clone());
            Json(switches).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

pub(super) async fn clock(State(world): Shared) -> Json<Value> {
    Json(json!({ "now_ms": world.clock.now_ms() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    /// Seconds to move the clock forward by.
    advance_seconds: f64,
}

pub(super) async fn advance(State(world): Shared, Json(advance): Json<Advance>) -> Response {
    match Duration::try_from_secs_f64(advance.advance_seconds) {
        Ok(by) => {
            world.advance(by);
            clock(State(world)).await.into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}

/// What to expire or remove at once.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(super) struct Expire {
    bearers: bool,
    upload_tokens: bool,
    oauth: bool,
    chunks: bool,
}

pub(super) async fn expire(State(world): Shared, Json(expire): Json<Expire>) -> StatusCode {
    if expire.bearers {
        auth::expire_all(&world);
    }
    if expire.upload_tokens {
        token::expire_all(&world);
    }
    if expire.oauth {
        oauth::keys::revoke_all(&world);
    }
    if expire.chunks {
        world.pieces.purge(None);
    }
    StatusCode::NO_CONTENT
}
