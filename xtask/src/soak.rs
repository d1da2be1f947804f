//! `cargo xtask soak`: random work, faults, weather and kills against the real command, compared with a model. The work is
//! `tests/soak`; here both programs are built.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell::{self, command, run};
use crate::test::{FEATURES, WORKSPACE};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Play so many worlds
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Begin no world after this long; three minutes where nothing is said
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// The first world; alone with it where neither a number nor a time is said
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Worlds at a time
    #[arg(long, value_name = "K")]
    at_once: Option<u64>,
    /// Where the count is written, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(crate) fn soak(arguments: &Arguments) -> Result<()> {
    // With the hooks: they make the command's waits brisk and its chunks small, so that a world takes seconds. Built with the
    // tests' selection, so that they share what is compiled.
    let options = [WORKSPACE, FEATURES].concat();
    let slipway = shell::build("slipway-cli", "slipway", &options)?;
    let soak = shell::build("slipway-soak", "slipway-soak", &options)?;
    let mut soak = command(soak);
    soak.arg("--slipway").arg(slipway);
    let numbers = [
        ("--seeds", arguments.seeds),
        ("--minutes", arguments.minutes),
        ("--seed", arguments.seed),
        ("--at-once", arguments.at_once),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            soak.arg(name).arg(number.to_string());
        }
    }
    if let Some(report) = &arguments.report {
        soak.arg("--report").arg(report);
    }
    run(&mut soak)
}
