//! `cargo xtask bundle --check` for the .rpm: into an empty system of its own, where rpm itself says whether everything lies
//! there as packed, and out again. What it depends on is not installed, and neither is it started: that takes a Fedora. What it
//! asks for is held against what Fedora offers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::everything_below;
use crate::shell::{command, line, output, run, target};

/// All that it may ask of a system, by how it begins: libraries by the names that they have on Fedora and its kin, the C
/// library, and what rpm itself can do.
const ASKED_FOR: &[&str] = &["libwebkit2gtk-4.1.so.0()(64bit)", "libgtk-3.so.0()(64bit)", "glibc >= ", "rpmlib("];

/// Where it keeps its own account.
const ACCOUNT: &str = "var/lib/rpm";

/// Goes through all of it; says so where there is no rpm.
pub(super) fn check(rpm: &Path) -> Result<()> {
    if output(command("rpm").arg("--version")).is_none() {
        println!("\nThe .rpm was not looked at: there is no `rpm` on this system.");
        return Ok(());
    }
    let asked = output(command("rpm").args(["-qp", "--requires"]).arg(rpm)).context("rpm cannot read the package")?;
    let strange: Vec<&str> = asked.lines().filter(|it| !ASKED_FOR.iter().any(|known| it.starts_with(known))).collect();
    ensure!(strange.is_empty(), "the .rpm asks for what nobody thought of: {strange:?}");

    let root = target()?.join("packages/rpm");
    if root.exists() {
        fs::remove_dir_all(&root)?;
    }
    fs::create_dir_all(root.join(ACCOUNT))?;
    println!("\nInstalling the .rpm into an empty system");
    run(inside(&root).arg("--initdb"))?;
    run(inside(&root).args(["--install", "--nodeps", "--nosignature"]).arg(rpm))?;
    let listed = output(inside(&root).args(["-ql", "slipway"])).context("rpm knows nothing of slipway")?;
    let there = files(&root)?;
    for path in &there {
        let path = format!("/{path}");
        ensure!(listed.lines().any(|it| it == path), "{path} is not the package's");
    }
    for program in ["usr/bin/slipway", "usr/bin/slipway-desktop", "usr/share/applications/Slipway.desktop"] {
        ensure!(there.contains(program), "there is no {program}");
    }
    // Says nothing of a file that is as it was packed.
    let mut verify = inside(&root);
    verify.args(["--verify", "--nodeps", "slipway"]);
    let verified = verify.output().with_context(|| format!("cannot start {}", line(&verify)))?;
    let different = String::from_utf8_lossy(&verified.stdout);
    ensure!(verified.status.success() && different.trim().is_empty(), "not as packed: {different}");
    run(inside(&root).args(["--erase", "slipway"]))?;
    let left = files(&root)?;
    ensure!(left.is_empty(), "left after the .rpm was erased: {left:?}");
    fs::remove_dir_all(&root)?;
    println!("Installed, verified and erased: {} files, which ask for {}.", there.len(), asked.replace('\n', ", "));
    Ok(())
}

fn inside(root: &Path) -> Command {
    let mut rpm = command("rpm");
    rpm.arg("--root").arg(root).arg("--dbpath").arg(Path::new("/").join(ACCOUNT));
    rpm
}

/// All files but rpm's own.
fn files(root: &Path) -> Result<BTreeSet<String>> {
    let mut files = everything_below(root, &[ACCOUNT])?;
    files.retain(|path| !root.join(path).symlink_metadata().is_ok_and(|it| it.is_dir()));
    Ok(files)
}
