//! Every row of the table about an unclear commit: each has its scenarios here, and a new row without one fails. What
//! they share: the file arrives once, or a person is asked; and nobody is ever answered by a second video.

use crate::rig::{LARGE, Making, Rig, SMALL, VERSIONS, play};
use slipway_engine::commit::STEPS;
use slipway_engine::failure::{Failure, Remedy};
use slipway_engine::workspace::ApiVersion;
use slipway_engine::{ItemView, Settle};
use slipway_sandbox::{CompletingBody, Effect, Endpoint, Fault, Switches, TokenChecked};
use std::pin::Pin;
use std::time::Duration;

type Played = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What every scenario is played with.
#[derive(Clone, Copy, Debug)]
struct Case {
    size: u64,
    version: ApiVersion,
}

fn cases() -> impl Iterator<Item = Case> + Clone {
    VERSIONS.into_iter().flat_map(|version| [SMALL, LARGE].map(|size| Case { size, version }))
}

fn commit() -> Fault {
    Fault::on(Endpoint::Commit)
}

/// Lookups after the one that precedes the first commit.
fn later_lookups(case: Case) -> Fault {
    // Keys are tried first, in both versions, by a list of their own.
    let trials = if case.version == ApiVersion::V1 { 2 } else { 0 };
    Fault::on(Endpoint::List).nth(trials + 2).always()
}

fn making(case: Case, switches: Switches) -> Making {
    Making::of(switches).speaking(case.version)
}

fn brief(case: Case) -> Making {
    making(case, Switches::documented()).looking_briefly()
}

/// Uploads a file against these faults, and asserts that the engine took this step on the way. What is found may be
/// found beside the commit already, before any step.
async fn upload(rig: &Rig, what: &str, case: Case, step: &str, faults: impl IntoIterator<Item = Fault>) -> ItemView {
    for fault in faults {
        rig.sandbox().inject(fault);
    }
    let file = rig.file("talk.mp4", case.size);
    let item = rig.upload(&file).await;
    let log = rig.log(item.id).await;
    let taken = log.contains(&format!("}}: {step}\n")) || (step == "Store" && log.contains("(by Lookup)"));
    assert!(taken, "{what}: {log}");
    item
}

async fn arrives(making: Making, what: String, case: Case, step: &str, faults: Vec<Fault>) {
    let what = format!("{what}, {case:?}");
    let rig = making.start().await;
    let item = upload(&rig, &what, case, step, faults).await;
    rig.assert_done_once(&what, &item);
    rig.assert_commits_alone(&what);
}

