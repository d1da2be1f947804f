//! Texts for people, from the catalogue that the whole product shares, in the language of the environment.

use slipway_engine::ItemView;
use slipway_engine::item::{FileKind, Replacement};
use slipway_engine::messages::{Language, text};
use std::sync::LazyLock;

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    locale.map_or(Language::En, |locale| Language::from_locale(&locale))
});

/// The language of the environment.
pub(crate) fn language() -> Language {
    *LANGUAGE
}

/// The text for `key` with its `{names}` filled in.
pub(crate) fn say(key: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(text(language(), key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What a finished item came to.
pub(crate) fn outcome(item: &ItemView) -> String {
    match item.replaces {
        Some(Replacement { video, kind, .. }) => {
            let key = if kind == FileKind::Image { "cli.replaced_picture" } else { "cli.replaced_file" };
            say(key, &[("video", &video.to_string())])
        }
        None if item.published => say("cli.published", &[]),
        None => say("cli.draft", &[]),
    }
}

/// What an item sends, by its name.
pub(crate) fn source(item: &ItemView) -> String {
    match item.replaces.and_then(|it| it.moment) {
        Some(moment) => say("cli.moment", &[("time", &moment.to_string())]),
        None => item.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// A server's words without what a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A size in bytes as people say it.
pub(crate) fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}
