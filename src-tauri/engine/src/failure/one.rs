//! One failure: its code, what is particular about it, and how it is said to people.

use super::{Code, Remedy};
use crate::messages::{self, Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One failure, ready to be stored, shown and branched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub code: Code,
    /// The particular: a path, the server's own words, a name. Masked before it gets here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is wrong with the particular: the key of a sentence, which begins with `why.`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What the texts name in braces. Made fit for a screen before it gets here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The technical causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

impl Failure {
    /// A failure without particulars.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, why: None, facts: BTreeMap::new(), causes: Vec::new() }
    }

    /// Adds the particular.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds what is wrong with the particular: the sentence under `key`, which begins with `why.`, with these facts in it.
    #[must_use]
    pub fn because<'a>(mut self, key: &str, facts: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        self.why = Some(key.to_owned());
        self.facts.extend(facts.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Adds what the texts name `{name}`.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds an error and everything that it says caused it.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// What helps.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.code.remedy()
    }

    /// What happened, for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let text = self.text(language, "message");
        let why = self.why.as_deref().map(|key| self.filled(language, key));
        match (&self.detail, why) {
            (Some(detail), Some(why)) => format!("{text} ({detail}: {why})"),
            (Some(detail), None) => format!("{text} ({detail})"),
            (None, Some(why)) => format!("{text} ({why})"),
            (None, None) => text,
        }
    }

    /// What happens next and what a person can do.
    #[must_use]
    pub fn hint(&self, language: Language) -> String {
        self.text(language, "hint")
    }

    /// The same for somebody who sits before the window and has no command line.
    #[must_use]
    pub fn hint_in_window(&self, language: Language) -> String {
        let own = format!("window.failure.{}.hint", self.code.as_str());
        if messages::has(&own) { self.filled(language, &own) } else { self.hint(language) }
    }

    /// What that hint wants to be run in a terminal: to be copied whole, and no part of a sentence.
    #[must_use]
    pub fn command_in_window(&self, language: Language) -> Option<String> {
        let key = format!("window.failure.{}.command", self.code.as_str());
        messages::has(&key).then(|| self.filled(language, &key))
    }

    fn text(&self, language: Language, part: &str) -> String {
        self.filled(language, &format!("failure.{}.{part}", self.code.as_str()))
    }

    fn filled(&self, language: Language, key: &str) -> String {
        let mut text = messages::text(language, key).to_owned();
        for (name, value) in &self.facts {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::En))
    }
}

impl std::error::Error for Failure {}
