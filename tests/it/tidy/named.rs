//! The tests and the fuzzers that docs/security.md names. A test is a module, a function in one, or both after each other, as in `networks::portals`.

use super::{Source, assert_none, page, sources};
use std::collections::BTreeSet;

/// The words in code on a page that name a test.
fn named_on(page: &str) -> BTreeSet<&str> {
    let is_name =
        |words: &&str| words.contains("::") && words.chars().all(|it| it.is_alphanumeric() || ":_".contains(it));
    page.split('`').skip(1).step_by(2).filter(is_name).collect()
}

/// Whether there is something of this name: its last word is a function or a module, in a file of the words before it.
fn exists(name: &str, all: &[Source]) -> bool {
    let (path, last) = name.rsplit_once("::").unwrap_or(("", name));
    let path = path.replace("::", "/");
    let is_in = |source: &&Source| {
        let stem = source.path.trim_end_matches(".rs");
        stem == path || stem.ends_with(&format!("/{path}")) || stem.ends_with(&format!("/{path}/tests"))
    };
    let is_file = all.iter().any(|source| source.path.ends_with(&format!("/{path}/{last}.rs")));
    let declares = |source: &Source| ["fn", "mod"].iter().any(|it| source.text.contains(&format!("{it} {last}")));
    is_file || all.iter().filter(is_in).any(declares)
}

#[test]
fn every_test_that_the_page_on_security_names_exists() {
    let all = sources();
    let page = page("docs/security.md");
    let named = named_on(&page);
    assert!(named.len() > 10, "the search finds {named:?}");
    assert!(!exists("networks::nowhere", &all) && !exists("nowhere::tests", &all), "the search finds everything");
    let gone = named.iter().filter(|name| !exists(name, &all));
    assert_none(&gone.map(|name| format!("docs/security.md: there is no {name}")).collect::<Vec<_>>());
}

#[test]
fn the_page_on_security_names_every_fuzzer() {
    let page = page("docs/security.md");
    let targets = std::fs::read_dir(sources::root().join("fuzz/fuzz_targets")).expect("there are fuzzers");
    let names = targets.map(|it| it.expect("an entry can be read").path().with_extension(""));
    let names: BTreeSet<String> =
        names.map(|it| it.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert!(names.len() > 5, "the search finds {names:?}");
    let missing = names.iter().filter(|name| !page.contains(&format!("`{name}`")));
    assert_none(&missing.map(|name| format!("docs/security.md does not name the fuzzer {name}")).collect::<Vec<_>>());
}
