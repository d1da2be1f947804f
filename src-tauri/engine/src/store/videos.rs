//! The videos of the workspaces as they were last seen, for when a workspace cannot be asked. Bounded, and no part of the
//! truth: losing it loses a memory. What a video looks like is kept as the library tells it, and is not read here.

use super::items::text;
use super::{Store, StoreError};
use crate::item::ItemId;
use crate::workspace::Origin;
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};

pub(super) const CREATE: &str = "
CREATE TABLE videos (
    workspace  TEXT NOT NULL,
    id         INTEGER NOT NULL,
    uploaded   INTEGER NOT NULL,
    published  INTEGER NOT NULL,
    own        INTEGER NOT NULL,
    categories TEXT NOT NULL CHECK (json_valid(categories)),
    words      TEXT NOT NULL,
    told       TEXT NOT NULL CHECK (json_valid(told)),
    seen       INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) WITHOUT ROWID;
CREATE INDEX videos_by_upload ON videos (workspace, uploaded, id);
CREATE INDEX videos_by_sight ON videos (workspace, seen, uploaded);
CREATE INDEX items_replacing ON items (workspace) WHERE replaces IS NOT NULL";

/// Videos remembered of each workspace; those that were not seen for longest go first.
const KEPT: i64 = 10_000;

/// A video as it was seen.
#[derive(Debug, Clone)]
pub(crate) struct KnownVideo {
    pub id: u64,
    /// Epoch seconds.
    pub uploaded: i64,
    pub published: bool,
    /// Known to be of the person who is signed in.
    pub own: bool,
    /// Everything by which one of its categories may be named, in small letters.
    pub categories: Vec<String>,
    /// Everything that is searched, in small letters.
    pub words: String,
    /// What is shown of it, in JSON.
    pub told: String,
}

/// What was seen at once.
#[derive(Debug, Clone)]
pub(crate) struct Sighting {
    pub videos: Vec<KnownVideo>,
    /// When, in epoch seconds.
    pub at: i64,
    /// First and last time of upload between which there are no others.
    pub all_between: Option<(i64, i64)>,
}

/// What is wanted of what is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownQuery {
    /// In small letters; each of them has to be there.
    pub words: Vec<String>,
    pub published: Option<bool>,
    pub own: bool,
    /// A name or an id, in small letters.
    pub category: Option<String>,
    pub skip: u64,
    pub most: u64,
}

/// What is known, the last that was uploaded first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownPage {
    /// As they were told.
    pub videos: Vec<String>,
    pub total: u64,
    /// Since when this may be out of date, in epoch seconds; `None` where nothing is known of the workspace at all.
    pub as_of: Option<i64>,
}

/// A replacement in the queue, whether it is to come or has been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StandingReplacement {
    pub video: u64,
    pub item: ItemId,
    pub over: bool,
}

impl Store {
    /// Remembers what was seen, and forgets what would have been seen if it were still there.
    pub(crate) async fn remember_videos(&self, workspace: Origin, sighting: Sighting) -> Result<(), StoreError> {
        self.call(move |db| {
            if let Some((first, last)) = sighting.all_between {
                db.prepare_cached("DELETE FROM videos WHERE workspace = ?1 AND uploaded > ?2 AND uploaded < ?3")?
                    .execute(params![workspace.as_str(), first, last])?;
            }
            let mut put = db.prepare_cached(
                "INSERT INTO videos (workspace, id, uploaded, published, own, categories, words, told, seen)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (workspace, id) DO UPDATE SET uploaded = excluded.uploaded, published = excluded.published,
                     own = max(own, excluded.own), categories = excluded.categories, words = excluded.words,
                     told = excluded.told, seen = excluded.seen",
            )?;
            for video in &sighting.videos {
                put.execute(params![
                    workspace.as_str(),
                    video.id as i64,
                    video.uploaded,
                    video.published,
                    video.own,
                    text(&video.categories)?,
                    video.words,
                    video.told,
                    sighting.at,
                ])?;
            }
            db.prepare_cached(
                "DELETE FROM videos WHERE workspace = ?1 AND id IN
                 (SELECT id FROM videos WHERE workspace = ?1 ORDER BY seen DESC, uploaded DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![workspace.as_str(), KEPT])?;
            Ok(())
        })
        .await
    }

    /// A page of what is known.
    pub(crate) async fn known_page(&self, workspace: Origin, query: KnownQuery) -> Result<KnownPage, StoreError> {
        self.call(move |db| known_page(db, &workspace, &query)).await
    }

    /// A video is not there any more.
    pub(crate) async fn forget_video(&self, workspace: Origin, id: u64) -> Result<(), StoreError> {
        self.call(move |db| {
            db.execute("DELETE FROM videos WHERE workspace = ?1 AND id = ?2", params![workspace.as_str(), id as i64])
                .map(|_| ())
        })
        .await
    }

    /// Forgets all that is known of a workspace.
    pub(crate) async fn forget_videos(&self, workspace: Origin) -> Result<(), StoreError> {
        self.call(move |db| db.execute("DELETE FROM videos WHERE workspace = ?1", [workspace.as_str()]).map(|_| ()))
            .await
    }

    /// Which videos of a workspace the queue replaces, or has replaced as far as it remembers.
    pub(crate) async fn replacements_in(&self, workspace: Origin) -> Result<Vec<StandingReplacement>, StoreError> {
        self.call(move |db| {
            db.prepare_cached(
                "SELECT replaces ->> 'video', id, stage = 'done' FROM items
                 WHERE workspace = ?1 AND replaces IS NOT NULL AND stage <> 'cancelled'",
            )?
            .query_map([workspace.as_str()], |row| {
                let video: i64 = row.get(0)?;
                Ok(StandingReplacement { video: video as u64, item: ItemId(row.get(1)?), over: row.get(2)? })
            })?
            .collect()
        })
        .await
    }
}

fn known_page(db: &Connection, workspace: &Origin, query: &KnownQuery) -> rusqlite::Result<KnownPage> {
    let mut conditions = "workspace = ?".to_owned();
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(workspace.as_str().to_owned())];
    for word in &query.words {
        conditions += " AND instr(words, ?)";
        values.push(Box::new(word.clone()));
    }
    if let Some(published) = query.published {
        conditions += " AND published = ?";
        values.push(Box::new(published));
    }
    if query.own {
        conditions += " AND own";
    }
    if let Some(category) = &query.category {
        conditions += " AND EXISTS (SELECT 1 FROM json_each(categories) WHERE value = ?)";
        values.push(Box::new(category.clone()));
    }
    let total: i64 = db
        .prepare(&format!("SELECT count(*) FROM videos WHERE {conditions}"))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    values.push(Box::new(query.most as i64));
    values.push(Box::new(query.skip as i64));
    let rows: Vec<(String, i64)> = db
        .prepare(&format!(
            "SELECT told, seen FROM videos WHERE {conditions} ORDER BY uploaded DESC, id DESC LIMIT ? OFFSET ?"
        ))?
        .query_map(params_from_iter(&values), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let latest: Option<i64> = db
        .prepare_cached("SELECT max(seen) FROM videos WHERE workspace = ?1")?
        .query_row([workspace.as_str()], |row| row.get(0))
        .optional()?
        .flatten();
    let as_of = rows.iter().map(|(_, seen)| *seen).min().or(latest);
    Ok(KnownPage { videos: rows.into_iter().map(|(told, _)| told).collect(), total: total as u64, as_of })
}
