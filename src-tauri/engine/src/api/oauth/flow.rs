//! How a program comes by a token of its own where a person has only given it its key: it asks for a request token, the
//! person allows it in the browser and is shown a verifier ("out of band"), and the program exchanges both for the
//! token that it keeps.
//!
//! Everything is signed as all calls are, and nothing but the request token's name stands in an address: the one that
//! the person opens.

use super::{ESCAPED, KeyPair, Signer};
use crate::api::wire::Envelope;
use crate::api::{Api, CallError, http, understand};
use percent_encoding::utf8_percent_encode;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use url::form_urlencoded;

/// What the exchange came to.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) token: KeyPair,
    /// The workspace that the person belongs to, as the server names it.
    pub(crate) domain: Option<String>,
}

impl Api {
    /// A request token. The person is to open [`Api::authorize_address`] with it.
    pub(crate) async fn request_token(&self, consumer: &KeyPair) -> Result<KeyPair, CallError> {
        let further = [("oauth_callback", "oob")];
        let signer = Signer { consumer, token: None, further: &further };
        let (token, _) = self.step("/oauth/request_token", &signer).await?;
        Ok(token)
    }

    /// Where the person allows a request token.
    pub(crate) fn authorize_address(&self, request_token: &KeyPair) -> String {
        let key = utf8_percent_encode(request_token.key.expose_secret(), ESCAPED);
        self.origin.url(&format!("/oauth/authorize?oauth_token={key}"))
    }

    /// The token that is kept, for the request token and what the person was shown.
    pub(crate) async fn access_token(
        &self,
        consumer: &KeyPair,
        request_token: &KeyPair,
        verifier: &SecretString,
    ) -> Result<Admission, CallError> {
        let further = [("oauth_verifier", verifier.expose_secret())];
        let signer = Signer { consumer, token: Some(request_token), further: &further };
        let (token, mut fields) = self.step("/oauth/access_token", &signer).await?;
        Ok(Admission { token, domain: fields.remove("domain").filter(|domain| !domain.is_empty()) })
    }

    /// One step, once more where the clock may have been the reason for a no.
    async fn step(&self, path: &str, signer: &Signer<'_>) -> Result<(KeyPair, HashMap<String, String>), CallError> {
        let signed_at = self.clock.now();
        match self.step_once(path, signer).await {
            Err(error) if self.may_have_been_the_clock(&error, signed_at) => self.step_once(path, signer).await,
            result => result,
        }
    }

    async fn step_once(
        &self,
        path: &str,
        signer: &Signer<'_>,
    ) -> Result<(KeyPair, HashMap<String, String>), CallError> {
        let unreached = |error| CallError::Unreached(self.http.reason(&self.origin, &error));
        let mut request = self.http.calls().get(self.origin.url(path)).build().map_err(unreached)?;
        signer.sign(&mut request, self.clock.now());
        let exchange = async {
            let mut response = self.http.calls().execute(request).await.map_err(unreached)?;
            self.clock.see(response.headers());
            let status = response.status();
            let retry_after = http::retry_after(response.headers());
            let body = http::read_capped(&mut response, super::LONGEST_ANSWER).await.map_err(unreached)?;
            if status.is_success() {
                let mut fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
                if let (Some(key), Some(secret)) = (fields.remove("oauth_token"), fields.remove("oauth_token_secret")) {
                    return Ok((KeyPair::new(key, secret), fields));
                }
            }
            let secrets = signer.consumer.secrets().chain(signer.token.into_iter().flat_map(KeyPair::secrets));
            let body = http::without_secrets(body, secrets.chain(signer.further.iter().map(|(_, value)| *value)));
            Err(match understand(status, retry_after, &body, Envelope::read) {
                Err(error) => error,
                Ok(_) => CallError::Unreadable { excerpt: String::new() },
            }
            .without_excerpt())
        };
        self.heard_within(self.timing.call, exchange).await
    }
}
