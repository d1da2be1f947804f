//! How long files have stood still. Pure: the time comes from whoever asks.
//!
//! What stands still is a file together with what goes with it: a thumbnail that comes a moment after its film makes both
//! wait, and then they are taken together. It is counted from when a look was first had, not from the file's own time: a
//! copy keeps the old one while it grows.

use crate::folder::Look;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// A file and what goes with it, as they looked.
pub(super) type Group = Vec<(PathBuf, Look)>;

#[derive(Debug)]
struct Still {
    group: Group,
    since: Instant,
    /// It stood still and something else said that it is not finished; it is looked at again then.
    held_until: Option<Instant>,
}

/// Files that are waited for.
#[derive(Debug)]
pub(super) struct Stillness {
    settle: Duration,
    files: HashMap<PathBuf, Still>,
}

impl Stillness {
    /// Files count as still after `settle`.
    pub(super) fn new(settle: Duration) -> Self {
        Self { settle, files: HashMap::new() }
    }

    /// Files count as still after this time from now on.
    pub(super) fn settle_for(&mut self, settle: Duration) {
        self.settle = settle;
    }

    /// How a file that is waited for looked last.
    pub(super) fn look(&self, file: &Path) -> Option<Look> {
        let (_, look) = self.files.get(file)?.group.first()?;
        Some(look.clone())
    }

    /// What a file was last seen together with, and itself where it is one of them.
    pub(super) fn group(&self, file: &Path) -> Group {
        self.files.get(file).map(|still| still.group.clone()).unwrap_or_default()
    }

    /// The file looks like this now.
    pub(super) fn see(&mut self, file: &Path, group: Group, now: Instant) {
        match self.files.get_mut(file) {
            Some(still) if still.group == group => {}
            _ => {
                self.files.insert(file.to_owned(), Still { group, since: now, held_until: None });
            }
        }
    }

    /// It is not waited for any more.
    pub(super) fn forget(&mut self, file: &Path) {
        self.files.remove(file);
    }

    /// It stands still and is not finished: it is not asked about before another settle time has passed, unless it changes.
    pub(super) fn hold(&mut self, file: &Path, now: Instant) {
        if let Some(still) = self.files.get_mut(file) {
            still.held_until = Some(now + self.settle);
        }
    }

    /// For how long it has looked as it does.
    pub(super) fn stood(&self, file: &Path, now: Instant) -> Option<Duration> {
        self.files.get(file).map(|still| now.saturating_duration_since(still.since))
    }

    /// All that are waited for, by name.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = self.files.keys().cloned().collect();
        files.sort();
        files
    }

    /// Those that have stood still long enough, by name.
    pub(super) fn due(&self, now: Instant) -> Vec<PathBuf> {
        let mut due: Vec<PathBuf> =
            self.files.iter().filter(|(_, still)| self.due_at(still) <= now).map(|(file, _)| file.clone()).collect();
        due.sort();
        due
    }

    /// When the next one may have.
    pub(super) fn next(&self) -> Option<Instant> {
        self.files.values().map(|still| self.due_at(still)).min()
    }

    fn due_at(&self, still: &Still) -> Instant {
        still.held_until.unwrap_or(still.since + self.settle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTLE: Duration = Duration::from_secs(10);

    fn look(size: u64, mtime_ns: i128) -> Look {
        Look { size, mtime_ns, file_id: Some((1, 7)) }
    }

    fn film(size: u64, mtime_ns: i128) -> Group {
        vec![("talk.mp4".into(), look(size, mtime_ns))]
    }

    struct Played {
        stillness: Stillness,
        begun: Instant,
    }

    impl Played {
        fn new() -> Self {
            Self { stillness: Stillness::new(SETTLE), begun: Instant::now() }
        }

        fn at(&self, second: u64) -> Instant {
            self.begun + Duration::from_secs(second)
        }

        fn sees(&mut self, second: u64, group: Group) -> &mut Self {
            let now = self.at(second);
            self.stillness.see(Path::new("talk.mp4"), group, now);
            self
        }

        fn is_due(&self, second: u64) -> bool {
            !self.stillness.due(self.at(second)).is_empty()
        }
    }

    #[test]
    fn a_file_is_due_when_it_has_stood_still_for_the_settle_time_and_not_before() {
        let mut played = Played::new();
        played.sees(0, film(5, 5)).sees(4, film(5, 5));
        assert!(!played.is_due(9) && played.is_due(10));
        assert_eq!(played.stillness.next(), Some(played.at(10)));
    }

    #[test]
    fn growing_being_filled_and_being_exchanged_begin_the_wait_anew() {
        let exchanged = vec![("talk.mp4".into(), Look { file_id: Some((1, 8)), ..look(5, 5) })];
        for (what, changed) in [("grown", film(6, 5)), ("filled", film(5, 6)), ("exchanged", exchanged)] {
            let mut played = Played::new();
            played.sees(0, film(5, 5)).sees(9, changed);
            assert!(!played.is_due(18) && played.is_due(19), "{what}");
        }
    }

    #[test]
    fn what_goes_with_a_film_makes_it_wait_as_well() {
        let with = |size| [film(5, 5), vec![("talk.jpg".into(), look(size, 1))]].concat();
        let mut played = Played::new();
        played.sees(0, film(5, 5)).sees(8, with(1)).sees(12, with(2));
        assert!(!played.is_due(21) && played.is_due(22));
    }

    #[test]
    fn one_that_is_held_is_asked_about_again_after_another_settle_time_or_when_it_has_changed_and_settled() {
        let mut played = Played::new();
        played.sees(0, film(5, 5));
        let ten = played.at(10);
        played.stillness.hold(Path::new("talk.mp4"), ten);
        assert!(!played.is_due(19) && played.is_due(20));
        played.sees(12, film(6, 6));
        assert!(!played.is_due(21) && played.is_due(22));
        assert_eq!(played.stillness.stood(Path::new("talk.mp4"), played.at(30)), Some(Duration::from_secs(18)));
        played.stillness.forget(Path::new("talk.mp4"));
        assert!(!played.is_due(99) && played.stillness.next().is_none());
    }

    proptest! {
        /// Whatever is seen in whatever order: at each instant a file is due exactly if its present look was had for the
        /// whole settle time.
        #[test]
        fn due_is_standing_still(looks in proptest::collection::vec((0_u64..8, 0_u64..3), 1..40)) {
            let mut played = Played::new();
            let (mut second, mut since, mut last) = (0, 0, None);
            for (gap, size) in looks {
                second += gap;
                played.sees(second, film(size, 0));
                if last != Some(size) {
                    since = second;
                    last = Some(size);
                }
                prop_assert_eq!(played.is_due(second), second - since >= SETTLE.as_secs());
            }
        }
    }
}
