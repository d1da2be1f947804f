//! What can go wrong on the way.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use slipway_sandbox::{Config, Effect, Endpoint, Fault, Overlapping, Storm};

use crate::bench::{self, Plan, text};

const SOON: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_answer_is_given_so_often_on_one_chunk_only() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    let fault = Fault::on(Endpoint::Chunk).chunk(2).times(2).answer(502, "<html>bad</html>").header("Retry-After", "7");
    bench.sandbox.inject(fault);
    assert_eq!(bench.send(&token, &plan, 1).await.0, 200);
    for _ in 0..2 {
        let response = bench.chunk(&token, &plan, 2).send().await.unwrap();
        assert_eq!(response.status(), 502);
        assert_eq!(response.headers()["retry-after"], "7");
    }
    assert_eq!(bench.probe(&plan, 2).await.0, 404, "no work was done");
    assert_eq!(bench.send(&token, &plan, 2).await.0, 200);
    assert!(bench.sandbox.faults().is_empty());
}

#[tokio::test]
async fn a_fault_waits_for_the_nth_request() {
    let bench = bench::start().await;
    bench.sandbox.inject(Fault::on(Endpoint::List).nth(3).answer(503, ""));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(bench.get("/api/2/photo/list").await.0);
    }
    assert_eq!(statuses, [200, 200, 503, 200]);
}

#[tokio::test]
async fn an_answer_can_be_lost_before_and_after_the_work() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
    assert!(bench.chunk(&token, &plan, 2).send().await.is_err());
    assert!(bench.sandbox.videos().is_empty());
    bench.sandbox.inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
    assert!(bench.chunk(&token, &plan, 2).send().await.is_err());
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256());
    let last = bench.sandbox.requests().pop().unwrap();
    assert_eq!(last.status, None);
    assert!(last.assembly.is_some());
}

#[tokio::test]
async fn a_gateway_gives_up_and_the_work_goes_on() {
    let delay = SOON;
    let bench = bench::with(|switches| switches.assembly_delay = delay).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.inject(Fault::on(Endpoint::Commit).gateway_timeout_but_finish());
    assert_eq!(bench.send(&token, &plan, 2).await.0, 504);
    assert!(bench.sandbox.videos().is_empty());
    bench.sandbox.until(|now| now.requests().last().unwrap().assembly.is_some()).await;
    bench.sandbox.advance_clock(delay);
    bench.sandbox.until(|now| now.videos().len() == 1 && now.in_flight() == 0).await;
    assert_eq!(bench.sandbox.requests().pop().unwrap().status, Some(504));
}

#[tokio::test]
async fn a_connection_can_be_cut_within_a_body() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 9_000_000, 4_000_000);
    bench.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(1).cut_body_after(100_000));
    assert!(bench.chunk(&token, &plan, 1).send().await.is_err());
    let record = bench.sandbox.requests().pop().unwrap();
    assert!((100_000..4_000_000).contains(&record.body_bytes), "{}", record.body_bytes);
    assert_eq!(record.chunk, Some(1));
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
    assert_eq!(bench.send(&token, &plan, 1).await.0, 200);
}

