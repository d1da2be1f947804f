//! What to do about a replacement whose answer is not known, as one table. There is no new video to look for, so the old
//! one is compared with how it looked just before. `transfer/replacement.rs` walks it.

use super::RESTARTS;

/// What comparing a video with its baseline came to, until no attempt could be running any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Something about it is not as it was.
    Changed,
    /// Valid answers, and all is as it was to the end.
    Unchanged,
    /// No valid answer.
    Blind,
}

/// All that the next step of an unclear replacement depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplacementFacts {
    /// What the comparison came to.
    pub compared: Compared,
    /// Chunks in the plan.
    pub chunks: u32,
    /// How often the commit chunk of this identifier was sent.
    pub sends: u32,
    /// How often everything was sent again already.
    pub restarts: u32,
}

/// What to do about an unclear replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplacementStep {
    /// The commit chunk again, alone, same identifier and token.
    CommitAgain,
    /// Everything again under a new identifier with a new token: the same bytes in the same place do no harm.
    SendAgain,
    /// Probably replaced, and only a person can tell.
    AskProbably,
    /// Only a person can tell.
    Ask,
}

/// A row of [`REPLACEMENT_STEPS`].
pub struct ReplacementStepRow {
    /// What is known, in words.
    pub known: &'static str,
    /// Whether the facts are of this kind.
    pub holds: fn(&ReplacementFacts) -> bool,
    /// What to do.
    pub then: ReplacementStep,
}

/// What to do about an unclear replacement. The first row that holds counts. A change is never taken for success by
/// itself: somebody else may have changed the video meanwhile.
pub const REPLACEMENT_STEPS: &[ReplacementStepRow] = &[
    ReplacementStepRow {
        known: "the video is not as it was",
        holds: |f| f.compared == Compared::Changed,
        then: ReplacementStep::AskProbably,
    },
    ReplacementStepRow {
        known: "it cannot be compared",
        holds: |f| f.compared == Compared::Blind,
        then: ReplacementStep::Ask,
    },
    ReplacementStepRow {
        known: "as it was, and sent again often enough",
        holds: |f| f.restarts >= RESTARTS,
        then: ReplacementStep::Ask,
    },
    ReplacementStepRow {
        known: "as it was, several chunks, the commit sent once",
        holds: |f| f.chunks > 1 && f.sends == 1,
        then: ReplacementStep::CommitAgain,
    },
    ReplacementStepRow { known: "as it was", holds: |_| true, then: ReplacementStep::SendAgain },
];

/// What to do about an unclear replacement.
#[must_use]
pub fn next_replacement_step(facts: &ReplacementFacts) -> ReplacementStep {
    REPLACEMENT_STEPS.iter().find(|row| (row.holds)(facts)).map_or(ReplacementStep::Ask, |row| row.then)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_replacement_facts() -> impl Iterator<Item = ReplacementFacts> {
        [Compared::Changed, Compared::Unchanged, Compared::Blind].into_iter().flat_map(|compared| {
            (1..4u32).flat_map(move |chunks| {
                (0..4u32).flat_map(move |sends| {
                    (0..5u32).map(move |restarts| ReplacementFacts { compared, chunks, sends, restarts })
                })
            })
        })
    }

    #[test]
    fn a_replacement_is_sent_again_only_where_the_video_is_seen_to_be_as_it_was() {
        for facts in all_replacement_facts() {
            let sends =
                matches!(next_replacement_step(&facts), ReplacementStep::CommitAgain | ReplacementStep::SendAgain);
            assert_eq!(sends, facts.compared == Compared::Unchanged && facts.restarts < RESTARTS, "{facts:?}");
        }
    }

    #[test]
    fn a_replacement_of_one_piece_is_never_committed_twice_under_one_identifier() {
        for facts in all_replacement_facts().filter(|facts| facts.chunks == 1) {
            assert_ne!(next_replacement_step(&facts), ReplacementStep::CommitAgain, "{facts:?}");
        }
    }

    #[test]
    fn every_row_about_a_replacement_is_reached() {
        for (index, row) in REPLACEMENT_STEPS.iter().enumerate() {
            let first = |facts: &ReplacementFacts| REPLACEMENT_STEPS.iter().position(|row| (row.holds)(facts));
            assert!(all_replacement_facts().any(|facts| first(&facts) == Some(index)), "{}", row.known);
        }
    }
}
