//! The folders that are watched, or were. One that is removed keeps its line, and with it its ledger.

use super::items::{json, text};
use super::ledger::{self, NewEntry};
use super::{Store, StoreError};
use crate::folder::{Fate, Folder, FolderId, Look, Preset, Wish};
use crate::item::{ItemId, Stamp};
use crate::paths;
use crate::workspace::Origin;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::{Path, PathBuf};

pub(super) const CREATE: &str = "
CREATE TABLE folders (
    id       BLOB PRIMARY KEY,
    path     BLOB NOT NULL UNIQUE,
    preset   TEXT NOT NULL CHECK (json_valid(preset)),
    wish     TEXT NOT NULL CHECK (wish IN ('\"watch\"', '\"pause\"', '\"removed\"')),
    root     TEXT CHECK (json_valid(root)),
    added_ms INTEGER NOT NULL
) WITHOUT ROWID";

const COLUMNS: &str = "id, path, preset, wish";

impl Store {
    /// The folders that are not removed, by path.
    pub(crate) async fn folders(&self) -> Result<Vec<Folder>, StoreError> {
        self.call(|db| {
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM folders WHERE wish <> '\"removed\"' ORDER BY path"))?
                .query_map([], read)?
                .collect()
        })
        .await
    }

    /// Watches a folder, with what its ledger is to begin with; one that was removed comes back as the same one. Nothing
    /// where it is watched already.
    pub(crate) async fn add_folder(
        &self,
        path: PathBuf,
        preset: Preset,
        before: Vec<NewEntry>,
    ) -> Result<Option<Folder>, StoreError> {
        self.call(move |db| {
            let known: Option<Folder> = db
                .prepare_cached(&format!("SELECT {COLUMNS} FROM folders WHERE path = ?1"))?
                .query_row([paths::to_bytes(&path)], read)
                .optional()?;
            if known.as_ref().is_some_and(|folder| folder.wish != Wish::Removed) {
                return Ok(None);
            }
            let id = known.map_or_else(FolderId::fresh, |folder| folder.id);
            db.prepare_cached(
                "INSERT INTO folders (id, path, preset, wish, added_ms) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET preset = excluded.preset, wish = excluded.wish",
            )?
            .execute(params![
                id.0,
                paths::to_bytes(&path),
                text(&preset)?,
                text(&Wish::Watch)?,
                Timestamp::now().as_millisecond()
            ])?;
            forget_skipped(db, id)?;
            for entry in before {
                // What its ledger knows already was there before in another sense.
                if !ledger::is_known(db, id, &entry.path)? {
                    let sent = sent_by_hand(db, &path.join(&entry.path), &preset.workspace, &entry.look)?;
                    ledger::insert(db, id, &sent.map_or_else(|| entry.clone(), |sent| sent.noted_in(&entry)))?;
                }
            }
            Ok(Some(Folder { id, path, preset, wish: Wish::Watch }))
        })
        .await
    }

    /// Records whether a folder is to be watched.
    pub(crate) async fn set_wish(&self, id: FolderId, wish: Wish) -> Result<(), StoreError> {
        self.call(move |db| {
            db.prepare_cached("UPDATE folders SET wish = ?2 WHERE id = ?1")?.execute(params![id.0, text(&wish)?])?;
            Ok(())
        })
        .await
    }

    /// Records what is done with what is put into a folder. Another preset may take what the last one left out.
    pub(crate) async fn set_preset(&self, id: FolderId, preset: Preset) -> Result<(), StoreError> {
        self.call(move |db| {
            db.prepare_cached("UPDATE folders SET preset = ?2 WHERE id = ?1")?
                .execute(params![id.0, text(&preset)?])?;
            forget_skipped(db, id)
        })
        .await
    }

    /// The folder that was watched at a place and is removed.
    pub(crate) async fn remembered_folder(&self, path: PathBuf) -> Result<Option<FolderId>, StoreError> {
        self.call(move |db| {
            db.prepare_cached("SELECT id FROM folders WHERE path = ?1 AND wish = '\"removed\"'")?
                .query_row([paths::to_bytes(&path)], |row| row.get(0).map(FolderId))
                .optional()
        })
        .await
    }

    /// Forgets a folder and its ledger. Whether there was one.
    pub(crate) async fn forget_folder(&self, id: FolderId) -> Result<bool, StoreError> {
        self.call(move |db| db.execute("DELETE FROM folders WHERE id = ?1", [id.0]).map(|gone| gone > 0)).await
    }

    /// Which folder it was when it was last seen: an empty place where a drive was is another one.
    pub(crate) async fn root(&self, id: FolderId) -> Result<Option<Look>, StoreError> {
        self.call(move |db| {
            let root: Option<String> =
                db.query_row("SELECT root FROM folders WHERE id = ?1", [id.0], |row| row.get(0)).optional()?.flatten();
            root.map(|root| json(&root)).transpose()
        })
        .await
    }

    /// Records which folder it is.
    pub(crate) async fn set_root(&self, id: FolderId, root: Look) -> Result<(), StoreError> {
        self.call(move |db| {
            db.execute("UPDATE folders SET root = ?2 WHERE id = ?1", params![id.0, text(&root)?]).map(|_| ())
        })
        .await
    }
}

/// What the queue has of a file.
struct Sent {
    item: ItemId,
    fingerprint: String,
}

impl Sent {
    fn noted_in(self, entry: &NewEntry) -> NewEntry {
        NewEntry { fingerprint: Some(self.fingerprint), fate: Fate::Queued(self.item), ..entry.clone() }
    }
}

/// Whether somebody has handed a file over as it is; the last time counts.
fn sent_by_hand(db: &Connection, file: &Path, workspace: &Origin, look: &Look) -> rusqlite::Result<Option<Sent>> {
    let mut items = db.prepare_cached(
        "SELECT id, stamp FROM items
         WHERE source = ?1 AND workspace = ?2 AND replaces IS NULL AND stage <> 'cancelled' ORDER BY position DESC",
    )?;
    let mut rows = items.query(params![paths::to_bytes(file), workspace.as_str()])?;
    while let Some(row) = rows.next()? {
        let stamp: Stamp = json(&row.get::<_, String>("stamp")?)?;
        if Look::of(&stamp).same_but_for_id(look) {
            return Ok(Some(Sent { item: ItemId(row.get("id")?), fingerprint: stamp.fingerprint }));
        }
    }
    Ok(None)
}

fn forget_skipped(db: &Connection, id: FolderId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM ledger WHERE folder = ?1 AND fate = 'skipped'")?.execute([id.0]).map(|_| ())
}

/// The path of a folder, watched or not.
pub(super) fn path_of(db: &Connection, id: FolderId) -> rusqlite::Result<Option<PathBuf>> {
    db.prepare_cached("SELECT path FROM folders WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0).map(paths::from_bytes))
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Folder> {
    Ok(Folder {
        id: FolderId(row.get("id")?),
        path: paths::from_bytes(row.get("path")?),
        preset: json(&row.get::<_, String>("preset")?)?,
        wish: json(&row.get::<_, String>("wish")?)?,
    })
}
