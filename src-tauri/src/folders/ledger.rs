//! What became of each file of a watched folder, a part at a time, and what can be done about it.

use crate::rows::{Stage, name_of};
use crate::shell::Shell;
use crate::told::Told;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slipway_engine::LedgerLine;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::{FolderId, LedgerCounts, LedgerQuery, LedgerShow};
use slipway_engine::item::ItemId;
use std::collections::HashMap;
use std::path::Path;
use ts_rs::TS;

/// A question to the ledger of a folder.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskLedger {
    folder: FolderId,
    /// In names, in any capitals; everything where it is empty.
    search: String,
    #[ts(inline)]
    show: LedgerShow,
    /// Lines before the first that is wanted.
    from: u32,
}

/// A part of a ledger: what is still being written, then what was decided last.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LedgerPart {
    lines: Vec<LedgerRow>,
    /// How many fit the question.
    total: usize,
    /// Of the whole ledger.
    #[ts(inline)]
    counts: LedgerCounts,
}

/// A file, and what became of it.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LedgerRow {
    /// Zero for a file that is still being written.
    #[ts(type = "number")]
    line: i64,
    file: String,
    /// Below the folder that is watched, and empty at its top.
    folder: String,
    size: Option<u64>,
    /// When it was decided, in epoch milliseconds.
    #[ts(type = "number | null")]
    at: Option<i64>,
    #[ts(inline)]
    state: State,
    /// Why it was left out.
    why: Option<String>,
    #[ts(inline)]
    same_as: Option<SameAs>,
    /// In the queue.
    item: Option<ItemId>,
    video: Option<u64>,
    /// What is in the way, of the file or of something that lies beside it.
    told: Option<Told>,
    /// It may be sent again.
    again: bool,
}

/// A file that has the same bytes, and its video.
#[derive(Debug, Serialize, TS)]
struct SameAs {
    file: String,
    video: Option<u64>,
}

/// What the folder knows of a file, or how far its item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
enum State {
    Folder(#[ts(inline)] Fate),
    Queue(Stage),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Writing,
    /// It was there before the folder was watched.
    Before,
    LeftOut,
    /// The queue did not take it.
    Refused,
    /// It has the bytes of another.
    Same,
    Taken,
    /// Somebody wants it to be sent again.
    Again,
}

impl State {
    /// By the engine's word for it.
    fn named(word: &str) -> Self {
        Self::Folder(match word {
            "writing" => Fate::Writing,
            "before" => Fate::Before,
            "skipped" => Fate::LeftOut,
            "refused" => Fate::Refused,
            "same" => Fate::Same,
            "taken" => Fate::Taken,
            "again" => Fate::Again,
            of_its_item => return Self::Queue(Stage::named(of_its_item)),
        })
    }
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendAgain {
    folder: FolderId,
    #[ts(type = "Array<number>")]
    lines: Vec<i64>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealFolder {
    folder: FolderId,
    /// `null` for the folder itself.
    #[ts(type = "number | null")]
    line: Option<i64>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneLine {
    folder: FolderId,
    #[ts(type = "number")]
    line: i64,
}

/// Lines in one answer: more than a window shows.
const PART: usize = 200;

impl Shell {
    pub(crate) async fn folder_ledger(&self, ask: AskLedger) -> Result<LedgerPart, Failure> {
        let AskLedger { folder, search, show, from } = ask;
        let query = LedgerQuery { search, show, from: from as usize, count: PART };
        let part = self.place.engine().await?.ledger_part(folder, query).await?;
        let originals: HashMap<i64, &LedgerLine> = part.originals.iter().map(|line| (line.id, line)).collect();
        let same_as = |line: &LedgerLine| {
            let original = originals.get(&line.same_as?)?;
            Some(SameAs { file: name_of(&original.path), video: original.video_id })
        };
        let rows = part.lines.iter().map(|line| LedgerRow {
            line: line.id,
            file: name_of(&line.path),
            folder: line.path.parent().unwrap_or(Path::new("")).display().to_string(),
            size: line.size,
            at: line.at.map(Timestamp::as_millisecond),
            state: State::named(&line.state),
            why: line.why.as_deref().map(|key| self.voice.text(key)),
            same_as: same_as(line),
            item: line.item.filter(|_| line.in_queue),
            video: line.video_id,
            told: line.failure.as_ref().or(line.beside_failure.as_ref()).map(|failure| self.voice.tell(failure)),
            again: line.may_be_sent_again(),
        });
        Ok(LedgerPart { lines: rows.collect(), total: part.total, counts: part.counts })
    }

    pub(crate) async fn folder_send_again(&self, SendAgain { folder, lines }: SendAgain) -> Result<(), Failure> {
        self.place.engine().await?.send_files_again(folder, lines).await
    }

    pub(crate) async fn folder_reveal(&self, RevealFolder { folder, line }: RevealFolder) -> Result<(), Failure> {
        let mut path = self.folder(folder).await?.path;
        if let Some(line) = line {
            let (line, _) = self.place.engine().await?.ledger_line(folder, line).await?;
            path.push(line.path);
        }
        self.show_file(path).await
    }

    /// Of a copy, the video that was made of what it is a copy of.
    pub(crate) async fn folder_open_video(&self, OneLine { folder, line }: OneLine) -> Result<(), Failure> {
        let (line, original) = self.place.engine().await?.ledger_line(folder, line).await?;
        let address = line.admin_url.or_else(|| original?.admin_url);
        self.open_address(address.ok_or_else(|| Failure::new(Code::NotPossibleNow))?).await
    }
}
