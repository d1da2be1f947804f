//! The library as the pages ask for it.

use super::*;
use slipway_sandbox::{Endpoint, Fault};

const MEDIA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/media");

/// A rig with one video in its workspace, and its id.
async fn with_a_video() -> (Rig, Value) {
    let mut rig = Rig::signed_in().await;
    let talk = rig.folder.path().join("A talk.mp4");
    std::fs::copy(Path::new(MEDIA).join("talk.mp4"), &talk).unwrap();
    let offer = rig.offer(vec![talk]).await;
    rig.ask("add", rig.adding(&offer, json!({}))).await.unwrap();
    let row = rig.until(|row| row["stage"] == "done").await;
    let id = row["video_id"].clone();
    (rig, id)
}

impl Rig {
    fn looking(&self, change: Value) -> Value {
        let mut request = json!({"workspace": self.host(), "search": "", "show": "all", "category": null, "page": 1});
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        request
    }

    async fn media(&self, name: &str) -> Value {
        let file = self.folder.path().join(name);
        std::fs::copy(Path::new(MEDIA).join(name), &file).unwrap();
        self.offer(vec![file]).await
    }
}

#[tokio::test]
async fn what_is_in_the_workspace_can_be_found_opened_and_copied() {
    let (rig, id) = with_a_video().await;
    let page = rig.ask("library_page", rig.looking(json!({}))).await.unwrap();
    assert_eq!((&page["total"], &page["page"], &page["trouble"]), (&json!(1), &json!(1), &Value::Null));
    let video = &page["videos"][0];
    assert_eq!((&video["id"], &video["title"], &video["published"]), (&id, &json!("A talk"), &json!(false)));
    assert_eq!(rig.ask("library_page", rig.looking(json!({"search": "concert"}))).await.unwrap()["videos"], json!([]));

    let one = json!({"workspace": rig.host(), "video": id});
    assert_eq!(rig.ask("library_video", one).await.unwrap()["title"], "A talk");
    let open = json!({"workspace": rig.host(), "video": id, "place": "admin"});
    rig.ask("library_open", open).await.unwrap();
    let copy = json!({"workspace": rig.host(), "videos": [id]});
    assert_eq!(rig.ask("library_copy_link", copy).await.unwrap(), 1);
    let manage = video["admin_url"].as_str().unwrap();
    assert_eq!(rig.done(), [format!("opened {manage}"), format!("copied {manage}")]);
}

