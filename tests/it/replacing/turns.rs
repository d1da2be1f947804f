//! Several replacements of one video: one after the other, in the order in which they were handed over, the file before
//! its thumbnail, and none past one that is in doubt.

use super::PROFILES;
use crate::rig::{LARGE, Making, Rig, SMALL, play, sha256};
use slipway_engine::failure::Code;
use slipway_engine::{Settle, Update};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};
use std::path::Path;

fn sha_of(file: &Path) -> String {
    sha256(&std::fs::read(file).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cut_that_was_handed_over_last_is_the_one_that_stays() {
    play(PROFILES, |profile| async move {
        let rig = Rig::new(profile).await;
        let video = rig.standing("cut 0.mp4").await;
        let mut ids = Vec::new();
        for (name, size) in [("cut 1.mp4", LARGE), ("cut 2.mp4", SMALL), ("cut 3.mp4", SMALL)] {
            ids.push(rig.replace(video, &rig.file(name, size)).await.item);
        }
        for item in &ids {
            assert_eq!(rig.rest(item.id).await.stage, "done", "{}", rig.story());
        }
        let after = rig.video(video);
        assert_eq!((after.sha256, after.replaced), (sha_of(&ids[2].file), 3), "{profile:?}: {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thumbnail_waits_for_the_file_and_until_that_is_processed() {
    let rig =
        Making::of(Switches::documented()).timed(|timing| timing.playable_limit = std::time::Duration::from_mins(1));
    let rig = rig.start().await;
    let video = rig.standing("film.mp4").await;
    let picture = rig.replace(video, &rig.picture("cover.png")).await.item;
    // Handed over later and sent first: nothing of the picture had begun, or it was through already.
    let film = rig.replace(video, &rig.file("second.mp4", LARGE)).await.item;
    assert_eq!(rig.rest(film.id).await.stage, "done", "{}", rig.story());
    let another = rig.replace(video, &rig.picture("another.png")).await.item;
    rig.sandbox()
        .until(|seen| {
            let asked = |it: &slipway_sandbox::RequestRecord| it.api_method == "photo/get-transcoding-progress";
            seen.requests().iter().filter(|it| asked(it)).count() > 3
        })
        .await;
    assert_ne!(rig.video(video).thumbnail_sha256, Some(sha_of(&another.file)), "not before it is processed");
    rig.sandbox().advance_clock(rig.sandbox().switches().transcoding);
    for item in [&picture, &another] {
        assert_eq!(rig.rest(item.id).await.stage, "done", "{}", rig.story());
    }
    let after = rig.video(video);
    assert_eq!(after.thumbnail_sha256, Some(sha_of(&another.file)));
    assert_eq!(after.sha256, sha_of(&film.file));
}

#[tokio::test]
async fn one_that_is_in_doubt_holds_up_the_next_until_somebody_has_settled_it() {
    let rig = Making::of(Switches::documented()).looking_briefly().start().await;
    let video = rig.standing("cut 0.mp4").await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
    let doubtful = rig.asks_about("in doubt", video, &rig.file("cut 1.mp4", SMALL), Code::ProbablyReplaced).await;
    let mut updates = rig.engine().subscribe();
    let next = rig.replace(video, &rig.file("cut 2.mp4", SMALL)).await.item;
    // Whoever watches is told, and need not watch for ever.
    let why = loop {
        match updates.recv().await.unwrap() {
            Update::Waiting { id, failure } if id == next.id => break failure.code,
            _ => {}
        }
    };
    assert_eq!(why, Code::BehindQuestion);
    // Something else goes through meanwhile: the queue is not held up, this video is.
    rig.upload(&rig.file("another.mp4", SMALL)).await;
    let queue = rig.engine().items().await.unwrap();
    let waiting = queue.iter().find(|item| item.id == next.id).unwrap();
    assert_eq!((waiting.stage.as_str(), waiting.behind), ("queued", Some(doubtful.id)));
    rig.engine().settle(doubtful.id, Settle::Arrived(video)).await.unwrap();
    assert_eq!(rig.rest(next.id).await.stage, "done", "{}", rig.story());
    assert_eq!(rig.video(video).sha256, sha_of(&next.file));
}

#[tokio::test]
async fn the_same_file_for_the_same_video_is_adopted_and_for_another_it_is_not() {
    let rig = Rig::new(Profile::Documented).await;
    let (one, other) = (rig.standing("one.mp4").await, rig.standing("other.mp4").await);
    rig.close_the_gate();
    let cut = rig.file("cut.mp4", SMALL);
    let first = rig.replace(one, &cut).await;
    let again = rig.replace(one, &cut).await;
    let elsewhere = rig.replace(other, &cut).await;
    let upload = rig.add_as(rig.request(&cut)).await;
    assert!(!first.adopted && again.adopted && !elsewhere.adopted && !upload.adopted);
    assert_eq!(first.item.id, again.item.id);
    rig.sandbox().clear_faults();
    for id in [first.item.id, elsewhere.item.id, upload.item.id] {
        assert_eq!(rig.rest(id).await.stage, "done", "{}", rig.story());
    }
    assert_eq!((rig.video(one).replaced, rig.video(other).replaced), (1, 1));
}
