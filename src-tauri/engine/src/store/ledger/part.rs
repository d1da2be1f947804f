//! A part of a ledger, found among thousands of lines: what decides whether a line is meant is read of all of them, the
//! rest only of those that are answered.

use super::super::{Store, StoreError};
use super::select;
use crate::folder::{Entry, Fate, FolderId, LedgerCounts, LedgerQuery, LedgerShow};
use crate::paths;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a question to a ledger means.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    /// Files that are still being written: these come first.
    pub(crate) writing: Vec<PathBuf>,
    /// What was decided last comes first.
    pub(crate) entries: Vec<Entry>,
    /// Those that some of the entries have the bytes of, wherever they are.
    pub(crate) originals: Vec<Entry>,
    /// How many fit the question.
    pub(crate) total: usize,
    /// Of the whole ledger.
    pub(crate) counts: LedgerCounts,
}

impl Store {
    /// The lines of a folder's ledger that a question means, where these files are still being written.
    pub(crate) async fn ledger_part(
        &self,
        folder: FolderId,
        writing: Vec<PathBuf>,
        query: LedgerQuery,
    ) -> Result<Selected, StoreError> {
        self.call(move |db| selected(db, folder, &writing, &query)).await
    }
}

fn selected(db: &Connection, folder: FolderId, writing: &[PathBuf], query: &LedgerQuery) -> rusqlite::Result<Selected> {
    let wanted = Wanted::of(query);
    let mut counts = LedgerCounts::default();
    let being_written: BTreeSet<&PathBuf> = writing.iter().collect();
    let mut fitting: Vec<PathBuf> = Vec::new();
    for path in &being_written {
        counts.add(LedgerShow::Moving);
        if wanted.fits(LedgerShow::Moving, path) {
            fitting.push((*path).clone());
        }
    }
    let mut decided: Vec<i64> = Vec::new();
    let mut rows = db.prepare_cached(BRIEFS)?;
    let mut rows = rows.query([folder.0])?;
    while let Some(row) = rows.next()? {
        let path = paths::from_bytes(row.get(1)?);
        if being_written.contains(&path) {
            continue;
        }
        let show = LedgerShow::of(row.get_ref(2)?.as_str()?);
        counts.add(show);
        if wanted.fits(show, &path) {
            decided.push(row.get(0)?);
        }
    }
    let total = fitting.len() + decided.len();
    let before = query.from.saturating_sub(fitting.len());
    let writing: Vec<PathBuf> = fitting.into_iter().skip(query.from).take(query.count).collect();
    let left = query.count - writing.len();
    let mut entries = Vec::new();
    for id in decided.into_iter().skip(before).take(left) {
        entries.extend(entry(db, id)?);
    }
    let same = |entry: &Entry| if let Fate::Same(id) = entry.fate { Some(id) } else { None };
    let mut originals = Vec::new();
    for id in entries.iter().filter_map(same).collect::<BTreeSet<i64>>() {
        originals.extend(entry(db, id)?);
    }
    Ok(Selected { writing, entries, originals, total, counts })
}

/// The latest line of each path: its number, the path, and the state that it is shown in.
const BRIEFS: &str = "
SELECT ledger.id, path, CASE fate WHEN 'queued' THEN coalesce(items.stage, ended ->> 'stage', 'taken') ELSE fate END
FROM ledger LEFT JOIN items ON items.id = ledger.item
WHERE folder = ?1 AND ledger.id IN (SELECT max(id) FROM ledger WHERE folder = ?1 GROUP BY path)
ORDER BY at_ms DESC, ledger.id DESC";

struct Wanted {
    show: LedgerShow,
    search: String,
}

impl Wanted {
    fn of(query: &LedgerQuery) -> Self {
        Self { show: query.show, search: query.search.trim().to_lowercase() }
    }

    fn fits(&self, show: LedgerShow, path: &Path) -> bool {
        let is_shown = self.show == LedgerShow::All || self.show == show;
        is_shown && (self.search.is_empty() || path.to_string_lossy().to_lowercase().contains(&self.search))
    }
}

fn entry(db: &Connection, id: i64) -> rusqlite::Result<Option<Entry>> {
    Ok(select(db, "WHERE ledger.id = ?1", [id])?.pop())
}
