//! Links: whoever may put files into a folder has nothing sent that lies outside of it.

use super::{Watched, place, rig};
use slipway_engine::failure::Code;
use slipway_engine::item::Companions;
use std::fs;
use std::os::unix::fs::symlink;

const SECRET: &str = "1\n00:00:01,000 --> 00:00:02,000\nWhat nobody was to see\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_beside_a_film_is_passed_over_and_the_log_says_so() {
    let rig = rig().await;
    let outside = place(&rig, "outside");
    fs::write(outside.join("secret.srt"), SECRET).unwrap();
    fs::copy("media/cover.jpg", outside.join("secret.jpg")).unwrap();
    fs::write(outside.join("secret.json"), r#"{"slipway": 1, "title": "What nobody was to read"}"#).unwrap();
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    for (from, to) in [("secret.srt", "talk.en.srt"), ("secret.jpg", "talk.jpg"), ("secret.json", "talk.json")] {
        symlink(outside.join(from), folder.path.join(to)).unwrap();
    }
    folder.film("talk.mp4");
    let line = folder.until(&rig, "talk.mp4", "done").await;
    let item = rig.engine().item(line.item.unwrap()).await.unwrap();
    assert_eq!((&*item.details.title, item.companions), ("talk", Companions::default()));
    let video = &rig.uploads()[0];
    assert_eq!((video.subtitles.len(), &video.thumbnail_sha256), (0, &None));
    let log = rig.log(line.item.unwrap()).await;
    for name in ["talk.en.srt", "talk.jpg", "talk.json"] {
        assert!(log.contains(&format!("{name} is passed over: it is a link")), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_details_that_names_a_link_holds_its_film_back() {
    for named in ["shown.srt", "below/shown.srt"] {
        let rig = rig().await;
        let outside = place(&rig, "outside");
        fs::write(outside.join("shown.srt"), SECRET).unwrap();
        let folder = Watched::new(&rig, "talks", |_| {}).await;
        symlink(outside.join("shown.srt"), folder.path.join("shown.srt")).unwrap();
        symlink(&outside, folder.path.join("below")).unwrap();
        let details = format!(r#"{{"slipway": 1, "subtitles": [{{"file": "{named}", "locale": "en"}}]}}"#);
        fs::write(folder.path.join("talk.json"), details).unwrap();
        folder.film("talk.mp4");
        let line = folder.until(&rig, "talk.mp4", "failed").await;
        let failure = rig.engine().item(line.item.unwrap()).await.unwrap().failure.unwrap();
        assert_eq!(failure.code, Code::CompanionInvalid, "{named}: {failure:?}");
        assert!(rig.sandbox().videos().is_empty(), "{named}");
    }
}
