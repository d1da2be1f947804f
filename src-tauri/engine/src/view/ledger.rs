//! A ledger as front ends show it: a line for each file.

use crate::failure::Failure;
use crate::folder::{Companion, Entry, Fate, LedgerCounts};
use crate::item::ItemId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A file in a folder, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The line's number; zero for a file that is still waited for.
    pub id: i64,
    /// The file, below the folder.
    #[serde(with = "crate::paths::exact")]
    pub path: PathBuf,
    /// Length in bytes, as far as it is known.
    pub size: Option<u64>,
    /// When that was decided.
    pub at: Option<Timestamp>,
    /// `writing`, `before`, `skipped`, `refused`, `same`, `taken`, `again`; of what the queue has or had, the stage of its
    /// item.
    pub state: String,
    /// Why it was left out, as it is now: the key of a sentence, which begins with `skip.`.
    pub why: Option<String>,
    /// The line whose bytes it has.
    pub same_as: Option<i64>,
    /// Its item, in the queue or not any more.
    pub item: Option<ItemId>,
    /// Whether the queue still has that.
    pub in_queue: bool,
    /// The video that was made of it.
    pub video_id: Option<u64>,
    /// Where an editor finds that.
    pub admin_url: Option<String>,
    /// What is in the way.
    pub failure: Option<Failure>,
    /// What goes with it.
    pub beside: Vec<Companion>,
    /// Why something that lies beside it could not go along.
    pub beside_failure: Option<Failure>,
}

impl LedgerLine {
    /// Of a file that is waited for.
    #[must_use]
    pub fn writing(path: PathBuf) -> Self {
        Self {
            id: 0,
            path,
            size: None,
            at: None,
            state: "writing".to_owned(),
            why: None,
            same_as: None,
            item: None,
            in_queue: false,
            video_id: None,
            admin_url: None,
            failure: None,
            beside: Vec::new(),
            beside_failure: None,
        }
    }

    /// Of a line.
    #[must_use]
    pub fn of(entry: Entry) -> Self {
        let line = Self { id: entry.id, size: Some(entry.look.size), at: Some(entry.at), ..Self::writing(entry.path) };
        let line = if entry.changed { Self { why: Some("skip.changed".to_owned()), ..line } } else { line };
        let line = Self { beside: entry.beside.files, beside_failure: entry.beside.failure, ..line };
        let state = |state: &str| state.to_owned();
        match entry.fate {
            Fate::Before => Self { state: state("before"), ..line },
            Fate::Skipped(why) => Self { state: state("skipped"), why: Some(why), ..line },
            Fate::Refused(failure) => Self { state: state("refused"), failure: Some(*failure), ..line },
            Fate::Same(other) => Self { state: state("same"), same_as: Some(other), ..line },
            Fate::Taken(_) => Self { state: state("taken"), ..line },
            Fate::Again => Self { state: state("again"), ..line },
            Fate::Queued(item) => {
                let line = Self { item: Some(item), ..line };
                match entry.sending {
                    None => Self { state: state("taken"), ..line },
                    Some(sending) => Self {
                        state: sending.stage,
                        video_id: sending.video,
                        admin_url: sending.admin_url,
                        in_queue: !sending.cleared,
                        failure: sending.failure,
                        ..line
                    },
                }
            }
        }
    }

    /// Whether anything comes of sending its file again: it is not on its way, and somebody's video.
    #[must_use]
    pub fn may_be_sent_again(&self) -> bool {
        let is_video = !matches!(self.why.as_deref(), Some("skip.kind" | "skip.pattern"));
        match self.state.as_str() {
            _ if self.id == 0 => false,
            "before" | "refused" | "same" | "done" | "cancelled" => true,
            "skipped" => is_video,
            // In the queue it is tried again, and asked about.
            "failed" => !self.in_queue,
            _ => false,
        }
    }
}

/// A part of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPart {
    /// What is still being written, then what was decided last.
    pub lines: Vec<LedgerLine>,
    /// The lines that some of these have the bytes of, wherever they are.
    pub originals: Vec<LedgerLine>,
    /// How many fit the question.
    pub total: usize,
    /// Of the whole ledger.
    pub counts: LedgerCounts,
}
