//! `cargo xtask bundle --check`: a .deb on a clean Debian 12, made by debootstrap and thrown away afterwards. It is installed
//! with what it depends on, opens its window, uploads a film to a sandbox, and is purged; then nothing is left of it but what
//! belongs to the person who used it. Wants root, debootstrap and a mirror of Debian; no part of `cargo xtask test`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::everything_below;
use crate::shell::{command, line, output, root, run, target};

/// Where Debian is, unless the environment says otherwise.
const MIRROR: &str = "http://deb.debian.org/debian";

/// What the check itself uses inside.
const TOOLS: &str = "ca-certificates,dbus,desktop-file-utils,man-db,xauth,xdotool,xvfb";

/// A film of the tests.
const FILM: &str = "tests/media/talk.mp4";

/// What systems keep for themselves, and what belongs to whoever uses them.
const NOT_LOOKED_AT: &[&str] =
    &["dev", "home", "proc", "run", "sys", "tmp", "var/cache", "var/lib/apt", "var/lib/dpkg", "var/log", "var/tmp"];

/// Goes through all of it, and ends with an error at the first thing that is not as it should be.
pub(super) fn check(deb: &Path) -> Result<()> {
    ensure!(output(command("id").arg("-u")).as_deref() == Some("0"), "a clean system can be made by root alone");
    let folder = target()?.join("packages/clean");
    let clean = Clean::make(&folder)?;
    fs::copy(deb, clean.path("tmp/slipway.deb"))?;
    fs::copy(root().join(FILM), clean.path("tmp/talk.mp4"))?;

    println!("\nInstalling and purging, for what it depends on to stay");
    clean.sh(INSTALL)?;
    clean.sh("apt-get purge -y -qq -o Dpkg::Use-Pty=0 slipway >/dev/null")?;
    let before = clean.files()?;
    let named: Vec<_> = before.iter().filter(|path| path.to_lowercase().contains("slipway")).collect();
    ensure!(named.is_empty(), "left after the first purge: {named:?}");

    println!("Installing again");
    clean.sh(INSTALL)?;
    clean.sh(
        "command -v slipway slipway-desktop >/dev/null && man -w slipway slipway-upload slipway-desktop >/dev/null",
    )?;
    clean.sh("desktop-file-validate /usr/share/applications/Slipway.desktop")?;
    println!("Opening the window");
    clean.sh(WINDOW)?;
    println!("Uploading a film to a sandbox");
    clean.sh(UPLOAD)?;
    println!("Purging");
    clean.sh("apt-get purge -y -qq -o Dpkg::Use-Pty=0 slipway >/dev/null")?;
    let after = clean.files()?;
    let left: Vec<_> = after.difference(&before).collect();
    ensure!(left.is_empty(), "left after the purge: {left:?}");
    let gone: Vec<_> = before.difference(&after).collect();
    ensure!(gone.is_empty(), "taken away by the purge: {gone:?}");
    ensure!(clean.path("home/ada/.local/share/slipway").is_dir(), "the purge took a person's data away");
    println!("\nInstalled, used and purged on Debian 12: {} files before and after, and Ada's own.", after.len());
    Ok(())
}

const INSTALL: &str = "apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends /tmp/slipway.deb >/dev/null";

/// As a person, on a display of her own: the window is there, and so is its page, which gives it a title.
const WINDOW: &str = r#"su ada -c '
    cd; export XDG_RUNTIME_DIR=$(mktemp -d)
    xvfb-run -a --server-args="-screen 0 1280x800x24" dbus-run-session -- sh -euc "
        slipway-desktop --sandbox >/tmp/window.log 2>&1 & app=\$!
        window=\$(timeout 60 xdotool search --sync --onlyvisible --name Slipway | head -1)
        xdotool getwindowname \$window
        sleep 5
        xdotool getwindowgeometry \$window
        kill \$app
        wait \$app || true
    "
' || { cat /tmp/window.log; exit 1; }"#;

