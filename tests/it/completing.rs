//! Whatever the completing answer looks like, and however a bad token is spoken of, a file makes one video.

use crate::rig::{LARGE, Making, PROFILES, Rig, SMALL, VERSIONS, play};
use slipway_engine::failure::Code;
use slipway_sandbox::{CompletingBody, CountSpent, Effect, Endpoint, Fault, Overlapping, Switches, TokenChecked};

const BODIES: [CompletingBody; 7] = [
    CompletingBody::Number,
    CompletingBody::Envelope,
    CompletingBody::FlatJson,
    CompletingBody::Ok,
    CompletingBody::Empty,
    CompletingBody::BackgroundLine,
    CompletingBody::Xml,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_the_completing_answer_makes_one_video_under_both_profiles() {
    let all = PROFILES.into_iter().flat_map(|profile| {
        BODIES.into_iter().flat_map(move |body| {
            let sizes = [SMALL, LARGE].into_iter();
            sizes.flat_map(move |size| VERSIONS.map(move |version| (profile, body, size, version)))
        })
    });
    play(all, |(profile, body, size, version)| async move {
        let what = format!("{profile:?} {body:?} {size} {version:?}");
        let switches = Switches { completing_body: body, completing_body_v1: body, ..Switches::of(profile) };
        let rig = Rig::speaking(version, switches).await;
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        rig.assert_done_once(&what, &item);
        rig.assert_commits_alone(&what);
        rig.assert_spoken_in(&what, version);
        let sent = if size == SMALL { 1 } else { 5 };
        assert_eq!(rig.chunks().len(), sent, "{what}: nothing is sent twice; {}", rig.story());
    })
    .await;
}

/// When the token expires.
#[derive(Clone, Copy, Debug)]
enum Expiry {
    OnChunk(u64),
    BeforeTheCommit,
    AtTheCommit,
}

fn expiry(when: Expiry) -> Fault {
    let fault = match when {
        Expiry::OnChunk(number) => Fault::on(Endpoint::Chunk).chunk(number),
        Expiry::BeforeTheCommit => Fault::on(Endpoint::List),
        Expiry::AtTheCommit => Fault::on(Endpoint::Commit),
    };
    fault.with(Effect::ExpireUploadTokens)
}

/// Every way of answering a bad token, at every time of its expiry.
async fn tokens_that_expire(token_checked: TokenChecked, whens: &[Expiry], size: u64) {
    let texts = ["The upload token is invalid", ""];
    let all = whens.iter().flat_map(|when| {
        [200, 400, 403, 500].into_iter().flat_map(move |status| texts.map(move |text| (*when, status, text)))
    });
    // A bare 200 without a word is not told from "taken"; that one is for the lookups alone.
    let all =
        all.filter(|(when, status, text)| !(text.is_empty() && *status == 200 && matches!(when, Expiry::OnChunk(_))));
    play(all.collect::<Vec<_>>(), move |(when, status, text)| async move {
        let what = format!("{token_checked:?} {when:?} {status} {text:?} {size}");
        let switches = Switches {
            token_checked,
            bad_token_status: status,
            bad_token_text: text.to_owned(),
            ..Switches::documented()
        };
        let rig = Making::of(switches).looking_briefly().start().await;
        rig.sandbox().inject(expiry(when));
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        // A server that turns a token away without a word, or as if it had failed itself, cannot be understood: where
        // no ordinary chunk tells, a person is asked.
        let speechless = status == 500 || (status == 200 && text.is_empty());
        if speechless && item.stage == "failed" {
            let code = item.failure.as_ref().map(|failure| failure.code);
            assert!(matches!(code, Some(Code::OutcomeUnknown | Code::ServerFailed)), "{what}: {}", rig.story());
            assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
            return;
        }
        rig.assert_done_once(&what, &item);
        // One that failed may be sent again under the same identifier, after its end.
        let beside = rig.sandbox().beside_assembly().into_iter().filter(|it| it.how == Overlapping::During);
        assert_eq!(beside.count(), 0, "{what}: {}", rig.story());
    })
    .await;
}

const LARGE_WHENS: [Expiry; 5] =
    [Expiry::OnChunk(1), Expiry::OnChunk(3), Expiry::OnChunk(5), Expiry::BeforeTheCommit, Expiry::AtTheCommit];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_in_mid_upload_and_is_checked_on_each_chunk_makes_one_video() {
    tokens_that_expire(TokenChecked::PerChunk, &LARGE_WHENS, LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_in_mid_upload_and_is_checked_at_the_commit_makes_one_video() {
    tokens_that_expire(TokenChecked::AtCommit, &LARGE_WHENS, LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_expires_under_a_file_of_one_chunk_makes_one_video() {
    for token_checked in [TokenChecked::PerChunk, TokenChecked::AtCommit] {
        tokens_that_expire(token_checked, &[Expiry::BeforeTheCommit, Expiry::AtTheCommit], SMALL).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_spent_by_the_first_chunk_makes_one_video() {
    let all = [SMALL, LARGE].into_iter().flat_map(|size| PROFILES.map(|profile| (profile, size)));
    play(all, |(profile, size)| async move {
        let what = format!("{profile:?} {size}");
        let rig = Rig::with(Switches { count_spent: CountSpent::AtFirstChunk, ..Switches::of(profile) }).await;
        rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).lose_answer_after_work());
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        rig.assert_done_once(&what, &item);
    })
    .await;
}
