//! The window with ten thousand files in its queue: how soon they are there, memory beside a blank Tauri window, and how
//! evenly frames come while the list is scrolled. Measured in the real window by its own test harness
//! (`src-tauri/tests/window`), in a debug build of our code: most of what is measured is the web view's.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Bench;
use super::report::Row;
use crate::setup::{self, Need};
use crate::shell::{cargo, npm, output, run};

pub(super) fn measure(_: &Bench) -> Result<Vec<Row>> {
    setup::ensure(Need::ALL)?;
    run(npm().args(["run", "--silent", "build"]))?;
    let mut harness = cargo();
    harness.args([
        "test",
        "--package",
        "slipway-desktop",
        "--features",
        "slipway-desktop/custom-protocol,slipway-desktop/test-hooks",
    ]);
    harness.args([
        "--test",
        "window",
        "--examples",
        "--",
        "--ignored",
        "--nocapture",
        "--exact",
        "long_queue::figures",
    ]);
    let told = output(&mut harness).context("the window could not be measured")?;
    let line = told.lines().find_map(|line| line.split_once("figures ")).context("the harness told no figures")?.1;
    let figures: Value = serde_json::from_str(line)?;
    let figure = |name: &str| figures[name].as_f64().with_context(|| format!("no figure {name}"));
    let row = |measure: &str, value: f64, unit: &'static str, note: String| Row {
        case: "window",
        measure: measure.to_owned(),
        value,
        unit,
        note,
    };
    let (kib, blank) = (figure("kib")?, figure("blank_kib")?);
    let (still, slow) = (figure("still_ms")?, figure("moving_slow_ms")?);
    let mib = |kib: f64| kib / 1024.0;
    Ok(vec![
        row(
            "first rows",
            figure("shown_s")?,
            "s",
            "from the start of the program, the test's driver included".to_owned(),
        ),
        row("all rows", figure("there_s")?, "s", "until the list has ten thousand".to_owned()),
        row("memory beside a blank window", kib / blank, "×", format!("{:.0} MiB, PSS of all processes", mib(kib))),
        row("memory above a blank window", mib(kib - blank), "MiB", format!("which has {:.0} MiB", mib(blank))),
        row("slow frame beside a still one", slow / still, "×", format!("{slow:.1} ms: 95 of 100 while scrolling")),
    ])
}