/// As a script would: no keychain, a token in the environment; the bytes that arrived are those that were sent.
const UPLOAD: &str = r#"su ada -c '
    set -eu; cd
    export SLIPWAY_SANDBOX_TOKEN=a-token-of-the-check SLIPWAY_TOKEN=a-token-of-the-check
    slipway sandbox --listen 127.0.0.1:2399 --dir sandbox >sandbox.log 2>&1 & sandbox=$!
    trap "kill $sandbox" EXIT
    for second in 1 2 3 4 5 6 7 8 9 10; do grep -q 2399 sandbox.log 2>/dev/null && break; sleep 1; done
    slipway upload /tmp/talk.mp4 --workspace http://127.0.0.1:2399 --json | tee upload.log | grep "\"event\":\"done\""
    sent=$(sha256sum </tmp/talk.mp4)
    for file in $(find sandbox -type f -size +1k); do [ "$(sha256sum <$file)" = "$sent" ] && exit 0; done
    echo "what arrived is not what was sent"; exit 1
'"#;

/// A Debian in a folder, gone with the check.
struct Clean {
    root: PathBuf,
}

impl Clean {
    fn make(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let base = folder.join("bookworm.tar.gz");
        if !base.is_file() {
            println!("\nMaking a clean Debian 12, which is kept for the next time");
            let mirror = std::env::var("SLIPWAY_DEBIAN_MIRROR").unwrap_or_else(|_| MIRROR.to_owned());
            let made = folder.join("base");
            let mut debootstrap = command("debootstrap");
            debootstrap.args(["--variant=minbase", &format!("--include={TOOLS}"), "bookworm"]).arg(&made).arg(&mirror);
            run(debootstrap.stdout(std::process::Stdio::null()))?;
            run(command("tar").arg("-C").arg(&made).arg("-czf").arg(&base).arg("."))?;
            fs::remove_dir_all(&made)?;
        }
        let root = folder.join("root");
        let clean = Self { root };
        clean.clear()?;
        fs::create_dir_all(&clean.root)?;
        run(command("tar").arg("-C").arg(&clean.root).arg("-xzf").arg(&base))?;
        for (kind, place) in [("proc", "proc"), ("sysfs", "sys"), ("tmpfs", "dev/shm")] {
            run(command("mount").args(["-t", kind, kind]).arg(clean.path(place)))?;
        }
        // Names are looked up as this machine does, and packages come the way they come here.
        fs::copy("/etc/resolv.conf", clean.path("etc/resolv.conf"))?;
        fs::copy("/etc/hosts", clean.path("etc/hosts"))?;
        clean.sh("chmod 1777 /tmp; useradd --create-home ada; apt-get update -qq")?;
        Ok(clean)
    }

    fn path(&self, within: &str) -> PathBuf {
        self.root.join(within)
    }

    /// Runs lines of a shell inside.
    fn sh(&self, script: &str) -> Result<()> {
        let mut inside = command("chroot");
        inside.arg(&self.root).args(["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"]);
        for variable in ["http_proxy", "https_proxy", "no_proxy"] {
            if let Ok(value) = std::env::var(variable) {
                inside.arg(format!("{variable}={value}"));
            }
        }
        inside.args(["DEBIAN_FRONTEND=noninteractive", "sh", "-euc", script]);
        let status = inside.status().with_context(|| format!("cannot start {}", line(&inside)))?;
        if !status.success() {
            bail!("inside the clean system, this ended with {status}: {script}");
        }
        Ok(())
    }

    /// Everything that a package could have left, by its path.
    fn files(&self) -> Result<BTreeSet<String>> {
        everything_below(&self.root, NOT_LOOKED_AT)
    }

    fn clear(&self) -> Result<()> {
        for place in ["dev/shm", "sys", "proc"] {
            let _not_mounted = output(command("umount").arg(self.path(place)));
        }
        ensure!(!self.path("proc/self").exists(), "{} is still mounted", self.path("proc").display());
        if self.root.exists() {
            fs::remove_dir_all(&self.root)?;
        }
        Ok(())
    }
}

impl Drop for Clean {
    fn drop(&mut self) {
        if let Err(error) = self.clear() {
            println!("{} could not be removed: {error:#}", self.root.display());
        }
    }
}
