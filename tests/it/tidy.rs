//! The invariants of docs/architecture.md. A failure here means: change the code, or change the picture on purpose.
//!
//! The tables come first, then the tests. How the sources are read is in `tidy/sources.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use sources::{Source, modules_used, packages_below, sources};

mod named;
mod sources;

/// The engine's modules from top to bottom. A module uses modules of lower lines alone, and its own submodules.
/// A new module gets its place here and a line in docs/architecture.md.
const LAYERS: &[&[&str]] = &[
    &["engine", "support", "fuzz"],
    &["transfer", "schedule", "watch", "library", "control"],
    &["access", "categories", "environment", "settings", "survey", "view"],
    &["vault"],
    &["store", "api", "companions", "shelf"],
    &["source", "pace", "home", "metered"],
    &["folder"],
    &["item"],
    &["commit"],
    &["answer", "plan", "timetable", "workspace", "paths"],
    &["failure"],
    // Leaves: words, waiting times, test hooks; anybody may use them.
    &["messages", "timing", "hooks"],
];

/// Which of our packages each may depend on, for building or for testing.
const PACKAGES: &[(&str, &[&str])] = &[
    ("slipway-engine", &[]),
    ("slipway-facts", &[]),
    ("slipway-sandbox", &[]),
    ("slipway-cli", &["slipway-engine", "slipway-sandbox"]),
    ("slipway-desktop", &["slipway-engine", "slipway-facts", "slipway-sandbox"]),
    // What the fuzzers left behind for every reader is read again there.
    ("slipway-tests", &["slipway-engine", "slipway-facts", "slipway-sandbox"]),
    // It knows the command from outside alone.
    ("slipway-soak", &["slipway-sandbox"]),
    ("xtask", &[]),
];

/// Longer than this, and a file has more than one reason to change.
const LONGEST_FILE: usize = 500;

/// What a page should not be kept waiting for, in bytes.
const HEAVIEST_PICTURE: u64 = 150_000;

/// Names that say nothing about the domain.
const VAGUE: &[&str] = &["util", "helper", "manager", "misc"];

/// The one module of the pages that knows Tauri, and its test.
const TAURI_IN_THE_PAGES: &[&str] = &["ui/src/backend/tauri.ts", "ui/src/backend/tauri.test.ts"];

