//! What is new is said in three places: CHANGELOG.md for those who build Slipway, the pages' list of lines, and their words in
//! each language. A version that one of them leaves out, or one that only one of them knows, is found here.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Versions with a heading of their own and a date, the last first.
fn released() -> Vec<String> {
    let changes = read("CHANGELOG.md");
    let headings = changes.lines().filter_map(|line| line.strip_prefix("## [")?.split_once("] - "));
    headings.map(|(version, _)| version.to_owned()).collect()
}

/// What stands between quotes in the pages' list: each version with its lines, in their order.
fn listed() -> Vec<(String, Vec<String>)> {
    let list = read("ui/src/features/news/releases.ts");
    let (_, list) = list.split_once("releases: readonly Release[] = [").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let mut versions: Vec<(String, Vec<String>)> = Vec::new();
    for quoted in list.split('"').skip(1).step_by(2) {
        match versions.last_mut() {
            Some((_, lines)) if quoted.starts_with("news.") => lines.push(quoted.to_owned()),
            _ => versions.push((quoted.to_owned(), Vec::new())),
        }
    }
    versions
}

#[test]
fn every_released_version_is_news_in_both_languages_and_no_other_is() {
    let (released, listed) = (released(), listed());
    let versions: Vec<&String> = listed.iter().map(|(version, _)| version).collect();
    assert_eq!(versions, released.iter().collect::<Vec<_>>(), "releases.ts beside CHANGELOG.md");
    // The version that is built is the last released one, or one that nothing is said about yet.
    let built = released.iter().position(|version| version == env!("CARGO_PKG_VERSION"));
    assert!(matches!(built, None | Some(0)), "CHANGELOG.md knows a later version than Cargo.toml");
    for language in ["en", "da"] {
        let words: Map<String, Value> =
            serde_json::from_str(&read(&format!("messages/window/{language}.json"))).unwrap();
        let mut said: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for (key, text) in &words {
            if let Some(version) = key.strip_prefix("news.v").and_then(|rest| rest.split('.').next())
                && version.contains('_')
            {
                assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{language}: {key}");
                said.entry(version).or_default().push(key);
            }
        }
        assert_eq!(said.len(), listed.len(), "{language}: versions with words: {:?}", said.keys());
        for (version, lines) in &listed {
            let mut lines: Vec<&String> = lines.iter().collect();
            lines.sort();
            assert!(!lines.is_empty(), "{version} has no line");
            assert_eq!(said.get(version.replace('.', "_").as_str()), Some(&lines), "{language}: {version}");
        }
    }
}
