//! OAuth 1.0a: a request signed with two keys and their secrets. HMAC-SHA1, the only method that this API takes, and
//! the credentials in the `Authorization` header alone, where no log of addresses keeps them.
//!
//! What is signed is read off the request as it will go out: its method, its address, the fields of its query or of an
//! urlencoded body. A multipart body is not signed, whatever is in it; so say the vendor's pages and RFC 5849, 3.4.1.3.
//! How a program comes by the second pair is in `api/oauth/flow.rs`.

mod flow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use std::borrow::Cow;
use url::Url;
use url::form_urlencoded;

/// The longest answer to a step of the flow that is read, in bytes: two tokens and a name.
const LONGEST_ANSWER: usize = 64 * 1024;

/// All but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A key and its secret.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// Says who signs.
    pub key: SecretString,
    /// Proves it; it never leaves this machine.
    pub secret: SecretString,
}

/// What signs the calls to a workspace.
#[derive(Debug, Clone)]
pub struct OAuthKeys {
    /// Whose program it is.
    pub consumer: KeyPair,
    /// Who let it in.
    pub token: KeyPair,
}

impl OAuthKeys {
    /// The four values in their usual order, separated by white space, which none of them has within: the consumer's key
    /// and secret, the token and its secret.
    #[must_use]
    pub fn from_words(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mut pair = || Some(KeyPair::new(words.next()?, words.next()?));
        let keys = Self { consumer: pair()?, token: pair()? };
        words.next().is_none().then_some(keys)
    }
}

impl KeyPair {
    /// A key and its secret.
    #[must_use]
    pub fn new(key: impl Into<SecretString>, secret: impl Into<SecretString>) -> Self {
        Self { key: key.into(), secret: secret.into() }
    }

    /// What must not come back in any text.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        [self.key.expose_secret(), self.secret.expose_secret()].into_iter()
    }
}

/// A hand that signs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signer<'a> {
    pub(super) consumer: &'a KeyPair,
    /// None before anybody let the program in.
    pub(super) token: Option<&'a KeyPair>,
    /// Further fields of the protocol itself, such as `oauth_callback`.
    pub(super) further: &'a [(&'static str, &'a str)],
}

impl Signer<'_> {
    /// Signs a request as it stands, at a time in epoch seconds on the server's clock, under a nonce that is used once.
    pub(super) fn sign(&self, request: &mut Request, now: i64) {
        let mut bits = [0u8; 16];
        getrandom::fill(&mut bits).expect("the operating system's random source works");
        let nonce = format!("{:032x}", u128::from_be_bytes(bits));
        let header = self.authorization(request, &now.to_string(), &nonce);
        if let Ok(mut header) = HeaderValue::try_from(header) {
            header.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, header);
        }
    }

    fn authorization(&self, request: &Request, timestamp: &str, nonce: &str) -> String {
        let mut own = vec![
            ("oauth_consumer_key", self.consumer.key.expose_secret()),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", timestamp),
            ("oauth_version", "1.0"),
        ];
        own.extend(self.token.map(|token| ("oauth_token", token.key.expose_secret())));
        own.extend_from_slice(self.further);
        let base = base_string(request, &own);
        let signature = self.signature(&base);
        own.push(("oauth_signature", &signature));
        let fields: Vec<String> = own.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        format!("OAuth {}", fields.join(", "))
    }

    fn signature(&self, base: &str) -> String {
        let token = self.token.map_or("", |token| token.secret.expose_secret());
        let key = format!("{}&{}", escaped(self.consumer.secret.expose_secret()), escaped(token));
        let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("a key of any length will do");
        mac.update(base.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// Method, address and fields on one line (RFC 5849, 3.4.1). Sorted once they are escaped, by name and then by value.
fn base_string(request: &Request, own: &[(&str, &str)]) -> String {
    let mut fields: Vec<(String, String)> =
        own.iter().map(|(name, value)| (escaped(name).into_owned(), escaped(value).into_owned())).collect();
    let mut add = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        fields.push((escaped(&name).into_owned(), escaped(&value).into_owned()));
    };
    request.url().query_pairs().for_each(&mut add);
    form_urlencoded::parse(form_body(request)).for_each(&mut add);
    fields.sort();
    let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", request.method(), escaped(&base_url(request.url())), escaped(&fields.join("&")))
}

/// Scheme and host in lower case, the port where it is not the scheme's own, and the path; the parser of addresses has
/// brought all of them into this form.
fn base_url(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn form_body(request: &Request) -> &[u8] {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    if !is_form {
        return &[];
    }
    request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default()
}

fn escaped(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, ESCAPED).into()
}

#[cfg(test)]
mod tests;
