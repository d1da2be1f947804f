//! `photo/list` and its siblings: who sees what, in which order, how old.

use std::time::Duration;

use slipway_sandbox::{Kind, Level};

use crate::bench::{self, Bench, bytes, json, url};

async fn titles(bench: &Bench, query: &str) -> Vec<String> {
    let (status, body) = bench.get(&format!("/api/2/photo/list?time=1&include_unpublished_p=1&{query}")).await;
    assert_eq!(status, 200, "{body}");
    body["data"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn unpublished_videos_want_the_level_read_and_the_wish() {
    let bench = bench::start().await;
    bench.draft("Draft").await;
    let wish = "/api/2/photo/list?include_unpublished_p=1&time=1";
    assert_eq!(bench.get(wish).await.1["total_count"], 1);
    assert_eq!(bench.get("/api/2/photo/list").await.1["total_count"], 0);
    let anonymous = || bench.client.get(bench.at(wish)).send();
    assert_eq!(json(anonymous().await.unwrap()).await.1["total_count"], 0);
    let reader = bench.sandbox.mint_bearer(Level::Read, None);
    let (_, body) = json(bench.client.get(bench.at(wish)).bearer_auth(reader).send().await.unwrap()).await;
    assert_eq!((&body["total_count"], &body["permission_level"]), (&1.into(), &"read".into()));
    let video = bench.sandbox.videos().pop().unwrap();
    let by_token = bench.at(&format!("/api/2/photo/list?photo_id={}&token={}", video.photo_id, video.token));
    assert_eq!(json(bench.client.get(by_token).send().await.unwrap()).await.1["total_count"], 1);
}

#[tokio::test]
async fn an_upload_token_finds_what_it_made() {
    let bench = bench::start().await;
    bench.draft("Other").await;
    let token = bench.token(&[("publish", "0"), ("title", "Mine")]).await;
    bench.whole(&token, bytes(10), "a.mp4").await;
    let by_token = format!("upload_token={token}");
    assert_eq!(titles(&bench, &by_token).await, ["Mine"]);
    assert!(titles(&bench, "upload_token=unknown").await.is_empty());
    let unsigned = bench.at(&format!("/api/2/photo/list?time=1&{by_token}"));
    assert_eq!(json(bench.client.get(&unsigned).send().await.unwrap()).await.1["total_count"], 0);
    bench.sandbox.change(|switches| switches.unpublished_by_upload_token = true);
    assert_eq!(json(bench.client.get(&unsigned).send().await.unwrap()).await.1["total_count"], 1);
}

#[tokio::test]
async fn a_new_video_is_listed_after_the_lag() {
    let lag = Duration::from_secs(90);
    let bench = bench::with(|switches| switches.list_lag = lag).await;
    bench.draft("New").await;
    assert!(titles(&bench, "").await.is_empty());
    bench.sandbox.advance_clock(lag);
    assert_eq!(titles(&bench, "").await, ["New"]);
}

#[tokio::test]
async fn anonymous_callers_may_get_an_answer_of_half_an_hour_ago() {
    let bench = bench::start().await;
    let list = bench.at("/api/2/photo/list");
    let anonymous = async |path: &str| json(bench.client.get(path).send().await.unwrap()).await.1;
    assert_eq!(anonymous(&list).await["cached"], false);
    let token = bench.token(&[]).await;
    bench.whole(&token, bytes(10), "a.mp4").await;
    let cached = anonymous(&list).await;
    assert_eq!((&cached["cached"], &cached["total_count"]), (&true.into(), &0.into()));
    assert!(cached["cache_time"].is_number());
    assert_eq!(anonymous(&format!("{list}?time=1")).await["total_count"], 1, "time bypasses it");
    assert_eq!(bench.get("/api/2/photo/list").await.1["total_count"], 1, "a bearer is never answered so");
    bench.sandbox.advance_clock(Duration::from_mins(31));
    assert_eq!(anonymous(&list).await["total_count"], 1);
}

#[tokio::test]
async fn lists_are_filtered_ordered_and_paged() {
    let bench = bench::start().await;
    for (title, tags, album) in [("Alpha", "red", "1"), ("beta", "red blue", "2"), ("Gamma", "blue", "1,2")] {
        let token = bench.token(&[("title", title), ("tags", tags), ("album_id", album), ("publish", "0")]).await;
        bench.whole(&token, bytes(10), &format!("{title}.mp4")).await;
        bench.sandbox.advance_clock(Duration::from_secs(5));
    }
    for (query, expected) in [
        ("orderby=uploaded&order=desc", &["Gamma", "beta", "Alpha"][..]),
        ("orderby=uploaded&order=asc", &["Alpha", "beta", "Gamma"]),
        ("orderby=title&order=asc", &["Alpha", "beta", "Gamma"]),
        ("size=2", &["Gamma", "beta"]),
        ("size=2&p=2", &["Alpha"]),
        ("album_id=1", &["Gamma", "Alpha"]),
        ("tags=red", &["beta", "Alpha"]),
        ("tags=red%20blue&tag_mode=and", &["beta"]),
        ("tags=red%20blue&tag_mode=or", &["Gamma", "beta", "Alpha"]),
        ("search=ALPH", &["Alpha"]),
        ("search=blue", &["Gamma", "beta"]),
        ("original_filename=beta.mp4&user_id=me", &["beta"]),
        ("user_id=1", &[]),
        ("published_p=1", &[]),
        ("unalbummed_p=1", &[]),
    ] {
        assert_eq!(titles(&bench, query).await, expected, "{query}");
    }
    let (_, body) = bench.get("/api/2/photo/list?include_unpublished_p=1&size=2&p=2").await;
    assert_eq!((&body["p"], &body["size"], &body["total_count"]), (&2.into(), &2.into(), &3.into()));
    let (_, body) = bench.get("/api/2/photo/list?include_unpublished_p=1&fields=photo_id,title&size=1").await;
    assert_eq!(body["data"][0].as_object().unwrap().len(), 2);
    let (_, body) = bench.get("/api/photo/list?raw=1&include_unpublished_p=1&photo_id=1&album_id=1").await;
    assert_eq!(body["total_count"], "2", "in version 1 the album wins over the id");
}

#[tokio::test]
async fn an_entry_has_what_an_uploader_needs() {
    let bench = bench::start().await;
    let token = bench.token(&[("title", "T"), ("description", "<b>d</b>"), ("album_id", "2,1"), ("tags", "x y")]).await;
    bench.whole(&token, bytes(10), "a.mp4").await;
    let (_, body) = bench.get("/api/2/photo/list?include_pending_transcode_tasks_p=1&use_full_urls_p=1").await;
    let entry = &body["data"][0];
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!(entry["photo_id"], video.photo_id);
    assert_eq!(entry["one"], format!("/video/{}", video.photo_id));
    assert_eq!(entry["absolute_url"], format!("{}/video/{}", bench.sandbox.url(), video.photo_id));
    assert_eq!(entry["album_title"], "Talks");
    assert_eq!(entry["all_albums"], "2 1");
    assert_eq!(entry["tags"], serde_json::json!(["x", "y"]));
    assert_eq!(entry["published_p"], true);
    assert_eq!(entry["video_encoded_p"], false);
    assert!(entry["pending_transcode_tasks"].as_array().unwrap().contains(&"video_hd".into()));
    assert_eq!(entry["video_hd_size"], 0);
    let picture = entry["standard_download"].as_str().unwrap();
    let response = bench.client.get(picture).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, "image/jpeg"));
    assert!(response.bytes().await.unwrap().starts_with(b"\xff\xd8\xff"));
    let wrong = picture.replace(&video.token, "0");
    assert_eq!(bench.client.get(wrong).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn transcoding_takes_its_time() {
    let bench = bench::with(|switches| switches.transcoding = Duration::from_hours(1)).await;
    let id = bench.draft("A").await;
    let path = format!("/api/2/photo/get-transcoding-progress?photo_id={id}");
    assert_eq!(bench.get(&path).await.1["data"]["all"], "0.00");
    bench.sandbox.advance_clock(Duration::from_mins(30));
    assert_eq!(bench.get(&path).await.1["data"]["all"], "0.50");
    let v1 = format!("/api/photo/get-transcoding-progress?raw=1&photo_id={id}");
    assert_eq!(bench.get(&v1).await.1["progress"]["all"], ".50");
    bench.sandbox.advance_clock(Duration::from_mins(30));
    assert_eq!(bench.get(&path).await.1["data"]["all"], "1.0");
    assert_eq!(bench.get(&v1).await.1["progress"]["all"], "1");
    bench.sandbox.change(|switches| switches.progress_nested = true);
    assert_eq!(bench.get(&path).await.1["data"]["progress"]["all"], "1.0");
    assert_eq!(bench.get("/api/2/photo/get-transcoding-progress?photo_id=999").await.0, 404);
}

#[tokio::test]
async fn videos_are_updated_and_deleted() {
    let bench = bench::start().await;
    let id = bench.draft("A").await.to_string();
    let fields = [
        ("photo_id", id.as_str()),
        ("title", "B"),
        ("tags", "n m"),
        ("album_title", "Brand new"),
        ("published_p", "1"),
    ];
    let (status, body) = bench.post("/api/2/photo/update", &fields).await;
    assert_eq!((status, &body["message"]), (200, &"The photo/video was updated".into()));
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!((video.title.as_str(), video.published, video.revision), ("B", true, 2));
    assert_eq!(video.original_filename, "small.mp4", "left out, kept");
    let (_, albums) = bench.get("/api/2/album/list?search=brand").await;
    assert_eq!(albums["data"][0]["album_id"], video.album_ids[0]);
    let (_, tags) = bench.get("/api/2/tag/list").await;
    assert_eq!(tags["data"][0]["tag"], "m");
    assert_eq!(bench.post("/api/2/photo/update", &[("photo_id", "999")]).await.0, 404);

    let (status, body) = bench.post("/api/2/photo/delete", &[("photo_id", &id)]).await;
    assert_eq!((status, &body["message"]), (200, &"The photo/video was deleted".into()));
    assert!(bench.sandbox.videos().is_empty());
    assert_eq!(bench.post("/api/2/photo/delete", &[("photo_id", &id)]).await.1["code"], "no_such_photo");
}

#[tokio::test]
async fn hidden_categories_are_for_readers_who_ask() {
    let bench = bench::start().await;
    let names = async |query: &[(&str, &str)]| {
        let (_, body) = bench.get(&format!("/api/2/album/list?{}", url(query))).await;
        let items = body["data"].as_array().unwrap().clone();
        items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]).await, ["News", "Talks"]);
    assert_eq!(names(&[("order", "desc"), ("include_hidden_p", "1")]).await, ["Internal", "Talks", "News"]);
}

#[tokio::test]
async fn a_frame_is_a_jpeg_and_a_picture_is_no_video() {
    let bench = bench::start().await;
    let token = bench.token(&[("max_uploads", "2")]).await;
    bench.whole(&token, bytes(5000), "a.mp4").await;
    let path = format!("/api/2/photo/frame?upload_token={token}&time=72.4&size=320x180");
    let response = bench.client.get(bench.at(&path)).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    let frame = response.bytes().await.unwrap();
    assert!(frame.starts_with(b"\xff\xd8\xff") && frame.ends_with(b"\xff\xd9"));
    let response = bench.client.get(bench.at("/api/2/photo/frame?upload_token=x&time=1")).send().await.unwrap();
    assert_eq!(response.status(), 404);
    bench.whole(&token, frame.to_vec(), "picture").await;
    assert_eq!(bench.sandbox.videos()[1].kind, Kind::Image);
}
