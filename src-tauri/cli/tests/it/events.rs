//! What `--json` says: one object a line on stdout, the fields that each event promises, in an order that makes sense;
//! and nothing secret anywhere.

use crate::rig::{CHUNK, Rig, Told};
use serde_json::Value;
use slipway_sandbox::{Effect, Endpoint, Fault, Profile};
use std::collections::HashMap;
use std::time::Duration;

/// Where an event stands in the life of an item that nothing happens to.
const ORDER: &[&str] = &["queued", "uploading", "progress", "confirming", "stored", "done"];

/// A field and what is true of it.
type Field = (&'static str, fn(&Value) -> bool);

/// Asserts that this event is there and that each of its fields is what it should be.
#[track_caller]
fn assert_fields(event: &Value, fields: &[Field]) {
    for (name, holds) in fields {
        assert!(event.get(name).is_some_and(holds), "{name} of {event}");
    }
}

const ITEM: &[Field] = &[("event", Value::is_string), ("item", Value::is_string), ("file", Value::is_string)];
const VIDEO: &[Field] =
    &[("video_id", Value::is_u64), ("admin_url", is_address), ("public_url", |it| it.is_null() || is_address(it))];
const FAILURE: &[Field] = &[("code", is_text), ("remedy", is_text), ("message", is_text), ("hint", is_text)];

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

fn is_address(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with("http://127.0.0.1:"))
}

/// Events by item, in order.
fn by_item(told: &Told) -> HashMap<String, Vec<Value>> {
    let mut items: HashMap<String, Vec<Value>> = HashMap::new();
    for event in told.events() {
        items.entry(event["item"].to_string()).or_default().push(event);
    }
    items
}

