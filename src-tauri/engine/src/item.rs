//! What an item is and how it may change. Pure: no clock, no disk, no network.
//!
//! [`Stage`] is what is true, [`Intent`] what the user wants; they are never mixed. A stage carries its data, so what
//! cannot be cannot be written: no "uploading" without a session, no "stored" without a video. [`Stage::next`] is the
//! only way from one stage to another, for the running engine and for recovery after a crash alike: the journal is a
//! list of [`Event`]s, and a stage is their fold.
//!
//! "Waiting", "paused", "offline" are not stages; `view.rs` derives them. The parts of a session stand in
//! `item/session.rs`; who records which event when is told in `transfer.rs`.

mod companion;
mod follow_up;
mod intake;
mod locale;
mod replacement;
mod session;
mod video;

pub use companion::{CompanionChoice, CompanionFile, Companions, Said, SubtitleChoice, Subtitles};
pub use follow_up::{FollowUp, FollowUpKind};
pub use intake::{Given, Item, Stamp, Summary};
pub use locale::{Locale, NoLocale};
pub use replacement::{Baseline, FileKind, Moment, Replaced, Replacement, VersionSign};
pub use session::{ChunkHash, Endpoint, GrantedToken, Identifier, Session, Spent, TokenId};
pub use video::{Category, Details, FoundBy, NoDate, Publish, Stored, Video, may_be_variable, title_from};

use crate::commit::Unclear;
use crate::failure::{Code, Failure, Remedy};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The id of an item, time-ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct ItemId(#[cfg_attr(feature = "bindings", ts(type = "string"))] pub Uuid);

impl ItemId {
    /// A fresh id.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for ItemId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What the user wants of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Intent {
    /// Get it into the workspace.
    Run,
    /// Leave it as it is for now.
    Pause,
    /// Take it out of the queue. After "commit sent" this means: settle first, then say what is there.
    Cancel,
}

/// Whose work goes first. Lower sorts first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Lane {
    /// A person handed it over.
    Manual,
    /// A watched folder did.
    Automatic,
}

/// "Commit sent" is durable and the outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirming {
    /// The session whose commit it is.
    pub session: Session,
    /// How often the commit chunk of this identifier was sent. Zero when it is an earlier identifier's commit that is
    /// looked for, because a person asked to.
    pub sends: u32,
    /// What the last answer was like, if one came.
    pub answer: Option<Unclear>,
}

/// What is true about an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Taken in, nothing sent.
    Queued,
    /// A token, a plan and some acknowledged chunks.
    Uploading(Session),
    /// The last piece was sent, or may have been.
    Confirming(Confirming),
    /// The server has the video and its id is known.
    Stored(Stored),
    /// Nothing is left to do.
    Done(Stored),
    /// Something is in the way.
    Failed {
        /// What.
        failure: Failure,
        /// Where it goes on after a retry.
        resume: Box<Stage>,
    },
    /// Taken out of the queue. With a video when it had already arrived.
    Cancelled(Option<Video>),
}

/// What a person says about an unclear commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SettleAnswer {
    /// It is this one; what is still to be done about it goes along.
    Arrived(Stored),
    /// It did not arrive: send everything again.
    SendAgain,
    /// Look for it once more.
    KeepLooking,
}

/// What must have been seen before a commit may be sent: what it will make must not be there yet, or how it could be
/// noticed must be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A valid lookup by every token returned zero.
    Zero {
        /// Server time of it, in epoch seconds.
        seen_at: i64,
    },
    /// How the video looks that is to be replaced.
    Baseline(Baseline),
}

