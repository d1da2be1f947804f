//! The vendor's own signatures, and any request at all beside a library that knows nothing of ours.

use super::*;
use oauth1_request as independent;
use proptest::prelude::*;
use reqwest::multipart::Form;
use reqwest::{Client, Method, RequestBuilder};
use std::num::NonZeroU64;
use std::sync::LazyLock;

/// One for all requests that are only built: reading the trusted certificates takes its time.
fn client() -> &'static Client {
    static CLIENT: LazyLock<Client> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::new()
    });
    &CLIENT
}

/// What the header says that the signature is.
fn signature(header: &str) -> String {
    let (_, rest) = header.split_once("oauth_signature=\"").unwrap();
    let (escaped, _) = rest.split_once('"').unwrap();
    percent_encoding::percent_decode_str(escaped).decode_utf8().unwrap().into_owned()
}

fn signed(signer: &Signer<'_>, request: RequestBuilder, timestamp: &str, nonce: &str) -> String {
    signature(&signer.authorization(&request.build().unwrap(), timestamp, nonce))
}

/// The steps of the vendor's page on OAuth, each with the time and the nonce of its own header.
#[test]
fn the_signatures_on_the_vendors_page_come_out() {
    let consumer = KeyPair::new("571156-cuQla8tP5tzjf70znIwS", "u5pHMUpV8wB7LxwieAnrexE8CkzoZTVs6G626KKqfPVqFp0TxT");
    let request_token = KeyPair::new("12-8vr9EplGHHR8Ciem8SLu", "qQptayCQG1ZQYbS73FE6WdNz4wKjYJqcvLzI9DjGD1UKP9wruL");
    let access_token = KeyPair::new("3-gnS3NKP74AzcJsvbFi3Z", "83x7n5rR2eT1IV0zLNptvxxy1R3WFptGozka38tDtLZmSDYboW");
    let client = client();

    let ask =
        Signer { consumer: &consumer, token: None, further: &[("oauth_callback", "http://my.example.com/callback")] };
    let request = client.get("http://api.visualplatform.net/oauth/request_token");
    let own = signed(&ask, request, "1267547746", "48e12d7291d99b0416f3bb30a9d2ea72");
    assert_eq!(own, "ozL65XeaXv4LHnJ6y3Q8H/5tERI=");

    let further = [("oauth_verifier", "z3pjUoZU6KN8B5n4V2Fy")];
    let exchange = Signer { consumer: &consumer, token: Some(&request_token), further: &further };
    let request = client.get("http://api.visualplatform.net/oauth/access_token");
    let own = signed(&exchange, request, "1267547767", "936dff7fa3d5674b1eb5c217ce6701b3");
    assert_eq!(own, "vFb0a6CGy6rtXeuEfZlhOHvjhjk=");

    let talk = Signer { consumer: &consumer, token: Some(&access_token), further: &[] };
    let request = client.post("http://v.23video.com/api/photo/list").form(&[("format", "xml")]);
    let own = signed(&talk, request, "1267547771", "a666b90c2339a866c8ed405e3e2821c3");
    assert_eq!(own, "R6etDqoM8JLzuXK+3BiVeXCEqRQ=");
}

#[test]
fn a_multipart_body_changes_nothing_about_the_signature() {
    let (consumer, token) = (KeyPair::new("ck", "cs"), KeyPair::new("tk", "ts"));
    let signer = Signer { consumer: &consumer, token: Some(&token), further: &[] };
    let url = "https://video.example.com/api/photo/redeem-upload-token";
    let bare = signed(&signer, client().post(url), "1", "n");
    for form in [Form::new().text("upload_token", "a"), Form::new().text("upload_token", "b").text("title", "c")] {
        assert_eq!(signed(&signer, client().post(url).multipart(form), "1", "n"), bare);
    }
    let urlencoded = client().post(url).form(&[("upload_token", "a")]);
    assert_ne!(signed(&signer, urlencoded, "1", "n"), bare);
}

