//! `cargo xtask test`: all that continuous integration checks, the quick steps first, and at the end how long each took.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::setup::{self, Need};
use crate::shell::{cargo, line, npm};

/// One selection of packages and features for all of cargo's steps: with another one, cargo would compile the
/// dependencies again. This program stands outside, since it can't be replaced while it runs.
pub(crate) const WORKSPACE: &[&str] = &["--workspace", "--exclude", "xtask"];
pub(crate) const FEATURES: &[&str] = &[
    "--features",
    "slipway-cli/test-hooks,slipway-desktop/custom-protocol,slipway-desktop/test-hooks,slipway-desktop/update-check",
];

/// How long worlds are drawn for: enough for some dozens of them.
const SOAK_MINUTES: &str = "3";

/// Runs every step in turn and stops at the first that fails.
pub(crate) fn test(filter: Option<&str>) -> Result<()> {
    let needs = Instant::now();
    setup::ensure(Need::ALL)?;
    let needs = needs.elapsed();
    let nextest = setup::nextest();

    let mut taken = vec![("what is needed", needs)];
    for (name, mut command) in steps(filter, nextest) {
        println!("\n━━ {name}: {}", line(&command));
        let start = Instant::now();
        let status = command.status();
        taken.push((name, start.elapsed()));
        if !matches!(&status, Ok(status) if status.success()) {
            println!("\n{}", summary(&taken, true));
            match status {
                Ok(status) => bail!("{name} failed ({status}): {}", line(&command)),
                Err(error) => bail!("{name} could not be started ({error}): {}", line(&command)),
            }
        }
    }
    println!("\n{}", summary(&taken, false));
    Ok(())
}

fn steps(filter: Option<&str>, nextest: bool) -> Vec<(&'static str, Command)> {
    let npm_run = |script: &str| {
        let mut npm = npm();
        npm.args(["run", "--silent", script]);
        npm
    };
    let cargo_with = |words: &[&str], rest: &[&str]| {
        let mut cargo = cargo();
        cargo.args(words).args(WORKSPACE).args(FEATURES).args(rest);
        cargo
    };
    let mut tests = if nextest { cargo_with(&["nextest", "run"], &[]) } else { cargo_with(&["test", "--tests"], &[]) };
    tests.args(filter);

    // The desktop package carries the built pages inside itself, so even a filtered run builds them.
    let pages = ("ui: build", npm_run("build"));
    let build = ("build", cargo_with(&["build", "--all-targets"], &[]));
    if filter.is_some() {
        return vec![pages, build, ("tests", tests)];
    }
    let mut own = cargo();
    own.args(["test", "--quiet", "--package", "xtask"]);
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);
    let mut clippy_of_tasks = cargo();
    clippy_of_tasks.args(["clippy", "--package", "xtask", "--all-targets", "--", "--deny", "warnings"]);
    let mut soak = cargo();
    soak.args(["xtask", "soak", "--minutes", SOAK_MINUTES]);
    let mut docs = cargo_with(&["doc", "--no-deps"], &[]);
    docs.env("RUSTDOCFLAGS", "--deny warnings");
    vec![
        ("format", format),
        ("ui: lint", npm_run("lint")),
        ("ui: types", npm_run("check")),
        ("ui: tests", npm_run("test")),
        pages,
        ("ui: in a browser", npm_run("e2e")),
        ("tasks: clippy", clippy_of_tasks),
        ("tasks: tests", own),
        ("clippy", cargo_with(&["clippy", "--all-targets"], &["--", "--deny", "warnings"])),
        ("docs", docs),
        build,
        ("tests", tests),
        ("soak", soak),
        ("examples in docs", cargo_with(&["test", "--doc"], &[])),
    ]
}

/// The steps that ran, one a line, with their wall time.
fn summary(taken: &[(&str, Duration)], failed: bool) -> String {
    let mut lines = vec!["━━ wall time".to_owned()];
    let last = taken.len().saturating_sub(1);
    for (index, (name, time)) in taken.iter().enumerate() {
        let mark = if failed && index == last { "✗" } else { "✓" };
        lines.push(format!("{mark} {name:<20} {:>8.1} s", time.as_secs_f64()));
    }
    let total: Duration = taken.iter().map(|(_, time)| time).sum();
    lines.push(format!("  {:<20} {:>8.1} s", "together", total.as_secs_f64()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{steps, summary};

    #[test]
    fn all_of_cargos_steps_share_packages_and_features() {
        for (name, command) in steps(None, true) {
            let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
            if words.contains(&"--workspace".into()) {
                assert!(words.contains(&"--features".into()), "{name} has other features");
                assert!(words.contains(&"--exclude".into()), "{name} has other packages");
            }
        }
    }

    #[test]
    fn a_filter_leaves_only_what_the_rust_tests_need() {
        let names: Vec<_> = steps(Some("resume"), true).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["ui: build", "build", "tests"]);
    }

    #[test]
    fn the_summary_marks_the_step_that_failed() {
        let taken = [("format", Duration::from_millis(1_250)), ("clippy", Duration::from_secs(70))];
        let text = summary(&taken, true);
        assert!(text.contains("✓ format"), "{text}");
        assert!(text.contains("✗ clippy"), "{text}");
        assert!(text.contains("71.2 s") || text.contains("71.3 s"), "{text}");
    }
}
