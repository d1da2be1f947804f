//! `slipway watch` and `slipway run` with watched folders, as processes: killed where it hurts, asked to end, and beside each
//! other.

use crate::rig::{Rig, sha256};
use serde_json::Value;
use slipway_sandbox::Profile;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";

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
pub(crate) async fn ledger(rig: &Rig) -> Vec<(String, Value)> {
    let told = rig.slipway(["watch", "ledger", "--json"]).run().await;
    told.assert_code(0, "watch ledger");
    let name =
        |line: &Value| Path::new(line["file"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
    told.named("ledger").into_iter().map(|line| (name(&line), line)).collect()
}

/// Waits until the ledger says so, asked beside the service that writes it. What a service has done is true for whoever
/// comes after it once the ledger says so, and not when it shows on the disk or in the workspace.
pub(crate) async fn until_ledger(rig: &Rig, wanted: impl Fn(&[(String, Value)]) -> bool) {
    while !wanted(&ledger(rig).await) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Whether all of so many files were sent.
pub(crate) fn all_done(lines: &[(String, Value)], files: usize) -> bool {
    lines.len() == files && lines.iter().all(|(_, line)| line["state"] == "done")
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
    // In the middle of the first look at the folder as well.
    let amid = ["AmidLooking", "AmidLooking:2"];
    for point in ["AfterFileIsTaken", "AfterHandOverIsDurable", "AfterFileIsQueued"].into_iter().chain(amid) {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4", "two.mp4"], &["--existing"]).await;
        let killed = rig.work_off().crashing_at(point).run().await;
        assert!(killed.was_killed(), "{point}: {killed:#?}");
        rig.work_off().run().await.assert_code(0, point);
        assert_all_arrived_once(&rig, &folder, point).await;
        // And in the middle of one that meets what is known beside what is new.
        fs::write(folder.join("three.mp4"), "the bytes of three.mp4").unwrap();
        fs::rename(folder.join("two.mp4"), folder.join("a second.mp4")).unwrap();
        let killed = rig.work_off().crashing_at("AmidLooking:2").run().await;
        assert!(killed.was_killed(), "{point}: {killed:#?}");
        rig.work_off().run().await.assert_code(0, point);
        assert_all_arrived_once(&rig, &folder, point).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_decision_another_file_in_the_same_place_is_not_taken_for_the_one_decided_about() {
    let rig = Rig::new(Profile::Documented).await;
    let folder = watched(&rig, &["one.mp4"], &["--existing"]).await;
    let killed = rig.work_off().crashing_at("AfterFileIsTaken").run().await;
    assert!(killed.was_killed(), "{killed:#?}");
    fs::rename(folder.join("one.mp4"), folder.join("the first one.mp4")).unwrap();
    fs::write(folder.join("one.mp4"), "the bytes of another one").unwrap();
    rig.work_off().run().await.assert_code(0, "the rest");
    assert_all_arrived_once(&rig, &folder, "moved away").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_move_the_file_is_in_one_place_and_the_ledger_says_in_which() {
    for point in ["BeforeFileIsPutAway", "AfterFileIsPutAway"] {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4", "two.mp4"], &["--existing", "--after", "move"]).await;
        // Each run dies at its first file, so the second begins where the first one left something undone.
        for _ in 0..2 {
            let killed = rig.slipway(["run", "--json"]).crashing_at(point).run().await;
            assert!(killed.was_killed(), "{point}: {killed:#?}");
        }
        let service = rig.slipway(["run", "--json"]).start();
        let published = folder.join("Published");
        let lies = |line: &Value| Path::new(line["file"].as_str().unwrap()).starts_with(&published);
        until_ledger(&rig, |lines| all_done(lines, 2) && lines.iter().all(|(_, line)| lies(line))).await;
        service.kill().await;
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{point}: nothing but the subfolder");
        assert_all_arrived_once(&rig, &published, point).await;
        for (_, line) in ledger(&rig).await {
            assert!(Path::new(line["file"].as_str().unwrap()).exists(), "{point}: {line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_off_the_folders_puts_the_files_away_before_the_end() {
    for (after, place) in [("move", "films/Published"), ("trash", "user/.local/share/Trash/files")] {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4", "two.mp4"], &["--existing", "--after", after]).await;
        fs::write(folder.join("one.en.srt"), SRT).unwrap();
        rig.work_off().run().await.assert_code(0, after);
        let place = rig.folder().join(place);
        let mut away: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        away.sort();
        assert_eq!(away, ["one.en.srt", "one.mp4", "two.mp4"], "{after}");
        let left = fs::read_dir(&folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
        assert_eq!(left, 0, "{after}");
        for name in ["one.mp4", "two.mp4"] {
            let sent = sha256(&fs::read(place.join(name)).unwrap());
            assert_eq!(rig.arrived().iter().filter(|video| video.sha256 == sent).count(), 1, "{after}: {name}");
        }
        // The desktop can put it back.
        if after == "trash" {
            let note = fs::read_to_string(rig.folder().join("user/.local/share/Trash/info/one.mp4.trashinfo")).unwrap();
            assert!(note.lines().any(|line| line.starts_with("Path=") && line.ends_with("/films/one.mp4")), "{note}");
        }
        rig.work_off().run().await.assert_code(0, after);
        assert_eq!(rig.arrived().len(), 2, "{after}: {}", rig.traffic());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_around_a_late_companion_it_goes_with_the_video_once() {
    for point in ["AfterLateIsTold", "BeforeFollowUp", "AfterFollowUp"] {
        let rig = Rig::new(Profile::Documented).await;
        let folder = watched(&rig, &["one.mp4"], &["--existing"]).await;
        rig.work_off().run().await.assert_code(0, point);
        fs::write(folder.join("one.en.srt"), SRT).unwrap();
        let killed = rig.slipway(["run", "--json"]).crashing_at(point).run().await;
        assert!(killed.was_killed(), "{point}: {killed:#?}");
        let service = rig.slipway(["run", "--json"]).start();
        let with = |(_, line): &(String, Value)| line["beside"] == serde_json::json!(["one.en.srt"]);
        until_ledger(&rig, |lines| all_done(lines, 1) && lines.iter().all(with)).await;
        service.kill().await;
        let video = rig.arrived().remove(0);
        assert_eq!((rig.arrived().len(), video.subtitles.len()), (1, 1), "{point}: {}", rig.traffic());
        let sent = rig.sandbox.requests().iter().filter(|it| it.api_method == "photo/subtitle/upload").count();
        assert_eq!(sent, 1, "{point}: {}", rig.traffic());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_sends_what_is_put_into_its_folder_and_ends_when_it_is_asked_to() {
    let rig = Rig::new(Profile::Documented).await;
    let folder = watched(&rig, &[], &[]).await;
    // While nobody looks.
    fs::write(folder.join("before.mp4"), "the bytes of before.mp4").unwrap();
    let mut service = rig.slipway(["run", "--json"]).start();
    service.until("done").await;
    until_ledger(&rig, |lines| all_done(lines, 1)).await;
    let beside = rig.slipway(["watch", "list", "--json"]).run().await;
    let state = beside.only("folder")["state"].clone();
    assert_eq!((state.as_str(), beside.only("folder")["waiting"].as_u64()), (Some("watching"), Some(0)));
    fs::write(folder.join("after.mp4"), "the bytes of after.mp4").unwrap();
    service.until("done").await;
    until_ledger(&rig, |lines| all_done(lines, 2)).await;
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
