//! What goes wrong, on which request, and how often: scripted one by one, or drawn from a seed.
//!
//! Owns the language of faults. Never carries one out: `visit.rs` does that at the [`Moment`] that each needs, and
//! `redeem.rs` for those that only an assembly can have. Next: `fault/book.rs`, which matches and counts, and
//! `fault/storm.rs` for random ones.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::switches::{maybe_millis, millis};

pub(crate) mod book;
mod storm;

pub use storm::Storm;

/// A kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// Every request below `/api/`.
    Any,
    /// A chunk that is sent by POST, whichever method it is sent to; the completing one too.
    Chunk,
    /// The request that completes a file: the last of its chunks to arrive, or a plain upload. Decided by the chunks
    /// that lie there when it begins to arrive, again when it has, and once more when its own has landed.
    Commit,
    /// A GET that asks whether a chunk is there.
    Probe,
    /// `photo/redeem-upload-token` by POST, chunked or not.
    Redeem,
    /// `photo/replace` and `photo/redeem-replace-token` by POST, chunked or not.
    Replace,
    /// `photo/get-upload-token`.
    GetUploadToken,
    /// `photo/get-replace-token`.
    GetReplaceToken,
    /// `photo/get-update-token`.
    GetUpdateToken,
    /// `photo/update-upload-token`.
    UpdateUploadToken,
    /// `photo/delete-upload-token`.
    DeleteUploadToken,
    /// `photo/list`.
    List,
    /// `photo/update` and `photo/redeem-update-token`.
    Update,
    /// `photo/delete`.
    Delete,
    /// `photo/get-transcoding-progress`.
    Progress,
    /// `photo/frame`.
    Frame,
    /// `photo/subtitle/upload`.
    Subtitle,
    /// `photo/subtitle/list`.
    Subtitles,
    /// `album/list`.
    Albums,
    /// `tag/list`.
    Tags,
    /// `site/get`.
    Site,
    /// `user/tokens`.
    UserTokens,
    /// Any other, by its method path, such as `photo/upload`.
    Method(String),
}

