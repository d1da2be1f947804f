//! A data folder, or a file to send, that the operating system does not let us have. The tests may run as root, whom no
//! file mode stops; so they mount what they need, or run the command as somebody else.

use crate::machine::{Mounts, as_nobody};
use crate::rig::{CHUNK, Rig, Told};
use slipway_sandbox::Profile;
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
