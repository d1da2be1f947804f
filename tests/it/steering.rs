//! Pause, resume, cancel, clear, and who goes first.

use crate::rig::{CHUNK, LARGE, Making, Rig, SMALL, play};
use slipway_engine::failure::Code;
use slipway_engine::item::{Intent, ItemId, Lane};
use slipway_engine::{ItemView, Settle};
use slipway_sandbox::{Effect, Endpoint, Fault, Profile, Switches};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Nine chunks; the eighth is the commit.
const FILM: u64 = 9 * CHUNK + 3;

fn brief() -> Making {
    Making::of(Switches::documented()).looking_briefly()
}

/// Begins an upload and holds it when so many chunks have been acknowledged: all others stand still.
async fn held_after(rig: &Rig, acknowledged: u64) -> (PathBuf, ItemId) {
    let file = rig.file("film.mp4", FILM);
    let rest = Fault::on(Endpoint::Chunk).nth(acknowledged as u32 + 1).always();
    rig.sandbox().inject(rest.stall_before_reading());
    let id = rig.add(&file).await;
    rig.until(id, |item| item.stored >= acknowledged * CHUNK).await;
    rig.until_struck("StallBeforeReading").await;
    (file, id)
}

async fn pause(rig: &Rig, id: ItemId) -> ItemView {
    rig.engine().set_intent(id, Intent::Pause).await.unwrap();
    rig.until(id, |item| item.intent == Intent::Pause).await
}

