//! The chunk handler, quirk by quirk.

use std::time::Duration;

use reqwest::multipart::Form;
use slipway_sandbox::{
    Config, CountSpent, Endpoint, Fault, Overlapping, RequestRecord, SizeCapAnswer, Switches, TokenChecked,
};

use crate::bench::{self, Plan, bytes, file, sha256, text};

fn ok() -> (u16, String) {
    (200, "ok".to_owned())
}

#[tokio::test]
async fn chunks_in_any_order_make_one_video_of_the_same_bytes() {
    let bench = bench::start().await;
    let token = bench.token(&[("title", "A film"), ("publish", "0")]).await;
    let plan = Plan::new("abc", 10_500, 1000);
    assert_eq!(plan.count(), 10, "floor, not ceiling");
    for number in [10, 3, 1, 2, 9, 8, 7, 6, 4] {
        assert_eq!(bench.send(&token, &plan, number).await, ok());
    }
    let (status, body) = bench.send(&token, &plan, 5).await;
    let videos = bench.sandbox.videos();
    assert_eq!((status, body), (200, videos[0].photo_id.to_string()));
    assert_eq!(videos.len(), 1);
    assert_eq!(videos[0].sha256, plan.sha256());
    assert_eq!(videos[0].bytes, 10_500);
    assert_eq!(videos[0].title, "A film");
    assert_eq!(videos[0].original_filename, "film.mp4");
    assert!(!videos[0].published);
    let requests = bench.sandbox.requests();
    let assembling: Vec<_> = requests.iter().filter(|request| request.assembly.is_some()).collect();
    assert_eq!(assembling.len(), 1);
    assert_eq!(assembling[0].chunk, Some(5));
    assert!(bench.sandbox.beside_assembly().is_empty());
}

#[tokio::test]
async fn the_file_may_come_before_the_fields() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 700, 1000);
    let mut form = Form::new().part("file", file(plan.chunk(1), "x.mp4"));
    for (name, value) in plan.fields(1) {
        form = form.text(name, value);
    }
    form = form.text("upload_token", token);
    let request = bench.client.post(bench.at("/api/2/photo/redeem-upload-token")).multipart(form);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256());
}

#[tokio::test]
async fn a_request_without_all_its_numbers_is_taken_for_a_whole_file() {
    let bench = bench::start().await;
    for (missing, value) in [
        ("resumableChunkNumber", "0"),
        ("resumableChunkSize", ""),
        ("resumableTotalSize", "0"),
        ("resumableIdentifier", "映画"),
    ] {
        let token = bench.token(&[]).await;
        let plan = Plan::new("abc", 3000, 1000);
        let mut form = Form::new().text("upload_token", token);
        for (name, given) in plan.fields(1) {
            form = form.text(name, if name == missing { value.to_owned() } else { given });
        }
        form = form.part("file", file(plan.chunk(1), "x.mp4"));
        let request = bench.client.post(bench.at("/api/2/photo/redeem-upload-token")).multipart(form);
        assert_eq!(request.send().await.unwrap().status(), 200);
        let video = bench.sandbox.videos().pop().unwrap();
        assert_eq!(video.bytes, 1000, "a truncated video, by {missing}");
        assert_eq!(video.sha256, sha256(&plan.chunk(1)));
    }
    assert_eq!(bench.sandbox.videos().len(), 4);
}

#[tokio::test]
async fn a_number_above_the_count_gets_500_and_no_word() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    let mut form = Form::new().text("upload_token", token);
    for (name, value) in plan.fields(3) {
        form = form.text(name, if name == "resumableChunkNumber" { "4".to_owned() } else { value });
    }
    form = form.part("file", file(bytes(500), "x.mp4"));
    let request = bench.client.post(bench.at("/api/2/photo/redeem-upload-token")).multipart(form);
    assert_eq!(text(request.send().await.unwrap()).await, (500, String::new()));
}

#[tokio::test]
async fn a_probe_knows_nominal_chunks_only_and_asks_for_no_token() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    let gone = (404, "not found".to_owned());
    assert_eq!(bench.probe(&plan, 1).await, gone);
    bench.send(&token, &plan, 1).await;
    bench.send(&token, &plan, 3).await;
    assert_eq!(bench.probe(&plan, 1).await, ok());
    assert_eq!(bench.probe(&plan, 3).await, gone, "the last chunk is larger than nominal");
    let other = Plan { chunk_size: 999, ..plan.clone() };
    assert_eq!(bench.probe(&other, 1).await, gone, "judged by the size that the question names");
    bench.send(&token, &plan, 2).await;
    assert_eq!(bench.probe(&plan, 1).await, gone, "assembled and deleted");
}

