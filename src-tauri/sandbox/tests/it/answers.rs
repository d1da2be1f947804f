//! What is said when a file is complete, and when a token is no good.

use slipway_sandbox::{CompletingBody, Config, Profile, VideoRecord};

use crate::bench::{self, Plan};

async fn said(body: CompletingBody) -> (String, VideoRecord, String) {
    let bench = bench::with(|switches| switches.completing_body = body).await;
    let token = bench.token(&[]).await;
    let (status, said) = bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    assert_eq!(status, 200);
    (said, bench.sandbox.videos().pop().unwrap(), bench.sandbox.domain())
}

#[tokio::test]
async fn a_bare_number() {
    let (said, video, _) = said(CompletingBody::Number).await;
    assert_eq!(said, video.photo_id.to_string());
}

#[tokio::test]
async fn an_envelope() {
    let (said, video, _) = said(CompletingBody::Envelope).await;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["status"], "ok");
    assert_eq!(said["data"]["photo_id"], video.photo_id);
    assert_eq!(said["data"]["tree_id"], video.tree_id);
    assert_eq!(said["data"]["token"], video.token);
    assert_eq!(said["message"], "The file was successfully uploaded");
}

#[tokio::test]
async fn flat_json() {
    let (said, video, _) = said(CompletingBody::FlatJson).await;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["photo_id"], video.photo_id);
}

#[tokio::test]
async fn ok_and_no_more() {
    assert_eq!(said(CompletingBody::Ok).await.0, "ok");
}

#[tokio::test]
async fn nothing() {
    assert_eq!(said(CompletingBody::Empty).await.0, "");
}

#[tokio::test]
async fn the_background_line_names_the_tree_before_the_photo() {
    let (said, video, domain) = said(CompletingBody::BackgroundLine).await;
    assert_eq!(said, format!("ok {domain} {} {} {}", video.tree_id, video.photo_id, video.token));
}

#[tokio::test]
async fn xml() {
    let (said, video, _) = said(CompletingBody::Xml).await;
    assert!(said.starts_with("<response status=\"ok\""));
    assert!(said.contains(&format!("<photo_id>{}</photo_id>", video.photo_id)));
}

#[tokio::test]
async fn a_bad_token_gets_a_plain_text_of_any_status() {
    for status in [200, 400, 403, 500] {
        let bench = bench::with(|switches| {
            switches.bad_token_status = status;
            switches.bad_token_text = "No such luck".to_owned();
        })
        .await;
        let plan = Plan::new("abc", 2500, 1000);
        let expected = (status, "No such luck".to_owned());
        assert_eq!(bench.send("nonsense", &plan, 1).await, expected, "invalid");
        let token = bench.token(&[]).await;
        bench.send_all(&token, &plan).await;
        assert_eq!(bench.send(&token, &plan, 1).await, expected, "consumed");
        let token = bench.token(&[]).await;
        bench.sandbox.expire_upload_tokens();
        assert_eq!(bench.send(&token, &plan, 1).await, expected, "expired");
        let reasons: Vec<_> = bench.sandbox.refusals().into_iter().map(|refusal| refusal.reason).collect();
        assert_eq!(reasons, ["token unknown", "token consumed", "token expired"]);
    }
}

#[tokio::test]
async fn an_upload_succeeds_in_a_hostile_workspace_too() {
    let bench = bench::on(Config { profile: Profile::Hostile, ..Config::default() }).await;
    let token = bench.token(&[("publish", "0"), ("title", "Nasty")]).await;
    let plan = Plan::new("abc", 5500, 1000);
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
    assert_eq!(bench.send_all(&token, &plan).await, (200, "ok".to_owned()));
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!(video.sha256, plan.sha256());

    let lookup = format!("/api/2/photo/list?upload_token={token}&include_unpublished_p=1");
    let (_, early) = bench.get(&lookup).await;
    assert_eq!(early["total_count"], "0", "not listed yet");
    bench.sandbox.advance_clock(bench.sandbox.switches().list_lag);
    let (_, later) = bench.get(&lookup).await;
    assert_eq!(later["data"][0]["photo_id"], video.photo_id.to_string());
    assert_eq!(later["data"][0]["published_p"], "f");
    assert_eq!(later["data"][0]["original_filename"], "abc");
    assert_eq!(later["cached"], "f");
}

#[tokio::test]
async fn a_whole_file_needs_no_chunk_fields_and_an_empty_one_is_refused() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let response = bench.whole(&token, Vec::new(), "film.mp4").await;
    assert_eq!(bench::text(response).await, (500, "No file was uploaded".to_owned()));
    let response = bench.whole(&token, bench::bytes(1234), "film.mp4").await;
    assert_eq!(response.status(), 200);
    assert_eq!(bench.sandbox.videos()[0].sha256, bench::sha256(&bench::bytes(1234)));
    assert_eq!(bench.sandbox.videos()[0].title, "film");
}
