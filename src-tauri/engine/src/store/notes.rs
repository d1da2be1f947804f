//! The log of each item: what was tried and what came back, masked before it gets here. Not part of the truth: losing
//! the last lines in a crash loses nothing but lines.

use super::{Store, StoreError};
use crate::item::ItemId;
use jiff::Timestamp;
use rusqlite::params;

pub(super) const CREATE: &str = "
CREATE TABLE notes (
    id    INTEGER PRIMARY KEY,
    item  BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    text  TEXT NOT NULL
);
CREATE INDEX notes_by_item ON notes (item, id)";

/// Lines kept for each item; the oldest go first. An upload that retries for a week must not fill the disk.
const KEPT: i64 = 1000;

/// A line of an item's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// When.
    pub at: Timestamp,
    /// What.
    pub text: String,
}

impl Store {
    /// Writes a line to the item's log, without waiting until it is on the disk: a line that a crash takes along is no
    /// loss, and an upload does not stop for its log.
    pub(crate) fn note(&self, item: ItemId, text: String) {
        self.worker.post(move |db| {
            db.prepare_cached("INSERT INTO notes (item, at_ms, text) VALUES (?1, ?2, ?3)")?.execute(params![
                item.0,
                Timestamp::now().as_millisecond(),
                text
            ])?;
            // With every line: a rarer turn could always fall to another item.
            db.prepare_cached(
                "DELETE FROM notes WHERE item = ?1 AND id <=
                 (SELECT id FROM notes WHERE item = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![item.0, KEPT])?;
            Ok(())
        });
    }

    /// The lines of an item's log, oldest first.
    pub(crate) async fn notes(&self, item: ItemId) -> Result<Vec<Note>, StoreError> {
        self.call(move |db| {
            db.prepare_cached("SELECT at_ms, text FROM notes WHERE item = ?1 ORDER BY id")?
                .query_map([item.0], |row| {
                    let at = Timestamp::from_millisecond(row.get(0)?).unwrap_or(Timestamp::UNIX_EPOCH);
                    Ok(Note { at, text: row.get(1)? })
                })?
                .collect()
        })
        .await
    }
}
