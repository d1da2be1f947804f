//! Requests that nobody waits for any more: what a network still holds, and what a server still works at. Nothing ever
//! runs beside a commit under its identifier, and what comes late does no harm.

use crate::rig::{CHUNK, LARGE, Making, Rig, play};
use slipway_engine::item::Intent;
use slipway_sandbox::{Effect, Endpoint, Fault, Overlapping, Profile, Switches};
use std::time::Duration;

/// Nine chunks; the eighth is the commit.
const FILM: u64 = 9 * CHUNK + 3;

fn chunk(number: u64) -> Fault {
    Fault::on(Endpoint::Chunk).chunk(number)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Asserts that the file arrived once and that its commits had their identifier to themselves.
#[track_caller]
fn assert_undisturbed(rig: &Rig, what: &str, item: &slipway_engine::ItemView) {
    rig.assert_done_once(what, item);
    rig.assert_commits_alone(what);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_runs_beside_a_commit_in_a_plain_upload_nor_in_one_with_retries() {
    let troubles: Vec<Vec<Fault>> = vec![
        vec![],
        vec![Fault::on(Endpoint::Chunk).times(6).answer(502, "")],
        vec![Fault::on(Endpoint::Chunk).nth(3).times(4).lose_answer_after_work()],
        vec![Fault::on(Endpoint::Chunk).nth(2).times(4).lose_answer_before_work()],
        vec![Fault::on(Endpoint::Chunk).nth(2).times(3).cut_body_after(600)],
        vec![chunk(4).answer(500, ""), chunk(9).answer(503, ""), chunk(1).answer(429, "")],
        vec![Fault::on(Endpoint::Commit).times(2).answer(503, "")],
        // Taken, worked at, and answered only to a connection that is closed.
        vec![chunk(3).deliver_late(millis(100)), chunk(9).deliver_late(millis(100))],
        vec![chunk(5).stall_answer(millis(300)), chunk(6).hold_after_landing(millis(300))],
    ];
    let all = troubles.into_iter().flat_map(|it| [Profile::Documented, Profile::Hostile].map(|on| (on, it.clone())));
    play(all, |(profile, faults)| async move {
        let what = format!("{profile:?} {faults:?}");
        let rig = Rig::new(profile).await;
        for fault in faults {
            rig.sandbox().inject(fault);
        }
        let item = rig.upload(&rig.file("talk.mp4", FILM)).await;
        assert_undisturbed(&rig, &what, &item);
    })
    .await;
}

/// An attempt that we cut and that the server works at all the same, for less than the quiet time: the commit waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_waits_until_an_attempt_that_was_cut_cannot_run_any_more() {
    let effects = [
        Effect::StallBeforeReading { millis: Some(millis(1200)) },
        Effect::HoldAfterLanding { millis: millis(1200) },
        Effect::StallAnswer { millis: millis(1200) },
    ];
    let all = effects.into_iter().flat_map(|effect| [1, 4, 9].map(|number| (number, effect.clone())));
    play(all, |(number, effect)| async move {
        let what = format!("chunk {number}: {effect:?}");
        let making = Making::of(Switches::documented()).timed(|timing| {
            timing.chunk_answer = millis(500);
            timing.quiet_after_cut = millis(2500);
        });
        let rig = making.start().await;
        rig.sandbox().inject(chunk(number).with(effect));
        let item = rig.upload(&rig.file("talk.mp4", FILM)).await;
        assert!(rig.log(item.id).await.contains("waiting until no earlier attempt"), "{what}");
        assert_undisturbed(&rig, &what, &item);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_attempts_that_a_pause_or_a_stop_cut_are_waited_for_too() {
    play([false, true], |stop| async move {
        let what = if stop { "stopped and started" } else { "paused and resumed" };
        let making = Making::of(Switches::documented()).timed(|timing| timing.quiet_after_cut = Duration::from_secs(3));
        let mut rig = making.start().await;
        // These are on the server whole, and come to their end long after the connections are gone.
        rig.sandbox().inject(Fault::on(Endpoint::Chunk).nth(4).times(2).hold_after_landing(millis(1500)));
        let file = rig.file("talk.mp4", FILM);
        let id = rig.add(&file).await;
        rig.until_struck("HoldAfterLanding").await;
        if stop {
            rig.restart().await;
        } else {
            rig.engine().set_intent(id, Intent::Pause).await.unwrap();
            rig.engine().set_intent(id, Intent::Run).await.unwrap();
        }
        let item = rig.rest(id).await;
        assert_undisturbed(&rig, what, &item);
    })
    .await;
}

/// A commit of ours that we cut is an attempt like any other: it is not sent again while it may still run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_is_not_sent_again_while_the_first_may_still_run() {
    play([false, true], |killed| async move {
        let what = format!("killed: {killed}");
        let making = Making::of(Switches::documented()).looking_briefly().timed(|timing| {
            timing.commit_answer = millis(if killed { 60_000 } else { 300 });
            timing.quiet_after_cut = Duration::from_secs(3);
        });
        let mut rig = making.start().await;
        rig.sandbox().inject(Fault::on(Endpoint::Commit).assembly_delay(millis(1500)));
        let file = rig.file("talk.mp4", LARGE);
        let id = rig.add(&file).await;
        rig.until_struck("AssemblyDelay").await;
        if killed {
            rig.restart().await;
        }
        let item = rig.rest(id).await;
        assert_undisturbed(&rig, &what, &item);
    })
    .await;
}

/// A proxy that plays a request again after it was answered: nobody can wait for that, and it must do no harm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_deliveries_of_answered_chunks_do_no_harm() {
    let all = [Profile::Documented, Profile::Hostile].into_iter().flat_map(|profile| {
        [50, 200, 600, 1500].into_iter().flat_map(move |after| [1, 3, 9].map(move |number| (profile, after, number)))
    });
    play(all, |(profile, after, number)| async move {
        let what = format!("{profile:?}: chunk {number} again after {after} ms");
        let rig = Rig::new(profile).await;
        rig.sandbox().inject(chunk(number).ghost_after(millis(after)));
        let item = rig.upload(&rig.file("talk.mp4", FILM)).await;
        rig.sandbox().until(|seen| seen.requests().iter().any(|it| it.ghost_of.is_some() && it.ended.is_some())).await;
        rig.assert_done_once(&what, &item);
        let requests = rig.sandbox().requests();
        let is_ghost = |id| requests.iter().any(|it| it.id == id && it.ghost_of.is_some());
        let ours = rig.sandbox().beside_assembly().into_iter().filter(|it| !it.ghost && !is_ghost(it.assembling));
        assert_eq!(ours.count(), 0, "{what}: {}", rig.story());
    })
    .await;
}

/// The second delivery of the very commit, long after: the identifier is used up, and so is the token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_delivery_of_the_commit_makes_no_second_video() {
    let all = [1, FILM].into_iter().flat_map(|size| [Profile::Documented, Profile::Hostile].map(|on| (on, size)));
    play(all, |(profile, size)| async move {
        let what = format!("{profile:?} {size}");
        let rig = Rig::new(profile).await;
        rig.sandbox().inject(Fault::on(Endpoint::Commit).ghost_after(millis(900)));
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        rig.sandbox().until(|seen| seen.requests().iter().any(|it| it.ghost_of.is_some() && it.ended.is_some())).await;
        rig.assert_done_once(&what, &item);
        let beside = rig.sandbox().beside_assembly();
        assert!(beside.iter().all(|it| it.ghost && it.how == Overlapping::After), "{what}: {beside:#?}");
    })
    .await;
}

/// The first commit comes to its end only after the answer to the second: the token is the fence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_was_late_and_one_that_was_sent_again_make_one_video() {
    play([1, LARGE], |size| async move {
        let what = format!("{size}");
        let rig = Making::of(Switches::documented()).looking_briefly().start().await;
        rig.sandbox().inject(Fault::on(Endpoint::Commit).deliver_late(Duration::from_secs(2)));
        let file = rig.file("talk.mp4", size);
        let id = rig.add(&file).await;
        let item = rig.rest(id).await;
        rig.sandbox().until(|seen| seen.requests().iter().all(|it| it.ended.is_some())).await;
        rig.assert_done_once(&what, &item);
    })
    .await;
}
