//! Replacing a video's file, its thumbnail, or an image, and what shows that it happened.

use std::time::Duration;

use reqwest::multipart::Form;
use serde_json::Value;
use slipway_sandbox::{CompletingBody, Endpoint, Fault, KindBy, Level, ReplaceChunks};

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
    let body: Value = serde_json::from_str(&body).unwrap();
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

/// One chunk of a replacement under a credential, or under none.
async fn piece(bench: &Bench, path: &str, id: u64, plan: &Plan, number: usize, bearer: Option<&str>) -> (u16, String) {
    let mut form = Form::new().text("photo_id", id.to_string()).text("raw", "1").text("format", "json");
    for (name, value) in plan.fields(number) {
        form = form.text(name, value);
    }
    let request = bench.client.post(bench.at(path)).multipart(form.part("file", file(plan.chunk(number), &plan.name)));
    let request = if let Some(bearer) = bearer { request.bearer_auth(bearer) } else { request };
    text(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_credential_replaces_in_chunks_without_a_token() {
    for path in ["/api/2/photo/replace", "/api/photo/replace"] {
        let bench = bench::start().await;
        let id = bench.draft("Kept").await;
        let plan = Plan::new("new", 3500, 1000);
        let bearer = bench.sandbox.token();
        for number in [3, 1] {
            assert_eq!(piece(&bench, path, id, &plan, number, Some(bearer)).await, (200, "ok".to_owned()));
        }
        assert_eq!(bench.sandbox.videos()[0].replaced, 0, "not before all are there");
        let reader = bench.sandbox.mint_bearer(Level::Read, None);
        let (_, refused) = piece(&bench, path, id, &plan, 2, Some(&reader)).await;
        assert!(refused.contains("permission_denied"), "{refused}");
        let probe = bench.client.get(bench.at(path)).query(&plan.fields(1)).send().await.unwrap();
        assert_eq!(probe.status(), 200);
        let (status, body) = piece(&bench, path, id, &plan, 2, Some(bearer)).await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["message"], "The photo was successfully replaced");
        let object = if path.starts_with("/api/2") { &body["data"] } else { &body["photo"] };
        assert_eq!(object["photo_id"].to_string().trim_matches('"'), id.to_string());
        let video = bench.sandbox.videos().pop().unwrap();
        assert_eq!((video.replaced, &video.sha256), (1, &plan.sha256()));
        let commit = bench.sandbox.requests().pop().unwrap();
        assert!(commit.completing && commit.assembly.is_some() && commit.photo_id == Some(id));
    }
}

#[tokio::test]
async fn version_1_may_replace_pictures_only() {
    let bench = bench::with(|switches| switches.v1_replaces_videos = false).await;
    let id = bench.draft("A").await;
    let bearer = bench.sandbox.token();
    let film = Plan::new("film", 900, 1000);
    let (status, refused) = piece(&bench, "/api/photo/replace", id, &film, 1, Some(bearer)).await;
    assert!(status == 200 && refused.contains("error_processing_upload"), "{refused}");
    let picture = Plan { bytes: PNG.to_vec(), name: "a.png".to_owned(), ..film.clone() };
    assert!(piece(&bench, "/api/photo/replace", id, &picture, 1, Some(bearer)).await.1.contains("\"ok\""));
    assert!(bench.sandbox.videos()[0].thumbnail_sha256.is_some());
    assert_eq!(piece(&bench, "/api/2/photo/replace", id, &film, 1, Some(bearer)).await.0, 200);
    assert_eq!(bench.sandbox.videos()[0].sha256, film.sha256());
}

/// A film that is told by its first bytes.
fn film(length: usize) -> Plan {
    let mut plan = Plan::new("film", length, 1000);
    plan.bytes[..8].copy_from_slice(b"\0\0\0\x20ftyp");
    plan
}

#[tokio::test]
async fn a_server_that_overlooks_chunk_fields_takes_each_piece_for_the_whole() {
    let path = "/api/2/photo/replace";
    let bench = bench::with(|switches| switches.replace_chunks = ReplaceChunks::EachIsWhole).await;
    let id = bench.draft("Spoiled").await;
    let bearer = bench.sandbox.token();
    let plan = film(3500);
    assert_eq!(piece(&bench, path, id, &plan, 1, Some(bearer)).await.0, 200);
    let spoiled = || bench.sandbox.videos().pop().unwrap();
    assert_eq!((spoiled().bytes, spoiled().sha256), (1000, sha256(&plan.chunk(1))), "the beginning alone");
    let (status, refused) = piece(&bench, path, id, &plan, 2, Some(bearer)).await;
    assert!(status == 400 && refused.contains("The file type isn't supported"), "{refused}");
    bench.sandbox.change(|switches| switches.kind_by = KindBy::Extension);
    assert_eq!(piece(&bench, path, id, &plan, 2, Some(bearer)).await.0, 200);
    assert_eq!((spoiled().replaced, spoiled().sha256), (2, sha256(&plan.chunk(2))), "the name is enough for it");

    // Under a token of one use the first piece uses it up.
    let token = replace_token(&bench, id).await;
    for (number, expected) in [(1, 200), (2, 400)] {
        let mut form = Form::new().text("replace_token", token.clone());
        for (name, value) in plan.fields(number) {
            form = form.text(name, value);
        }
        form = form.part("file", file(plan.chunk(number), &plan.name));
        assert_eq!(send(&bench, "/api/2/photo/redeem-replace-token", form).await.0, expected);
    }
    let uploads = bench.token(&[("publish", "0")]).await;
    bench.send_all(&uploads, &plan).await;
    assert_eq!(bench.sandbox.videos()[1].sha256, plan.sha256(), "uploads are not concerned");
}

#[tokio::test]
async fn the_kind_is_told_by_content_or_by_name() {
    for (by, expected) in [(KindBy::Content, 0), (KindBy::Extension, 1)] {
        let bench = bench::with(|switches| switches.kind_by = by).await;
        let id = bench.draft("A").await;
        let token = replace_token(&bench, id).await;
        let form = Form::new().text("replace_token", token).part("file", file(PNG.to_vec(), "new.mp4"));
        assert_eq!(send(&bench, "/api/2/photo/replace", form).await.0, 200);
        let video = bench.sandbox.videos().pop().unwrap();
        assert_eq!((video.replaced, video.thumbnail_sha256.is_some()), (expected, expected == 0));
    }
}

async fn listed(bench: &Bench, id: u64) -> Value {
    let query = "include_unpublished_p=1&include_pending_transcode_tasks_p=1&time=1";
    let (_, body) = bench.get(&format!("/api/2/photo/list?photo_id={id}&{query}")).await;
    body["data"][0].clone()
}

#[tokio::test]
async fn a_replacement_shows_in_the_list_and_in_the_progress() {
    let bench = bench::with(|switches| switches.replace_changes_token = true).await;
    let id = bench.draft("A").await;
    let took = bench.sandbox.switches().transcoding;
    bench.sandbox.advance_clock(took);
    let before = listed(&bench, id).await;
    assert_eq!((&before["video_encoded_p"], &before["pending_transcode_tasks"]), (&true.into(), &Value::Array(vec![])));
    let fields = |bytes: usize| {
        let form = Form::new().text("photo_id", id.to_string()).part("file", file(bench::bytes(bytes), "b.mp4"));
        bench.client.post(bench.at("/api/2/photo/replace")).bearer_auth(bench.sandbox.token()).multipart(form)
    };
    assert_eq!(fields(3000).send().await.unwrap().status(), 200);
    let after = listed(&bench, id).await;
    for same in ["photo_id", "tree_id", "title", "published_p"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    for changed in ["revision", "token", "video_length", "standard_size", "video_encoded_p", "video_hd_size"] {
        assert_ne!(before[changed], after[changed], "{changed}");
    }
    assert_eq!(after["pending_transcode_tasks"][0], "video_original");
    let progress = async || {
        let (_, body) = bench.get(&format!("/api/2/photo/get-transcoding-progress?photo_id={id}")).await;
        body["data"]["all"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let fallen = progress().await;
    bench.sandbox.advance_clock(took / 2);
    let risen = progress().await;
    assert!(fallen < 0.5 && (0.5..1.0).contains(&risen), "{fallen} {risen}");
    bench.sandbox.change(|switches| switches.list_revision = false);
    assert!(listed(&bench, id).await.get("revision").is_none());
}

#[tokio::test]
async fn what_can_befall_an_upload_can_befall_a_replacement() {
    let bench = bench::start().await;
    let id = bench.draft("A").await;
    let plan = Plan::new("new", 2500, 1000);
    let path = "/api/2/photo/replace";
    let bearer = bench.sandbox.token();
    piece(&bench, path, id, &plan, 1, Some(bearer)).await;
    let commit = || {
        let mut form = Form::new().text("photo_id", id.to_string());
        for (name, value) in plan.fields(2) {
            form = form.text(name, value);
        }
        let form = form.part("file", file(plan.chunk(2), "new.mp4"));
        bench.client.post(bench.at(path)).bearer_auth(bearer).multipart(form).send()
    };
    bench.sandbox.inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
    assert!(commit().await.is_err());
    assert_eq!(bench.sandbox.videos()[0].replaced, 0);
    bench.sandbox.inject(Fault::on(Endpoint::Replace).answer_after_work(500, ""));
    assert_eq!(text(commit().await.unwrap()).await, (500, String::new()));
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256(), "it was done");

    piece(&bench, path, id, &plan, 1, Some(bearer)).await;
    bench.sandbox.inject(Fault::on(Endpoint::Replace).deliver_late(Duration::from_mins(1)));
    assert!(commit().await.is_err());
    assert_eq!(bench.sandbox.videos()[0].replaced, 1);
    bench.sandbox.advance_clock(Duration::from_mins(1));
    bench.sandbox.until(|inspection| inspection.videos()[0].replaced == 2).await;

    piece(&bench, path, id, &plan, 1, Some(bearer)).await;
    bench.sandbox.inject(Fault::on(Endpoint::Replace).lose_answer_after_work());
    assert!(commit().await.is_err());
    assert_eq!(bench.sandbox.videos()[0].replaced, 3);
}

#[tokio::test]
async fn an_update_token_changes_metadata_so_often_and_no_more() {
    let bench = bench::start().await;
    let id = bench.draft("A").await.to_string();
    let other = bench.draft("B").await.to_string();
    let (status, body) = bench.get(&format!("/api/2/photo/get-update-token?photo_id={id}&max_uses=2")).await;
    let data = &body["data"];
    assert_eq!((status, &data["max_uses"], &data["valid_minutes"]), (200, &2.into(), &180.into()));
    assert_eq!(body["message"], "The update token is ready to use");
    let token = data["update_token"].as_str().unwrap();
    let unsigned = async |path: &str, fields: &[(&str, &str)]| {
        json(bench.client.post(bench.at(path)).form(fields).send().await.unwrap()).await
    };
    let foreign = [("update_token", token), ("photo_id", other.as_str()), ("title", "Stolen")];
    assert_eq!(unsigned("/api/2/photo/update", &foreign).await.1["code"], "invalid_photo_token");
    let (status, body) = unsigned("/api/2/photo/update", &[("update_token", token), ("title", "One")]).await;
    assert_eq!((status, &body["message"]), (200, &"The photo/video was updated".into()));
    let fields = [("update_token", token), ("photo_id", id.as_str()), ("title", "Two"), ("raw", "1")];
    let (_, body) = unsigned("/api/photo/redeem-update-token", &fields).await;
    assert_eq!((&body["status"], &body["photo"]), (&"ok".into(), &serde_json::json!({})));
    assert_eq!(bench.sandbox.videos()[0].title, "Two");
    assert_eq!(bench.sandbox.videos()[0].variables.len(), 0, "the token is no custom variable");
    let (status, body) = unsigned("/api/2/photo/redeem-update-token", &fields).await;
    assert_eq!((status, &body["code"]), (400, &"invalid_photo_token".into()), "used up");
    assert_eq!(unsigned("/api/2/photo/redeem-update-token", &[]).await.1["code"], "token_required");

    let (_, body) = bench.get(&format!("/api/photo/get-update-token?raw=1&photo_id={id}&max_uses=500")).await;
    let token = &body["updatetoken"];
    assert_eq!((&token["max_uses"], &token["photo_id"]), (&"100".into(), &id.as_str().into()));
    let token = token["update_token"].as_str().unwrap();
    let v1 = [("update_token", token), ("photo_id", &id), ("title", "Three"), ("raw", "1")];
    assert_eq!(unsigned("/api/photo/update", &v1).await.1["code"], "permission_denied", "version 1 wants a credential");
    bench.sandbox.expire_upload_tokens();
    assert_eq!(unsigned("/api/photo/redeem-update-token", &v1).await.1["code"], "invalid_photo_token");
}
