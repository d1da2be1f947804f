//! The decisions around the commit, each as one table: what its answer means ([`ANSWERS`]), what to do once it has been
//! looked up ([`STEPS`]), and, in `commit/replacement.rs`, once a video that was to be replaced has been compared
//! ([`REPLACEMENT_STEPS`]). Pure, and public so that the tests are derived from the very rows.
//!
//! The commit is the piece whose arrival makes the server assemble the file. Its answer can be lost while the work is
//! done, and sending it twice can make two videos; so it is sent once, alone, and everything that does not settle the
//! matter leads to a lookup by upload token. `transfer/commit.rs` and `transfer/settle.rs` walk these tables.

mod replacement;

pub use replacement::{
    Compared, REPLACEMENT_STEPS, ReplacementFacts, ReplacementStep, ReplacementStepRow, next_replacement_step,
};

use crate::answer::{Answer, RefusalKind};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What came of sending the commit chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// No answer, and the last byte of the body was never handed to the connection: the server cannot have it whole.
    NeverLeft,
    /// No answer, and the body may have arrived whole.
    Silence,
    /// An answer.
    Answered {
        /// HTTP status.
        status: u16,
        /// What the body says.
        answer: Answer,
        /// What the server asked us to wait.
        retry_after: Option<Duration>,
    },
}

/// What follows from a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The video is there.
    Stored,
    /// It gives a number that nothing shows to be whole: it counts once the workspace lists a video of the upload's token.
    Numbered,
    /// Certainly not received: send again.
    NotSent,
    /// Turned away, not worked on: wait, look up once, send again.
    TurnedAway,
    /// Refused in known words: one lookup, then failed.
    Refused,
    /// Anything may have happened: look it up.
    Unclear,
}

/// A row of [`ANSWERS`].
pub struct AnswerRow {
    /// What happened, in words.
    pub happened: &'static str,
    /// Whether a reply is of this kind.
    pub holds: fn(&Reply) -> bool,
    /// What follows.
    pub then: Verdict,
}

/// What the reply to a commit means. The first row that holds counts.
pub const ANSWERS: &[AnswerRow] = &[
    AnswerRow { happened: "an id that came whole", holds: |reply| video(reply).is_some(), then: Verdict::Stored },
    AnswerRow { happened: "a bare number", holds: |reply| number(reply).is_some(), then: Verdict::Numbered },
    AnswerRow {
        happened: "the last body byte was never written",
        holds: |reply| matches!(reply, Reply::NeverLeft),
        then: Verdict::NotSent,
    },
    AnswerRow {
        happened: "429 or 503: turned away, not worked on",
        holds: |reply| matches!(reply, Reply::Answered { status: 429 | 503, .. }),
        then: Verdict::TurnedAway,
    },
    AnswerRow {
        happened: "a known text about type or size",
        holds: |reply| {
            let Reply::Answered { answer: Answer::Refused(refusal), .. } = reply else { return false };
            matches!(refusal.kind, RefusalKind::Type | RefusalKind::Size)
        },
        then: Verdict::Refused,
    },
    AnswerRow { happened: "anything else", holds: |_| true, then: Verdict::Unclear },
];

/// The number that a reply consists of: the id of a video, or the beginning of one, which is another video's.
#[must_use]
pub fn number(reply: &Reply) -> Option<u64> {
    match reply {
        Reply::Answered { status: 200 | 201, answer: Answer::Number(id), .. } => Some(*id),
        _ => None,
    }
}

/// The video that a reply names for certain.
#[must_use]
pub fn video(reply: &Reply) -> Option<u64> {
    match reply {
        Reply::Answered { status: 200 | 201, answer: Answer::Video(id), .. } => Some(*id),
        _ => None,
    }
}

/// What a reply means.
#[must_use]
pub fn judge(reply: &Reply) -> Verdict {
    ANSWERS.iter().find(|row| (row.holds)(reply)).map_or(Verdict::Unclear, |row| row.then)
}

/// What an unclear answer was like. Kept in the journal. [`Unclear::Refused`] and [`Unclear::Number`] weigh in the next
/// step, and [`Unclear::TooLarge`] in how the file is cut when it is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unclear {
    /// `ok` or nothing.
    Accepted,
    /// A number, and the workspace did not list what it made at once.
    Number,
    /// A text or status that may mean a refused token.
    Refused,
    /// The credential that went along was refused; the token may be as good as ever.
    Credential,
    /// The request was too large for something on its way.
    TooLarge,
    /// A server or gateway error.
    ServerError,
    /// Not the API's answer.
    NotApi,
    /// None came.
    Silence,
}

