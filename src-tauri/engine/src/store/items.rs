//! What was handed over, with a summary of what became of it.

use super::{Store, StoreError};
use crate::failure::Failure;
use crate::item::{
    Companions, Details, Event, FileKind, Given, Intent, Item, ItemId, Lane, Publish, Replacement, Stage, Stamp,
    Summary,
};
use crate::paths;
use crate::workspace::Origin;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashSet;
use std::path::PathBuf;

pub(super) const CREATE: &str = "
CREATE TABLE items (
    id              BLOB PRIMARY KEY,
    position        INTEGER NOT NULL,
    added_ms        INTEGER NOT NULL,
    workspace       TEXT NOT NULL,
    source          BLOB NOT NULL,
    stamp           TEXT NOT NULL CHECK (json_valid(stamp)),
    details         TEXT NOT NULL CHECK (json_valid(details)),
    details_version INTEGER NOT NULL DEFAULT 1,
    publish         TEXT NOT NULL CHECK (json_valid(publish)),
    await_playable  INTEGER NOT NULL,
    lane            TEXT NOT NULL CHECK (json_valid(lane)),
    intent          TEXT NOT NULL CHECK (intent IN ('\"run\"', '\"pause\"', '\"cancel\"')),
    stage           TEXT NOT NULL,
    stored_bytes    INTEGER NOT NULL DEFAULT 0,
    video           TEXT,
    published       INTEGER NOT NULL DEFAULT 0,
    playable        INTEGER,
    twins           TEXT NOT NULL DEFAULT '[]',
    failure         TEXT,
    unsettled       INTEGER NOT NULL DEFAULT 0,
    reported        INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX items_by_position ON items (position);
CREATE INDEX items_unfinished ON items (position) WHERE stage NOT IN ('done', 'cancelled');
CREATE INDEX items_by_source ON items (source, workspace)";

/// What a file goes in the place of.
pub(super) const ADD_REPLACES: &str = "ALTER TABLE items ADD COLUMN replaces TEXT CHECK (json_valid(replaces))";

/// What goes with the video, and what it was handed over with.
pub(super) const ADD_COMPANIONS: &str = "
ALTER TABLE items ADD COLUMN companions TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(companions));
ALTER TABLE items ADD COLUMN given TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(given))";

/// Places far apart, so that what is put between two others changes its own place alone.
pub(super) const SPREAD: &str = "UPDATE items SET position = position * 1048576";

/// Items that were over long ago are listed no more; what keeps their files from being sent twice is all there.
pub(super) const ADD_ARCHIVED: &str = "
ALTER TABLE items ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
CREATE INDEX items_listed ON items (position) WHERE NOT archived";

/// Between two places, at first: the number in `SPREAD`.
pub(super) const GAP: i64 = 1 << 20;

/// Whether the new version of what was replaced was seen.
pub(super) const ADD_VERSION_SEEN: &str = "ALTER TABLE items ADD COLUMN version_seen INTEGER";

const COLUMNS: &str = "id, position, added_ms, workspace, source, stamp, details, details_version, publish, await_playable, lane, \
    intent, stage, stored_bytes, video, published, playable, twins, failure, unsettled, reported, replaces, \
    companions, given, version_seen, (SELECT at_ms FROM journal WHERE item = items.id ORDER BY seq DESC LIMIT 1) AS last_ms";

/// What is needed to take an item in.
#[derive(Debug, Clone)]
pub(crate) struct NewItem {
    /// Where it goes.
    pub workspace: Origin,
    /// The file.
    pub source: PathBuf,
    /// The file as it was seen.
    pub stamp: Stamp,
    /// What is said about the video.
    pub details: Details,
    /// When it becomes public.
    pub publish: Publish,
    /// What it goes in the place of.
    pub replaces: Option<Replacement>,
    /// The files that go with it.
    pub companions: Companions,
    /// What it was handed over with.
    pub given: Given,
    /// Why it cannot begin as it is: taken in all the same, and in need of somebody from the start.
    pub failure: Option<Failure>,
    /// Whether to wait until the video can be played before the item is done.
    pub await_playable: bool,
    /// Whose work it is.
    pub lane: Lane,
    /// Take it in even though the same file is there already.
    pub again: bool,
}

