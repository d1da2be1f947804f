//! What the workspace does wrong, drawn at random: every kind of fault that the sandbox knows, on every kind of request.

use fastrand::Rng;
use slipway_sandbox::{Effect, Endpoint, Fault};
use std::net::SocketAddr;
use std::time::Duration;

/// Late work comes within what the command allows for when a connection was cut: 0.8 s with brisk waits, as the two minutes
/// of the real ones.
const LATEST: u64 = 500;

/// More often than the command tries anything that is answered oddly.
const LASTING: u32 = 15;

/// One thing that goes wrong, some time soon and once or more often.
pub(crate) fn draw(rng: &mut Rng, chunk: u64, elsewhere: SocketAddr, bearers_expire: bool) -> Fault {
    let endpoint = endpoint(rng);
    let effect = effect(rng, chunk, elsewhere, bearers_expire);
    // Some last for longer than anybody tries: what they befall fails, and its remedy has to work afterwards.
    let times = if rng.u8(..5) == 0 { LASTING } else { rng.u32(1..4) };
    Fault::on(endpoint).nth(rng.u32(1..4)).times(times).with(effect)
}

/// The moment in which a second copy is made most easily: a file becomes a video, nobody is told, and the list does not know it
/// yet or proves nothing.
pub(crate) fn draw_unclear(rng: &mut Rng) -> [Fault; 2] {
    let lost = [
        Effect::LoseAnswerAfterWork,
        Effect::GatewayTimeoutButFinish,
        Effect::AnswerAfterWork { status: 502, body: "<html>".to_owned() },
        Effect::CutAnswerAfter { bytes: 1 },
    ];
    let blind = [
        Effect::StaleList { millis: Duration::from_millis(LATEST) },
        Effect::StaleList { millis: Duration::from_millis(LATEST) },
        Effect::Anonymous,
        Effect::TruncatedJson,
        Effect::Portal,
    ];
    let (lost, blind) = (rng.choice(lost).unwrap_or(Effect::Nothing), rng.choice(blind).unwrap_or(Effect::Nothing));
    [Fault::on(Endpoint::Commit).nth(1).with(lost), Fault::on(Endpoint::List).times(rng.u32(4..LASTING)).with(blind)]
}

fn endpoint(rng: &mut Rng) -> Endpoint {
    let all = [
        Endpoint::Any,
        Endpoint::Chunk,
        Endpoint::Commit,
        Endpoint::Probe,
        Endpoint::Redeem,
        Endpoint::Replace,
        Endpoint::GetUploadToken,
        Endpoint::GetReplaceToken,
        Endpoint::GetUpdateToken,
        Endpoint::UpdateUploadToken,
        Endpoint::DeleteUploadToken,
        Endpoint::List,
        Endpoint::Update,
        Endpoint::Progress,
        Endpoint::Subtitle,
        Endpoint::Subtitles,
        Endpoint::Albums,
        Endpoint::Site,
        Endpoint::UserTokens,
    ];
    // What carries the file is where most of the danger is.
    let carriers = [Endpoint::Chunk, Endpoint::Commit, Endpoint::Redeem, Endpoint::Replace];
    let drawn = if rng.bool() { rng.choice(carriers) } else { rng.choice(all) };
    drawn.unwrap_or(Endpoint::Any)
}

fn effect(rng: &mut Rng, chunk: u64, elsewhere: SocketAddr, bearers_expire: bool) -> Effect {
    let ms = |rng: &mut Rng| Duration::from_millis(rng.u64(1..LATEST));
    let answer = |status: u16, body: &str, early: bool| Effect::Answer {
        status,
        headers: Vec::new(),
        body: body.to_owned(),
        early,
    };
    let headed = |status: u16, name: &str, value: &str| Effect::Answer {
        status,
        headers: vec![(name.to_owned(), value.to_owned())],
        body: String::new(),
        early: false,
    };
    match rng.u32(..if bearers_expire { 36 } else { 34 }) {
        0 => answer(500, "", false),
        1 => answer(502, "<html>Bad gateway</html>", rng.bool()),
        2 => answer(503, "", rng.bool()),
        3 => headed(503, "Retry-After", "1"),
        4 => headed(429, "Retry-After", "1"),
        5 => answer(429, "", false),
        6 => answer(504, "", false),
        7 => answer(408, "", false),
        8 => answer(200, "[1, 2, 3]", false),
        9 => answer(200, r#"{"status": 7, "data": "seven"}"#, false),
        10 => answer(200, "", false),
        11 => answer(413, "", rng.bool()),
        12 => Effect::StallBeforeReading { millis: Some(ms(rng)) },
        13 => Effect::CutBodyAfter { bytes: rng.u64(1..chunk) },
        14 => Effect::LoseAnswerBeforeWork,
        15 => Effect::LoseAnswerAfterWork,
        16 => Effect::AnswerAfterWork { status: 502, body: "<html>".to_owned() },
        17 => Effect::StallAnswer { millis: ms(rng) },
        18 => Effect::CutAnswerAfter { bytes: rng.u64(1..40) },
        19 => Effect::GatewayTimeoutButFinish,
        20 => Effect::AssemblyDelay { millis: ms(rng) },
        21 => Effect::HoldAfterLanding { millis: ms(rng) },
        22 => Effect::Ghost { millis: ms(rng) },
        23 => Effect::Late { millis: ms(rng) },
        24 => Effect::PurgeChunks,
        25 => Effect::Portal,
        26 => Effect::Redirect {
            status: rng.choice([301, 302, 307, 308]).unwrap_or(302),
            location: format!("http://{elsewhere}/api/photo/list"),
        },
        27 => Effect::TruncatedJson,
        28 => Effect::MalformedJson,
        29 => Effect::HugeJson { bytes: 20 << 20 },
        30 => Effect::Anonymous,
        31 => Effect::EndlessJson,
        32 => Effect::StaleList { millis: ms(rng) },
        33 => Effect::BadToken,
        34 => Effect::ExpireBearers,
        _ => Effect::ExpireUploadTokens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::mem::discriminant;

    #[test]
    fn every_kind_is_drawn_before_long() {
        let (mut rng, mut kinds) = (Rng::with_seed(1), HashSet::new());
        for _ in 0..2000 {
            kinds.insert(discriminant(&effect(&mut rng, 1024, ([127, 0, 0, 1], 1).into(), true)));
        }
        // All that the sandbox has, without those that OAuth alone has, that last until somebody ends them, or that deny
        // what is there.
        assert_eq!(kinds.len(), 25, "{kinds:?}");
    }
}