/// A fact, made durable before the next act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A token was granted and the file cut.
    SessionOpened(Session),
    /// The server acknowledged a chunk; `hash` is of the bytes that were sent.
    ChunkAcknowledged {
        /// 1-based.
        number: u32,
        /// BLAKE3 of the chunk.
        hash: ChunkHash,
    },
    /// A probe showed that the server lost an acknowledged chunk.
    ChunkWithdrawn {
        /// 1-based.
        number: u32,
    },
    /// The server has this version of the details.
    DetailsAcknowledged {
        /// The version.
        version: u32,
    },
    /// A new token for the same identifier; acknowledged chunks stay.
    TokenReplaced(GrantedToken),
    /// Everything again under a new identifier, with a new token if one is given.
    StartedOver {
        /// The new token, unless the old one serves.
        token: Option<GrantedToken>,
        /// The new identifier.
        identifier: Identifier,
        /// The new plan.
        plan: Plan,
        /// Where it goes from now on.
        endpoint: Endpoint,
    },
    /// How the video looks that is to be replaced in pieces, before the first of them.
    BaselineTaken(Baseline),
    /// The commit chunk is about to be sent.
    CommitSent {
        /// What was seen just before, and without which it may not be sent.
        proof: Proof,
        /// Server time of sending, in epoch seconds.
        sent_at: i64,
    },
    /// The commit chunk certainly did not leave, or was turned away unread.
    CommitUnsent,
    /// An answer came that does not settle the matter.
    CommitAnswered {
        /// What it was like.
        class: Unclear,
        /// Its HTTP status.
        status: u16,
        /// Its beginning, masked.
        excerpt: String,
    },
    /// The video is there.
    VideoFound(Stored),
    /// The video is there about which alone something is to be made true: no file is sent.
    TargetFound(Stored),
    /// The look for a new version ended.
    VersionChecked {
        /// Whether it was seen.
        seen: bool,
    },
    /// The server is about to be told of a follow-up.
    FollowUpBegun {
        /// Its place in the list.
        index: usize,
    },
    /// What is still to be done about the video, in the place of everything that is not done.
    FollowUpsPlanned {
        /// The version of the details that the server has when all of it is done.
        details_version: u32,
        /// What.
        open: Vec<FollowUpKind>,
    },
    /// A follow-up was acknowledged.
    FollowUpDone {
        /// Its place in the list.
        index: usize,
    },
    /// The wait for "playable" ended.
    PlayableChecked {
        /// Whether it was seen.
        seen: bool,
    },
    /// Where the public will find it.
    PublicAddressKnown(String),
    /// Nothing is left to do.
    Finished,
    /// Something is in the way.
    Failed(Failure),
    /// Go on from where it failed.
    Retried,
    /// The source changed and was looked at anew: the file as it is now is to be sent, from its first byte.
    SourceRenewed,
    /// A person settled what we could not.
    Settled(SettleAnswer),
    /// Taken out of the queue.
    Cancelled,
}

/// An event that cannot happen in this stage: a bug, or a journal that someone edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("\"{event}\" cannot happen while \"{stage}\"")]
pub struct Illegal {
    /// The stage's name.
    pub stage: &'static str,
    /// The event's name.
    pub event: &'static str,
}

