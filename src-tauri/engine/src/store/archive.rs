//! What was over long ago is listed no more, so that a year of history slows nothing that is looked at. It stays in the table:
//! an item that nobody was told the end of keeps its file from being sent twice, and a ledger speaks of its video.

use super::{Store, StoreError};
use crate::item::ItemId;
use jiff::Timestamp;
use rusqlite::params;

/// Items that are archived in one transaction: others wait for the database meanwhile.
const TOGETHER: usize = 500;

impl Store {
    /// Archives some of the items that were over before a moment; returns them, and none once there are no more.
    pub(crate) async fn archive(&self, before: Timestamp) -> Result<Vec<ItemId>, StoreError> {
        self.call(move |db| {
            let past: Vec<ItemId> = db
                .prepare_cached(
                    "SELECT id FROM items WHERE NOT archived AND stage IN ('done', 'cancelled')
                     AND (SELECT at_ms FROM journal WHERE item = items.id ORDER BY seq DESC LIMIT 1) < ?1 LIMIT ?2",
                )?
                .query_map(params![before.as_millisecond(), TOGETHER as i64], |row| row.get(0).map(ItemId))?
                .collect::<Result<_, _>>()?;
            let mut archive = db.prepare_cached("UPDATE items SET archived = 1 WHERE id = ?1")?;
            for id in &past {
                archive.execute([id.0])?;
            }
            Ok(past)
        })
        .await
    }
}
