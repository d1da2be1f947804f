//! One chunk on the wire: the request, what came of it, and what that means for an ordinary chunk. What it means for a
//! commit is in `commit.rs`.

use super::{
    Api,
    Ending::{Answered, NeverLeft, Silence},
    Pass, http,
};
use crate::answer::{self, Answer, RefusalKind};
use crate::failure::Failure;
use crate::item::{ChunkHash, Endpoint, Identifier, Stamp};
use crate::plan::Plan;
use crate::source::{self, BodyWatch};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Client, Response};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A chunk's answer is a number or a line; anything longer is somebody's web page.
const LONGEST_ANSWER: usize = 64 * 1024;

/// All that one attempt at one chunk needs.
pub(crate) struct ChunkAttempt<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) token: &'a SecretString,
    pub(crate) pass: Option<&'a Pass>,
    pub(crate) identifier: &'a Identifier,
    pub(crate) plan: Plan,
    pub(crate) number: u32,
    pub(crate) path: &'a Path,
    pub(crate) stamp: &'a Stamp,
    pub(crate) expected: Option<ChunkHash>,
    pub(crate) watch: Arc<BodyWatch>,
    /// How long the answer may take after the last byte.
    pub(crate) patience: Duration,
    /// A fresh connection of its own, which is only given up while the end of the body is held back.
    pub(crate) is_commit: bool,
}

/// What came of an attempt.
#[derive(Debug)]
pub(crate) enum Ending {
    /// No answer, and the body never left whole.
    NeverLeft {
        /// What was in the way.
        cause: Failure,
    },
    /// No answer, and the server may have the body whole.
    Silence {
        /// What was in the way.
        cause: Failure,
        /// We cut the connection; otherwise the peer did.
        cut_by_us: bool,
    },
    /// An answer.
    Answered { status: u16, answer: Answer, retry_after: Option<Duration>, excerpt: String },
}

impl Api {
    /// Sends a chunk. Returns when there is an answer or no hope of one; dropping the future cuts the connection.
    pub(crate) async fn send_chunk(&self, attempt: ChunkAttempt<'_>) -> Ending {
        let watch = Arc::clone(&attempt.watch);
        let (patience, is_commit) = (attempt.patience, attempt.is_commit);
        let token = attempt.token.expose_secret();
        let secrets: Vec<&str> = attempt.pass.into_iter().flat_map(Pass::secrets).chain([token]).collect();
        let exchange = async {
            let client = if is_commit { self.http.commits() } else { self.http.chunks() };
            let pass = attempt.pass;
            let request = self.showing(pass, self.chunk_request(&client, attempt))?;
            let mut response = client.execute(request).await?;
            self.clock.see(response.headers());
            let body = http::read_capped(&mut response, LONGEST_ANSWER).await?;
            let body = http::without_secrets(body, secrets);
            Ok::<_, reqwest::Error>((response, body))
        };
        let given_up = self.http.are_given_up();
        let given_up = async {
            given_up.await;
            if is_commit && !watch.is_end_held() {
                std::future::pending::<()>().await;
            }
        };
        let lost = async {
            tokio::select! {
                () = stalled(&watch, self.timing.send_stall, patience) => {}
                () = given_up => {}
            }
        };
        let result = tokio::select! {
            // An answer that is here counts, however late it is read.
            biased;
            result = exchange => result,
            () = lost => {
                let cause = http::silence();
                return if watch.is_complete() { Silence { cause, cut_by_us: true } } else { NeverLeft { cause } };
            }
        };
        match result {
            Ok((response, body)) => answered(&response, &body),
            Err(error) => {
                let cause = self.http.reason(&self.origin, &error);
                if watch.is_complete() {
                    Silence { cause, cut_by_us: !http::peer_closed(&error) }
                } else {
                    NeverLeft { cause }
                }
            }
        }
    }

