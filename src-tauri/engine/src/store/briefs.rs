//! What the scheduler needs to know of an item, read without the rest of it.

use super::items::{broken, json};
use super::{Store, StoreError};
use crate::item::{Intent, Item, ItemId, Lane, Replacement};
use crate::workspace::Origin;
use rusqlite::Row;

/// What the scheduler needs to know of an unfinished item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brief {
    /// Its id.
    pub id: ItemId,
    /// Where it goes.
    pub workspace: Origin,
    /// Whose work it is.
    pub lane: Lane,
    /// Its place in the queue.
    pub position: i64,
    /// What the user wants.
    pub intent: Intent,
    /// Length in bytes.
    pub size: u64,
    /// Whether something is in the way that does not pass by itself.
    pub failed: bool,
    /// Whether a commit may be on its way.
    pub unsettled: bool,
    /// Whether the video is there and only the aftercare is left.
    pub stored: bool,
    /// Whether pieces of it are on the server.
    pub sending: bool,
    /// What it goes in the place of: replacements of one video go one after the other.
    pub replaces: Option<Replacement>,
}

impl Item {
    /// The scheduler's view of it.
    #[must_use]
    pub fn brief(&self) -> Brief {
        Brief {
            id: self.id,
            workspace: self.workspace.clone(),
            lane: self.lane,
            position: self.position,
            intent: self.intent,
            size: self.stamp.size,
            failed: self.summary.stage == "failed",
            unsettled: self.summary.unsettled,
            stored: self.summary.stage == "stored",
            sending: self.summary.stage == "uploading",
            replaces: self.replaces,
        }
    }
}

impl Store {
    /// The items that are neither done nor cancelled, in queue order. Of each only what a [`Brief`] says is read: there may
    /// be a hundred thousand, and the engine begins with them.
    pub(crate) async fn unfinished(&self) -> Result<Vec<Brief>, StoreError> {
        self.call(|db| {
            db.prepare_cached(
                "SELECT id, workspace, lane, position, intent, stamp ->> 'size', stage, unsettled, replaces
                 FROM items WHERE stage NOT IN ('done', 'cancelled') ORDER BY position",
            )?
            .query_map([], read_brief)?
            .collect()
        })
        .await
    }

    /// Those of them that go in the place of something.
    pub(crate) async fn replacing(&self) -> Result<Vec<Brief>, StoreError> {
        self.call(|db| {
            db.prepare_cached(
                "SELECT id, workspace, lane, position, intent, stamp ->> 'size', stage, unsettled, replaces
                 FROM items WHERE replaces IS NOT NULL AND stage NOT IN ('done', 'cancelled')",
            )?
            .query_map([], read_brief)?
            .collect()
        })
        .await
    }
}

impl Store {
    /// Whether a file with this extension has become a video in a workspace before. The extension is plain letters and digits.
    pub(crate) async fn has_arrived(&self, workspace: &Origin, extension: &str) -> Result<bool, StoreError> {
        let (workspace, ending) = (workspace.as_str().to_owned(), format!("%.{extension}"));
        self.call(move |db| {
            db.prepare_cached(
                "SELECT 1 FROM items WHERE workspace = ?1 AND video IS NOT NULL AND replaces IS NULL
                 AND CAST(source AS TEXT) LIKE ?2",
            )?
            .exists([workspace, ending])
        })
        .await
    }
}

fn read_brief(row: &Row<'_>) -> rusqlite::Result<Brief> {
    let column = |index: usize| row.get::<_, String>(index);
    let stage = column(6)?;
    Ok(Brief {
        id: ItemId(row.get(0)?),
        workspace: Origin::parse(&column(1)?).map_err(broken)?,
        lane: json(&column(2)?)?,
        position: row.get(3)?,
        intent: json(&column(4)?)?,
        size: row.get::<_, i64>(5)? as u64,
        failed: stage == "failed",
        unsettled: row.get(7)?,
        stored: stage == "stored",
        sending: stage == "uploading",
        replaces: row.get::<_, Option<String>>(8)?.map(|replaces| json(&replaces)).transpose()?,
    })
}
