//! Answers that are malformed, huge, endless or made to choke on, to every kind of call: one costs a repetition, and one
//! that stays so is named. None is taken for a success, none is read to its end at any price.

use crate::rig::{LARGE, Making, play};
use slipway_engine::failure::Code;
use slipway_engine::item::Publish;
use slipway_sandbox::{Effect, Endpoint, Fault, Switches};

fn brief() -> Making {
    Making::of(Switches::documented()).looking_briefly()
}

fn said(body: String, headers: &[(&str, String)]) -> Effect {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Effect::Answer { status: 200, headers, body, early: false }
}

/// Bodies that a parser could lose its stack, its memory or its patience over.
fn bodies() -> Vec<(&'static str, Effect)> {
    let deep = 200_000;
    let xml = format!("<response status=\"ok\">{}{}</response>", "<a>".repeat(deep), "</a>".repeat(deep));
    let many: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect::<Vec<_>>().concat();
    vec![
        ("deep JSON", said("[".repeat(deep), &[])),
        ("deep JSON in an envelope", said(format!("{{\"status\":\"ok\",\"data\":{}", "[".repeat(deep)), &[])),
        ("deep XML", said(xml, &[])),
        ("XML with many attributes", said(format!("<response status=\"perhaps\"{many}>"), &[])),
        ("a list of numbers", said("[1, 2, 3]".to_owned(), &[])),
        ("malformed JSON", Effect::MalformedJson),
        ("JSON that ends in the middle", Effect::TruncatedJson),
        ("six megabytes", Effect::HugeJson { bytes: 6 * 1024 * 1024 }),
        ("no end", Effect::EndlessJson),
    ]
}

/// And those that are odd around their body.
fn envelopes() -> Vec<(&'static str, Effect)> {
    let packed = [("content-encoding", "gzip".to_owned())];
    vec![
        ("cut off in its body", Effect::CutAnswerAfter { bytes: 5 }),
        ("megabytes of headers", said("ok".to_owned(), &[("x-padding", "a".repeat(2 << 20))])),
        ("said to be packed", said("\u{1f}packed or not".to_owned(), &packed)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_odd_answer_to_any_call_costs_a_repetition_and_no_more() {
    let calls = [
        Endpoint::GetUploadToken,
        Endpoint::List,
        Endpoint::Chunk,
        Endpoint::Commit,
        Endpoint::Update,
        Endpoint::Progress,
    ];
    let odd = || bodies().into_iter().chain(envelopes());
    let all = calls.into_iter().flat_map(|call| odd().map(move |(name, effect)| (call.clone(), name, effect)));
    // To a chunk that XML is an "ok", and whoever says so is believed.
    let all = all.filter(|(call, name, _)| *name != "deep XML" || !matches!(call, Endpoint::Chunk | Endpoint::Commit));
    play(all.collect::<Vec<_>>(), |(call, name, effect)| async move {
        let what = format!("{name} to {call:?}");
        let rig = brief().start().await;
        rig.sandbox().inject(Fault::on(call).with(effect));
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        add.publish = Some(Publish::AtOnce);
        let id = rig.add_as(add).await.item.id;
        let item = rig.rest(id).await;
        rig.assert_done_once(&what, &item);
        assert!(item.published, "{what}: {}", rig.story());
        assert!(rig.copies(&item.file)[0].published, "{what}: said, and not so; {}", rig.story());
        rig.assert_commits_alone(&what);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_stays_odd_is_named_and_nothing_was_sent_for_it() {
    play(bodies(), |(name, effect)| async move {
        let rig = brief().start().await;
        rig.sandbox().inject(Fault::on(Endpoint::GetUploadToken).always().with(effect));
        let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
        let item = rig.rest(id).await;
        let code = item.failure.map(|failure| failure.code);
        assert_eq!(code, Some(Code::AnswerUnreadable), "{name}: {}", rig.story());
        assert!(rig.chunks().is_empty(), "{name}: {}", rig.story());
        rig.sandbox().clear_faults();
        rig.engine().retry(id).await.unwrap();
        rig.assert_done_once(name, &rig.rest(id).await);
    })
    .await;
}