#[tokio::test]
async fn a_last_chunk_of_exactly_the_nominal_size_can_be_probed() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2000, 1000);
    bench.send(&token, &plan, 2).await;
    assert_eq!(bench.probe(&plan, 2).await, ok());
}

#[tokio::test]
async fn probes_can_be_off() {
    let bench = bench::with(|switches| switches.probe = false).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2000, 1000);
    bench.send(&token, &plan, 1).await;
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
}

#[tokio::test]
async fn wrong_sizes_are_named() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    for (number, length) in [(1, 999), (2, 1001), (3, 1000), (3, 1501)] {
        let mut form = Form::new().text("upload_token", token.clone());
        for (name, value) in plan.fields(number) {
            form = form.text(name, value);
        }
        form = form.part("file", file(bytes(length), "x.mp4"));
        let request = bench.client.post(bench.at("/api/2/photo/redeem-upload-token")).multipart(form);
        let answer = text(request.send().await.unwrap()).await;
        assert_eq!(answer, (500, "Wrong data size".to_owned()));
    }
    let refusals = bench.sandbox.refusals();
    assert_eq!(refusals[0].reason, "chunk 1 has 999 bytes where 1000 belong");
}

#[tokio::test]
async fn a_file_above_the_cap_is_refused_on_its_first_chunk() {
    let bench = bench::with(|switches| switches.size_cap = Some(3000)).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    assert_eq!(bench.send(&token, &plan, 1).await, (500, "The file is too large".to_owned()));

    bench.sandbox.change(|switches| switches.size_cap_answer = SizeCapAnswer::Status413);
    let plan = Plan::new("abc", 80_000, 40_000);
    assert_eq!(bench.send(&token, &plan, 1).await.0, 413);
    let plan = Plan::new("abc", 6000, 2000);
    assert_eq!(bench.send_all(&token, &plan).await.0, 200, "a proxy judges one request, not the file");
    assert_eq!(bench.sandbox.videos()[0].bytes, 6000);
}

#[tokio::test]
async fn a_chunk_sent_again_lies_over_the_earlier_one() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    let mut wrong = plan.clone();
    wrong.bytes[..1000].fill(7);
    assert_eq!(bench.send(&token, &wrong, 1).await, ok());
    assert_eq!(bench.send(&token, &plan, 1).await, ok());
    bench.send(&token, &plan, 2).await;
    bench.send(&token, &plan, 3).await;
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256());
}

#[tokio::test]
async fn a_stale_chunk_counts_by_its_name_alone() {
    let bench = bench::start().await;
    let token = bench.token(&[("max_uploads", "5")]).await;
    let old = Plan::new("abc", 3500, 1000);
    bench.send(&token, &old, 1).await;
    let new = Plan::new("abc", 5000, 2000);
    let (_, body) = bench.send(&token, &new, 2).await;
    assert_eq!(body, bench.sandbox.videos()[0].photo_id.to_string(), "completed with a stranger's chunk");
    assert_eq!(bench.sandbox.videos()[0].bytes, 1000 + 3000);
}

#[tokio::test]
async fn identifiers_are_shared_by_everybody_once_stripped() {
    let bench = bench::start().await;
    let mine = bench.token(&[]).await;
    let yours = bench.token(&[]).await;
    let one = Plan::new("a.mp4", 2500, 1000);
    let other = Plan::new("a mp4", 2500, 1000);
    bench.send(&mine, &one, 1).await;
    let (status, body) = bench.send(&yours, &other, 2).await;
    assert_eq!(status, 200);
    assert_ne!(body, "ok", "the other's chunk completed it");
    assert_eq!(bench.sandbox.videos()[0].identifier.as_deref(), Some("amp4"));
}

