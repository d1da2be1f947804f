//! Upload tokens. They are short-lived and can only add, so they may stand here, in a file that only its owner can
//! read; the row is overwritten (`secure_delete`) when its item is settled.

use super::{Store, StoreError};
use crate::item::{ItemId, TokenId};
use rusqlite::{Connection, params};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

pub(super) const CREATE: &str = "
CREATE TABLE tokens (
    id   INTEGER PRIMARY KEY,
    item BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE INDEX tokens_by_item ON tokens (item)";

/// A token that comes with the event that names it.
#[derive(Debug)]
pub(crate) struct NewToken {
    pub(crate) id: TokenId,
    pub(crate) text: SecretString,
}

pub(super) fn insert(db: &Connection, item: ItemId, token: &NewToken) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO tokens (id, item, text) VALUES (?1, ?2, ?3)")?.execute(params![
        token.id.0,
        item.0,
        token.text.expose_secret()
    ])?;
    Ok(())
}

pub(super) fn wipe(db: &Connection, item: ItemId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM tokens WHERE item = ?1")?.execute([item.0])?;
    Ok(())
}

impl Store {
    /// The texts of all tokens of an item.
    pub(crate) async fn tokens(&self, item: ItemId) -> Result<BTreeMap<TokenId, SecretString>, StoreError> {
        self.call(move |db| {
            db.prepare_cached("SELECT id, text FROM tokens WHERE item = ?1")?
                .query_map([item.0], |row| Ok((TokenId(row.get(0)?), SecretString::from(row.get::<_, String>(1)?))))?
                .collect()
        })
        .await
    }
}