#[tokio::test]
async fn an_address_that_a_workspace_names_is_opened_only_where_it_is_one_on_the_web() {
    let (rig, id) = with_a_video().await;
    let public = json!({"workspace": rig.host(), "video": id, "place": "public"});
    for address in ["file:///etc/passwd", "file://localhost/etc/passwd", "javascript://%0aalert(1)", "smb://evil/share"]
    {
        let row = json!({"photo_id": id, "title": "t", "published_p": "1", "absolute_url": address});
        let body = json!({"status": "ok", "permission_level": "super", "cached": "0", "total_count": 1, "data": [row]});
        rig.sandbox.inject(Fault::on(Endpoint::List).always().answer(200, body.to_string()));
        rig.ask("library_page", rig.looking(json!({}))).await.unwrap();
        assert_eq!(rig.refused("library_open", public.clone()).await.code, "desktop_failed", "{address}");
        rig.sandbox.clear_faults();
    }
    assert_eq!(rig.done(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_of_many_videos_are_asked_for_together_and_copied_in_their_order() {
    let rig = Rig::signed_in_to(slipway_sandbox::Config { videos: 12, ..slipway_sandbox::Config::default() }).await;
    let ids: Vec<u64> = rig.sandbox.videos().iter().map(|video| video.photo_id).rev().collect();
    let before = rig.sandbox.requests().len();
    rig.sandbox.inject(Fault::on(Endpoint::List).nth(1).stall_before_reading());
    let copying = rig.ask("library_copy_link", json!({"workspace": rig.host(), "videos": ids}));
    let others = async {
        // While the first waits for its answer, no more than three others are asked for.
        let four = rig.sandbox.until(|seen| seen.requests().len() >= before + 4);
        let four = tokio::time::timeout(std::time::Duration::from_secs(20), four).await;
        rig.sandbox.clear_faults();
        assert!(four.is_ok(), "one is asked for after the other");
    };
    let (copied, ()) = tokio::join!(copying, others);
    assert_eq!(copied.unwrap(), 12);
    let [text] = &rig.done()[..] else { panic!("nothing was copied") };
    let copied: Vec<u64> = text.lines().map(|line| line.rsplit('/').next().unwrap().parse().unwrap()).collect();
    assert_eq!(copied, ids);
}

#[tokio::test]
async fn a_workspace_that_cannot_be_reached_shows_what_was_last_known() {
    let (rig, id) = with_a_video().await;
    rig.ask("library_page", rig.looking(json!({}))).await.unwrap();
    rig.sandbox.inject(Fault::on(Endpoint::List).always().lose_answer_before_work());
    let page = rig.ask("library_page", rig.looking(json!({}))).await.unwrap();
    assert_eq!(page["videos"][0]["id"], id);
    assert_eq!(page["trouble"]["remedy"], "wait_for_network");
    assert!(page["as_of"].as_i64().is_some_and(|at| at > 1_700_000_000), "{page}");
}

#[tokio::test]
async fn a_file_is_shown_beside_the_video_and_then_replaces_it() {
    let (mut rig, id) = with_a_video().await;
    let cover = rig.media("cover.png").await;
    let compare = |offer: &Value| json!({"offer": offer["id"], "file": 0, "workspace": rig.host(), "video": id});
    let beside = rig.ask("library_compare", compare(&cover)).await.unwrap();
    assert_eq!((&beside["file"]["kind"], &beside["file"]["name"]), (&json!("image"), &json!("cover.png")));
    assert_eq!((&beside["video"]["id"], &beside["refused"]), (&id, &Value::Null));

    let replace = json!({"offer": cover["id"], "workspace": rig.host(), "pairs": [{"file": 0, "video": id}]});
    let replaced = rig.ask("library_replace", replace).await.unwrap();
    assert_eq!(replaced["failed"], json!([]));
    let item = replaced["items"][0].clone();
    let row = rig.until(|row| row["id"] == item && row["stage"] == "done").await;
    assert_eq!(row["replaces"], json!({"video": id, "kind": "image", "moment_ms": null}));
    assert_eq!(row["version_seen"], true);
    let there = rig.sandbox.videos().into_iter().next().unwrap();
    assert!(there.thumbnail_sha256.is_some());
    assert_eq!(rig.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn a_file_that_contradicts_its_name_is_refused_before_anybody_is_asked() {
    let (rig, id) = with_a_video().await;
    let file = rig.folder.path().join("picture.mp4");
    std::fs::copy(Path::new(MEDIA).join("cover.png"), &file).unwrap();
    let offer = rig.offer(vec![file]).await;
    let compare = json!({"offer": offer["id"], "file": 0, "workspace": rig.host(), "video": id});
    let beside = rig.ask("library_compare", compare.clone()).await.unwrap();
    assert_eq!((&beside["refused"]["code"], &beside["differs"]), (&json!("file_kind_unclear"), &json!([])));
    let gone = json!({"offer": 99, "file": 0, "workspace": rig.host(), "video": id});
    assert_eq!(rig.refused("library_compare", gone).await.code, "offer_gone");
}

#[tokio::test]
async fn the_dialog_for_pictures_offers_what_was_chosen_and_nothing_when_it_is_dismissed() {
    let rig = Rig::signed_in().await;
    assert_eq!(rig.ask("library_choose", json!({"want": "image"})).await.unwrap(), Value::Null);
    let cover = rig.folder.path().join("[7].png");
    std::fs::copy(Path::new(MEDIA).join("cover.png"), &cover).unwrap();
    rig.desktop.chosen.lock().unwrap().push(cover);
    let offer = rig.ask("library_choose", json!({"want": "image"})).await.unwrap();
    assert_eq!((&offer["videos"][0]["file"], &offer["videos"][0]["kind"]), (&json!("[7].png"), &json!("image")));
}

#[tokio::test]
async fn pictures_of_videos_and_of_what_is_offered_are_answered_and_nothing_that_is_not_there() {
    let (rig, id) = with_a_video().await;
    let cover = rig.media("cover.png").await;
    let video = rig.ask("library_video", json!({"workspace": rig.host(), "video": id})).await.unwrap();
    let version = video["picture"].as_str().unwrap();
    let asked = async |path: String| {
        let request = http::Request::get(format!("picture://localhost/{path}")).body(Vec::new()).unwrap();
        crate::pictured::answer(&rig.shell, &request).await
    };
    for path in [format!("video/{}/{id}/{version}", rig.host()), format!("offer/{}/0", cover["id"])] {
        let answer = asked(path.clone()).await;
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].as_bytes()),
            (200, &b"image/png"[..]),
            "{path}"
        );
    }
    for path in [format!("video/elsewhere.example/{id}/1"), "offer/99/0".to_owned(), format!("offer/{}/1", cover["id"])]
    {
        assert_eq!(asked(path.clone()).await.status().as_u16(), 404, "{path}");
    }
}

#[tokio::test]
async fn an_edit_is_read_back_and_what_is_wrong_with_one_video_is_said_of_that_one() {
    let (rig, id) = with_a_video().await;
    let edit = json!({
        "title": null, "description": null, "tags": null, "add_tags": ["spring"], "remove_tags": [], "categories": null,
        "publish": "now",
    });
    let request = json!({"workspace": rig.host(), "videos": [id, 999_999], "edit": edit});
    let edited = rig.ask("library_edit", request).await.unwrap();
    assert_eq!((&edited[0]["video"]["tags"], &edited[0]["video"]["published"]), (&json!(["spring"]), &json!(true)));
    assert_eq!((&edited[0]["refused"], &edited[0]["trouble"]), (&json!([]), &Value::Null));
    assert_eq!((&edited[1]["id"], &edited[1]["video"]), (&json!(999_999), &Value::Null));
    assert_eq!(edited[1]["trouble"]["code"], "video_unknown");
}

#[tokio::test]
async fn pictures_find_their_videos_by_name_and_what_is_none_stays_with_its_reason() {
    let (rig, id) = with_a_video().await;
    let matched = async |folder: &str, names: &[&str]| {
        let folder = rig.folder.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        for name in names {
            std::fs::copy(Path::new(MEDIA).join("cover.png"), folder.join(name)).unwrap();
        }
        let offer = rig.offer(vec![folder]).await;
        rig.ask("library_match", json!({"offer": offer["id"], "workspace": rig.host()})).await.unwrap()
    };
    let by_id = matched("by id", &[&format!("[{id}].png")]).await;
    assert_eq!((&by_id[0]["by"], &by_id[0]["video"]["id"]), (&json!("id"), &id));

    let pairs = matched("by title", &["a talk.jpg", "film.mp4", "something else.png"]).await;
    let seen =
        pairs.as_array().unwrap().iter().map(|it| (&it["name"], &it["by"], &it["video"]["id"], &it["refused"]["code"]));
    let (talk, film, other) = (json!("a talk.jpg"), json!("film.mp4"), json!("something else.png"));
    let (by, mismatch, nothing) = (json!("title"), json!("file_kind_mismatch"), Value::Null);
    let expected =
        [(&talk, &by, &id, &nothing), (&film, &nothing, &nothing, &mismatch), (&other, &nothing, &nothing, &nothing)];
    assert!(seen.eq(expected), "{pairs}");
}

#[tokio::test]
async fn a_moment_of_a_video_becomes_its_thumbnail_and_a_time_that_is_none_is_refused() {
    let (mut rig, id) = with_a_video().await;
    let at = |seconds: f64| json!({"workspace": rig.host(), "video": id, "at_s": seconds});
    assert_eq!(rig.refused("library_set_moment", at(-1.0)).await.code, "request_invalid");
    let item = rig.ask("library_set_moment", at(0.5)).await.unwrap();
    let row = rig.until(|row| row["id"] == item && row["stage"] == "done").await;
    assert_eq!(row["replaces"]["moment_ms"], 500);
    let there = rig.sandbox.videos().into_iter().next().unwrap();
    assert_eq!(there.thumbnail_time, Some(0.5));
}