/// Names an unclear reply.
#[must_use]
pub fn unclear(reply: &Reply) -> Unclear {
    match reply {
        Reply::NeverLeft | Reply::Silence => Unclear::Silence,
        Reply::Answered { status: 413, .. } => Unclear::TooLarge,
        // A bad token's text may come with a 500 as well; but so may any error of the server's own. Keeping the token
        // is safe: if it is dead, the next chunk will say so.
        Reply::Answered { status: 500..=599 | 408, .. } => Unclear::ServerError,
        Reply::Answered { status: 401 | 403, .. } => Unclear::Credential,
        Reply::Answered { answer: Answer::Refused(refusal), .. } if refusal.kind == RefusalKind::Credential => {
            Unclear::Credential
        }
        // A redirect is never followed, and never this API's word.
        Reply::Answered { status: 300..=399, .. } | Reply::Answered { answer: Answer::NotApi, .. } => Unclear::NotApi,
        Reply::Answered { answer: Answer::Refused(_), .. } => Unclear::Refused,
        Reply::Answered { status: 200 | 201, answer: Answer::Number(_), .. } => Unclear::Number,
        Reply::Answered { status: 200..=299, .. } => Unclear::Accepted,
        Reply::Answered { .. } => Unclear::Refused,
    }
}

/// What a whole window of lookups by every token of the item came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// One video.
    One,
    /// More than one.
    Several,
    /// Valid answers, and none to the end of the window.
    Zero,
    /// No valid answer for at least one token: a cache, an anonymous answer, a lack of rights.
    Blind,
}

/// Whether the token in use can still make a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// For all we know.
    Alive,
    /// The server refused it after the commit, or its time is over by the server's clock.
    Dead,
}

/// Whether the newest videos of this user show something that could be ours, though under no token of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomers {
    /// A valid answer, and nothing since the commit that the queue does not know.
    None,
    /// Something is there, or no valid answer could be had.
    PerhapsOurs,
}

/// All that the next step depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What the lookups came to.
    pub looked: Looked,
    /// Chunks in the plan.
    pub chunks: u32,
    /// How often the commit chunk of this identifier was sent.
    pub sends: u32,
    /// How often everything was sent again already.
    pub restarts: u32,
    /// The token in use.
    pub token: TokenState,
    /// Asked only when the token is dead.
    pub newcomers: Newcomers,
    /// The last answer was a bare number: a video was made, as far as anybody can say.
    pub numbered: bool,
}

/// What to do after a window of lookups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Stored.
    Store,
    /// Stored, and the others are reported as twins.
    StoreWithTwins,
    /// The commit chunk again, alone, same identifier and token.
    CommitAgain,
    /// Everything again under a new identifier, with the same token: its `max_uploads=1` is the fence.
    SameTokenNewIdentifier,
    /// Everything again under a new identifier with a new token.
    NewToken,
    /// Only a person can tell.
    Ask,
}

/// A row of [`STEPS`].
pub struct StepRow {
    /// What is known, in words.
    pub known: &'static str,
    /// Whether the facts are of this kind.
    pub holds: fn(&Facts) -> bool,
    /// What to do.
    pub then: Step,
}

/// How often everything is sent again by itself. A server that swallows a file this often needs a person.
pub const RESTARTS: u32 = 3;

/// What to do after a window of lookups. The first row that holds counts.
pub const STEPS: &[StepRow] = &[
    StepRow { known: "one found", holds: |f| f.looked == Looked::One, then: Step::Store },
    StepRow { known: "two or more found", holds: |f| f.looked == Looked::Several, then: Step::StoreWithTwins },
    StepRow { known: "no valid lookup", holds: |f| f.looked == Looked::Blind, then: Step::Ask },
    StepRow { known: "zero, and the answer gave a number", holds: |f| f.numbered, then: Step::Ask },
    StepRow { known: "zero, and sent again often enough", holds: |f| f.restarts >= RESTARTS, then: Step::Ask },
    StepRow {
        known: "zero, the token is dead, and something may be ours",
        holds: |f| f.token == TokenState::Dead && f.newcomers == Newcomers::PerhapsOurs,
        then: Step::Ask,
    },
    StepRow {
        known: "zero, the token is dead, and nothing of ours since the commit",
        holds: |f| f.token == TokenState::Dead,
        then: Step::NewToken,
    },
    StepRow {
        known: "zero, several chunks, the commit sent once",
        holds: |f| f.chunks > 1 && f.sends == 1,
        then: Step::CommitAgain,
    },
    StepRow { known: "zero", holds: |_| true, then: Step::SameTokenNewIdentifier },
];

