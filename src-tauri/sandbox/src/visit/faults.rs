//! What each effect does to a request, at the moment that is its own.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Visit;
use crate::fault::book::Cleared;
use crate::fault::{Effect, Moment};
use crate::reply::{Answer, Reply};
use crate::{auth, oauth, token, unpoisoned};

/// A page as captive portals serve it.
const PORTAL: &str = "<!doctype html><html><head><title>Welcome to Guest Wi-Fi</title></head>\
    <body><h1>Please sign in to use this network</h1><form action=\"/login\"></form></body></html>";

/// What a proxy says for a server that is too slow.
const GATEWAY_TIMEOUT: &str =
    "<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>";

/// When a fault struck; taken before anybody could hear of it, so that no waiting is missed.
pub(super) struct Struck {
    at_ms: i64,
    cleared: Cleared,
}

impl Struck {
    fn end_of(&self, duration: Duration) -> i64 {
        self.at_ms.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Visit {
    /// Lets the faults of this moment strike. A reply ends the request here.
    pub(super) async fn strike(&mut self, moment: Moment) -> Option<Reply> {
        let (struck, effects) = self.due(moment);
        for effect in effects {
            let reply = self.suffer(effect, &struck).await;
            if reply.is_some() {
                return reply;
            }
        }
        None
    }

    /// The same for an answer that stands already.
    pub(super) async fn strike_answer(&mut self, mut answer: Answer) -> Reply {
        let (struck, effects) = self.due(Moment::Done);
        for effect in effects {
            match effect {
                Effect::StallAnswer { millis } => self.wait(&struck, Some(millis)).await,
                Effect::CutAnswerAfter { bytes } => return Reply::Broken(answer, bytes),
                Effect::TruncatedJson => {
                    let half = answer.body.len() / 2;
                    answer.body.truncate(half);
                }
                Effect::LoseAnswerAfterWork => return Reply::Cut,
                Effect::AnswerAfterWork { status, body } => return Reply::Answer(Answer::text(status, body)),
                other => {
                    if let Some(reply) = self.suffer(other, &struck).await {
                        return reply;
                    }
                }
            }
        }
        Reply::Answer(answer)
    }

    fn due(&mut self, moment: Moment) -> (Struck, Vec<Effect>) {
        let world = &self.world;
        let struck = Struck { at_ms: world.clock.now_ms(), cleared: world.faults.cleared() };
        if self.ghost {
            return (struck, Vec::new());
        }
        let effects = world.faults.strike(moment, &self.facts, &mut self.seen);
        if !effects.is_empty() {
            world.ledger.amend(self.id, |record| {
                record.faults.extend(effects.iter().map(|effect| format!("{effect:?}")));
            });
        }
        (struck, effects)
    }

    /// Waits on the server's clock, or without end, but not beyond the faults themselves.
    async fn wait(&self, struck: &Struck, duration: Option<Duration>) {
        let hold = self.world.hold(struck.cleared.clone());
        match duration {
            None => hold.await,
            Some(duration) => tokio::select! {
                () = self.world.pause_until(struck.end_of(duration)) => {}
                () = hold => {}
            },
        }
    }

    async fn suffer(&mut self, effect: Effect, struck: &Struck) -> Option<Reply> {
        match effect {
            Effect::Nothing
            | Effect::StallAnswer { .. }
            | Effect::CutAnswerAfter { .. }
            | Effect::TruncatedJson
            | Effect::LoseAnswerAfterWork
            | Effect::AnswerAfterWork { .. } => {}
            Effect::Answer { status, headers, body, .. } => {
                let html = body.trim_start().starts_with('<');
                let mut answer = if html { Answer::html(status, body) } else { Answer::text(status, body) };
                answer.headers = headers;
                return Some(Reply::Answer(answer));
            }
            Effect::StallBeforeReading { millis } => self.wait(struck, millis).await,
            // That it was meant turned out when it was read already.
            Effect::StallBodyAfter { bytes } if self.whole => {
                if self.body_bytes() >= bytes {
                    self.wait(struck, None).await;
                }
            }
            Effect::StallBodyAfter { bytes } => {
                *unpoisoned(&self.meter.stall) = Some((bytes, struck.cleared.clone()));
            }
            Effect::CutBodyAfter { bytes } => {
                if self.body_bytes() >= bytes && self.body_bytes() > 0 {
                    return Some(Reply::Cut);
                }
                self.meter.cut_at.store(bytes, Ordering::SeqCst);
            }
            Effect::LoseAnswerBeforeWork => return Some(Reply::Cut),
            Effect::GatewayTimeoutButFinish => {
                self.reply_now(Reply::Answer(Answer::html(504, GATEWAY_TIMEOUT)));
            }
            Effect::Late { millis } => {
                self.reply_now(Reply::Cut);
                self.world.pause_until(struck.end_of(millis)).await;
            }
            Effect::AssemblyDelay { millis } => self.asked.assembly_delay = Some(millis),
            Effect::HoldAfterLanding { millis } => self.asked.hold_after_landing = Some(millis),
            Effect::Ghost { millis } => self.asked.ghost = Some(struck.end_of(millis)),
            Effect::ExpireUploadTokens => token::expire_all(&self.world),
            Effect::ExpireBearers => {
                auth::expire_all(&self.world);
                if let auth::Credential::Bearer(_) = self.caller.credential {
                    self.caller.credential = auth::Credential::Refused;
                }
            }
            Effect::RevokeOauth => oauth::keys::revoke_all(&self.world),
            Effect::PurgeChunks => self.world.pieces.purge(None),
            Effect::Portal => return Some(Reply::Answer(Answer::html(200, PORTAL))),
            Effect::Redirect { status, location } => {
                let answer = Answer::html(status, "").header("Location", location);
                return Some(Reply::Answer(answer));
            }
            Effect::MalformedJson => {
                let body = r#"{"status":"ok","permission_level":"write","data":[{"photo_id":]}"#;
                return Some(Reply::Answer(Answer::new(200, "application/json", body)));
            }
            Effect::HugeJson { bytes } => return Some(Reply::Padded(Some(bytes))),
            Effect::EndlessJson => return Some(Reply::Padded(None)),
            Effect::StaleList { millis } => self.asked.stale = Some(millis),
            Effect::Anonymous => self.caller = auth::anonymous(&self.world),
            Effect::EmptyList => self.asked.empty_list = true,
            Effect::BadToken => self.asked.bad_token = true,
        }
        None
    }
}