/// What happens instead of, or beside, the ordinary answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: the fault only counts.
    Nothing,
    /// The body is read, no work is done, and this is the answer.
    Answer {
        /// HTTP status.
        status: u16,
        /// Header names and values beside the usual ones.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// The body, sent as it is.
        #[serde(default)]
        body: String,
        /// Answer before a byte of the body is read.
        #[serde(default)]
        early: bool,
    },
    /// Not one byte of the body is read for so long (absent: until the faults are cleared or the sandbox stops).
    StallBeforeReading {
        /// How long, in milliseconds.
        #[serde(default, with = "maybe_millis")]
        millis: Option<Duration>,
    },
    /// After so many bytes of the body no more are read, until the faults are cleared.
    StallBodyAfter {
        /// Bytes of the request body.
        bytes: u64,
    },
    /// The connection is cut after so many bytes of the request body.
    CutBodyAfter {
        /// Bytes of the request body.
        bytes: u64,
    },
    /// The body is read, no work is done, and the connection closes without an answer.
    LoseAnswerBeforeWork,
    /// The work is done, and the connection closes without an answer.
    LoseAnswerAfterWork,
    /// The work is done, and this is the answer all the same.
    AnswerAfterWork {
        /// HTTP status.
        status: u16,
        /// The body, sent as it is.
        #[serde(default)]
        body: String,
    },
    /// The work is done, and its answer is held back for so long.
    StallAnswer {
        /// How long, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// The answer announces its length and breaks off after so many bytes.
    CutAnswerAfter {
        /// Bytes of the answer's body.
        bytes: u64,
    },
    /// A proxy gives up and answers 504 at once; the work goes on behind it.
    GatewayTimeoutButFinish,
    /// This one assembly takes so long.
    AssemblyDelay {
        /// How long, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// The chunk lies on disk, and only so much later does its request look whether the set is complete: the window
    /// in which two requests both find it so.
    HoldAfterLanding {
        /// How long, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// The request is handled and answered, and handled once more so much later.
    Ghost {
        /// How much later, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// The connection closes without an answer, and the request is handled only so much later.
    Late {
        /// How much later, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// All upload and replace tokens expire as the request arrives.
    ExpireUploadTokens,
    /// All bearer tokens but the login token expire as the request arrives.
    ExpireBearers,
    /// All OAuth access tokens are revoked as the request arrives.
    RevokeOauth,
    /// All chunks vanish as the request arrives.
    PurgeChunks,
    /// A captive portal answers: 200 and an HTML page.
    Portal,
    /// A redirect to this address.
    Redirect {
        /// 301, 302, 307 or 308.
        status: u16,
        /// The `Location` header.
        location: String,
    },
    /// The answer is JSON up to its middle and ends there, politely.
    TruncatedJson,
    /// The answer looks like JSON and is not.
    MalformedJson,
    /// A valid envelope with a string of so many bytes in it.
    HugeJson {
        /// Bytes of padding.
        bytes: u64,
    },
    /// An envelope that opens and never closes.
    EndlessJson,
    /// `photo/list` shows the workspace as it was so long ago, and says `cached`.
    StaleList {
        /// How long ago, in milliseconds.
        #[serde(with = "millis")]
        millis: Duration,
    },
    /// The credential is overlooked: the answer is what an anonymous caller gets.
    Anonymous,
    /// `photo/list` finds nothing, in an otherwise sound answer.
    EmptyList,
    /// The request's upload token is taken for invalid.
    BadToken,
}

/// When in the course of a request an effect takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The headers are here, or the fields before the file.
    Arrived,
    /// The body is here, nothing is done.
    Read,
    /// The chunk has landed and the set turned out complete.
    Completing,
    /// The work is done.
    Done,
}

impl Effect {
    /// The first moment at which it can take place.
    pub(crate) fn moment(&self) -> Moment {
        match self {
            Self::StallBeforeReading { .. }
            | Self::StallBodyAfter { .. }
            | Self::CutBodyAfter { .. }
            | Self::ExpireUploadTokens
            | Self::ExpireBearers
            | Self::RevokeOauth
            | Self::PurgeChunks
            | Self::Answer { early: true, .. } => Moment::Arrived,
            Self::LoseAnswerAfterWork
            | Self::AnswerAfterWork { .. }
            | Self::StallAnswer { .. }
            | Self::CutAnswerAfter { .. }
            | Self::TruncatedJson => Moment::Done,
            _ => Moment::Read,
        }
    }

    /// Whether it settles what becomes of the request, so that no further fault is asked at that moment.
    pub(crate) fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Nothing
                | Self::StallBeforeReading { .. }
                | Self::AssemblyDelay { .. }
                | Self::HoldAfterLanding { .. }
                | Self::Ghost { .. }
                | Self::ExpireUploadTokens
                | Self::ExpireBearers
                | Self::RevokeOauth
                | Self::PurgeChunks
                | Self::StallAnswer { .. }
                | Self::Late { .. }
                | Self::GatewayTimeoutButFinish
                | Self::BadToken
                | Self::StaleList { .. }
                | Self::EmptyList
                | Self::Anonymous
        )
    }
}

/// One thing that goes wrong: `Fault::on(Endpoint::Chunk).chunk(3).times(2).answer(502, "")`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// On which kind of request.
    pub endpoint: Endpoint,
    /// Only on this chunk number.
    #[serde(default)]
    pub chunk: Option<u64>,
    /// From the nth matching request on; the first is 1.
    #[serde(default = "one")]
    pub nth: u32,
    /// On so many matching requests; absent means on all of them.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// With this probability on each, drawn from the sandbox's seed.
    #[serde(default)]
    pub chance: Option<f64>,
    /// What happens.
    pub effect: Effect,
}

fn one() -> u32 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "serde's default has the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

impl Fault {
    /// On the first request of this kind, nothing yet: say what with one of the methods below.
    pub fn on(endpoint: Endpoint) -> Self {
        Self { endpoint, chunk: None, nth: 1, times: Some(1), chance: None, effect: Effect::Nothing }
    }

    /// Only on this chunk number.
    #[must_use]
    pub fn chunk(self, number: u64) -> Self {
        Self { chunk: Some(number), ..self }
    }

    /// From the nth matching request on.
    #[must_use]
    pub fn nth(self, nth: u32) -> Self {
        Self { nth: nth.max(1), ..self }
    }

