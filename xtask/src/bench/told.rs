//! Figures that another program measured and printed, by name: a line with the word `figures` and a JSON object.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// See the module.
pub(super) struct Told(Value);

impl Told {
    /// From all that the program printed.
    pub(super) fn read(printed: &str) -> Result<Self> {
        let line = printed.lines().find_map(|line| line.split_once("figures ")).context("no figures were told")?.1;
        Ok(Self(serde_json::from_str(line)?))
    }

    pub(super) fn figure(&self, name: &str) -> Result<f64> {
        self.0[name].as_f64().with_context(|| format!("no figure {name}"))
    }
}
