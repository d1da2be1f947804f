//! A machine that sleeps in the middle of its work. Every wait that would help by itself is longer than these tests, so
//! that what goes on goes on because the sleep was noticed.

use crate::rig::{LARGE, Making, Rig};
use crate::wall::Wall;
use jiff::SignedDuration;
use slipway_engine::failure::Code;
use slipway_engine::timing::Timing;
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

const NIGHT: SignedDuration = SignedDuration::from_hours(8);

async fn rig(wall: &Wall, change: impl FnOnce(&mut Timing)) -> Rig {
    let mut making = Making::of(Switches::of(Profile::Documented)).timed(|timing| {
        (timing.send_stall, timing.chunk_answer, timing.call) = (HOUR, HOUR, HOUR);
        change(timing);
    });
    making.clock = wall.clock();
    making.start().await
}

fn evening() -> Wall {
    Wall::at("2026-11-23T22:00[Europe/Copenhagen]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sleep_pieces_on_dead_connections_are_sent_again_at_once() {
    let wall = evening();
    let rig = rig(&wall, |_| {}).await;
    let file = rig.file("film.mp4", LARGE);
    let id = rig.held_in_mid_upload(&file).await;
    wall.sleeps(NIGHT);
    rig.assert_done_once("a piece", &rig.rest(id).await);
    assert!(rig.log(id).await.contains("no movement on the connection"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sleep_a_question_on_a_dead_connection_is_asked_again_at_once() {
    let wall = evening();
    let rig = rig(&wall, |_| {}).await;
    rig.sandbox().inject(Fault::on(Endpoint::GetUploadToken).stall_answer(HOUR));
    let id = rig.add(&rig.file("film.mp4", LARGE)).await;
    rig.until_struck("StallAnswer").await;
    wall.sleeps(NIGHT);
    rig.assert_done_once("a question", &rig.rest(id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_keeps_its_connection_over_a_sleep_and_its_answer_counts() {
    let wall = evening();
    let rig = rig(&wall, |_| {}).await;
    let assembling = |it: &RequestRecord| it.faults.iter().any(|fault| fault.contains("AssemblyDelay"));
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(4).assembly_delay(HOUR));
    let id = rig.add(&rig.file("film.mp4", LARGE)).await;
    rig.until_struck("AssemblyDelay").await;
    // Another one shows when the sleep has been noticed: then the piece that it was held at comes through, its fourth.
    let other = rig.file("other.mp4", LARGE);
    let other = rig.held_in_mid_upload(&other).await;
    wall.sleeps(NIGHT);
    rig.until(other, |item| item.stored >= 4 * crate::rig::CHUNK).await;
    assert_eq!(rig.chunks().iter().filter(|it| assembling(it)).count(), 1, "{}", rig.story());
    rig.sandbox().advance_clock(HOUR);
    rig.rest(other).await;
    let item = rig.rest(id).await;
    assert_eq!((item.stage.as_str(), rig.uploads().len()), ("done", 2), "{}", rig.story());
    let log = rig.log(id).await;
    assert!(!log.contains("no movement on the connection"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sleep_a_network_that_was_gone_is_asked_for_at_once() {
    let wall = evening();
    let mut rig = rig(&wall, |timing| (timing.backoff, timing.away_gap) = ((HOUR, HOUR), HOUR)).await;
    rig.close_workspace().await;
    let id = rig.add(&rig.file("film.mp4", LARGE)).await;
    assert_eq!(rig.until_held_up(id).await.code, Code::WorkspaceUnreachable);
    rig.open_workspace().await;
    wall.sleeps(NIGHT);
    rig.assert_done_once("offline", &rig.rest(id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_sleep_time_that_a_workspace_asked_for_has_passed() {
    let wall = evening();
    let rig = rig(&wall, |timing| timing.retry_after_cap = HOUR).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).answer(429, "").header("Retry-After", "3600"));
    let id = rig.add(&rig.file("film.mp4", LARGE)).await;
    assert_eq!(rig.until_held_up(id).await.code, Code::WorkspaceBusy);
    wall.sleeps(NIGHT);
    rig.assert_done_once("busy", &rig.rest(id).await);
}
