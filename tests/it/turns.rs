//! Whose chunk is next, how many a workspace is sent at once, and how fast.

use crate::rig::{CHUNK, LARGE, Making, Rig, SMALL};
use slipway_engine::item::Lane;
use slipway_engine::{Add, Caps, Throttle};
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};

const CHUNKS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_hands_over_is_on_the_wire_with_the_next_chunk_whatever_folders_bring() {
    let rig = Rig::new(Profile::Documented).await;
    rig.engine().set_in_flight(1).await.unwrap();
    for chunk in 2..=CHUNKS {
        rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(chunk).always().stall_before_reading());
    }
    let mut folders = Vec::new();
    // As many as may be on the line at once.
    for name in ["one.mp4", "another.mp4"] {
        let mut add = rig.request(&rig.file(name, CHUNKS * CHUNK + 7));
        add.lane = Lane::Automatic;
        folders.push(rig.add_as(add).await.item.id);
    }
    rig.until_struck("StallBeforeReading").await;
    let film = rig.add(&rig.file("film.mp4", LARGE)).await;
    let cover = rig.add(&rig.file("cover.jpg", SMALL)).await;
    for id in [film, cover] {
        rig.until(id, |item| item.stage == "uploading").await;
    }
    let before = rig.chunks().len();
    rig.sandbox().clear_faults();
    for id in folders.into_iter().chain([film, cover]) {
        assert_eq!(rig.rest(id).await.stage, "done");
    }
    let name = |it: &RequestRecord| it.param("resumableFilename").unwrap_or_default().to_owned();
    let order: Vec<String> = rig.chunks().iter().skip(before).map(name).collect();
    // The place that came free, and one more where somebody else was asked for it in that very moment.
    for name in ["cover.jpg", "film.mp4"] {
        let place = order.iter().position(|it| it == name).unwrap();
        assert!(place < 4, "{name} waited: {order:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_for_a_workspace_that_is_away_keep_no_others_waiting() {
    let mut making = Making::of(Switches::of(Profile::Documented));
    making.signed_out = true;
    let mut rig = making.start().await;
    let there = Rig::new(Profile::Documented).await;
    for of in [&rig, &there] {
        rig.engine().sign_in(of.origin(), of.sandbox().token().to_owned().into()).await.unwrap();
    }
    rig.close_workspace().await;
    let mut waiting = Vec::new();
    for name in ["one.mp4", "two.mp4", "three.mp4"] {
        waiting.push(rig.add(&rig.file(name, LARGE)).await);
    }
    rig.until_held_up(waiting[0]).await;
    let add = Add { workspace: there.origin(), ..rig.request(&rig.file("film.mp4", LARGE)) };
    let id = rig.add_as(add).await.item.id;
    assert_eq!(rig.rest(id).await.stage, "done");
    // Of the others no more have begun than may.
    let begun = rig.engine().progress().await.unwrap();
    let begun = begun.iter().filter(|it| waiting.contains(&it.id)).count();
    assert!(begun < waiting.len(), "{begun}");
    rig.open_workspace().await;
    for id in waiting {
        assert_eq!(rig.rest(id).await.stage, "done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_turns_a_chunk_away_is_sent_fewer_at_once_and_the_log_says_so() {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).nth(3).answer(429, "").header("Retry-After", "0"));
    let file = rig.file("film.mp4", CHUNKS * CHUNK + 7);
    let id = rig.add(&file).await;
    rig.assert_done_once("turned away", &rig.rest(id).await);
    let log = rig.engine().log(id).await.unwrap();
    assert!(log.iter().any(|line| line.text.contains("turned away: ")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_a_file_back_without_breaking_it_off_and_is_lifted_at_once() {
    let rig = Rig::new(Profile::Documented).await;
    let slowest = Throttle { caps: Caps { all: Some(1), ..Caps::default() }, ..Throttle::default() };
    rig.throttle(slowest).await;
    let id = rig.add(&rig.file("film.mp4", LARGE)).await;
    rig.sandbox().until(|seen| seen.chunks().count() > 0).await;
    rig.throttle(Throttle::default()).await;
    let item = rig.rest(id).await;
    rig.assert_done_once("held back", &item);
    assert_eq!(item.resent, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_piece_is_waited_for_until_the_workspace_has_taken_a_file_of_the_kind() {
    let mut rig = Rig::new(Profile::Documented).await;
    let third_chunks = |rig: &Rig| rig.chunks().iter().filter(|it| it.chunk == Some(3)).count();
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
    let first = rig.add(&rig.file("one.mp4", LARGE)).await;
    rig.until_struck("StallBeforeReading").await;
    assert_eq!(third_chunks(&rig), 0, "{}", rig.story());
    rig.sandbox().clear_faults();
    assert_eq!(rig.rest(first).await.stage, "done");

    rig.restart().await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
    let second = rig.add(&rig.file("another.MP4", LARGE)).await;
    rig.sandbox().until(|seen| seen.chunks().filter(|it| it.chunk == Some(3)).count() == 2).await;
    rig.sandbox().clear_faults();
    assert_eq!(rig.rest(second).await.stage, "done");
}
