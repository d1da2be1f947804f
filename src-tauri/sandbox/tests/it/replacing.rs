//! Replacing a video's file, its thumbnail, or an image; subtitles.

use reqwest::multipart::Form;
use slipway_sandbox::CompletingBody;

use crate::bench::{self, Bench, Plan, bytes, file, json, sha256, text};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and then some";

async fn replace_token(bench: &Bench, id: u64) -> String {
    let (status, body) = bench.get(&format!("/api/2/photo/get-replace-token?photo_id={id}")).await;
    assert_eq!(status, 200);
    let data = &body["data"];
    assert_eq!((&data["photo_id"], &data["valid_minutes"], &data["max_uploads"]), (&id.into(), &180.into(), &1.into()));
    data["replace_token"].as_str().unwrap().to_owned()
}

async fn send(bench: &Bench, path: &str, form: Form) -> (u16, String) {
    let request = bench.client.post(bench.at(path)).multipart(form);
    text(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_video_is_replaced_in_chunks_and_keeps_its_id() {
    for path in ["/api/2/photo/replace", "/api/2/photo/redeem-replace-token", "/api/photo/redeem-replace-token"] {
        let bench = bench::with(|switches| switches.completing_body_v1 = CompletingBody::Number).await;
        let id = bench.draft("Kept").await;
        bench.sandbox.advance_clock(bench.sandbox.switches().transcoding);
        let token = replace_token(&bench, id).await;
        let plan = Plan::new("new", 2500, 1000);
        for number in [1, 2] {
            let mut form = Form::new().text("replace_token", token.clone());
            for (name, value) in plan.fields(number) {
                form = form.text(name, value);
            }
            form = form.part("file", file(plan.chunk(number), "new.mp4"));
            let expected = if number == 1 { "ok".to_owned() } else { id.to_string() };
            assert_eq!(send(&bench, path, form).await, (200, expected));
        }
        let videos = bench.sandbox.videos();
        assert_eq!(videos.len(), 1);
        assert_eq!((videos[0].photo_id, videos[0].replaced, videos[0].revision), (id, 1, 2));
        assert_eq!((&videos[0].sha256, &videos[0].title), (&plan.sha256(), &"Kept".to_owned()));
        let progress = format!("/api/2/photo/get-transcoding-progress?photo_id={id}");
        assert_ne!(bench.get(&progress).await.1["data"]["all"], "1.0", "it starts over");
    }
}

#[tokio::test]
async fn a_picture_sent_to_a_video_becomes_its_thumbnail() {
    let bench = bench::with(|switches| switches.replace_changes_token = true).await;
    let id = bench.draft("A").await;
    let before = bench.sandbox.videos().pop().unwrap();
    let token = replace_token(&bench, id).await;
    let form = Form::new()
        .text("replace_token", token.clone())
        .text("format", "json")
        .part("file", file(PNG.to_vec(), "thumb.png"));
    let (status, body) = send(&bench, "/api/2/photo/replace", form).await;
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["data"]["photo_id"]), (200, &id.into()));
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!(video.thumbnail_sha256, Some(sha256(PNG)));
    assert_eq!((&video.sha256, video.replaced), (&before.sha256, 0));
    assert_ne!(video.token, before.token);
    let form = Form::new().text("replace_token", token).part("file", file(PNG.to_vec(), "thumb.png"));
    assert_eq!(send(&bench, "/api/2/photo/replace", form).await.0, 400, "consumed");
}

#[tokio::test]
async fn a_frame_is_picked_with_a_credential_or_the_upload_token() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    bench.whole(&token, bytes(100), "a.mp4").await;
    let id = bench.sandbox.videos()[0].photo_id.to_string();
    let fields = [("photo_id", id.as_str()), ("time", "40.2")];
    let (status, body) = bench.post("/api/2/photo/replace", &fields).await;
    assert_eq!((status, &body["message"]), (200, &"The photo was successfully replaced".into()));
    assert_eq!(bench.sandbox.videos()[0].thumbnail_time, Some(40.2));
    let unsigned = bench.client.post(bench.at("/api/2/photo/replace")).form(&fields).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    let by_token = [("upload_token", token.as_str()), ("time", "7")];
    let unsigned = bench.client.post(bench.at("/api/2/photo/replace")).form(&by_token).send().await.unwrap();
    assert_eq!(unsigned.status(), 200);
    assert_eq!(bench.sandbox.videos()[0].thumbnail_time, Some(7.0));
}

#[tokio::test]
async fn an_upload_token_replaces_nothing() {
    let bench = bench::start().await;
    bench.draft("A").await;
    let token = bench.token(&[]).await;
    let form = Form::new().text("replace_token", token).part("file", file(PNG.to_vec(), "thumb.png"));
    assert_eq!(send(&bench, "/api/2/photo/replace", form).await.0, 400);
    bench.sandbox.change(|switches| switches.redeem_replace_in_v2 = false);
    let form = Form::new().text("replace_token", "x").part("file", file(PNG.to_vec(), "thumb.png"));
    assert_eq!(send(&bench, "/api/2/photo/redeem-replace-token", form).await.0, 404);
    assert_eq!(bench.get("/api/2/photo/get-replace-token?photo_id=999").await.0, 404);
}

#[tokio::test]
async fn subtitles_are_srt_or_webvtt() {
    let bench = bench::start().await;
    let id = bench.draft("A").await;
    let send = async |text: &str| {
        let form = Form::new()
            .text("photo_id", id.to_string())
            .text("locale", "da_DK")
            .part("file", file(text.as_bytes().to_vec(), "a.srt"));
        let request = bench.client.post(bench.at("/api/2/photo/subtitle/upload")).multipart(form);
        json(request.bearer_auth(bench.sandbox.token()).send().await.unwrap()).await
    };
    assert_eq!(send("1\n00:00:01,000 --> 00:00:02,000\nHej\n").await.0, 200);
    assert_eq!(send("WEBVTT\n\n00:01.000 --> 00:02.000\nHej igen\n").await.0, 200);
    let (status, body) = send("just words").await;
    assert_eq!((status, &body["code"]), (400, &"invalid_type".into()));
    let subtitles = bench.sandbox.videos().pop().unwrap().subtitles;
    assert_eq!(subtitles.len(), 1, "one for each locale");
    assert!(subtitles[0].text.contains("Hej igen"));
}
