//! The TwentyThree API in both of its versions as the engine uses it: one method for each call, answers decoded leniently,
//! nothing decided here. It knows neither the queue nor the database. The [`Pass`] that a call shows says which version
//! it is made in.
//!
//! A call either gives an [`Envelope`] or a [`CallError`] that says who failed: the network, something in between, the
//! server, or the credential. Tokens, lists and metadata are in `api/calls.rs`, the small files that go with a video in
//! `api/files.rs`, the library's in `api/library.rs` and `api/pictures.rs`, a chunk on the wire in `api/chunk.rs`, connections and TLS in `api/http.rs`, what opens the door in
//! `api/pass.rs` and its signatures in `api/oauth.rs`, the envelope and its loose types in `api/wire.rs`.

mod calls;
mod chunk;
mod files;
mod http;
mod library;
mod oauth;
mod pass;
mod pictures;
mod replace;
mod wire;

pub use calls::ListedCategory;
pub(crate) use calls::{ListedVideo, TokenState, Wording, WorkspaceToken};
pub(crate) use chunk::{ChunkAttempt, Ending, Ordinary, is_a_gateways_word, judge_ordinary};
pub(crate) use files::SmallFile;
#[cfg(feature = "plain-get")]
pub use http::NotGot;
pub(crate) use http::{Http, ServerClock};
pub use http::{Network, Proxy, ProxyChoice};
#[cfg(feature = "test-hooks")]
pub use http::{Pretended, PretendedNames};
#[cfg(feature = "test-hooks")]
pub(crate) use library::videos_in;
pub(crate) use library::{FoundPicture, FoundVideo, LARGEST_PAGE, Listing, PublishChange, VideoChange, Wanted};
pub use oauth::{KeyPair, OAuthKeys};
pub(crate) use pass::Pass;
pub(crate) use pictures::{PictureSecret, ServedPicture};
pub(crate) use replace::Sight;
use wire::Envelope;
pub(crate) use wire::Level;

use crate::failure::{Code, Failure};
use crate::pace::Trouble;
use crate::timing::Timing;
use crate::workspace::{ApiVersion, Origin};
use reqwest::{Method, Request, RequestBuilder, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// The longest answer that is read, in bytes: a hundred videos with all their fields fit many times over, and an
/// endless answer ends.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// A clock that turns out to be off by more than this, in seconds, may be why a signature was refused, whatever the
/// server called it: how much it forgives is not documented.
const CLOCK_SLACK_S: u64 = 60;

/// A workspace's API.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    origin: Origin,
    http: Arc<Http>,
    clock: Arc<ServerClock>,
    timing: Timing,
}

/// Why a call gave no envelope that says "ok".
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// No answer. The failure says what is in the way.
    #[error("no answer from the workspace: {}", .0.causes.join(": "))]
    Unreached(Failure),
    /// HTML, or a redirect: not the API.
    #[error("something else answered in the workspace's place (HTTP {status})")]
    NotApi { status: u16 },
    /// The credential was not accepted, or lacks the right.
    #[error("HTTP {status}: {message}")]
    Credential {
        status: u16,
        code: String,
        message: String,
        /// The server knows the caller by it, and so it is the right that is lacking.
        known: bool,
    },
    /// The server asks for time, or is failing.
    #[error("the workspace is busy (HTTP {status})")]
    Busy { status: u16, retry_after: Option<Duration> },
    /// The server said no, in its words.
    #[error("HTTP {status}: {message}")]
    Refused { status: u16, code: String, message: String },
    /// The version of the API that the workspace is spoken to in has no such call, or none that takes this. Not sent.
    #[error("beyond version 1 of the API")]
    BeyondVersion1,
    /// The answer is not what the API says.
    #[error("the answer cannot be read")]
    Unreadable { excerpt: String },
}

impl CallError {
    /// Of calls that hand out secrets: an answer that is not understood may hold them all the same.
    fn without_excerpt(self) -> Self {
        match self {
            Self::Unreadable { .. } => Self::Unreadable { excerpt: String::new() },
            error => error,
        }
    }

