//! How `tidy` reads the repository: its files, the modules a Rust file uses, the packages a lock file reaches.
//!
//! A reader of text and not of syntax: it relies on rustfmt's layout, which another check holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A text file of the repository; the path is relative to its top, with forward slashes.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// Folders that hold what programs made.
const MADE: &[&str] = &[".git", "target", "node_modules", "dist", "gen"];

/// The top of the repository, as cargo says it at run time: what was true when this was compiled may be another
/// clone's, when several share a target folder.
pub(super) fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    Path::new(&own).parent().expect("tests/ lies in the repository").to_owned()
}

/// Every text file of the repository.
pub(super) fn sources() -> Vec<Source> {
    let mut folders = vec![PathBuf::new()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(root().join(&folder)).expect("a folder can be read");
        for entry in entries.map(|entry| entry.expect("an entry can be read")) {
            let name = entry.file_name();
            let path = folder.join(&name);
            let kind = entry.file_type().expect("an entry has a type");
            // In a worktree of its own `.git` is a file.
            if MADE.iter().any(|made| name == *made) {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(root().join(&path))
            {
                sources.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
            }
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    sources
}

/// The modules that a file names by a path from the crate: `crate::a::B`, `crate::{a, b::C}`. In a file that lies at
/// the top of the crate, `use super::a` is such a path too.
pub(super) fn modules_used(text: &str, at_the_top: bool) -> BTreeSet<String> {
    let mut code = String::new();
    // A unit test may look around it: it is no part of what is built.
    let text = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(text);
    for line in text.lines() {
        // Documentation may point upwards; only code may not.
        let line = line.split("//").next().unwrap_or_default();
        if at_the_top && let Some(rest) = line.strip_prefix("use super::") {
            code.extend(["use crate::", rest]);
        } else {
            code.push_str(line);
        }
        code.push('\n');
    }
    code.split("crate::").skip(1).flat_map(first_names).collect()
}

/// The names that may follow right after `crate::`.
fn first_names(after: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
        text[..end].to_owned()
    };
    let Some(group) = after.strip_prefix('{') else {
        return vec![name(after)];
    };
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (index, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&group[start..index]));
                start = index + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The packages that Cargo.lock lets one package reach, itself included: on every platform, with every feature.
pub(super) fn packages_below(lock: &str, package: &str) -> BTreeSet<String> {
    let mut dependencies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in lock.split("[[package]]").skip(1) {
        let mut names =
            entry.lines().filter_map(|line| line.strip_prefix("name = ")).map(|name| name.trim_matches('"'));
        let Some(name) = names.next() else { continue };
        let listed = entry.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\","));
        // `name 1.2.3` where there are several versions: all of them count.
        let listed = listed.map(|words| words.split(' ').next().unwrap_or(words));
        dependencies.entry(name).or_default().extend(listed);
    }
    let mut below = BTreeSet::new();
    let mut next = vec![package];
    while let Some(name) = next.pop() {
        if let Some(listed) = dependencies.get(name)
            && below.insert(name.to_owned())
        {
            next.extend(listed);
        }
    }
    below
}

#[test]
fn every_way_to_name_a_module_is_read() {
    let names = |text: &str| modules_used(text, true).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(names("use crate::store::Items;"), "store");
    assert_eq!(
        names("use crate::{\n    api::{Chunk, Reply},\n    item,\n    plan::Plan,\n};\nuse crate::pace;"),
        "api item pace plan"
    );
    assert_eq!(names("let x = crate::timing::now();"), "timing");
    assert_eq!(names("use super::engine::Engine;\n    use super::Own;"), "engine");
    assert_eq!(names("/// Next: [`crate::engine`].\npub(crate) fn f() {} // crate::api"), "");
    assert_eq!(modules_used("use super::session::Session;", false), BTreeSet::new());
}

#[test]
fn a_lock_file_is_followed_to_its_ends() {
    let lock = "[[package]]\nname = \"a\"\ndependencies = [\n \"b 1.0.0\",\n]\n\n[[package]]\nname = \"b\"\n\
                dependencies = [\n \"c\",\n]\n\n[[package]]\nname = \"c\"\n\n[[package]]\nname = \"d\"\n";
    let below = packages_below(lock, "a");
    assert_eq!(below.into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
}
