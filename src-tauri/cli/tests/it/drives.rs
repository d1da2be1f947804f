//! The command beside a real drive that is taken away and comes back.

use crate::machine::Mounts;
use crate::rig::{CHUNK, Rig, bytes};
use slipway_sandbox::{Endpoint, Fault, Profile};

/// Taken out in the middle of a chunk, while its file is open. It returns as it was, or as another device with a copy, as
/// a drive does that gets another number from the system.
#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_is_pulled_out_in_mid_chunk_and_put_back_costs_nothing_but_time() {
    for as_another_device in [false, true] {
        let Some(mounts) = Mounts::permitted() else { return };
        let rig = Rig::new(Profile::Documented).await;
        let (drawer, slot) = (rig.folder().join("drawer"), rig.folder().join("slot"));
        mounts.drive(&drawer, "8m");
        let (original, file) = (rig.file("talk.mp4", 8 * CHUNK), slot.join("talk.mp4"));
        mounts.copy(&original, &drawer.join("talk.mp4"));
        mounts.bind(&drawer, &slot);

        rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).stall_body_after(CHUNK / 2));
        let mut process = mounts.inside(rig.upload(&file)).start();
        rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(3) && !it.faults.is_empty())).await;
        mounts.pull(&slot);
        rig.sandbox.clear_faults();
        let waiting = process.until("waiting").await;
        assert_eq!((&waiting["code"], &waiting["remedy"]), (&"source_away".into(), &"wait_for_file".into()));
        assert!(rig.arrived().is_empty(), "{}", rig.traffic());
        if as_another_device {
            mounts.drive(&slot, "8m");
            mounts.copy(&original, &file);
        } else {
            mounts.bind(&drawer, &slot);
        }
        let told = process.end().await;
        let case = format!("as another device: {as_another_device}");
        told.assert_code(0, &case);
        assert!(told.named("failed").is_empty(), "{case}: {told:#?}");
        rig.assert_arrived_once(&original, &case);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drive_that_stays_away_keeps_its_item_in_the_queue_and_the_next_start_waits_for_it_too() {
    let Some(mounts) = Mounts::permitted() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let slot = rig.folder().join("slot");
    mounts.drive(&slot, "8m");
    let (original, file) = (rig.file("talk.mp4", 8 * CHUNK), slot.join("talk.mp4"));
    mounts.copy(&original, &file);
    // The last look before the commit.
    rig.sandbox.inject(Fault::on(Endpoint::List).stall_before_reading());
    let mut process = mounts.inside(rig.upload(&file)).args(["--give-up-after", "30s"]).start();
    rig.sandbox.until(|seen| seen.requests().iter().any(|it| !it.faults.is_empty())).await;
    mounts.pull(&slot);
    rig.sandbox.clear_faults();
    process.until("waiting").await;
    process.signal("INT").await;
    process.end().await.assert_code(130, "away");
    let mut later = mounts.inside(rig.work_off()).start();
    assert_eq!(later.until("waiting").await["code"], "source_away");
    mounts.drive(&slot, "8m");
    mounts.copy(&original, &file);
    later.end().await.assert_code(0, "back");
    rig.assert_arrived_once(&original, "back");
    rig.assert_nothing_beside_a_commit("back");
    assert_eq!(std::fs::read(&original).unwrap(), bytes("talk.mp4", 8 * CHUNK));
}

/// Somebody deleted it, and the drive is there: nothing comes back by itself, so nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_deleted_from_a_drive_that_is_there_has_failed() {
    let Some(mounts) = Mounts::permitted() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let slot = rig.folder().join("slot");
    mounts.drive(&slot, "8m");
    let file = slot.join("talk.mp4");
    mounts.copy(&rig.file("talk.mp4", 8 * CHUNK), &file);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let process = mounts.inside(rig.upload(&file)).start();
    rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(3))).await;
    assert!(mounts.run(&["rm", file.to_str().unwrap()]).status.success());
    rig.sandbox.clear_faults();
    let told = process.end().await;
    told.assert_code(1, "deleted");
    assert_eq!(told.only("failed")["code"], "source_missing");
    assert!(rig.arrived().is_empty());
}