    fn chunk_request(&self, client: &Client, attempt: ChunkAttempt<'_>) -> reqwest::RequestBuilder {
        let span = attempt.plan.span(attempt.number);
        let bytes = source::body(
            attempt.path.to_owned(),
            span,
            attempt.stamp.clone(),
            attempt.expected,
            Arc::clone(&attempt.watch),
        );
        // The true name goes in a field of its own, in UTF-8; the part's file name is plain ASCII with the true
        // extension, since nobody knows how the server reads other names in that header.
        let name = attempt.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = Part::stream_with_length(Body::wrap_stream(bytes), span.len).file_name(plain_name(attempt.path));
        let form = Form::new()
            .text(attempt.endpoint.token_field(), attempt.token.expose_secret().to_owned())
            .text("resumableChunkNumber", attempt.number.to_string())
            .text("resumableChunkSize", attempt.plan.nominal().to_string())
            .text("resumableTotalSize", attempt.plan.total().to_string())
            .text("resumableTotalChunks", attempt.plan.count().to_string())
            .text("resumableIdentifier", attempt.identifier.as_str().to_owned())
            .text("resumableFilename", name);
        // With a replace token the answer is plain text of unknown wording unless a format is asked for.
        let form = if attempt.endpoint.replaces() { form.text("format", "json") } else { form };
        client.post(self.origin.url(attempt.endpoint.path())).multipart(form.part("file", part))
    }

    /// Asks whether the server holds a chunk. Only `Some(true)` means anything: the server answers "not found" for
    /// every other reason too. `None` when there was no answer.
    pub(crate) async fn probe_chunk(
        &self,
        endpoint: Endpoint,
        identifier: &Identifier,
        plan: Plan,
        number: u32,
    ) -> Option<bool> {
        let parameters = [
            ("resumableChunkNumber", number.to_string()),
            ("resumableChunkSize", plan.nominal().to_string()),
            ("resumableTotalSize", plan.total().to_string()),
            ("resumableIdentifier", identifier.as_str().to_owned()),
        ];
        let asking = async {
            let mut response =
                self.http.calls().get(self.origin.url(endpoint.path())).query(&parameters).send().await?;
            let body = http::read_capped(&mut response, LONGEST_ANSWER).await?;
            Ok::<_, reqwest::Error>((response.status().as_u16(), answer::read(&body)))
        };
        match self.http.within(self.timing.call, asking).await?.ok()? {
            // Version 1 answers 200 to failures, too.
            (200, Answer::Accepted) => Some(true),
            (404, _) => Some(false),
            _ => None,
        }
    }
}

fn answered(response: &Response, body: &[u8]) -> Ending {
    Answered {
        status: response.status().as_u16(),
        answer: answer::read(body),
        retry_after: http::retry_after(response.headers()),
        excerpt: answer::excerpt(body),
    }
}

/// Returns when the connection has not moved for too long: `sending` while bytes are still to go, `answering` after.
async fn stalled(watch: &BodyWatch, sending: Duration, answering: Duration) {
    loop {
        let limit = if watch.is_complete() { answering } else { sending };
        let deadline = watch.last_move() + limit;
        if deadline <= Instant::now() {
            return;
        }
        // The shorter of the two, because the body may become complete meanwhile.
        let step = deadline.min(Instant::now() + sending.min(answering));
        tokio::time::sleep_until(step).await;
    }
}

fn plain_name(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !extension.is_empty() && extension.len() <= 10 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!("upload.{extension}")
    } else {
        "upload".to_owned()
    }
}

/// What an answer to an ordinary chunk means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ordinary {
    /// The server has it.
    Acknowledged,
    /// It names a video: a piece was taken as the whole file. `None` where the id may have been cut.
    TakenAsWhole(Option<u64>),
    /// Passes by waiting, without end.
    Busy,
    /// Something else answered.
    NotApi,
    /// A failure without a known reason: a few tries, then stop with the text.
    Failing(String),
    /// This chunk is too large.
    TooLarge,
    /// The credential was not accepted.
    Credential(String),
    /// The file is refused, in known words.
    RefusedFile(RefusalKind, String),
    /// The server knows no such call.
    NoSuchCall(String),
    /// Refused in words that we do not know: perhaps the token.
    RefusedRequest(String),
}

/// Whether an answer is one that gateways give when they stop waiting: it says nothing about who works behind them.
pub(crate) fn is_a_gateways_word(status: u16) -> bool {
    matches!(status, 408 | 502 | 504)
}

