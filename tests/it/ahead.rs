//! The last piece sets out beside the others with its end held back. Until everything is true that a commit wants it is
//! nothing to the workspace, and it can be dropped as if it had never been.

use crate::rig::{CHUNK, LARGE, Making, PROFILES, Rig, play};
use slipway_engine::failure::Code;
use slipway_engine::item::{Intent, ItemId};
use slipway_sandbox::{Effect, Endpoint, Fault, Profile, RequestRecord, Switches};
use std::path::PathBuf;
use std::time::Duration;

/// Longer than any test, on the workspace's clock.
const HOUR: Duration = Duration::from_hours(1);

/// Of the five chunks of [`LARGE`].
const COMMIT: u64 = 4;

fn is_commit(request: &RequestRecord) -> bool {
    request.chunk == Some(COMMIT)
}

/// Waits until a part of the last piece is there, and no more comes.
async fn until_held(rig: &Rig) {
    let held = |it: &RequestRecord| is_commit(it) && it.body_bytes > 0;
    rig.sandbox().until(|seen| seen.chunks().any(held)).await;
    let whole = rig.chunks().iter().any(|it| is_commit(it) && it.whole.is_some());
    assert!(!whole, "{}", rig.story());
}

/// An upload whose third piece the workspace does not read, so that its last waits.
async fn held_by_another(rig: &Rig) -> (PathBuf, ItemId) {
    let file = rig.file("talk.mp4", LARGE);
    let id = rig.held_in_mid_upload(&file).await;
    until_held(rig).await;
    (file, id)
}

