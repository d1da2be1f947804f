//! Looking at the queue and steering it from other processes than the one that sends.

use crate::rig::{CHUNK, Rig, Told};
use serde_json::Value;
use slipway_sandbox::{Effect, Endpoint, Fault, Profile, Switches};
use std::path::{Path, PathBuf};

/// Takes files in without sending anything: nobody is signed in. Answers their ids.
async fn waiting(rig: &Rig, files: &[PathBuf]) -> Vec<String> {
    let told = rig.upload(&files[0]).args(&files[1..]).without_token().run().await;
    told.assert_code(3, "nobody is signed in");
    told.named("queued").iter().map(|event| event["item"].as_str().unwrap().to_owned()).collect()
}

async fn queue(rig: &Rig, words: &[&str]) -> Told {
    rig.slipway(["queue"]).args(words).without_token().run().await
}

/// What `queue list --json` says of an item.
async fn item(rig: &Rig, id: &str) -> Value {
    let listed = queue(rig, &["list", "--json"]).await;
    listed.named("item").into_iter().find(|item| item["item"] == id).unwrap_or_else(|| panic!("{id} in {listed:#?}"))
}

/// The end of an id, as a person would type it.
fn end_of(id: &str) -> &str {
    &id[id.len() - 8..]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_shows_every_item_to_people_and_to_programs() {
    let rig = Rig::new(Profile::Documented).await;
    let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mp4", 5 * CHUNK));
    rig.upload(&talk).arg("--publish").run().await.assert_code(0, "talk");
    let waits = waiting(&rig, std::slice::from_ref(&film)).await.remove(0);
    assert_eq!(queue(&rig, &[]).await.lines, queue(&rig, &["list"]).await.lines);
    let listed = queue(&rig, &["list"]).await;
    listed.assert_code(0, "list");
    let text = listed.lines.join("\n");
    for words in ["Published", "Waiting", "talk.mp4", "film.mp4", &waits, "80.00 KiB", &rig.sandbox.domain()] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let listed = queue(&rig, &["list", "--json"]).await;
    for same in [&["--json"][..], &["--json", "list"], &["--json", "-v", "list"]] {
        assert_eq!(queue(&rig, same).await.lines, listed.lines, "{same:?}");
    }
    let (done, waits) = (&listed.named("item")[0], &listed.named("item")[1]);
    assert_eq!((&done["stage"], &done["published"], &done["stored"]), (&"done".into(), &true.into(), &CHUNK.into()));
    assert_eq!(done["video_id"], rig.arrived()[0].photo_id);
    assert_eq!(
        (&waits["stage"], &waits["intent"], &waits["total"]),
        (&"queued".into(), &"run".into(), &(5 * CHUNK).into())
    );
    assert_eq!(waits["file"], film.to_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_stays_and_what_is_resumed_goes() {
    let rig = Rig::new(Profile::Documented).await;
    let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mp4", CHUNK));
    let ids = waiting(&rig, &[talk.clone(), film.clone()]).await;
    let paused = queue(&rig, &["pause", end_of(&ids[0])]).await;
    paused.assert_code(0, "pause");
    assert!(paused.lines.len() == 1 && paused.lines[0].contains("Paused"), "{paused:#?}");
    rig.work_off().run().await.assert_code(0, "the other one");
    rig.assert_arrived_once(&film, "one is paused");
    let resumed = queue(&rig, &["resume", "--json", &ids[0]]).await;
    assert_eq!(resumed.only("item")["intent"], "run");
    rig.work_off().run().await.assert_code(0, "both");
    assert_eq!(rig.arrived().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_name_all_items_are_meant_that_it_makes_sense_for() {
    let rig = Rig::new(Profile::Documented).await;
    let files: Vec<_> = ["a.mp4", "b.mp4", "c.mp4"].iter().map(|name| rig.file(name, CHUNK)).collect();
    let ids = waiting(&rig, &files).await;
    assert_eq!(queue(&rig, &["pause", "--json"]).await.named("item").len(), 3);
    assert_eq!(queue(&rig, &["pause", "--json"]).await.lines.len(), 0, "all are paused already");
    assert_eq!(queue(&rig, &["clear", "--json"]).await.lines.len(), 0, "none is finished");
    queue(&rig, &["cancel", &ids[0]]).await.assert_code(0, "cancel");
    assert_eq!(queue(&rig, &["resume", "--json"]).await.named("item").len(), 2);
    rig.work_off().run().await.assert_code(0, "two");
    assert_eq!(rig.arrived().len(), 2);
    queue(&rig, &["clear"]).await.assert_code(0, "clear");
    assert_eq!(queue(&rig, &["list"]).await.lines, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_is_never_sent_and_what_is_over_cannot_be() {
    let rig = Rig::new(Profile::Documented).await;
    let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mp4", CHUNK));
    let ids = waiting(&rig, &[talk, film.clone()]).await;
    let cancelled = queue(&rig, &["cancel", "--json", &ids[0]]).await;
    assert_eq!(cancelled.only("item")["stage"], "cancelled");
    rig.work_off().run().await.assert_code(0, "the other one");
    rig.assert_arrived_once(&film, "one is cancelled");
    let again = queue(&rig, &["cancel", "--json", &ids[0], &ids[1]]).await;
    again.assert_code(1, "both are over");
    assert_eq!(again.named("failed").len(), 2);
    assert_eq!(again.named("failed")[0]["code"], "not_possible_now");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_finished_can_be_cleared() {
    let rig = Rig::new(Profile::Documented).await;
    let id = waiting(&rig, &[rig.file("talk.mp4", CHUNK)]).await.remove(0);
    let refused = queue(&rig, &["clear", &id]).await;
    refused.assert_code(1, "it waits");
    assert!(!refused.stderr.is_empty(), "{refused:#?}");
    rig.work_off().run().await.assert_code(0, "done");
    queue(&rig, &["clear", &id]).await.assert_code(0, "done");
    queue(&rig, &["clear", &id]).await.assert_code(2, "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_goes_on_after_a_retry() {
    let rig = Rig::new(Profile::Documented).await;
    let (talk, elsewhere) = (rig.file("talk.mp4", CHUNK), rig.folder().join("elsewhere.mp4"));
    let id = waiting(&rig, std::slice::from_ref(&talk)).await.remove(0);
    std::fs::rename(&talk, &elsewhere).unwrap();
    rig.work_off().run().await.assert_code(1, "its file is gone");
    assert_eq!(item(&rig, &id).await["failure"]["code"], "source_missing");
    let text = queue(&rig, &["list"]).await.lines.join("\n");
    assert!(text.contains("Needs you") && text.contains("not there"), "{text}");
    std::fs::rename(&elsewhere, &talk).unwrap();
    queue(&rig, &["retry", end_of(&id)]).await.assert_code(0, "retry");
    rig.work_off().run().await.assert_code(0, "it is back");
    rig.assert_arrived_once(&talk, "it is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_several_ids_share_names_none_of_them() {
    let rig = Rig::new(Profile::Documented).await;
    // One more than there are hexadecimal digits: two of them end alike.
    let files: Vec<_> = (0..17).map(|n| rig.file(&format!("{n}.mp4"), 10)).collect();
    let ids = waiting(&rig, &files).await;
    let last = |id: &str| id[id.len() - 1..].to_owned();
    let shared =
        ids.iter().map(|id| last(id)).find(|end| ids.iter().filter(|id| last(id) == *end).count() > 1).unwrap();
    let refused = queue(&rig, &["cancel", &shared, "--json"]).await;
    refused.assert_code(2, &shared);
    assert_eq!(refused.only("failed")["code"], "item_unknown");
    let listed = queue(&rig, &["list", "--json"]).await;
    assert!(listed.named("item").iter().all(|item| item["stage"] == "queued"), "{listed:#?}");
}

/// An upload whose commit went out and whose outcome cannot be found out. Answers its id.
pub(crate) async fn unsettled(rig: &Rig, file: &Path, arrives: bool) -> String {
    let commit = Fault::on(Endpoint::Commit);
    rig.sandbox.inject(if arrives { commit.lose_answer_after_work() } else { commit.lose_answer_before_work() });
    rig.sandbox.inject(Fault::on(Endpoint::List).nth(2).always().with(Effect::Anonymous));
    let told = rig.upload(file).run().await;
    told.assert_code(3, "only a person can tell");
    let failed = told.only("failed");
    assert_eq!((&failed["code"], &failed["remedy"]), (&"outcome_unknown".into(), &"settle".into()), "{told:#?}");
    rig.sandbox.clear_faults();
    failed["item"].as_str().unwrap().to_owned()
}

/// Says so, works it off, and answers the video that came of it.
async fn settled(rig: &Rig, id: &str, words: &[&str]) -> Value {
    rig.slipway(["queue", "settle", end_of(id)]).args(words).run().await.assert_code(0, words[0]);
    let told = rig.work_off().run().await;
    told.assert_code(0, words[0]);
    told.only("done")["video_id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_settle_what_nobody_can_find_out() {
    let switches = || Switches { closed_site: true, ..Switches::documented() };
    let looking = async {
        let rig = Rig::with(switches()).await;
        let file = rig.file("talk.mp4", 5 * CHUNK);
        let id = unsettled(&rig, &file, true).await;
        let stuck = rig.work_off().run().await;
        stuck.assert_code(3, "it still needs somebody");
        rig.slipway(["queue", "cancel", &id]).run().await.assert_code(1, "settle it first");
        rig.slipway(["queue", "clear", &id]).run().await.assert_code(1, "settle it first");
        let video = settled(&rig, &id, &["--keep-looking"]).await;
        assert_eq!(video, rig.assert_arrived_once(&file, "keep looking").photo_id);
        rig.slipway(["queue", "settle", &id, "--send-again"]).run().await.assert_code(1, "it is settled");
    };
    let again = async {
        let rig = Rig::with(switches()).await;
        let file = rig.file("talk.mp4", 5 * CHUNK);
        let id = unsettled(&rig, &file, false).await;
        let video = settled(&rig, &id, &["--send-again"]).await;
        assert_eq!(video, rig.assert_arrived_once(&file, "send again").photo_id);
    };
    let arrived = async {
        let rig = Rig::with(switches()).await;
        let file = rig.file("talk.mp4", 5 * CHUNK);
        let id = unsettled(&rig, &file, true).await;
        let seen = rig.assert_arrived_once(&file, "arrived").photo_id;
        let video = settled(&rig, &id, &["--arrived", &seen.to_string()]).await;
        assert_eq!(video, seen);
        rig.assert_arrived_once(&file, "nothing was sent");
    };
    tokio::join!(looking, again, arrived);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_the_story_of_an_item() {
    let rig = Rig::new(Profile::Documented).await;
    let told = rig.upload(&rig.file("talk.mp4", 3 * CHUNK)).run().await;
    let id = told.only("done")["item"].as_str().unwrap().to_owned();
    let log = rig.slipway(["log", end_of(&id)]).run().await;
    log.assert_code(0, "log");
    let mut found = ["chunk 1 acknowledged", "chunk 3 acknowledged", "HTTP 200", "video found"].into_iter().peekable();
    for line in &log.lines {
        assert!(line.starts_with("20") && line.contains("Z  "), "a time and a text: {line}");
        found.next_if(|words| line.contains(words));
    }
    assert_eq!(found.next(), None, "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_is_missing() {
    let rig = Rig::new(Profile::Documented).await;
    let well = rig.slipway(["doctor"]).run().await;
    well.assert_code(0, "a token stands in for the keychain");
    assert!(well.lines.concat().contains("slipway login"), "what to do next: {well:#?}");
    let ill = rig.slipway(["doctor"]).without_token().run().await;
    ill.assert_code(3, "no keychain");
    assert!(ill.lines.iter().any(|line| line.starts_with("NOT  keychain")), "{ill:#?}");
    let ill = rig.slipway(["doctor", "--json"]).without_token().run().await;
    let checks = ill.named("check");
    assert_eq!((&checks[0]["what"], &checks[0]["ok"]), (&"data_folder".into(), &true.into()));
    assert_eq!((&checks[1]["what"], &checks[1]["ok"]), (&"keychain".into(), &false.into()));
    assert_eq!(checks[1]["code"], "keychain_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_speak_the_persons_language_and_codes_always_the_same() {
    let rig = Rig::new(Profile::Documented).await;
    waiting(&rig, &[rig.file("talk.mp4", CHUNK)]).await;
    let danish: Value = serde_json::from_str(include_str!("../../../../messages/da.json")).unwrap();
    let text = |key: &str| danish[key].as_str().unwrap().to_owned();
    for (name, locale) in [("LANG", "da_DK.UTF-8"), ("LC_ALL", "da_DK"), ("LC_MESSAGES", "da")] {
        let listed = rig.slipway(["queue"]).env(name, locale).run().await;
        assert!(listed.lines[0].contains(&text("cli.state_queued")), "{name}: {listed:#?}");
        let told = rig.work_off().without_token().env(name, locale).run().await;
        let waits = told.only("waiting");
        assert_eq!(waits["message"], text("failure.keychain_missing.message"));
        assert_eq!((&waits["event"], &waits["code"]), (&"waiting".into(), &"keychain_missing".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_their_results_on_stdout_and_everything_else_beside_it() {
    let rig = Rig::new(Profile::Documented).await;
    let (talk, missing) = (rig.file("talk.mp4", 5 * CHUNK), rig.folder().join("none.mp4"));
    let words = ["upload", "--workspace", &rig.sandbox.url()];
    let told = rig.slipway(words).args([&talk, &missing]).run().await;
    told.assert_code(1, "one of two");
    let link = format!("{}/manage/video/{}", rig.sandbox.url(), rig.arrived()[0].photo_id);
    assert_eq!(told.lines.len(), 2, "{told:#?}");
    assert!(told.lines[0].starts_with("talk.mp4") && told.lines[0].ends_with("Draft"), "{told:#?}");
    assert_eq!(told.lines[1].trim(), link);
    assert!(told.stderr.contains("none.mp4") && told.stderr.contains("1 done, 1 failed"), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_the_environment_reaches_no_workspace_but_its_own() {
    let (rig, other) = (Rig::new(Profile::Documented).await, Rig::new(Profile::Documented).await);
    let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mp4", CHUNK));
    let elsewhere = rig.slipway(["upload", "--json", "--workspace", &other.sandbox.url()]).arg(&film);
    elsewhere.run().await.assert_code(3, "the other workspace does not take this token");
    let (asked, url) = (other.sandbox.requests().len(), rig.sandbox.url());

    rig.upload(&talk).run().await.assert_code(0, "named, beside what waits for the other workspace");
    rig.assert_arrived_once(&talk, "named");
    let told = rig.slipway(["run", "--until-empty", "--json", "--workspace", &url]).run().await;
    told.assert_code(3, "the other's film waits for a sign-in");
    assert_eq!(told.only("waiting")["code"], "sign_in_needed", "{told:#?}");
    rig.upload(&rig.file("clip.mp4", CHUNK)).run().await.assert_code(0, "named again");
    assert_eq!(other.sandbox.requests().len(), asked, "{}", other.traffic());

    let own = rig.slipway(["run", "--until-empty"]).env("SLIPWAY_TOKEN", other.sandbox.token());
    own.run().await.assert_code(0, "nothing else is known");
    other.assert_arrived_once(&film, "its own token");
}
