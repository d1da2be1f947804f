//! What networks, proxies and servers do to a chunk: waited out where waiting helps, named where it does not.

use crate::rig::{CHUNK, LARGE, Making, Rig, SMALL, play};
use slipway_engine::ItemView;
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::plan::ChunkLimits;
use slipway_sandbox::{Effect, Endpoint, Fault, Profile, Switches};
use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

fn chunks() -> Fault {
    Fault::on(Endpoint::Chunk)
}

fn making() -> Making {
    Making::of(Switches::documented()).timed(|timing| timing.chunk_answer = Duration::from_millis(700))
}

#[track_caller]
fn assert_failed(rig: &Rig, what: &str, item: &ItemView, code: Code) {
    let failure = item.failure.as_ref().map(|failure| failure.code);
    assert_eq!((item.stage.as_str(), failure), ("failed", Some(code)), "{what}: {}", rig.story());
    assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_passes_by_waiting_is_waited_out() {
    let waits = vec![
        chunks().answer(429, "").header("Retry-After", "1"),
        chunks().nth(3).answer(503, "<html>busy</html>").header("Retry-After", "1"),
        chunks().times(25).answer(502, "<html>bad gateway</html>"),
        chunks().nth(2).times(25).answer(504, ""),
        chunks().nth(2).times(6).answer(408, ""),
        chunks().nth(2).times(6).answer(503, "").early(),
        chunks().nth(2).times(6).cut_body_after(300),
        chunks().nth(2).times(6).lose_answer_before_work(),
        chunks().nth(2).times(6).cut_answer_after(1),
        chunks().nth(2).times(2).stall_body_after(100),
        chunks().nth(2).times(2).stall_before_reading(),
        chunks().nth(2).times(2).stall_answer(Duration::from_mins(10)),
        chunks().nth(2).times(4).answer(500, ""),
        chunks().nth(2).times(4).answer(500, "Wrong data size"),
        chunks().nth(2).answer(200, "The token is a bad one"),
        chunks().nth(2).times(3).answer_as_portal(),
        Fault::on(Endpoint::Any).nth(7).times(12).answer_as_portal(),
        Fault::on(Endpoint::Any).nth(7).times(12).redirect("http://127.0.0.1:1/elsewhere"),
        Fault::on(Endpoint::Any).nth(3).times(12).lose_answer_before_work(),
        Fault::on(Endpoint::Any).nth(3).times(12).answer(503, ""),
        Fault::on(Endpoint::Any).nth(3).times(3).answer(500, ""),
        Fault::on(Endpoint::List).times(3).with(Effect::MalformedJson),
        Fault::on(Endpoint::GetUploadToken).times(3).with(Effect::TruncatedJson),
        Fault::on(Endpoint::GetUploadToken).times(3).answer_as_portal(),
        Fault::on(Endpoint::GetUploadToken).times(3).answer(500, ""),
    ];
    // A file of one chunk is all commit: there the tables count, and after a few times a person is asked.
    let few = |fault: &Fault| Fault { times: fault.times.map(|times| times.min(3)), ..fault.clone() };
    let all = waits.iter().flat_map(|fault| [(few(fault), SMALL), (fault.clone(), LARGE)]);
    play(all.collect::<Vec<_>>(), |(fault, size)| async move {
        let what = format!("{fault:?} {size}");
        let rig = making().start().await;
        let may_run_for_ever = matches!(
            fault.effect,
            Effect::StallBodyAfter { .. } | Effect::StallBeforeReading { .. } | Effect::StallAnswer { .. }
        );
        rig.sandbox().inject(fault);
        rig.assert_done_once(&what, &rig.upload(&rig.file("talk.mp4", size)).await);
        if !may_run_for_ever {
            rig.assert_commits_alone(&what);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_takes_no_byte_is_cut_and_the_chunk_sent_again() {
    // Larger than what a connection holds in its buffers.
    let chunk = 14 * MIB;
    let mut making = making().timed(|timing| timing.send_stall = Duration::from_secs(1));
    making.limits = ChunkLimits { min: chunk, max: 2 * chunk, single_below: 2 * chunk };
    let rig = making.start().await;
    rig.sandbox().inject(chunks().chunk(1).stall_body_after(MIB));
    rig.sandbox().inject(chunks().chunk(1).nth(2).cut_body_after(MIB));
    let item = rig.upload(&rig.file("film.mp4", 2 * chunk)).await;
    rig.assert_done_once("stalled and cut", &item);
    assert!(!rig.log(item.id).await.contains("waiting until no earlier attempt"), "it never left whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_refused_costs_one_chunk() {
    let too_large = Switches { size_cap: Some(100), ..Switches::documented() };
    let all = [("virus.exe", Switches::documented(), Code::FileRefused), ("talk.mp4", too_large, Code::FileTooLarge)];
    let all = all
        .into_iter()
        .flat_map(|(name, switches, code)| [SMALL, LARGE].map(move |size| (name, switches.clone(), code, size)));
    play(all, |(name, switches, code, size)| async move {
        let what = format!("{name} {size}");
        let rig = Making::of(switches).looking_briefly().start().await;
        let item = rig.upload(&rig.file(name, size)).await;
        assert_failed(&rig, &what, &item, code);
        assert_eq!(rig.chunks().len(), 1, "{what}: {}", rig.story());
        let detail = item.failure.and_then(|failure| failure.detail).unwrap_or_default();
        assert!(detail.starts_with("The file"), "the server's words: {detail}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_fails_without_a_reason_is_tried_five_times_more_and_after_a_retry_it_arrives() {
    play(["", "<html>oops</html>", "Wrong data size"], |text| async move {
        let rig = making().start().await;
        rig.sandbox().inject(chunks().chunk(1).always().answer(500, text));
        let item = rig.upload(&rig.file("talk.mp4", LARGE)).await;
        assert_failed(&rig, text, &item, Code::ServerFailed);
        assert_eq!(rig.chunks().len(), 6, "{text}: {}", rig.story());
        rig.sandbox().clear_faults();
        rig.engine().retry(item.id).await.unwrap();
        rig.assert_done_once(text, &rig.rest(item.id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_in_unknown_words_is_answered_by_one_new_token_and_is_final_after_that() {
    let answers = [(200, "Sorry"), (400, "Sorry"), (403, "Sorry"), (404, ""), (500, "Sorry"), (501, "")];
    play(answers, |(status, text)| async move {
        let what = format!("{status} {text:?}");
        let rig = making().start().await;
        rig.sandbox().inject(chunks().chunk(3).always().answer(status, text));
        let item = rig.upload(&rig.file("talk.mp4", LARGE)).await;
        assert_failed(&rig, &what, &item, Code::RequestRefused);
        let tokens = rig.sandbox().requests().iter().filter(|it| it.api_method == "photo/get-upload-token").count();
        assert_eq!(tokens, 2, "{what}: {}", rig.story());
        let identifiers: std::collections::BTreeSet<_> = rig.chunks().into_iter().map(|it| it.identifier).collect();
        assert_eq!(identifiers.len(), 1, "{what}: the chunks stay where they are");
        rig.sandbox().clear_faults();
        rig.engine().retry(item.id).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(item.id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_takes_small_requests_only_gets_smaller_chunks() {
    // Files of one chunk, of two, and of many; the last with bodies that are refused before they are read.
    let all = [(300 * KIB, 1), (700 * KIB, 1), (300 * KIB, 2), (3 * MIB, 2), (18 * MIB, 3)];
    let all = all.into_iter().flat_map(|sizes| [false, true].map(|lost| (sizes, lost)));
    play(all, |((size, halvings), lost)| async move {
        let what = format!("{size} bytes, {halvings} times too large, answer lost: {lost}");
        let mut making = Making::of(Switches::documented()).looking_briefly();
        let min = if size > 10 * MIB { 8 * MIB } else { 256 * KIB };
        making.limits = ChunkLimits { min, max: 4 * min, single_below: 2 * min };
        let rig = making.start().await;
        let too_large = Fault::on(Endpoint::Redeem).times(halvings).answer(413, "<html>too large</html>");
        rig.sandbox().inject(if size > 10 * MIB { too_large.early() } else { too_large });
        if lost {
            // What is learnt about the size is not forgotten by what an unclear commit leads to.
            rig.sandbox().inject(Fault::on(Endpoint::Commit).times(2).lose_answer_before_work());
        }
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        rig.assert_done_once(&what, &item);
        rig.assert_commits_alone(&what);
        let mut sizes: Vec<u64> = Vec::new();
        for request in rig.chunks() {
            let size = request.param("resumableChunkSize").and_then(|size| size.parse().ok()).unwrap();
            if sizes.last() != Some(&size) {
                sizes.push(size);
            }
        }
        assert!(sizes.windows(2).all(|two| two[1] <= two[0] / 2), "{what}: {sizes:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_whose_credential_is_refused_goes_with_another_one_and_then_without() {
    play([401, 403].into_iter().flat_map(|status| [1, 2].map(|times| (status, times))), |(status, times)| async move {
        let what = format!("{status} {times} times");
        let mut making = making();
        making.login = true;
        let rig = making.start().await;
        rig.sandbox().inject(chunks().chunk(3).times(times).answer(status, ""));
        let item = rig.upload(&rig.file("talk.mp4", LARGE)).await;
        rig.assert_done_once(&what, &item);
        let thirds: Vec<_> = rig.chunks().into_iter().filter(|it| it.chunk == Some(3)).map(|it| it.bearer).collect();
        let expected: &[bool] = if times == 1 { &[true, true] } else { &[true, true, false] };
        assert_eq!(thirds, expected, "{what}: {}", rig.story());
        let logins = rig.sandbox().requests().iter().filter(|it| it.api_method == "user/tokens").count();
        assert_eq!(logins, 2, "{what}: refreshed once; {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bearer_that_expires_in_mid_upload_is_renewed() {
    let whens = [chunks().chunk(1), chunks().chunk(3), Fault::on(Endpoint::List), Fault::on(Endpoint::Commit)];
    let all = whens.into_iter().flat_map(|when| [Profile::Documented, Profile::Hostile].map(|on| (when.clone(), on)));
    play(all, |(when, profile)| async move {
        let what = format!("{when:?} {profile:?}");
        let mut making = Making::of(Switches::of(profile));
        making.login = true;
        let rig = making.start().await;
        rig.sandbox().inject(when.with(Effect::ExpireBearers));
        rig.assert_done_once(&what, &rig.upload(&rig.file("talk.mp4", LARGE)).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_ends_for_good_waits_for_a_sign_in_and_loses_nothing() {
    let whens = [Fault::on(Endpoint::GetUploadToken), chunks().chunk(3), Fault::on(Endpoint::Commit)];
    let all = whens.into_iter().flat_map(|when| [Profile::Documented, Profile::Hostile].map(|on| (when.clone(), on)));
    play(all, |(when, profile)| async move {
        let what = format!("{when:?} {profile:?}");
        let mut rig = Rig::new(profile).await;
        // A commit's own answer must not be what tells.
        rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
        rig.sandbox().inject(when.with(Effect::ExpireBearers));
        let file = rig.file("talk.mp4", LARGE);
        let id = rig.add(&file).await;
        let waits_for = rig.until_waiting(id).await;
        assert_eq!(waits_for.remedy(), Remedy::SignIn, "{what}: {waits_for:?}");
        let token = rig.sandbox().mint_bearer(slipway_sandbox::Level::Write, None);
        rig.use_token(token);
        rig.restart().await;
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_is_away_for_a_while_gets_the_file_once() {
    let whens = [
        Fault::on(Endpoint::GetUploadToken).stall_answer(Duration::from_mins(10)),
        chunks().chunk(1).stall_body_after(100),
        chunks().nth(3).times(3).stall_before_reading(),
        Fault::on(Endpoint::List).stall_answer(Duration::from_mins(10)),
        Fault::on(Endpoint::Commit).stall_before_reading(),
        Fault::on(Endpoint::Commit).assembly_delay(Duration::from_mins(10)),
        Fault::on(Endpoint::Commit).stall_answer(Duration::from_mins(10)),
    ];
    let all = whens.into_iter().flat_map(|when| [SMALL, LARGE].map(|size| (when.clone(), size)));
    let all = all.filter(|(when, size)| *size == LARGE || when.chunk.is_none() && when.nth == 1);
    play(all.collect::<Vec<_>>(), |(when, size)| async move {
        let what = format!("{when:?} {size}");
        let effect: String = format!("{:?}", when.effect).chars().take_while(char::is_ascii_alphabetic).collect();
        let mut rig = making().looking_briefly().start().await;
        rig.sandbox().inject(when);
        let file = rig.file("talk.mp4", size);
        let id = rig.add(&file).await;
        rig.until_struck(&effect).await;
        rig.close_workspace().await;
        rig.open_workspace().await;
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_that_was_taken_as_the_whole_stops_the_item_and_says_where_it_is() {
    play([1, 2, 5], |number| async move {
        let what = format!("chunk {number}");
        let rig = making().start().await;
        rig.sandbox().inject(chunks().chunk(number).answer(200, r#"{"photo_id":4711,"tree_id":9,"token":"ab"}"#));
        let file = rig.file("talk.mp4", 5 * CHUNK);
        let item = rig.upload(&file).await;
        assert_failed(&rig, &what, &item, Code::PieceTakenAsWhole);
        let failure = item.failure.unwrap();
        assert_eq!(failure.remedy(), Remedy::Settle);
        assert!(failure.detail.unwrap_or_default().ends_with("/manage/video/4711"));
        assert_eq!(rig.engine().item(item.id).await.unwrap().video_id, None);
        rig.engine().settle(item.id, slipway_engine::Settle::SendAgain).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(item.id).await);
    })
    .await;
}
