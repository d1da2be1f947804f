//! `slipway watch` and `slipway run` with watched folders, as processes: killed where it hurts, asked to end, and beside each
//! other.

use crate::rig::{Rig, sha256};
use serde_json::Value;
use slipway_sandbox::Profile;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with films in it, watched with these words.
async fn watched(rig: &Rig, films: &[&str], words: &[&str]) -> PathBuf {
    let folder = rig.folder().join("films");
    fs::create_dir(&folder).unwrap();
    for film in films {
        fs::write(folder.join(film), format!("the bytes of {film}")).unwrap();
    }
    let url = rig.sandbox.url();
    let add = rig.slipway(["watch", "add", "--json", "--workspace", &url]).arg(&folder).args(words).run().await;
    add.assert_code(0, "watch add");
    assert_eq!(add.only("folder_added")["folder"], folder.to_str().unwrap());
    folder
}

/// The lines of the ledger by the names of the files.
async fn ledger(rig: &Rig) -> Vec<(String, Value)> {
    let told = rig.slipway(["watch", "ledger", "--json"]).run().await;
    told.assert_code(0, "watch ledger");
    let name =
        |line: &Value| Path::new(line["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    told.named("ledger").into_iter().map(|line| (name(&line), line)).collect()
}

/// Asserts that the workspace has each file of the folder once and nothing else, and that the ledger says so.
async fn assert_all_arrived_once(rig: &Rig, folder: &Path, case: &str) {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted: BTreeSet<String> = files.map(|file| sha256(&fs::read(file).unwrap())).collect();
    let arrived: Vec<String> = rig.arrived().into_iter().map(|video| video.sha256).collect();
    assert_eq!(arrived.len(), wanted.len(), "{case}: {}", rig.traffic());
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>(), wanted, "{case}");
    let lines = ledger(rig).await;
    assert_eq!(lines.len(), wanted.len(), "{case}: {lines:?}");
    for (name, line) in &lines {
        assert_eq!(line["state"], "done", "{case}: {name}: {line}");
        assert!(rig.arrived().iter().any(|video| line["video_id"] == video.photo_id), "{case}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_a_decision_and_the_queue_ledger_and_queue_agree_afterwards() {
    for point in ["AfterFileIsTaken", "AfterHandOverIsDurable", "AfterFileIsQueued"] {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4", "two.mp4"], &["--existing"]).await;
        let killed = rig.work_off().crashing_at(point).run().await;
        assert!(killed.was_killed(), "{point}: {killed:#?}");
        rig.work_off().run().await.assert_code(0, point);
        assert_all_arrived_once(&rig, &folder, point).await;
        rig.work_off().run().await.assert_code(0, point);
        assert_all_arrived_once(&rig, &folder, point).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_move_the_file_is_in_one_place_and_the_ledger_says_in_which() {
    for point in ["BeforeFileIsPutAway", "AfterFileIsPutAway"] {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4", "two.mp4"], &["--existing", "--after", "move"]).await;
        // Moving is work of the service's: the queue may be empty before it.
        let killed = rig.slipway(["run", "--json"]).crashing_at(point).run().await;
        assert!(killed.was_killed(), "{point}: {killed:#?}");
        let service = rig.slipway(["run", "--json"]).start();
        let published = folder.join("Published");
        while fs::read_dir(&published).map_or(0, Iterator::count) < 2 || fs::read_dir(&folder).unwrap().count() > 1 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        service.kill().await;
        assert_all_arrived_once(&rig, &published, point).await;
        for (_, line) in ledger(&rig).await {
            assert!(Path::new(line["file"].as_str().unwrap()).exists(), "{point}: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_sends_what_is_put_into_its_folder_and_ends_when_it_is_asked_to() {
    let rig = Rig::new(Profile::Documented).await;
    let folder = watched(&rig, &["before.mp4"], &[]).await;
    // New enough to count as being put there just now, as it is.
    let mut service = rig.slipway(["run", "--json"]).start();
    service.until("done").await;
    let beside = rig.slipway(["watch", "list", "--json"]).run().await;
    let state = beside.only("folder")["state"].clone();
    assert_eq!((state.as_str(), beside.only("folder")["waiting"].as_u64()), (Some("watching"), Some(0)));
    fs::write(folder.join("after.mp4"), "the bytes of after.mp4").unwrap();
    service.until("done").await;
    #[cfg(unix)]
    {
        service.signal("TERM").await;
        service.end().await.assert_code(130, "asked to end");
    }
    #[cfg(not(unix))]
    service.kill().await;
    assert_all_arrived_once(&rig, &folder, "a service").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_paused_removed_and_forgotten_by_name_and_unknown_ones_are_refused() {
    let rig = Rig::new(Profile::Documented).await;
    let folder = watched(&rig, &[], &["--tags", "spring \"two words\"", "--on-change", "replace"]).await;
    let say = async |words: &[&str]| rig.slipway(["watch", "--json"]).args(words).arg(&folder).run().await;
    let paused = say(&["pause"]).await;
    assert_eq!(paused.only("folder")["state"], "paused");
    assert_eq!(paused.only("folder")["preset"]["tags"], serde_json::json!(["spring", "two words"]));
    assert_eq!(say(&["resume"]).await.only("folder")["state"], "unattended");
    say(&["remove", "--forget"]).await.assert_code(0, "removed");
    let refused = say(&["pause"]).await;
    assert_eq!(refused.only("failed")["code"], "folder_unknown");
    let url = rig.sandbox.url();
    let add =
        rig.slipway(["watch", "add", "--json", "--workspace", &url, "--title", "{nmae}"]).arg(&folder).run().await;
    assert_eq!(add.only("failed")["code"], "folder_invalid");
}
