//! What became of each file in the watched folders: a line for each state of its contents, the latest of a path counts.
//!
//! A line outlives its item: what had become of that is written down in the transaction that removes it. A decision to send
//! is a line before the queue hears of it, under the id that the hand-over will have; said again after a crash, that id
//! takes the file in once (`store/handovers.rs`). So neither a kill between the two nor one after both loses or doubles.

mod part;

pub(crate) use part::Selected;

use super::items::{json, text};
use super::{Store, StoreError, folders};
use crate::failure::{Code, Failure};
use crate::folder::{Aftermath, Beside, Entry, Fate, FolderId, Look, Sending};
use crate::item::{ItemId, Replacement, Stamp, Video};
use crate::paths;
use crate::workspace::Origin;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use uuid::Uuid;

pub(super) const CREATE: &str = "
CREATE TABLE ledger (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    folder      BLOB NOT NULL REFERENCES folders (id) ON DELETE CASCADE,
    path        BLOB NOT NULL,
    size        INTEGER NOT NULL,
    look        TEXT NOT NULL CHECK (json_valid(look)),
    fingerprint TEXT,
    fate        TEXT NOT NULL CHECK (fate IN ('before', 'skipped', 'refused', 'same', 'taken', 'queued', 'again')),
    more        TEXT CHECK (json_valid(more)),
    item        BLOB,
    ended       TEXT CHECK (json_valid(ended)),
    at_ms       INTEGER NOT NULL
);
CREATE INDEX ledger_by_path ON ledger (folder, path);
CREATE INDEX ledger_by_size ON ledger (size);
CREATE INDEX ledger_by_item ON ledger (item) WHERE item IS NOT NULL;
CREATE TRIGGER ledger_outlives_items BEFORE DELETE ON items BEGIN
    UPDATE ledger SET ended = json_object('stage', OLD.stage, 'video', json(OLD.video)) WHERE item = OLD.id;
END";

/// What an item was to replace outlives it too.
pub(super) const KEEP_REPLACES: &str = "
DROP TRIGGER ledger_outlives_items;
CREATE TRIGGER ledger_outlives_items BEFORE DELETE ON items BEGIN
    UPDATE ledger SET ended = json_object('stage', OLD.stage, 'video', json(OLD.video), 'replaces', json(OLD.replaces))
    WHERE item = OLD.id;
END";

/// What is done with a file once its video is there, and whether it has changed since it was sent.
pub(super) const ADD_AFTERMATH: &str = "
ALTER TABLE ledger ADD COLUMN aftermath TEXT CHECK (json_valid(aftermath));
ALTER TABLE ledger ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ledger_by_aftermath ON ledger (folder) WHERE aftermath IS NOT NULL AND aftermath <> '\"done\"'";

/// What went with a film, as it looked then.
pub(super) const ADD_BESIDE: &str = "ALTER TABLE ledger ADD COLUMN beside TEXT CHECK (json_valid(beside))";

const COLUMNS: &str =
    "ledger.id, folder, path, look, fingerprint, fate, more, ledger.item AS item, ended, at_ms, aftermath, changed, beside,
    items.stage AS stage, items.video AS video, items.failure AS failure, items.source AS source, items.stamp AS stamp,
    items.replaces AS replaces";

/// What became of an item that is not in the queue any more.
#[derive(Debug, Serialize, Deserialize)]
struct Ended {
    stage: String,
    video: Option<Video>,
    /// Not said of items that were cleared before this was kept.
    #[serde(default)]
    replaces: Option<Replacement>,
}

/// A line that is to be written.
#[derive(Debug, Clone)]
pub(crate) struct NewEntry {
    pub(crate) path: PathBuf,
    pub(crate) look: Look,
    pub(crate) fingerprint: Option<String>,
    pub(crate) fate: Fate,
    pub(crate) aftermath: Option<Aftermath>,
    pub(crate) beside: Beside,
}

impl NewEntry {
    /// Of a file that is not sent.
    pub(crate) fn of(path: PathBuf, look: Look, fate: Fate) -> Self {
        Self { path, look, fingerprint: None, fate, aftermath: None, beside: Beside::default() }
    }
}

impl Store {
    /// The latest line of each path of a folder, by path.
    pub(crate) async fn ledger(&self, folder: FolderId) -> Result<Vec<Entry>, StoreError> {
        self.call(move |db| {
            select(
                db,
                "WHERE folder = ?1 AND ledger.id IN (SELECT max(id) FROM ledger WHERE folder = ?1 GROUP BY path)
                 ORDER BY path",
                [folder.0],
            )
        })
        .await
    }

