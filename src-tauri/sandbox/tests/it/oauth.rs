//! OAuth 1.0a: signed requests, and the way to an access token.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, DATE, LOCATION};
use reqwest::multipart::Form;
use serde_json::Value;
use sha1::Sha1;
use slipway_sandbox::{Config, Effect, Endpoint, Exposed, Fault, Level, OauthCredentials, Profile, Switches};

use crate::bench::{self, Bench, bytes, file, json, text, url};

/// Signs as the specification of OAuth says, on its own account.
struct Signer {
    keys: OauthCredentials,
    timestamp: i64,
    nonce: String,
}

fn escaped(text: &str) -> String {
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(text, RESERVED).to_string()
}

fn signer(bench: &Bench) -> Signer {
    Signer { keys: bench.sandbox.oauth().clone(), timestamp: bench.sandbox.now_ms() / 1000, nonce: "n1".to_owned() }
}

impl Signer {
    /// The OAuth fields of a request, the signature with them.
    fn fields(&self, method: &str, url: &str, fields: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut own = vec![
            ("oauth_consumer_key".to_owned(), self.keys.consumer_key.clone()),
            ("oauth_nonce".to_owned(), self.nonce.clone()),
            ("oauth_signature_method".to_owned(), "HMAC-SHA1".to_owned()),
            ("oauth_timestamp".to_owned(), self.timestamp.to_string()),
            ("oauth_version".to_owned(), "1.0".to_owned()),
        ];
        if !self.keys.token.is_empty() {
            own.push(("oauth_token".to_owned(), self.keys.token.clone()));
        }
        own.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut covered: Vec<String> =
            own.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        covered.extend(fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))));
        covered.sort();
        let base = format!("{method}&{}&{}", escaped(url), escaped(&covered.join("&")));
        let key = format!("{}&{}", escaped(&self.keys.consumer_secret), escaped(&self.keys.token_secret));
        let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(base.as_bytes());
        let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
        own.push(("oauth_signature".to_owned(), signature));
        own
    }

    fn header(&self, method: &str, url: &str, fields: &[(&str, &str)], more: &[(&str, &str)]) -> String {
        let own = self.fields(method, url, fields, more);
        let own: Vec<String> = own.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        format!("OAuth realm=\"{url}\", {}", own.join(", "))
    }

    /// GET with the signature in the header.
    async fn get(&self, bench: &Bench, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let address = bench.at(path);
        let request = bench.client.get(format!("{address}?{}", url(query)));
        json(request.header(AUTHORIZATION, self.header("GET", &address, query, &[])).send().await.unwrap()).await
    }
}

#[tokio::test]
async fn a_signature_in_the_header_counts_in_both_versions() {
    let bench = bench::start().await;
    let signer = signer(&bench);
    let (status, body) = signer.get(&bench, "/api/2/photo/list", &[("search", "a b!*'()+~ä"), ("size", "1")]).await;
    assert_eq!((status, &body["permission_level"]), (200, &"write".into()));
    let (_, body) = signer.get(&bench, "/api/photo/list", &[("raw", "1"), ("search", "æ & ø")]).await;
    assert_eq!(body["permission_level"], "write");

    let (address, fields) = (bench.at("/api/2/photo/get-upload-token"), [("title", "Ärger & more"), ("publish", "0")]);
    let request = bench.client.post(&address).form(&fields);
    let header = signer.header("POST", &address, &fields, &[]);
    let (status, body) = json(request.header(AUTHORIZATION, header).send().await.unwrap()).await;
    assert_eq!((status, &body["data"]["title"]), (200, &"Ärger & more".into()));
    let last = bench.sandbox.requests().pop().unwrap();
    assert!(last.oauth && !last.bearer);

    bench.sandbox.change(|switches| switches.oauth_on_v2 = false);
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.1["permission_level"], "anonymous");
    bench.sandbox.change(|switches| switches.oauth_on_v1 = false);
    assert_eq!(signer.get(&bench, "/api/photo/list", &[("raw", "1")]).await.1["permission_level"], "anonymous");
}

