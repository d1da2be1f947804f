//! `docs/failures/`: a page for each code and a list of them, written from the engine's own list of codes, the catalogue
//! of words and the exit status. The test holds the committed pages to it; `cargo xtask pages` writes them.

use super::Exit;
use serde_json::json;
use slipway_engine::failure::{Code, Failure, Remedy};
use slipway_engine::messages::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Set, the pages are written instead of compared.
const WRITE: &str = "SLIPWAY_WRITE_PAGES";

const ALL_REMEDIES: [Remedy; 8] = [
    Remedy::RetryNow,
    Remedy::RetryAfter,
    Remedy::WaitForNetwork,
    Remedy::WaitForFile,
    Remedy::SignIn,
    Remedy::FixSettings,
    Remedy::Settle,
    Remedy::GiveUp,
];

/// What the texts name in braces, as an example; anything else stands there in capitals.
const FACTS: &[(&str, &str)] = &[
    ("host", "video.example.com"),
    ("proxy", "http://proxy.example.net:3128"),
    ("subject", "CN=video.example.com"),
    ("issuer", "CN=Example Inspection"),
    ("names", "portal.example.net"),
    ("from", "2026-12-01 00:00 UTC"),
    ("until", "2026-11-01 00:00 UTC"),
];

/// What helps, in a sentence, and what a person presses or types.
fn in_words(remedy: Remedy) -> (&'static str, &'static str) {
    match remedy {
        Remedy::RetryNow => (
            "Trying again may simply work.",
            "The button is *Retry*; on the command line it is `slipway queue retry ID`, or the same `slipway upload` \
             again. What the server acknowledged is kept, unless the file is another one now.",
        ),
        Remedy::RetryAfter => (
            "Trying again helps after a while.",
            "The button is *Retry*; on the command line it is `slipway queue retry ID`, or the same `slipway upload` \
             again. What only asks for time goes on by itself.",
        ),
        Remedy::WaitForNetwork => (
            "It goes on by itself as soon as the way to the workspace is clear.",
            "There is nothing to press: the item waits and the workspace is asked again in growing intervals. Pausing \
             and removing work as always.",
        ),
        Remedy::WaitForFile => (
            "The file has to be there and to be readable.",
            "What waits (`waiting`) goes on by itself. What failed (`failed`) has the button *Retry*, which is `slipway \
             queue retry ID` on the command line; press it when the file is back.",
        ),
        Remedy::SignIn => (
            "A credential is needed, or one with more rights.",
            "The button is *Sign in*; on the command line it is `slipway login WORKSPACE`, or another `SLIPWAY_TOKEN`. \
             What waits goes on by itself after that; what failed is retried with `slipway queue retry ID`.",
        ),
        Remedy::FixSettings => (
            "Something in the settings, the command or the machine has to change.",
            "The button leads to what has to change. On the command line, give the command again once it has.",
        ),
        Remedy::Settle => (
            "Only a person can tell what happened in the workspace, by a look at it.",
            "The buttons are *It is this one* (`slipway queue settle ID --arrived VIDEO_ID`), *Send again* \
             (`--send-again`) and *Keep looking* (`--keep-looking`). Until then nothing is sent for this item.",
        ),
        Remedy::GiveUp => (
            "Nothing helps this file; another one may do.",
            "The button is *Remove*; on the command line it is `slipway queue clear ID`.",
        ),
    }
}

/// Whether an item usually waits with it and goes on by itself. All others end a command, or leave an item to somebody.
fn waits(code: Code) -> bool {
    let waiting = [Code::SourceAway, Code::SignInNeeded, Code::KeychainLocked, Code::KeychainMissing];
    code.remedy() == Remedy::WaitForNetwork || code == Code::CertificateUnknownIssuer || waiting.contains(&code)
}

fn word(remedy: Remedy) -> String {
    json!(remedy).as_str().unwrap_or_default().to_owned()
}

/// A failure in which every fact that its texts name has a value.
fn with_facts(code: Code) -> Failure {
    let failure = FACTS.iter().fold(Failure::new(code), |failure, (name, value)| failure.fact(name, *value));
    let texts = [Language::En, Language::Da].map(|it| failure.message(it) + &failure.hint(it)).concat();
    let names = texts.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.fold(failure.clone(), |failure, name| failure.fact(name, name.to_uppercase()))
}

