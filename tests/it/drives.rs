//! A drive that goes away and comes back, at every place of an upload: it waits, it goes on by itself, and what the
//! workspace has is not sent again. The drive is a folder here that is renamed; the real thing, a mount, is in the
//! command's own tests.

use crate::rig::{LARGE, Making, Rig, SMALL, bytes, play};
use slipway_engine::Settle;
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::{Intent, ItemId};
use slipway_sandbox::{Endpoint, Fault, Switches};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A drive with one file on it.
struct Drive {
    here: PathBuf,
    away: PathBuf,
    file: PathBuf,
}

impl Drive {
    fn new(rig: &Rig, size: u64) -> Self {
        let folder = rig.file("beside the drive", 1).parent().unwrap().to_owned();
        let (here, away) = (folder.join("drive"), folder.join("in a drawer"));
        fs::create_dir(&here).unwrap();
        let file = rig.file("drive/talk.mp4", size);
        Self { here, away, file }
    }

    fn goes(&self) {
        fs::rename(&self.here, &self.away).unwrap();
    }

    fn returns(&self) {
        fs::rename(&self.away, &self.here).unwrap();
    }
}

/// Nothing is tried again by the clock alone: what goes on here does so because the drive is back.
fn patient() -> Making {
    Making::of(Switches::documented()).looking_briefly().timed(|timing| timing.parked = Duration::from_hours(1))
}

async fn held(rig: &Rig, file: &Path, fault: Fault, effect: &str) -> ItemId {
    rig.sandbox().inject(fault);
    let id = rig.add(file).await;
    rig.until_struck(effect).await;
    id
}

/// Asserts that the item waits for its drive, and answers when it does.
async fn until_away(rig: &Rig, id: ItemId, what: &str) {
    let failure = rig.until_waiting(id).await;
    assert_eq!((failure.code, failure.remedy()), (Code::SourceAway, Remedy::WaitForFile), "{what}: {}", rig.story());
    let item = rig.engine().item(id).await.unwrap();
    assert_eq!(item.failure, None, "{what}: waiting is no failure");
    assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
}

/// A drive that went away in the middle of an upload, and the item that waits for it.
async fn gone_in_mid_upload(rig: &Rig) -> (Drive, ItemId) {
    let drive = Drive::new(rig, LARGE);
    let id = rig.held_in_mid_upload(&drive.file).await;
    tokio::join!(until_away(rig, id, "away"), async {
        drive.goes();
        rig.sandbox().clear_faults();
    });
    (drive, id)
}

