//! How a file is cut into chunks. Pure; the server's rule is restated here once and held by properties below.
//!
//! The vendor's handler counts `max(1, floor(total / nominal))` chunks, wants every chunk but the last to be exactly
//! nominal, and gives the last one the remainder on top (so it lies in `[nominal, 2 × nominal)`). The plan chooses
//! the nominal size so that this remainder is only a few bytes: the last chunk is never the slow one.
//! Where a plan is used: `transfer/opening.rs` makes it, `transfer/chunks.rs` walks it.

use serde::{Deserialize, Serialize};

/// Limits for new plans, in bytes. A session keeps the plan that it was born with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkLimits {
    /// The smallest chunk. The server inspects the first and the last chunk for the video's headers, so a tiny chunk
    /// gives it little to look at; 5 MiB is what the vendor's own command-line client sends today.
    pub min: u64,
    /// The largest chunk: what is lost when one attempt fails.
    pub max: u64,
    /// Files below this size go as one chunk.
    pub single_below: u64,
}

const MIB: u64 = 1024 * 1024;

/// Roughly how many chunks a middling file is cut into: enough to keep a pool busy, few enough to keep requests cheap.
const CHUNKS_AIMED_AT: u64 = 64;

/// How many seconds a chunk may travel, by the speed of late: so much is lost when an attempt fails, and so long a file that
/// is dropped now may wait for the first place that comes free.
const TRAVELS_FOR: f64 = 15.0;

/// First, middle, commit, last.
const FEWEST_WITH_A_MIDDLE: u32 = 4;

/// Below this a server that still says "too large" will not be pleased by anything.
const SMALLEST: u64 = 64 * 1024;

impl Default for ChunkLimits {
    fn default() -> Self {
        Self { min: 5 * MIB, max: 64 * MIB, single_below: 10 * MIB }
    }
}

impl ChunkLimits {
    /// Limits for a line on which a chunk makes so many bytes a second: no larger chunks than arrive within some seconds.
    /// Small files are cut as on any line.
    #[must_use]
    pub fn at_speed(self, bytes_per_s: f64) -> Self {
        let max = (bytes_per_s * TRAVELS_FOR) as u64;
        // With no more room than this between the two bounds no cut is even.
        Self { max: max.clamp((2 * self.min).min(self.max), self.max), ..self }
    }

    /// Limits after the server called a chunk of `refused` bytes too large (413): at most half of that.
    /// `None` when nothing smaller is left to try.
    #[must_use]
    pub fn below(self, refused: u64) -> Option<Self> {
        let max = (refused / 2).min(self.max);
        (max >= SMALLEST.min(self.min)).then(|| Self {
            min: self.min.min(max),
            max,
            single_below: self.single_below.min(max),
        })
    }
}

/// The cut of one file: fixed for the life of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    total: u64,
    nominal: u64,
    count: u32,
}

/// Where a chunk's bytes lie in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub offset: u64,
    /// Length in bytes, never zero.
    pub len: u64,
}

impl Plan {
    /// Cuts a file of `total` bytes. `None` for an empty file: a chunk request without a size is taken by the server
    /// as a whole file, so an empty one must never get this far.
    #[must_use]
    pub fn for_size(total: u64, limits: ChunkLimits) -> Option<Self> {
        if total == 0 {
            return None;
        }
        if total < limits.single_below || total < 2 * limits.min {
            return Some(Self { total, nominal: total, count: 1 });
        }
        let aim = (total / CHUNKS_AIMED_AT).clamp(limits.min, limits.max);
        let mut count = (total / aim).max(2);
        while total / count > limits.max {
            count += 1;
        }
        // The server derives the count back from the nominal size; the two agree when the remainder of the division
        // (below `count`) is smaller than a chunk.
        while count > 2 && total / count < count {
            count -= 1;
        }
        let count32 = u32::try_from(count).ok()?;
        Some(Self { total, nominal: total / count, count: count32 })
    }

    /// Cuts a file of `total` bytes that replaces another. Up to the largest chunk it goes as one, because nobody has
    /// shown that a replacement may come in pieces; above that in at least four, so that one of them is a middle.
    /// `None` for an empty file.
    #[must_use]
    pub fn of_replacement(total: u64, limits: ChunkLimits) -> Option<Self> {
        if total <= limits.max {
            return Self::in_one_piece(total);
        }
        let max = limits.max.min(total / u64::from(FEWEST_WITH_A_MIDDLE));
        Self::for_size(total, ChunkLimits { min: limits.min.min(max), max, single_below: 0 })
    }

    /// All of a file as one chunk. `None` for an empty file.
    #[must_use]
    pub fn in_one_piece(total: u64) -> Option<Self> {
        (total > 0).then_some(Self { total, nominal: total, count: 1 })
    }

    /// The whole file's length in bytes.
    #[must_use]
    pub fn total(self) -> u64 {
        self.total
    }

    /// The nominal chunk size in bytes, the same in every request.
    #[must_use]
    pub fn nominal(self) -> u64 {
        self.nominal
    }

    /// How many chunks there are; at least 1.
    #[must_use]
    pub fn count(self) -> u32 {
        self.count
    }

    /// The bytes of chunk `number` (1-based).
    ///
    /// # Panics
    /// When `number` is not within `1..=count`.
    #[must_use]
    pub fn span(self, number: u32) -> Span {
        assert!((1..=self.count).contains(&number), "chunk {number} of {}", self.count);
        let offset = u64::from(number - 1) * self.nominal;
        let len = if number == self.count { self.total - offset } else { self.nominal };
        Span { offset, len }
    }

