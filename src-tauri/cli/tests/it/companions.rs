//! What goes with a video, by the real command: handed over by a glob, named by options, killed at each follow-up.

use crate::rig::{CHUNK, Rig, sha256};
use slipway_sandbox::{Profile, Switches};
use std::path::{Path, PathBuf};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of a small picture";
const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";
const DETAILS: &str = r#"{"slipway": 1, "title": "From the file", "publish": "now"}"#;

fn furnished(rig: &Rig) -> PathBuf {
    let beside = |name: &str, bytes: &[u8]| std::fs::write(rig.folder().join(name), bytes).unwrap();
    beside("talk.png", PNG);
    beside("talk.en.srt", SRT.as_bytes());
    beside("talk.json", DETAILS.as_bytes());
    rig.file("talk.mp4", CHUNK)
}

#[track_caller]
fn assert_furnished(rig: &Rig, file: &Path, case: &str) {
    let video = rig.assert_arrived_once(file, case);
    assert_eq!((video.title.as_str(), video.published, video.replaced), ("From the file", true, 0), "{case}");
    assert_eq!(video.thumbnail_sha256, Some(sha256(PNG)), "{case}");
    let subtitles: Vec<_> = video.subtitles.iter().map(|it| (it.locale.as_str(), it.text.as_str())).collect();
    assert_eq!(subtitles, [("en_US", SRT)], "{case}: {}", rig.traffic());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glob_hands_over_one_video_and_what_goes_with_it() {
    let rig = Rig::new(Profile::Documented).await;
    let file = furnished(&rig);
    let all = ["talk.en.srt", "talk.json", "talk.mp4", "talk.png"].map(|name| rig.folder().join(name));
    let told = rig.slipway(["upload", "--json", "--workspace", &rig.sandbox.url()]).args(&all).run().await;
    told.assert_code(0, "a glob");
    assert_furnished(&rig, &file, "a glob");
    let companions: Vec<String> =
        told.named("companion").iter().map(|it| it["file"].as_str().unwrap().to_owned()).collect();
    let expected = [&all[0], &all[1], &all[3]].map(|path| path.to_str().unwrap().to_owned());
    assert_eq!(companions, expected, "{told:?}");
    assert!(told.named("companion").iter().all(|it| it["video"] == file.to_str().unwrap()), "{told:?}");
    assert_eq!(told.named("queued").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_name_what_lies_elsewhere_and_a_category_by_its_name() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("film.mp4", CHUNK);
    let (still, danish) = (rig.folder().join("still.png"), rig.folder().join("undertekster.srt"));
    std::fs::write(&still, PNG).unwrap();
    std::fs::write(&danish, SRT).unwrap();
    let subtitles = format!("{}:da", danish.display());
    let options = ["--thumbnail", still.to_str().unwrap(), "--subtitles", &subtitles, "--category", "talks"];
    rig.upload(&file).args(options).run().await.assert_code(0, "options");
    let video = rig.assert_arrived_once(&file, "options");
    assert_eq!((video.thumbnail_sha256, &video.album_ids[..]), (Some(sha256(PNG)), [2].as_slice()));
    assert_eq!(video.subtitles.iter().map(|it| it.locale.as_str()).collect::<Vec<_>>(), ["da_DK"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_beside_the_video_is_named_and_nothing_is_sent() {
    let rig = Rig::new(Profile::Documented).await;
    let file = furnished(&rig);
    std::fs::write(
        rig.folder().join("talk.json"),
        r#"{"slipway": 1, "subtitles": [{"file": "a.srt", "locale": "x"}]}"#,
    )
    .unwrap();
    let told = rig.upload(&file).run().await;
    told.assert_code(1, "a mistake");
    let failed = told.only("failed");
    assert_eq!((failed["code"].as_str(), failed["remedy"].as_str()), (Some("metadata_invalid"), Some("fix_settings")));
    assert!(failed["message"].as_str().unwrap().contains("talk.json: subtitles[0].locale"), "{failed}");
    assert!(rig.arrived().is_empty());
    std::fs::write(rig.folder().join("talk.json"), DETAILS).unwrap();
    rig.upload(&file).run().await.assert_code(0, "mended");
    assert_furnished(&rig, &file, "mended");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_follow_up_each_is_there_once() {
    // Details are with the token; a thumbnail, subtitles and publishing remain.
    let points = ["BeforeFollowUp", "AfterFollowUp", "BetweenFollowUps"];
    let cases = points.into_iter().flat_map(|point| (1..=3).map(move |nth| format!("{point}:{nth}")));
    let mut running = tokio::task::JoinSet::new();
    for (number, point) in cases.enumerate() {
        let profile = if number % 2 == 0 { Profile::Documented } else { Profile::Hostile };
        running.spawn(async move {
            let case = format!("{point} {profile:?}");
            let rig = Rig::with(Switches { same_locale_twice: true, ..Switches::of(profile) }).await;
            let file = furnished(&rig);
            assert!(rig.upload(&file).crashing_at(&point).run().await.was_killed(), "{case}");
            rig.upload(&file).run().await.assert_code(0, &case);
            assert_furnished(&rig, &file, &case);
        });
        if running.len() >= 3 {
            running.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(played) = running.join_next().await {
        played.unwrap();
    }
}
