//! `cargo xtask pages`: the pages that are written from the code. The test that holds them to it writes them as well,
//! so there is one description of what stands in them, and this program needs none of our packages.

use anyhow::{Result, ensure};

use crate::shell::{cargo, line};

/// Writes `docs/failures/` anew.
pub(crate) fn write() -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["test", "--quiet", "--package", "slipway-cli", "--bin", "slipway"]);
    // The features of the other steps, or cargo would compile everything once more.
    cargo.args(["--features", "slipway-cli/test-hooks", "--", "exit::pages::every_code"]);
    cargo.env("SLIPWAY_WRITE_PAGES", "1");
    let status = cargo.status()?;
    ensure!(status.success(), "{} ended with {status}", line(&cargo));
    Ok(())
}
