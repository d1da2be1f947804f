//! When the desktop is to say something, and what: once for what came to rest together, however much it was, and once for
//! each new kind of what needs somebody. Pure: it looks at the tally and at a clock that is handed in.

use super::face::counted;
use super::tally::{Counts, Sent, Tally};
use slipway_engine::failure::Failure;
use slipway_engine::messages::{Language, text};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long it stays quiet before something is said: what ends within it is said together.
const SETTLE: Duration = Duration::from_secs(2);

/// Between two words about what watched folders brought. A camera that writes a film a minute is not worth one a minute.
const SPACING: Duration = Duration::from_mins(10);

/// Something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) title: String,
    pub(crate) body: String,
}

/// What was said, and what stands to be said.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// Of what was sent, as many as were told of.
    told: Sent,
    /// Kinds of trouble that were told of, as long as there is any of them.
    known: BTreeSet<&'static str>,
    /// Since when there is something to say, as it was then.
    since: Option<(Instant, Standing)>,
    /// When watched folders were told of last.
    folders_at: Option<Instant>,
}

/// What has to stay as it is for a while before it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    /// How many were sent since the last word; nothing while more of them are to come.
    sent: Option<usize>,
    new: Vec<&'static str>,
}

impl Notices {
    /// What is there at the start is no news.
    pub(crate) fn begin(&mut self, tally: &Tally) {
        self.told = tally.sent().clone();
        self.known = tally.troubles().keys().copied().collect();
    }

    /// Looks at how things stand now: what is to be said, and when to look again though nothing changed.
    pub(crate) fn look(
        &mut self,
        tally: &Tally,
        now: Instant,
        language: Language,
    ) -> (Option<Notice>, Option<Instant>) {
        self.known.retain(|code| tally.troubles().contains_key(code));
        let at_rest = tally.counts().stirring() == 0;
        let sent = (tally.sent().all - self.told.all > 0 && at_rest).then(|| tally.sent().all - self.told.all);
        let new: Vec<_> = tally.troubles().keys().copied().filter(|code| !self.known.contains(code)).collect();
        if sent.is_none() && new.is_empty() {
            self.since = None;
            return (None, None);
        }
        let standing = Standing { sent, new };
        let since = match &self.since {
            Some((since, before)) if *before == standing => *since,
            _ => now,
        };
        self.since = Some((since, standing.clone()));
        let due = self.due(tally, &standing, since);
        if now < due {
            return (None, Some(due));
        }
        let by_hand = tally.sent().by_hand > self.told.by_hand;
        if standing.sent.is_some() {
            if !by_hand {
                self.folders_at = Some(now);
            }
            self.told = tally.sent().clone();
        }
        self.known.extend(&standing.new);
        self.since = None;
        let first = standing.new.first().and_then(|code| tally.troubles().get(code));
        let title = &tally.sent().title;
        (Some(Notice::of(standing.sent, title, first, tally.counts(), language)), None)
    }

    fn due(&self, tally: &Tally, standing: &Standing, since: Instant) -> Instant {
        let settled = since + SETTLE;
        let folders_alone = tally.sent().by_hand == self.told.by_hand && standing.new.is_empty();
        match self.folders_at {
            Some(at) if folders_alone => settled.max(at + SPACING),
            _ => settled,
        }
    }
}

impl Notice {
    /// So many were sent, or something new needs somebody, or both.
    fn of(
        sent: Option<usize>,
        title: &str,
        new: Option<&(Failure, usize)>,
        counts: Counts,
        language: Language,
    ) -> Self {
        let said = |key: &str| text(language, key).replace("{title}", title);
        let of_failure =
            |failure: &Failure| format!("{} {}", failure.message(language), failure.hint_in_window(language));
        let Some(sent) = sent else {
            let (failure, count) = new.map_or((None, 0), |(failure, count)| (Some(failure), *count));
            return Self {
                title: match count {
                    0 => said("outside.trouble_of_all"),
                    count => counted("outside.trouble", count, language),
                },
                body: failure.map(of_failure).unwrap_or_default(),
            };
        };
        let done = counted("outside.sent", sent, language);
        let title = match counts.need_you {
            0 => done,
            need => format!("{done}, {}", counted("outside.need_you", need, language)),
        };
        let body = match new {
            Some((failure, _)) => of_failure(failure),
            None if sent == 1 => said("outside.sent_one"),
            None => said("outside.sent_last"),
        };
        Self { title, body }
    }

