//! `cargo xtask soak`: random work, faults, weather and kills against the real command, compared with a model. The work is
//! `tests/soak`; here both programs are built.

use std::ffi::OsString;

use anyhow::Result;

use crate::shell::{self, command, run};
use crate::test::{FEATURES, WORKSPACE};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Arguments {
    /// What the soak itself takes; `--help` says what that is
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    options: Vec<OsString>,
}

pub(crate) fn soak(arguments: &Arguments) -> Result<()> {
    // With the hooks: they make the command's waits brisk and its chunks small, so that a world takes seconds. Built with the
    // tests' selection, so that they share what is compiled.
    let selection = [WORKSPACE, FEATURES].concat();
    let slipway = shell::build("slipway-cli", "slipway", &selection)?;
    let soak = shell::build("slipway-soak", "slipway-soak", &selection)?;
    run(command(soak).arg("--slipway").arg(slipway).args(&arguments.options))
}