#[test]
fn what_goes_out_is_signed_in_the_header_and_nowhere_else() {
    let (consumer, token) = (KeyPair::new("the-key", "the-secret"), KeyPair::new("a-token", "its-secret"));
    let signer = Signer { consumer: &consumer, token: Some(&token), further: &[] };
    let mut request = client().get("https://video.example.com/api/photo/list").query(&[("size", "1")]).build().unwrap();
    signer.sign(&mut request, 1_267_547_771);
    assert_eq!(request.url().as_str(), "https://video.example.com/api/photo/list?size=1");
    let header = &request.headers()[AUTHORIZATION];
    assert!(header.is_sensitive());
    let text = header.to_str().unwrap().to_owned();
    assert!(text.starts_with("OAuth ") && text.contains("oauth_timestamp=\"1267547771\""), "{text}");
    assert!(!text.contains("the-secret") && !text.contains("its-secret"), "{text}");
    signer.sign(&mut request, 1_267_547_771);
    assert_ne!(request.headers()[AUTHORIZATION].to_str().unwrap(), text, "each time under a nonce of its own");
}

/// Addresses in the form that requests have, without a query.
fn url() -> impl Strategy<Value = String> {
    let host = prop::sample::select(vec![
        ("https://video.example.com", "https://video.example.com"),
        ("https://VIDEO.Example.com:443", "https://video.example.com"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("http://127.0.0.1:2323", "http://127.0.0.1:2323"),
        ("http://[::1]:2323", "http://[::1]:2323"),
    ]);
    (host, "(/[A-Za-z0-9][A-Za-z0-9._~-]{0,8}){1,4}").prop_map(|((written, _), path)| format!("{written}{path}"))
}

/// The address as RFC 5849 wants it signed, worked out by hand.
fn canonical(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let default = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}{path}", host.trim_end_matches(default).to_lowercase())
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    // Letters, everything that escaping is about, and names and values that differ in their escaped order alone.
    let text = "[a-zA-Z0-9 !'()*+,/:;=?@&%~._æøå日\u{1f980}\"-]{0,12}";
    // Before and behind the names of the protocol itself.
    let name = (prop::sample::select(vec!["a", "p", "z"]), text).prop_map(|(first, rest)| format!("{first}{rest}"));
    prop::collection::vec((name, text), 0..8)
}

/// The other library takes names as they stand in what is signed, escaped twice; the rule of RFC 3986 by hand.
fn by_hand(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    let escape = |byte: u8| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

proptest! {
    #[test]
    fn any_request_is_signed_as_an_independent_library_signs_it(
        url in url(),
        mut fields in fields(),
        post in any::<bool>(),
        keys in prop::array::uniform4("[!-~]{1,40}"),
        with_token in any::<bool>(),
        verifier in prop::option::of("[a-zA-Z0-9 %&]{1,12}"),
        nonce in "[a-z0-9]{1,32}",
        timestamp in 1u64..4_000_000_000,
    ) {
        let [consumer_key, consumer_secret, token_key, token_secret] = &keys;
        let consumer = KeyPair::new(consumer_key.as_str(), consumer_secret.as_str());
        let token = KeyPair::new(token_key.as_str(), token_secret.as_str());
        let further: Vec<(&'static str, &str)> =
            verifier.iter().map(|verifier| ("oauth_verifier", verifier.as_str())).collect();
        let signer = Signer { consumer: &consumer, token: with_token.then_some(&token), further: &further };
        let request = if post { client().post(&url).form(&fields) } else { client().get(&url).query(&fields) };
        let own = signed(&signer, request, &timestamp.to_string(), &nonce);

        let client = independent::Credentials::new(consumer_key.as_str(), consumer_secret.as_str());
        let mut builder = independent::Builder::<_, _>::new(client, independent::HMAC_SHA1);
        if with_token {
            builder.token(independent::Credentials::new(token_key.as_str(), token_secret.as_str()));
        }
        builder.nonce(&*nonce).timestamp(NonZeroU64::new(timestamp)).verifier(verifier.as_deref()).version(true);
        for (name, _) in &mut fields {
            *name = by_hand(&by_hand(name));
        }
        fields.sort_by_cached_key(|(name, value)| (name.clone(), by_hand(value)));
        // It sorts equal names by their bare values, where RFC 5849 wants the escaped ones: so they come sorted.
        let list = independent::request::AssertSorted::new(fields.iter().map(|(name, value)| (name, value)));
        let method = if post { Method::POST } else { Method::GET };
        let theirs = builder.authorize(method.as_str(), canonical(&url), &list);
        prop_assert_eq!(own, signature(&theirs));
    }
}
