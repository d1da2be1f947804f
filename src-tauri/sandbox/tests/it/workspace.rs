//! The workspace as a whole: it survives a restart, serves TLS, shows what arrived, and tells what happened.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use serde_json::json;
use slipway_sandbox::{Config, Sandbox, Storm, VideoRecord};

use crate::bench::{self, Bench, Plan, bytes, sha256};

#[tokio::test]
async fn everything_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { dir: Some(dir.path().to_owned()), ..Config::default() };
    let bench = bench::on(config.clone()).await;
    bench.draft("Before").await;
    let token = bench.token(&[("publish", "0")]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.advance_clock(Duration::from_hours(3));
    let before = (bench.sandbox.token().to_owned(), bench.sandbox.login_token().to_owned(), bench.sandbox.videos());
    let now = bench.sandbox.now_ms();
    bench.sandbox.stop().await;

    let bench = Bench { sandbox: Sandbox::start(config).await.unwrap(), client: bench.client };
    let after = (bench.sandbox.token().to_owned(), bench.sandbox.login_token().to_owned(), bench.sandbox.videos());
    assert_eq!(after, before);
    assert!(bench.sandbox.now_ms() >= now, "the clock does not go back");
    assert_eq!(bench.probe(&plan, 1).await.0, 200);
    bench.send(&token, &plan, 2).await;
    let videos = bench.sandbox.videos();
    assert_eq!(videos[1].sha256, plan.sha256());
    assert_ne!(videos[0].photo_id, videos[1].photo_id);
}

