//! How evenly frames come in Chromium while ten thousand rows are scrolled: the pages of the window in a browser that has no
//! part of the engine beside it. What is measured is in `ui/e2e/frames.mjs`.

use anyhow::{Context as _, Result};

use super::Bench;
use super::report::Row;
use super::told::Told;
use crate::setup::{self, Need};
use crate::shell::{command, npm, output, run, ui};

pub(super) fn measure(_: &Bench) -> Result<Vec<Row>> {
    setup::ensure(&[Need::Pages])?;
    run(npm().args(["run", "--silent", "build"]))?;
    let told =
        output(command("node").current_dir(ui()).arg("e2e/frames.mjs")).context("no frames could be measured")?;
    let told = Told::read(&told)?;
    let (still, slow) = (told.figure("still")?, told.figure("slow")?);
    let row = |measure: &str, value, unit, note: &str| Row::new("frames", measure, value, unit, note);
    Ok(vec![
        row("99 of 100 while scrolling", slow, "ms", "600 frames, 240 pixels each, 10,000 rows"),
        row("the middle one", told.figure("moving")?, "ms", ""),
        row("the slowest", told.figure("slowest")?, "ms", ""),
        row("slow frame beside a still one", slow / still, "×", "99 of 100 of each"),
    ])
}