/// The log says once that a last piece set out.
async fn assert_set_out(rig: &Rig, id: ItemId, times: usize) {
    let log = rig.log(id).await;
    assert_eq!(log.matches("the last piece sets out").count(), times, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_on_its_way_while_others_are_and_whole_when_they_are_there_and_the_workspace_was_asked() {
    play(PROFILES, |profile| async move {
        let rig = Rig::new(profile).await;
        let (_, id) = held_by_another(&rig).await;
        rig.sandbox().clear_faults();
        rig.assert_done_once("beside", &rig.rest(id).await);
        rig.assert_commits_alone("beside");
        assert_set_out(&rig, id, 1).await;
        let (story, requests) = (rig.story(), rig.sandbox().requests());
        let commits: Vec<_> = requests.iter().filter(|it| is_commit(it)).collect();
        assert_eq!(commits.len(), 1, "{story}");
        let begins = |it: &&RequestRecord| it.api_method == "photo/redeem-upload-token" && !is_commit(it);
        assert!(requests.iter().filter(begins).all(|it| it.ended < commits[0].whole), "{story}");
        let look = requests.iter().find(|it| it.api_method == "photo/list").unwrap();
        assert!(look.started > commits[0].started && look.ended < commits[0].whole, "{story}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_end_stays_here_while_the_last_look_is_not_answered_and_a_pause_leaves_nothing_behind() {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox().inject(Fault::on(Endpoint::List).stall_before_reading());
    let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
    rig.until_struck("StallBeforeReading").await;
    until_held(&rig).await;
    rig.engine().set_intent(id, Intent::Pause).await.unwrap();
    rig.sandbox().until(|seen| seen.chunks().any(|it| is_commit(it) && it.ended.is_some())).await;
    assert!(rig.uploads().is_empty() && rig.chunks().iter().all(|it| !it.completing), "{}", rig.story());
    rig.sandbox().clear_faults();
    rig.engine().set_intent(id, Intent::Run).await.unwrap();
    rig.assert_done_once("paused", &rig.rest(id).await);
    rig.assert_commits_alone("paused");
}

/// Whatever becomes of it before its end went out: no commit was sent, and the next one is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_does_not_wait_for_its_end_gets_it_anew() {
    let answer = |status: u16, body: &str| Effect::Answer { status, headers: vec![], body: body.into(), early: true };
    let ends = [
        answer(408, ""),
        answer(413, "<html>"),
        answer(401, ""),
        answer(500, ""),
        answer(200, "ok"),
        answer(200, "The token has expired"),
        Effect::CutBodyAfter { bytes: 2000 },
    ];
    play(
        ends.into_iter().flat_map(|end| PROFILES.map(|profile| (profile, end.clone()))),
        |(profile, end)| async move {
            let what = format!("{profile:?} {end:?}");
            let rig = Rig::new(profile).await;
            rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
            rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(COMMIT).with(end));
            let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
            rig.until_struck("StallBeforeReading").await;
            rig.sandbox().until(|seen| seen.chunks().any(|it| is_commit(it) && it.ended.is_some())).await;
            rig.sandbox().clear_faults();
            rig.assert_done_once(&what, &rig.rest(id).await);
            rig.assert_commits_alone(&what);
            let log = rig.log(id).await;
            assert!(log.contains("sent ahead") && !log.contains("unclear"), "{what}: {log}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_made_of_a_piece_without_its_end_is_named_and_nothing_more_is_sent() {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let number = "ok video.example 9 4711 tok";
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(COMMIT).answer(200, number).early());
    let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
    rig.until_struck("StallBeforeReading").await;
    rig.sandbox().until(|seen| seen.chunks().any(|it| is_commit(it) && it.ended.is_some())).await;
    rig.sandbox().clear_faults();
    let failure = rig.rest(id).await.failure.unwrap();
    assert_eq!(failure.code, Code::PieceTakenAsWhole);
    assert!(failure.detail.unwrap().contains("4711") && rig.uploads().is_empty(), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_stood_still_for_longer_than_servers_wait_is_sent_anew() {
    let making = Making::of(Switches::documented()).timed(|timing| timing.end_held_back = Duration::ZERO);
    let rig = making.start().await;
    let (_, id) = held_by_another(&rig).await;
    rig.sandbox().clear_faults();
    rig.assert_done_once("stood still", &rig.rest(id).await);
    rig.assert_commits_alone("stood still");
    let log = rig.log(id).await;
    assert!(log.contains("stood still for too long"), "{log}");
    assert_eq!(rig.chunks().iter().filter(|it| is_commit(it)).count(), 2, "{}", rig.story());
}

/// What another piece is answered changes the token, the plan or everything: the one that waits is of no use then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_token_was_refused_meanwhile_goes_anew_with_the_new_one() {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_answer(HOUR));
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).answer_after_work(200, "The token has expired"));
    let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
    rig.until_struck("StallAnswer").await;
    until_held(&rig).await;
    rig.sandbox().advance_clock(HOUR);
    rig.assert_done_once("refused", &rig.rest(id).await);
    let tokens: Vec<_> = rig.chunks().iter().filter_map(|it| it.param("upload_token").map(str::to_owned)).collect();
    let whole = rig.chunks().into_iter().find(|it| is_commit(it) && it.whole.is_some()).unwrap();
    assert!(tokens.iter().any(|it| Some(it.as_str()) != whole.param("upload_token")), "{}", rig.story());
    assert_eq!(whole.param("upload_token"), tokens.last().map(String::as_str), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_file_that_changes_meanwhile_is_never_whole() {
    let rig = Rig::new(Profile::Documented).await;
    let (file, id) = held_by_another(&rig).await;
    std::fs::write(&file, crate::rig::bytes("another version", LARGE)).unwrap();
    rig.sandbox().clear_faults();
    assert_eq!(rig.rest(id).await.failure.unwrap().code, Code::SourceChanged);
    assert!(rig.chunks().iter().all(|it| !is_commit(it) || it.whole.is_none()), "{}", rig.story());
    assert!(rig.uploads().is_empty());
}

/// The place that it had is another's while its end is held back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_single_place_for_all_pieces_nothing_waits_for_ever() {
    let rig = Rig::new(Profile::Documented).await;
    rig.engine().set_in_flight(1).await.unwrap();
    for number in [1, 2, 3, 5] {
        rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(number).times(2).answer(503, ""));
    }
    rig.assert_done_once("one place", &rig.upload(&rig.file("talk.mp4", LARGE)).await);
    rig.assert_commits_alone("one place");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_and_a_commit_that_is_sent_again_have_the_line_to_themselves() {
    let rig = Making::of(Switches::documented()).looking_briefly().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).times(2).lose_answer_before_work());
    let item = rig.upload(&rig.file("talk.mp4", LARGE)).await;
    rig.assert_done_once("sent again", &item);
    assert_set_out(&rig, item.id, 1).await;
    let replacement = rig.replacement(rig.uploads()[0].photo_id, &rig.file("cut.mp4", 8 * CHUNK));
    let id = rig.engine().replace(replacement).await.unwrap().item.id;
    assert_eq!(rig.rest(id).await.stage, "done");
    assert_set_out(&rig, id, 0).await;
}
