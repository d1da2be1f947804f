//! Watched folders on drives that come and go, and where the system has no more to give.

use crate::machine::{Mounts, with_watches};
use crate::rig::{CHUNK, Rig, sha256};
use crate::watching::{all_done, ledger, until_ledger};
use serde_json::Value;
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// Waits until it is with the one folder as wanted.
async fn until_folder(rig: &Rig, wanted: impl Fn(&Value) -> bool) -> Value {
    loop {
        let folder = rig.slipway(["watch", "list", "--json"]).run().await.only("folder");
        if wanted(&folder) {
            return folder;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Taken out while a file on it is being sent, and put back as another device, with other numbers for all files and one
/// file more.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_drive_that_goes_and_comes_back_is_gone_on_with_and_nothing_is_forgotten_or_sent_twice() {
    let Some(mounts) = Mounts::permitted() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let slot = rig.folder().join("drive");
    mounts.drive(&slot, "8m");
    let films = ["one.mp4", "two.mp4", "three.mp4", "four.mp4"].map(|name| (name, rig.file(name, 8 * CHUNK)));
    let put = |films: &[(&str, std::path::PathBuf)]| {
        for (name, original) in films {
            mounts.copy(original, &slot.join(name));
        }
    };
    put(&films[..2]);
    let url = rig.sandbox.url();
    let add = rig.slipway(["watch", "add", "--json", "--existing", "--workspace", &url]).arg(&slot);
    mounts.inside(add).run().await.assert_code(0, "watch add");
    let service = mounts.inside(rig.slipway(["run", "--json"])).start();
    until_ledger(&rig, |lines| all_done(lines, 2)).await;

    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    put(&films[2..3]);
    rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(3) && !it.faults.is_empty())).await;
    mounts.pull(&slot);
    rig.sandbox.clear_faults();
    until_folder(&rig, |folder| folder["state"] == "unavailable").await;
    let known: BTreeSet<String> = ledger(&rig).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(known, ["one.mp4", "three.mp4", "two.mp4"].map(str::to_owned).into(), "nothing is forgotten");

    mounts.drive(&slot, "8m");
    // In another order: a drive like this numbers its files as they come.
    let mut other_way_round = films.clone();
    other_way_round.reverse();
    put(&other_way_round);
    until_ledger(&rig, |lines| all_done(lines, 4)).await;
    until_folder(&rig, |folder| folder["state"] == "watching" && folder["waiting"] == 0).await;
    service.kill().await;
    let mut sent: Vec<String> = films.iter().map(|(_, file)| sha256(&fs::read(file).unwrap())).collect();
    let mut arrived: Vec<String> = rig.arrived().into_iter().map(|video| video.sha256).collect();
    sent.sort();
    arrived.sort();
    assert_eq!(arrived, sent, "{}", rig.traffic());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_system_has_no_more_watches_a_folder_is_looked_through_again_and_again_and_says_so() {
    let Some(limited) = with_watches(3) else { return };
    let rig = Rig::new(Profile::Documented).await;
    let folder = rig.folder().join("films");
    for n in 0..8 {
        fs::create_dir_all(folder.join(format!("{n}"))).unwrap();
    }
    let url = rig.sandbox.url();
    let add = rig.slipway(["watch", "add", "--json", "--workspace", &url]).arg(&folder);
    add.run().await.assert_code(0, "watch add");
    let service = rig.slipway(["run", "--json"]).started_by(&limited).start();
    let seen = until_folder(&rig, |folder| folder["state"] == "polling").await;
    assert_eq!(seen["code"], "watch_limit_reached");
    assert!(seen["polled_every_s"].as_f64().unwrap() > 0.0, "{seen}");
    for n in [0, 7] {
        fs::write(folder.join(format!("{n}/talk {n}.mp4")), format!("the bytes of talk {n}")).unwrap();
    }
    until_ledger(&rig, |lines| all_done(lines, 2)).await;
    assert_eq!(rig.arrived().len(), 2, "{}", rig.traffic());
    let told = rig.slipway(["watch", "list"]).env("LANG", "en_US.UTF-8").run().await;
    let cure = "sudo sysctl fs.inotify.max_user_watches=";
    assert!(told.lines.iter().any(|line| line.contains(cure)), "{told:#?}");
    // Once there are enough again.
    service.kill().await;
    let service = rig.slipway(["run", "--json"]).start();
    let seen = until_folder(&rig, |folder| folder["state"] == "watching").await;
    assert_eq!(seen["code"], Value::Null);
    service.kill().await;
}