#[tokio::test]
async fn a_lone_chunk_after_assembly_says_ok_and_makes_nothing() {
    let bench = bench::start().await;
    let token = bench.token(&[("max_uploads", "9")]).await;
    let plan = Plan::new("abc", 3500, 1000);
    bench.send_all(&token, &plan).await;
    assert_eq!(bench.send(&token, &plan, 3).await, ok());
    assert_eq!(bench.sandbox.videos().len(), 1);
    let overlaps = bench.sandbox.beside_assembly();
    assert_eq!(overlaps.len(), 1);
    assert_eq!(overlaps[0].how, Overlapping::After);
}

#[tokio::test]
async fn a_surviving_final_is_glued_before_the_next_file() {
    let bench = bench::with(|switches| switches.final_survives = true).await;
    let token = bench.token(&[("max_uploads", "2")]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send_all(&token, &plan).await;
    bench.send_all(&token, &plan).await;
    let videos = bench.sandbox.videos();
    assert_eq!(videos[0].sha256, plan.sha256());
    assert_eq!(videos[1].bytes, 5000);
    assert_eq!(videos[1].sha256, sha256(&[plan.bytes.clone(), plan.bytes.clone()].concat()));
}

#[tokio::test]
async fn an_unsupported_format_is_refused_on_the_first_and_on_the_last_chunk() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan { name: "setup.exe".to_owned(), ..Plan::new("abc", 3500, 1000) };
    let refused = (500, "The file type isn't supported".to_owned());
    assert_eq!(bench.send(&token, &plan, 1).await, refused);
    assert_eq!(bench.send(&token, &plan, 2).await, ok());
    assert_eq!(bench.send(&token, &plan, 3).await, refused);
    assert!(bench.sandbox.videos().is_empty());
}

/// Two chunks that land before either looks at the set both find it complete.
#[tokio::test]
async fn two_that_complete_together_both_assemble() {
    let bench = bench::with(|switches| switches.assembly_delay = Duration::from_mins(1)).await;
    let token = bench.token(&[("max_uploads", "2")]).await;
    let plan = Plan::new("abc", 3500, 1000);
    bench.send(&token, &plan, 1).await;
    let hold = Duration::from_mins(1);
    bench.sandbox.inject(Fault::on(Endpoint::Chunk).times(2).hold_after_landing(hold));
    let second = tokio::spawn(bench.chunk(&token, &plan, 2).send());
    let third = tokio::spawn(bench.chunk(&token, &plan, 3).send());
    let holding = |request: &&RequestRecord| request.faults.iter().any(|fault| fault == "holding");
    bench.sandbox.until(|now| now.requests().iter().filter(holding).count() == 2).await;
    bench.sandbox.advance_clock(hold);
    let assembling = |request: &&RequestRecord| request.assembly.is_some();
    bench.sandbox.until(|now| now.requests().iter().filter(assembling).count() == 2).await;
    bench.sandbox.advance_clock(hold);
    let mut answers = vec![text(second.await.unwrap().unwrap()).await, text(third.await.unwrap().unwrap()).await];
    answers.sort();
    let during = bench.sandbox.beside_assembly();
    assert!(during.iter().any(|overlap| overlap.how == Overlapping::During));
    // Whether the loser meets a deleted piece, or both join a part of the whole, is a matter of luck, as it is there.
    for (status, body) in &answers {
        assert!(*status == 500 && body.is_empty() || *status == 200, "{answers:?}");
    }
}

#[tokio::test]
async fn during_a_slow_assembly_a_repeated_commit_assembles_too_and_one_of_them_loses() {
    let delay = Duration::from_mins(10);
    let bench = bench::with(|switches| switches.assembly_delay = delay).await;
    let token = bench.token(&[("max_uploads", "2")]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    let first = tokio::spawn(bench.chunk(&token, &plan, 2).send());
    let begun = |count| {
        move |now: &slipway_sandbox::Inspection<'_>| {
            now.requests().iter().filter(|request| request.assembly.is_some()).count() == count
        }
    };
    bench.sandbox.until(begun(1)).await;
    let second = tokio::spawn(bench.chunk(&token, &plan, 2).send());
    bench.sandbox.until(begun(2)).await;
    bench.sandbox.advance_clock(delay);
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert!(bench.sandbox.beside_assembly().iter().any(|overlap| overlap.how == Overlapping::During));
}

