//! A question to a ledger: which of its files, by what became of them and what they are called.

use serde::{Deserialize, Serialize};

/// Which files of a ledger are meant, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum LedgerShow {
    /// All.
    #[default]
    All,
    /// Still being written, or on their way.
    Moving,
    /// Their videos are there.
    Done,
    /// There before, left out, or the same as another; cancelled, too.
    LeftOut,
    /// Refused, or failed.
    Trouble,
}

impl LedgerShow {
    /// The one that shows lines in a state; see [`crate::LedgerLine::state`].
    #[must_use]
    pub fn of(state: &str) -> Self {
        match state {
            "done" => Self::Done,
            "before" | "skipped" | "same" | "cancelled" => Self::LeftOut,
            "refused" | "failed" => Self::Trouble,
            _ => Self::Moving,
        }
    }
}

/// A question to a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerQuery {
    /// In the path below the folder, in any capitals; everything where it is empty.
    pub search: String,
    /// What became of the file.
    pub show: LedgerShow,
    /// Lines before the first that is wanted.
    pub from: usize,
    /// Lines that are wanted at most.
    pub count: usize,
}

/// How many files of a ledger there are, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
#[allow(missing_docs, reason = "the names are those of LedgerShow")]
pub struct LedgerCounts {
    pub all: usize,
    pub moving: usize,
    pub done: usize,
    pub left_out: usize,
    pub trouble: usize,
}

impl LedgerCounts {
    /// Counts a line that is in this state.
    pub(crate) fn add(&mut self, show: LedgerShow) {
        self.all += 1;
        match show {
            LedgerShow::All => {}
            LedgerShow::Moving => self.moving += 1,
            LedgerShow::Done => self.done += 1,
            LedgerShow::LeftOut => self.left_out += 1,
            LedgerShow::Trouble => self.trouble += 1,
        }
    }
}