#[tokio::test]
async fn one_that_has_stopped_has_given_its_address_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config { dir: Some(dir.path().to_owned()), ..Config::default() };
    let client = bench::client();
    for _ in 0..20 {
        let bench = Bench { sandbox: Sandbox::start(config.clone()).await.unwrap(), client: client.clone() };
        config.listen = bench.sandbox.address();
        assert_eq!(bench.get("/api/2/photo/list").await.0, 200, "a connection that stays open");
        bench.sandbox.stop().await;
        assert!(std::net::TcpStream::connect(config.listen).is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn a_journal_cut_off_in_a_line_is_read_up_to_there() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { dir: Some(dir.path().to_owned()), ..Config::default() };
    let bench = bench::on(config.clone()).await;
    bench.draft("Kept").await;
    drop(bench);
    let journal = dir.path().join("journal.jsonl");
    let mut text = std::fs::read_to_string(&journal).unwrap();
    text.push_str("{\"video\":{\"photo_id\":99,");
    std::fs::write(&journal, text).unwrap();
    let bench = bench::on(config).await;
    assert_eq!(bench.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn tls_is_trusted_through_its_own_authority_and_not_without() {
    let bench = bench::on(Config { tls: true, ..Config::default() }).await;
    let echo = bench.at("/api/2/echo");
    assert!(echo.starts_with("https://"));
    assert!(bench.client.get(&echo).send().await.is_err());
    let pem = std::fs::read(bench.sandbox.ca_file().unwrap()).unwrap();
    assert_eq!(pem, bench.sandbox.ca_pem().unwrap().as_bytes());
    let trusting =
        reqwest::Client::builder().no_proxy().tls_certs_only([Certificate::from_pem(&pem).unwrap()]).build().unwrap();
    assert_eq!(trusting.get(&echo).send().await.unwrap().status(), 200);
    let named = format!("https://localhost:{}/api/2/echo", bench.sandbox.address().port());
    assert_eq!(trusting.get(named).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_front_page_lists_and_plays_and_escapes() {
    let bench = bench::start().await;
    let token = bench.token(&[("tags", "<i>")]).await;
    bench.whole(&token, bytes(1000), "\"><script>.mp4").await;
    let response = bench.client.get(bench.at("/")).send().await.unwrap();
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let page = response.text().await.unwrap();
    assert!(page.contains("<video controls"));
    assert!(page.contains("&quot;&gt;&lt;script&gt;") && !page.contains("<script>") && !page.contains("<i>"));
    let id = bench.sandbox.videos()[0].photo_id;
    for path in [format!("/video/{id}"), format!("/manage/video/{id}")] {
        assert_eq!(bench.client.get(bench.at(&path)).send().await.unwrap().status(), 200);
    }
    let draft = bench.draft("Draft").await;
    assert_eq!(bench.client.get(bench.at(&format!("/video/{draft}"))).send().await.unwrap().status(), 404);
    assert_eq!(bench.client.get(bench.at(&format!("/manage/video/{draft}"))).send().await.unwrap().status(), 200);
    let foreign = bench.client.get(bench.at("/")).header("host", "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), 421);
}

#[tokio::test]
async fn a_player_gets_the_range_it_asks_for() {
    let bench = bench::start().await;
    let id = bench.draft("A").await;
    let all = bytes(2000);
    for (range, status, expected, named) in [
        ("bytes=0-99", 206, &all[..100], "bytes 0-99/2000"),
        ("bytes=1900-", 206, &all[1900..], "bytes 1900-1999/2000"),
        ("bytes=-10", 206, &all[1990..], "bytes 1990-1999/2000"),
        ("bytes=100-9999", 206, &all[100..], "bytes 100-1999/2000"),
        ("bytes=2000-", 416, &[][..], "bytes */2000"),
        ("items=1", 200, &all[..], ""),
    ] {
        let request = bench.client.get(bench.at(&format!("/_sandbox/files/{id}"))).header("range", range);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status, "{range}");
        let content_range = response.headers().get("content-range").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(content_range.unwrap_or_default(), named);
        assert_eq!(response.bytes().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn the_record_is_read_and_the_sandbox_steered_over_http() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    bench.send("nonsense", &Plan::new("abc", 2500, 1000), 1).await;
    let look = async |what: &str| bench.get(&format!("/_sandbox/{what}")).await.1;
    let requests = look("requests").await;
    assert_eq!(requests.as_array().unwrap().len(), 4, "its own routes are not recorded");
    assert_eq!(requests[0]["bearer"], true);
    assert!(!requests.to_string().contains(bench.sandbox.token()), "no credential is kept");
    assert_eq!(requests[2]["identifier"], "abc");
    assert_eq!(look("videos").await[0]["sha256"], bench.sandbox.videos()[0].sha256);
    assert_eq!(look("refusals").await[0]["reason"], "token unknown");
    assert_eq!(look("peaks").await["requests"], 1);

    let post = async |what: &str, body: serde_json::Value| {
        let request = bench.client.post(bench.at(&format!("/_sandbox/{what}")));
        let request = request.header("content-type", "application/json").body(body.to_string());
        bench::json(request.send().await.unwrap()).await
    };
    let (_, switches) = post("switches", json!({"list_lag": 5000, "completing_body": "empty"})).await;
    assert_eq!(switches["list_lag"], 5000);
    assert_eq!(bench.sandbox.switches().list_lag, Duration::from_secs(5));
    assert_eq!(post("switches", json!({"no_such": 1})).await.0, 400);
    let before = bench.sandbox.now_ms();
    post("clock", json!({"advance_seconds": 100})).await;
    assert!(bench.sandbox.now_ms() >= before + 100_000);
    post("expire", json!({"bearers": true})).await;
    assert_eq!(bench.get("/api/2/photo/list").await.0, 401);
    let plain = bench.client.post(bench.at("/_sandbox/expire")).body("{}").send().await.unwrap();
    assert_eq!(plain.status(), 415, "a foreign page's form is not enough");
}

/// Eight files at once through a storm, each chunk sent until it is answered with 200. Whatever is made is whole or
/// named as spoiled by an overlap; what the client may conclude from its answers is not the sandbox's business.
#[tokio::test(flavor = "multi_thread")]
async fn many_files_at_once_through_a_storm() {
    let storm = Storm { late: 0.0, ghost: 0.0, ..Storm::default() };
    let bench = Arc::new(bench::on(Config { seed: Some(5), storm: Some(storm), ..Config::default() }).await);
    let mut files = Vec::new();
    for number in 0..8_usize {
        let bench = bench.clone();
        files.push(tokio::spawn(async move {
            let path = bench.at("/api/2/photo/get-upload-token?publish=0");
            let token = loop {
                let request = bench.client.get(&path).bearer_auth(bench.sandbox.token());
                let Ok(response) = request.send().await else { continue };
                let (200, body) = bench::json(response).await else { continue };
                break body["data"]["upload_token"].as_str().unwrap().to_owned();
            };
            let mut plan = Plan::new(&format!("file{number}"), 40_000 + number, 4000);
            plan.bytes[0] = number as u8;
            for chunk in 1..=plan.count() {
                loop {
                    let sent = bench.chunk(&token, &plan, chunk).send().await;
                    if sent.is_ok_and(|response| response.status() == 200) {
                        break;
                    }
                    // A commit whose answer was lost has been done.
                    let mine = |video: &VideoRecord| video.identifier.as_deref() == Some(&plan.identifier);
                    if bench.sandbox.videos().iter().any(mine) {
                        break;
                    }
                }
            }
            plan
        }));
    }
    let mut plans = Vec::new();
    for file in files {
        plans.push(file.await.unwrap());
    }
    bench.sandbox.until(|now| now.in_flight() == 0).await;
    let videos = bench.sandbox.videos();
    assert_eq!(videos.len(), 8);
    for plan in plans {
        let video = videos.iter().find(|video| video.identifier.as_deref() == Some(&plan.identifier)).unwrap();
        assert_eq!(video.sha256, sha256(&plan.bytes));
    }
    assert!(bench.sandbox.peaks().chunks >= 2);
}