    /// Said when the program ends and leaves something for the next start; nothing where it does not.
    pub(crate) fn of_the_end(unfinished: usize, language: Language) -> Option<Self> {
        (unfinished > 0).then(|| Self {
            title: text(language, "outside.ended").to_owned(),
            body: counted("outside.left", unfinished, language),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::tally::{Seen, Stand};
    use slipway_engine::failure::Code;
    use slipway_engine::item::ItemId;
    use uuid::Uuid;

    /// Items, what was said of them, and a clock that goes as it is told to.
    struct Rig {
        tally: Tally,
        notices: Notices,
        now: Instant,
    }

    impl Rig {
        fn new() -> Self {
            Self { tally: Tally::default(), notices: Notices::default(), now: Instant::now() }
        }

        fn put(&mut self, items: impl IntoIterator<Item = u128>, stand: Stand) {
            self.put_of(items, stand, Code::FileRefused, false);
        }

        fn put_of(&mut self, items: impl IntoIterator<Item = u128>, stand: Stand, code: Code, automatic: bool) {
            for n in items {
                let trouble = (stand == Stand::NeedsYou).then(|| Failure::new(code));
                let ended = matches!(stand, Stand::Sent | Stand::NeedsYou | Stand::Removed);
                let seen = Seen {
                    stand,
                    ended,
                    sends: false,
                    trouble,
                    title: format!("Talk {n}"),
                    automatic,
                    total: 1,
                    stored: 0,
                };
                self.tally.note(ItemId(Uuid::from_u128(n)), seen);
            }
        }

        /// What is said within so many seconds, looking whenever it asks to be looked at again.
        fn said(&mut self, seconds: u64) -> Vec<String> {
            let end = self.now + Duration::from_secs(seconds);
            let mut said = Vec::new();
            loop {
                let (notice, again) = self.notices.look(&self.tally, self.now, Language::En);
                said.extend(notice.map(|notice| notice.title));
                match again {
                    Some(at) if at <= end => self.now = at,
                    _ => break,
                }
            }
            self.now = end;
            said
        }
    }

    #[test]
    fn fifty_files_that_finish_are_said_once_when_the_last_is_done() {
        let mut rig = Rig::new();
        rig.put(0..50, Stand::Waiting);
        for n in 0..50 {
            rig.put([n], Stand::OnTheWay);
            assert_eq!(rig.said(20), [""; 0], "before {n}");
            rig.put([n], Stand::Sent);
        }
        assert_eq!(rig.said(60), ["50 uploads done"]);
        assert_eq!(rig.said(3600), [""; 0]);
    }

    #[test]
    fn what_follows_within_a_moment_belongs_to_it() {
        let mut rig = Rig::new();
        rig.put([1], Stand::OnTheWay);
        rig.put([1], Stand::Sent);
        assert_eq!(rig.said(1), [""; 0]);
        rig.put([2], Stand::OnTheWay);
        assert_eq!(rig.said(60), [""; 0]);
        rig.put([2], Stand::Sent);
        assert_eq!(rig.said(60), ["2 uploads done"]);
    }

    #[test]
    fn each_kind_of_trouble_is_said_once_until_there_is_none_of_it_left() {
        let mut rig = Rig::new();
        rig.put(0..9, Stand::Waiting);
        rig.put(0..3, Stand::NeedsYou);
        assert_eq!(rig.said(60), ["3 uploads need you"]);
        rig.put(3..6, Stand::NeedsYou);
        assert_eq!(rig.said(60), [""; 0]);
        rig.put_of([6], Stand::NeedsYou, Code::SignInNeeded, false);
        assert_eq!(rig.said(60), ["1 upload needs you"]);
        rig.put(0..7, Stand::Waiting);
        assert_eq!(rig.said(60), [""; 0]);
        rig.put([0], Stand::NeedsYou);
        assert_eq!(rig.said(60), ["1 upload needs you"]);
    }

    #[test]
    fn the_end_of_a_batch_and_what_went_wrong_in_it_are_said_together() {
        let mut rig = Rig::new();
        rig.put(0..3, Stand::OnTheWay);
        rig.put(0..2, Stand::Sent);
        rig.put([2], Stand::NeedsYou);
        let (notice, _) = rig.notices.look(&rig.tally, rig.now, Language::En);
        assert_eq!(notice, None);
        let (notice, _) = rig.notices.look(&rig.tally, rig.now + SETTLE, Language::En);
        let notice = notice.unwrap();
        assert_eq!(notice.title, "2 uploads done, 1 needs you");
        assert!(notice.body.contains(&Failure::new(Code::FileRefused).message(Language::En)), "{}", notice.body);
        assert_eq!(rig.said(60), [""; 0]);
    }

    #[test]
    fn a_pause_is_a_rest_and_what_is_sent_after_it_is_said_anew() {
        let mut rig = Rig::new();
        rig.put(0..4, Stand::Waiting);
        rig.put([0], Stand::Sent);
        rig.put(1..4, Stand::Paused);
        assert_eq!(rig.said(60), ["1 upload done"]);
        rig.put(1..4, Stand::OnTheWay);
        rig.put(1..4, Stand::Sent);
        assert_eq!(rig.said(60), ["3 uploads done"]);
    }

    #[test]
    fn what_watched_folders_bring_one_by_one_is_gathered() {
        let mut rig = Rig::new();
        let mut said = Vec::new();
        for n in 0..20 {
            rig.put_of([n], Stand::OnTheWay, Code::FileRefused, true);
            rig.put_of([n], Stand::Sent, Code::FileRefused, true);
            said.extend(rig.said(60));
        }
        assert_eq!(said, ["1 upload done", "10 uploads done"]);
        // A person's own file does not wait for that.
        rig.put([100], Stand::OnTheWay);
        rig.put([100], Stand::Sent);
        assert_eq!(rig.said(60), ["10 uploads done"]);
    }

    #[test]
    fn what_was_there_at_the_start_is_no_news() {
        let mut rig = Rig::new();
        rig.put(0..5, Stand::Sent);
        rig.put(5..9, Stand::NeedsYou);
        rig.notices.begin(&rig.tally);
        assert_eq!(rig.said(60), [""; 0]);
        rig.put([9], Stand::NeedsYou);
        assert_eq!(rig.said(60), [""; 0]);
    }

    #[test]
    fn the_end_says_what_is_left_for_the_next_start() {
        assert_eq!(Notice::of_the_end(0, Language::En), None);
        let one = Notice::of_the_end(1, Language::En).unwrap();
        assert_eq!(one.body, "1 upload will go on when you open Slipway again.");
        let three = Notice::of_the_end(3, Language::Da).unwrap();
        assert_eq!(three.body, "3 uploads fortsætter, når du åbner Slipway igen.");
    }
}
