//! The facts about each item, in order. A stage is their fold; see `item.rs`.

use super::{NewToken, Store, StoreError, items, tokens};
use crate::item::{Event, Item, ItemId, Stage, Stamp, Summary};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const CREATE: &str = "
CREATE TABLE journal (
    item  BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    seq   INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (json_valid(event)),
    PRIMARY KEY (item, seq)
) WITHOUT ROWID";

/// What becomes true together with an event.
#[derive(Debug)]
pub(crate) enum With {
    /// Nothing else.
    Nothing,
    /// The token that it names.
    Token(NewToken),
    /// The source as it is now.
    Stamp(Stamp),
    /// The item's wording as it is from now on.
    Revision(Box<items::Revision>),
}

impl Store {
    /// Makes `event` durable, and with it the summary of the stage that it leads to and what came along.
    /// Until this has returned, the event has not happened.
    pub(crate) async fn append(&self, id: ItemId, event: &Event, after: &Stage, with: With) -> Result<(), StoreError> {
        let line = Line::of(event, after)?;
        self.call(move |db| {
            match with {
                With::Nothing => {}
                With::Token(token) => tokens::insert(db, id, &token)?,
                With::Stamp(stamp) => items::set_stamp(db, id, &stamp)?,
                With::Revision(revision) => items::revise(db, id, &revision)?,
            }
            line.insert(db, id)
        })
        .await
    }

    /// As [`Store::append`], unless the item's wording is not as `seen` any more; returns whether it was recorded. So
    /// nothing is called finished, or made public, over an edit that came in the same moment.
    pub(crate) async fn append_unless_revised(
        &self,
        seen: &Item,
        event: &Event,
        after: &Stage,
    ) -> Result<bool, StoreError> {
        let (id, version) = (seen.id, seen.details_version);
        let (publish, companions) = (items::text(&seen.publish)?, items::text(&seen.companions)?);
        let line = Line::of(event, after)?;
        self.call(move |db| {
            let as_seen: bool = db
                .prepare_cached(
                    "SELECT details_version = ?2 AND publish = ?3 AND companions = ?4 FROM items WHERE id = ?1",
                )?
                .query_row(params![id.0, version, publish, companions], |row| row.get(0))?;
            if as_seen {
                line.insert(db, id)?;
            }
            Ok(as_seen)
        })
        .await
    }

    /// The events of an item with their times, oldest first.
    pub(crate) async fn journal(&self, id: ItemId) -> Result<Vec<(Timestamp, Event)>, StoreError> {
        self.call(move |db| {
            db.prepare_cached("SELECT at_ms, event FROM journal WHERE item = ?1 ORDER BY seq")?
                .query_map([id.0], |row| {
                    let at = Timestamp::from_millisecond(row.get(0)?).unwrap_or(Timestamp::UNIX_EPOCH);
                    Ok((at, items::json(&row.get::<_, String>(1)?)?))
                })?
                .collect()
        })
        .await
    }
}

/// A line of the journal, ready to be written.
pub(super) struct Line {
    event: String,
    summary: Summary,
    settled: bool,
}

impl Line {
    pub(super) fn of(event: &Event, after: &Stage) -> rusqlite::Result<Self> {
        Ok(Self { event: items::text(event)?, summary: Summary::of(after), settled: after.is_over() })
    }

    pub(super) fn insert(&self, db: &Connection, id: ItemId) -> rusqlite::Result<()> {
        let seq: i64 = db
            .prepare_cached("SELECT seq FROM journal WHERE item = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([id.0], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        db.prepare_cached("INSERT INTO journal (item, seq, at_ms, event) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id.0, seq + 1, Timestamp::now().as_millisecond(), self.event])?;
        items::set_summary(db, id, &self.summary)?;
        if self.settled {
            tokens::wipe(db, id)?;
        }
        Ok(())
    }
}
