//! What building and testing need beside the Rust toolchain (which rustup installs from rust-toolchain.toml): a look
//! whether it is there, its installation where we know how, and its names where we don't.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::shell::{cargo, command, npm, output, run, ui};

/// What a task may need.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A C compiler, for the bundled SQLite and the cryptography.
    Compiler,
    /// The web view of the window, with its headers.
    WebView,
    /// Node.js with npm, and the packages of the pages.
    Pages,
    /// A message bus and a keychain on it, for the tests that sign in.
    Keychain,
    /// A display without a screen, and what moves a mouse and presses buttons on it, for the tests of the window.
    Desk,
    /// A browser, for the tests of the pages.
    Browser,
}

impl Need {
    /// What testing everything needs.
    pub(crate) const ALL: &[Self] =
        &[Self::Compiler, Self::WebView, Self::Pages, Self::Keychain, Self::Desk, Self::Browser];
}

/// Debian 12, Ubuntu 22.04 and newer. One package pulls in GTK, libsoup and WebKitGTK.
const APT: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "dbus",
    "gnome-keyring",
    "xvfb",
    "openbox",
    "xdotool",
    "x11-utils",
    "webkit2gtk-driver",
    "fonts-dejavu-core",
    "chromium",
];

/// The oldest Node.js that Vite 8 runs on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Installs everything, or says what to install.
pub(crate) fn install() -> Result<()> {
    ensure(Need::ALL)?;
    println!("Slipway's tasks have all that they need.");
    for (there, name, without) in [
        (nextest(), "cargo-nextest", "`cargo test` runs the tests instead, a little slower"),
        (is_there("ffmpeg", "-version"), "ffmpeg", "the sandbox draws its thumbnails itself"),
    ] {
        println!("  {name} (optional): {}", if there { "there" } else { without });
    }
    Ok(())
}

/// Makes sure of what a task needs; looks first, so that nothing is done where nothing is missing.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing = |need: &Need| match need {
        Need::Compiler => !cfg!(windows) && !is_there("cc", "--version"),
        Need::WebView => {
            cfg!(target_os = "linux") && output(command("pkg-config").args(["--exists", "webkit2gtk-4.1"])).is_none()
        }
        Need::Keychain => {
            cfg!(target_os = "linux")
                && !(is_there("dbus-run-session", "--version") && is_there("gnome-keyring-daemon", "--version"))
        }
        Need::Desk => {
            cfg!(target_os = "linux")
                && !["Xvfb", "openbox", "xdotool", "xprop", "WebKitWebDriver"].iter().all(|tool| is_on_path(tool))
        }
        Need::Browser => cfg!(target_os = "linux") && !is_on_path("chromium"),
        Need::Pages => false,
    };
    if needs.iter().any(missing) {
        system_packages()?;
    }
    if needs.contains(&Need::Pages) {
        node()?;
        if !pages_installed(&ui()) {
            run(npm().arg("ci"))?;
        }
    }
    Ok(())
}

/// Whether cargo-nextest is there.
pub(crate) fn nextest() -> bool {
    output(cargo().args(["nextest", "--version"])).is_some()
}

fn is_there(program: &str, question: &str) -> bool {
    output(command(program).arg(question)).is_some()
}

