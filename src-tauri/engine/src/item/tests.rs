//! The transition table in full, and what holds along every way through it.

mod table;
mod walks;

use super::*;
use crate::failure::Code;
use crate::plan::ChunkLimits;

/// Small enough to cut a hundred bytes into a handful of chunks.
const LIMITS: ChunkLimits = ChunkLimits { min: 10, max: 20, single_below: 20 };

/// Four chunks: 1, 4 and 2 are ordinary, 3 is the commit.
fn four_chunks() -> Plan {
    let plan = Plan::for_size(43, LIMITS).unwrap();
    assert_eq!((plan.count(), plan.commit_chunk()), (4, 3));
    plan
}

fn token(id: i64) -> GrantedToken {
    GrantedToken { id: TokenId(id), valid_until: 1_900_000_000, details_version: 1 }
}

/// An identifier that tells itself apart by `number`.
fn identifier(number: u32) -> Identifier {
    serde_json::from_value(format!("{number:032x}").into()).unwrap()
}

fn opened(plan: Plan) -> Event {
    opened_at(Endpoint::RedeemUploadV2, plan)
}

fn opened_at(endpoint: Endpoint, plan: Plan) -> Event {
    Event::SessionOpened(Session::open(token(1), identifier(1), plan, endpoint))
}

fn acknowledged(number: u32) -> Event {
    Event::ChunkAcknowledged { number, hash: ChunkHash(format!("hash of chunk {number}")) }
}

fn started_over(number: u32) -> Event {
    over_at(Endpoint::RedeemUploadV2, number)
}

fn over_at(endpoint: Endpoint, number: u32) -> Event {
    Event::StartedOver { token: None, identifier: identifier(number), plan: four_chunks(), endpoint }
}

fn commit_sent() -> Event {
    Event::CommitSent { proof: Proof::Zero { seen_at: 1_800_000_000 }, sent_at: 1_800_000_001 }
}

/// The commit of a replacement.
fn onto_sent() -> Event {
    Event::CommitSent { proof: Proof::Baseline(Baseline::default()), sent_at: 1_800_000_001 }
}

fn failed() -> Event {
    Event::Failed(Failure::new(Code::OutcomeUnknown).detail("a particular"))
}

/// A video with `open` follow-ups that are still to be done.
fn stored(open: usize) -> Stored {
    let what = FollowUpKind::Publish;
    Stored {
        video: Video { id: 77, admin_url: "https://video.example.com/manage/video/77".into(), public_url: None },
        found_by: FoundBy::Answer,
        follow_ups: vec![what.into(); open],
        details_version: 1,
        twins: Vec::new(),
        playable: None,
        was_public: false,
        replaced: None,
    }
}

/// The same of something that was there before.
fn replaced(open: usize) -> Stored {
    let before = Baseline::default();
    Stored { replaced: Some(Box::new(Replaced { before, seen: None })), ..stored(open) }
}

fn replayed(events: &[Event]) -> Stage {
    Stage::replay(events.iter().cloned()).unwrap()
}
