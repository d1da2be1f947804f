//! `cargo xtask bundle`: the packages that people install, by Tauri's own bundler. Each holds the window and the command
//! `slipway`, which are of one version and share a data folder. What else goes into one for Linux is gathered in `linux`;
//! `check` installs one on a clean system, and takes it away again.

mod check;
mod linux;
mod rpm;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::setup::{self, Need};
use crate::shell::{build, command, root, run, target, ui};

/// What this system's bundler can make without fetching tools of its own; the folder and the extension of each.
const KINDS: &[(&str, &str)] = if cfg!(target_os = "macos") {
    &[("dmg", "dmg")]
} else if cfg!(windows) {
    &[("msi", "msi"), ("nsis", "exe")]
} else {
    &[("deb", "deb"), ("rpm", "rpm")]
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Without optimisation: quick, to look whether packaging works
    #[arg(long)]
    debug: bool,
    /// Afterwards install the .deb on a clean Debian 12, use it, purge it, and look at what is left (Linux, as root), and
    /// install and erase the .rpm where there is rpm; with a PACKAGE, make nothing and look at that one
    #[arg(long, value_name = "PACKAGE")]
    #[expect(clippy::option_option, reason = "left out, alone, or with a file")]
    check: Option<Option<PathBuf>>,
    /// Make an AppImage as well (Linux); the bundler fetches what that takes from the network
    #[arg(long)]
    appimage: bool,
}

/// Makes the packages, and says where they are.
pub(crate) fn bundle(arguments: &Arguments) -> Result<()> {
    if let Some(Some(package)) = &arguments.check {
        return if is_a(package, "rpm") { rpm::check(package) } else { check::check(package) };
    }
    setup::ensure(&[Need::Compiler, Need::WebView, Need::Pages])?;
    let profile: &[&str] = if arguments.debug { &[] } else { &["--release"] };
    let slipway = build("slipway-cli", "slipway", profile)?;

    let mut kinds = KINDS.to_vec();
    if arguments.appimage {
        kinds.push(("appimage", "AppImage"));
    }
    let tauri = || command(ui().join("node_modules/.bin").join(if cfg!(windows) { "tauri.cmd" } else { "tauri" }));
    let debug = arguments.debug.then_some("--debug");
    run(tauri().args(["build", "--no-bundle"]).args(debug))?;
    // Only here is it known where the programs were built, what they are linked with, and what was made for them.
    let more = json!({ "bundle": more(&slipway)? }).to_string();
    let names: Vec<_> = kinds.iter().map(|(kind, _)| *kind).collect();
    run(tauri().args(["bundle", "--bundles", &names.join(","), "--config", &more]).args(debug))?;

    let made = made(&kinds, arguments.debug)?;
    ensure!(!made.is_empty(), "the bundler made no package");
    println!("\nMade:");
    for package in &made {
        println!("  {}", package.strip_prefix(root()).unwrap_or(package).display());
    }
    if arguments.check.is_some() {
        let deb = made.iter().find(|package| is_a(package, "deb"));
        check::check(deb.ok_or_else(|| anyhow::anyhow!("there is no .deb to check on this system"))?)?;
        if let Some(package) = made.iter().find(|package| is_a(package, "rpm")) {
            rpm::check(package)?;
        }
    }
    Ok(())
}

/// Everything in a system, folders as well, by its path from there; what is left out is so with all below it.
fn everything_below(root: &Path, left_out: &[&str]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let within = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
            if left_out.contains(&within.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            }
            found.insert(within);
        }
    }
    Ok(found)
}

fn is_a(package: &Path, kind: &str) -> bool {
    package.extension().is_some_and(|extension| extension == kind)
}

/// The command beside the window, and on Linux all that a system wants to know of a program.
fn more(slipway: &Path) -> Result<Value> {
    Ok(if cfg!(target_os = "macos") {
        json!({ "macOS": { "files": { "MacOS/slipway": slipway } } })
    } else if cfg!(windows) {
        json!({ "resources": { (slipway.to_string_lossy()): "slipway.exe" } })
    } else {
        let program = slipway.with_file_name("slipway-desktop");
        linux::more(slipway, &program)?
    })
}

/// The packages of this version.
fn made(kinds: &[(&str, &str)], debug: bool) -> Result<Vec<PathBuf>> {
    let folder = target()?.join(if debug { "debug" } else { "release" }).join("bundle");
    let mut packages = Vec::new();
    for (kind, extension) in kinds {
        for entry in fs::read_dir(folder.join(kind))? {
            let path = entry?.path();
            let ours = path.file_name().is_some_and(|name| name.to_string_lossy().contains(env!("CARGO_PKG_VERSION")));
            if ours && path.extension().is_some_and(|found| found == *extension) {
                packages.push(path);
            }
        }
    }
    packages.sort();
    Ok(packages)
}
