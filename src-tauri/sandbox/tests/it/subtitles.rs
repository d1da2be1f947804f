//! Subtitles: which are taken, how often, and who sees them.

use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::bench::{self, Bench, file, text};

async fn send(bench: &Bench, id: u64, fields: &[(&str, &str)], content: &str) -> (u16, Value) {
    let mut form = Form::new().text("photo_id", id.to_string());
    for (name, value) in fields {
        form = form.text((*name).to_owned(), (*value).to_owned());
    }
    let form = form.part("file", file(content.as_bytes().to_vec(), "a.srt"));
    let request = bench.client.post(bench.at("/api/2/photo/subtitle/upload")).multipart(form);
    bench::json(request.bearer_auth(bench.sandbox.token()).send().await.unwrap()).await
}

const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHej\n";
const WEBVTT: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nHej igen\n";

#[tokio::test]
async fn subtitles_are_srt_or_webvtt_and_one_for_each_locale_and_type() {
    let bench = bench::start().await;
    let id = bench.draft("A").await;
    let danish = [("locale", "da_DK")];
    let (status, body) = send(&bench, id, &danish, SRT).await;
    assert_eq!((status, &body["data"]), (200, &json!({})), "it says no more than that");
    assert_eq!(send(&bench, id, &danish, WEBVTT).await.0, 200);
    let (status, body) = send(&bench, id, &danish, "just words").await;
    assert_eq!((status, &body["code"]), (400, &"invalid_type".into()));
    let tracks = || bench.sandbox.videos().pop().unwrap().subtitles;
    assert_eq!(tracks().len(), 1);
    assert!(tracks()[0].text.contains("Hej igen"), "the later one counts");
    send(&bench, id, &[("locale", "da_DK"), ("type", "closedcaptions")], SRT).await;
    assert_eq!(tracks().len(), 2);
    bench.sandbox.change(|switches| switches.same_locale_twice = true);
    send(&bench, id, &danish, SRT).await;
    assert_eq!(tracks().iter().filter(|track| track.locale == "da_DK" && track.kind == "general").count(), 2);
}

#[tokio::test]
async fn the_tracks_are_listed_for_whoever_has_the_videos_token() {
    let bench = bench::start().await;
    let id = bench.draft("A").await;
    send(&bench, id, &[("locale", "en_US")], SRT).await;
    send(&bench, id, &[("locale", "ar_EG"), ("draft_p", "1"), ("type", "closedcaptions")], WEBVTT).await;
    let token = bench.sandbox.videos()[0].token.clone();
    let list = async |more: &str| {
        let path = bench.at(&format!("/api/2/photo/subtitle/list?photo_id={id}&token={token}{more}"));
        bench::json(bench.client.get(path).send().await.unwrap()).await.1["data"].clone()
    };
    let public = list("").await;
    assert_eq!(public.as_array().unwrap().len(), 1, "no drafts");
    let track = &public[0];
    assert_eq!(
        (&track["locale"], &track["type"], &track["language"]),
        (&"en_US".into(), &"general".into(), &"English (US)".into())
    );
    assert_eq!(
        (&track["default_p"], &track["draft_p"], &track["direction"]),
        (&true.into(), &false.into(), &"ltr".into())
    );
    let href = track["href"].as_str().unwrap();
    assert!(href.ends_with(".en_US.general.websrt"), "{href}");
    assert_eq!(text(bench.client.get(bench.at(href)).send().await.unwrap()).await, (200, SRT.to_owned()));
    assert_eq!(bench.client.get(bench.at(&href.replace(&token, "0"))).send().await.unwrap().status(), 404);
    let all = list("&include_drafts_p=1").await;
    assert_eq!((&all[1]["direction"], &all[1]["draft_p"]), (&"rtl".into(), &true.into()));
    assert_eq!(list("&include_drafts_p=1&type=closedcaptions").await.as_array().unwrap().len(), 1);
    let (_, v1) = bench.get(&format!("/api/photo/subtitle/list?raw=1&photo_id={id}&token={token}")).await;
    assert_eq!((&v1["subtitles"][0]["locale"], &v1["subtitles"][0]["default_p"]), (&"en_US".into(), &1.into()));
    let (status, body) = bench.get(&format!("/api/2/photo/subtitle/list?photo_id={id}&token=wrong")).await;
    assert_eq!((status, &body["code"]), (404, &"no_such_photo".into()));
    let (_, entry) = bench.get("/api/2/photo/list?include_unpublished_p=1").await;
    assert_eq!(entry["data"][0]["subtitles_p"], true);
}
