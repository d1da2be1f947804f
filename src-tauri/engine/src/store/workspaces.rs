//! The workspaces that the person signed in to. Their credentials are in the vault, never here.

use super::{Store, StoreError};
use crate::workspace::{ApiVersion, Origin};
use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

pub(super) const CREATE: &str = "
CREATE TABLE workspaces (
    origin   TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    login    TEXT NOT NULL,
    added_ms INTEGER NOT NULL
) WITHOUT ROWID";

/// Workspaces from before it were all spoken to in version 2.
pub(super) const ADD_API: &str = "ALTER TABLE workspaces ADD COLUMN api INTEGER NOT NULL DEFAULT 2";

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Where it is.
    pub origin: Origin,
    /// What it calls itself.
    pub name: String,
    /// The origin whose credential opens it: its own, or that of the login that it came with.
    pub login: Origin,
    /// The version of the API that it is spoken to in, found out when the person signed in.
    pub api: ApiVersion,
}

impl Store {
    /// Remembers a workspace, or what is new about it.
    pub(crate) async fn put_workspace(&self, workspace: Workspace) -> Result<(), StoreError> {
        self.call(move |db| {
            db.execute(
                "INSERT INTO workspaces (origin, name, login, api, added_ms) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (origin) DO UPDATE SET name = excluded.name, login = excluded.login, api = excluded.api",
                params![
                    workspace.origin.as_str(),
                    workspace.name,
                    workspace.login.as_str(),
                    workspace.api.number(),
                    Timestamp::now().as_millisecond()
                ],
            )?;
            Ok(())
        })
        .await
    }

    /// Forgets a workspace. Its items stay, waiting for sign-in.
    pub(crate) async fn remove_workspace(&self, origin: Origin) -> Result<(), StoreError> {
        self.call(move |db| db.execute("DELETE FROM workspaces WHERE origin = ?1", [origin.as_str()]).map(|_| ())).await
    }

    /// The only workspace that is signed in to or has something to do, if there is only one.
    pub(crate) async fn only_workspace(&self) -> Result<Option<Origin>, StoreError> {
        let mut all: Vec<Origin> = self.workspaces().await?.into_iter().map(|it| it.origin).collect();
        all.extend(self.unfinished().await?.into_iter().map(|it| it.workspace));
        all.sort();
        all.dedup();
        Ok(if all.len() == 1 { all.pop() } else { None })
    }

    /// All workspaces, in the order in which they were added.
    pub(crate) async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        self.call(|db| {
            db.prepare_cached("SELECT origin, name, login, api FROM workspaces ORDER BY added_ms, origin")?
                .query_map([], |row| {
                    let origin = |index| {
                        let text: String = row.get(index)?;
                        Origin::parse(&text).map_err(|failure| {
                            rusqlite::Error::FromSqlConversionFailure(
                                index,
                                rusqlite::types::Type::Text,
                                failure.into(),
                            )
                        })
                    };
                    // A number that no version of this program writes; the calls will tell.
                    let api = ApiVersion::from_number(row.get(3)?).unwrap_or_default();
                    Ok(Workspace { origin: origin(0)?, name: row.get(1)?, login: origin(2)?, api })
                })?
                .collect()
        })
        .await
    }
}
