//! Every row of the table about an unclear replacement: each has its scenarios here, and a new row without one fails.
//! What they share: the video has the new file and no other, or it has the old one; and whoever cannot know asks.

use super::{IN_PIECES, PROFILES, WHOLE};
use crate::rig::{Making, Rig, SMALL, play, sha256};
use slipway_engine::Settle;
use slipway_engine::commit::REPLACEMENT_STEPS;
use slipway_engine::failure::Code;
use slipway_engine::workspace::ApiVersion;
use slipway_sandbox::{Effect, Endpoint, Fault, Profile, Switches};
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

type Played = Pin<Box<dyn Future<Output = ()> + Send>>;

const SIZES: [u64; 3] = [SMALL, WHOLE, IN_PIECES];

fn commit() -> Fault {
    Fault::on(Endpoint::Commit)
}

/// Looks at the video after the one that precedes the commit: a whole file is looked at twice before, one in pieces four
/// times.
fn later_looks(size: u64) -> Fault {
    Fault::on(Endpoint::List).nth(if size == IN_PIECES { 5 } else { 3 }).always()
}

/// How the workspace is, how it is spoken to, and how large the file is.
#[derive(Debug, Clone, Copy)]
struct Case {
    profile: Profile,
    version: ApiVersion,
    size: u64,
}

impl Case {
    fn plain(size: u64) -> Self {
        Self { profile: Profile::Documented, version: ApiVersion::V2, size }
    }
}

async fn standing(Case { profile, version, size }: Case) -> (Rig, u64, PathBuf) {
    // Of the old video's upload nothing may be left to wait for.
    let switches = Switches { list_lag: Duration::ZERO, ..Switches::of(profile) };
    let rig = Making::of(switches).speaking(version).looking_briefly().start().await;
    let video = rig.standing("first cut.mp4").await;
    let file = rig.file("second cut.mp4", size);
    (rig, video, file)
}

/// Everything that a server can do after the work is done but answer rightly.
fn silences() -> Vec<(&'static str, Vec<Fault>)> {
    vec![
        ("the answer is lost", vec![commit().lose_answer_after_work()]),
        ("the answer is cut", vec![commit().with(Effect::CutAnswerAfter { bytes: 3 })]),
        ("half of an answer", vec![commit().with(Effect::TruncatedJson)]),
        (
            "a gateway gives up",
            vec![commit().gateway_timeout_but_finish(), commit().assembly_delay(Duration::from_millis(300))],
        ),
        ("a server error, and the work is done", vec![commit().answer_after_work(500, "")]),
        ("no more than ok", vec![commit().answer_after_work(200, "ok")]),
        ("a web page", vec![commit().answer_after_work(200, "<html>Welcome</html>")]),
    ]
}