#[test]
fn packages_depend_only_downwards() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("cargo metadata lists packages");
    let ours: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let allowed: BTreeMap<_, _> = PACKAGES.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = allowed.get(name) else {
            wrong.push(format!("{name}: add it to PACKAGES in tests/it/tidy.rs and to docs/architecture.md"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let dependency = dependency["name"].as_str().unwrap_or_default();
            if ours.contains(&dependency) && !allowed.contains(&dependency) {
                wrong.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn only_the_desktop_package_reaches_tauri() {
    let lock = sources().into_iter().find(|source| source.path == "Cargo.lock").expect("Cargo.lock is there");
    let mut wrong = Vec::new();
    for (package, _) in PACKAGES.iter().filter(|(package, _)| *package != "slipway-desktop") {
        let below = packages_below(&lock.text, package);
        assert!(below.contains(*package), "Cargo.lock does not know {package}");
        let window =
            |name: &&String| *name == "tauri" || name.starts_with("tauri-") || *name == "wry" || *name == "tao";
        wrong.extend(below.iter().filter(window).map(|name| format!("{package} reaches {name}")));
    }
    assert!(packages_below(&lock.text, "slipway-desktop").contains("tauri"), "the search finds nothing");
    assert_none(&wrong);
}

#[test]
fn modules_of_the_engine_use_only_lower_layers() {
    let depth: BTreeMap<&str, usize> =
        LAYERS.iter().enumerate().flat_map(|(depth, layer)| layer.iter().map(move |module| (*module, depth))).collect();
    let mut wrong = Vec::new();
    for Source { path, text } in engine() {
        let module = module_of(&path);
        // The crate's front page declares the modules and picks what leaves the crate; it has no layer. Unit tests
        // may look around them.
        if module == "lib" || path.ends_with("/tests.rs") {
            continue;
        }
        let Some(own) = depth.get(module) else {
            wrong.push(format!("{path}: add `{module}` to LAYERS in tests/it/tidy.rs and to docs/architecture.md"));
            continue;
        };
        let at_the_top = path == format!("src-tauri/engine/src/{module}.rs");
        for used in modules_used(&text, at_the_top).into_iter().filter(|used| used != module) {
            match depth.get(used.as_str()) {
                Some(other) if other > own => {}
                Some(_) => wrong.push(format!("{path}: `{module}` must not use `{used}`, which is not below it")),
                None => wrong.push(format!("{path}: `crate::{used}` is no module of LAYERS; name the module it is in")),
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn the_engine_keeps_its_durations_in_one_module() {
    // What is part of an arithmetic stands beside it.
    let arithmetic = ["pace/climb.rs", "pace/brake.rs", "pace/valve.rs", "timing.rs"];
    let held = |text: &str| text.lines().filter(|line| line.contains("const ") && line.contains(": Duration")).count();
    let mut wrong = engine();
    assert!(wrong.iter().map(|source| held(&source.text)).sum::<usize>() > 5, "the search finds nothing");
    wrong.retain(|it| !arithmetic.iter().any(|path| it.path.ends_with(path)) && !it.path.contains("/tests"));
    // Those of unit tests stand behind everything else.
    wrong.retain(|it| held(it.text.split("mod tests {").next().unwrap_or_default()) > 0);
    assert_none(
        &wrong.iter().map(|it| format!("{}: its durations belong into timing.rs", it.path)).collect::<Vec<_>>(),
    );
}

#[test]
fn the_code_map_names_every_module_of_the_engine() {
    let map = page("docs/architecture.md");
    let modules: BTreeSet<String> = engine().iter().map(|source| module_of(&source.path).to_owned()).collect();
    let missing = modules.iter().filter(|module| *module != "lib" && !map.contains(&format!("`{module}`")));
    assert_none(&missing.map(|module| format!("docs/architecture.md does not name `{module}`")).collect::<Vec<_>>());
}

#[test]
fn every_test_that_the_architecture_names_exists() {
    let all = sources();
    let page = page("docs/architecture.md");
    let named: BTreeSet<&str> = page.split('`').filter_map(|words| words.strip_prefix("tidy::")).collect();
    assert!(!named.is_empty(), "docs/architecture.md names no test of tidy.rs");
    let here = all.iter().find(|source| source.path == "tests/it/tidy.rs").expect("this file");
    let gone = named.iter().filter(|name| !here.text.contains(&format!("fn {name}()")));
    assert_none(&gone.map(|name| format!("there is no test tidy::{name}")).collect::<Vec<_>>());
}

#[test]
fn one_module_of_the_pages_imports_tauri() {
    let imports =
        |source: &Source| ["\"", "'"].iter().any(|quote| source.text.contains(&format!("{quote}@tauri-apps/")));
    let pages = sources().into_iter().filter(|source| source.path.starts_with("ui/src/"));
    let found: Vec<String> = pages.filter(imports).map(|source| source.path).collect();
    assert!(found.contains(&TAURI_IN_THE_PAGES[0].to_owned()), "the search finds nothing: {found:?}");
    let others = found.iter().filter(|path| !TAURI_IN_THE_PAGES.contains(&path.as_str()));
    assert_none(&others.map(|path| format!("{path} imports @tauri-apps")).collect::<Vec<_>>());
}

#[test]
fn the_pages_take_no_text_for_markup() {
    let pages = || sources().into_iter().filter(|source| source.path.starts_with("ui/src/"));
    assert!(pages().any(|source| source.path.ends_with(".svelte")), "the search finds nothing");
    let ways = ["{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc"];
    let mut wrong = Vec::new();
    for page in pages() {
        let found = ways.iter().filter(|way| page.text.contains(**way));
        wrong.extend(found.map(|way| format!("{} has {way}", page.path)));
    }
    assert_none(&wrong);
}

#[test]
fn no_file_is_longer_than_it_can_be_read() {
    let mut long = Vec::new();
    for Source { path, text } in sources().iter().filter(|source| is_code(&source.path)) {
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            long.push(format!("{path} has {lines} lines; {LONGEST_FILE} is the limit"));
        }
    }
    assert_none(&long);
}

#[test]
fn names_of_files_speak_of_the_domain() {
    let mut wrong = Vec::new();
    for Source { path, .. } in sources().iter().filter(|source| is_code(&source.path)) {
        if path.ends_with("/mod.rs") {
            wrong.push(format!("{path}: a module lies beside its folder, not in it"));
        }
        let lower = path.to_lowercase();
        wrong.extend(VAGUE.iter().filter(|vague| lower.contains(*vague)).map(|vague| format!("{path}: {vague}")));
    }
    assert_none(&wrong);
}

#[test]
fn the_project_speaks_of_itself_alone() {
    // Put together here, so that this file may be searched too.
    let elsewhere = [concat!("/wo", "rk/"), concat!(".libr", "ary/"), concat!("/ro", "ot/"), concat!("sub", "agent")];
    let mut wrong = Vec::new();
    for Source { path, text } in sources() {
        for (number, line) in text.lines().enumerate() {
            if elsewhere.iter().any(|words| line.contains(words)) {
                wrong.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn lock_files_name_no_mirror() {
    let mut wrong = Vec::new();
    for Source { path, text } in sources() {
        let strange = |line: &&str| match path.as_str() {
            "Cargo.lock" => line.starts_with("source = ") && !line.contains("github.com/rust-lang/crates.io-index"),
            _ => path.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\""),
        };
        wrong.extend(text.lines().filter(strange).map(|line| format!("{path}: {}", line.trim())));
    }
    assert_none(&wrong);
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let mut wrong = Vec::new();
    let mut followed = 0;
    for Source { path, text } in sources().iter().filter(|source| is_page(&source.path)) {
        let folder = sources::root().join(path).parent().expect("a page lies in a folder").to_owned();
        for (there, place) in links_in(text).into_iter().filter(|(there, _)| !there.contains(':')) {
            followed += 1;
            let target = if there.is_empty() { sources::root().join(path) } else { folder.join(&there) };
            if !target.exists() {
                wrong.push(format!("{path}: {there} is not there"));
            } else if let Some(place) = place
                && !headings(&std::fs::read_to_string(&target).expect("a page is text")).contains(&place)
            {
                wrong.push(format!("{path}: {there} has no #{place}"));
            }
        }
    }
    assert!(followed > 50, "the search finds {followed} links");
    assert_none(&wrong);
}

#[test]
fn every_picture_is_shown_somewhere_and_is_light() {
    let shown: BTreeSet<String> = ["README.md", "docs/guide.md", "docs/folders.md"]
        .iter()
        .flat_map(|path| links_in(&page(path)))
        .filter_map(|(there, _)| there.split_once("pictures/").map(|(_, name)| name.to_owned()))
        .collect();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(sources::root().join("docs/pictures")).expect("there are pictures") {
        let entry = entry.expect("an entry can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        if !shown.contains(&name) {
            wrong.push(format!("no page shows docs/pictures/{name}; `cargo xtask screenshots` need not take it"));
        }
        if entry.metadata().expect("a file has a length").len() > HEAVIEST_PICTURE {
            wrong.push(format!("docs/pictures/{name} is heavier than {HEAVIEST_PICTURE} bytes"));
        }
    }
    assert!(!shown.is_empty(), "the search finds nothing");
    assert_none(&wrong);
}

#[test]
fn the_guide_shows_the_service_that_the_packages_bring() {
    let service = page("packages/linux/slipway.service");
    let settings: Vec<_> = service.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(settings.len() > 10, "the search finds nothing");
    let guide = page("docs/guide.md");
    let missing = settings.iter().filter(|line| !guide.lines().any(|shown| shown.trim() == **line));
    assert_none(&missing.map(|line| format!("docs/guide.md lacks {line}")).collect::<Vec<_>>());
}

#[test]
fn the_version_is_the_same_wherever_it_stands() {
    let metadata = metadata();
    let package = metadata["packages"].as_array().and_then(|packages| packages.first()).expect("there are packages");
    let version = package["version"].as_str().expect("a package has a version");
    let said = [
        ("ui/package.json", format!("\"version\": \"{version}\"")),
        ("ui/package-lock.json", format!("\"version\": \"{version}\"")),
        ("CHANGELOG.md", format!("\n## [{version}] - ")),
        ("packages/linux/app.slipway.slipway.metainfo.xml", format!("<release version=\"{version}\"")),
    ];
    let wrong = said.iter().filter(|(path, words)| !page(path).contains(words));
    assert_none(&wrong.map(|(path, words)| format!("{path} does not say {}", words.trim())).collect::<Vec<_>>());
}

/// Where a page leads, with the place in it: Markdown's links and pictures, and HTML's pictures. Code leads nowhere.
fn links_in(text: &str) -> Vec<(String, Option<String>)> {
    let mut code = false;
    let mut links = Vec::new();
    for line in text.lines() {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        let ends = [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"')];
        for (start, end) in ends {
            let found = line.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(link, _)| link);
            links.extend(found.map(|link| match link.split_once('#') {
                Some((there, place)) => (there.to_owned(), Some(place.to_owned())),
                None => (link.to_owned(), None),
            }));
        }
    }
    links
}

/// The places of a page, named as GitHub names them.
fn headings(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let name = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|letter| letter.is_alphanumeric() || ['-', '_'].contains(letter)).collect()
    };
    headings.map(name).collect()
}

/// The module that a file of the engine belongs to: `engine/src/store/items.rs` is part of `store`.
fn module_of(path: &str) -> &str {
    let within = path.trim_start_matches("src-tauri/engine/src/");
    within.split('/').next().unwrap_or(within).trim_end_matches(".rs")
}

fn engine() -> Vec<Source> {
    let mut engine = sources();
    engine.retain(|source| source.path.starts_with("src-tauri/engine/src/") && is_code(&source.path));
    assert!(!engine.is_empty(), "the search finds nothing");
    engine
}

fn page(path: &str) -> String {
    sources().into_iter().find(|source| source.path == path).unwrap_or_else(|| panic!("{path} is missing")).text
}

fn is_page(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == "md")
}

/// What a person writes and reads as code; what a program wrote is not measured.
fn is_code(path: &str) -> bool {
    let written = [".rs", ".ts", ".js", ".mjs", ".svelte", ".css", ".html", ".py", ".sh", ".sql"];
    written.iter().any(|suffix| path.ends_with(suffix)) && !path.contains("/generated/")
}

fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--no-deps"]).current_dir(sources::root());
    let output = command.output().expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n  {}\n", wrong.join("\n  "));
}