/// Asserts that the log tells of the wait, and that what was acknowledged before it was sent once.
async fn assert_nothing_sent_twice(rig: &Rig, id: ItemId, what: &str) {
    let log = rig.log(id).await;
    let (before, _) = log.split_once("waiting: The drive").unwrap_or_else(|| panic!("{what}: {log}"));
    let acknowledged = before.lines().filter_map(|line| line.strip_prefix("chunk ")?.strip_suffix(" acknowledged"));
    for number in acknowledged {
        let number: u64 = number.parse().unwrap();
        let sent = rig.chunks().into_iter().filter(|it| it.method == "POST" && it.chunk == Some(number)).count();
        assert_eq!(sent, 1, "{what}, chunk {number}: {log}{}", rig.story());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_waits_for_its_drive_wherever_it_was_and_goes_on_by_itself() {
    let token = || Fault::on(Endpoint::GetUploadToken).stall_before_reading();
    let chunk = |number| Fault::on(Endpoint::Chunk).chunk(number).stall_before_reading();
    let look = || Fault::on(Endpoint::List).stall_before_reading();
    let places = [
        ("before the token", token(), SMALL),
        ("before the token", token(), LARGE),
        ("at the first chunk", chunk(1), LARGE),
        ("at the third chunk", chunk(3), LARGE),
        ("in the middle of a chunk", Fault::on(Endpoint::Chunk).chunk(3).stall_body_after(6_000), LARGE),
        ("before the commit", look(), SMALL),
        ("before the commit", look(), LARGE),
    ];
    play(places, |(place, fault, size)| async move {
        let what = format!("{place}, {size}");
        let rig = patient().start().await;
        let drive = Drive::new(&rig, size);
        let effect = if place.starts_with("in the middle") { "StallBodyAfter" } else { "StallBeforeReading" };
        let id = held(&rig, &drive.file, fault, effect).await;
        tokio::join!(until_away(&rig, id, &what), async {
            drive.goes();
            rig.sandbox().clear_faults();
        });
        drive.returns();
        rig.assert_done_once(&what, &rig.rest(id).await);
        assert_nothing_sent_twice(&rig, id, &what).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drive_that_is_away_at_the_start_or_after_a_pause_is_waited_for() {
    play([false, true], |restarted| async move {
        let what = format!("restarted: {restarted}");
        let mut rig = patient().start().await;
        let drive = Drive::new(&rig, LARGE);
        let id = rig.held_in_mid_upload(&drive.file).await;
        rig.engine().set_intent(id, Intent::Pause).await.unwrap();
        rig.until(id, |item| item.intent == Intent::Pause).await;
        drive.goes();
        rig.sandbox().clear_faults();
        if restarted {
            rig.restart().await;
        }
        tokio::join!(until_away(&rig, id, &what), async {
            rig.engine().set_intent(id, Intent::Run).await.unwrap();
        });
        drive.returns();
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drive_that_returns_with_other_bytes_is_a_changed_file() {
    let rig = patient().start().await;
    let (drive, id) = gone_in_mid_upload(&rig).await;
    fs::write(drive.away.join("talk.mp4"), bytes("another cut", LARGE)).unwrap();
    drive.returns();
    let item = rig.rest(id).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::SourceChanged), "{}", rig.story());
    rig.engine().retry(id).await.unwrap();
    rig.assert_done_once("as it is now", &rig.rest(id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_its_drive_can_be_taken_out() {
    let rig = patient().start().await;
    let (drive, id) = gone_in_mid_upload(&rig).await;
    rig.engine().set_intent(id, Intent::Cancel).await.unwrap();
    let item = rig.rest(id).await;
    assert_eq!((item.stage.as_str(), item.video_id), ("cancelled", None), "{}", rig.story());
    drive.returns();
    assert!(rig.uploads().is_empty(), "{}", rig.story());
}

/// An unclear commit whose drive is away: the return of the drive can answer what a person would be asked, so nobody is
/// asked before; and nothing is taken for lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unclear_commit_waits_for_its_drive_and_is_settled_by_its_return() {
    play([SMALL, LARGE], |size| async move {
        let what = format!("{size}");
        let rig = patient().start().await;
        let drive = Drive::new(&rig, size);
        let lost = Fault::on(Endpoint::Commit).lose_answer_before_work();
        let id = held(&rig, &drive.file, lost, "LoseAnswerBeforeWork").await;
        tokio::join!(until_away(&rig, id, &what), async { drive.goes() });
        let item = rig.engine().item(id).await.unwrap();
        assert!(item.unsettled, "{what}: {item:?}");
        rig.engine().clear(id).await.unwrap_err();
        rig.engine().settle(id, Settle::SendAgain).await.unwrap_err();
        drive.returns();
        rig.assert_done_once(&what, &rig.rest(id).await);
        rig.assert_commits_alone(&what);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unclear_commit_whose_drive_stays_away_is_looked_for_all_the_same_and_can_be_cancelled() {
    play([true, false], |arrived_late| async move {
        let what = format!("arrived late: {arrived_late}");
        let making = Making::of(Switches::documented()).looking_briefly();
        let rig = making.start().await;
        let drive = Drive::new(&rig, SMALL);
        let commit = Fault::on(Endpoint::Commit);
        let lost = if arrived_late { commit.lose_answer_after_work() } else { commit.lose_answer_before_work() };
        // What arrived is not listed until somebody takes this away.
        rig.sandbox().inject(Fault::on(Endpoint::List).always().with(slipway_sandbox::Effect::EmptyList));
        rig.sandbox().inject(lost);
        let id = rig.add(&drive.file).await;
        rig.until_struck("LoseAnswer").await;
        drive.goes();
        let failure = rig.until_waiting(id).await;
        assert_eq!(failure.code, Code::SourceAway, "{what}: {}", rig.story());
        rig.sandbox().clear_faults();
        if !arrived_late {
            rig.engine().set_intent(id, Intent::Cancel).await.unwrap();
        }
        let item = rig.rest(id).await;
        let expected = if arrived_late { ("done", 1) } else { ("cancelled", 0) };
        assert_eq!((item.stage.as_str(), rig.uploads().len()), expected, "{what}: {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_needs_its_drive_no_more() {
    let rig = patient().start().await;
    let drive = Drive::new(&rig, LARGE);
    let mut add = rig.request(&drive.file);
    add.publish = Some(slipway_engine::item::Publish::AtOnce);
    rig.sandbox().inject(Fault::on(Endpoint::Update).stall_before_reading());
    let id = rig.add_as(add).await.item.id;
    rig.until_struck("StallBeforeReading").await;
    drive.goes();
    rig.sandbox().clear_faults();
    let item = rig.rest(id).await;
    assert_eq!((item.stage.as_str(), item.published), ("done", true), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drive_that_is_away_at_intake_is_not_taken_in_and_nothing_is_asked_of_the_workspace() {
    let rig = patient().start().await;
    let drive = Drive::new(&rig, SMALL);
    drive.goes();
    let failure = rig.engine().add(rig.request(&drive.file)).await.unwrap_err();
    assert_eq!(failure.code, Code::SourceMissing);
    assert!(rig.engine().items().await.unwrap().is_empty() && rig.sandbox().requests().is_empty());
    drive.returns();
    rig.assert_done_once("now it is there", &rig.upload(&drive.file).await);
}