fn scenarios_of(row: &'static str, version: ApiVersion) -> Vec<Played> {
    let mut all: Vec<Played> = Vec::new();
    for profile in PROFILES {
        for size in SIZES {
            let case = Case { profile, version, size };
            match row {
                "the video is not as it was" => {
                    for (what, faults) in silences() {
                        all.push(Box::pin(changed(what, case, faults)));
                    }
                }
                "it cannot be compared" => all.push(Box::pin(blind(case))),
                "as it was, and sent again often enough" => all.push(Box::pin(swallowed(case))),
                "as it was, several chunks, the commit sent once" if size == IN_PIECES => {
                    all.push(Box::pin(goes_again(row, "CommitAgain", case, 1)));
                }
                "as it was, several chunks, the commit sent once" => {}
                "as it was" => {
                    let times = if size == IN_PIECES { 2 } else { 1 };
                    all.push(Box::pin(goes_again(row, "SendAgain", case, times)));
                    all.push(Box::pin(a_refused_token(case)));
                }
                row => panic!("no scenario for {row:?}"),
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_about_an_unclear_replacement_leads_to_the_new_file_once_or_to_the_question() {
    play_all(ApiVersion::V2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_does_every_row_in_version_1() {
    play_all(ApiVersion::V1).await;
}

async fn play_all(version: ApiVersion) {
    play(REPLACEMENT_STEPS.iter().flat_map(|row| scenarios_of(row.known, version)), |scenario| scenario).await;
}

/// The work is done and nobody says so: a question, and either answer to it ends well.
async fn changed(what: &str, case: Case, faults: Vec<Fault>) {
    for answer in [Settle::Arrived(0), Settle::SendAgain] {
        let what = format!("{what}, {case:?}, {answer:?}");
        let (rig, video, file) = standing(case).await;
        for fault in faults.clone() {
            rig.sandbox().inject(fault);
        }
        let item = rig.asks_about(&what, video, &file, Code::ProbablyReplaced).await;
        let new = sha256(&std::fs::read(&file).unwrap());
        assert_eq!((rig.video(video).sha256, rig.video(video).replaced), (new.clone(), 1), "{what}");
        rig.sandbox().clear_faults();

        let (answer, times) = match answer {
            Settle::Arrived(_) => (Settle::Arrived(video), 1),
            answer => (answer, 2),
        };
        rig.engine().settle(item.id, answer).await.unwrap();
        let item = rig.rest(item.id).await;
        assert_eq!((item.stage.as_str(), item.video_id), ("done", Some(video)), "{what}: {}", rig.story());
        assert_eq!((rig.video(video).sha256, rig.video(video).replaced), (new, times), "{what}");
    }
}

async fn blind(case: Case) {
    let what = format!("blind, {case:?}");
    let (rig, video, file) = standing(case).await;
    rig.sandbox().inject(commit().lose_answer_after_work());
    // To somebody unknown a closed workspace says nothing in version 1, and that would be a matter of signing in.
    let blindness = match case.version {
        ApiVersion::V1 => Effect::StaleList { millis: Duration::from_millis(1) },
        ApiVersion::V2 => Effect::Anonymous,
    };
    rig.sandbox().inject(later_looks(case.size).with(blindness));
    let item = rig.asks_about(&what, video, &file, Code::OutcomeUnknown).await;
    // Looking again with open eyes, it sees that something happened.
    rig.sandbox().clear_faults();
    rig.engine().settle(item.id, Settle::KeepLooking).await.unwrap();
    let item = rig.until(item.id, |item| matches!(&item.failure, Some(it) if it.code == Code::ProbablyReplaced)).await;
    assert_eq!(rig.video(video).replaced, 1, "{what}");
    // Another video's number is no answer to this question.
    assert!(rig.engine().settle(item.id, Settle::Arrived(video + 1)).await.is_err(), "{what}");
}

async fn swallowed(case: Case) {
    let what = format!("swallowed, {case:?}");
    let (rig, video, file) = standing(case).await;
    rig.sandbox().inject(commit().always().lose_answer_before_work());
    rig.asks_about(&what, video, &file, Code::OutcomeUnknown).await;
    assert_eq!(rig.video(video).replaced, 0, "{what}");
}

async fn goes_again(row: &str, step: &str, case: Case, times: u32) {
    let what = format!("{row}, {case:?}");
    let (rig, video, file) = standing(case).await;
    rig.sandbox().inject(commit().times(times).lose_answer_before_work());
    let item = rig.replaced(video, &file).await;
    rig.assert_replaced_once(&what, &item, video);
    rig.assert_commits_alone(&what);
    let log = rig.log(item.id).await;
    assert!(log.contains(&format!("}}: {step}\n")), "{what}: {log}");
}

/// A token that ends in the very moment of the commit: nothing is replaced, and another token does it.
async fn a_refused_token(case: Case) {
    let what = format!("refused token, {case:?}");
    let (rig, video, file) = standing(case).await;
    rig.sandbox().inject(commit().with(Effect::ExpireUploadTokens));
    let item = rig.replaced(video, &file).await;
    rig.assert_replaced_once(&what, &item, video);
}

/// Whether the look or the work comes first is chance; what stands there in the end is not.
#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_done_long_after_the_connection_closed_leaves_the_new_file_in_place() {
    play(SIZES.into_iter().flat_map(|size| [(size, 100), (size, 600)]), |(size, millis)| async move {
        let (rig, video, file) = standing(Case::plain(size)).await;
        let late = Effect::Late { millis: Duration::from_millis(millis) };
        rig.sandbox().inject(commit().with(late));
        let item = rig.replaced(video, &file).await;
        let asked = item.failure.as_ref().is_some_and(|failure| failure.code == Code::ProbablyReplaced);
        assert!(item.stage == "done" || asked, "{item:?} {}", rig.story());
        rig.sandbox().until(|seen| seen.requests().iter().all(|it| it.ended.is_some())).await;
        assert_eq!(rig.video(video).sha256, sha256(&std::fs::read(&file).unwrap()), "{}", rig.story());
        assert_eq!(rig.uploads().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_that_was_turned_away_or_refused_in_words_is_sent_again_or_says_so() {
    play(SIZES, |size| async move {
        let (rig, video, file) = standing(Case::plain(size)).await;
        rig.sandbox().inject(commit().times(2).answer(503, "<html>busy</html>"));
        let item = rig.replaced(video, &file).await;
        rig.assert_replaced_once(&format!("turned away, {size}"), &item, video);

        let (rig, video, file) = standing(Case::plain(size)).await;
        rig.sandbox().inject(commit().always().answer(500, "The file is too large"));
        let item = rig.replaced(video, &file).await;
        assert_eq!(item.failure.map(|failure| failure.code), Some(Code::FileTooLarge), "{}", rig.story());
        assert_eq!(rig.video(video).replaced, 0);
    })
    .await;
}

#[tokio::test]
async fn a_whole_file_that_is_too_large_for_one_request_goes_in_pieces() {
    let (rig, video, file) = standing(Case::plain(WHOLE)).await;
    rig.sandbox().inject(commit().answer(413, "<html>too large</html>"));
    let item = rig.replaced(video, &file).await;
    rig.assert_replaced_once("too large", &item, video);
    assert!(rig.chunks().iter().filter(|it| it.api_method == "photo/replace").count() > 3, "{}", rig.story());
}

#[tokio::test]
async fn an_answer_that_names_another_video_is_a_question() {
    let (rig, video, file) = standing(Case::plain(SMALL)).await;
    rig.sandbox().inject(commit().answer(200, r#"{"photo_id":4711}"#));
    let item = rig.asks_about("another id", video, &file, Code::OutcomeUnknown).await;
    assert!(item.failure.unwrap().detail.unwrap().ends_with("/manage/video/4711"));
}

#[tokio::test]
async fn a_bare_number_that_is_not_the_videos_is_settled_by_looking_at_the_one_that_was_meant() {
    let (rig, video, file) = standing(Case::plain(SMALL)).await;
    rig.sandbox().inject(commit().answer_after_work(200, "4711"));
    let item = rig.asks_about("half an id", video, &file, Code::ProbablyReplaced).await;
    assert!(item.failure.unwrap().detail.unwrap().ends_with(&format!("/manage/video/{video}")));
}

#[tokio::test]
async fn what_somebody_else_does_to_the_video_meanwhile_is_no_proof_that_ours_arrived() {
    let (rig, video, file) = standing(Case::plain(SMALL)).await;
    rig.sandbox().inject(commit().lose_answer_before_work());
    rig.sandbox().inject(later_looks(SMALL).times(1).stall_before_reading());
    let id = rig.replace(video, &file).await.item.id;
    rig.until_struck("Stall").await;
    let picture = rig.picture("cover.png");
    rig.stranger_replaces(video, &picture).await;
    rig.sandbox().clear_faults();
    let item = rig.rest(id).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::ProbablyReplaced), "{}", rig.story());
    assert_eq!(rig.video(video).replaced, 0);
}

#[tokio::test]
async fn cancelling_a_replacement_that_may_have_arrived_means_settling_it_first() {
    let (rig, video, file) = standing(Case::plain(SMALL)).await;
    rig.sandbox().inject(commit().lose_answer_after_work());
    rig.sandbox().inject(later_looks(SMALL).stall_before_reading());
    let id = rig.replace(video, &file).await.item.id;
    rig.until_struck("Stall").await;
    rig.engine().set_intent(id, slipway_engine::item::Intent::Cancel).await.unwrap();
    rig.sandbox().clear_faults();
    let item = rig.rest(id).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::ProbablyReplaced), "{}", rig.story());
}
