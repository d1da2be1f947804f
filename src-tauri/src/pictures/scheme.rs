//! Pictures as the pages get them: `picture://localhost/ITEM`, on Windows `http://picture.localhost/ITEM`. An item's id
//! is all that may be asked for, so no page can name a file; all that is ever answered is a PNG that was written here.

use super::Pictures;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use std::path::PathBuf;

/// The scheme's name, also in the pages' security policy.
pub(crate) const NAME: &str = "picture";

/// Answers one question. `file` knows the file of an item by the id's text, if there is such an item.
pub(crate) async fn answer(
    pictures: &Pictures,
    request: &Request<Vec<u8>>,
    file: impl AsyncFnOnce(&str) -> Option<PathBuf>,
) -> Response<Vec<u8>> {
    let id = request.uri().path().trim_start_matches('/');
    let asked = request.method() == Method::GET && request.uri().query().is_none();
    let seen = match file(id).await.filter(|_| asked) {
        Some(file) => pictures.of(&file).await,
        None => None,
    };
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