#[tokio::test]
async fn a_request_can_stall_unread_and_be_let_go() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 9_000_000, 4_000_000);
    for fault in [
        Fault::on(Endpoint::Chunk).stall_before_reading(),
        Fault::on(Endpoint::Chunk).stall_body_after(200_000),
        Fault::on(Endpoint::Chunk).stall_answer(SOON),
    ] {
        bench.sandbox.inject(fault);
        let struck = bench.sandbox.requests().len();
        let stalled = tokio::spawn(bench.chunk(&token, &plan, 1).send());
        bench.sandbox.until(|now| now.requests().len() > struck && !now.requests()[struck].faults.is_empty()).await;
        assert!(bench.sandbox.requests()[struck].ended.is_none());
        bench.sandbox.clear_faults();
        bench.sandbox.advance_clock(SOON);
        assert_eq!(stalled.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_held_wherever_its_pieces_end() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    let field = |(name, value): &(&str, String)| {
        format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut body: String = [("upload_token", token.clone())].iter().chain(&plan.fields(1)).map(field).collect();
    body += "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"talk.mp4\"\r\n\r\n";
    let before_the_file = body.len();
    let body = [body.as_bytes(), &plan.chunk(1), b"\r\n--edge--\r\n"].concat();
    for (first, struck) in [(before_the_file + 100, 0), (body.len() - 20, 2), (body.len() - 1, 4)] {
        bench.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(1).stall_body_after(before_the_file as u64 + 500));
        let mut stream = TcpStream::connect(bench.sandbox.address()).await.unwrap();
        let head = format!(
            "POST /api/2/photo/redeem-upload-token HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; \
             boundary=edge\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bench.sandbox.address(),
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body[..first]).await.unwrap();
        let stalled =
            |now: &slipway_sandbox::Inspection<'_>| now.chunks().nth(struck).is_some_and(|it| !it.faults.is_empty());
        bench.sandbox.until(stalled).await;
        // What is not taken now is taken when it is let go.
        stream.write_all(&body[first..]).await.unwrap();
        assert_eq!(bench.send(&token, &plan, 2).await.0, 200);
        assert!(
            bench.sandbox.requests().iter().filter(|it| it.is_chunk()).nth(struck).unwrap().ended.is_none(),
            "{first}"
        );
        bench.sandbox.clear_faults();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn the_work_goes_on_when_the_client_hangs_up() {
    let bench = bench::with(|switches| switches.assembly_delay = SOON).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    let commit = tokio::spawn(bench.chunk(&token, &plan, 2).send());
    bench.sandbox.until(|now| now.requests().last().unwrap().assembly.is_some()).await;
    commit.abort();
    assert!(commit.await.unwrap_err().is_cancelled());
    bench.sandbox.advance_clock(SOON);
    bench.sandbox.until(|now| now.videos().len() == 1).await;
}

#[tokio::test]
async fn a_ghost_delivers_a_chunk_twice() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    bench.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(1).ghost_after(SOON));
    bench.send_all(&token, &plan).await;
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
    bench.sandbox.advance_clock(SOON);
    bench
        .sandbox
        .until(|now| now.requests().iter().any(|request| request.ghost_of.is_some() && request.ended.is_some()))
        .await;
    let overlaps = bench.sandbox.beside_assembly();
    assert!(overlaps.iter().any(|overlap| overlap.ghost && overlap.how == Overlapping::After));
}

#[tokio::test]
async fn a_late_chunk_arrives_after_its_connection_is_gone() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 2500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.inject(Fault::on(Endpoint::Commit).deliver_late(SOON));
    assert!(bench.chunk(&token, &plan, 2).send().await.is_err());
    assert!(bench.sandbox.videos().is_empty());
    bench.sandbox.advance_clock(SOON);
    bench.sandbox.until(|now| now.videos().len() == 1).await;
}

