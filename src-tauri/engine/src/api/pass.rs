//! What a request shows to be let in. Nobody above this module looks inside: a pass is shown, compared, and masked in
//! what comes back.

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

/// What a request shows to be let in.
#[derive(Debug, Clone)]
pub(crate) enum Pass {
    /// Goes into the `Authorization` header as it is.
    Bearer(SecretString),
}

impl Pass {
    /// Whether showing this one instead of `other` could change the answer.
    pub(crate) fn differs_from(&self, other: &Self) -> bool {
        let (Self::Bearer(own), Self::Bearer(other)) = (self, other);
        own.expose_secret() != other.expose_secret()
    }

    /// What must not come back in any text.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let Self::Bearer(token) = self;
        [token.expose_secret()].into_iter()
    }

    /// The request with this shown.
    pub(super) fn shown_by(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Bearer(token) => request.bearer_auth(token.expose_secret()),
        }
    }
}