/// What to do.
#[must_use]
pub fn next_step(facts: &Facts) -> Step {
    STEPS.iter().find(|row| (row.holds)(facts)).map_or(Step::Ask, |row| row.then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer;

    fn answered(status: u16, body: &str) -> Reply {
        Reply::Answered { status, answer: answer::read(body.as_bytes()), retry_after: None }
    }

    #[test]
    fn each_kind_of_reply_leads_where_the_protocol_says() {
        let cases = [
            (answered(200, "\"4711\""), Verdict::Stored),
            (answered(200, "4711"), Verdict::Numbered),
            (answered(201, "4711"), Verdict::Numbered),
            (answered(202, "4711"), Verdict::Unclear),
            (Reply::NeverLeft, Verdict::NotSent),
            (answered(429, ""), Verdict::TurnedAway),
            (answered(503, "<html>busy</html>"), Verdict::TurnedAway),
            (answered(500, "The file type isn't supported"), Verdict::Refused),
            (answered(200, "error The file is too large"), Verdict::Refused),
            (answered(200, "ok"), Verdict::Unclear),
            (answered(200, ""), Verdict::Unclear),
            (answered(500, ""), Verdict::Unclear),
            // A number beside a failing status proves nothing: it may be an error number.
            (answered(500, "4711"), Verdict::Unclear),
            (answered(502, "<html>"), Verdict::Unclear),
            (answered(504, ""), Verdict::Unclear),
            (answered(200, "<html>Welcome to the hotel</html>"), Verdict::Unclear),
            (answered(302, ""), Verdict::Unclear),
            (answered(403, "The upload token is not valid"), Verdict::Unclear),
            (answered(413, ""), Verdict::Unclear),
            (Reply::Silence, Verdict::Unclear),
        ];
        for (reply, verdict) in cases {
            assert_eq!(judge(&reply), verdict, "{reply:?}");
        }
    }

    #[test]
    fn only_words_of_the_api_itself_are_taken_for_a_refused_token() {
        let cases = [
            (answered(200, "ok"), Unclear::Accepted),
            (answered(200, "4711"), Unclear::Number),
            (answered(500, "4711"), Unclear::ServerError),
            (answered(200, "Invalid token"), Unclear::Refused),
            (answered(400, ""), Unclear::Refused),
            (answered(403, "Invalid token"), Unclear::Credential),
            (answered(500, "Invalid token"), Unclear::ServerError),
            (answered(500, ""), Unclear::ServerError),
            (answered(504, "Invalid token"), Unclear::ServerError),
            (answered(302, ""), Unclear::NotApi),
            (answered(307, "Moved"), Unclear::NotApi),
            (answered(404, "<html>"), Unclear::NotApi),
            (answered(413, ""), Unclear::TooLarge),
            (answered(413, "<html>"), Unclear::TooLarge),
            (Reply::Silence, Unclear::Silence),
        ];
        for (reply, like) in cases {
            assert_eq!(unclear(&reply), like, "{reply:?}");
        }
    }

    fn all_facts() -> impl Iterator<Item = Facts> {
        let looked = [Looked::One, Looked::Several, Looked::Zero, Looked::Blind];
        let tokens = [TokenState::Alive, TokenState::Dead];
        let newcomers = [Newcomers::None, Newcomers::PerhapsOurs];
        looked.into_iter().flat_map(move |looked| {
            tokens.into_iter().flat_map(move |token| {
                newcomers.into_iter().flat_map(move |newcomers| {
                    (1..4u32).flat_map(move |chunks| {
                        (1..4u32).flat_map(move |sends| {
                            (0..5u32).flat_map(move |restarts| {
                                [false, true].map(|numbered| Facts {
                                    looked,
                                    chunks,
                                    sends,
                                    restarts,
                                    token,
                                    newcomers,
                                    numbered,
                                })
                            })
                        })
                    })
                })
            })
        })
    }

    #[test]
    fn nothing_is_sent_again_unless_every_token_was_looked_up_and_gave_zero() {
        for facts in all_facts() {
            let sends = matches!(next_step(&facts), Step::CommitAgain | Step::SameTokenNewIdentifier | Step::NewToken);
            assert!(!sends || facts.looked == Looked::Zero, "{facts:?}");
        }
    }

    #[test]
    fn a_new_token_needs_a_dead_one_and_no_newcomer() {
        for facts in all_facts() {
            if next_step(&facts) == Step::NewToken {
                assert_eq!((facts.token, facts.newcomers), (TokenState::Dead, Newcomers::None));
            }
        }
    }

    #[test]
    fn a_single_chunk_is_never_committed_twice_under_one_identifier() {
        for facts in all_facts().filter(|facts| facts.chunks == 1) {
            assert_ne!(next_step(&facts), Step::CommitAgain, "{facts:?}");
        }
    }

    #[test]
    fn nothing_is_sent_again_after_an_answer_that_gave_a_number() {
        for facts in all_facts().filter(|facts| facts.numbered) {
            assert!(matches!(next_step(&facts), Step::Store | Step::StoreWithTwins | Step::Ask), "{facts:?}");
        }
    }

    #[test]
    fn a_living_token_that_stays_empty_is_always_tried_again_within_bounds() {
        for facts in all_facts().filter(|facts| !facts.numbered) {
            if facts.looked == Looked::Zero && facts.token == TokenState::Alive && facts.restarts < RESTARTS {
                assert_ne!(next_step(&facts), Step::Ask, "{facts:?}");
            }
        }
    }

    #[test]
    fn every_row_of_both_tables_is_reached() {
        for (index, row) in STEPS.iter().enumerate() {
            let reached = all_facts().any(|facts| STEPS.iter().position(|row| (row.holds)(&facts)) == Some(index));
            assert!(reached, "{}", row.known);
        }
        assert!((ANSWERS.last().unwrap().holds)(&Reply::Silence));
    }
}