/// An item's wording as it is to be from now on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Revision {
    /// What is said about the video.
    pub details: Details,
    /// When it becomes public.
    pub publish: Publish,
    /// The files that go with it.
    pub companions: Companions,
    /// What it was handed over with.
    pub given: Given,
}

impl Revision {
    /// The item as it is.
    pub(crate) fn of(item: &Item) -> Self {
        Self {
            details: item.details.clone(),
            publish: item.publish,
            companions: item.companions.clone(),
            given: item.given.clone(),
        }
    }
}

impl Store {
    /// The item that this file would be adopted by.
    pub(crate) async fn adoptable(&self, new: NewItem) -> Result<Option<Item>, StoreError> {
        self.call(move |db| adoptable(db, &new)).await
    }

    /// An item, if it is there.
    pub(crate) async fn item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        self.call(move |db| one(db, id)).await
    }

    /// Each of these, if it is there.
    pub(crate) async fn items_called(&self, ids: Vec<ItemId>) -> Result<Vec<(ItemId, Option<Item>)>, StoreError> {
        self.call(move |db| ids.into_iter().map(|id| Ok((id, one(db, id)?))).collect()).await
    }

    /// All items that are listed, in queue order.
    pub(crate) async fn items(&self) -> Result<Vec<Item>, StoreError> {
        self.items_as(|item| item).await
    }

    /// All items that are listed, in queue order, each made into something else as soon as it is read: there may be a hundred
    /// thousand.
    pub(crate) async fn items_as<T: Send + 'static>(
        &self,
        make: impl Fn(Item) -> T + Send + 'static,
    ) -> Result<Vec<T>, StoreError> {
        self.call(move |db| {
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM items WHERE NOT archived ORDER BY position"))?
                .query_map([], |row| read(row).map(&make))?
                .collect()
        })
        .await
    }

    /// The ids of all videos that the queue made in a workspace.
    pub(crate) async fn known_videos(&self, workspace: Origin) -> Result<HashSet<u64>, StoreError> {
        self.call(move |db| {
            db.prepare_cached("SELECT video ->> 'id' FROM items WHERE workspace = ?1 AND video IS NOT NULL")?
                .query_map([workspace.as_str()], |row| row.get::<_, i64>(0).map(|id| id as u64))?
                .collect()
        })
        .await
    }

    /// Records what the user wants.
    pub(crate) async fn set_intent(&self, id: ItemId, intent: Intent) -> Result<(), StoreError> {
        self.call(move |db| update(db, id, "intent = ?2", &text(&intent)?)).await
    }

    /// Records where the item's file lies now.
    pub(crate) async fn set_source(&self, id: ItemId, file: PathBuf) -> Result<(), StoreError> {
        self.call(move |db| update(db, id, "source = ?2", &paths::to_bytes(&file))).await
    }

    /// The item that a video came by, if the queue still has it.
    pub(crate) async fn item_of_video(&self, workspace: Origin, video: u64) -> Result<Option<ItemId>, StoreError> {
        self.call(move |db| {
            db.prepare_cached(
                "SELECT id FROM items WHERE workspace = ?1 AND replaces IS NULL AND video ->> 'id' = ?2 LIMIT 1",
            )?
            .query_row(params![workspace.as_str(), video as i64], |row| row.get(0).map(ItemId))
            .optional()
        })
        .await
    }

    /// Records that the outcome was told.
    pub(crate) async fn set_reported(&self, id: ItemId) -> Result<(), StoreError> {
        self.call(move |db| update(db, id, "reported = ?2", &1)).await
    }

    /// Replaces the details, the publish choice and the companions where the item's journal has not grown beyond
    /// `events`; returns whether it was so. Details that differ raise their version.
    pub(crate) async fn revise(&self, id: ItemId, events: usize, revision: Revision) -> Result<bool, StoreError> {
        self.call(move |db| {
            let there: i64 = db
                .prepare_cached("SELECT count(*) FROM journal WHERE item = ?1")?
                .query_row([id.0], |row| row.get(0))?;
            if there as usize != events {
                return Ok(false);
            }
            revise(db, id, &revision).map(|()| true)
        })
        .await
    }

    /// As [`Store::set_intent`] for many, and for those alone that it still concerns; returns them. What asks whether it
    /// arrived cannot be cancelled: only settling can tell whether there is a video to speak of.
    pub(crate) async fn set_intents(&self, ids: Vec<ItemId>, intent: Intent) -> Result<Vec<ItemId>, StoreError> {
        let intent_text = text(&intent)?;
        let asks = if intent == Intent::Cancel { "AND NOT (stage = 'failed' AND unsettled)" } else { "" };
        let sql = format!("UPDATE items SET intent = ?2 WHERE id = ?1 AND stage NOT IN ('done', 'cancelled') {asks}");
        self.call(move |db| {
            let mut update = db.prepare_cached(&sql)?;
            concerned(ids, |id| update.execute(params![id.0, intent_text]))
        })
        .await
    }

    /// Removes those that are over or failed for good, and all that is known about them; returns them.
    pub(crate) async fn remove_over(&self, ids: Vec<ItemId>) -> Result<Vec<ItemId>, StoreError> {
        self.call(|db| {
            let mut delete = db.prepare_cached(
                "DELETE FROM items WHERE id = ?1
                 AND (stage IN ('done', 'cancelled') OR (stage = 'failed' AND NOT unsettled))",
            )?;
            concerned(ids, |id| delete.execute([id.0]))
        })
        .await
    }

    /// Removes an item and all that is known about it.
    pub(crate) async fn remove(&self, id: ItemId) -> Result<(), StoreError> {
        self.call(move |db| db.execute("DELETE FROM items WHERE id = ?1", [id.0]).map(|_| ())).await
    }
}