fn scenarios_of(row: &'static str, version: ApiVersion) -> Vec<Played> {
    let cases = cases().filter(move |case| case.version == version);
    let of_size = |size: u64| Case { size, version };
    let mut all: Vec<Played> = Vec::new();
    let mut each =
        |scenario: fn(&'static str, Case) -> Played| all.extend(cases.clone().map(|case| scenario(row, case)));
    match row {
        "one found" => {
            each(|row, case| Box::pin(a_lost_answer(row, case)));
            each(|row, case| Box::pin(an_answer_that_says_nothing(row, case)));
            each(|row, case| Box::pin(a_list_that_lags(row, case)));
            each(|row, case| Box::pin(an_assembly_that_outlasts_our_patience(row, case)));
            each(|row, case| Box::pin(an_assembly_that_outlasts_a_gateway(row, case)));
            each(|row, case| Box::pin(answers_that_are_always_lost(row, case)));
        }
        "two or more found" => each(|row, case| Box::pin(a_list_that_lags_too_long(row, case))),
        "no valid lookup" => {
            // One case for each is enough: what is seen does not depend on it.
            for (blindness, case) in blindnesses().into_iter().zip(cases.cycle()) {
                all.push(Box::pin(blind_lookups(row, case, blindness)));
            }
        }
        "zero, and the answer gave a number" => each(|row, case| Box::pin(a_number_that_is_not_listed(row, case))),
        "zero, and sent again often enough" => each(|row, case| Box::pin(a_server_that_swallows_everything(row, case))),
        "zero, the token is dead, and something may be ours" => {
            each(|row, case| Box::pin(a_refused_token_and_a_stranger(row, case, false)));
            each(|row, case| Box::pin(a_refused_token_and_a_stranger(row, case, true)));
        }
        "zero, the token is dead, and nothing of ours since the commit" => {
            each(|row, case| Box::pin(a_refused_token(row, case)));
            each(|row, case| Box::pin(a_token_whose_time_is_over(row, case)));
        }
        "zero, several chunks, the commit sent once" => {
            let (case, lost) = (of_size(LARGE), vec![commit().lose_answer_before_work()]);
            all.push(Box::pin(arrives(brief(case), row.into(), case, "CommitAgain", lost)));
        }
        "zero" => {
            let step = "SameTokenNewIdentifier";
            let lost = |times| vec![commit().times(times).lose_answer_before_work()];
            for (size, times) in [(SMALL, 1), (SMALL, 2), (LARGE, 2), (LARGE, 3)] {
                let case = of_size(size);
                all.push(Box::pin(arrives(brief(case), row.into(), case, step, lost(times))));
            }
            let (case, purged) = (of_size(LARGE), vec![commit().with(Effect::PurgeChunks)]);
            all.push(Box::pin(arrives(brief(case), format!("{row}: purged"), case, step, purged)));
        }
        row => panic!("no scenario for {row:?}"),
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_about_an_unclear_commit_leads_to_one_video_or_to_the_question() {
    play(STEPS.iter().flat_map(|row| scenarios_of(row.known, ApiVersion::V2)), |scenario| scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_about_an_unclear_commit_leads_there_under_version_1_too() {
    play(STEPS.iter().flat_map(|row| scenarios_of(row.known, ApiVersion::V1)), |scenario| scenario).await;
}

async fn a_lost_answer(row: &str, case: Case) {
    arrives(brief(case), format!("{row}: lost"), case, "Store", vec![commit().lose_answer_after_work()]).await;
}

async fn answers_that_are_always_lost(row: &str, case: Case) {
    let lost = vec![commit().always().lose_answer_after_work()];
    arrives(brief(case), format!("{row}: always lost"), case, "Store", lost).await;
}

async fn an_answer_that_says_nothing(row: &str, case: Case) {
    for body in [CompletingBody::Ok, CompletingBody::Empty] {
        let making = making(case, Switches { completing_body: body, ..Switches::documented() }).looking_briefly();
        arrives(making, format!("{row}: {body:?}, {case:?}"), case, "Store", Vec::new()).await;
    }
}

async fn a_list_that_lags(row: &str, case: Case) {
    let switches = Switches { list_lag: Duration::from_millis(700), ..Switches::documented() };
    let lost = vec![commit().lose_answer_after_work()];
    arrives(making(case, switches), format!("{row}: lag, {case:?}"), case, "Store", lost).await;
}

async fn an_assembly_that_outlasts_our_patience(row: &str, case: Case) {
    let making = making(case, Switches::documented()).timed(|timing| timing.commit_answer = Duration::from_millis(300));
    let slow = vec![commit().assembly_delay(Duration::from_millis(1500))];
    arrives(making, format!("{row}: slow, {case:?}"), case, "Store", slow).await;
}

async fn an_assembly_that_outlasts_a_gateway(row: &str, case: Case) {
    let slow = vec![commit().gateway_timeout_but_finish(), commit().assembly_delay(Duration::from_millis(1500))];
    arrives(making(case, Switches::documented()), format!("{row}: 504, {case:?}"), case, "Store", slow).await;
}

/// Two videos can only come about when the server's own list hides the first for longer than anyone looks.
async fn a_list_that_lags_too_long(row: &str, case: Case) {
    let what = format!("{row}, {case:?}");
    let rig = brief(case).start().await;
    rig.sandbox().inject(Fault::on(Endpoint::List).always().with(Effect::EmptyList));
    // In between, a commit finds its token spent; of several chunks the first finds that, and no commit comes.
    rig.sandbox().inject(commit().lose_answer_after_work());
    rig.sandbox().inject(commit().nth(if case.size == SMALL { 2 } else { 1 }).lose_answer_after_work());
    let file = rig.file("talk.mp4", case.size);
    let id = rig.add(&file).await;
    rig.sandbox().until(|seen| seen.videos().iter().filter(|video| video.upload_token.is_some()).count() == 2).await;
    rig.sandbox().clear_faults();
    let item = rig.rest(id).await;
    assert_eq!(item.stage, "done", "{what}: {}", rig.story());
    assert_eq!(item.twins.len(), 1, "{what}: {}", rig.story());
    assert_eq!(rig.copies(&file).len(), 2, "{what}: nothing is deleted unasked");
    assert!(rig.log(id).await.contains("}: StoreWithTwins\n"), "{what}");
}

fn blindnesses() -> Vec<Effect> {
    let said = |status, body: &str| Effect::Answer { status, headers: Vec::new(), body: body.into(), early: false };
    vec![
        Effect::Anonymous,
        Effect::StaleList { millis: Duration::from_mins(10) },
        Effect::MalformedJson,
        Effect::TruncatedJson,
        Effect::HugeJson { bytes: 6 * 1024 * 1024 },
        Effect::EndlessJson,
        said(200, r#"{"status":"error","code":"invalid_input","message":"no","permission_level":"write"}"#),
        said(200, r#"{"status":"ok","permission_level":"write","cached":false}"#),
        said(200, r#"{"status":"ok","permission_level":"write","cached":false,"total_count":1,"data":[]}"#),
        said(200, "[]"),
        said(404, ""),
    ]
}

/// A lookup that proves nothing never leads to sending; with sight regained, the video is found.
async fn blind_lookups(row: &str, case: Case, blindness: Effect) {
    let what = format!("{row}: {blindness:?}, {case:?}");
    let rig = brief(case).start().await;
    let faults = [commit().lose_answer_after_work(), later_lookups(case).with(blindness)];
    let item = upload(&rig, &what, case, "Ask", faults).await;
    rig.assert_asks(&what, &item);
    let sent = rig.chunks().len();
    assert_eq!(sent, if case.size == SMALL { 1 } else { 5 }, "{what}: {}", rig.story());
    rig.sandbox().clear_faults();
    rig.engine().settle(item.id, Settle::KeepLooking).await.unwrap();
    rig.assert_done_once(&what, &rig.rest(item.id).await);
    assert_eq!(rig.chunks().len(), sent, "{what}");
}

/// A video was made, as far as anybody can say, so nothing is sent again; and what the number names is left alone.
async fn a_number_that_is_not_listed(row: &str, case: Case) {
    let what = format!("{row}, {case:?}");
    let rig = brief(case).start().await;
    let faults = [commit().answer_after_work(200, "1"), later_lookups(case).with(Effect::EmptyList)];
    let item = upload(&rig, &what, case, "Ask", faults).await;
    rig.assert_asks(&what, &item);
    assert_eq!(item.failure.as_ref().and_then(|failure| failure.detail.as_ref()), None, "{what}: it may be another's");
    let sent = rig.chunks().len();
    rig.sandbox().clear_faults();
    rig.engine().settle(item.id, Settle::KeepLooking).await.unwrap();
    rig.assert_done_once(&what, &rig.rest(item.id).await);
    assert_eq!(rig.chunks().len(), sent, "{what}: {}", rig.story());
}

async fn a_server_that_swallows_everything(row: &str, case: Case) {
    let what = format!("{row}, {case:?}");
    let rig = brief(case).start().await;
    let item = upload(&rig, &what, case, "Ask", [commit().always().answer(200, "ok")]).await;
    rig.assert_asks(&what, &item);
    rig.sandbox().clear_faults();
    answers_of_a_person(&rig, &what, item).await;
}

async fn a_refused_token_and_a_stranger(row: &str, case: Case, at_commit: bool) {
    let what = format!("{row}, at commit: {at_commit}, {case:?}");
    let token_checked = if at_commit { TokenChecked::AtCommit } else { TokenChecked::PerChunk };
    let rig = making(case, Switches { token_checked, ..Switches::documented() }).looking_briefly().start().await;
    let stranger = rig.stranger_uploads().await;
    let item = upload(&rig, &what, case, "Ask", [commit().with(Effect::ExpireUploadTokens)]).await;
    rig.assert_asks(&what, &item);
    assert!(rig.copies(&item.file).is_empty(), "{what}");
    assert_ne!(item.video_id, Some(stranger), "{what}");
    answers_of_a_person(&rig, &what, item).await;
}

/// The three answers to the question, where nothing has arrived: looking again sends nothing and asks again; sending
/// again arrives; and "it is this one" is taken at its word.
async fn answers_of_a_person(rig: &Rig, what: &str, asked: ItemView) {
    assert_eq!(asked.failure.as_ref().map(Failure::remedy), Some(Remedy::Settle), "{what}");
    let sent = rig.chunks().len();
    rig.engine().settle(asked.id, Settle::KeepLooking).await.unwrap();
    let again = rig.rest(asked.id).await;
    rig.assert_asks(what, &again);
    assert_eq!(rig.chunks().len(), sent, "{what}: {}", rig.story());

    rig.engine().settle(asked.id, Settle::SendAgain).await.unwrap();
    let item = rig.rest(asked.id).await;
    assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{what}: {}", rig.story());
    assert_eq!(rig.copies(&item.file).len(), 1, "{what}: {}", rig.story());
    assert_eq!(item.video_id, Some(rig.copies(&item.file)[0].photo_id), "{what}");
    // Settled is settled.
    rig.engine().settle(asked.id, Settle::SendAgain).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_says_that_it_is_this_one_is_taken_at_their_word() {
    play(cases(), |case| async move {
        let what = format!("{case:?}");
        let rig = brief(case).start().await;
        let stranger = rig.stranger_uploads().await;
        let item = upload(&rig, &what, case, "Ask", [commit().with(Effect::BadToken)]).await;
        rig.assert_asks(&what, &item);
        let sent = rig.chunks().len();
        rig.engine().settle(item.id, Settle::Arrived(stranger)).await.unwrap();
        let item = rig.rest(item.id).await;
        assert_eq!((item.stage.as_str(), item.video_id), ("done", Some(stranger)));
        assert_eq!(rig.chunks().len(), sent, "{}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_portal_answers_the_lookups_nothing_is_sent_and_nobody_is_asked() {
    play(cases(), |case| async move {
        let rig = brief(case).start().await;
        rig.sandbox().inject(commit().lose_answer_after_work());
        rig.sandbox().inject(later_lookups(case).answer_as_portal());
        let file = rig.file("talk.mp4", case.size);
        let id = rig.add(&file).await;
        rig.sandbox().until(|seen| seen.requests_to("photo/list").count() > 12).await;
        assert_eq!(rig.engine().item(id).await.unwrap().stage, "confirming");
        let sent = rig.chunks().len();
        rig.sandbox().clear_faults();
        rig.assert_done_once("after the portal", &rig.rest(id).await);
        assert_eq!(rig.chunks().len(), sent, "{}", rig.story());
    })
    .await;
}

async fn a_refused_token(row: &str, case: Case) {
    for token_checked in [TokenChecked::PerChunk, TokenChecked::AtCommit] {
        for status in [200, 400] {
            let what = format!("{row}: {status} {token_checked:?}, {case:?}");
            let switches = Switches { token_checked, bad_token_status: status, ..Switches::documented() };
            let making = making(case, switches).looking_briefly();
            let expired = vec![commit().with(Effect::ExpireUploadTokens)];
            arrives(making, what, case, "NewToken", expired).await;
        }
    }
}

/// Nobody refuses it: its end by the server's clock passes while the commit is unclear.
async fn a_token_whose_time_is_over(row: &str, case: Case) {
    let what = format!("{row}: its time is over, {case:?}");
    let rig = brief(case).start().await;
    rig.sandbox().inject(commit().lose_answer_before_work());
    let file = rig.file("talk.mp4", case.size);
    let id = rig.add(&file).await;
    rig.until_struck("LoseAnswerBeforeWork").await;
    rig.sandbox().advance_clock(Duration::from_hours(25));
    rig.assert_done_once(&what, &rig.rest(id).await);
    assert!(rig.log(id).await.contains("}: NewToken\n"), "{what}: {}", rig.log(id).await);
}
