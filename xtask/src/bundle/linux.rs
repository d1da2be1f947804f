//! What a package for Linux holds besides the programs: manual, completions, icons, the desktop's entry and its catalogue's,
//! copyright and changes, an example of a service; and what it depends on, as the system's own tools see it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::{Compression, GzBuilder};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::shell::{cargo, command, output, root, run, target, ui};

/// Besides those that the bundler takes from its own list.
const ICONS: [u32; 8] = [16, 22, 24, 48, 64, 96, 256, 512];

/// What the bundler names by itself, without the version that it takes.
const NAMED_BY_THE_BUNDLER: &[&str] = &["libgtk-3-0", "libwebkit2gtk-4.1-0"];

/// The configuration of the bundler, for the programs as they were built.
pub(super) fn more(slipway: &Path, window: &Path) -> Result<Value> {
    let stage = target()?.join("packages/linux");
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    fs::create_dir_all(&stage)?;
    let maintainer = maintainer()?;
    let needed = needed(&[slipway, window], &stage)?;
    let files = files(slipway, &stage)?;
    let changes = stage.join("changelog");
    fs::write(&changes, debian_changes(&fs::read_to_string(root().join("CHANGELOG.md"))?, &maintainer)?)?;

    let mut deb = files.clone();
    let packaging = root().join("packages/linux");
    deb.insert("/usr/share/doc/slipway/copyright".to_owned(), packaging.join("debian/copyright"));
    deb.insert("/usr/share/doc/slipway/changelog.gz".to_owned(), packed(&changes, &stage)?);
    let mut rpm = files;
    // Where Fedora's zsh looks.
    if let Some(completions) = rpm.remove("/usr/share/zsh/vendor-completions/_slipway") {
        rpm.insert("/usr/share/zsh/site-functions/_slipway".to_owned(), completions);
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        rpm.insert(format!("/usr/share/licenses/slipway/{licence}"), root().join(licence));
    }
    // The C library is as new on both, since it is the same program.
    let libc =
        needed.iter().find_map(|name| name.strip_prefix("libc6 (")).map(|at_least| at_least.trim_end_matches(')'));
    Ok(json!({
        "publisher": maintainer,
        "linux": {
            "appimage": { "files": { "/usr/bin/slipway": slipway } },
            "deb": { "depends": needed, "files": deb },
            "rpm": { "depends": libc.map(|at_least| vec![format!("glibc {at_least}")]), "files": rpm },
        },
    }))
}

/// Everything by its place in the system, programs first.
fn files(slipway: &Path, stage: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let packaging = root().join("packages/linux");
    let catalogue = "app.slipway.slipway.metainfo.xml";
    let mut files = BTreeMap::from([
        ("/usr/bin/slipway".to_owned(), slipway.to_owned()),
        (format!("/usr/share/metainfo/{catalogue}"), packaging.join(catalogue)),
        ("/usr/share/icons/hicolor/scalable/apps/slipway-desktop.svg".to_owned(), root().join("icons/slipway.svg")),
        ("/usr/share/doc/slipway/examples/slipway.service".to_owned(), packaging.join("slipway.service")),
    ]);

    let handed_out = stage.join("handed-out");
    let mut write = cargo();
    write.args([
        "test",
        "--quiet",
        "--package",
        "slipway-cli",
        "--bin",
        "slipway",
        "--features",
        "slipway-cli/test-hooks",
    ]);
    run(write.args(["--", "handed_out"]).env("SLIPWAY_WRITE_HANDED_OUT", &handed_out))?;
    for (place, name) in [
        ("bash-completion/completions/slipway", "slipway.bash"),
        ("zsh/vendor-completions/_slipway", "_slipway"),
        ("fish/vendor_completions.d/slipway.fish", "slipway.fish"),
    ] {
        files.insert(format!("/usr/share/{place}"), handed_out.join(name));
    }
    let pages = fs::read_dir(handed_out.join("man"))?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    ensure!(!pages.is_empty(), "the command wrote no page of its manual");
    for page in pages.into_iter().chain([packaging.join("slipway-desktop.1")]) {
        let packed = packed(&page, stage)?;
        let name = packed.file_name().context("a page has a name")?.to_string_lossy().into_owned();
        files.insert(format!("/usr/share/man/man1/{name}"), packed);
    }

    let icons = stage.join("icons");
    let mut draw = command(ui().join("node_modules/.bin/tauri"));
    draw.arg("icon").arg(root().join("icons/slipway.svg")).arg("--output").arg(&icons);
    run(draw.args(ICONS.iter().flat_map(|size| ["--png".to_owned(), size.to_string()])))?;
    for size in ICONS {
        let place = format!("/usr/share/icons/hicolor/{size}x{size}/apps/slipway-desktop.png");
        files.insert(place, icons.join(format!("{size}x{size}.png")));
    }
    Ok(files)
}

