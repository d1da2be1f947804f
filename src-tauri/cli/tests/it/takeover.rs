//! One of two processes on a data folder is killed, stopped, or loses a word: each file arrives once, and whoever is left
//! goes on.

use crate::rig::{CHUNK, Rig, Running};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::path::Path;

async fn documented() -> Rig {
    Rig::new(Profile::Documented).await
}

/// Begins to upload this file beside an owner and waits until a chunk is there, which is then held.
async fn under_way(rig: &Rig, file: &Path) -> Running {
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(4).always().stall_before_reading());
    let mut guest = rig.upload(file).start();
    guest.until("uploading").await;
    rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(4) && !it.faults.is_empty())).await;
    guest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_that_is_repeated_after_a_lost_answer_adds_once() {
    let rig = documented().await;
    let owner = rig.owner_as(rig.slipway(["run", "--json"]).env("SLIPWAY_LOSE_ANSWER", "1")).await;
    let talk = rig.file("talk.mp4", CHUNK);
    // Without `--again` the file itself would be known again.
    let told = rig.upload(&talk).args(["--again", "--verbose"]).run().await;
    told.assert_code(0, "repeated");
    assert!(told.stderr.contains("the connection to the owner ended"), "no answer was lost: {told:#?}");
    assert_eq!(told.only("queued")["adopted"], false);
    rig.assert_arrived_once(&talk, "repeated");
    assert_eq!(owner.kill().await.named("done").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_killed_before_it_could_answer_a_hand_over_has_added_once() {
    let rig = documented().await;
    let owner = rig.slipway(["run", "--json"]).crashing_at("AfterHandOverIsDurable");
    let owner = rig.owner_as(owner).await;
    let talk = rig.file("talk.mp4", CHUNK);
    let told = rig.upload(&talk).arg("--again").run().await;
    assert!(owner.end().await.was_killed());
    told.assert_code(0, "repeated to itself");
    assert_eq!(told.only("queued")["adopted"], false);
    rig.assert_arrived_once(&talk, "repeated to itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_killed_in_the_middle_leaves_its_files_in_the_queue() {
    let rig = documented().await;
    let mut owner = rig.owner().await;
    let film = rig.file("film.mp4", 8 * CHUNK);
    let guest = under_way(&rig, &film).await;
    assert!(guest.kill().await.was_killed());
    rig.sandbox.clear_faults();
    owner.until("done").await;
    rig.assert_arrived_once(&film, "without its guest");
    // Nobody was told, so the same command is told now and sends nothing.
    let sent = rig.sandbox.requests().len();
    let told = rig.upload(&film).run().await;
    told.assert_code(0, "told");
    assert_eq!(told.only("queued")["adopted"], true);
    assert_eq!(rig.sandbox.requests().len(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_killed_while_it_hands_over_leaves_what_it_handed_over_and_can_say_it_all_again() {
    let rig = documented().await;
    let owner = rig.owner().await;
    let films: Vec<_> = (0..40).map(|number| rig.file(&format!("{number}.mp4"), 100)).collect();
    let mut guest = rig.upload(&films[0]).args(&films[1..]).start();
    guest.until("queued").await;
    let handed_over = guest.kill().await.named("queued").len();
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    assert!(listed.named("item").len() > handed_over, "those and the paused one: {listed:#?}");
    let again = rig.upload(&films[0]).args(&films[1..]).run().await;
    again.assert_code(0, "again");
    assert!(again.named("queued").iter().filter(|it| it["adopted"] == true).count() >= handed_over, "{again:#?}");
    assert_eq!((again.named("done").len(), rig.arrived().len()), (40, 40));
    drop(owner);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_killed_in_the_middle_is_followed_by_a_guest_with_one_video() {
    for profile in [Profile::Documented, Profile::Hostile] {
        let rig = Rig::new(profile).await;
        let owner = rig.owner().await;
        let film = rig.file("film.mp4", 8 * CHUNK);
        let guest = under_way(&rig, &film).await;
        assert!(owner.kill().await.was_killed());
        rig.sandbox.clear_faults();
        let told = guest.end().await;
        let case = &format!("{profile:?}");
        told.assert_code(0, case);
        let video = rig.assert_arrived_once(&film, case);
        assert_eq!(told.only("done")["video_id"], video.photo_id);
        rig.assert_nothing_beside_a_commit(case);
        for event in ["queued", "uploading", "confirming", "stored"] {
            told.only(event);
        }
        let again = rig.received_for_nothing(&film);
        assert!(again <= 3 * CHUNK, "{case}: {again} bytes more than the file; {}", rig.traffic());
        assert!(!rig.home().join("slipway.sock").exists(), "a guest takes its own away");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_guests_one_takes_over_and_the_others_follow_it() {
    let rig = documented().await;
    let owner = rig.owner().await;
    let films = ["one.mp4", "two.mp4", "three.mp4"].map(|name| rig.file(name, 8 * CHUNK));
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(4).always().stall_before_reading());
    let mut guests = films.each_ref().map(|film| rig.upload(film).start());
    for guest in &mut guests {
        guest.until("queued").await;
    }
    assert!(owner.kill().await.was_killed());
    rig.sandbox.clear_faults();
    let [one, two, three] = guests.map(Running::end);
    let (one, two, three) = tokio::join!(one, two, three);
    for told in [one, two, three] {
        told.assert_code(0, "one of three");
        told.only("done");
    }
    assert_eq!(rig.arrived().len(), 3, "{}", rig.traffic());
    rig.assert_nothing_beside_a_commit("three");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_ends_in_good_order_hands_the_folder_to_a_guest() {
    let rig = documented().await;
    let owner = rig.owner().await;
    let film = rig.file("film.mp4", 8 * CHUNK);
    let guest = under_way(&rig, &film).await;
    owner.signal("TERM").await;
    owner.end().await.assert_code(130, "a service that is stopped");
    rig.sandbox.clear_faults();
    guest.end().await.assert_code(0, "on its own");
    rig.assert_arrived_once(&film, "on its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_handed_to_an_owner_that_does_no_work_do_not_wait_for_ever() {
    let rig = documented().await;
    rig.sandbox.inject(Fault::on(Endpoint::Any).always().stall_before_reading());
    // It owns the folder while it tries the token.
    let login = rig.slipway(["login", &rig.sandbox.url(), "--token-stdin"]).without_token().input("a-token").start();
    rig.sandbox.until(|seen| !seen.requests().is_empty()).await;
    let talk = rig.file("talk.mp4", CHUNK);
    let mut upload = rig.upload(&talk).start();
    upload.until("queued").await;
    rig.sandbox.clear_faults();
    assert_ne!(login.end().await.code(), 0);
    upload.end().await.assert_code(0, "on its own");
    rig.assert_arrived_once(&talk, "on its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_a_killed_process_left_behind_misleads_nobody() {
    let rig = documented().await;
    rig.owner().await.kill().await;
    assert!(rig.home().join("slipway.sock").exists());
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    listed.assert_code(0, "nobody owns the folder");
    assert_eq!(listed.named("item").len(), 1);
    // The next owner's socket takes its place.
    rig.owner().await.kill().await;
    let mut owner = rig.slipway(["run", "--json"]).start();
    owner.until("paused").await;
    let talk = rig.file("talk.mp4", CHUNK);
    rig.upload(&talk).run().await.assert_code(0, "talk");
    owner.until("done").await;
    rig.assert_arrived_once(&talk, "talk");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_is_halted_holds_no_guest_up() {
    let rig = documented().await;
    let mut owner = rig.owner().await;
    let film = rig.file("film.mp4", 8 * CHUNK);
    let guest = under_way(&rig, &film).await;
    owner.signal("STOP").await;
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    listed.assert_code(5, "a guest that comes");
    assert_eq!(listed.only("failed")["code"], "data_folder_busy");
    let told = guest.end().await;
    told.assert_code(5, "a guest that was there");
    let said = told.events().pop().unwrap();
    assert_eq!((&said["code"], &said["event"]), (&"data_folder_busy".into(), &"failed".into()));
    owner.signal("CONT").await;
    rig.sandbox.clear_faults();
    owner.until("done").await;
    rig.assert_arrived_once(&film, "the owner goes on");
}
