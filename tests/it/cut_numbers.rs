//! The answer to the last piece may be a bare number, and half of a number is a number: the id of somebody else's video. It
//! is held against what the workspace lists of the upload's token before anything is asked of it.

use crate::rig::{LARGE, Making, Rig, SMALL, VERSIONS, play};
use slipway_engine::failure::Code;
use slipway_engine::item::Publish;
use slipway_engine::workspace::ApiVersion;
use slipway_sandbox::{CompletingBody, Effect, Endpoint, Fault, RequestRecord, Switches};
use std::time::Duration;

/// So many videos of others that the next id has two figures, and that its first is the id of one of them.
const OTHERS: u32 = 12;

fn numbers() -> Switches {
    let number = CompletingBody::Number;
    Switches { completing_body: number, completing_body_v1: number, ..Switches::documented() }
}

/// A workspace full of others' videos, whose answers to last pieces arrive cut in half.
async fn cutting(version: ApiVersion, switches: Switches) -> Rig {
    let rig = Making::of(switches).speaking(version).stocked(OTHERS).looking_briefly().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).with(Effect::TruncatedJson));
    rig
}

/// The videos about which anything was asked to be changed.
fn meant(rig: &Rig) -> Vec<String> {
    let changes = |it: &RequestRecord| matches!(it.api_method.as_str(), "photo/update" | "photo/replace");
    let requests = rig.sandbox().requests().into_iter().filter(changes);
    let id = |it: RequestRecord| it.params.into_iter().find(|(name, _)| name == "photo_id").map(|(_, value)| value);
    requests.filter_map(id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_was_cut_publishes_nobody_elses_video() {
    let lags = [Duration::ZERO, Duration::from_millis(200)];
    let cases = lags
        .into_iter()
        .flat_map(|lag| VERSIONS.into_iter().flat_map(move |version| [SMALL, LARGE].map(|size| (lag, version, size))));
    play(cases, |(lag, version, size)| async move {
        let what = format!("{lag:?}, {version:?}, {size} bytes");
        let rig = cutting(version, Switches { list_lag: lag, ..numbers() }).await;
        let file = rig.file("talk.mp4", size);
        let mut add = rig.request(&file);
        add.publish = Some(Publish::AtOnce);
        let id = rig.add_as(add).await.item.id;
        let item = rig.rest(id).await;
        let answer = rig.sandbox().requests().into_iter().find(|it| it.completing).map(|it| it.excerpt);
        assert!(answer.is_some_and(|it| it.len() == 1), "{what}: it was cut; {}", rig.story());
        rig.assert_done_once(&what, &item);
        let video = &rig.copies(&file)[0];
        assert!(video.published, "{what}: {}", rig.story());
        assert_eq!(meant(&rig), [video.photo_id.to_string()], "{what}: {}", rig.story());
    })
    .await;
}

#[tokio::test]
async fn a_piece_that_is_answered_by_a_number_sends_nobody_to_another_video() {
    let rig = cutting(ApiVersion::V2, numbers()).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(2).answer(200, "1"));
    let item = rig.upload(&rig.file("talk.mp4", LARGE)).await;
    let failure = item.failure.expect("a piece was answered like a whole file");
    assert_eq!((failure.code, failure.detail), (Code::PieceTakenAsWhole, None), "nobody deletes somebody's video");
}
