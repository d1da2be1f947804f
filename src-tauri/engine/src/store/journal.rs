//! The facts about each item, in order. A stage is their fold; see `item.rs`.

use super::{NewToken, Store, StoreError, items, tokens};
use crate::item::{Event, ItemId, Stage, Stamp, Summary};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

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
}

impl Store {
    /// Makes `event` durable, and with it the summary of the stage that it leads to and what came along.
    /// Until this has returned, the event has not happened.
    pub(crate) async fn append(&self, id: ItemId, event: &Event, after: &Stage, with: With) -> Result<(), StoreError> {
        let event =
            serde_json::to_string(event).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let summary = Summary::of(after);
        let settled = after.is_over();
        self.call(move |db| {
            match with {
                With::Nothing => {}
                With::Token(token) => tokens::insert(db, id, &token)?,
                With::Stamp(stamp) => items::set_stamp(db, id, &stamp)?,
            }
            let seq: i64 = db
                .prepare_cached("SELECT seq FROM journal WHERE item = ?1 ORDER BY seq DESC LIMIT 1")?
                .query_row([id.0], |row| row.get(0))
                .optional()?
                .unwrap_or(0);
            db.prepare_cached("INSERT INTO journal (item, seq, at_ms, event) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![id.0, seq + 1, Timestamp::now().as_millisecond(), event])?;
            items::set_summary(db, id, &summary)?;
            if settled {
                tokens::wipe(db, id)?;
            }
            Ok(())
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
