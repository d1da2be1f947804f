//! Every exit status, each from a process that really ends with it; and that whatever is "still queued" is finished by
//! the next command.

use crate::rig::{CHUNK, Rig, Told};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::path::Path;

async fn documented() -> Rig {
    Rig::new(Profile::Documented).await
}

#[tokio::test(flavor = "multi_thread")]
async fn zero_when_all_is_done() {
    let rig = documented().await;
    let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mov", 5 * CHUNK));
    let told = rig.upload(&talk).arg(&film).run().await;
    told.assert_code(0, "two files");
    assert_eq!(told.named("done").len(), 2);
    assert_eq!(rig.arrived().len(), 2);
    rig.slipway(["queue", "list"]).run().await.assert_code(0, "a look at the queue");
    rig.work_off().run().await.assert_code(0, "nothing left to do");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_when_a_file_is_missing_and_the_others_go_all_the_same() {
    let rig = documented().await;
    let (talk, nothing) = (rig.file("talk.mp4", CHUNK), rig.folder().join("nothing.mp4"));
    let told = rig.upload(&nothing).arg(&talk).run().await;
    told.assert_code(1, "one of two is missing");
    let failed = told.only("failed");
    assert_eq!((&failed["code"], &failed["file"]), (&"source_missing".into(), &nothing.to_str().unwrap().into()));
    rig.assert_arrived_once(&talk, "the other one");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_when_a_file_is_empty_or_a_folder_or_refused_by_the_workspace() {
    let rig = documented().await;
    let cases = [
        (rig.file("empty.mp4", 0), "source_empty"),
        (rig.folder().to_owned(), "source_not_a_file"),
        (rig.file("setup.exe", CHUNK), "file_refused"),
        (rig.file("long.exe", 5 * CHUNK), "file_refused"),
    ];
    for (file, code) in cases {
        let told = rig.upload(&file).run().await;
        told.assert_code(1, code);
        assert_eq!(told.only("failed")["code"], code, "{told:#?}");
    }
    assert!(rig.arrived().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_when_the_command_line_makes_no_sense() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let talk = talk.to_str().unwrap();
    let cases: &[&[&str]] = &[
        &[],
        &["upload"],
        &["upload", "--nonsense", talk],
        &["upload", "--publish", "--draft", talk],
        &["upload", "--give-up-after", "soon", talk],
        &["upload", "--publish-date", "tomorrow", talk],
        &["upload", "--workspace", "http://video.example.com", talk],
        &["upload", "--workspace", "not an address", talk],
        &["upload", "--title", "One for two", talk, talk, "--workspace", "video.example.com"],
        &["queue", "cancel"],
        &["queue", "pause", "no-such-item"],
        &["queue", "settle", "x"],
        &["log", "no-such-item"],
        &["login", "http://video.example.com", "--token-stdin"],
        &["login", "video.example.com", "--token-stdin"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["--ca-file", "/no/such/file.pem", "queue"],
    ];
    for words in cases {
        let told = rig.slipway(*words).run().await;
        told.assert_code(2, &words.join(" "));
        assert!(!told.stderr.is_empty() && told.lines.is_empty(), "{words:?}: {told:#?}");
    }
    assert!(rig.sandbox.requests().is_empty(), "{}", rig.traffic());
}

#[tokio::test(flavor = "multi_thread")]
async fn three_when_there_is_no_credential_and_the_item_waits_for_one() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let told = rig.upload(&talk).without_token().run().await;
    told.assert_code(3, "no keychain, no token");
    let waiting = told.only("waiting");
    assert_eq!((&waiting["code"], &waiting["remedy"]), (&"keychain_missing".into(), &"sign_in".into()));
    assert!(rig.arrived().is_empty());
    let told = rig.work_off().without_token().run().await;
    told.assert_code(3, "still none");
    assert_eq!(told.only("waiting")["code"], "keychain_missing");
    assert_finished_later(&rig, &talk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_when_no_workspace_is_named_and_none_is_known() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let told = rig.slipway(["upload", "--json"]).arg(&talk).run().await;
    told.assert_code(3, "where to?");
    assert_eq!(told.only("failed")["code"], "sign_in_needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_when_the_token_is_refused() {
    for profile in [Profile::Documented, Profile::Hostile] {
        let rig = Rig::new(profile).await;
        let talk = rig.file("talk.mp4", CHUNK);
        let told = rig.upload(&talk).env("SLIPWAY_TOKEN", "one-of-last-year").run().await;
        told.assert_code(3, &format!("{profile:?}"));
        assert_eq!(told.only("waiting")["remedy"], "sign_in", "{told:#?}");
        assert_finished_later(&rig, &talk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_when_the_workspace_does_not_answer_in_time() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", 5 * CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Any).always().stall_before_reading());
    let told = rig.upload(&talk).args(["--give-up-after", "1s"]).run().await;
    told.assert_code(4, "stalled");
    assert!(told.named("failed").is_empty() && told.named("done").is_empty(), "{told:#?}");
    rig.sandbox.clear_faults();
    assert_finished_later(&rig, &talk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn four_when_nobody_listens() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", CHUNK);
    // Port 1 is nobody's, and no test of this machine may take it.
    let words = ["upload", "--json", "--give-up-after", "1s", "--workspace", "http://127.0.0.1:1"];
    let told = rig.slipway(words).arg(&talk).run().await;
    told.assert_code(4, "closed port");
    let item = &told.only("queued")["item"];
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    assert_eq!((&listed.only("item")["item"], &listed.only("item")["stage"]), (item, &"queued".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_while_another_process_owns_the_data_folder() {
    let rig = documented().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let owner = slipway_engine::home::Home::open(&rig.home()).unwrap();
    for words in [&["run", "--until-empty", "--json"][..], &["queue", "list", "--json"], &["doctor", "--json"]] {
        assert_in_the_way(&rig.slipway(words).run().await, "data_folder_busy");
    }
    assert_in_the_way(&rig.upload(&talk).run().await, "data_folder_busy");
    drop(owner);
    rig.upload(&talk).run().await.assert_code(0, "the owner is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_when_the_queue_is_of_a_newer_version_and_it_is_left_alone() {
    let rig = documented().await;
    let database = with_a_queue(&rig).await;
    let mut bytes = std::fs::read(&database).unwrap();
    // SQLite's `user_version`, a big-endian number at this place of the header.
    bytes[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    std::fs::write(&database, &bytes).unwrap();
    assert_in_the_way(&rig.work_off().run().await, "data_folder_newer");
    assert_eq!(std::fs::read(&database).unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_when_the_queue_is_damaged_and_it_is_set_aside() {
    let rig = documented().await;
    let database = with_a_queue(&rig).await;
    std::fs::write(&database, b"this is no database, though it is as long as one might be".repeat(100)).unwrap();
    assert_in_the_way(&rig.work_off().run().await, "data_folder_damaged");
    rig.work_off().run().await.assert_code(0, "an empty queue from then on");
    let kept = std::fs::read_dir(rig.home()).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.filter(|path| path != &database && path.is_file());
    let kept = kept.filter(|path| std::fs::read(path).unwrap().starts_with(b"this is no database"));
    assert_eq!(kept.count(), 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_thirty_when_interrupted_and_the_rest_is_done_later() {
    for signal in ["INT", "TERM"] {
        let rig = documented().await;
        let talk = rig.file("talk.mp4", 8 * CHUNK);
        rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(8).always().stall_body_after(CHUNK / 2));
        let process = rig.upload(&talk).start();
        rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(8) && !it.faults.is_empty())).await;
        process.signal(signal).await;
        let told = process.end().await;
        told.assert_code(130, signal);
        rig.sandbox.clear_faults();
        assert_finished_later(&rig, &talk).await;
    }
}

/// A data folder that was used; answers its database.
async fn with_a_queue(rig: &Rig) -> std::path::PathBuf {
    rig.upload(&rig.file("first.mp4", CHUNK)).run().await.assert_code(0, "the first upload");
    let database = rig.home().join("queue.db");
    assert!(database.is_file());
    database
}

#[track_caller]
fn assert_in_the_way(told: &Told, code: &str) {
    told.assert_code(5, code);
    let said = told.events().into_iter().next_back().unwrap();
    assert_eq!(said["code"], code, "{told:#?}");
}

async fn assert_finished_later(rig: &Rig, file: &Path) {
    let told = rig.work_off().run().await;
    told.assert_code(0, "later");
    told.only("done");
    rig.assert_arrived_once(file, "later");
}
