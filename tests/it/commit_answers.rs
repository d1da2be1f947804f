//! Every row of the table that reads the answer to a commit: each has its scenarios here, for files of one chunk and of
//! several, and a new row without one fails.

use crate::rig::{LARGE, Making, Rig, SMALL, VERSIONS, play};
use slipway_engine::ItemView;
use slipway_engine::commit::ANSWERS;
use slipway_engine::failure::Code;
use slipway_engine::plan::ChunkLimits;
use slipway_engine::workspace::ApiVersion;
use slipway_sandbox::{CompletingBody, Effect, Endpoint, Fault, Switches};
use std::time::Duration;

/// How it must end.
#[derive(Clone, Copy, Debug)]
enum End {
    Once,
    /// Failed for good, with nothing in the workspace.
    Refused(Code),
}

/// One answer, and what must come of it.
struct Scenario {
    row: &'static str,
    version: ApiVersion,
    name: String,
    size: u64,
    fault: Option<Fault>,
    body: CompletingBody,
    end: End,
}

fn commit() -> Fault {
    Fault::on(Endpoint::Commit)
}

/// The faults that stand for a row, each with a name and its end.
fn faults_of(row: &str) -> Vec<(String, Fault, End)> {
    let answered = |status: u16, body: &str, end| (format!("{status} {body:?}"), commit().answer(status, body), end);
    match row {
        // Without a fault, in every shape: see below. Cut on its way: `cut_numbers.rs`.
        "an id that came whole" | "a bare number" => Vec::new(),
        "the last body byte was never written" => {
            vec![("cut within the body".into(), commit().cut_body_after(300_000), End::Once)]
        }
        "429 or 503: turned away, not worked on" => vec![
            answered(429, "", End::Once),
            answered(503, "<html>busy</html>", End::Once),
            ("429 that says how long".into(), commit().answer(429, "").header("Retry-After", "1"), End::Once),
            ("503 three times".into(), commit().times(3).answer(503, ""), End::Once),
        ],
        "a known text about type or size" => vec![
            answered(500, "The file type isn't supported", End::Refused(Code::FileRefused)),
            answered(200, "error The file type isn't supported", End::Refused(Code::FileRefused)),
            answered(500, "The file is too large", End::Refused(Code::FileTooLarge)),
        ],
        "anything else" => {
            let mut faults: Vec<_> = [
                (200, "ok"),
                (200, ""),
                (200, "<html>Please sign in</html>"),
                (200, "Invalid token"),
                (302, ""),
                (400, "Invalid token"),
                (403, "Invalid token"),
                (404, "<html>not found</html>"),
                (408, ""),
                (413, "<html>too large</html>"),
                (500, ""),
                (500, "Wrong data size"),
                (500, "4711"),
                (502, "<html>bad gateway</html>"),
                (504, ""),
            ]
            .map(|(status, body)| answered(status, body, End::Once))
            .into();
            for effect in [
                Effect::LoseAnswerAfterWork,
                Effect::LoseAnswerBeforeWork,
                Effect::CutAnswerAfter { bytes: 1 },
                Effect::GatewayTimeoutButFinish,
                Effect::StallAnswer { millis: Duration::from_hours(1) },
                Effect::Portal,
                Effect::Redirect { status: 307, location: "http://127.0.0.1:1/".into() },
                Effect::BadToken,
                Effect::MalformedJson,
                Effect::EndlessJson,
                Effect::Late { millis: Duration::from_millis(300) },
            ] {
                faults.push((format!("{effect:?}"), commit().with(effect), End::Once));
            }
            faults
        }
        row => panic!("no scenario for {row:?}"),
    }
}

fn scenarios() -> Vec<Scenario> {
    let mut all = Vec::new();
    for row in ANSWERS {
        let row = row.happened;
        for (size, version) in [SMALL, LARGE].into_iter().flat_map(|size| VERSIONS.map(|version| (size, version))) {
            use CompletingBody::{BackgroundLine, Envelope, FlatJson, Number, Xml};
            let bodies: &[_] = match row {
                "an id that came whole" => &[Envelope, FlatJson, BackgroundLine, Xml],
                "a bare number" => &[Number],
                _ => &[],
            };
            for body in bodies.iter().copied() {
                let name = format!("{body:?}");
                all.push(Scenario { row, version, name, size, fault: None, body, end: End::Once });
            }
            for (name, fault, end) in faults_of(row) {
                all.push(Scenario { row, version, name, size, fault: Some(fault), body: Number, end });
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_about_the_answer_to_a_commit_ends_as_the_table_says() {
    play(scenarios(), |scenario| async move {
        let Scenario { row, version, name, size, fault, body, end } = scenario;
        let what = format!("{row}: {name}, {size} bytes, {version:?}");
        let switches = Switches { completing_body: body, completing_body_v1: body, ..Switches::documented() };
        let mut making = Making::of(switches).speaking(version).looking_briefly();
        if matches!(row, "an id that came whole" | "a bare number") {
            // Only the answer itself may tell, however long a busy machine takes over it.
            making.timing.lookup_gap.0 = Duration::from_mins(1);
            making.timing.commit_answer = Duration::from_mins(1);
            making.timing.call = Duration::from_mins(1);
        }
        let mut size = size;
        if row == "the last body byte was never written" {
            // Larger than what a connection holds in its buffers.
            let scale = 14 * 1024 * 1024;
            making.limits = ChunkLimits { min: scale, max: 2 * scale, single_below: 2 * scale };
            size = if size == SMALL { scale } else { 2 * scale + 5 };
        }
        let rig = making.start().await;
        if let Some(fault) = fault {
            rig.sandbox().inject(fault);
        }
        let file = rig.file("talk.mp4", size);
        let item = rig.upload(&file).await;
        check(&what, &rig, &item, end);
        rig.assert_spoken_in(&what, version);
        let log = rig.log(item.id).await;
        let taken = match row {
            "an id that came whole" => "(by Answer)",
            "the last body byte was never written" | "429 or 503: turned away, not worked on" => "commit unsent",
            "a known text about type or size" => "failed: file_",
            _ => "(by Lookup)",
        };
        assert!(log.contains(taken) || row == "anything else", "{what}: {log}");
    })
    .await;
}

fn check(what: &str, rig: &Rig, item: &ItemView, end: End) {
    match end {
        End::Once => rig.assert_done_once(what, item),
        End::Refused(code) => {
            let failure = item.failure.as_ref().map(|failure| failure.code);
            assert_eq!((item.stage.as_str(), failure), ("failed", Some(code)), "{what}: {}", rig.story());
            assert!(!item.unsettled, "{what}");
            assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
        }
    }
}