    /// The latest line about a place, if there is one.
    pub(crate) async fn line_at(&self, folder: FolderId, path: PathBuf) -> Result<Option<Entry>, StoreError> {
        self.call(move |db| {
            let place = params![folder.0, paths::to_bytes(&path)];
            Ok(select(db, "WHERE folder = ?1 AND path = ?2 ORDER BY ledger.id DESC LIMIT 1", place)?.pop())
        })
        .await
    }

    /// A line, if it is there.
    pub(crate) async fn ledger_line(&self, id: i64) -> Result<Option<(Entry, PathBuf)>, StoreError> {
        self.call(move |db| {
            let Some(entry) = select(db, "WHERE ledger.id = ?1", [id])?.pop() else { return Ok(None) };
            Ok(folders::path_of(db, entry.folder)?.map(|folder| (entry, folder)))
        })
        .await
    }

    /// The lines of all ledgers that go to a workspace and are about this very file or its ends, with their folders' paths;
    /// older first. Asked here and not of what is answered: a camera's films may all have one length.
    pub(crate) async fn alike(&self, file: Stamp, workspace: Origin) -> Result<Vec<(Entry, PathBuf)>, StoreError> {
        self.call(move |db| {
            // Of two looks that are the same the texts are.
            let look = text(&Look::of(&file))?;
            let entries = select(
                db,
                "WHERE size = ?1 AND (fingerprint = ?3 OR look = ?4)
                 AND folder IN (SELECT id FROM folders WHERE preset ->> 'workspace' = ?2)
                 ORDER BY ledger.id",
                params![file.size as i64, workspace.as_str(), file.fingerprint, look],
            )?;
            let with_folder = |entry: Entry| Ok(folders::path_of(db, entry.folder)?.map(|folder| (entry, folder)));
            entries.into_iter().filter_map(|entry| with_folder(entry).transpose()).collect()
        })
        .await
    }

    /// Where the files of a folder lay whose items failed because they were not there, or others were; with what the items have
    /// them as.
    pub(crate) async fn lost_of(&self, folder: FolderId) -> Result<Vec<(PathBuf, ItemId, Stamp)>, StoreError> {
        self.call(move |db| {
            db.prepare_cached(
                "SELECT path, items.id, stamp FROM ledger JOIN items ON items.id = ledger.item
                 WHERE folder = ?1 AND stage = 'failed' AND failure ->> 'code' IN (?2, ?3)",
            )?
            .query_map(params![folder.0, Code::SourceMissing.as_str(), Code::SourceChanged.as_str()], |row| {
                Ok((paths::from_bytes(row.get(0)?), ItemId(row.get(1)?), json(&row.get::<_, String>(2)?)?))
            })?
            .collect()
        })
        .await
    }

    /// How many of a folder's files the queue has not done with.
    pub(crate) async fn waiting_of(&self, folder: FolderId) -> Result<usize, StoreError> {
        self.call(move |db| {
            let count: i64 = db
                .prepare_cached(
                    "SELECT count(*) FROM ledger JOIN items ON items.id = ledger.item
                     WHERE folder = ?1 AND stage NOT IN ('done', 'cancelled')",
                )?
                .query_row([folder.0], |row| row.get(0))?;
            Ok(count as usize)
        })
        .await
    }

    /// Writes lines, in one transaction; answers them.
    pub(crate) async fn write_ledger(&self, folder: FolderId, lines: Vec<NewEntry>) -> Result<Vec<Entry>, StoreError> {
        self.call(move |db| lines.iter().map(|line| insert(db, folder, line)).collect()).await
    }

    /// What was decided is done, or came to nothing.
    pub(crate) async fn set_fates(&self, fates: Vec<(i64, Fate)>) -> Result<(), StoreError> {
        self.call(move |db| {
            for (id, fate) in &fates {
                let Columns { fate, more, item } = Columns::of(fate)?;
                db.prepare_cached("UPDATE ledger SET fate = ?2, more = ?3, item = ?4 WHERE id = ?1")?
                    .execute(params![id, fate, more, item])?;
            }
            Ok(())
        })
        .await
    }

    /// A line's file looks otherwise now. Where a print is given it is also what is sent, or was, and otherwise what was sent
    /// is still what it was.
    pub(crate) async fn set_look(
        &self,
        id: i64,
        look: Look,
        fingerprint: Option<String>,
        changed: bool,
    ) -> Result<(), StoreError> {
        self.call(move |db| {
            db.prepare_cached(
                "UPDATE ledger SET look = ?2, size = ?3, fingerprint = coalesce(?4, fingerprint), changed = ?5
                 WHERE id = ?1",
            )?
            .execute(params![id, text(&look)?, look.size as i64, fingerprint, changed])?;
            Ok(())
        })
        .await
    }