    /// The chunk that is held back until all others are acknowledged, and then sent alone: the commit.
    /// The first and the last go early, because the server checks the file's format on them.
    #[must_use]
    pub fn commit_chunk(self) -> u32 {
        match self.count {
            1 => 1,
            2 => 2,
            n => n - 1,
        }
    }

    /// A chunk from the middle that is neither the first, the last nor the commit, where there is one; the first else.
    #[must_use]
    pub fn middle_chunk(self) -> u32 {
        if self.count < FEWEST_WITH_A_MIDDLE { 1 } else { self.count / 2 }
    }

    /// The other chunks in the order in which they are first sent: the first alone, then the last, then the rest.
    pub fn ordinary_chunks(self) -> impl Iterator<Item = u32> {
        let commit = self.commit_chunk();
        let last = self.count;
        [1, last].into_iter().chain(2..last).filter(move |number| *number != commit)
    }

    /// Whether a GET probe of this chunk can ever answer "present": only one of nominal size can, since the handler
    /// compares the stored size with the nominal one.
    #[must_use]
    pub fn probe_can_tell(self, number: u32) -> bool {
        self.span(number).len == self.nominal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits() -> impl Strategy<Value = ChunkLimits> {
        (1u64..2000, 1u64..20).prop_map(|(min, times)| ChunkLimits {
            min,
            max: min * (times + 1),
            single_below: 2 * min,
        })
    }

    proptest! {
        #[test]
        fn chunks_tile_the_file_without_gap_or_overlap(total in 1u64..3_000_000, limits in limits()) {
            let plan = Plan::for_size(total, limits).unwrap();
            let mut at = 0;
            for number in 1..=plan.count() {
                let span = plan.span(number);
                prop_assert_eq!(span.offset, at);
                prop_assert!(span.len > 0);
                at += span.len;
            }
            prop_assert_eq!(at, total);
        }

        #[test]
        fn the_server_counts_the_same_chunks_from_the_nominal_size(total in 1u64..3_000_000, limits in limits()) {
            let plan = Plan::for_size(total, limits).unwrap();
            prop_assert_eq!(u64::from(plan.count()), (total / plan.nominal()).max(1));
            let last = plan.span(plan.count()).len;
            prop_assert!(last >= plan.nominal() && last < 2 * plan.nominal());
        }

        #[test]
        fn the_last_chunk_is_only_a_few_bytes_longer(total in 1u64..3_000_000, limits in limits()) {
            let plan = Plan::for_size(total, limits).unwrap();
            prop_assert!(plan.span(plan.count()).len - plan.nominal() < u64::from(plan.count()));
        }

        #[test]
        fn every_chunk_but_the_commit_is_ordinary_once(total in 1u64..3_000_000, limits in limits()) {
            let plan = Plan::for_size(total, limits).unwrap();
            let mut all: Vec<u32> = plan.ordinary_chunks().collect();
            if plan.count() > 1 { prop_assert_eq!(all[0], 1); }
            if plan.count() > 2 { prop_assert_eq!(all[1], plan.count()); }
            all.push(plan.commit_chunk());
            all.sort_unstable();
            prop_assert_eq!(all, (1..=plan.count()).collect::<Vec<_>>());
        }

        #[test]
        fn a_replacement_in_pieces_has_a_middle_that_is_neither_first_nor_last_nor_the_commit(
            total in 1u64..3_000_000,
            limits in limits(),
        ) {
            let plan = Plan::of_replacement(total, limits).unwrap();
            prop_assert_eq!(plan.count() == 1, total <= limits.max);
            if plan.count() > 1 {
                let middle = plan.middle_chunk();
                prop_assert!(middle != 1 && middle != plan.count() && middle != plan.commit_chunk(), "{plan:?}");
                prop_assert!(plan.span(1).len <= limits.max + u64::from(plan.count()), "{plan:?}");
            }
        }

        #[test]
        fn real_sizes_stay_within_five_and_sixty_four_mebibytes_on_any_line(
            total in 10 * MIB..(64u64 << 30),
            speed in 0.0..1e9,
        ) {
            let plan = Plan::for_size(total, ChunkLimits::default().at_speed(speed)).unwrap();
            prop_assert!(plan.count() >= 2);
            prop_assert!(plan.nominal() >= 5 * MIB && plan.nominal() <= 64 * MIB, "{plan:?}");
        }
    }

    #[test]
    fn an_empty_file_has_no_plan() {
        assert_eq!(Plan::for_size(0, ChunkLimits::default()), None);
    }

    #[test]
    fn a_file_below_ten_mebibytes_goes_as_one_chunk_and_ten_as_two() {
        assert_eq!(Plan::for_size(10 * MIB - 1, ChunkLimits::default()).unwrap().count(), 1);
        assert_eq!(Plan::for_size(10 * MIB, ChunkLimits::default()).unwrap().count(), 2);
    }

    #[test]
    fn a_slow_line_gets_smaller_chunks_within_the_limits() {
        let usual = ChunkLimits::default();
        let largest = |speed| Plan::for_size(16 << 30, usual.at_speed(speed)).unwrap().nominal();
        assert_eq!(largest(100e6), 64 * MIB);
        assert!((13_000_000..=15_000_000).contains(&largest(1e6)), "{}", largest(1e6));
        assert!((5 * MIB..=10 * MIB).contains(&largest(10.0)), "{}", largest(10.0));
    }

    #[test]
    fn a_refused_chunk_size_is_halved_until_nothing_is_left() {
        let mut limits = ChunkLimits::default();
        let mut size = 64 * MIB;
        let mut steps = 0;
        while let Some(smaller) = limits.below(size) {
            assert!(smaller.max <= size / 2);
            limits = smaller;
            size = smaller.max;
            steps += 1;
        }
        assert!(steps > 5 && size < MIB);
    }
}
