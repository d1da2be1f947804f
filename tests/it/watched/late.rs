//! What comes to lie beside a film after it was taken goes with its video all the same, once.

use super::{Watched, rig};
use crate::rig::{LARGE, Rig, sha256};
use slipway_engine::LedgerLine;
use slipway_engine::failure::Code;
use slipway_engine::folder::{AfterUpload, OnChange};
use slipway_sandbox::{Endpoint, Fault, VideoRecord};
use std::fs;
use std::path::Path;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of a small picture";
const OTHER_PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR of another picture";
const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";
const OTHER_SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nGood morning\n";

/// Waits until the line of a film says that these go with it, and that all is done.
async fn until_along(folder: &Watched, rig: &Rig, film: &str, names: &[&str]) -> LedgerLine {
    let along = |line: &LedgerLine| line.beside.iter().map(|it| it.name.as_path()).eq(names.iter().map(Path::new));
    let wanted = |line: &LedgerLine| line.path == Path::new(film) && line.state == "done" && along(line);
    folder.until_line(rig, wanted).await
}

fn the_video(rig: &Rig) -> VideoRecord {
    let uploads = rig.uploads();
    assert_eq!(uploads.len(), 1, "{}", rig.story());
    uploads.into_iter().next().unwrap()
}

fn subtitles(rig: &Rig) -> Vec<(String, String)> {
    the_video(rig).subtitles.into_iter().map(|it| (it.locale, it.text)).collect()
}

fn calls(rig: &Rig, method: &str) -> usize {
    rig.sandbox().requests().iter().filter(|it| it.api_method == method).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_video_goes_with_it_once_and_again_when_it_changes() {
    let mut rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.tags = vec!["spring".into()]).await;
    folder.film("talk.mp4");
    folder.until(&rig, "talk.mp4", "done").await;
    fs::write(folder.path.join("talk.png"), PNG).unwrap();
    until_along(&folder, &rig, "talk.mp4", &["talk.png"]).await;
    fs::write(folder.path.join("talk.en.srt"), SRT).unwrap();
    fs::write(folder.path.join("talk.json"), r#"{"slipway": 1, "title": "Said later"}"#).unwrap();
    until_along(&folder, &rig, "talk.mp4", &["talk.png", "talk.json", "talk.en.srt"]).await;
    let video = the_video(&rig);
    assert_eq!((video.title.as_str(), &video.tags[..]), ("Said later", ["spring".to_owned()].as_slice()));
    assert_eq!(video.thumbnail_sha256, Some(sha256(PNG)));
    assert_eq!(subtitles(&rig), [("en_US".to_owned(), SRT.to_owned())]);
    // A restart is no news, and neither is another film.
    rig.restart().await;
    folder.film("other.mp4");
    folder.until(&rig, "other.mp4", "done").await;
    assert_eq!((calls(&rig, "photo/subtitle/upload"), calls(&rig, "photo/replace")), (1, 1), "{}", rig.story());
    fs::write(folder.path.join("talk.en.srt"), OTHER_SRT).unwrap();
    fs::write(folder.path.join("talk.png"), OTHER_PNG).unwrap();
    while rig.uploads()[0].thumbnail_sha256 != Some(sha256(OTHER_PNG))
        || rig.uploads()[0].subtitles[0].text != OTHER_SRT
    {
        super::a_moment().await;
    }
    let line = until_along(&folder, &rig, "talk.mp4", &["talk.png", "talk.json", "talk.en.srt"]).await;
    assert_eq!((line.video_id, line.beside_failure), (Some(video.photo_id), None));
    assert_eq!(rig.uploads()[0].replaced, 0, "the film is as it was sent");
    assert_eq!(calls(&rig, "photo/subtitle/upload"), 2, "{}", rig.story());
    // What was there before is news where something else came in between.
    fs::write(folder.path.join("talk.en.srt"), SRT).unwrap();
    while rig.uploads()[0].subtitles[0].text != SRT {
        super::a_moment().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_the_film_is_sent_goes_along_with_it() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    fs::write(folder.path.join("talk.mp4"), super::film("talk", LARGE)).unwrap();
    rig.until_struck("StallBeforeReading").await;
    fs::write(folder.path.join("talk.en.srt"), SRT).unwrap();
    folder.until_line(&rig, |line| !line.beside.is_empty()).await;
    rig.sandbox().clear_faults();
    let line = until_along(&folder, &rig, "talk.mp4", &["talk.en.srt"]).await;
    rig.assert_done_once("late", &rig.engine().item(line.item.unwrap()).await.unwrap());
    assert_eq!(subtitles(&rig), [("en_US".to_owned(), SRT.to_owned())]);
    assert_eq!(calls(&rig, "photo/subtitle/upload"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_used_is_said_beside_the_film_until_it_is_mended() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    folder.film("talk.mp4");
    folder.until(&rig, "talk.mp4", "done").await;
    let details = folder.path.join("talk.json");
    fs::write(&details, r#"{"slipway": 1, "titel": "x"}"#).unwrap();
    let line = until_along(&folder, &rig, "talk.mp4", &["talk.json"]).await;
    assert_eq!(line.beside_failure.unwrap().code, Code::MetadataInvalid);
    assert_eq!(the_video(&rig).title, "talk");
    fs::write(&details, r#"{"slipway": 1, "title": "Mended"}"#).unwrap();
    while the_video(&rig).title != "Mended" {
        super::a_moment().await;
    }
    let mended = |line: &LedgerLine| line.state == "done" && line.beside_failure.is_none();
    folder.until_line(&rig, mended).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_file_was_put_away_goes_with_the_latest_of_its_name() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.after = AfterUpload::Move).await;
    for (bytes, place) in [("one", "Published/talk.mp4"), ("two", "Published/talk (2).mp4")] {
        fs::write(folder.path.join("talk.mp4"), super::film(bytes, LARGE)).unwrap();
        folder.until(&rig, place, "done").await;
    }
    fs::write(folder.path.join("talk.en.srt"), SRT).unwrap();
    let line = until_along(&folder, &rig, "Published/talk (2).mp4", &["talk.en.srt"]).await;
    let with: Vec<(u64, usize)> = rig.uploads().iter().map(|it| (it.photo_id, it.subtitles.len())).collect();
    let [first, second] = with[..] else { panic!("{with:?}") };
    assert_eq!((first.1, second), (0, (line.video_id.unwrap(), 1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_videos_file_was_replaced_goes_with_the_video() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.on_change = OnChange::Replace).await;
    folder.film("talk.mp4");
    let first = folder.until(&rig, "talk.mp4", "done").await;
    fs::write(folder.path.join("talk.mp4"), super::film("changed", LARGE)).unwrap();
    folder.until_line(&rig, |line| line.id > first.id && line.state == "done").await;
    fs::write(folder.path.join("talk.en.srt"), SRT).unwrap();
    while subtitles(&rig).is_empty() {
        super::a_moment().await;
    }
    let line = until_along(&folder, &rig, "talk.mp4", &["talk.en.srt"]).await;
    assert_eq!((line.video_id, line.beside_failure), (first.video_id, None));
}
