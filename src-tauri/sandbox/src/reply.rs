//! Answers, before they are HTTP: small bodies with a type, and the ways to give none.
//!
//! Owns the conversion to HTTP and the escaping for HTML and XML. Next: `visit.rs`.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE};
use http::{HeaderName, HeaderValue, StatusCode};

use crate::world::World;

/// What a handler answers.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// What a record shows beside the status when the answer is a refusal.
    pub(crate) reason: Option<String>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, headers: Vec::new(), body: body.into(), reason: None }
    }

    pub(crate) fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn html(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new(status, "text/html; charset=utf-8", body)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Marks it as a refusal, for the record.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The beginning of the body, for the record.
    pub(crate) fn excerpt(&self) -> String {
        let start = self.body.get(..400).unwrap_or(&self.body);
        if self.content_type.starts_with("image/") {
            return format!("{} bytes of {}", self.body.len(), self.content_type);
        }
        String::from_utf8_lossy(start).into_owned()
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Answer(Answer),
    /// Announces the whole body and breaks off after so many bytes.
    Broken(Answer, u64),
    /// A JSON envelope with so many bytes of padding in it, or one that never closes.
    Padded(Option<u64>),
    /// The connection is cut.
    Cut,
}

/// Puts an answer on the wire, dated by the server's clock.
pub(crate) fn http(world: &World, answer: Answer) -> Response {
    let body = Body::from(answer.body.clone());
    dressed(world, &answer, body)
}

/// The same with a body of another's making.
pub(crate) fn dressed(world: &World, answer: &Answer, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(date) = HeaderValue::from_str(&world.clock.http_date()) {
        headers.insert(DATE, date);
    }
    for (name, value) in &answer.headers {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        if let (Ok(name), Ok(value)) = parsed {
            headers.insert(name, value);
        } else {
            tracing::warn!(name, "a header that cannot be sent was left out");
        }
    }
    response
}

/// Text that is safe within HTML and XML, in quotes too.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