impl Stage {
    /// The stage's name, as stored and as programs read it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Uploading(_) => "uploading",
            Self::Confirming(_) => "confirming",
            Self::Stored(_) => "stored",
            Self::Done(_) => "done",
            Self::Failed { .. } => "failed",
            Self::Cancelled(_) => "cancelled",
        }
    }

    /// Whether nothing further can happen by itself or by retrying.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Cancelled(_))
    }

    /// The video, once there is one.
    #[must_use]
    pub fn video(&self) -> Option<&Video> {
        match self {
            Self::Stored(stored) | Self::Done(stored) => Some(&stored.video),
            Self::Failed { resume, .. } => resume.video(),
            Self::Cancelled(video) => video.as_ref(),
            Self::Queued | Self::Uploading(_) | Self::Confirming(_) => None,
        }
    }

    /// The session, while there is one.
    #[must_use]
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Uploading(session) => Some(session),
            Self::Confirming(confirming) => Some(&confirming.session),
            Self::Failed { resume, .. } => resume.session(),
            _ => None,
        }
    }

    /// Whether a commit may be on its way: clearing or cancelling must settle first.
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        match self {
            Self::Confirming(_) => true,
            // Also while everything is being sent again: the question is about the commit before.
            Self::Failed { failure, resume } => {
                let committed = resume.session().is_some_and(|session| session.committed_at().is_some());
                resume.is_unsettled() || (committed && failure.remedy() == Remedy::Settle)
            }
            _ => false,
        }
    }

    /// The stage after `event`. Total: every pair has an answer, and there is no other way to change a stage.
    pub fn next(self, event: Event) -> Result<Self, Illegal> {
        let illegal = Illegal { stage: self.name(), event: event.name() };
        match (self, event) {
            (Self::Queued, Event::SessionOpened(session)) if session.is_fresh() => Ok(Self::Uploading(session)),
            (Self::Queued, Event::TargetFound(stored)) if stored.replaced.is_some() => Ok(Self::Stored(stored)),
            (Self::Queued, Event::Cancelled) => Ok(Self::Cancelled(None)),

            (Self::Uploading(session), event) => match event {
                Event::Failed(failure) => Ok(Self::Uploading(session).fail(failure)),
                Event::Cancelled => Ok(Self::Cancelled(None)),
                Event::CommitSent { proof, sent_at } => session
                    .committing(proof, sent_at)
                    .map(|session| Self::Confirming(Confirming { session, sends: 1, answer: None }))
                    .ok_or(illegal),
                // A commit that was thought not to have left had arrived after all.
                Event::VideoFound(stored) if session.committed_at().is_some() => Ok(Self::Stored(stored)),
                event => session.next(event).map(Self::Uploading).ok_or(illegal),
            },

            (Self::Confirming(confirming), event) => confirming.next(event).ok_or(illegal),

            (Self::Stored(mut stored), event) => match event {
                Event::FollowUpBegun { index } if stored.follow_ups.get(index).is_some_and(|it| !it.done) => {
                    stored.follow_ups[index].begun = true;
                    Ok(Self::Stored(stored))
                }
                Event::FollowUpsPlanned { details_version, open } => {
                    stored.planned(details_version, open).map(Self::Stored).ok_or(illegal)
                }
                Event::FollowUpDone { index } if stored.follow_ups.get(index).is_some_and(|it| !it.done) => {
                    stored.follow_ups[index].done = true;
                    Ok(Self::Stored(stored))
                }
                Event::VersionChecked { seen } => stored.version_checked(seen).map(Self::Stored).ok_or(illegal),
                Event::PlayableChecked { seen } if stored.playable.is_none() => {
                    stored.playable = Some(seen);
                    Ok(Self::Stored(stored))
                }
                Event::PublicAddressKnown(url) => {
                    stored.video.public_url = Some(url);
                    Ok(Self::Stored(stored))
                }
                Event::Finished if stored.has_nothing_open() => Ok(Self::Done(stored)),
                Event::Failed(failure) => Ok(Self::Stored(stored).fail(failure)),
                Event::Cancelled => Ok(Self::Cancelled(Some(stored.video))),
                _ => Err(illegal),
            },

            // An edit after the end: there is something to do again.
            (Self::Done(stored), Event::FollowUpsPlanned { details_version, open }) => {
                stored.planned(details_version, open).map(Self::Stored).ok_or(illegal)
            }
            (Self::Failed { failure, resume }, event @ Event::FollowUpsPlanned { .. }) => match *resume {
                resume @ Self::Stored(_) => resume.next(event).map(|stage| stage.fail(failure)).map_err(|_| illegal),
                _ => Err(illegal),
            },

            // What was in the way is not any more, and something else is.
            (Self::Failed { resume, .. }, Event::Failed(failure)) => Ok(resume.fail(failure)),
            (Self::Failed { resume, .. }, Event::Retried) => Ok(*resume),
            (Self::Failed { resume, .. }, Event::SourceRenewed) => match *resume {
                Self::Queued => Ok(Self::Queued),
                Self::Uploading(session) => Ok(Self::Uploading(session.spent(Spent::SourceChanged))),
                _ => Err(illegal),
            },
            (Self::Failed { failure, resume }, Event::Settled(answer)) => {
                resume.settled(answer, failure.code).ok_or(illegal)
            }
            (Self::Failed { resume, .. }, Event::Cancelled) => match *resume {
                Self::Confirming(_) => Err(illegal),
                Self::Stored(stored) => Ok(Self::Cancelled(Some(stored.video))),
                _ => Ok(Self::Cancelled(None)),
            },
            (stage @ Self::Queued, Event::Failed(failure)) => Ok(stage.fail(failure)),
            (Self::Queued | Self::Done(_) | Self::Failed { .. } | Self::Cancelled(_), _) => Err(illegal),
        }
    }

    /// Folds a journal from the beginning.
    pub fn replay(events: impl IntoIterator<Item = Event>) -> Result<Self, Illegal> {
        events.into_iter().try_fold(Self::Queued, Self::next)
    }

    fn fail(self, failure: Failure) -> Self {
        Self::Failed { failure, resume: Box::new(self) }
    }

    fn settled(self, answer: SettleAnswer, asked: Code) -> Option<Self> {
        let (session, sends, answer_before) = match self {
            Self::Confirming(Confirming { session, sends, answer }) => (session, sends, answer),
            // Whatever was committed before, it was not under this identifier, or it was taken back.
            Self::Uploading(session) => (session, 0, None),
            _ => return None,
        };
        Some(match answer {
            SettleAnswer::Arrived(stored) => Self::Stored(stored),
            // What a piece did once it would do again.
            SettleAnswer::SendAgain if asked == Code::PieceReplacedFile => {
                Self::Uploading(session.in_one_piece().spent(Spent::PersonSaysSendAgain))
            }
            SettleAnswer::SendAgain => Self::Uploading(session.spent(Spent::PersonSaysSendAgain)),
            SettleAnswer::KeepLooking if session.committed_at().is_some() => {
                // A token that was refused is not less refused for looking again.
                Self::Confirming(Confirming { session, sends: sends.min(1), answer: answer_before })
            }
            SettleAnswer::KeepLooking => return None,
        })
    }
}