/// Asserts that progress stays within bounds and never goes back.
#[track_caller]
fn assert_progress(events: &[Value]) {
    let (mut sent, mut stored) = (0, 0);
    for event in events.iter().filter(|event| event["event"] == "progress") {
        assert_fields(event, ITEM);
        assert_fields(event, &[("bytes_per_s", Value::is_u64)]);
        let number = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("{name} of {event}"));
        assert!(stored <= number("stored") && number("stored") <= number("sent"), "{events:#?}");
        assert!(sent <= number("sent") && number("sent") <= number("total"), "{events:#?}");
        (sent, stored) = (number("sent"), number("stored"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_of_an_upload_has_its_fields() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("Åben talk 1.mp4", 6 * CHUNK);
    let told = rig.upload(&file).args(["--publish", "--wait-playable"]).run();
    let (told, ()) = tokio::join!(told, async {
        rig.sandbox
            .until(|seen| {
                !seen.videos().is_empty() && seen.requests_to("photo/get-transcoding-progress").next().is_some()
            })
            .await;
        rig.sandbox.advance_clock(Duration::from_mins(1));
    });
    told.assert_code(0, "upload");
    let names: Vec<String> = told.events().iter().map(|it| it["event"].as_str().unwrap().to_owned()).collect();
    let stages: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "progress").collect();
    assert_eq!(stages, ["queued", "uploading", "confirming", "stored", "done"]);
    for event in told.events() {
        assert_fields(&event, ITEM);
        assert_eq!(event["file"], file.to_str().unwrap());
    }
    let queued = told.only("queued");
    assert_eq!((&queued["total"], &queued["adopted"]), (&(6 * CHUNK).into(), &false.into()));
    assert_eq!(queued["workspace"], rig.sandbox.domain());
    assert_fields(&told.only("stored"), VIDEO);
    let done = told.only("done");
    assert_fields(&done, VIDEO);
    assert_fields(&done, &[("public_url", is_address), ("seconds", |it| it.as_f64().is_some_and(|it| it >= 0.0))]);
    let values = [("published", true.into()), ("playable", true.into()), ("bytes", (6 * CHUNK).into())];
    for (name, value) in values.into_iter().chain([("resent_bytes", Value::from(0))]) {
        assert_eq!(done[name], value, "{name} of {done}");
    }
    assert_eq!(done["video_id"], rig.assert_arrived_once(&file, "upload").photo_id);
    assert_eq!(told.stderr, "", "diagnostics were not asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_says_so_and_bytes_sent_for_nothing_are_counted() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", 6 * CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).answer(502, ""));
    let told = rig.upload(&file).run().await;
    let done = told.only("done");
    assert_eq!((&done["published"], &done["playable"]), (&false.into(), &false.into()), "{done}");
    assert_eq!(done["resent_bytes"], CHUNK, "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_items_each_go_forward_and_are_told_of_once() {
    let rig = Rig::new(Profile::Documented).await;
    let files: Vec<_> =
        (0..24).map(|n| rig.file(&format!("{n}.mp4"), if n % 4 == 0 { 5 * CHUNK } else { 999 })).collect();
    let told = rig.upload(&files[0]).args(&files[1..]).run().await;
    told.assert_code(0, "many");
    let items = by_item(&told);
    assert_eq!(items.len(), files.len());
    for events in items.values() {
        let ranks: Vec<_> = events.iter().map(|event| ORDER.iter().position(|name| event["event"] == *name)).collect();
        // Progress is told beside the stages and may come again and again.
        let stages: Vec<_> = ranks.iter().filter(|rank| **rank != Some(2)).collect();
        assert!(stages.is_sorted() && stages.windows(2).all(|two| two[0] != two[1]), "{events:#?}");
        assert_eq!(events.iter().filter(|event| event["event"] == "done").count(), 1, "{events:#?}");
        assert_progress(events);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_never_goes_back_nor_past_the_end_when_attempts_fail_and_everything_is_sent_again() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", 30 * CHUNK);
    // A chunk that stalls late is cut by the client and taken back; a commit that leaves no trace costs everything.
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(20).times(2).stall_body_after(CHUNK - 100));
    rig.sandbox.inject(Fault::on(Endpoint::Commit).times(2).answer(200, "ok"));
    let told = rig.upload(&file).run().await;
    told.assert_code(0, "a bad day");
    let events = told.events();
    assert!(told.named("progress").len() > 2, "{events:#?}");
    assert!(told.only("done")["resent_bytes"].as_u64() >= Some(30 * CHUNK), "{}", rig.traffic());
    assert_progress(&events);
    rig.assert_arrived_once(&file, "a bad day");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_has_a_code_a_remedy_and_words() {
    let rig = Rig::new(Profile::Documented).await;
    let (missing, refused) = (rig.folder().join("none.mp4"), rig.file("setup.exe", CHUNK));
    let told = rig.upload(&missing).arg(&refused).run().await;
    let failed = told.named("failed");
    assert_eq!(failed.len(), 2, "{told:#?}");
    for event in &failed {
        assert_fields(event, FAILURE);
    }
    assert_eq!((&failed[0]["item"], &failed[0]["file"]), (&Value::Null, &missing.to_str().unwrap().into()));
    assert_fields(&failed[1], ITEM);
    let whole = rig.slipway(["upload", "--json", "--workspace", "http://a.example"]).arg(&refused).run().await;
    assert_fields(&whole.only("failed"), FAILURE);
    assert_eq!(whole.only("failed")["code"], "workspace_not_encrypted");
    let waiting = rig.upload(&rig.file("talk.mp4", CHUNK)).without_token().run().await;
    assert_fields(&waiting.only("waiting"), ITEM);
    assert_fields(&waiting.only("waiting"), FAILURE);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_and_never_told_is_told_to_the_same_command_and_only_then_means_a_new_upload() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", CHUNK);
    rig.sandbox.inject(Fault::on(Endpoint::Any).always().stall_before_reading());
    rig.upload(&file).args(["--give-up-after", "1s"]).run().await.assert_code(4, "nobody told");
    rig.sandbox.clear_faults();
    // It is done by somebody else's command.
    let worked_off = rig.work_off().run().await;
    let again = rig.upload(&file).run().await;
    again.assert_code(0, "the script comes back");
    assert_eq!(again.only("queued")["adopted"], true, "{again:#?}");
    assert_eq!(again.only("done")["video_id"], worked_off.only("done")["video_id"]);
    rig.assert_arrived_once(&file, "the script came back");
    let anew = rig.upload(&file).run().await;
    assert_eq!(anew.only("queued")["adopted"], false);
    assert_eq!(rig.arrived().len(), 2, "told, so the same command means another one");
}

#[tokio::test(flavor = "multi_thread")]
async fn again_takes_in_what_is_there_already() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", CHUNK);
    rig.upload(&file).without_token().run().await.assert_code(3, "it waits");
    let told = rig.upload(&file).arg("--again").run().await;
    assert_eq!(told.only("queued")["adopted"], false);
    rig.work_off().run().await.assert_code(0, "the first one");
    assert_eq!(rig.arrived().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_does_not_stop_an_upload() {
    for words in [&["--json"][..], &["--json", "--verbose"], &[], &["--verbose"]] {
        let rig = Rig::new(Profile::Documented).await;
        let file = rig.file("talk.mp4", 20 * CHUNK);
        let process = rig.slipway(["upload", "--workspace", &rig.sandbox.url()]).arg(&file).args(words).start();
        let status = process.end_unread().await;
        assert_eq!(status.code(), Some(0), "{words:?}");
        rig.assert_arrived_once(&file, "nobody reads");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_ever_shown() {
    for profile in [Profile::Documented, Profile::Hostile] {
        let rig = Rig::new(profile).await;
        let file = rig.file("talk.mp4", 5 * CHUNK);
        // The server itself says the token, in answers that end up in the log.
        let token = rig.sandbox.token().to_owned();
        rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(2).answer(502, format!("no route for {token}")));
        rig.sandbox.inject(Fault::on(Endpoint::List).with(Effect::Anonymous));
        let told = rig.upload(&file).arg("--verbose").env("SLIPWAY_LOG", "trace").run().await;
        told.assert_code(0, "upload");
        assert!(told.stderr.len() > 1000, "diagnostics were asked for: {}", told.stderr);
        let item = told.only("queued")["item"].as_str().unwrap().to_owned();
        let log = rig.slipway(["log", &item]).run().await;
        assert!(log.lines.len() > 5, "{log:#?}");
        let listed = rig.slipway(["queue", "list", "--json"]).run().await;
        let mut secrets = vec![token];
        secrets.extend(rig.arrived().into_iter().filter_map(|video| video.upload_token));
        assert_eq!(secrets.len(), 2);
        let said = [told.lines, vec![told.stderr], log.lines, listed.lines].concat().join("\n");
        for secret in secrets {
            let around = said.find(&secret).map(|at| &said[at.saturating_sub(200)..at]);
            assert_eq!(around, None, "{profile:?}");
        }
    }
}