/// Those of `ids` that the statement changed something for.
fn concerned(
    ids: Vec<ItemId>,
    mut statement: impl FnMut(ItemId) -> rusqlite::Result<usize>,
) -> rusqlite::Result<Vec<ItemId>> {
    let mut concerned = Vec::new();
    for id in ids {
        if statement(id)? > 0 {
            concerned.push(id);
        }
    }
    Ok(concerned)
}

/// Takes a file in, or adopts the item that it already is: unfinished, or done but never reported. Returns the item and
/// whether it was adopted.
pub(super) fn take_in(db: &Connection, new: &NewItem) -> rusqlite::Result<(Item, bool)> {
    if !new.again
        && let Some(item) = adoptable(db, new)?
    {
        // Whoever hands it over again wants to see it.
        update(db, item.id, "archived = ?2", &0)?;
        return Ok((item, true));
    }
    let id = ItemId::fresh();
    let position: i64 = db.query_row("SELECT coalesce(max(position), 0) + ?1 FROM items", [GAP], |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO items (id, position, added_ms, workspace, source, stamp, details, publish,
         await_playable, lane, intent, stage, replaces, companions, given)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'queued', ?12, ?13, ?14)",
    )?
    .execute(params![
        id.0,
        position,
        Timestamp::now().as_millisecond(),
        new.workspace.as_str(),
        paths::to_bytes(&new.source),
        text(&new.stamp)?,
        text(&new.details)?,
        text(&new.publish)?,
        new.await_playable,
        text(&new.lane)?,
        text(&Intent::Run)?,
        new.replaces.as_ref().map(text).transpose()?,
        text(&new.companions)?,
        text(&new.given)?,
    ])?;
    if let Some(failure) = new.failure.clone() {
        let event = Event::Failed(failure.clone());
        let failed = Stage::Failed { failure, resume: Box::new(Stage::Queued) };
        super::journal::Line::of(&event, &failed)?.insert(db, id)?;
    }
    one(db, id)?.map(|item| (item, false)).ok_or(rusqlite::Error::QueryReturnedNoRows)
}

pub(super) fn set_summary(db: &Connection, id: ItemId, summary: &Summary) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE items SET stage = ?2, stored_bytes = ?3, video = ?4, published = ?5, playable = ?6, twins = ?7,
         failure = ?8, unsettled = ?9, version_seen = ?10, archived = 0 WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        summary.stage,
        summary.stored_bytes as i64,
        summary.video.as_ref().map(text).transpose()?,
        summary.published,
        summary.playable,
        text(&summary.twins)?,
        summary.failure.as_ref().map(text).transpose()?,
        summary.unsettled,
        summary.version_seen,
    ])?;
    Ok(())
}

/// The source as it is now.
pub(super) fn set_stamp(db: &Connection, id: ItemId, stamp: &Stamp) -> rusqlite::Result<()> {
    update(db, id, "stamp = ?2", &text(stamp)?)
}

