//! The list part by part: each costs what it returns, however long the list is.

use super::items::select;
use super::{Store, StoreError};
use crate::item::Item;
use rusqlite::params;
use serde::{Deserialize, Serialize};

/// A place in the list: behind what is not over, or is, up to this position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Mark {
    /// Whether it is among those that are over.
    pub over: bool,
    /// Up to there the items were listed.
    pub position: i64,
}

impl Store {
    /// The next so many items behind a mark: first those that are not over, then the others, each in queue order.
    pub(crate) async fn part(&self, after: Option<Mark>, count: usize) -> Result<Vec<Item>, StoreError> {
        self.call(move |db| {
            let Mark { over, position } = after.unwrap_or(Mark { over: false, position: i64::MIN });
            let next = |which: &str, after: i64, count: usize| {
                select(
                    db,
                    &format!(
                        "WHERE stage {which} ('done', 'cancelled') AND NOT archived AND position > ?1
                         ORDER BY position LIMIT ?2"
                    ),
                    params![after, count as i64],
                )
            };
            let mut items = if over { Vec::new() } else { next("NOT IN", position, count)? };
            let left = count - items.len();
            if left > 0 {
                items.extend(next("IN", if over { position } else { i64::MIN }, left)?);
            }
            Ok(items)
        })
        .await
    }

    /// The next so many items behind a place, in queue order.
    pub(crate) async fn page(&self, after: Option<i64>, count: usize) -> Result<Vec<Item>, StoreError> {
        self.call(move |db| {
            let rest = "WHERE NOT archived AND position > ?1 ORDER BY position LIMIT ?2";
            select(db, rest, params![after.unwrap_or(i64::MIN), count as i64])
        })
        .await
    }
}
