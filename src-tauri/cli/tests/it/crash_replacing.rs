//! The process is killed at each instant while it replaces something: afterwards the video has the new file, put there
//! once, or the old one and a person is asked; and never is anything else replaced.

use crate::rig::{CHUNK, Rig, bytes, sha256};
use serde_json::Value;
use slipway_sandbox::{Endpoint, Fault, Profile, Switches, VideoRecord};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// As one piece.
    Film,
    /// In pieces.
    LongFilm,
    Picture,
    /// A moment of the film, and no file.
    Moment,
}

const ALL: &[What] = &[What::Film, What::LongFilm, What::Picture];
const IN_PIECES: &[What] = &[What::LongFilm];
const MOMENT: &[What] = &[What::Moment];

/// Versions of the API.
const VERSIONS: [u8; 2] = [1, 2];

/// Where the film is at the moment that is chosen, in seconds.
const AT_S: f64 = 2.5;

/// How the first process ends.
#[derive(Debug, Clone, Copy)]
enum Death {
    At(&'static str),
    /// By our hand, with this fault, once something has been put in place.
    Replaced(fn() -> Fault),
    /// The same, once the workspace has seen half of the piece that completes the file.
    HalfACommit,
}

/// What may be true in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It goes on and is done.
    Done,
    /// The work may have been done, and a person is asked.
    Asked,
    /// One of these: what the network still held of a dead process's request may reach the workspace, or not.
    Either,
}

async fn survives(whats: &'static [What], death: Death, expected: Outcome) {
    let mut running = JoinSet::new();
    for profile in [Profile::Documented, Profile::Hostile] {
        for (&what, version) in whats.iter().flat_map(|what| VERSIONS.map(|version| (what, version))) {
            running.spawn(dies_and_goes_on(profile, version, what, death, expected));
        }
    }
    running.join_all().await;
}

struct Stage {
    rig: Rig,
    what: What,
    credential: String,
    video: VideoRecord,
    file: PathBuf,
}

impl Stage {
    /// A processed video in the workspace, and a file to replace something of it.
    async fn set(profile: Profile, version: u8, what: What) -> Self {
        let switches = Switches { list_lag: Duration::ZERO, oauth_on_v2: version == 2, ..Switches::of(profile) };
        let rig = Rig::with(switches).await;
        let credential = match version {
            1 => {
                let keys = rig.sandbox.oauth();
                [&*keys.consumer_key, &keys.consumer_secret, &keys.token, &keys.token_secret].join(" ")
            }
            _ => rig.sandbox.token().to_owned(),
        };
        let first = rig.file("first cut.mp4", CHUNK);
        rig.upload(&first).env("SLIPWAY_TOKEN", &credential).run().await.assert_code(0, "the first cut");
        rig.sandbox.advance_clock(rig.sandbox.switches().transcoding);
        let file = match what {
            What::Film | What::Moment => rig.file("second cut.mp4", CHUNK),
            What::LongFilm => rig.file("second cut.mp4", 12 * CHUNK),
            What::Picture => {
                let path = rig.folder().join("cover.png");
                std::fs::write(&path, [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &bytes("cover", CHUNK)].concat())
                    .unwrap();
                path
            }
        };
        let video = rig.arrived().remove(0);
        Self { rig, what, credential, video, file }
    }

    fn replace(&self) -> crate::rig::Slipway {
        let id = self.video.photo_id.to_string();
        let replace = self.slipway(&["replace", "--json", "--workspace", &self.rig.sandbox.url(), &id]);
        if self.what == What::Moment { replace.args(["--moment", &AT_S.to_string()]) } else { replace.arg(&self.file) }
    }

    fn slipway(&self, words: &[&str]) -> crate::rig::Slipway {
        self.rig.slipway(words).env("SLIPWAY_TOKEN", &self.credential)
    }

    /// What stands there now.
    fn now(&self) -> VideoRecord {
        let arrived = self.rig.arrived();
        assert_eq!(arrived.len(), 1, "no other video: {}", self.rig.traffic());
        arrived.into_iter().next().unwrap()
    }

    /// What stands where the file or the moment was to go, and what is to stand there.
    fn put_in_place(&self) -> (Option<String>, Option<String>) {
        let now = self.now();
        match self.what {
            What::Picture => (now.thumbnail_sha256, Some(sha_of(&self.file))),
            What::Moment => (now.thumbnail_time.map(|at| at.to_string()), Some(AT_S.to_string())),
            What::Film | What::LongFilm => (Some(now.sha256), Some(sha_of(&self.file))),
        }
    }
}

fn sha_of(path: &Path) -> String {
    sha256(&std::fs::read(path).unwrap())
}

