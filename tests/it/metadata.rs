//! What is said about a video: at any time, by anyone, once.

use crate::rig::{LARGE, Making, PROFILES, Rig, SMALL, play};
use slipway_engine::Edit;
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::{Category, Details, Publish};
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};
use std::collections::BTreeMap;
use std::time::Duration;

fn titled(title: &str) -> Details {
    Details { title: title.to_owned(), ..Details::default() }
}

fn in_category(category: Category) -> Details {
    Details { categories: vec![category], ..Details::default() }
}

/// The updates of the video itself that carry this title.
fn told(rig: &Rig, title: &str) -> usize {
    let told = |it: &RequestRecord| it.api_method == "photo/update" && it.param("title") == Some(title);
    rig.sandbox().requests().into_iter().filter(told).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_after_the_video_is_there_reaches_it_once() {
    let all = ["stored", "done"].into_iter().flat_map(|when| PROFILES.map(|profile| (when, profile)));
    play(all, |(when, profile)| async move {
        let what = format!("{when} {profile:?}");
        let transcoding = Duration::from_millis(1500);
        let rig = Rig::with(Switches { transcoding, ..Switches::of(profile) }).await;
        let mut add = rig.request(&rig.file("talk.mp4", SMALL));
        add.await_playable = true;
        let id = rig.add_as(add).await.item.id;
        rig.until(id, |item| item.stage == when).await;
        rig.engine().edit(id, titled("Afterwards")).await.unwrap();
        rig.until(id, |item| item.details.title == "Afterwards" && item.stage == "done").await;
        rig.assert_done_once(&what, &rig.rest(id).await);
        assert_eq!(rig.uploads()[0].title, "Afterwards", "{what}: {}", rig.story());
        assert_eq!(told(&rig, "Afterwards"), 1, "{what}: {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_in_any_moment_of_the_end_reaches_the_video() {
    // Wherever the answer is held, the edit comes while the transfer is past the reading of its details.
    let moments = [Endpoint::List, Endpoint::Progress, Endpoint::Update];
    play(
        moments.into_iter().flat_map(|held| PROFILES.map(|profile| (held.clone(), profile))),
        |(held, profile)| async move {
            let what = format!("{held:?} {profile:?}");
            let rig = Rig::new(profile).await;
            let mut add = rig.request(&rig.file("talk.mp4", SMALL));
            add.publish = Some(Publish::AtOnce);
            let nth = if held == Endpoint::List { 2 } else { 1 };
            rig.sandbox().inject(Fault::on(held).nth(nth).stall_answer(Duration::from_millis(700)));
            let id = rig.add_as(add).await.item.id;
            rig.until_struck("StallAnswer").await;
            rig.engine().edit(id, titled("Just in time")).await.unwrap();
            rig.until(id, |item| item.stage == "done").await;
            rig.sandbox().until(|seen| seen.videos().iter().any(|video| video.title == "Just in time")).await;
            rig.assert_done_once(&what, &rig.rest(id).await);
            assert_eq!(told(&rig, "Just in time"), 1, "{what}: {}", rig.story());
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_it_becomes_public_can_be_changed_until_that_was_begun() {
    let transcoding = Duration::from_secs(1);
    let rig = Rig::with(Switches { transcoding, ..Switches::of(Profile::Documented) }).await;
    let mut add = rig.request(&rig.file("back.mp4", SMALL));
    add.publish = Some(Publish::WhenPlayable);
    let back = rig.add_as(add).await.item.id;
    rig.until(back, |item| item.stage == "stored").await;
    rig.engine().edit(back, Publish::Draft).await.unwrap();
    let item = rig.rest(back).await;
    assert_eq!((item.stage.as_str(), item.published), ("done", false), "{:?}", item.failure);
    assert!(!rig.uploads()[0].published, "{}", rig.story());
    // And forth again, after the end; what the video is called by now is nobody's business.
    let titled_before = told(&rig, "back");
    rig.engine().edit(back, Publish::AtOnce).await.unwrap();
    let item = rig.until(back, |item| item.stage == "done" && item.published).await;
    assert!(rig.uploads()[0].published);
    assert_eq!(told(&rig, "back"), titled_before, "{}", rig.story());
    let failure = rig.engine().edit(item.id, Publish::Draft).await.unwrap_err();
    assert_eq!(failure.code, Code::NotPossibleNow, "it is public");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_is_found_before_anything_is_asked_for_with_it() {
    play(PROFILES, |profile| async move {
        let rig = Rig::new(profile).await;
        let file = rig.file("talk.mp4", SMALL);
        let mut add = rig.request(&file);
        add.details = in_category(Category::Name("Tlaks".to_owned()));
        let id = rig.add_as(add).await.item.id;
        let failure = rig.rest(id).await.failure.unwrap();
        assert_eq!((failure.code, failure.remedy()), (Code::CategoryUnknown, Remedy::FixSettings));
        assert!(failure.to_string().contains("“Tlaks”") && failure.to_string().contains("“Talks”"), "{failure}");
        assert!(rig.sandbox().requests().iter().all(|it| it.api_method != "photo/get-upload-token"));
        rig.engine()
            .edit(id, Details { title: "talk".into(), ..in_category(Category::Name("TALKS".into())) })
            .await
            .unwrap();
        rig.engine().retry(id).await.unwrap();
        rig.assert_done_once(&format!("{profile:?}"), &rig.rest(id).await);
        assert_eq!(rig.uploads()[0].album_ids, [2]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_is_named_offline_and_found_when_the_workspace_is_there() {
    let mut rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", SMALL);
    rig.close_workspace().await;
    let mut add = rig.request(&file);
    add.details = in_category(Category::Name("internal".to_owned()));
    let id = rig.add_as(add).await.item.id;
    rig.open_workspace().await;
    rig.assert_done_once("offline", &rig.rest(id).await);
    assert_eq!(rig.uploads()[0].album_ids, [3], "a hidden one, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_said_is_refused_before_anything_is_taken_in() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", SMALL);
    let variable = |key: &str| BTreeMap::from([(key.to_owned(), "1".to_owned())]);
    let past = Publish::OnDate("2001-01-01T00:00:00Z".parse().unwrap());
    for edit in [
        Edit { details: Some(Details { variables: variable("photo_id"), ..titled("x") }), publish: None },
        Edit { details: Some(Details { absolute_url: Some("talk".into()), ..titled("x") }), publish: None },
        Edit { details: None, publish: Some(past) },
    ] {
        let mut add = rig.request(&file);
        add.details = edit.details.clone().unwrap_or_default();
        add.publish = edit.publish;
        assert_eq!(rig.engine().add(add).await.unwrap_err().code, Code::DetailsInvalid, "{edit:?}");
        assert!(rig.engine().items().await.unwrap().is_empty());
    }
    let id = rig.upload(&file).await.id;
    let wrong = Details { variables: variable("published_p"), ..titled("x") };
    assert_eq!(rig.engine().edit(id, wrong).await.unwrap_err().code, Code::DetailsInvalid);
    assert_eq!(rig.engine().edit(id, past).await.unwrap_err().code, Code::DetailsInvalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_date_goes_out_with_its_zone_and_one_that_passed_meanwhile_means_now() {
    let rig = Rig::new(Profile::Documented).await;
    let date = "2099-01-31T09:00:00+01:00".parse::<jiff::Timestamp>().unwrap();
    let mut add = rig.request(&rig.file("ahead.mp4", SMALL));
    add.publish = Some(Publish::OnDate(date));
    let id = rig.add_as(add).await.item.id;
    rig.assert_done_once("ahead", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    assert_eq!(video.publish_date, Some(date.as_second()), "{}", rig.story());
    assert!(!video.is_public(date.as_second() - 1) && video.is_public(date.as_second()));

    let mut rig = Rig::new(Profile::Documented).await;
    let file = rig.file("waits.mp4", SMALL);
    rig.close_workspace().await;
    let soon = jiff::Timestamp::now() + Duration::from_secs(2);
    let mut add = rig.request(&file);
    add.publish = Some(Publish::OnDate(soon));
    let id = rig.add_as(add.clone()).await.item.id;
    rig.open_workspace().await;
    rig.sandbox().advance_clock(Duration::from_hours(1));
    rig.assert_done_once("waited", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    assert!(video.published && video.publish_date.is_none(), "{}", rig.story());
    // Whoever repeats the command says nothing new.
    assert!(rig.add_as(add).await.adopted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_a_date_has_passed_is_for_the_workspaces_clock_to_say_even_at_a_start() {
    let mut rig = Rig::new(Profile::Documented).await;
    let mut add = rig.request(&rig.file("waits.mp4", SMALL));
    add.publish = Some(Publish::OnDate(jiff::Timestamp::now() + Duration::from_hours(1)));
    rig.sandbox().inject(Fault::on(Endpoint::Update).always().lose_answer_before_work());
    let id = rig.add_as(add).await.item.id;
    rig.until_struck("LoseAnswerBeforeWork").await;
    rig.stop().await;
    // Ours is two hours behind, and a process that has just begun knows nothing of the other one.
    rig.sandbox().advance_clock(Duration::from_hours(2));
    rig.sandbox().clear_faults();
    rig.start().await;
    rig.assert_done_once("waited", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    assert!(video.published && video.publish_date.is_none(), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_with_other_words_is_an_edit_and_no_second_video() {
    let making = Making::of(Switches::of(Profile::Documented));
    let rig = making.start().await;
    let file = rig.file("talk.mp4", LARGE);
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
    let first = Details { description: "As said first".into(), ..titled("First") };
    let mut add = rig.request(&file);
    add.details = first;
    let id = rig.add_as(add.clone()).await.item.id;
    rig.until_struck("StallBeforeReading").await;
    // Somebody edits it meanwhile, and the script repeats itself: what it said already is not said again.
    rig.engine().edit(id, Details { description: "As said first".into(), ..titled("Edited") }).await.unwrap();
    assert!(rig.add_as(add.clone()).await.adopted);
    assert_eq!(rig.engine().item(id).await.unwrap().details.title, "Edited");
    add.details = Details { tags: vec!["new".into()], ..Details::default() };
    add.publish = Some(Publish::AtOnce);
    assert!(rig.add_as(add).await.adopted);
    rig.sandbox().clear_faults();
    rig.assert_done_once("edited", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    let told = (video.title.as_str(), video.description.as_str(), &video.tags[..], video.published);
    assert_eq!(told, ("Edited", "As said first", ["new".to_owned()].as_slice(), true), "{}", rig.story());
}
