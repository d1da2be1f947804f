//! The one catalogue of what Rust says to people: `messages/en.json` and `messages/da.json`. A key that one language lacks
//! fails the tests below. The pages' own words are in `messages/window/`, and their type check says the same of those.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language that Slipway speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Danish.
    Da,
}

impl Language {
    /// The language of a POSIX locale name such as `da_DK.UTF-8`; English for every other.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        if locale.split(['_', '.', '-', '@']).next() == Some("da") { Self::Da } else { Self::En }
    }
}

type Catalogue = BTreeMap<String, String>;

fn read(json: &str) -> Catalogue {
    serde_json::from_str(json).expect("the committed catalogue is a flat JSON object; a test reads it")
}

static EN: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../messages/en.json")));
static DA: LazyLock<Catalogue> = LazyLock::new(|| read(include_str!("../../../messages/da.json")));

/// The text for `key`; the key itself where there is none, so that a gap shows instead of crashing.
#[must_use]
pub fn text(language: Language, key: &str) -> &str {
    let catalogue = match language {
        Language::En => &*EN,
        Language::Da => &*DA,
    };
    catalogue.get(key).map_or(key, String::as_str)
}

/// Whether there is a text for `key`. Both languages have the same keys.
#[must_use]
pub fn has(key: &str) -> bool {
    EN.contains_key(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Code, Failure};

    #[test]
    fn both_languages_have_the_same_keys() {
        let keys = |catalogue: &Catalogue| catalogue.keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&EN), keys(&DA));
    }

    #[test]
    fn every_failure_code_has_a_message_and_a_hint_and_no_text_is_left_over() {
        let wanted: std::collections::BTreeSet<String> = Code::ALL
            .iter()
            .flat_map(|code| ["message", "hint"].map(|part| format!("failure.{}.{part}", code.as_str())))
            .collect();
        let there: std::collections::BTreeSet<String> =
            EN.keys().filter(|key| key.starts_with("failure.")).cloned().collect();
        assert_eq!(wanted, there);
    }

    #[test]
    fn no_hint_in_the_window_sends_a_person_to_the_command_line() {
        let of_no_code = |key: &&String| {
            let part = key.strip_prefix("window.failure.");
            let code = part.map(|rest| rest.strip_suffix(".hint").or(rest.strip_suffix(".command")).unwrap_or(rest));
            code.is_some_and(|code| Code::ALL.iter().all(|it| it.as_str() != code))
        };
        assert_eq!(EN.keys().find(of_no_code), None, "words for a code that is not there");
        for language in [Language::En, Language::Da] {
            for code in Code::ALL {
                let hint = Failure::new(*code).hint_in_window(language);
                for elsewhere in ["slipway ", "SLIPWAY_", "--", "sudo "] {
                    assert!(!hint.contains(elsewhere), "{}: {hint}", code.as_str());
                }
            }
        }
    }

    #[test]
    fn the_locale_decides_the_language() {
        assert_eq!(Language::from_locale("da_DK.UTF-8"), Language::Da);
        assert_eq!(Language::from_locale("da"), Language::Da);
        assert_eq!(Language::from_locale("en_GB"), Language::En);
        assert_eq!(Language::from_locale("C"), Language::En);
    }
}
