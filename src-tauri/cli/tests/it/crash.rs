//! The process is killed at each instant whose survival is promised, and started again: one video each time, the
//! file's bytes, and no more sent again than was on its way.
//!
//! Most instants are the engine's crash points (`hooks.rs`); those that lie in the server are chosen from outside, by
//! what the workspace has seen.

use crate::rig::{CHUNK, IN_FLIGHT, Rig, Running};
use slipway_sandbox::{Endpoint, Fault, Profile, VideoRecord};
use std::time::Duration;
use tokio::task::JoinSet;

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_hours(1);

/// The most that is on its way of the piece that completes a file before its end may go: a chunk without the end, and the fields
/// before it.
const BEGUN: u64 = CHUNK / 2;

/// How the work goes on after a crash.
#[derive(Debug, Clone, Copy)]
enum Afterwards {
    /// The same command again, as a script would.
    Repeated,
    /// `slipway run --until-empty`.
    WorkedOff,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    profile: Profile,
    chunks: u64,
    afterwards: Afterwards,
}

/// How the first process ends.
enum Death {
    /// By its own hand at a crash point.
    At(&'static str),
    /// The same, with these faults.
    AtWith(&'static str, fn() -> Vec<Fault>),
    /// By ours, with these faults, once the workspace has seen as much.
    Seen(fn() -> Vec<Fault>, Sight),
}

#[derive(Clone, Copy)]
enum Sight {
    /// Half of an ordinary chunk.
    HalfAChunk,
    /// Half of the piece that completes the file.
    HalfACommit,
    /// The beginning of the assembly.
    Assembling,
    /// The video.
    Video,
}

const ONE_CHUNK: &[u64] = &[1];
const SEVERAL: &[u64] = &[8];
const BOTH: &[u64] = &[1, 8];

/// Lets a process die so, for every profile, these numbers of chunks, and both ways to go on; then asserts what holds
/// after any crash.
async fn survives(chunks: &'static [u64], death: Death) -> Vec<(Case, Rig, VideoRecord)> {
    let death: &'static Death = Box::leak(Box::new(death));
    let mut running = JoinSet::new();
    for profile in [Profile::Documented, Profile::Hostile] {
        for &chunks in chunks {
            for afterwards in [Afterwards::Repeated, Afterwards::WorkedOff] {
                running.spawn(dies_and_goes_on(Case { profile, chunks, afterwards }, death));
            }
        }
    }
    running.join_all().await
}

async fn dies_and_goes_on(case: Case, death: &Death) -> (Case, Rig, VideoRecord) {
    let rig = Rig::new(case.profile).await;
    // A single chunk may be up to twice the chunk size.
    let size = if case.chunks == 1 { CHUNK + CHUNK / 2 } else { CHUNK * case.chunks };
    let file = rig.file("talk.mp4", size);
    let upload = || rig.upload(&file).args(["--publish", "--var", "speaker=Ada", "--title", "A talk"]);
    let name = &format!("{case:?}");

    if let Death::AtWith(_, faults) | Death::Seen(faults, _) = death {
        for fault in faults() {
            rig.sandbox.inject(fault);
        }
    }
    let first = match death {
        Death::At(point) | Death::AtWith(point, _) => upload().crashing_at(point).run().await,
        Death::Seen(_, sight) => killed_at(&rig, upload().start(), *sight, name).await,
    };
    assert!(first.was_killed(), "{name}: {first:#?}");
    rig.sandbox.clear_faults();

    let second = match case.afterwards {
        Afterwards::Repeated => upload().run().await,
        Afterwards::WorkedOff => rig.work_off().run().await,
    };
    second.assert_code(0, name);
    let video = rig.assert_arrived_once(&file, name);
    assert_eq!(second.only("done")["video_id"], video.photo_id, "{name}");
    let lines = second.events();
    assert_eq!(lines[0]["adopted"] == true, matches!(case.afterwards, Afterwards::Repeated), "{name}: {lines:?}");

    let on_its_way = if case.chunks == 1 { size } else { IN_FLIGHT * CHUNK };
    let again = rig.received_for_nothing(&file);
    assert!(again <= on_its_way, "{name}: {again} bytes more than the file; {}", rig.traffic());
    rig.assert_nothing_beside_a_commit(name);
    assert!(video.published && video.title == "A talk", "{name}: {video:?}");
    assert_eq!(video.variables.get("speaker").map(String::as_str), Some("Ada"), "{name}");
    (case, rig, video)
}

async fn killed_at(rig: &Rig, process: Running, sight: Sight, name: &str) -> crate::rig::Told {
    let seen = rig.sandbox.until(|seen| match sight {
        Sight::HalfAChunk => seen.chunks().any(|it| !it.completing && it.body_bytes >= CHUNK / 2 && held(it)),
        Sight::HalfACommit => seen.chunks().any(|it| it.completing && it.body_bytes >= CHUNK / 2 && held(it)),
        Sight::Assembling => seen.chunks().any(|it| matches!(it.assembly, Some((_, None)))),
        Sight::Video => seen.videos().iter().any(|video| video.upload_token.is_some()),
    });
    seen.await;
    let told = process.kill().await;
    assert!(told.named("stored").is_empty(), "{name}: killed too late: {told:#?}");
    told
}

/// A fault holds it.
fn held(request: &slipway_sandbox::RequestRecord) -> bool {
    !request.faults.is_empty() && request.ended.is_none()
}

/// Lookups after the one before the commit get no answer, so that the process learns nothing of its commit.
fn in_the_dark() -> Fault {
    Fault::on(Endpoint::List).nth(2).always().stall_before_reading()
}

/// Bytes of the file that were received and not needed, in every case.
fn assert_nothing_sent_twice(outcomes: &[(Case, Rig, VideoRecord)]) {
    for (case, rig, video) in outcomes {
        let received: u64 = rig.sandbox.requests().iter().filter_map(|it| it.file_bytes).sum();
        assert_eq!(received, video.bytes, "{case:?}: {}", rig.traffic());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_token() {
    assert_nothing_sent_twice(&survives(BOTH, Death::At("BeforeToken")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_token() {
    let outcomes = survives(BOTH, Death::At("AfterToken")).await;
    assert_nothing_sent_twice(&outcomes);
    for (case, rig, _) in &outcomes {
        let tokens = rig.sandbox.requests().iter().filter(|it| it.photo_id.is_none() && is_grant(it)).count();
        assert_eq!(tokens, 1, "{case:?}: the token was durable: {}", rig.traffic());
    }
}

fn is_grant(request: &slipway_sandbox::RequestRecord) -> bool {
    request.api_method == "photo/get-upload-token" && request.status == Some(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_first_acknowledgement_is_recorded() {
    survives(SEVERAL, Death::At("MidChunk:1")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_among_parallel_chunks() {
    survives(SEVERAL, Death::At("MidChunk:4")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_the_body_of_a_chunk() {
    let faults = || vec![Fault::on(Endpoint::Chunk).chunk(4).stall_body_after(CHUNK / 2)];
    survives(SEVERAL, Death::Seen(faults, Sight::HalfAChunk)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_last_ordinary_acknowledgement() {
    assert_nothing_sent_twice(&survives(BOTH, Death::At("AfterLastAcknowledgement")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_commit_sent_is_durable_and_before_it_is_sent() {
    assert_nothing_sent_twice(&survives(BOTH, Death::At("AfterCommitSentIsDurable")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_the_body_of_the_commit() {
    let faults = || vec![Fault::on(Endpoint::Commit).stall_body_after(CHUNK / 2), in_the_dark()];
    survives(BOTH, Death::Seen(faults, Sight::HalfACommit)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_the_server_assembles() {
    let faults = || vec![Fault::on(Endpoint::Commit).assembly_delay(Duration::from_millis(500)), in_the_dark()];
    assert_nothing_sent_twice(&survives(BOTH, Death::Seen(faults, Sight::Assembling)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_servers_work_and_before_its_answer() {
    let faults = || vec![Fault::on(Endpoint::Commit).stall_answer(FOR_EVER), in_the_dark()];
    assert_nothing_sent_twice(&survives(BOTH, Death::Seen(faults, Sight::Video)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_answer_and_before_it_is_stored() {
    assert_nothing_sent_twice(&survives(BOTH, Death::AtWith("AfterAnswerBeforeStored", || vec![in_the_dark()])).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_two_follow_ups() {
    let outcomes = survives(ONE_CHUNK, Death::At("BetweenFollowUps")).await;
    assert_nothing_sent_twice(&outcomes);
    for (case, rig, _) in &outcomes {
        let updates = rig.sandbox.requests().iter().filter(|it| it.api_method == "photo/update").count();
        assert_eq!(updates, 2, "{case:?}: what was ticked is not done again: {}", rig.traffic());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_the_chunks_that_waited_are_gone_when_it_comes_back() {
    let comes_back = async |profile| {
        let rig = Rig::new(profile).await;
        let (size, case) = (8 * CHUNK, &format!("{profile:?}"));
        let file = rig.file("talk.mp4", size);
        assert!(rig.upload(&file).crashing_at("AfterLastAcknowledgement").run().await.was_killed());
        rig.sandbox.purge_chunks();
        let told = rig.upload(&file).run().await;
        told.assert_code(0, case);
        rig.assert_arrived_once(&file, case);
        rig.assert_nothing_beside_a_commit(case);
        // All of it once more, and the piece that was to complete it: on its way when the process died, then sent, looked up,
        // sent again, looked up.
        let again = rig.received_for_nothing(&file);
        assert!(again <= size + CHUNK + BEGUN, "{case}: {again} bytes more than the file; {}", rig.traffic());
    };
    tokio::join!(comes_back(Profile::Documented), comes_back(Profile::Hostile));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_some_chunks_that_waited_are_gone_where_the_workspace_can_be_asked() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", 8 * CHUNK);
    assert!(rig.upload(&file).crashing_at("AfterLastAcknowledgement").run().await.was_killed());
    // One vanishes, as on a server that tidies up by age.
    let waiting = std::fs::read_dir(rig.sandbox.dir().join("chunks")).unwrap().map(|entry| entry.unwrap().path());
    let third: Vec<_> = waiting.filter(|path| path.extension().is_some_and(|number| number == "3")).collect();
    assert_eq!(third.len(), 1);
    std::fs::remove_file(&third[0]).unwrap();
    let told = rig.upload(&file).run().await;
    told.assert_code(0, "one is gone");
    rig.assert_arrived_once(&file, "one is gone");
    // And of the piece that was to complete it what was on its way when the process died.
    let again = rig.received_for_nothing(&file);
    assert!((CHUNK..=CHUNK + BEGUN).contains(&again), "{again}: {}", rig.traffic());
}