pub(super) fn revise(db: &Connection, id: ItemId, revision: &Revision) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE items SET details_version = details_version + (details <> ?2), details = ?2, publish = ?3,
         companions = ?4, given = ?5 WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        text(&revision.details)?,
        text(&revision.publish)?,
        text(&revision.companions)?,
        text(&revision.given)?,
    ])?;
    Ok(())
}

pub(super) fn update(db: &Connection, id: ItemId, set: &str, value: &dyn rusqlite::ToSql) -> rusqlite::Result<()> {
    db.prepare_cached(&format!("UPDATE items SET {set} WHERE id = ?1"))?.execute(params![id.0, value])?;
    Ok(())
}

/// The same path, size, mtime and workspace: unfinished, or done but never reported. What is said about it may differ:
/// that is an edit, and no second video.
fn adoptable(db: &Connection, new: &NewItem) -> rusqlite::Result<Option<Item>> {
    let items = select(
        db,
        "WHERE source = ?1 AND workspace = ?2 AND stage <> 'cancelled' AND NOT (stage = 'done' AND reported)
         AND intent <> '\"cancel\"' ORDER BY position DESC",
        params![paths::to_bytes(&new.source), new.workspace.as_str()],
    )?;
    for item in items {
        let same_file = item.stamp.size == new.stamp.size && item.stamp.mtime_ns == new.stamp.mtime_ns;
        if same_file && item.replaces == new.replaces && !(item.summary.is_over() && is_past(db, &item)?) {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

/// Whether what an item put in something's place may have been followed by another. Then putting it there again is no
/// repetition.
fn is_past(db: &Connection, item: &Item) -> rusqlite::Result<bool> {
    match item.replaces {
        None => Ok(false),
        // Setting it again does no harm, and others may have set theirs.
        Some(Replacement { moment: Some(_), .. }) => Ok(true),
        Some(Replacement { video, kind, moment: None }) => db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM items WHERE workspace = ?1 AND replaces ->> 'video' = ?2
                 AND (replaces ->> 'kind' = 'image') = ?3 AND id > ?4 AND stage <> 'cancelled')",
            )?
            .query_row(params![item.workspace.as_str(), video as i64, kind == FileKind::Image, item.id.0], |row| {
                row.get(0)
            }),
    }
}

pub(super) fn one(db: &Connection, id: ItemId) -> rusqlite::Result<Option<Item>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM items WHERE id = ?1"))?.query_row([id.0], read).optional()
}

pub(super) fn select(db: &Connection, rest: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<Item>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM items {rest}"))?.query_map(values, read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Item> {
    let column = |name: &str| row.get::<_, String>(name);
    let optional = |name: &str| row.get::<_, Option<String>>(name);
    let last = row.get::<_, Option<i64>>("last_ms")?.map(Timestamp::from_millisecond).transpose().map_err(broken)?;
    let mut item = Item {
        id: ItemId(row.get("id")?),
        workspace: Origin::parse(&column("workspace")?).map_err(broken)?,
        source: paths::from_bytes(row.get("source")?),
        stamp: json(&column("stamp")?)?,
        details: json(&column("details")?)?,
        details_version: row.get("details_version")?,
        publish: json(&column("publish")?)?,
        replaces: optional("replaces")?.map(|replaces| json(&replaces)).transpose()?,
        await_playable: row.get("await_playable")?,
        lane: json(&column("lane")?)?,
        intent: json(&column("intent")?)?,
        position: row.get("position")?,
        added_at: Timestamp::from_millisecond(row.get("added_ms")?).map_err(broken)?,
        summary: Summary {
            stage: column("stage")?,
            stored_bytes: row.get::<_, i64>("stored_bytes")? as u64,
            video: optional("video")?.map(|video| json(&video)).transpose()?,
            published: row.get("published")?,
            playable: row.get("playable")?,
            version_seen: row.get("version_seen")?,
            twins: json(&column("twins")?)?,
            failure: optional("failure")?.map(|failure| json(&failure)).transpose()?,
            unsettled: row.get("unsettled")?,
        },
        reported: row.get("reported")?,
        companions: json(&column("companions")?)?,
        given: json(&column("given")?)?,
        ended_at: None,
    };
    item.ended_at = last.filter(|_| item.summary.is_over());
    Ok(item)
}

pub(super) fn text<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

pub(super) fn json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(broken)
}

pub(super) fn broken(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}