/// For those that do something else than answer when they are asked for their version.
fn is_on_path(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

fn system_packages() -> Result<()> {
    let advice = advice(&fs::read_to_string("/etc/os-release").unwrap_or_default(), std::env::consts::OS);
    if !is_there("apt-get", "--version") {
        bail!("Slipway needs a few packages of your system. {advice}");
    }
    println!("Installing {} …", APT.join(", "));
    let apt = || {
        if output(command("id").arg("-u")).as_deref() == Some("0") {
            command("apt-get")
        } else {
            let mut sudo = command("sudo");
            sudo.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
            sudo
        }
    };
    let install = || {
        run(apt().arg("update").env("DEBIAN_FRONTEND", "noninteractive"))?;
        let options = ["install", "--yes", "--no-install-recommends"];
        run(apt().args(options).args(APT).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    install().with_context(|| format!("Slipway needs a few packages of your system. {advice}"))
}

/// What to install on this system, as a sentence with a command in it.
fn advice(os_release: &str, os: &str) -> String {
    match os {
        "macos" => "Install Apple's compiler and Node.js: xcode-select --install && brew install node".to_owned(),
        "windows" => "Install the C++ build tools of Visual Studio, Node.js and (before Windows 11) the WebView2 \
                      runtime: winget install Microsoft.VisualStudio.2022.BuildTools OpenJS.NodeJS.LTS \
                      Microsoft.EdgeWebView2Runtime"
            .to_owned(),
        _ => {
            let family = os_release.lines().filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="));
            let family = family.collect::<Vec<_>>().join(" ").to_lowercase();
            if family.contains("fedora") {
                "On Fedora: sudo dnf install gcc make pkgconf-pkg-config webkit2gtk4.1-devel nodejs dbus-daemon gnome-keyring \
                 xorg-x11-server-Xvfb openbox xdotool xprop webkitgtk-webdriver chromium"
                    .to_owned()
            } else if family.contains("arch") {
                "On Arch: sudo pacman -S --needed base-devel webkit2gtk-4.1 nodejs npm dbus gnome-keyring \
                 xorg-server-xvfb openbox xdotool xorg-xprop chromium"
                    .to_owned()
            } else if family.contains("debian") || family.contains("ubuntu") {
                format!("On Debian and Ubuntu: sudo apt-get install {}", APT.join(" "))
            } else {
                "Install a C compiler, pkg-config, Node.js, WebKitGTK 4.1 with its headers, and (for the tests) \
                 dbus-run-session, gnome-keyring-daemon, Xvfb, openbox, xdotool, xprop, WebKitWebDriver and Chromium."
                    .to_owned()
            }
        }
    }
}

/// Node.js comes from its makers or the system, in a version that we do not choose; we only say when it is too old.
fn node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    match output(command("node").arg("--version")) {
        Some(version) if node_is_new_enough(&version) => Ok(()),
        Some(version) => {
            bail!("Node.js {version} is too old: Slipway's pages need {major}.{minor} or newer")
        }
        None => bail!("Node.js is missing: install {major}.{minor} or newer from your system or https://nodejs.org"),
    }
}

fn node_is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST_NODE
}

/// npm leaves a copy of what it installed; the pages are installed when that is no older than the lock file.
fn pages_installed(ui: &Path) -> bool {
    let written = |file: &str| fs::metadata(ui.join(file)).and_then(|metadata| metadata.modified());
    match (written("node_modules/.package-lock.json"), written("package-lock.json")) {
        (Ok(installed), Ok(wanted)) => installed >= wanted,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{advice, node_is_new_enough};

    #[test]
    fn node_is_compared_by_number() {
        assert!(node_is_new_enough("v20.19.0"));
        assert!(node_is_new_enough("v22.1.0"));
        assert!(!node_is_new_enough("v20.9.1"));
        assert!(!node_is_new_enough("v18.20.4"));
    }

    #[test]
    fn every_family_of_systems_gets_its_own_command() {
        for (os_release, os, command) in [
            ("ID=fedora\n", "linux", "dnf install"),
            ("NAME=\"Arch Linux\"\nID=arch\n", "linux", "pacman -S"),
            ("ID=manjaro\nID_LIKE=arch\n", "linux", "pacman -S"),
            ("ID=ubuntu\nID_LIKE=debian\n", "linux", "apt-get install"),
            ("ID=debian\n", "linux", "libwebkit2gtk-4.1-dev"),
            ("", "macos", "xcode-select"),
            ("", "windows", "WebView2"),
            ("ID=other\n", "linux", "WebKitGTK"),
        ] {
            assert!(advice(os_release, os).contains(command), "{os}: {os_release}");
        }
    }
}