    /// How files look now of which nothing is known but that, in one transaction.
    pub(crate) async fn set_looks(&self, looks: Vec<(i64, Look)>) -> Result<(), StoreError> {
        self.call(move |db| {
            for (id, look) in &looks {
                db.prepare_cached("UPDATE ledger SET look = ?2, size = ?3 WHERE id = ?1")?.execute(params![
                    id,
                    text(look)?,
                    look.size as i64
                ])?;
            }
            Ok(())
        })
        .await
    }

    /// A line's file lies somewhere else now, and what is known of what it was before goes along. The line is the latest
    /// there from now on; answers its number.
    pub(crate) async fn move_line(
        &self,
        id: i64,
        folder: FolderId,
        path: PathBuf,
        look: Look,
    ) -> Result<i64, StoreError> {
        self.call(move |db| {
            let to = paths::to_bytes(&path);
            move_history(db, id, folder, &to)?;
            db.prepare_cached("UPDATE ledger SET folder = ?2, path = ?3, look = ?4, size = ?5 WHERE id = ?1")?
                .execute(params![id, folder.0, to, text(&look)?, look.size as i64])?;
            let latest: i64 = db
                .prepare_cached("SELECT max(id) FROM ledger WHERE folder = ?1 AND path = ?2")?
                .query_row(params![folder.0, to], |row| row.get(0))?;
            if latest == id {
                return Ok(id);
            }
            // Another file lay there before, and is not what is there now.
            let next: i64 = db.query_row("SELECT max(id) + 1 FROM ledger", [], |row| row.get(0))?;
            db.prepare_cached("UPDATE ledger SET id = ?2 WHERE id = ?1")?.execute([id, next])?;
            db.prepare_cached("UPDATE ledger SET more = ?2 WHERE fate = 'same' AND more = ?1")?
                .execute([text(&id)?, text(&next)?])?;
            Ok(next)
        })
        .await
    }

    /// The lines of a folder whose video is there and whose file still has to be put away.
    pub(crate) async fn to_be_put_away(&self, folder: FolderId) -> Result<Vec<Entry>, StoreError> {
        self.call(move |db| {
            let open = select(
                db,
                "WHERE folder = ?1 AND aftermath IS NOT NULL AND aftermath <> '\"done\"' ORDER BY ledger.id",
                [folder.0],
            )?;
            let proven = |entry: &Entry| entry.sending.as_ref().is_some_and(Sending::is_proven);
            Ok(open.into_iter().filter(proven).collect())
        })
        .await
    }

    /// How far a line's file is with being put away, and where it lies.
    pub(crate) async fn set_aftermath(&self, id: i64, aftermath: Aftermath, path: PathBuf) -> Result<(), StoreError> {
        self.call(move |db| {
            let folder =
                db.query_row("SELECT folder FROM ledger WHERE id = ?1", [id], |row| row.get(0).map(FolderId))?;
            let path = paths::to_bytes(&path);
            move_history(db, id, folder, &path)?;
            db.prepare_cached("UPDATE ledger SET aftermath = ?2, path = ?3 WHERE id = ?1")?
                .execute(params![id, text(&aftermath)?, path])
                .map(|_| ())
        })
        .await
    }

    /// What went with a line's file, as the queue has it now.
    pub(crate) async fn set_beside(&self, id: i64, beside: Beside) -> Result<(), StoreError> {
        self.call(move |db| {
            db.prepare_cached("UPDATE ledger SET beside = ?2 WHERE id = ?1")?
                .execute(params![id, text(&beside)?])
                .map(|_| ())
        })
        .await
    }

    /// Forgets lines: what they were about is to be met as if for the first time.
    pub(crate) async fn strike(&self, ids: Vec<i64>) -> Result<(), StoreError> {
        self.call(move |db| {
            for id in ids {
                db.prepare_cached("DELETE FROM ledger WHERE id = ?1")?.execute([id])?;
            }
            Ok(())
        })
        .await
    }
}

/// The lines about what a line's file was before go where it goes. Left behind, they would be about whatever comes to lie
/// in its place.
fn move_history(db: &Connection, id: i64, folder: FolderId, path: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE ledger SET folder = ?2, path = ?3
         WHERE id < ?1 AND (folder, path) = (SELECT folder, path FROM ledger WHERE id = ?1)",
    )?
    .execute(params![id, folder.0, path])
    .map(|_| ())
}

/// Whether a folder's ledger has a line about a path.
pub(super) fn is_known(db: &Connection, folder: FolderId, path: &Path) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM ledger WHERE folder = ?1 AND path = ?2")?
        .exists(params![folder.0, paths::to_bytes(path)])
}

