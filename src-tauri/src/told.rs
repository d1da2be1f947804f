//! Failures on their way to the pages: code, remedy and words in the window's language.

use serde::Serialize;
use slipway_engine::failure::{Failure, Remedy};
use slipway_engine::messages::{self, Language};
use std::sync::{Arc, PoisonError, RwLock};
use ts_rs::TS;

/// A failure in the window's language. `code` is the engine's stable word; the remedy chooses the button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Told {
    pub(crate) code: &'static str,
    pub(crate) remedy: Remedy,
    pub(crate) message: String,
    pub(crate) hint: String,
    /// What the hint wants to be run in a terminal, to be copied.
    pub(crate) command: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) causes: Vec<String>,
}

/// The language that the window speaks now.
#[derive(Debug, Clone)]
pub(crate) struct Voice(Arc<RwLock<Language>>);

impl Voice {
    pub(crate) fn new(language: Language) -> Self {
        Self(Arc::new(RwLock::new(language)))
    }

    pub(crate) fn language(&self) -> Language {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn speak(&self, language: Language) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = language;
    }

    pub(crate) fn tell(&self, failure: &Failure) -> Told {
        let language = self.language();
        Told {
            code: failure.code.as_str(),
            remedy: failure.remedy(),
            message: failure.message(language),
            hint: failure.hint_in_window(language),
            command: failure.command_in_window(language),
            detail: failure.detail.clone(),
            causes: failure.causes.clone(),
        }
    }

    /// A text of the catalogue.
    pub(crate) fn text(&self, key: &str) -> String {
        messages::text(self.language(), key).to_owned()
    }
}

/// The system's language, as far as Slipway speaks it.
pub(crate) fn system_language() -> Language {
    sys_locale::get_locale().map_or(Language::En, |locale| Language::from_locale(&locale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_engine::failure::Code;

    #[test]
    fn a_failure_is_told_in_the_language_of_the_window_and_without_commands() {
        let failure = Failure::new(Code::SignInNeeded).detail("video.example.com");
        let voice = Voice::new(Language::En);
        let told = voice.tell(&failure);
        assert_eq!((told.code, told.remedy), ("sign_in_needed", Remedy::SignIn));
        assert!(told.message.contains("video.example.com"), "{}", told.message);
        assert!(!told.hint.contains("slipway login"), "{}", told.hint);
        assert_eq!(told.command, None);
        voice.speak(Language::Da);
        assert_ne!(voice.tell(&failure).message, told.message);
    }

    #[test]
    fn what_has_to_be_run_in_a_terminal_stands_beside_its_hint() {
        let told = Voice::new(Language::En).tell(&Failure::new(Code::WatchLimitReached));
        assert!(!told.hint.contains("sysctl"), "{}", told.hint);
        assert!(told.command.unwrap().contains("sudo sysctl"));
    }
}
