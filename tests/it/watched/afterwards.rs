//! What is done with a file once its video is there, and only then.

use super::{Watched, a_moment, film, rig};
use crate::rig::SMALL;
use slipway_engine::failure::Code;
use slipway_engine::folder::AfterUpload;
use slipway_sandbox::{Endpoint, Fault};
use std::fs;
use std::path::Path;

async fn until_gone(file: &Path) {
    while file.exists() {
        a_moment().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_moved_when_its_video_is_there_and_the_next_of_its_name_is_another() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.after = AfterUpload::Move).await;
    fs::write(folder.path.join("talk.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n").unwrap();
    for (bytes, place) in [("one", "Published/talk.mp4"), ("two", "Published/talk (2).mp4")] {
        let file = folder.path.join("talk.mp4");
        fs::write(&file, film(bytes, SMALL)).unwrap();
        let line = folder.until(&rig, place, "done").await;
        until_gone(&file).await;
        let put_away = folder.path.join(place);
        assert_eq!(fs::read(&put_away).unwrap(), film(bytes, SMALL));
        assert_eq!(rig.copies(&put_away).remove(0).photo_id, line.video_id.unwrap());
    }
    assert!(folder.path.join("Published/talk.en.srt").exists());
    assert_eq!(rig.uploads().len(), 2, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_stays_until_the_workspace_has_named_its_video_and_where_it_is_another_by_then() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.after = AfterUpload::Move).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).always().stall_before_reading());
    let held = folder.film("held.mp4");
    rig.until_struck("StallBeforeReading").await;
    // Everything else goes on around it meanwhile.
    folder.until_state(&rig, |state| state == slipway_engine::FolderState::Watching).await;
    assert!(held.exists());
    rig.sandbox().clear_faults();
    folder.until(&rig, "Published/held.mp4", "done").await;
    until_gone(&held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_put_away_is_told_of_and_keeps_no_other_from_it() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.after = AfterUpload::Move).await;
    let in_the_way = folder.path.join("Published/sub");
    fs::create_dir(folder.path.join("Published")).unwrap();
    fs::write(&in_the_way, "a file where a folder would have to be").unwrap();
    let stays = folder.film("sub/one.mp4");
    folder.until(&rig, "sub/one.mp4", "done").await;
    let told = async || {
        let view = folder.view(&rig).await;
        view.failure.is_some_and(|failure| failure.code == Code::NotPutAway) && view.finishing == 0
    };
    while !told().await {
        a_moment().await;
    }
    for name in ["two.mp4", "three.mp4"] {
        folder.film(name);
        folder.until(&rig, &format!("Published/{name}"), "done").await;
    }
    while !told().await {
        a_moment().await;
    }
    assert!(stays.exists());
    // Whoever mends it need not say so.
    fs::remove_file(in_the_way).unwrap();
    folder.until(&rig, "Published/sub/one.mp4", "done").await;
    while folder.view(&rig).await.failure.is_some() {
        a_moment().await;
    }
}