async fn dies_and_goes_on(profile: Profile, version: u8, what: What, death: Death, expected: Outcome) {
    let name = &format!("{profile:?}, version {version}, {what:?}, {death:?}");
    let stage = Stage::set(profile, version, what).await;
    let first = match death {
        Death::At(point) => stage.replace().crashing_at(point).run().await,
        Death::Replaced(fault) => {
            stage.rig.sandbox.inject(fault());
            let process = stage.replace().start();
            let (before, id) = (stage.video.revision, stage.video.photo_id);
            let replaced = |it: &VideoRecord| it.photo_id == id && it.revision > before;
            stage.rig.sandbox.until(|seen| seen.videos().iter().any(|it| replaced(it))).await;
            process.kill().await
        }
        Death::HalfACommit => {
            stage.rig.sandbox.inject(Fault::on(Endpoint::Commit).stall_body_after(CHUNK / 2));
            let process = stage.replace().start();
            let half = |it: &slipway_sandbox::RequestRecord| {
                it.completing && it.body_bytes >= CHUNK / 2 && it.ended.is_none() && !it.faults.is_empty()
            };
            stage.rig.sandbox.until(|seen| seen.requests().iter().any(half)).await;
            process.kill().await
        }
    };
    assert!(first.was_killed(), "{name}: {first:#?}");
    stage.rig.sandbox.clear_faults();

    let second = stage.replace().run().await;
    let expected = match expected {
        Outcome::Either if second.code() == 0 => Outcome::Done,
        Outcome::Either => Outcome::Asked,
        expected => expected,
    };
    match expected {
        Outcome::Done => {
            second.assert_code(0, name);
            assert_eq!(second.only("done")["video_id"], Value::from(stage.video.photo_id), "{name}");
        }
        Outcome::Asked => {
            second.assert_code(3, name);
            let failed = second.only("failed");
            assert_eq!((&failed["code"], &failed["remedy"]), (&"probably_replaced".into(), &"settle".into()), "{name}");
            // "It is this one" ends it.
            let item = failed["item"].as_str().unwrap();
            let id = stage.video.photo_id.to_string();
            stage.slipway(&["queue", "settle", item, "--arrived", &id]).run().await.assert_code(0, name);
            stage.slipway(&["run", "--until-empty", "--json"]).run().await.assert_code(0, name);
        }
        Outcome::Either => unreachable!("decided above"),
    }
    let (stands, wanted) = stage.put_in_place();
    assert_eq!(stands, wanted, "{name}: {}", stage.rig.traffic());
    let now = stage.now();
    let films = u64::from(matches!(what, What::Film | What::LongFilm));
    assert_eq!(now.replaced, films, "{name}: {}", stage.rig.traffic());
    if films == 0 {
        assert_eq!(now.sha256, stage.video.sha256, "{name}: the film is left alone");
    } else {
        assert_eq!(now.thumbnail_sha256, stage.video.thumbnail_sha256, "{name}");
    }
    assert_eq!(second.events()[0]["adopted"], true, "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_token_of_a_replacement() {
    survives(ALL, Death::At("BeforeToken"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_token_of_a_replacement() {
    survives(ALL, Death::At("AfterToken"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_first_piece_of_a_replacement_is_acknowledged() {
    survives(IN_PIECES, Death::At("MidChunk:1"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_among_the_pieces_of_a_replacement() {
    survives(IN_PIECES, Death::At("MidChunk:4"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_last_ordinary_piece_of_a_replacement() {
    survives(ALL, Death::At("AfterLastAcknowledgement"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_commit_of_a_replacement_is_durable_and_before_it_is_sent() {
    survives(ALL, Death::At("AfterCommitSentIsDurable"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_the_commit_of_a_replacement() {
    survives(ALL, Death::HalfACommit, Outcome::Either).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_replacing_and_before_its_answer() {
    let silent = || Fault::on(Endpoint::Commit).stall_answer(Duration::from_hours(1));
    survives(ALL, Death::Replaced(silent), Outcome::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_answer_to_a_replacement_and_before_it_is_recorded() {
    survives(ALL, Death::At("AfterAnswerBeforeStored"), Outcome::Asked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_answer_is_recorded_and_before_the_new_version_was_seen() {
    survives(ALL, Death::At("BeforeVersionSeen"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_a_moment_was_taken_in_and_nothing_was_said() {
    survives(MOMENT, Death::At("AfterHandOverIsDurable"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_moment_is_said() {
    survives(MOMENT, Death::At("BeforeFollowUp"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_moment_was_said_and_before_that_is_recorded() {
    survives(MOMENT, Death::At("AfterFollowUp"), Outcome::Done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_a_moment_is_recorded_and_before_it_was_seen() {
    survives(MOMENT, Death::At("BeforeVersionSeen"), Outcome::Done).await;
}
