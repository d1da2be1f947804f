//! Which hand-over led to which item. Whoever hands a file over makes up an id for it and may say it all again when the
//! answer is lost; the row stands in the transaction that took the file in, so that the same id never takes in twice.

use super::items::{NewItem, one, take_in};
use super::worker::{in_savepoint, rolled_back};
use super::{Store, StoreError};
use crate::item::{Item, ItemId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use uuid::Uuid;

pub(super) const CREATE: &str = "
CREATE TABLE handovers (
    id      BLOB PRIMARY KEY,
    item    BLOB NOT NULL,
    adopted INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX handovers_by_time ON handovers (at_ms)";

/// How long a hand-over may be repeated. Whoever got no answer repeats within seconds; a machine that slept through a
/// holiday does so right after it.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What became of a hand-over.
#[derive(Debug)]
pub(crate) enum HandedOver {
    /// It is this item, and whether that was there before it was first said.
    Item(Box<Item>, bool),
    /// It had led to this item, which was cleared since.
    Cleared(ItemId),
}

impl Store {
    /// Takes files in, in one transaction and each once for its id, or adopts the items that they already are: unfinished,
    /// or done but never reported. What is wrong with one is wrong with that one alone.
    pub(crate) async fn hand_over(
        &self,
        files: Vec<(Uuid, NewItem)>,
    ) -> Result<Vec<Result<HandedOver, StoreError>>, StoreError> {
        self.call(move |db| {
            let now = Timestamp::now().as_millisecond();
            db.prepare_cached("DELETE FROM handovers WHERE at_ms < ?1")?.execute([now - KEPT.as_millis() as i64])?;
            let mut outcomes = Vec::with_capacity(files.len());
            for (id, new) in &files {
                outcomes.push(in_savepoint(db, |db| hand_over(db, *id, new, now)).map_err(StoreError::from));
                if db.is_autocommit() {
                    // SQLite gave the whole transaction up; nothing may be written outside of one.
                    return Err(rolled_back());
                }
            }
            Ok(outcomes)
        })
        .await
    }

    /// What these hand-overs had led to, those that were here before.
    pub(crate) async fn handed_over(&self, ids: Vec<Uuid>) -> Result<HashMap<Uuid, HandedOver>, StoreError> {
        self.call(move |db| {
            let mut there = HashMap::new();
            for id in ids {
                if let Some(handed_over) = known(db, id)? {
                    there.insert(id, handed_over);
                }
            }
            Ok(there)
        })
        .await
    }
}

fn hand_over(db: &Connection, id: Uuid, new: &NewItem, now_ms: i64) -> rusqlite::Result<HandedOver> {
    if let Some(known) = known(db, id)? {
        return Ok(known);
    }
    let (item, adopted) = take_in(db, new)?;
    db.prepare_cached("INSERT INTO handovers (id, item, adopted, at_ms) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, item.id.0, adopted, now_ms])?;
    Ok(HandedOver::Item(Box::new(item), adopted))
}

fn known(db: &Connection, id: Uuid) -> rusqlite::Result<Option<HandedOver>> {
    let row: Option<(Uuid, bool)> = db
        .prepare_cached("SELECT item, adopted FROM handovers WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((item, adopted)) = row else { return Ok(None) };
    let item = ItemId(item);
    let found = one(db, item)?;
    Ok(Some(found.map_or(HandedOver::Cleared(item), |item| HandedOver::Item(Box::new(item), adopted))))
}