/// Reads an answer to an ordinary chunk. With a status of 200 the body decides: the vendor's API says failures that way
/// too.
pub(crate) fn judge_ordinary(status: u16, answer: &Answer) -> Ordinary {
    let words = match answer {
        Answer::Refused(refusal) => refusal.text.clone(),
        _ => format!("HTTP {status}"),
    };
    if let Answer::Refused(refusal) = answer
        && matches!(refusal.kind, RefusalKind::Type | RefusalKind::Size)
        && !matches!(status, 408 | 429 | 502..=504)
    {
        return Ordinary::RefusedFile(refusal.kind, words);
    }
    match (status, answer) {
        (200..=299, Answer::Video(id)) => Ordinary::TakenAsWhole(Some(*id)),
        (200..=299, Answer::Number(_)) => Ordinary::TakenAsWhole(None),
        (200..=299, Answer::Accepted) => Ordinary::Acknowledged,
        (200..=299, Answer::Refused(refusal)) if refusal.kind == RefusalKind::Credential => Ordinary::Credential(words),
        (200..=299, Answer::Refused(_)) => Ordinary::RefusedRequest(words),
        (200..=399, _) => Ordinary::NotApi,
        (401 | 403, _) => Ordinary::Credential(words),
        (408 | 429 | 502..=504, _) => Ordinary::Busy,
        (413, _) => Ordinary::TooLarge,
        _ if answer::is_unknown_call(status, answer) => Ordinary::NoSuchCall(words),
        (400..=499 | 501, _) => Ordinary::RefusedRequest(words),
        _ => Ordinary::Failing(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_to_an_ordinary_chunk_has_one_meaning() {
        let refused = |text: &str| Ordinary::RefusedRequest(text.into());
        let cases: &[(u16, &str, Ordinary)] = &[
            (200, "ok", Ordinary::Acknowledged),
            (200, "", Ordinary::Acknowledged),
            (200, "4711", Ordinary::TakenAsWhole(None)),
            (200, "ok a.example 9 4711 tok", Ordinary::TakenAsWhole(Some(4711))),
            (200, "The token has expired", refused("The token has expired")),
            (
                200,
                "error The file type isn't supported",
                Ordinary::RefusedFile(RefusalKind::Type, "The file type isn't supported".into()),
            ),
            (
                200,
                r#"{"status":"error","code":"invalid_signature","message":"Signature refused"}"#,
                Ordinary::Credential("Signature refused".into()),
            ),
            (
                200,
                r#"<response status="error" code="permission_denied" message="no"/>"#,
                Ordinary::Credential("no".into()),
            ),
            (200, "<html>Sign in</html>", Ordinary::NotApi),
            (302, "", Ordinary::NotApi),
            (400, "bad", refused("bad")),
            (404, "<html>", Ordinary::NoSuchCall("HTTP 404".into())),
            (404, r#"{"status":"error","code":"no_such_object","message":"gone"}"#, refused("gone")),
            (401, "", Ordinary::Credential("HTTP 401".into())),
            (403, "no", Ordinary::Credential("no".into())),
            (408, "", Ordinary::Busy),
            (413, "<html>too large</html>", Ordinary::TooLarge),
            (429, "", Ordinary::Busy),
            (500, "", Ordinary::Failing("HTTP 500".into())),
            (500, "<html>", Ordinary::Failing("HTTP 500".into())),
            (500, "Wrong data size", Ordinary::Failing("Wrong data size".into())),
            (500, "The file is too large", Ordinary::RefusedFile(RefusalKind::Size, "The file is too large".into())),
            (501, "", Ordinary::NoSuchCall("HTTP 501".into())),
            (502, "<html>", Ordinary::Busy),
            (503, "The file type isn't supported", Ordinary::Busy),
            (504, "", Ordinary::Busy),
            (507, "", Ordinary::Failing("HTTP 507".into())),
        ];
        for (status, body, meaning) in cases {
            assert_eq!(&judge_ordinary(*status, &answer::read(body.as_bytes())), meaning, "{status} {body:?}");
        }
    }

    #[test]
    fn the_parts_file_name_is_plain_whatever_the_file_is_called() {
        assert_eq!(plain_name(Path::new("/a/talk.MP4")), "upload.MP4");
        assert_eq!(plain_name(Path::new("/a/日本.mov")), "upload.mov");
        assert_eq!(plain_name(Path::new("/a/x.\"; y=")), "upload");
        assert_eq!(plain_name(Path::new("/a/none")), "upload");
    }
}
