//! Hours in which nothing is sent, and full speed for a while: on a clock of the test's own.

use crate::replacing::IN_PIECES;
use crate::rig::{LARGE, Making, Rig, SMALL};
use crate::wall::Wall;
use jiff::Zoned;
use slipway_engine::item::{Intent, ItemId, Lane};
use slipway_engine::timetable::{Hour, Timetable};
use slipway_engine::{Caps, Hold, InForce, Throttle, Update};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};

/// Mondays until noon nothing, and the rest of the week is limited.
fn morning_off() -> Throttle {
    let mut timetable = Timetable::default();
    timetable.0[0][..12].fill(Hour::Nothing);
    Throttle { timetable, ..Throttle::default() }
}

async fn rig(wall: &Wall) -> Rig {
    let mut making = Making::of(Switches::of(Profile::Documented));
    making.clock = wall.clock();
    making.start().await
}

async fn now(rig: &Rig) -> InForce {
    rig.engine().throttle().await.unwrap().now
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_an_hour_of_nothing_what_is_on_its_way_ends_nothing_begins_and_the_next_hour_goes_on_without_a_byte_twice() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let rig = rig(&wall).await;
    rig.engine().set_in_flight(1).await.unwrap();
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).always().stall_before_reading());
    let files = [rig.file("film.mp4", LARGE), rig.file("cover.jpg", SMALL)];
    let film = rig.add(&files[0]).await;
    rig.until_struck("StallBeforeReading").await;
    let mut news = rig.engine().subscribe();
    rig.throttle(morning_off()).await;
    let told = loop {
        if let Update::Throttle(told) = news.recv().await.unwrap() {
            break told;
        }
    };
    assert_eq!((told.now.manual, told.now.automatic), (Some(Hold::Timetable), Some(Hold::Timetable)));
    assert_eq!(told.now.until, Some("2026-11-23T12:00[Europe/Copenhagen]".parse::<Zoned>().unwrap().timestamp()));
    rig.sandbox().clear_faults();
    let small = rig.add(&files[1]).await;
    // The piece that stalled is over, and nothing was begun in its place.
    rig.until(film, |item| item.stored > 0).await;
    wall.goes_to("2026-11-23T11:59[Europe/Copenhagen]");
    assert_eq!(now(&rig).await.manual, Some(Hold::Timetable));
    let chunks = rig.chunks().len();
    assert!(rig.engine().item(small).await.unwrap().stage == "queued");
    assert_eq!(rig.chunks().len(), chunks);

    wall.goes_to("2026-11-23T12:00[Europe/Copenhagen]");
    for (id, file) in [film, small].into_iter().zip(&files) {
        let item = rig.rest(id).await;
        assert_eq!((item.stage.as_str(), item.resent, rig.copies(file).len()), ("done", 0, 1), "{}", rig.story());
    }
    assert_eq!(now(&rig).await.manual, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_speed_for_an_hour_goes_before_limits_and_timetable_and_ends_by_itself_even_after_a_restart() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let mut rig = rig(&wall).await;
    let caps = Caps { all: Some(1), ..Caps::default() };
    let until = wall.in_an_hour();
    rig.throttle(Throttle { caps, full_speed_until: Some(until), ..morning_off() }).await;
    assert_eq!(rig.upload(&rig.file("first.mp4", LARGE)).await.stage, "done");

    rig.restart().await;
    wall.goes_to("2026-11-23T08:59:59[Europe/Copenhagen]");
    let full = InForce { full_speed: true, until: Some(until), ..InForce::default() };
    assert_eq!(now(&rig).await, full);
    assert_eq!(rig.upload(&rig.file("second.mp4", LARGE)).await.stage, "done", "after a restart");

    let mut news = rig.engine().subscribe();
    wall.goes_to("2026-11-23T09:00[Europe/Copenhagen]");
    loop {
        if let Update::Throttle(told) = news.recv().await.unwrap() {
            assert_eq!((told.now.manual, told.now.full_speed), (Some(Hold::Timetable), false));
            break;
        }
    }
    rig.restart().await;
    assert_eq!(now(&rig).await.manual, Some(Hold::Timetable), "it is over after a restart, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_in_the_file_counts_when_somebody_says_so_and_at_the_next_start() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let mut rig = rig(&wall).await;
    let caps = Caps { all: Some(300_000), automatic: Some(200_000), manual: None };
    rig.set_throttle(Throttle { caps, ..Throttle::default() });
    assert_eq!(now(&rig).await.caps, Caps::default());
    rig.engine().throttle_changed().await.unwrap();
    assert_eq!(now(&rig).await.caps, caps);
    rig.set_throttle(Throttle::default());
    rig.restart().await;
    assert_eq!(now(&rig).await.caps, Caps::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cancelled_or_in_doubt_does_not_wait_for_the_timetable() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let rig = rig(&wall).await;
    // The answer to the last piece is lost: whether there is a video is found out with single calls.
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(4).lose_answer_after_work());
    let doubtful = rig.add(&rig.file("film.mp4", LARGE)).await;
    rig.until(doubtful, |item| item.stage == "confirming").await;
    rig.throttle(morning_off()).await;
    let mut add = rig.request(&rig.file("other.mp4", LARGE));
    add.lane = Lane::Automatic;
    let other = rig.add_as(add).await.item.id;
    let item = rig.rest(doubtful).await;
    rig.assert_done_once("found in the morning", &item);
    rig.engine().set_intent(other, Intent::Cancel).await.unwrap();
    assert_eq!(rig.rest(other).await.stage, "cancelled");
}

/// A commit of which nothing came is to be sent once more, and waits for noon.
async fn commit_that_waits_for_noon(rig: &Rig, id: ItemId) {
    rig.until(id, |item| item.stage == "confirming").await;
    rig.throttle(morning_off()).await;
    while !rig.log(id).await.contains("CommitAgain") {
        // Nobody is told of a line in the log.
        tokio::task::yield_now().await;
    }
    let mut news = rig.engine().subscribe();
    rig.engine().set_intent(id, Intent::Cancel).await.unwrap();
    while !matches!(news.recv().await.unwrap(), Update::Item(item) if item.id == id && item.intent == Intent::Cancel) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cancelled_while_its_commit_waits_to_be_sent_again_is_not_sent_when_it_may() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let rig = rig(&wall).await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
    let film = rig.add(&rig.file("film.mp4", LARGE)).await;
    commit_that_waits_for_noon(&rig, film).await;
    assert_eq!(rig.rest(film).await.stage, "cancelled", "{}", rig.log(film).await);
    assert!(rig.uploads().is_empty(), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_that_is_cancelled_while_its_commit_waits_to_be_sent_again_replaces_nothing() {
    let wall = Wall::at("2026-11-23T08:00[Europe/Copenhagen]");
    let rig = rig(&wall).await;
    let video = rig.upload(&rig.file("film.mp4", LARGE)).await.video_id.unwrap();
    rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
    let cut = rig.engine().replace(rig.replacement(video, &rig.file("cut.mp4", IN_PIECES))).await.unwrap().item.id;
    commit_that_waits_for_noon(&rig, cut).await;
    assert_eq!(rig.rest(cut).await.stage, "cancelled", "{}", rig.log(cut).await);
    assert_eq!(rig.uploads()[0].replaced, 0, "{}", rig.story());
}
