//! `slipway limits` and the file of settings, beside a process that does the work and without one.

use crate::rig::{CHUNK, Rig};
use serde_json::{Value, json};
use slipway_sandbox::{Profile, RequestRecord};
use std::fs;

async fn limits(rig: &Rig, words: &[&str]) -> Value {
    let told = rig.slipway([&["limits", "--json"], words].concat()).run().await;
    told.assert_code(0, &words.join(" "));
    told.only("limits")
}

fn settings(rig: &Rig) -> String {
    fs::read_to_string(rig.home().join("settings.toml")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_sets_counts_at_once_with_the_owner_and_is_told_to_whoever_follows() {
    let rig = Rig::new(Profile::Documented).await;
    let mut owner = rig.owner().await;
    limits(&rig, &["hours", "mon-sun", "0-24", "nothing"]).await;
    let file = rig.file("film.mp4", 4 * CHUNK + 7);
    let mut upload = rig.upload(&file).start();
    let waiting = upload.until("waiting").await;
    assert_eq!((waiting["code"].as_str(), waiting["remedy"].as_str()), (Some("timetable_holds"), Some("retry_after")));
    assert_eq!(owner.until("waiting").await["code"], "timetable_holds");
    assert!(!rig.sandbox.requests().iter().any(RequestRecord::is_chunk));

    let now = limits(&rig, &["full-speed", "2h"]).await;
    assert_eq!((&now["now"]["full_speed"], &now["now"]["held"]), (&json!(true), &Value::Null));
    assert_eq!(now["now"]["until"], now["full_speed_until"]);
    upload.end().await.assert_code(0, "at full speed");
    rig.assert_arrived_once(&file, "at full speed");
    let now = limits(&rig, &["full-speed", "--stop"]).await;
    assert_eq!((&now["full_speed_until"], &now["now"]["held"]), (&Value::Null, &json!("timetable")));
    owner.kill().await;

    // Nobody works here; what was set is there all the same.
    assert_eq!(limits(&rig, &[]).await["now"]["held"], "timetable");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_set_one_by_one_in_the_file_that_a_person_may_write_as_well() {
    let rig = Rig::new(Profile::Documented).await;
    fs::create_dir_all(rig.home()).unwrap();
    fs::write(rig.home().join("settings.toml"), "# mine\n[transfer]\nlimit_rate = \"2M\" # the office's\n").unwrap();
    let now = limits(&rig, &["set", "--rate-folders", "500k", "--hold-on-metered", "no"]).await;
    assert_eq!(now["now"]["limit_rate"], 2_000_000);
    assert_eq!(now["now"]["limit_rate_folders"], 500_000);
    assert_eq!(now["hold_on_metered"], false);
    let text = settings(&rig);
    assert!(text.contains("# mine") && text.contains("limit_rate = \"2M\" # the office's"), "{text}");
    assert!(text.contains("limit_rate_folders = \"500k\"") && text.contains("hold_on_metered = false"), "{text}");
    assert_eq!(limits(&rig, &["set", "--rate", "none"]).await["limit_rate"], Value::Null);
    limits(&rig, &["hours", "mon-tue", "22-24", "full"]).await;
    assert!(settings(&rig).contains("tuesday = \"======================++\""), "{}", settings(&rig));
    let people = rig.slipway(["limits"]).run().await;
    people.assert_code(0, "limits");
    assert!(people.lines.join("\n").contains("tue  0-22 limited, 22-24 full"), "{}", people.lines.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_goes_before_what_is_set_and_what_is_set_before_nothing() {
    let rig = Rig::new(Profile::Documented).await;
    fs::create_dir_all(rig.home()).unwrap();
    let set = "[transfer]\nlimit_rate = \"1k\"\n[timetable]\nmonday = 3\n[network]\nproxy = \"http://127.0.0.1:9\"\n";
    fs::write(rig.home().join("settings.toml"), set).unwrap();
    // At the pace of the file the film would take minutes.
    let file = rig.file("film.mp4", 8 * CHUNK + 7);
    let upload = rig.upload(&file).arg("--limit-rate").arg("100M").run().await;
    upload.assert_code(0, "with an option");
    rig.assert_arrived_once(&file, "with an option");
    assert!(upload.stderr.contains("timetable.monday"), "{}", upload.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_make_no_limit_are_refused_and_nothing_is_written() {
    let rig = Rig::new(Profile::Documented).await;
    for words in [
        &["set"][..],
        &["set", "--rate", "fast"],
        &["set", "--rate", "0"],
        &["hours", "fri-mon", "8-18", "full"],
        &["hours", "mon", "18-8", "full"],
        &["full-speed", "1h", "--stop"],
    ] {
        rig.slipway([&["limits"], words].concat()).run().await.assert_code(2, &words.join(" "));
    }
    assert!(!rig.home().join("settings.toml").exists());
}