#[tokio::test]
async fn a_portal_a_redirect_and_broken_json_can_answer_for_the_api() {
    let bench = bench::start().await;
    let list = "/api/2/photo/list";
    bench.sandbox.inject(Fault::on(Endpoint::List).answer_as_portal());
    let (status, page) = bench.get(list).await;
    assert!(status == 200 && page.as_str().unwrap().starts_with("<!doctype html>"));

    bench.sandbox.inject(Fault::on(Endpoint::List).redirect("http://portal.example/login"));
    let response = bench.client.get(bench.at(list)).send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.headers()["location"].to_str().unwrap()),
        (302, "http://portal.example/login")
    );

    for effect in [Effect::MalformedJson, Effect::TruncatedJson] {
        bench.sandbox.inject(Fault::on(Endpoint::List).with(effect));
        let (status, body) = bench.get(list).await;
        assert!(status == 200 && body.is_string(), "no JSON: {body}");
    }

    bench.sandbox.inject(Fault::on(Endpoint::List).with(Effect::HugeJson { bytes: 3_000_000 }));
    let (_, body) = bench.get(list).await;
    assert_eq!(body["message"].as_str().unwrap().len(), 3_000_000);

    bench.sandbox.inject(Fault::on(Endpoint::List).cut_answer_after(20));
    let response = bench.client.get(bench.at(list)).send().await;
    let body = match response {
        Ok(response) => response.text().await,
        Err(error) => Err(error),
    };
    assert!(body.is_err(), "announced more than it sent");

    bench.sandbox.inject(Fault::on(Endpoint::List).with(Effect::EndlessJson));
    let mut response = bench.client.get(bench.at(list)).send().await.unwrap();
    let mut read = 0;
    while read < 5_000_000 {
        read += response.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn a_list_can_be_stale_anonymous_or_empty() {
    let bench = bench::start().await;
    bench.draft("Old").await;
    bench.sandbox.advance_clock(SOON);
    bench.draft("New").await;
    let list = "/api/2/photo/list?include_unpublished_p=1&time=1";
    assert_eq!(bench.get(list).await.1["total_count"], 2);

    bench.sandbox.inject(Fault::on(Endpoint::List).answer_stale(SOON / 2));
    let (_, stale) = bench.get(list).await;
    assert_eq!((&stale["total_count"], &stale["cached"]), (&1.into(), &true.into()));

    bench.sandbox.inject(Fault::on(Endpoint::List).answer_as_anonymous());
    let (_, anonymous) = bench.get(list).await;
    assert_eq!((&anonymous["total_count"], &anonymous["permission_level"]), (&0.into(), &"anonymous".into()));

    bench.sandbox.inject(Fault::on(Endpoint::List).with(Effect::EmptyList));
    let (_, empty) = bench.get(list).await;
    assert_eq!((&empty["total_count"], &empty["permission_level"]), (&0.into(), &"write".into()));
}

#[tokio::test]
async fn tokens_can_expire_and_chunks_vanish_under_way() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 3500, 1000);
    bench.send(&token, &plan, 1).await;
    bench.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(2).with(Effect::PurgeChunks));
    bench.send(&token, &plan, 2).await;
    assert_eq!(bench.probe(&plan, 1).await.0, 404);
    bench.sandbox.inject(Fault::on(Endpoint::Chunk).with(Effect::ExpireUploadTokens));
    assert_eq!(bench.send(&token, &plan, 1).await.0, 400);
    bench.sandbox.inject(Fault::on(Endpoint::List).with(Effect::ExpireBearers));
    assert_eq!(bench.get("/api/2/photo/list").await.0, 401);
}

#[tokio::test]
async fn faults_come_over_http_as_well() {
    let bench = bench::start().await;
    let faults = serde_json::json!([{
        "endpoint": "list", "times": null,
        "effect": {"answer": {"status": 429, "headers": [["Retry-After", "1"]], "body": ""}}
    }]);
    let request = bench.client.post(bench.at("/_sandbox/faults")).header("content-type", "application/json");
    assert_eq!(request.body(faults.to_string()).send().await.unwrap().status(), 204);
    for _ in 0..3 {
        assert_eq!(bench.get("/api/2/photo/list").await.0, 429);
    }
    bench.client.delete(bench.at("/_sandbox/faults")).send().await.unwrap();
    assert_eq!(bench.get("/api/2/photo/list").await.0, 200);
}

#[tokio::test]
async fn a_storm_is_the_same_for_the_same_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let storm = Storm {
            bad_gateway: 0.5,
            unavailable: 0.0,
            lost_before_work: 0.0,
            lost_after_work: 0.0,
            ..Storm::default()
        };
        let bench = bench::on(Config { seed: Some(23), storm: Some(storm), ..Config::default() }).await;
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(bench.get("/api/2/photo/list").await.0);
        }
        assert!(statuses.contains(&502) && statuses.contains(&200), "{statuses:?}");
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
}

/// A commit fault is told by what lies there, before the fields after the file are known.
#[tokio::test]
async fn a_single_chunk_and_a_plain_file_are_commits() {
    let bench = bench::start().await;
    let token = bench.token(&[("max_uploads", "9")]).await;
    bench.sandbox.inject(Fault::on(Endpoint::Commit).times(2).answer(418, ""));
    assert_eq!(bench.send(&token, &Plan::new("abc", 1500, 1000), 1).await.0, 418);
    let response = bench.whole(&token, bench::bytes(10), "a.mp4").await;
    assert_eq!(text(response).await.0, 418);
    assert_eq!(bench.send(&token, &Plan::new("abc", 1500, 1000), 1).await.0, 200);
}
