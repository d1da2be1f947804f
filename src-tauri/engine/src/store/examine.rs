//! What a database says about itself, for whoever helps.

use super::{MIGRATIONS, Store, StoreError};
use rusqlite::Connection;

/// The state of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// The schema that it is in.
    pub schema: u32,
    /// The newest that this version knows.
    pub known: u32,
    /// What SQLite's own check found; `ok` when that is nothing.
    pub integrity: Vec<String>,
    /// Each table with its number of rows.
    pub rows: Vec<(String, u64)>,
}

/// Findings that are told; a database in ruins has thousands.
const FINDINGS: u32 = 20;

impl Store {
    /// Reads all of the database once.
    pub(crate) async fn examine(&self) -> Result<Health, StoreError> {
        self.call(|db| {
            Ok(Health {
                schema: db.query_row("PRAGMA user_version", [], |row| row.get(0))?,
                known: MIGRATIONS.len() as u32,
                integrity: strings(db, &format!("PRAGMA integrity_check({FINDINGS})"))?,
                rows: strings(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
                    .into_iter()
                    .map(|table| {
                        let count = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
                        db.query_row(&count, [], |row| row.get::<_, i64>(0)).map(|rows| (table, rows as u64))
                    })
                    .collect::<rusqlite::Result<_>>()?,
            })
        })
        .await
    }
}

fn strings(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