#[tokio::test]
async fn the_fields_may_stand_in_a_post_body_or_a_get_query_and_never_in_a_posts_query() {
    let bench = bench::start().await;
    let signer = signer(&bench);
    let address = bench.at("/api/2/photo/get-upload-token");
    let plain = [("title", "T")];
    let with = |method: &str| {
        let mut fields = signer.fields(method, &address, &plain, &[]);
        fields.push(("title".to_owned(), "T".to_owned()));
        fields
    };
    let (status, body) = json(bench.client.post(&address).form(&with("POST")).send().await.unwrap()).await;
    assert_eq!((status, &body["data"]["title"]), (200, &"T".into()));
    assert_eq!(bench.client.get(&address).query(&with("GET")).send().await.unwrap().status(), 200);
    let in_query = bench.client.post(&address).query(&with("POST")).send().await.unwrap();
    assert_eq!(in_query.status(), 403, "nobody in particular");
    let last = bench.sandbox.requests().pop().unwrap();
    assert!(last.url_fields.iter().any(|name| name == "oauth_signature") && !last.oauth && last.params.is_empty());
}

#[tokio::test]
async fn a_multipart_body_is_not_covered() {
    let bench = bench::start().await;
    let address = bench.at("/api/photo/upload");
    let form = Form::new().text("title", "Direct").text("raw", "1").part("file", file(bytes(10), "a.mp4"));
    let header = signer(&bench).header("POST", &address, &[], &[]);
    let request = bench.client.post(&address).header(AUTHORIZATION, header).multipart(form);
    let (_, body) = json(request.send().await.unwrap()).await;
    assert_eq!(body["upload"]["photo_id"], bench.sandbox.videos()[0].photo_id.to_string());
    let mut form = Form::new().text("raw", "1").part("file", file(bytes(10), "a.mp4"));
    for (name, value) in signer(&bench).fields("POST", &address, &[], &[]) {
        form = form.text(name, value);
    }
    let (_, body) = json(bench.client.post(&address).multipart(form).send().await.unwrap()).await;
    assert_eq!(body["code"], "permission_denied", "what stands in a multipart body is no signature");
}

#[tokio::test]
async fn what_does_not_hold_is_refused_with_200_in_version_1_and_401_in_version_2() {
    let bench = bench::start().await;
    let mut signer = signer(&bench);
    let good = signer.keys.clone();
    let refused = async |signer: &Signer, code: &str| {
        let (status, body) = signer.get(&bench, "/api/2/photo/list", &[]).await;
        assert_eq!((status, &body["code"]), (401, &code.into()));
        let (status, body) = signer.get(&bench, "/api/photo/list", &[("raw", "1")]).await;
        assert_eq!((status, &body["status"], &body["code"]), (200, &"error".into(), &code.into()));
    };
    signer.keys.token_secret.push('x');
    refused(&signer, "invalid_signature").await;
    signer.keys = OauthCredentials { consumer_key: "1-unknown".to_owned(), ..good.clone() };
    refused(&signer, "invalid_oauth_site").await;
    signer.keys = OauthCredentials { token: "3-unknown".to_owned(), ..good.clone() };
    refused(&signer, "invalid_oauth_user").await;
    let other = bench.sandbox.mint_oauth(Level::Read);
    signer.keys = OauthCredentials { consumer_key: other.consumer_key.clone(), ..good.clone() };
    refused(&signer, "invalid_oauth_user").await;

    signer.keys = other;
    let (status, body) = signer.get(&bench, "/api/2/photo/get-upload-token", &[]).await;
    assert_eq!((status, &body["permission_level"]), (403, &"read".into()));
    assert!(body["message"].as_str().unwrap().contains("required level: 'write'"));

    signer.keys = good;
    bench.sandbox.inject(Fault::on(Endpoint::List).nth(2).with(Effect::RevokeOauth));
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.0, 200);
    refused(&signer, "invalid_oauth_user").await;
}

#[tokio::test]
async fn timestamps_and_nonces_matter_only_where_a_switch_says_so() {
    let bench = bench::start().await;
    let mut lax = signer(&bench);
    lax.timestamp -= 7 * 86_400;
    for _ in 0..2 {
        assert_eq!(lax.get(&bench, "/api/2/photo/list", &[]).await.0, 200);
    }
    bench.sandbox.change(|switches| switches.oauth_unique_nonces = true);
    assert_eq!(lax.get(&bench, "/api/2/photo/list", &[]).await.0, 200, "the first one since then");
    for _ in 0..2 {
        assert_eq!(lax.get(&bench, "/api/2/photo/list", &[]).await.0, 401, "however old");
    }
    bench.sandbox.change(|switches| {
        let hostile = Switches::of(Profile::Hostile);
        switches.oauth_window = hostile.oauth_window;
        switches.oauth_unique_nonces = hostile.oauth_unique_nonces;
    });
    bench.sandbox.advance_clock(Duration::from_hours(5));
    let mut strict = signer(&bench);
    let now = strict.timestamp;
    for (skew, nonce, expected) in
        [(0, "a", 200), (0, "a", 401), (0, "b", 200), (-310, "c", 401), (-290, "c", 200), (310, "d", 401)]
    {
        (strict.timestamp, strict.nonce) = (now + skew, nonce.to_owned());
        let (status, body) = strict.get(&bench, "/api/2/photo/list", &[]).await;
        assert_eq!(status, expected, "{skew} {nonce} {body}");
        assert_eq!(body["code"] == "invalid_signature", expected == 401);
    }
    // A client whose clock is wrong finds the right time in the refusal itself.
    let response = bench.client.get(bench.at("/api/2/echo")).send().await.unwrap();
    let date = httpdate::parse_http_date(response.headers()[DATE].to_str().unwrap()).unwrap();
    let date = date.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    assert!((date - now).abs() < 60, "the server's clock, not this machine's");
}

