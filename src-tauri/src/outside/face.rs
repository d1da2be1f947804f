//! What the icon in the tray says: a pure function of the counts and the language.

use super::tally::{Counts, Last};
use slipway_engine::messages::{Language, text};

/// Letters of a title that a menu has room for.
const ROOM: usize = 40;

/// What the icon says, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Face {
    /// Beside the icon, when the pointer rests on it.
    pub(crate) tooltip: String,
    /// How things stand: the first line of the menu.
    pub(crate) standing: String,
    /// The last results, the newest first.
    pub(crate) last: Vec<String>,
    pub(crate) open: String,
    /// The switch for everything; nothing where there is nothing to pause or to go on with.
    pub(crate) switch: Option<(Switch, String)>,
    /// The same where it cannot be used.
    pub(crate) no_switch: String,
    pub(crate) quit: String,
}

/// What the switch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    Pause,
    Resume,
}

impl Face {
    /// What the switch says, where it can be used and where it cannot.
    pub(crate) fn switch_text(&self) -> &str {
        self.switch.as_ref().map_or(&self.no_switch, |(_, text)| text)
    }

    pub(crate) fn of<'a>(counts: Counts, last: impl Iterator<Item = &'a Last>, language: Language) -> Self {
        let say = |key: &str| text(language, key).to_owned();
        let standing = standing(counts, language);
        let result = |last: &Last| {
            let key = if last.sent { "outside.last_sent" } else { "outside.last_needs_you" };
            say(key).replace("{title}", &shortened(&last.title))
        };
        // As in the window: while anything would go on, there is something to pause.
        let switch = match (counts.stirring(), counts.paused) {
            (0, 0) => None,
            (0, _) => Some((Switch::Resume, say("outside.resume_all"))),
            _ => Some((Switch::Pause, say("outside.pause_all"))),
        };
        Self {
            tooltip: format!("Slipway: {standing}"),
            standing,
            last: last.map(result).collect(),
            open: say("outside.open"),
            switch,
            no_switch: say("outside.pause_all"),
            quit: say("outside.quit"),
        }
    }
}

/// How things stand, in one line.
fn standing(counts: Counts, language: Language) -> String {
    let parts: Vec<String> = [
        ("outside.on_the_way", counts.on_the_way),
        ("outside.waiting", counts.waiting),
        ("outside.paused", counts.paused),
        ("outside.need_you", counts.need_you),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(key, count)| counted(key, count, language))
    .collect();
    if parts.is_empty() {
        return text(language, "outside.idle").to_owned();
    }
    let line = parts.join(" · ");
    match counts.percent() {
        Some(percent) => {
            format!("{line} · {}", text(language, "outside.percent").replace("{percent}", &percent.to_string()))
        }
        None => line,
    }
}

/// The text for so many: `key` for one, `key_many` for others.
pub(super) fn counted(key: &str, count: usize, language: Language) -> String {
    let many = format!("{key}_many");
    let key = if count == 1 { key } else { &many };
    text(language, key).replace("{count}", &count.to_string())
}

/// A title that a menu has room for.
fn shortened(title: &str) -> String {
    if title.chars().count() <= ROOM {
        return title.to_owned();
    }
    let kept: String = title.chars().take(ROOM - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(on_the_way: usize, waiting: usize, paused: usize, need_you: usize, total: u64, stored: u64) -> Counts {
        Counts { on_the_way, waiting, paused, need_you, total, stored }
    }

    #[test]
    fn the_first_line_says_how_things_stand_in_both_languages() {
        for (counts, english, danish) in [
            (Counts::default(), "Nothing to send", "Intet at sende"),
            (counts(1, 0, 0, 0, 200, 84), "1 on the way · 42 %", "1 undervejs · 42 %"),
            (
                counts(3, 41, 0, 2, 0, 0),
                "3 on the way · 41 waiting · 2 need you",
                "3 undervejs · 41 venter · 2 venter på dig",
            ),
            (counts(0, 0, 5, 0, 10, 10), "5 paused · 100 %", "5 på pause · 100 %"),
            (counts(0, 0, 0, 1, 10, 5), "1 needs you", "1 venter på dig"),
        ] {
            for (language, wanted) in [(Language::En, english), (Language::Da, danish)] {
                let face = Face::of(counts, std::iter::empty(), language);
                assert_eq!(face.standing, wanted);
                assert_eq!(face.tooltip, format!("Slipway: {wanted}"));
            }
        }
    }

    #[test]
    fn the_switch_pauses_what_goes_on_and_resumes_what_is_paused() {
        let switch = |counts| Face::of(counts, std::iter::empty(), Language::En).switch.map(|(switch, _)| switch);
        assert_eq!(switch(counts(0, 0, 0, 3, 0, 0)), None);
        assert_eq!(switch(counts(1, 0, 4, 0, 0, 0)), Some(Switch::Pause));
        assert_eq!(switch(counts(0, 0, 4, 0, 0, 0)), Some(Switch::Resume));
    }

    #[test]
    fn the_last_results_are_named_and_long_titles_end_early() {
        let last = [Last { title: "Spring talk".into(), sent: true }, Last { title: "Ø".repeat(60), sent: false }];
        let lines = Face::of(Counts::default(), last.iter(), Language::En).last;
        assert_eq!(lines[0], "Sent: Spring talk");
        assert_eq!(lines[1], format!("Needs you: {}…", "Ø".repeat(39)));
    }
}
