//! The arithmetic of a signature: what is covered, in which order and spelling, and the HMAC-SHA1 over it.
//!
//! Owns no key and asks for none. Its tests are the vendor's own three examples.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;

/// All but RFC 3986's unreserved characters; `! ' ( ) *` are escaped too.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The fields of `Authorization: OAuth …`, without the realm.
pub(super) fn header(headers: &HeaderMap) -> Option<Vec<(String, String)>> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, fields) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("oauth") {
        return None;
    }
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let fields = fields.split(',').filter_map(|field| {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        Some((decoded(name), decoded(value)))
    });
    Some(fields.filter(|(name, _)| !name.eq_ignore_ascii_case("realm")).collect())
}

/// Scheme, host and path as they are signed: in lower case but for the path, without the scheme's own port.
pub(super) fn base_url(tls: bool, headers: &HeaderMap, path: &str) -> String {
    let (scheme, port) = if tls { ("https", ":443") } else { ("http", ":80") };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    format!("{scheme}://{}{path}", host.strip_suffix(port).unwrap_or(&host))
}

/// Method, address and fields in the form that is signed. The signature itself is not covered.
pub(super) fn base_string(method: &str, url: &str, fields: &[(String, String)]) -> String {
    let covered = fields.iter().filter(|(name, _)| name != "oauth_signature");
    let mut covered: Vec<(String, String)> = covered.map(|(name, value)| (encoded(name), encoded(value))).collect();
    covered.sort();
    let joined: Vec<String> = covered.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", method.to_ascii_uppercase(), encoded(url), encoded(&joined.join("&")))
}

fn mac(base: &str, consumer_secret: &str, token_secret: &str) -> Option<Hmac<Sha1>> {
    let key = format!("{}&{}", encoded(consumer_secret), encoded(token_secret));
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(base.as_bytes());
    Some(mac)
}

/// Whether this is the signature of the base string, compared in constant time.
pub(super) fn holds(base: &str, consumer_secret: &str, token_secret: &str, signature: &str) -> bool {
    let (Some(mac), Ok(signature)) = (mac(base, consumer_secret, token_secret), STANDARD.decode(signature)) else {
        return false;
    };
    mac.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const CONSUMER_SECRET: &str = "u5pHMUpV8wB7LxwieAnrexE8CkzoZTVs6G626KKqfPVqFp0TxT";
    const REQUEST_SECRET: &str = "qQptayCQG1ZQYbS73FE6WdNz4wKjYJqcvLzI9DjGD1UKP9wruL";
    const ACCESS_SECRET: &str = "83x7n5rR2eT1IV0zLNptvxxy1R3WFptGozka38tDtLZmSDYboW";

    fn headers(host: &str, authorization: &str) -> HeaderMap {
        let value = |text: &str| HeaderValue::from_str(text).expect("a header's value");
        HeaderMap::from_iter([(HOST, value(host)), (AUTHORIZATION, value(authorization))])
    }

    /// Whether the header's own signature holds for the rest of the request.
    fn signed(method: &str, path: &str, headers: &HeaderMap, body: &[(&str, &str)], token_secret: &str) -> bool {
        let shown = header(headers).expect("an OAuth header");
        let signature = shown.iter().find(|(name, _)| name == "oauth_signature").expect("a signature").1.clone();
        let body = body.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields: Vec<(String, String)> = body.chain(shown).collect();
        let base = base_string(method, &base_url(false, headers, path), &fields);
        holds(&base, CONSUMER_SECRET, token_secret, &signature)
    }

    #[test]
    fn the_vendors_first_step_asks_for_a_request_token() {
        let headers = headers(
            "api.visualplatform.net",
            "OAuth realm=\"http://api.visualplatform.net/\", \
             oauth_callback=\"http%3A%2F%2Fmy.example.com%2Fcallback\", \
             oauth_consumer_key=\"571156-cuQla8tP5tzjf70znIwS\", \
             oauth_nonce=\"48e12d7291d99b0416f3bb30a9d2ea72\", \
             oauth_signature=\"ozL65XeaXv4LHnJ6y3Q8H%2F5tERI%3D\", \
             oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1267547746\", oauth_version=\"1.0\"",
        );
        assert!(signed("GET", "/oauth/request_token", &headers, &[], ""));
        assert!(!signed("POST", "/oauth/request_token", &headers, &[], ""));
        assert!(!signed("GET", "/oauth/request_token", &headers, &[], REQUEST_SECRET));
    }

    #[test]
    fn the_vendors_third_step_exchanges_it() {
        let headers = headers(
            "API.visualplatform.net:80",
            "OAuth realm=\"http://api.visualplatform.net/\", \
             oauth_consumer_key=\"571156-cuQla8tP5tzjf70znIwS\", \
             oauth_nonce=\"936dff7fa3d5674b1eb5c217ce6701b3\", \
             oauth_signature=\"vFb0a6CGy6rtXeuEfZlhOHvjhjk%3D\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"1267547767\", oauth_token=\"12-8vr9EplGHHR8Ciem8SLu\", \
             oauth_verifier=\"z3pjUoZU6KN8B5n4V2Fy\", oauth_version=\"1.0\"",
        );
        assert!(signed("get", "/oauth/access_token", &headers, &[], REQUEST_SECRET));
        assert!(!signed("GET", "/oauth/access_token", &headers, &[("a", "b")], REQUEST_SECRET));
    }

    #[test]
    fn the_vendors_fourth_step_signs_a_body() {
        let headers = headers(
            "v.23video.com",
            "OAuth realm=\"http://v.23video.com/\", \
             oauth_consumer_key=\"571156-cuQla8tP5tzjf70znIwS\", \
             oauth_nonce=\"a666b90c2339a866c8ed405e3e2821c3\", \
             oauth_signature=\"R6etDqoM8JLzuXK%2B3BiVeXCEqRQ%3D\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"1267547771\", oauth_token=\"3-gnS3NKP74AzcJsvbFi3Z\", oauth_version=\"1.0\"",
        );
        assert!(signed("POST", "/api/photo/list", &headers, &[("format", "xml")], ACCESS_SECRET));
        assert!(!signed("POST", "/api/photo/list", &headers, &[("format", "json")], ACCESS_SECRET));
    }

    #[test]
    fn fields_are_ordered_by_their_escaped_names_and_values() {
        let fields = [("b", "2"), ("a!", "*"), ("a", "y z"), ("a", "x+~"), ("oauth_signature", "s")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let base = base_string("get", "http://h/p", &fields);
        assert_eq!(base, "GET&http%3A%2F%2Fh%2Fp&a%3Dx%252B~%26a%3Dy%2520z%26a%2521%3D%252A%26b%3D2");
    }
}