impl Confirming {
    fn next(mut self, event: Event) -> Option<Stage> {
        Some(match event {
            Event::CommitAnswered { class, .. } => {
                self.answer = Some(class);
                Stage::Confirming(self)
            }
            Event::CommitSent { proof, sent_at } => {
                self.session = self.session.committing(proof, sent_at)?;
                self.sends += 1;
                self.answer = None;
                Stage::Confirming(self)
            }
            Event::CommitUnsent => Stage::Uploading(self.session),
            event @ Event::StartedOver { .. } => Stage::Uploading(self.session.next(event)?),
            Event::VideoFound(stored) => Stage::Stored(stored),
            Event::Failed(failure) => Stage::Confirming(self).fail(failure),
            _ => return None,
        })
    }
}

impl Event {
    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionOpened(_) => "session opened",
            Self::ChunkAcknowledged { .. } => "chunk acknowledged",
            Self::ChunkWithdrawn { .. } => "chunk withdrawn",
            Self::DetailsAcknowledged { .. } => "details acknowledged",
            Self::TokenReplaced(_) => "token replaced",
            Self::StartedOver { .. } => "started over",
            Self::BaselineTaken(_) => "baseline taken",
            Self::CommitSent { .. } => "commit sent",
            Self::CommitUnsent => "commit unsent",
            Self::CommitAnswered { .. } => "commit answered",
            Self::VideoFound(_) => "video found",
            Self::TargetFound(_) => "target found",
            Self::VersionChecked { .. } => "version checked",
            Self::FollowUpBegun { .. } => "follow-up begun",
            Self::FollowUpsPlanned { .. } => "follow-ups planned",
            Self::FollowUpDone { .. } => "follow-up done",
            Self::PlayableChecked { .. } => "playable checked",
            Self::PublicAddressKnown(_) => "public address known",
            Self::Finished => "finished",
            Self::Failed(_) => "failed",
            Self::Retried => "retried",
            Self::SourceRenewed => "source renewed",
            Self::Settled(_) => "settled",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests;
