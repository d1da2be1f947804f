//! A command beside another process that owns the data folder: it hands over, steers, looks and follows as if it were
//! alone; or it says why it cannot.

use crate::queue::unsettled;
use crate::rig::{CHUNK, Rig, Told, sha256};
use serde_json::{Value, json};
use slipway_engine::home::Home;
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

async fn documented() -> Rig {
    Rig::new(Profile::Documented).await
}

/// The events without progress, each with the names of its fields.
fn shape(told: &Told) -> Vec<(String, Vec<String>)> {
    let moves = |event: &Value| event["event"] != "progress";
    let shape = |event: Value| {
        let fields = event.as_object().unwrap().keys().cloned().collect();
        (event["event"].as_str().unwrap().to_owned(), fields)
    };
    told.events().into_iter().filter(moves).map(shape).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_beside_an_owner_says_the_same_as_one_alone() {
    let (alone, beside) = (documented().await, documented().await);
    let owner = beside.owner().await;
    let upload = async |rig: &Rig| {
        let file = rig.file("Åben talk.mp4", 6 * CHUNK);
        let told = rig.upload(&file).args(["--publish", "--title", "A talk"]).run().await;
        told.assert_code(0, "upload");
        assert_eq!(told.only("done")["video_id"], rig.assert_arrived_once(&file, "upload").photo_id);
        told
    };
    let (alone, told) = tokio::join!(upload(&alone), upload(&beside));
    assert_eq!(shape(&told), shape(&alone));
    assert_eq!(told.stderr, "");
    // The owner tells of it, too, and from the beginning.
    let id = &told.only("queued")["item"];
    let told = owner.kill().await;
    let of_it: Vec<Value> = told.named("queued").into_iter().filter(|event| event["item"] == *id).collect();
    assert_eq!(of_it.len(), 1, "{told:#?}");
    assert_eq!((&of_it[0]["total"], &of_it[0]["adopted"]), (&(6 * CHUNK).into(), &false.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_counts_as_told_for_the_next_hand_over() {
    let rig = documented().await;
    let _owner = rig.owner().await;
    let file = rig.file("talk.mp4", CHUNK);
    let first = rig.upload(&file).run().await;
    let second = rig.upload(&file).run().await;
    assert_ne!(first.only("done")["video_id"], second.only("done")["video_id"]);
    assert_eq!(rig.arrived().len(), 2);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_name_seen_from_another_folder_and_not_in_unicode_arrives() {
    use std::os::unix::ffi::OsStrExt;
    let rig = documented().await;
    let _owner = rig.owner().await;
    let folder = rig.folder().join("elsewhere");
    std::fs::create_dir(&folder).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"talk \xff\xfe.mp4");
    std::fs::write(folder.join(name), b"the bytes of a talk").unwrap();
    let told = rig.upload(Path::new(name)).within(&folder).run().await;
    told.assert_code(0, "a name that is not Unicode");
    rig.assert_arrived_once(&folder.join(name), "a name that is not Unicode");
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    assert_eq!(listed.named("item")[1]["file"], told.only("done")["file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_steered_beside_the_process_that_works_it_off() {
    let rig = documented().await;
    let mut owner = rig.owner().await;
    let film = rig.file("film.mp4", 8 * CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(4).always().stall_before_reading());
    let mut upload = rig.upload(&film).start();
    let id = upload.until("queued").await["item"].as_str().unwrap().to_owned();
    rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(4) && !it.faults.is_empty())).await;

    let paused = rig.slipway(["queue", "pause", "--json", &id]).run().await;
    paused.assert_code(0, "pause");
    assert_eq!(paused.only("item")["intent"], "pause");
    owner.until("paused").await;
    let told = upload.end().await;
    told.assert_code(0, "nothing more happens by itself");
    told.only("paused");

    rig.sandbox.clear_faults();
    let log = rig.slipway(["log", &id]).run().await;
    assert!(log.lines.iter().any(|line| line.contains("session opened")), "{log:#?}");
    rig.slipway(["queue", "resume", &id]).run().await.assert_code(0, "resume");
    owner.until("done").await;
    rig.assert_arrived_once(&film, "resumed");
    rig.slipway(["queue", "clear", &id]).run().await.assert_code(0, "clear");
    let listed = rig.slipway(["queue", "list", "--json"]).run().await;
    assert_eq!(listed.named("item").len(), 1, "the paused one: {listed:#?}");
    let unknown = rig.slipway(["queue", "retry", "--json", &id]).run().await;
    unknown.assert_code(2, "it is gone");
    assert_eq!(unknown.only("failed")["code"], "item_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_person_is_decided_beside_the_process_that_works() {
    let rig = Rig::with(Switches { closed_site: true, ..Switches::documented() }).await;
    let mut owner = rig.owner().await;
    let beside = async |words: &[&str], id: &str| rig.slipway(["queue"]).args(words).arg(id).run().await;
    let doubtful = rig.file("doubtful.mp4", 5 * CHUNK);
    let id = unsettled(&rig, &doubtful, true).await;
    beside(&["clear"], &id).await.assert_code(1, "settle it first");
    beside(&["settle", "--keep-looking"], &id).await.assert_code(0, "settle");
    let done = owner.until("done").await;
    assert_eq!((&done["item"], &done["video_id"]), (&id.into(), &rig.arrived()[0].photo_id.into()));

    let film = rig.file("film.mp4", 8 * CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(4).always().stall_before_reading());
    let mut upload = rig.upload(&film).start();
    let id = upload.until("queued").await["item"].as_str().unwrap().to_owned();
    rig.sandbox.until(|seen| seen.chunks().any(|it| it.chunk == Some(4) && !it.faults.is_empty())).await;
    beside(&["cancel"], &id).await.assert_code(0, "cancel");
    owner.until("cancelled").await;
    upload.end().await.only("cancelled");
    beside(&["cancel"], &id).await.assert_code(1, "it is over");
    rig.sandbox.clear_faults();

    let (talk, elsewhere) = (rig.file("talk.mp4", CHUNK), rig.folder().join("elsewhere.mp4"));
    rig.sandbox.inject(Fault::on(Endpoint::Any).always().stall_before_reading());
    let mut upload = rig.upload(&talk).start();
    let id = upload.until("queued").await["item"].as_str().unwrap().to_owned();
    beside(&["pause"], &id).await.assert_code(0, "pause");
    upload.end().await.assert_code(0, "paused");
    std::fs::rename(&talk, &elsewhere).unwrap();
    rig.sandbox.clear_faults();
    beside(&["resume"], &id).await.assert_code(0, "resume");
    let failed = owner.until("failed").await;
    assert_eq!((&failed["item"], &failed["code"]), (&id.clone().into(), &"source_missing".into()));
    std::fs::rename(&elsewhere, &talk).unwrap();
    beside(&["retry"], &id).await.assert_code(0, "retry");
    owner.until("done").await;
    assert_eq!(rig.arrived().len(), 2, "{}", rig.traffic());
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_beside_an_owner_shows_what_it_shows_alone() {
    let rig = documented().await;
    rig.upload(&rig.file("talk.mp4", CHUNK)).run().await.assert_code(0, "talk");
    rig.pause_one_in(&rig.home()).await;
    let looks: &[&[&str]] = &[&["queue"], &["queue", "list", "--json"], &["workspaces"], &["doctor", "--json"]];
    let mut alone = Vec::new();
    for words in looks {
        alone.push(rig.slipway(*words).run().await);
    }
    let mut owner = rig.slipway(["run", "--json"]).start();
    owner.until("paused").await;
    for (words, alone) in looks.iter().zip(alone) {
        let told = rig.slipway(*words).run().await;
        assert_eq!((told.code(), &told.lines), (alone.code(), &alone.lines), "{words:?}");
    }
    let doctor = rig.slipway(["doctor"]).run().await;
    assert!(doctor.lines.concat().contains(&owner.process().to_string()), "{doctor:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_says_who_does_the_work_and_follows_until_nothing_is_left() {
    let rig = documented().await;
    let owner = rig.owner().await;
    let film = rig.file("film.mp4", 5 * CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
    let mut upload = rig.upload(&film).start();
    upload.until("queued").await;
    let mut second = rig.work_off().start();
    second.until("queued").await;
    rig.sandbox.clear_faults();
    let told = second.end().await;
    told.assert_code(0, "empty");
    assert!(told.stderr.contains(&owner.process().to_string()), "{told:#?}");
    told.only("done");
    upload.end().await.assert_code(0, "upload");
    rig.assert_arrived_once(&film, "followed by two");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_guests_hand_over_many_files_at_once_and_each_arrives_once() {
    let rig = documented().await;
    let mut owner = rig.owner().await;
    let files = |guest: u32| -> Vec<PathBuf> {
        (0..50).map(|number| rig.file(&format!("{guest} {number}.mp4"), 100)).collect()
    };
    let files = [files(1), files(2), files(3)];
    let guests = files.each_ref().map(|files| rig.upload(&files[0]).args(&files[1..]).run());
    let [first, second, third] = guests;
    let tells_of_all = async {
        for _ in 0..150 {
            owner.until("done").await;
        }
    };
    let (first, second, third, ()) = tokio::join!(first, second, third, tells_of_all);
    for told in [first, second, third] {
        told.assert_code(0, "fifty files");
        assert_eq!(told.named("done").len(), 50);
    }
    let arrived: Vec<String> = rig.arrived().into_iter().map(|video| video.sha256).collect();
    let wanted: BTreeSet<String> = files.iter().flatten().map(|file| sha256(&std::fs::read(file).unwrap())).collect();
    assert_eq!(arrived.len(), 150);
    assert_eq!(arrived.into_iter().collect::<BTreeSet<_>>(), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_environment_stays_with_the_guest_that_has_it() {
    let rig = documented().await;
    let _owner = rig.owner_as(rig.slipway(["run", "--json"]).without_token()).await;
    let talk = rig.file("talk.mp4", CHUNK);
    let told = rig.upload(&talk).run().await;
    told.assert_code(3, "the owner has no token");
    let waiting = told.only("waiting");
    assert_eq!((&waiting["code"], &waiting["remedy"]), (&"owner_not_signed_in".into(), &"sign_in".into()));
    assert!(waiting["message"].as_str().unwrap().contains("SLIPWAY_TOKEN"), "{waiting}");
    // A guest without a token is told what the owner itself would say, also of what waited before it came.
    let told = rig.work_off().without_token().run().await;
    told.assert_code(3, "still waiting");
    assert_eq!(told.only("waiting")["code"], "keychain_missing");
    assert!(rig.sandbox.requests().is_empty(), "{}", rig.traffic());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_may_have_a_path_longer_than_a_sockets_address() {
    let rig = documented().await;
    let home = rig.folder().join(["a folder with a name of some length"; 6].join("/"));
    rig.pause_one_in(&home).await;
    let mut owner = rig.slipway(["run", "--json"]).env("SLIPWAY_HOME", &home).start();
    owner.until("paused").await;
    let talk = rig.file("talk.mp4", CHUNK);
    rig.upload(&talk).env("SLIPWAY_HOME", &home).run().await.assert_code(0, "deep down");
    owner.until("done").await;
    rig.assert_arrived_once(&talk, "deep down");
}

/// Commands that would do different things.
const COMMANDS: &[&[&str]] = &[&["run", "--json"], &["queue", "pause", "--json"], &["doctor", "--json"]];

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_does_not_answer_is_named_and_not_waited_for() {
    let rig = documented().await;
    let _home = Home::open(&rig.home()).unwrap();
    // The system connects; nobody ever speaks.
    let _mute = std::os::unix::net::UnixListener::bind(rig.home().join("slipway.sock")).unwrap();
    for words in COMMANDS {
        let told = rig.slipway(*words).run().await;
        told.assert_code(5, &words.join(" "));
        let said = told.events().pop().unwrap();
        assert_eq!(said["code"], "data_folder_busy", "{told:#?}");
        assert!(said["message"].as_str().unwrap().contains(&std::process::id().to_string()), "{said}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_of_another_version_is_named_and_given_nothing() {
    use std::io::{BufRead, BufReader, Read, Write};
    let rig = documented().await;
    let _home = Home::open(&rig.home()).unwrap();
    let talk = rig.file("talk.mp4", CHUNK);
    for (slipway, protocol) in [("7.8.9", 1), (env!("CARGO_PKG_VERSION"), 999)] {
        let socket = rig.home().join("slipway.sock");
        let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let hello = json!({ "slipway": slipway, "protocol": protocol, "of": "the future" });
        let owner = tokio::task::spawn_blocking(move || {
            let (mut stream, _) = listener.accept().unwrap();
            writeln!(stream, "{hello}").unwrap();
            let (mut lines, mut hello, mut more) = (BufReader::new(stream), String::new(), String::new());
            lines.read_line(&mut hello).unwrap();
            lines.read_to_string(&mut more).unwrap();
            (serde_json::from_str::<Value>(&hello).unwrap(), more)
        });
        let told = rig.upload(&talk).run().await;
        told.assert_code(5, "another version");
        let said = told.only("failed");
        assert_eq!(said["code"], "owner_other_version");
        for version in [slipway, &protocol.to_string(), env!("CARGO_PKG_VERSION")] {
            assert!(said["message"].as_str().unwrap().contains(version), "{version} in {said}");
        }
        let (hello, more) = owner.await.unwrap();
        assert_eq!((&hello["slipway"], more.as_str()), (&env!("CARGO_PKG_VERSION").into(), ""));
        assert!(hello["protocol"].is_u64() && !hello.to_string().contains(rig.sandbox.token()), "{hello}");
        std::fs::remove_file(socket).unwrap();
    }
}