/// How often each chunk was taken.
fn taken(rig: &Rig) -> BTreeMap<u64, usize> {
    let mut taken = BTreeMap::new();
    for chunk in rig.chunks().into_iter().filter(|it| it.status == Some(200)) {
        *taken.entry(chunk.chunk.unwrap()).or_default() += 1;
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_pause_only_what_is_missing_is_sent() {
    let ways = [(false, Profile::Documented), (true, Profile::Documented), (true, Profile::Hostile)];
    let all = ways.into_iter().flat_map(|way| [1, 2, 5].map(|acknowledged| (way, acknowledged)));
    play(all, |((restarted, profile), acknowledged)| async move {
        let what = format!("{profile:?}, after {acknowledged}, restarted: {restarted}");
        let mut rig = Rig::new(profile).await;
        let (_, id) = held_after(&rig, acknowledged).await;
        pause(&rig, id).await;
        if restarted {
            rig.restart().await;
        }
        let item = rig.engine().item(id).await.unwrap();
        assert_eq!((item.stage.as_str(), item.intent), ("uploading", Intent::Pause), "{what}");
        assert_eq!(item.stored / CHUNK, acknowledged, "{what}");
        let before: Vec<_> = rig.chunks().into_iter().filter(|it| it.status == Some(200)).map(|it| it.chunk).collect();
        rig.sandbox().clear_faults();
        rig.engine().set_intent(id, Intent::Run).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(id).await);
        rig.assert_commits_alone(&what);
        for number in before.into_iter().flatten() {
            assert_eq!(taken(&rig)[&number], 1, "{what}: chunk {number}; {}", rig.story());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_item_stays_paused_until_it_is_resumed_and_others_go_on() {
    let mut rig = Rig::new(Profile::Documented).await;
    let (film, id) = held_after(&rig, 3).await;
    pause(&rig, id).await;
    rig.sandbox().clear_faults();
    rig.restart().await;
    let other = rig.upload(&rig.file("other.mp4", LARGE)).await;
    assert_eq!(other.stage, "done");
    let item = rig.engine().item(id).await.unwrap();
    assert_eq!((item.stage.as_str(), item.intent), ("uploading", Intent::Pause));
    assert!(rig.copies(&film).is_empty());
    rig.engine().set_intent(id, Intent::Run).await.unwrap();
    assert_eq!(rig.rest(id).await.stage, "done");
    assert_eq!(rig.copies(&film).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chunks_that_the_server_lost_during_a_pause_are_sent_again() {
    play([true, false], |all| async move {
        let what = format!("all lost: {all}");
        let rig = brief().start().await;
        let (_, id) = held_after(&rig, 5).await;
        pause(&rig, id).await;
        rig.sandbox().clear_faults();
        let identifier = rig.chunks()[0].identifier.clone().unwrap();
        if all {
            rig.sandbox().purge_chunks();
        } else {
            let lost = format!("resumable-{identifier}.1");
            let dir = walk(rig.sandbox().dir()).into_iter().find(|path| path.ends_with(&lost)).expect("it lies there");
            std::fs::remove_file(dir).unwrap();
        }
        rig.engine().set_intent(id, Intent::Run).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(id).await);
        if !all {
            assert_eq!(taken(&rig)[&1], 2, "{what}: {}", rig.story());
        }
    })
    .await;
}

fn walk(dir: PathBuf) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(path) } else { vec![path] }).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_upload_leaves_nothing_and_can_be_cleared() {
    play([1, 5], |acknowledged| async move {
        let rig = brief().start().await;
        let (file, id) = held_after(&rig, acknowledged).await;
        rig.engine().set_intent(id, Intent::Cancel).await.unwrap();
        let item = rig.rest(id).await;
        assert_eq!((item.stage.as_str(), item.video_id), ("cancelled", None));
        rig.sandbox().clear_faults();
        rig.engine().clear(id).await.unwrap();
        assert!(rig.engine().items().await.unwrap().is_empty());
        // A cancelled file that is handed over again is a new wish.
        assert_eq!(rig.upload(&file).await.stage, "done");
        rig.assert_arrived_once("again", &file);
    })
    .await;
}

/// What becomes of a commit that is cancelled after it was sent.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Arrived,
    ArrivedInSilence,
    NeverArrived,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cancelling_after_the_commit_was_sent_settles_first_and_sends_nothing_more() {
    let fates = [Fate::Arrived, Fate::ArrivedInSilence, Fate::NeverArrived];
    let all = [SMALL, LARGE].into_iter().flat_map(|size| fates.map(|fate| (size, fate)));
    play(all, |(size, fate)| async move {
        let what = format!("{fate:?}, {size}");
        let rig = brief().start().await;
        let commit = || Fault::on(Endpoint::Commit);
        // Held until the server's clock says so.
        let hold = Duration::from_hours(1);
        rig.sandbox().inject(commit().with(Effect::StallBeforeReading { millis: Some(hold) }));
        match fate {
            Fate::Arrived => {}
            Fate::ArrivedInSilence => rig.sandbox().inject(commit().lose_answer_after_work()),
            Fate::NeverArrived => rig.sandbox().inject(commit().lose_answer_before_work()),
        }
        let file = rig.file("talk.mp4", size);
        let id = rig.add(&file).await;
        rig.until_struck("StallBeforeReading").await;
        rig.until(id, |item| item.stage == "confirming").await;
        let sent = rig.chunks().len();
        rig.engine().set_intent(id, Intent::Cancel).await.unwrap();
        let item = rig.engine().item(id).await.unwrap();
        assert_eq!((item.stage.as_str(), item.unsettled), ("confirming", true), "{what}");
        rig.engine().clear(id).await.unwrap_err();
        rig.sandbox().advance_clock(hold);
        let item = rig.rest(id).await;
        assert_eq!(item.stage, "cancelled", "{what}: {}", rig.story());
        let videos: Vec<_> = rig.copies(&file).iter().map(|video| video.photo_id).collect();
        assert_eq!(item.video_id, videos.first().copied(), "{what}: what is there is told");
        assert_eq!(videos.len(), usize::from(fate != Fate::NeverArrived), "{what}: {}", rig.story());
        assert_eq!(rig.chunks().len(), sent, "{what}: {}", rig.story());
        rig.engine().clear(id).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pausing_after_the_commit_was_sent_lets_it_settle() {
    let rig = brief().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).assembly_delay(Duration::from_millis(300)));
    let file = rig.file("talk.mp4", LARGE);
    let id = rig.add(&file).await;
    rig.until_struck("AssemblyDelay").await;
    rig.engine().set_intent(id, Intent::Pause).await.unwrap();
    rig.until(id, |item| item.stage == "stored").await;
    rig.engine().set_intent(id, Intent::Run).await.unwrap();
    rig.assert_done_once("paused and resumed", &rig.rest(id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_can_neither_be_cleared_nor_cancelled_away() {
    let rig = brief().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).always().answer(200, "ok"));
    let item = rig.upload(&rig.file("talk.mp4", SMALL)).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::OutcomeUnknown));
    rig.engine().clear(item.id).await.unwrap_err();
    rig.engine().set_intent(item.id, Intent::Cancel).await.unwrap_err();
    assert_eq!(rig.engine().items().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_file_goes_ahead_while_a_film_is_on_its_way() {
    let rig = Rig::new(Profile::Documented).await;
    let (film, id) = held_after(&rig, 1).await;
    let small = rig.file("cover.jpg", SMALL);
    let mut automatic = rig.request(&rig.file("folder.mp4", SMALL));
    automatic.lane = Lane::Automatic;
    // The film's chunks take up every place, so the first that is free is the small one's.
    let id_small = rig.add(&small).await;
    let id_automatic = rig.add_as(automatic).await.item.id;
    rig.sandbox().clear_faults();
    assert_eq!(rig.rest(id_small).await.stage, "done");
    assert_eq!(rig.rest(id_automatic).await.stage, "done");
    assert_eq!(rig.rest(id).await.stage, "done");
    assert_eq!((rig.copies(&film).len(), rig.copies(&small).len()), (1, 1));
    let created = |name: &str| rig.uploads().into_iter().find(|it| it.original_filename == name).unwrap().photo_id;
    assert!(created("cover.jpg") < created("film.mp4"), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_says_send_again_is_heard_over_their_earlier_cancel() {
    play([Intent::Cancel, Intent::Pause], |earlier| async move {
        let what = format!("{earlier:?}");
        let rig = brief().start().await;
        let hold = Duration::from_hours(1);
        rig.sandbox().inject(Fault::on(Endpoint::Commit).with(Effect::StallBeforeReading { millis: Some(hold) }));
        rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
        rig.sandbox().inject(Fault::on(Endpoint::List).nth(2).always().answer_as_anonymous());
        let file = rig.file("talk.mp4", LARGE);
        let id = rig.add(&file).await;
        rig.until_struck("StallBeforeReading").await;
        rig.until(id, |item| item.stage == "confirming").await;
        rig.engine().set_intent(id, earlier).await.unwrap();
        rig.sandbox().advance_clock(hold);
        rig.assert_asks(&what, &rig.rest(id).await);
        rig.sandbox().clear_faults();
        rig.engine().settle(id, Settle::SendAgain).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}