pub(super) fn insert(db: &Connection, folder: FolderId, line: &NewEntry) -> rusqlite::Result<Entry> {
    let Columns { fate, more, item } = Columns::of(&line.fate)?;
    let at = Timestamp::now().as_millisecond();
    db.prepare_cached(
        "INSERT INTO ledger (folder, path, size, look, fingerprint, fate, more, item, at_ms, aftermath, beside)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        folder.0,
        paths::to_bytes(&line.path),
        line.look.size as i64,
        text(&line.look)?,
        line.fingerprint,
        fate,
        more,
        item,
        at,
        line.aftermath.as_ref().map(text).transpose()?,
        if line.beside == Beside::default() { None } else { Some(text(&line.beside)?) }
    ])?;
    Ok(Entry {
        id: db.last_insert_rowid(),
        folder,
        path: line.path.clone(),
        look: line.look.clone(),
        fingerprint: line.fingerprint.clone(),
        fate: line.fate.clone(),
        at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
        aftermath: line.aftermath.clone(),
        changed: false,
        beside: line.beside.clone(),
        sending: None,
    })
}

/// A fate as it lies in the table.
struct Columns {
    fate: &'static str,
    more: Option<String>,
    item: Option<Uuid>,
}

impl Columns {
    fn of(fate: &Fate) -> rusqlite::Result<Self> {
        let (fate, more, item) = match fate {
            Fate::Before => ("before", None, None),
            Fate::Skipped(why) => ("skipped", Some(text(why)?), None),
            Fate::Refused(failure) => ("refused", Some(text(failure)?), None),
            Fate::Same(other) => ("same", Some(text(other)?), None),
            Fate::Taken(handover) => ("taken", Some(text(handover)?), None),
            Fate::Queued(item) => ("queued", None, Some(item.0)),
            Fate::Again => ("again", None, None),
        };
        Ok(Self { fate, more, item })
    }
}

fn select(db: &Connection, rest: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<Entry>> {
    let sql = format!("SELECT {COLUMNS} FROM ledger LEFT JOIN items ON items.id = ledger.item {rest}");
    db.prepare_cached(&sql)?.query_map(values, read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let more = row.get::<_, Option<String>>("more")?.unwrap_or_else(|| "null".to_owned());
    let item = row.get::<_, Option<Uuid>>("item")?.map(ItemId);
    let fate = match (row.get::<_, String>("fate")?.as_str(), item) {
        ("skipped", _) => Fate::Skipped(json(&more)?),
        ("refused", _) => Fate::Refused(json(&more)?),
        ("same", _) => Fate::Same(json(&more)?),
        ("taken", _) => Fate::Taken(json(&more)?),
        ("queued", Some(item)) => Fate::Queued(item),
        ("again", _) => Fate::Again,
        _ => Fate::Before,
    };
    Ok(Entry {
        id: row.get("id")?,
        folder: FolderId(row.get("folder")?),
        path: paths::from_bytes(row.get("path")?),
        look: json(&row.get::<_, String>("look")?)?,
        fingerprint: row.get("fingerprint")?,
        fate,
        at: Timestamp::from_millisecond(row.get("at_ms")?).unwrap_or(Timestamp::UNIX_EPOCH),
        changed: row.get("changed")?,
        aftermath: row.get::<_, Option<String>>("aftermath")?.map(|it| json(&it)).transpose()?,
        beside: row.get::<_, Option<String>>("beside")?.map(|it| json(&it)).transpose()?.unwrap_or_default(),
        sending: sending(row)?,
    })
}

fn sending(row: &Row<'_>) -> rusqlite::Result<Option<Sending>> {
    let optional = |name: &str| row.get::<_, Option<String>>(name);
    let (stage, video, replaces, failure, cleared) = match (optional("stage")?, optional("ended")?) {
        (Some(stage), _) => {
            let video = optional("video")?.map(|video| json::<Video>(&video)).transpose()?;
            let replaces = optional("replaces")?.map(|replaces| json::<Replacement>(&replaces)).transpose()?;
            let failure = optional("failure")?.map(|failure| json::<Failure>(&failure)).transpose()?;
            (stage, video, replaces, failure, false)
        }
        (None, Some(ended)) => {
            let Ended { stage, video, replaces } = json(&ended)?;
            (stage, video, replaces, None, true)
        }
        (None, None) => return Ok(None),
    };
    let (video, admin_url) = video.map(|video| (video.id, video.admin_url)).unzip();
    let file = row.get::<_, Option<Vec<u8>>>("source")?.map(paths::from_bytes);
    let seen = optional("stamp")?.map(|stamp| json(&stamp)).transpose()?;
    let replaces = replaces.map(|it| it.video);
    Ok(Some(Sending { stage, video, replaces, admin_url, failure, cleared, file, seen }))
}