fn example(code: Code) -> Failure {
    let failure = with_facts(code);
    if code.as_str().starts_with("source_") { failure.detail("/media/ada/films/talk.mp4") } else { failure }
}

fn status(code: Code) -> String {
    let status = match Exit::of(&Failure::new(code)) {
        Exit::Folder => return "5".to_owned(),
        Exit::Usage => return "2, where it is the whole command that fails; 1 where it is an item".to_owned(),
        Exit::Person => "3",
        _ => "1",
    };
    if code == Code::WorkspaceBusy || (waits(code) && status == "1") {
        return "none by itself: the command waits; 4 if `--give-up-after` ends that".to_owned();
    }
    status.to_owned()
}

fn page(code: Code) -> String {
    let example = example(code);
    let (helps, does) = in_words(code.remedy());
    let (means, account) = code.about().split_once("\n\n").unwrap_or((code.about(), ""));
    let (means, account) = (unwrapped(means), unwrapped(account));
    let event = if waits(code) { "waiting" } else { "failed" };
    let line = json!({
        "event": event,
        "item": "01970d3c-58a1-7c3e-9b52-37c638a5c824",
        "file": "/media/ada/films/talk.mp4",
        "code": code.as_str(),
        "remedy": code.remedy(),
        "message": example.message(Language::En),
        "hint": example.hint(Language::En),
    });
    let mut page = format!("# `{}`\n\n{means}\n", code.as_str());
    if !account.is_empty() {
        let _ = write!(page, "\n## What Slipway did, and did not\n\n{account}\n");
    }
    let _ = write!(
        page,
        "\n## What people read\n\n\
         | | Message | Hint |\n|---|---|---|\n\
         | English | {} | {} |\n\
         | Danish | {} | {} |\n\
         \n## What helps\n\n{helps} {does}\n\
         \n## What programs read\n\n\
         Remedy `{}`; exit status: {}.\n\n```json\n{line}\n```\n",
        example.message(Language::En),
        example.hint(Language::En),
        example.message(Language::Da),
        example.hint(Language::Da),
        word(code.remedy()),
        status(code),
    );
    page
}

/// Paragraphs as one line each, without the space that stands after `///`.
fn unwrapped(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn index() -> String {
    let mut page = "# What can go wrong\n\n\
        A page for each code: what it means, what Slipway did and did not do, what people read, what helps, and what \
        programs get. Written by `cargo xtask pages` from `src-tauri/engine/src/failure.rs` and `messages/`; change those.\n"
        .to_owned();
    for remedy in ALL_REMEDIES {
        let _ = write!(page, "\n## `{}`\n\n{}\n\n| Code | Message |\n|---|---|\n", word(remedy), in_words(remedy).0);
        for code in Code::ALL.iter().filter(|code| code.remedy() == remedy) {
            let (name, message) = (code.as_str(), with_facts(*code).message(Language::En));
            let _ = writeln!(page, "| [`{name}`]({name}.md) | {message} |");
        }
    }
    page
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/failures")
}

fn generated() -> BTreeMap<String, String> {
    let pages = Code::ALL.iter().map(|code| (format!("{}.md", code.as_str()), page(*code)));
    pages.chain([("README.md".to_owned(), index())]).collect()
}

fn committed() -> BTreeMap<String, String> {
    let Ok(entries) = std::fs::read_dir(folder()) else { return BTreeMap::new() };
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        // As it is on a machine that turns line ends.
        let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        (path.file_name().unwrap().to_string_lossy().into_owned(), text)
    };
    entries.map(read).collect()
}

#[test]
fn every_code_has_the_page_that_is_generated_from_it() {
    let (generated, committed) = (generated(), committed());
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        for name in committed.keys().filter(|name| !generated.contains_key(*name)) {
            std::fs::remove_file(folder().join(name)).unwrap();
        }
        for (name, text) in &generated {
            std::fs::write(folder().join(name), text).unwrap();
        }
        return;
    }
    let names: BTreeSet<_> = generated.keys().chain(committed.keys()).collect();
    let stale: Vec<_> = names.into_iter().filter(|name| generated.get(*name) != committed.get(*name)).collect();
    assert!(stale.is_empty(), "docs/failures is not what the list of codes says; run `cargo xtask pages`: {stale:?}");
}
