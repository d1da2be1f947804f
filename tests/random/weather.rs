//! What goes wrong between here and the workspace, drawn at random.

use crate::rig::CHUNK;
use fastrand::Rng;
use slipway_sandbox::{Effect, Endpoint, Fault};
use std::time::Duration;

/// One thing that goes wrong, some time soon and once or twice.
pub(crate) fn fault(rng: &mut Rng) -> Fault {
    let endpoints =
        [Endpoint::Chunk, Endpoint::Commit, Endpoint::List, Endpoint::GetUploadToken, Endpoint::Update, Endpoint::Any];
    let endpoint = rng.choice(endpoints).unwrap();
    let status =
        |status: u16, body: &str| Effect::Answer { status, headers: Vec::new(), body: body.into(), early: false };
    let effects = [
        status(502, "<html>Bad gateway</html>"),
        status(503, ""),
        status(429, ""),
        status(500, ""),
        status(504, ""),
        Effect::CutBodyAfter { bytes: rng.u64(1..CHUNK) },
        Effect::LoseAnswerBeforeWork,
        Effect::LoseAnswerAfterWork,
        Effect::CutAnswerAfter { bytes: 1 },
        Effect::GatewayTimeoutButFinish,
        Effect::Portal,
        Effect::TruncatedJson,
        Effect::MalformedJson,
        Effect::Anonymous,
        Effect::Ghost { millis: Duration::from_millis(rng.u64(1..600)) },
        Effect::PurgeChunks,
    ];
    let effect = rng.choice(effects).unwrap();
    Fault::on(endpoint).nth(rng.u32(1..4)).times(rng.u32(1..3)).with(effect)
}