    /// Whether the server knows no such call by this method; any other word of its own means that it understood.
    fn is_unknown_by_this_method(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 405 | 501, code, .. } if matches!(code.as_str(), "" | "invalid_method"))
    }

    /// What everyone to this workspace should wait for, if this passes by waiting.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Unreached(failure) => Some(Trouble::cut_off(failure.clone())),
            Self::NotApi { .. } => Some(Trouble::cut_off(Failure::new(Code::NetworkPortal).caused_by(self))),
            Self::Busy { retry_after, .. } => Some(Trouble::Busy { retry_after: *retry_after }),
            Self::Credential { .. } | Self::Refused { .. } | Self::BeyondVersion1 | Self::Unreadable { .. } => None,
        }
    }

    /// As a failure, for calls where waiting is not the answer.
    pub(crate) fn into_failure(self) -> Failure {
        let code = match &self {
            Self::Unreached(failure) => return failure.clone(),
            Self::NotApi { .. } => Code::NetworkPortal,
            Self::Credential { code, known: true, .. } if code == "permission_denied" => Code::PermissionDenied,
            Self::Credential { .. } => Code::SignInNeeded,
            Self::Busy { .. } => Code::ServerFailed,
            Self::Refused { code, .. } if matches!(code.as_str(), "no_such_object" | "no_such_photo") => {
                Code::VideoUnknown
            }
            Self::Refused { .. } => Code::RequestRefused,
            Self::BeyondVersion1 => Code::NotWithApi1,
            Self::Unreadable { .. } => Code::AnswerUnreadable,
        };
        let detail = match &self {
            Self::Credential { message, .. } | Self::Refused { message, .. } => Some(message.clone()),
            Self::Unreadable { excerpt } => Some(excerpt.clone()),
            _ => None,
        };
        let failure = Failure::new(code).caused_by(&self);
        match detail {
            Some(detail) if !detail.is_empty() => failure.detail(detail),
            _ => failure,
        }
    }
}

impl Api {
    pub(crate) fn new(origin: Origin, http: Arc<Http>, timing: Timing) -> Self {
        Self { origin, http, clock: Arc::default(), timing }
    }

    /// The API of another workspace, by the same means.
    pub(crate) fn at(&self, origin: Origin) -> Self {
        Self::new(origin, Arc::clone(&self.http), self.timing)
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The server's clock as last seen.
    pub(crate) fn server_now(&self) -> i64 {
        self.clock.now()
    }

    /// Makes a call. A signature that is refused is made once more: the answer has said what time it is, and another
    /// nonce can be no repetition. One that is refused again is no matter of time.
    async fn call(
        &self,
        method: Method,
        name: &str,
        parameters: &[(&str, String)],
        pass: Option<&Pass>,
    ) -> Result<Envelope, CallError> {
        let shown_at = self.clock.now();
        match self.call_once(method.clone(), name, parameters, pass).await {
            Err(error) if pass.is_some_and(Pass::is_made_anew) && self.may_have_been_the_clock(&error, shown_at) => {
                self.call_once(method, name, parameters, pass).await
            }
            result => result,
        }
    }

    /// Whether a signature of that time, on the server's clock as it was known then, may have been refused for its time
    /// or its nonce.
    fn may_have_been_the_clock(&self, error: &CallError, signed_at: i64) -> bool {
        let CallError::Credential { code, .. } = error else { return false };
        code == "invalid_signature" || self.clock.now().abs_diff(signed_at) > CLOCK_SLACK_S
    }

    /// The parameters go where the HTTP method has them: a POST's query string is not read by the server. `name` is the
    /// API's own, such as `photo/list`; where it is found depends on the version.
    async fn call_once(
        &self,
        method: Method,
        name: &str,
        parameters: &[(&str, String)],
        pass: Option<&Pass>,
    ) -> Result<Envelope, CallError> {
        debug_assert!(!name.starts_with('/'), "{name} is an address, and not the name of a call");
        let version = pass.map_or(ApiVersion::V2, Pass::version);
        let url = self.origin.url(&version.path(name));
        let mut all = parameters.to_vec();
        if version == ApiVersion::V1 {
            // XML is what it speaks unasked, and a script what it takes for JSON.
            all.extend([("format", "json".to_owned()), ("raw", "1".to_owned())]);
        }
        let request = match method {
            Method::GET => self.http.calls().get(url).query(&all),
            _ => self.http.calls().request(method, url).form(&all),
        };
        let tokens = parameters.iter().filter(|(name, _)| name.ends_with("_token")).map(|(_, token)| token.as_str());
        let read = if name == "user/tokens" { Envelope::read_or_list } else { Envelope::read };
        let answer = self.answer_to(request, pass, tokens, self.timing.call, read).await;
        if name.ends_with("-token") || name.ends_with("/tokens") {
            answer.map_err(CallError::without_excerpt)
        } else {
            answer
        }
    }

    /// Sends a request and reads its answer, without the secrets that it may repeat.
    async fn answer_to<'a>(
        &self,
        request: RequestBuilder,
        pass: Option<&'a Pass>,
        tokens: impl Iterator<Item = &'a str>,
        patience: Duration,
        read: fn(&[u8]) -> Option<Envelope>,
    ) -> Result<Envelope, CallError> {
        let unreached = |error| CallError::Unreached(self.http.reason(&self.origin, &error));
        let request = self.showing(pass, request).map_err(unreached)?;
        let secrets = pass.into_iter().flat_map(Pass::secrets).chain(tokens);
        let exchange = async {
            let mut response = self.http.calls().execute(request).await.map_err(unreached)?;
            self.clock.see(response.headers());
            let status = response.status();
            let retry_after = http::retry_after(response.headers());
            let body = http::read_capped(&mut response, LONGEST_ANSWER).await.map_err(unreached)?;
            if let Ok(envelope) = understand(status, retry_after, &body, read) {
                return Ok(envelope);
            }
            understand(status, retry_after, &http::without_secrets(body, secrets), read)
        };
        self.heard_within(patience, exchange).await
    }

