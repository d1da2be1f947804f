//! Pictures that the workspace draws: a video's own, and single frames of it.
//!
//! A picture's address may lead to another server, as addresses of files do. Nothing of ours goes there: no credential, no
//! token, and not even the question where the address is plain or on this machine.

use super::http::{self, read_capped};
use super::wire::Envelope;
use super::{Api, CallError, Pass, understand};
use crate::workspace::Origin;
use reqwest::Response;
use reqwest::header::LOCATION;
use std::fmt;
use url::Url;

/// The longest picture that is read, in bytes. A photograph of the size asked for is a tenth of it.
const LONGEST: usize = 4 << 20;

/// Redirects that are followed.
const REDIRECTS: usize = 4;

/// Width and height in which a frame is asked for, in pixels.
const FRAME: &str = "640x360";

/// Formats of pictures that are shown, as every web view knows them.
const SHOWN: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "image/gif"];

/// An address or token that shows a draft to whoever has it; nothing prints it or writes it down.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PictureSecret(String);

impl PictureSecret {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for PictureSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PictureSecret(…)")
    }
}

/// A picture as it was served, and what it is by its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServedPicture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
}

impl ServedPicture {
    /// Bytes that are a picture, whatever they were called.
    pub(crate) fn read(bytes: Vec<u8>) -> Option<Self> {
        let found = infer::get(&bytes)?.mime_type();
        let media_type = SHOWN.into_iter().find(|known| *known == found)?;
        Some(Self { bytes, media_type })
    }
}

impl Api {
    /// A video's picture. Its address opens it; a credential is shown only where the workspace itself wants one, and has
    /// itself said where the picture is: another server on the way could send it on to any call of the workspace's API.
    pub(crate) async fn picture(&self, address: &PictureSecret, pass: &Pass) -> Result<ServedPicture, CallError> {
        let fetch = async {
            let nowhere = || CallError::Unreadable { excerpt: "the picture's address is none".into() };
            let base = Url::parse(self.origin.as_str()).map_err(|_| nowhere())?;
            let mut url = base.join(&address.0).map_err(|_| nowhere())?;
            let mut own = true;
            for _ in 0..=REDIRECTS {
                own &= self.may_be_asked(&url)? == self.origin;
                let mut response = self.get(url.clone(), None).await?;
                if own && matches!(response.status().as_u16(), 401 | 403) {
                    response = self.get(url.clone(), Some(pass)).await?;
                }
                if !response.status().is_redirection() {
                    return self.served(response).await;
                }
                let onwards = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
                url = onwards.and_then(|onwards| url.join(onwards).ok()).ok_or_else(nowhere)?;
            }
            Err(CallError::Unreadable { excerpt: "the picture is always elsewhere".into() })
        };
        self.heard_within(self.timing.call, fetch).await
    }

    /// The picture of a film at a time, in seconds. The one call that is documented as limited in its rate.
    pub(crate) async fn frame(
        &self,
        video: u64,
        token: Option<&PictureSecret>,
        at_s: f64,
        pass: &Pass,
    ) -> Result<ServedPicture, CallError> {
        let mut url = Url::parse(&self.origin.url(&pass.version().path("photo/frame")))
            .map_err(|_| CallError::Unreadable { excerpt: String::new() })?;
        url.query_pairs_mut()
            .append_pair("photo_id", &video.to_string())
            .append_pair("time", &format!("{at_s:.3}"))
            .append_pair("size", FRAME);
        if let Some(PictureSecret(token)) = token {
            url.query_pairs_mut().append_pair("token", token);
        }
        self.heard_within(self.timing.call, async { self.served(self.get(url, Some(pass)).await?).await }).await
    }

    /// The server that an address is at, where it may be asked: encrypted, or the neighbour of a workspace on this machine.
    fn may_be_asked(&self, url: &Url) -> Result<Origin, CallError> {
        let there = self.origin.named_here(&url.origin().ascii_serialization());
        there.ok_or_else(|| CallError::Unreadable { excerpt: "the picture is where nothing is asked".into() })
    }

    async fn get(&self, url: Url, pass: Option<&Pass>) -> Result<Response, CallError> {
        let unreached = |error: reqwest::Error| CallError::Unreached(self.http.reason(&self.origin, &error));
        let request = self.showing(pass, self.http.calls().get(url)).map_err(unreached)?;
        self.http.calls().execute(request).await.map_err(unreached)
    }

    async fn served(&self, mut response: Response) -> Result<ServedPicture, CallError> {
        let status = response.status();
        let retry_after = http::retry_after(response.headers());
        let body = read_capped(&mut response, LONGEST)
            .await
            .map_err(|error| CallError::Unreached(self.http.reason(&self.origin, &error)))?;
        let whole = status.is_success() && body.len() < LONGEST;
        match whole.then(|| ServedPicture::read(body.clone())).flatten() {
            Some(picture) => Ok(picture),
            // Whatever it says, it is said in answer to an address that is a secret, and may repeat it.
            None => match understand(status, retry_after, &body, Envelope::read) {
                Ok(_) => Err(CallError::Unreadable { excerpt: String::new() }),
                Err(CallError::Refused { status, code, .. }) => {
                    Err(CallError::Refused { status, code, message: String::new() })
                }
                Err(error) => Err(error.without_excerpt()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_picture_by_its_own_bytes_is_one() {
        let read = |bytes: &[u8]| ServedPicture::read(bytes.to_vec()).map(|it| it.media_type);
        assert_eq!(read(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some("image/jpeg"));
        assert_eq!(read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some("image/png"));
        assert_eq!(read(b"GIF89a\x01\0\x01\0"), Some("image/gif"));
        for other in
            [&b"<html><body>Sign in</body></html>"[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"%PDF-1.7"]
        {
            assert_eq!(read(other), None);
        }
    }

    #[test]
    fn what_opens_a_draft_is_not_printed() {
        assert!(!format!("{:?}", PictureSecret::new("/1/2/t0k3n/standard".to_owned())).contains("t0k3n"));
    }
}