fn fields(body: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

/// A signer for a consumer alone.
fn application(bench: &Bench) -> Signer {
    let mut signer = signer(bench);
    signer.keys.token.clear();
    signer.keys.token_secret.clear();
    signer
}

/// Asks for a request token and signs with it from now on.
async fn ask(bench: &Bench, signer: &mut Signer, callback: &str) {
    let address = bench.at("/oauth/request_token");
    let header = signer.header("POST", &address, &[], &[("oauth_callback", callback)]);
    let (status, body) = text(bench.client.post(&address).header(AUTHORIZATION, header).send().await.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    let reply = fields(&body);
    assert_eq!(reply["oauth_callback_confirmed"], "true");
    signer.keys.token.clone_from(&reply["oauth_token"]);
    signer.keys.token_secret.clone_from(&reply["oauth_token_secret"]);
}

async fn exchange(bench: &Bench, signer: &Signer, verifier: &str) -> (u16, String) {
    let address = bench.at("/oauth/access_token");
    let header = signer.header("GET", &address, &[], &[("oauth_verifier", verifier)]);
    text(bench.client.get(&address).header(AUTHORIZATION, header).send().await.unwrap()).await
}

#[tokio::test]
async fn a_person_allows_an_application_once() {
    let bench = bench::start().await;
    let mut signer = application(&bench);
    ask(&bench, &mut signer, "oob").await;
    assert_eq!(exchange(&bench, &signer, "").await.0, 401, "nobody has allowed it");
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.0, 401, "a request token opens nothing");
    let verifier = bench.sandbox.authorize(&signer.keys.token).unwrap();
    assert_eq!(exchange(&bench, &signer, "wrong").await.0, 401);
    let (status, body) = exchange(&bench, &signer, &verifier).await;
    assert_eq!(status, 200, "{body}");
    let reply = fields(&body);
    assert_eq!((reply["domain"].as_str(), reply["site_id"].as_str()), (bench.sandbox.domain().as_str(), "1"));
    assert!(reply["user_id"].parse::<u64>().is_ok());
    assert_eq!(exchange(&bench, &signer, &verifier).await.0, 401, "used up");
    assert_eq!(bench.sandbox.authorize(&signer.keys.token), None);
    signer.keys.token.clone_from(&reply["oauth_token"]);
    signer.keys.token_secret.clone_from(&reply["oauth_token_secret"]);
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.1["permission_level"], "write");
    let shown = format!("{:?}", bench.sandbox.requests());
    for secret in [&reply["oauth_token_secret"], &reply["oauth_token"], &verifier, &signer.keys.consumer_secret] {
        assert!(!shown.contains(secret.as_str()), "the record keeps no credential");
    }
}

#[tokio::test]
async fn the_page_has_a_button_and_then_the_code_or_the_way_back() {
    let bench = bench::start().await;
    let mut signer = application(&bench);
    ask(&bench, &mut signer, "oob").await;
    let page = bench.at(&format!("/oauth/authorize?oauth_token={}", signer.keys.token));
    let shown = text(bench.client.get(&page).send().await.unwrap()).await;
    assert!(shown.0 == 200 && shown.1.contains("<button>Allow</button>"), "{}", shown.1);
    assert!(!shown.1.contains("id=\"verifier\""), "not before it is allowed");
    let press = async |token: &str| {
        let request = bench.client.post(bench.at("/oauth/authorize")).form(&[("oauth_token", token)]);
        request.send().await.unwrap()
    };
    let allowed = press(&signer.keys.token).await.text().await.unwrap();
    let verifier = allowed.split_once("id=\"verifier\">").unwrap().1.split_once('<').unwrap().0;
    assert_eq!(exchange(&bench, &signer, verifier).await.0, 200);
    assert_eq!(press(&signer.keys.token).await.status(), 404, "answered already");
    assert_eq!(bench.client.get(page).send().await.unwrap().status(), 404);

    let mut signer = application(&bench);
    ask(&bench, &mut signer, "http://127.0.0.1:9/back?a=b").await;
    let back = press(&signer.keys.token).await;
    assert_eq!(back.status(), 302);
    let back = url::Url::parse(back.headers()[LOCATION].to_str().unwrap()).unwrap();
    let query: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!((query["a"].as_str(), query["oauth_token"].as_str()), ("b", signer.keys.token.as_str()));
    assert_eq!(exchange(&bench, &signer, &query["oauth_verifier"]).await.0, 200);
}

