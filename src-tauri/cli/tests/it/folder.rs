//! A data folder, or a file to send, that the operating system does not let us have. The tests may run as root, whom no
//! file mode stops; so they mount what they need, or run the command as somebody else.

use crate::machine::{Mounts, as_nobody};
use crate::rig::{CHUNK, IN_FLIGHT, Rig, Told};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[track_caller]
fn assert_unwritable(told: &Told, case: &str) {
    told.assert_code(5, case);
    let failed = told.only("failed");
    assert_eq!(
        (&failed["code"], &failed["remedy"]),
        (&"data_folder_unwritable".into(), &"fix_settings".into()),
        "{case}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_data_folder_is_named_and_left_alone_and_does_when_it_can_be_written() {
    let Some(mounts) = Mounts::permitted() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let talk = rig.file("talk.mp4", CHUNK);
    rig.upload(&rig.file("first.mp4", CHUNK)).run().await.assert_code(0, "the first upload");
    mounts.bind(&rig.home(), &rig.home());
    mounts.make_read_only(&rig.home());
    for command in [rig.upload(&talk), rig.work_off(), rig.slipway(["queue", "--json"])] {
        assert_unwritable(&mounts.inside(command).run().await, "read-only");
    }
    assert_eq!(rig.arrived().len(), 1, "{}", rig.traffic());
    mounts.make_writable(&rig.home());
    mounts.inside(rig.upload(&talk)).run().await.assert_code(0, "writable");
    assert_eq!(rig.arrived().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_data_folder_is_left_alone() {
    let rig = Rig::new(Profile::Documented).await;
    set_mode(rig.folder(), 0o755);
    fs::create_dir(rig.home()).unwrap();
    set_mode(&rig.home(), 0o755);
    let talk = rig.file("talk.mp4", CHUNK);
    let Some(command) = as_nobody(rig.upload(&talk)) else { return };
    assert_unwritable(&command.run().await, "another user's folder");
    assert_eq!(fs::read_dir(rig.home()).unwrap().count(), 0);
    // A lock that may not be written, in a folder that may.
    set_mode(&rig.home(), 0o777);
    fs::write(rig.home().join("slipway.lock"), "").unwrap();
    let Some(command) = as_nobody(rig.upload(&talk)) else { return };
    assert_unwritable(&command.run().await, "another user's lock");
    assert!(rig.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_be_read_is_named_and_the_others_go_all_the_same() {
    let rig = Rig::new(Profile::Documented).await;
    set_mode(rig.folder(), 0o777);
    fs::remove_dir_all(rig.folder().join("user")).unwrap_or_default();
    let (secret, talk) = (rig.file("secret.mp4", CHUNK), rig.file("talk.mp4", CHUNK));
    set_mode(&secret, 0o600);
    let command = rig.upload(&secret).arg(&talk);
    set_mode(&rig.folder().join("user"), 0o777);
    let Some(command) = as_nobody(command) else { return };
    let told = command.run().await;
    told.assert_code(1, "one of two");
    let failed = told.only("failed");
    assert_eq!((&failed["code"], &failed["remedy"]), (&"source_unreadable".into(), &"wait_for_file".into()));
    assert_eq!(failed["file"], secret.to_str().unwrap());
    rig.assert_arrived_once(&talk, "the other one");
}

/// Filled by somebody else in the middle of an upload: what cannot be recorded is not begun, and all goes on when there
/// is room.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_in_mid_upload_stops_it_before_the_next_chunk_and_before_the_commit() {
    for (place, chunk) in [("at a chunk", 3), ("at the last ordinary chunk", 8)] {
        let Some(mounts) = Mounts::permitted() else { return };
        let rig = Rig::new(Profile::Documented).await;
        mounts.drive(&rig.home(), "24m");
        let film = rig.file("film.mp4", 8 * CHUNK);
        rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(chunk).stall_before_reading());
        let process = mounts.inside(rig.upload(&film)).start();
        rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(chunk) && !it.faults.is_empty())).await;
        let ballast = rig.home().join("somebody else's");
        mounts.run(&["dd", "if=/dev/zero", &format!("of={}", ballast.display()), "bs=64k"]);
        let begun = rig.sandbox.requests().iter().filter(|it| it.is_chunk()).count();
        rig.sandbox.clear_faults();
        let told = process.end().await;
        told.assert_code(5, place);
        assert_eq!(told.only("failed")["code"], "data_folder_unwritable", "{place}: {told:#?}");
        let sent = rig.sandbox.requests().iter().filter(|it| it.is_chunk()).count();
        // Those that were let through before the disk was full.
        assert!(sent <= begun + IN_FLIGHT as usize, "{place}: {}", rig.traffic());
        assert!(rig.arrived().is_empty(), "{place}: {}", rig.traffic());

        let told = mounts.inside(rig.work_off()).run().await;
        told.assert_code(5, place);
        assert_eq!(
            rig.sandbox.requests().iter().filter(|it| it.is_chunk()).count(),
            sent,
            "{place}: {}",
            rig.traffic()
        );

        assert!(mounts.run(&["rm", ballast.to_str().unwrap()]).status.success());
        mounts.inside(rig.work_off()).run().await.assert_code(0, place);
        rig.assert_arrived_once(&film, place);
        rig.assert_nothing_beside_a_commit(place);
    }
}