    /// What an exchange comes to; silence where it takes too long, or its connection is given up.
    fn heard_within<T, Exchange>(
        &self,
        patience: Duration,
        exchange: Exchange,
    ) -> impl Future<Output = Result<T, CallError>> + use<T, Exchange>
    where
        Exchange: Future<Output = Result<T, CallError>>,
    {
        let exchange = self.http.within(patience, exchange);
        async move { exchange.await.unwrap_or_else(|| Err(CallError::Unreached(http::silence()))) }
    }

    /// A request as it will go out, with the pass shown on it.
    fn showing(&self, pass: Option<&Pass>, request: RequestBuilder) -> reqwest::Result<Request> {
        let mut request = request.build()?;
        if let Some(pass) = pass {
            pass.show_on(&mut request, self.clock.now());
        }
        Ok(request)
    }
}

/// Sorts an answer by its status and its body; both must agree before it counts as "ok".
fn understand(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
    read: fn(&[u8]) -> Option<Envelope>,
) -> Result<Envelope, CallError> {
    let code = status.as_u16();
    match code {
        408 | 429 | 502..=504 => return Err(CallError::Busy { status: code, retry_after }),
        300..=399 => return Err(CallError::NotApi { status: code }),
        _ => {}
    }
    if status.is_success() && body.len() >= LONGEST_ANSWER {
        // Cut off, so it cannot be whole; not worth the work of reading megabytes to find that out.
        return Err(CallError::Unreadable { excerpt: crate::answer::excerpt(body) });
    }
    let Some(envelope) = read(body) else {
        return Err(match crate::answer::read(body) {
            // Whatever page comes with it: no such address, or not by this method.
            _ if matches!(code, 404 | 405 | 501) => {
                CallError::Refused { status: code, code: String::new(), message: format!("HTTP {code}") }
            }
            crate::answer::Answer::NotApi if code < 500 => CallError::NotApi { status: code },
            _ if code >= 500 => CallError::Unreadable { excerpt: format!("HTTP {code}") },
            answer if matches!(code, 401 | 403) => {
                let message = match answer {
                    crate::answer::Answer::Refused(refusal) => refusal.text,
                    _ => String::new(),
                };
                CallError::Credential { status: code, code: String::new(), message, known: false }
            }
            crate::answer::Answer::Refused(refusal) if code >= 400 => {
                CallError::Refused { status: code, code: String::new(), message: refusal.text }
            }
            _ => CallError::Unreadable { excerpt: crate::answer::excerpt(body) },
        });
    };
    // Version 1 answers 200 to failures.
    let error = envelope.code();
    match code {
        200..=299 if envelope.is_ok() => Ok(envelope),
        500..=599 if envelope.is_ok() => Err(CallError::Unreadable { excerpt: format!("HTTP {code}") }),
        401 | 403 => Err(refused_credential(code, error, &envelope)),
        _ if crate::answer::CREDENTIAL_CODES.contains(&&*error) => Err(refused_credential(code, error, &envelope)),
        _ => Err(CallError::Refused { status: code, code: error, message: envelope.message() }),
    }
}

fn refused_credential(status: u16, code: String, envelope: &Envelope) -> CallError {
    let known = envelope.level() >= Level::Read;
    CallError::Credential { status, code, message: envelope.message(), known }
}
