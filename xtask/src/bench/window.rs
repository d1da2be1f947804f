//! The window with ten thousand files in its queue: how soon they are there, memory beside a blank Tauri window, and how
//! evenly frames come while the list is scrolled; with a hundred thousand, how soon they are there; and its library with
//! five thousand videos. Measured in the real window by its own test harness (`src-tauri/tests/window`), in a release build. Most
//! of what is measured is the web view's.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};

use super::Bench;
use super::report::Row;
use super::told::Told;
use crate::setup::{self, Need};
use crate::shell::{cargo, line, npm, run};

/// As a package of the system has it, with what tests need of it.
const RELEASE: [&str; 5] = [
    "--release",
    "--package",
    "slipway-desktop",
    "--features",
    "slipway-desktop/custom-protocol,slipway-desktop/test-hooks",
];

pub(super) fn measure(_: &Bench) -> Result<Vec<Row>> {
    setup::ensure(Need::ALL)?;
    run(npm().args(["run", "--silent", "build"]))?;
    // What the window is measured beside: a test harness builds no example.
    run(cargo().arg("build").args(RELEASE).args(["--example", "blank-window"]))?;
    let mut rows = queue(&figures_of("long_queue::figures")?)?;
    rows.extend(library(&figures_of("long_library::figures")?)?);
    Ok(rows)
}

fn queue(told: &Told) -> Result<Vec<Row>> {
    let (kib, blank) = (told.figure("kib")?, told.figure("blank_kib")?);
    let mib = |kib: f64| kib / 1024.0;
    Ok(vec![
        row(
            "first rows",
            told.figure("shown_s")?,
            "s",
            "from the start of the program, the test's driver included".to_owned(),
        ),
        row("all rows", told.figure("there_s")?, "s", "until the list has ten thousand".to_owned()),
        row("memory beside a blank window", kib / blank, "×", format!("{:.0} MiB, PSS of all processes", mib(kib))),
        row("memory above a blank window", mib(kib - blank), "MiB", format!("which has {:.0} MiB", mib(blank))),
        slow_frames("slow frame beside a still one", told)?,
        row(
            "first rows of 100,000",
            told.figure("most_shown_s")?,
            "s",
            format!("all after {:.1} s, with {:.0} MiB", told.figure("most_there_s")?, mib(told.figure("most_kib")?)),
        ),
    ])
}

fn library(told: &Told) -> Result<Vec<Row>> {
    Ok(vec![
        row(
            "library: first videos of five thousand",
            told.figure("shown_s")?,
            "s",
            "from the press on its door".to_owned(),
        ),
        row(
            "library: found",
            told.figure("found_s")?,
            "s",
            "from the first letter typed, the pause for more included".to_owned(),
        ),
        slow_frames("library: slow frame beside a still one", told)?,
    ])
}

fn slow_frames(measure: &str, told: &Told) -> Result<Row> {
    let (still, slow) = (told.figure("still_ms")?, told.figure("moving_slow_ms")?);
    Ok(row(measure, slow / still, "×", format!("{slow:.1} ms: 95 of 100 while scrolling")))
}

fn row(measure: &str, value: f64, unit: &'static str, note: String) -> Row {
    Row::new("window", measure, value, unit, note)
}

fn figures_of(test: &str) -> Result<Told> {
    let mut harness = cargo();
    harness.arg("test").args(RELEASE).args(["--test", "window", "--", "--ignored", "--nocapture", "--exact", test]);
    let told = harness.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", line(&harness)))?;
    ensure!(told.status.success(), "the window could not be measured: {}", String::from_utf8_lossy(&told.stdout));
    Told::read(&String::from_utf8_lossy(&told.stdout))
}