/// As small as it gets, and without the time: the same bytes every time.
fn packed(page: &Path, stage: &Path) -> Result<PathBuf> {
    let folder = stage.join("packed");
    fs::create_dir_all(&folder)?;
    let name = page.file_name().context("a page has a name")?.to_string_lossy();
    let packed = folder.join(format!("{name}.gz"));
    let mut gz = GzBuilder::new().write(File::create(&packed)?, Compression::best());
    gz.write_all(&fs::read(page)?)?;
    gz.finish()?;
    Ok(packed)
}

/// The libraries that the programs are linked with, and since when; nothing where the system has no such tool.
fn needed(programs: &[&Path], stage: &Path) -> Result<Vec<String>> {
    fs::create_dir_all(stage.join("debian"))?;
    fs::write(stage.join("debian/control"), "Source: slipway\n\nPackage: slipway\nArchitecture: any\n")?;
    let mut look = command("dpkg-shlibdeps");
    look.current_dir(stage).arg("-O").args(programs);
    let Some(found) = output(&mut look) else {
        println!("Without dpkg-shlibdeps, the packages name only the libraries that the bundler knows of.");
        return Ok(Vec::new());
    };
    let list = found.lines().find_map(|line| line.strip_prefix("shlibs:Depends=")).unwrap_or_default();
    let named = |library: &&str| {
        let name = library.split(' ').next().unwrap_or(library);
        !NAMED_BY_THE_BUNDLER.contains(&name)
    };
    Ok(list.split(", ").filter(|library| !library.is_empty()).filter(named).map(str::to_owned).collect())
}

/// Who hands the packages out, as Debian's tools are told it: the environment, or else git.
fn maintainer() -> Result<String> {
    let told = |variable: &str, key: &str| {
        let set = std::env::var(variable).ok().filter(|value| !value.is_empty());
        set.or_else(|| output(command("git").args(["config", key])).filter(|value| !value.is_empty()))
            .with_context(|| format!("who makes the package? Set {variable}, or `git config {key}`"))
    };
    Ok(format!("{} <{}>", told("DEBFULLNAME", "user.name")?, told("DEBEMAIL", "user.email")?))
}

/// CHANGELOG.md in the form that Debian's packages have, without what is not released yet.
fn debian_changes(changes: &str, maintainer: &str) -> Result<String> {
    let mut text = Vec::new();
    for section in changes.split("\n## [").skip(1) {
        let (title, body) = section.split_once('\n').context("a section has a line of its own")?;
        let Some((version, date)) = title.split_once("] - ") else { continue };
        let date: Date = date.trim().parse().with_context(|| format!("the date of {version}"))?;
        let mut points: Vec<String> = Vec::new();
        for line in body.lines().take_while(|line| !line.starts_with('[')) {
            if let Some(point) = line.strip_prefix("- ") {
                points.push(point.to_owned());
            } else if let Some((point, more)) = points.last_mut().zip(line.strip_prefix("  ")) {
                point.push(' ');
                point.push_str(more.trim());
            }
        }
        ensure!(!points.is_empty(), "CHANGELOG.md says nothing about {version}");
        let points = points.iter().map(|point| in_lines(point)).collect::<Vec<_>>().join("\n");
        let day = date.strftime("%a, %d %b %Y 00:00:00 +0000");
        text.push(format!("slipway ({version}) unstable; urgency=medium\n\n{points}\n\n -- {maintainer}  {day}\n"));
    }
    ensure!(!text.is_empty(), "CHANGELOG.md names no release");
    Ok(text.join("\n"))
}

/// A point of Debian's list, in lines of no more than 80 letters.
fn in_lines(point: &str) -> String {
    let mut lines = vec!["  *".to_owned()];
    for word in point.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 80 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("    {word}")),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::debian_changes;

    #[test]
    fn what_is_released_is_told_to_debian_and_what_is_not_is_left_out() {
        let changes = "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [0.2.0] - 2026-12-24\n\nIn short.\n\n### Added\n\n\
                       - One thing\n  in two lines.\n- Another, which goes on for longer than a line of theirs may be, and \
                       then some more.\n\n[0.2.0]: https://example.com\n";
        let told = debian_changes(changes, "Ada <ada@example.com>").unwrap();
        assert_eq!(
            told,
            "slipway (0.2.0) unstable; urgency=medium\n\n  * One thing in two lines.\n  * Another, which goes on for longer than a \
             line of theirs may be, and then\n    some more.\n\n \
             -- Ada <ada@example.com>  Thu, 24 Dec 2026 00:00:00 +0000\n"
        );
        assert!(debian_changes("# Changelog\n\n## [Unreleased]\n\n- Later.\n", "").is_err());
    }
}
