//! Pictures as the pages get them: `picture://localhost/WHAT`, on Windows `http://picture.localhost/WHAT`. What may be
//! asked for is said elsewhere (`pictured.rs`); all that is ever answered is a PNG that was written here.

use super::Seen;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

/// The scheme's name, also in the pages' security policy.
pub(crate) const NAME: &str = "picture";

/// Answers one question. `picture` knows what is meant by the part of the address after the host.
pub(crate) async fn answer(
    request: &Request<Vec<u8>>,
    picture: impl AsyncFnOnce(&str) -> Option<Seen>,
) -> Response<Vec<u8>> {
    let asked = request.method() == Method::GET && request.uri().query().is_none();
    let seen = if asked { picture(request.uri().path().trim_start_matches('/')).await } else { None };
    let Some(seen) = seen else { return with(StatusCode::NOT_FOUND, None, Vec::new()) };
    let tag = format!("\"{}\"", seen.tag);
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known == tag.as_str());
    if known {
        with(StatusCode::NOT_MODIFIED, Some(&tag), Vec::new())
    } else {
        with(StatusCode::OK, Some(&tag), seen.png.to_vec())
    }
}

fn with(status: StatusCode, tag: Option<&str>, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The file may have changed: whoever has the picture asks whether it is still the same.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
        headers.insert(header::ETAG, tag);
    }
    response
}
