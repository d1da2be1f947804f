//! `cargo xtask bundle`: the packages that people install, by Tauri's own bundler. Each holds the window and the command
//! `slipway`, which are of one version and share a data folder.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::setup::{self, Need};
use crate::shell::{build, command, root, run, target, ui};

/// What this system's bundler can make without fetching tools of its own.
const KINDS: &str = if cfg!(target_os = "macos") {
    "dmg"
} else if cfg!(windows) {
    "msi"
} else {
    "deb,rpm"
};

/// Makes the packages, and says where they are.
pub(crate) fn bundle(debug: bool) -> Result<()> {
    setup::ensure(&[Need::Compiler, Need::WebView, Need::Pages])?;
    let profile: &[&str] = if debug { &[] } else { &["--release"] };
    let slipway = build("slipway-cli", "slipway", profile)?;

    // The command is in the package beside the window. Only here is it known where it was built.
    let files = json!({ "/usr/bin/slipway": slipway });
    let linux = json!({ "deb": { "files": files }, "rpm": { "files": files } });
    let more = json!({ "bundle": { "linux": linux } }).to_string();
    // Its configuration is looked for below the folder where it runs.
    let mut tauri = command(ui().join("node_modules/.bin").join(if cfg!(windows) { "tauri.cmd" } else { "tauri" }));
    tauri.args(["build", "--bundles", KINDS, "--config", &more]);
    tauri.args(debug.then_some("--debug"));
    run(&mut tauri)?;

    let made = made(debug)?;
    ensure!(!made.is_empty(), "the bundler made no package");
    println!("\nMade:");
    for package in made {
        println!("  {}", package.strip_prefix(root()).unwrap_or(&package).display());
    }
    Ok(())
}

fn made(debug: bool) -> Result<Vec<PathBuf>> {
    let folder = target()?.join(if debug { "debug" } else { "release" }).join("bundle");
    let mut packages = Vec::new();
    for kind in KINDS.split(',') {
        for entry in std::fs::read_dir(folder.join(kind))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == kind) {
                packages.push(path);
            }
        }
    }
    Ok(packages)
}
