//! What a request shows to be let in. Nobody above this module looks inside: a pass is shown, compared, and masked in
//! what comes back. It says, too, in which version of the API it is shown: what opens a workspace and how one speaks
//! to it were found out together, when the person signed in, and change together.

use super::oauth::{OAuthKeys, Signer};
use crate::workspace::ApiVersion;
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// What a request shows to be let in.
#[derive(Debug, Clone)]
pub(crate) enum Pass {
    /// Goes into the `Authorization` header as it is. Version 2 alone knows these.
    Bearer(SecretString),
    /// Signs each request anew.
    OAuth { keys: Arc<OAuthKeys>, version: ApiVersion },
}

impl Pass {
    /// The version of the API that it is shown in.
    pub(crate) fn version(&self) -> ApiVersion {
        match self {
            Self::Bearer(_) => ApiVersion::V2,
            Self::OAuth { version, .. } => *version,
        }
    }

    /// Whether showing this one instead of `other` could change the answer.
    pub(crate) fn differs_from(&self, other: &Self) -> bool {
        self.version() != other.version() || !self.secrets().eq(other.secrets())
    }

    /// Whether each request shows something else: what was refused once may pass the second time, under another nonce
    /// and a corrected time.
    pub(crate) fn is_made_anew(&self) -> bool {
        matches!(self, Self::OAuth { .. })
    }

    /// What must not come back in any text.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let (bearer, keys) = match self {
            Self::Bearer(token) => (Some(token.expose_secret()), None),
            Self::OAuth { keys, .. } => (None, Some([&keys.consumer, &keys.token])),
        };
        bearer.into_iter().chain(keys.into_iter().flatten().flat_map(super::oauth::KeyPair::secrets))
    }

    /// Shows it on a request that is otherwise ready, at a time in epoch seconds on the server's clock.
    pub(super) fn show_on(&self, request: &mut Request, now: i64) {
        match self {
            Self::Bearer(token) => {
                // A token that cannot stand in a header opens nothing; the server will say so.
                if let Ok(mut header) = HeaderValue::try_from(format!("Bearer {}", token.expose_secret())) {
                    header.set_sensitive(true);
                    request.headers_mut().insert(AUTHORIZATION, header);
                }
            }
            Self::OAuth { keys, .. } => {
                Signer { consumer: &keys.consumer, token: Some(&keys.token), further: &[] }.sign(request, now);
            }
        }
    }
}
