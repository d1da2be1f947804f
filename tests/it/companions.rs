//! What lies beside a video goes with it: found by name, looked at before a byte is sent, sent once.

use crate::rig::{LARGE, Making, PROFILES, Rig, SMALL, play, sha256};
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::{CompanionChoice, Details, Publish};
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};
use std::path::PathBuf;
use std::time::Duration;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of a small picture";
const SRT: &[u8] = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n";
const VTT: &[u8] = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHej\n";
const DETAILS: &[u8] = br#"{"slipway": 1, "title": "From the file", "tags": ["two words"], "categories": ["talks"],
    "publish": "now", "variables": {"speaker": "Ada"}}"#;

fn beside(rig: &Rig, name: &str, bytes: &[u8]) -> PathBuf {
    let path = rig.file(name, 1);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A video with everything beside it.
fn furnished(rig: &Rig, size: u64) -> PathBuf {
    beside(rig, "talk.png", PNG);
    beside(rig, "talk.en.srt", SRT);
    beside(rig, "talk.da.vtt", VTT);
    beside(rig, "talk.json", DETAILS);
    rig.file("talk.mp4", size)
}

fn requests(rig: &Rig, method: &str) -> Vec<RequestRecord> {
    rig.sandbox().requests().into_iter().filter(|it| it.api_method == method).collect()
}

/// Asserts that the workspace has everything that [`furnished`] laid out, each once.
#[track_caller]
fn assert_furnished(rig: &Rig, what: &str) {
    let video = rig.uploads().remove(0);
    let told = (video.title.as_str(), &video.tags[..], &video.album_ids[..]);
    assert_eq!(told, ("From the file", ["two words".to_owned()].as_slice(), [2].as_slice()), "{what}");
    assert_eq!(video.variables.get("speaker").map(String::as_str), Some("Ada"), "{what}");
    assert_eq!(video.thumbnail_sha256, Some(sha256(PNG)), "{what}: {}", rig.story());
    assert_eq!(video.replaced, 0, "{what}: the film is as it was sent");
    let mut subtitles: Vec<(&str, &str)> =
        video.subtitles.iter().map(|it| (it.locale.as_str(), it.text.as_str())).collect();
    subtitles.sort_unstable();
    let text = |bytes: &'static [u8]| std::str::from_utf8(bytes).unwrap();
    assert_eq!(subtitles, [("da_DK", text(VTT)), ("en_US", text(SRT))], "{what}: {}", rig.story());
    assert!(video.published, "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_beside_a_video_arrives_with_it_and_before_it_is_public() {
    let all = PROFILES.into_iter().flat_map(|profile| [SMALL, LARGE].map(|size| (profile, size)));
    play(all, |(profile, size)| async move {
        let what = format!("{profile:?} {size}");
        let rig = Rig::new(profile).await;
        let item = rig.upload(&furnished(&rig, size)).await;
        rig.assert_done_once(&what, &item);
        assert_furnished(&rig, &what);
        let last = |method: &str| requests(&rig, method).last().map(|it| it.started);
        let published = requests(&rig, "photo/update").into_iter().find(|it| it.param("published_p").is_some());
        let published = published.map(|it| it.started);
        assert!(last("photo/replace") < published && last("photo/subtitle/upload") < published, "{what}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_outright_goes_before_the_file_of_details_and_all_of_it_can_be_left_aside() {
    let rig = Rig::new(Profile::Documented).await;
    let mut add = rig.request(&furnished(&rig, SMALL));
    add.details = Details { title: "Outright".into(), ..Details::default() };
    add.publish = Some(Publish::Draft);
    let id = rig.add_as(add).await.item.id;
    rig.assert_done_once("outright", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    assert_eq!(
        (video.title.as_str(), &video.tags[..], video.published),
        ("Outright", ["two words".into()].as_slice(), false)
    );

    let rig = Rig::new(Profile::Documented).await;
    let mut add = rig.request(&furnished(&rig, SMALL));
    add.companions = CompanionChoice::none();
    let id = rig.add_as(add).await.item.id;
    rig.assert_done_once("left aside", &rig.rest(id).await);
    let video = rig.uploads().remove(0);
    assert_eq!((video.title.as_str(), video.subtitles.len(), video.thumbnail_sha256), ("talk", 0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_doubles_nothing() {
    let lost = [
        ("thumbnail before", Fault::on(Endpoint::Replace).lose_answer_before_work()),
        ("thumbnail after", Fault::on(Endpoint::Replace).lose_answer_after_work()),
        ("subtitles before", Fault::on(Endpoint::Subtitle).lose_answer_before_work()),
        ("subtitles after", Fault::on(Endpoint::Subtitle).lose_answer_after_work()),
    ];
    let all = lost.into_iter().flat_map(|lost| PROFILES.map(|profile| (lost.clone(), profile)));
    play(all, |((what, fault), profile)| async move {
        let what = format!("{what} {profile:?}");
        // The same again would be another track here.
        let rig = Rig::with(Switches { same_locale_twice: true, ..Switches::of(profile) }).await;
        rig.sandbox().inject(fault);
        let item = rig.upload(&furnished(&rig, SMALL)).await;
        rig.assert_done_once(&what, &item);
        assert_furnished(&rig, &what);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_used_holds_the_video_back_until_it_is_mended() {
    let wrong: [(&str, &[u8], Code, &[u8]); 4] = [
        ("talk.json", br#"{"slipway": 1, "titel": "x"}"#, Code::MetadataInvalid, DETAILS),
        ("talk.json", br#"{"slipway": 1, "publish": "2001-01-01"}"#, Code::MetadataInvalid, DETAILS),
        ("talk.png", b"<html>no picture</html>", Code::CompanionInvalid, PNG),
        ("talk.en.srt", b"no subtitles", Code::CompanionInvalid, SRT),
    ];
    play(wrong.into_iter().flat_map(|case| [false, true].map(|again| (case, again))), |(case, again)| async move {
        let (name, bytes, code, mended) = case;
        let mut rig = Rig::new(Profile::Documented).await;
        let file = furnished(&rig, SMALL);
        beside(&rig, name, bytes);
        let id = rig.add(&file).await;
        let item = rig.rest(id).await;
        let failure = item.failure.unwrap();
        assert_eq!(failure.code, code, "{name}: {failure}");
        assert!(failure.detail.as_ref().is_some_and(|detail| detail.contains(name)), "{name}: {failure}");
        // Neither a restart nor a retry lets it go without.
        rig.restart().await;
        rig.engine().retry(id).await.unwrap();
        assert_eq!(rig.rest(id).await.failure.map(|failure| failure.code), Some(code), "{name}");
        assert_eq!(rig.uploads().len() + requests(&rig, "photo/get-upload-token").len(), 0, "{name}: {}", rig.story());
        beside(&rig, name, mended);
        if again {
            assert!(rig.add_as(rig.request(&file)).await.adopted, "{name}");
        } else {
            rig.engine().retry(id).await.unwrap();
        }
        rig.until(id, |item| item.stage == "done").await;
        rig.assert_arrived_once(name, &file);
        assert_furnished(&rig, name);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_that_changes_or_vanishes_on_the_way_is_named_and_never_skipped() {
    play(
        ["talk.png", "talk.en.srt"].into_iter().flat_map(|name| [None, Some(b"x")].map(|it| (name, it))),
        |(name, bytes)| async move {
            let what = format!("{name} {bytes:?}");
            let rig = Rig::new(Profile::Documented).await;
            let file = furnished(&rig, LARGE);
            rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
            let id = rig.add(&file).await;
            rig.until_struck("StallBeforeReading").await;
            let original = std::fs::read(file.with_file_name(name)).unwrap();
            match bytes {
                None => std::fs::remove_file(file.with_file_name(name)).unwrap(),
                Some(more) => {
                    beside(&rig, name, &[&original[..], more].concat());
                }
            }
            rig.sandbox().clear_faults();
            let item = rig.rest(id).await;
            let expected = if bytes.is_some() { Code::CompanionChanged } else { Code::CompanionMissing };
            assert_eq!(item.failure.as_ref().map(|failure| failure.code), Some(expected), "{what}");
            assert!(item.video_id.is_some() && !rig.uploads()[0].published, "{what}: stored, and nobody sees it");
            if bytes.is_none() {
                rig.engine().retry(id).await.unwrap();
                assert_eq!(
                    rig.rest(id).await.failure.map(|failure| failure.code),
                    Some(expected),
                    "{what}: still gone"
                );
            }
            beside(&rig, name, &original);
            rig.engine().retry(id).await.unwrap();
            rig.assert_done_once(&what, &rig.rest(id).await);
            assert_furnished(&rig, &what);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_companion_is_told_in_the_servers_words_and_a_retry_does_what_is_left() {
    let rig = Rig::new(Profile::Documented).await;
    let words = r#"{"status":"error","code":"invalid_type","message":"The subtitle format isn't recognised"}"#;
    rig.sandbox().inject(Fault::on(Endpoint::Subtitle).answer(400, words));
    let item = rig.upload(&furnished(&rig, SMALL)).await;
    let failure = item.failure.clone().unwrap();
    assert_eq!((failure.code, failure.remedy()), (Code::FollowUpRefused, Remedy::RetryNow));
    assert!(failure.to_string().contains("isn't recognised"), "{failure}");
    assert!(!rig.uploads()[0].published);
    rig.sandbox().clear_faults();
    rig.engine().retry(item.id).await.unwrap();
    rig.assert_done_once("retried", &rig.rest(item.id).await);
    assert_furnished(&rig, "retried");
    assert_eq!(requests(&rig, "photo/replace").len(), 1, "the thumbnail was there: {}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subtitles_in_a_language_that_the_workspace_lacks_are_named_with_those_that_it_has() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", SMALL);
    beside(&rig, "talk.ja.srt", SRT);
    let item = rig.upload(&file).await;
    let failure = item.failure.unwrap();
    assert_eq!(failure.code, Code::CompanionInvalid);
    assert!(failure.to_string().contains("ja") && failure.to_string().contains("en_US"), "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_file_of_the_same_name_is_passed_over_and_said_in_the_log() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", SMALL);
    beside(&rig, "talk.json", br#"{"text": "A transcript", "segments": []}"#);
    let item = rig.upload(&file).await;
    rig.assert_done_once("a transcript", &item);
    assert!(rig.log(item.id).await.contains("talk.json is not ours"), "{}", rig.log(item.id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_companion_is_made_part_of_the_video_once_over_a_restart_at_any_follow_up() {
    for held in [Endpoint::Replace, Endpoint::Subtitle] {
        let making = Making::of(Switches { same_locale_twice: true, ..Switches::of(Profile::Hostile) });
        let mut rig = making.timed(|timing| timing.call = Duration::from_mins(1)).start().await;
        rig.sandbox().inject(Fault::on(held.clone()).stall_answer(Duration::from_hours(1)));
        let id = rig.add(&furnished(&rig, SMALL)).await;
        rig.until_struck("StallAnswer").await;
        rig.stop().await;
        rig.sandbox().clear_faults();
        rig.start().await;
        rig.assert_done_once(&format!("{held:?}"), &rig.rest(id).await);
        assert_furnished(&rig, &format!("{held:?}"));
    }
}
