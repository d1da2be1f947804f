//! An item's log: the facts of its journal and the notes of what was tried, in one order. What is written here goes to
//! whoever helps, so it says with which numbers a thing was decided, and names tokens by their place alone.

use crate::item::{Event, Proof, Session, SettleAnswer};
use crate::plan::Plan;
use crate::store::Note;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line of an item's log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

/// The log, oldest first.
pub(crate) fn log(journal: Vec<(Timestamp, Event)>, notes: Vec<Note>) -> Vec<LogLine> {
    let facts = journal.into_iter().map(|(at, event)| LogLine { at, text: fact(&event) });
    let notes = notes.into_iter().map(|note| LogLine { at: note.at, text: note.text });
    let mut lines: Vec<LogLine> = facts.chain(notes).collect();
    lines.sort_by_key(|line| line.at);
    lines
}

/// A fact of the journal as a line.
fn fact(event: &Event) -> String {
    match event {
        Event::SessionOpened(session) => format!("session opened: {}, to {}", cut(session.plan()), way(session)),
        Event::StartedOver { token, plan, endpoint, .. } => {
            let token = if token.is_some() { "a new token" } else { "the same token" };
            format!("started over: {}, to {}, {token}, a new identifier", cut(*plan), endpoint.path())
        }
        Event::TokenReplaced(token) => {
            format!("token replaced: the new one is valid until {}", server(token.valid_until))
        }
        Event::CommitSent { proof: Proof::Zero { seen_at }, sent_at } => {
            format!("commit sent at {}: no video was there at {}", server(*sent_at), server(*seen_at))
        }
        Event::CommitSent { proof: Proof::Baseline(_), sent_at } => {
            format!("commit sent at {}: how the video looks is known", server(*sent_at))
        }
        Event::Settled(answer) => match answer {
            SettleAnswer::Arrived(stored) => format!("settled by a person: it is video {}", stored.video.id),
            SettleAnswer::SendAgain => "settled by a person: send again".to_owned(),
            SettleAnswer::KeepLooking => "settled by a person: keep looking".to_owned(),
        },
        Event::ChunkAcknowledged { number, .. } => format!("chunk {number} acknowledged"),
        Event::ChunkWithdrawn { number } => format!("chunk {number} withdrawn"),
        Event::CommitAnswered { class, status, .. } => format!("commit answered: HTTP {status}, {class:?}"),
        Event::VideoFound(stored) => format!("video found: {} (by {:?})", stored.video.id, stored.found_by),
        Event::Failed(failure) => format!("failed: {} {failure} {}", failure.code.as_str(), failure.causes.join(": ")),
        Event::TargetFound(stored) => format!("video {} is there", stored.video.id),
        Event::VersionChecked { seen: true } => "the new version was seen".to_owned(),
        Event::VersionChecked { seen: false } => "the new version was looked for in vain".to_owned(),
        Event::PlayableChecked { seen } => format!("playable: {seen}"),
        Event::FollowUpBegun { index } => format!("follow-up {index} begun"),
        Event::FollowUpDone { index } => format!("follow-up {index} done"),
        Event::FollowUpsPlanned { details_version, open } => {
            format!("planned: {} follow-up(s), details in version {details_version}", open.len())
        }
        Event::DetailsAcknowledged { version } => format!("details acknowledged: version {version}"),
        other => other.name().to_owned(),
    }
}

fn cut(plan: Plan) -> String {
    format!("{} bytes in {} chunk(s) of {}", plan.total(), plan.count(), plan.nominal())
}

fn way(session: &Session) -> String {
    format!("{}, token valid until {}", session.endpoint().path(), server(session.token().valid_until))
}

/// A time on the server's clock.
fn server(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| format!("{at} (server)"))
}