#[tokio::test]
async fn a_request_token_wants_a_callback_and_a_signature() {
    let bench = bench::start().await;
    let signer = application(&bench);
    let address = bench.at("/oauth/request_token");
    let without = signer.header("GET", &address, &[], &[]);
    assert_eq!(bench.client.get(&address).header(AUTHORIZATION, without).send().await.unwrap().status(), 400);
    assert_eq!(bench.client.get(&address).send().await.unwrap().status(), 401);
    let foreign = signer.header("GET", &address, &[], &[("oauth_callback", "oob")]);
    let posted = bench.client.post(&address).header(AUTHORIZATION, foreign).send().await.unwrap();
    assert_eq!(posted.status(), 401, "signed for GET");
    bench.sandbox.inject(Fault::on(Endpoint::Method("oauth/request_token".to_owned())).answer(503, ""));
    assert_eq!(bench.client.get(&address).send().await.unwrap().status(), 503, "faults strike here too");
}

#[tokio::test]
async fn a_credential_in_an_address_is_noticed() {
    let bench = bench::start().await;
    let other = bench::start().await;
    bench.sandbox.join(&other.sandbox);
    let keys = bench.sandbox.oauth();
    let read = async |path: String| {
        bench.client.get(bench.at(&path)).send().await.unwrap();
        bench.sandbox.requests().pop().unwrap().exposed
    };
    assert!(read("/api/2/photo/list?search=nothing".to_owned()).await.is_empty());
    let twice = format!("/api/2/echo?a={}&b={}", keys.consumer_secret, keys.token_secret);
    assert_eq!(read(twice).await, [Exposed::ConsumerSecret, Exposed::TokenSecret]);
    let hidden = url(&[("a", bench.sandbox.token())]);
    assert_eq!(read(format!("/api/2/echo?{hidden}")).await, [Exposed::Bearer]);
    assert_eq!(read(format!("/api/2/echo/{}", other.sandbox.token())).await, [Exposed::Bearer]);
    assert_eq!(read(format!("/api/2/echo?a={}", bench.sandbox.login_token())).await, [Exposed::LoginToken]);
    let token = bench.token(&[]).await;
    bench.client.post(bench.at(&format!("/api/2/echo?upload_token={token}"))).send().await.unwrap();
    let last = bench.sandbox.requests().pop().unwrap();
    assert_eq!((last.exposed, last.url_fields), (vec![Exposed::UploadToken], vec!["upload_token".to_owned()]));
}

#[tokio::test]
async fn the_workspaces_own_set_survives_a_restart_and_its_revocation_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { dir: Some(dir.path().to_owned()), ..Config::default() };
    let bench = bench::on(config.clone()).await;
    let keys = bench.sandbox.oauth().clone();
    let more = bench.sandbox.mint_oauth(Level::Admin);
    let expire = bench.client.post(bench.at("/_sandbox/expire")).header("content-type", "application/json");
    assert_eq!(expire.body("{\"oauth\":true}").send().await.unwrap().status(), 204);
    assert_eq!(signer(&bench).get(&bench, "/api/2/photo/list", &[]).await.0, 401);
    bench.sandbox.stop().await;
    let bench = bench::on(config).await;
    assert!(bench.sandbox.oauth() == &keys);
    assert_eq!(signer(&bench).get(&bench, "/api/2/photo/list", &[]).await.0, 200);
    let mut signer = signer(&bench);
    signer.keys = more;
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.0, 401, "only its own is given back");
    signer.keys = bench.sandbox.mint_oauth(Level::Admin);
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.1["permission_level"], "admin");
    bench.sandbox.revoke_oauth();
    assert_eq!(signer.get(&bench, "/api/2/photo/list", &[]).await.0, 401);
    assert!(!format!("{keys:?}").contains(&keys.token_secret));
}