    /// On so many matching requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// On every matching request.
    #[must_use]
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// On each matching request with this probability, without end unless `times` follows.
    #[must_use]
    pub fn chance(self, chance: f64) -> Self {
        Self { chance: Some(chance), times: None, ..self }
    }

    /// With this effect.
    #[must_use]
    pub fn with(self, effect: Effect) -> Self {
        Self { effect, ..self }
    }

    /// Reads the body, does nothing, and answers so.
    #[must_use]
    pub fn answer(self, status: u16, body: impl Into<String>) -> Self {
        self.with(Effect::Answer { status, headers: Vec::new(), body: body.into(), early: false })
    }

    /// Adds a header to an [`Fault::answer`], such as `Retry-After`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Effect::Answer { headers, .. } = &mut self.effect {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// Makes an [`Fault::answer`] come before the body is read.
    #[must_use]
    pub fn early(mut self) -> Self {
        if let Effect::Answer { early, .. } = &mut self.effect {
            *early = true;
        }
        self
    }

    /// Reads nothing until the faults are cleared.
    #[must_use]
    pub fn stall_before_reading(self) -> Self {
        self.with(Effect::StallBeforeReading { millis: None })
    }

    /// Reads so many bytes of the body and then no more.
    #[must_use]
    pub fn stall_body_after(self, bytes: u64) -> Self {
        self.with(Effect::StallBodyAfter { bytes })
    }

    /// Does the work and holds the answer back.
    #[must_use]
    pub fn stall_answer(self, duration: Duration) -> Self {
        self.with(Effect::StallAnswer { millis: duration })
    }

    /// Cuts the connection within the request's body.
    #[must_use]
    pub fn cut_body_after(self, bytes: u64) -> Self {
        self.with(Effect::CutBodyAfter { bytes })
    }

    /// Cuts the connection within the answer's body.
    #[must_use]
    pub fn cut_answer_after(self, bytes: u64) -> Self {
        self.with(Effect::CutAnswerAfter { bytes })
    }

    /// Closes without an answer and without having done anything.
    #[must_use]
    pub fn lose_answer_before_work(self) -> Self {
        self.with(Effect::LoseAnswerBeforeWork)
    }

    /// Does the work and closes without an answer.
    #[must_use]
    pub fn lose_answer_after_work(self) -> Self {
        self.with(Effect::LoseAnswerAfterWork)
    }

    /// Answers 504 while the work goes on.
    #[must_use]
    pub fn gateway_timeout_but_finish(self) -> Self {
        self.with(Effect::GatewayTimeoutButFinish)
    }

    /// Does the work and answers so all the same.
    #[must_use]
    pub fn answer_after_work(self, status: u16, body: impl Into<String>) -> Self {
        self.with(Effect::AnswerAfterWork { status, body: body.into() })
    }

    /// Makes one assembly slow.
    #[must_use]
    pub fn assembly_delay(self, duration: Duration) -> Self {
        self.with(Effect::AssemblyDelay { millis: duration })
    }

    /// Opens the window between a chunk's landing and the look at the set.
    #[must_use]
    pub fn hold_after_landing(self, duration: Duration) -> Self {
        self.with(Effect::HoldAfterLanding { millis: duration })
    }

    /// Handles the request now and once more later.
    #[must_use]
    pub fn ghost_after(self, duration: Duration) -> Self {
        self.with(Effect::Ghost { millis: duration })
    }

    /// Closes without an answer now and handles the request later.
    #[must_use]
    pub fn deliver_late(self, duration: Duration) -> Self {
        self.with(Effect::Late { millis: duration })
    }

    /// Answers as a captive portal does: 200, HTML.
    #[must_use]
    pub fn answer_as_portal(self) -> Self {
        self.with(Effect::Portal)
    }

    /// Answers 302 to this address.
    #[must_use]
    pub fn redirect(self, location: impl Into<String>) -> Self {
        self.with(Effect::Redirect { status: 302, location: location.into() })
    }

    /// Answers as if the caller were anonymous.
    #[must_use]
    pub fn answer_as_anonymous(self) -> Self {
        self.with(Effect::Anonymous)
    }

    /// Lists the workspace as it was so long ago, marked as cached.
    #[must_use]
    pub fn answer_stale(self, age: Duration) -> Self {
        self.with(Effect::StaleList { millis: age })
    }
}