#[tokio::test]
async fn chunks_are_purged_with_time() {
    let bench = bench::with(|switches| switches.chunk_purge_after = Some(Duration::from_mins(30))).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.advance_clock(Duration::from_mins(31));
    assert_eq!(bench.send(&token, &plan, 2).await, ok(), "accepted, and nothing known");
    assert!(bench.sandbox.videos().is_empty());
    let (_, body) = bench.send(&token, &plan, 1).await;
    assert_ne!(body, "ok");
}

#[tokio::test]
async fn a_new_token_continues_the_chunks_of_an_old_one() {
    let bench = bench::start().await;
    let old = bench.token(&[("valid_minutes", "15")]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&old, &plan, 1).await;
    bench.sandbox.advance_clock(Duration::from_mins(16));
    assert_eq!(bench.send(&old, &plan, 2).await.0, 400);
    let new = bench.token(&[]).await;
    bench.send(&new, &plan, 2).await;
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256());
}

#[tokio::test]
async fn a_token_may_be_looked_at_only_when_all_is_sent() {
    let bench = bench::with(|switches| switches.token_checked = TokenChecked::AtCommit).await;
    let plan = Plan::new("abc", 2500, 1000);
    assert_eq!(bench.send("nonsense", &plan, 1).await, ok());
    assert_eq!(bench.send("nonsense", &plan, 2).await.0, 400);
    let token = bench.token(&[]).await;
    assert_eq!(bench.send(&token, &plan, 2).await, ok(), "the refused commit had eaten the chunks");
}

#[tokio::test]
async fn a_file_may_count_when_it_begins() {
    let bench = bench::with(|switches| switches.count_spent = CountSpent::AtFirstChunk).await;
    let token = bench.token(&[]).await;
    let (one, other) = (Plan::new("one", 2500, 1000), Plan::new("other", 2500, 1000));
    assert_eq!(bench.send(&token, &one, 1).await, ok());
    assert_eq!(bench.send(&token, &other, 1).await.0, 400, "consumed already");
    assert_eq!(bench.send(&token, &one, 1).await, ok(), "its own file goes on");
    assert_ne!(bench.send(&token, &one, 2).await, ok());
    assert_eq!(bench.send(&token, &one, 1).await.0, 400);
    assert_eq!(bench.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn of_two_files_at_once_one_token_makes_one() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let (one, other) = (Plan::new("one", 2500, 1000), Plan::new("other", 2500, 1000));
    assert_eq!(bench.send(&token, &one, 1).await, ok());
    assert_eq!(bench.send(&token, &other, 1).await, ok());
    assert_eq!(bench.send(&token, &one, 2).await.0, 200);
    assert_eq!(bench.send(&token, &other, 2).await.0, 400);
    assert_eq!(bench.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn chunks_may_want_a_bearer_or_refuse_an_expired_one() {
    let bench = bench::with(|switches| {
        switches.chunks_need_bearer = true;
        switches.bearer_expiry_status = 403;
    })
    .await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    assert_eq!(bench.send(&token, &plan, 1).await.0, 403);
    let with_bearer = bench.chunk(&token, &plan, 1).bearer_auth(bench.sandbox.token());
    assert_eq!(text(with_bearer.send().await.unwrap()).await, ok());

    bench.sandbox.change(|switches| *switches = Switches::default());
    let with_stranger = bench.chunk(&token, &plan, 1).bearer_auth("stranger");
    assert_eq!(text(with_stranger.send().await.unwrap()).await, ok(), "not needed, not looked at");
    bench.sandbox.change(|switches| switches.chunks_refuse_expired_bearer = true);
    let with_stranger = bench.chunk(&token, &plan, 1).bearer_auth("stranger");
    assert_eq!(with_stranger.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_sink_counts_and_keeps_nothing() {
    let mut switches = Switches { hash_sunk: true, ..Switches::default() };
    switches.transcoding = Duration::ZERO;
    let bench = bench::on(Config { sink: true, switches: Some(switches), ..Config::default() }).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 2).await;
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
    bench.send(&token, &plan, 1).await;
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!(video.bytes, 2500);
    assert_eq!(video.chunk_sha256, [sha256(&plan.chunk(1)), sha256(&plan.chunk(2))]);
    assert!(bench.sandbox.video_file(video.photo_id).is_none());
    assert!(!bench.sandbox.dir().join("chunks").exists());
}
