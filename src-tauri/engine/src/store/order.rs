//! The places of items. They lie far apart, so that putting some between two others changes the places of those alone, however
//! long the queue is; only where there is no room left all of them are given new ones.

use super::items::{GAP, update};
use super::{Store, StoreError};
use crate::item::ItemId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashSet;

impl Store {
    /// Puts items before another one, or at the end, in the order given; returns those whose place is another now.
    pub(crate) async fn move_before(
        &self,
        ids: Vec<ItemId>,
        before: Option<ItemId>,
    ) -> Result<Vec<ItemId>, StoreError> {
        self.call(move |db| {
            let mut seen = HashSet::new();
            let mut moving = Vec::new();
            for id in ids {
                if let Some(place) = place_of(db, id)?
                    && seen.insert(id)
                {
                    moving.push((id, place));
                }
            }
            // What stands nowhere else is no place to stand before: then it is the end.
            let next = match before.filter(|id| !seen.contains(id)) {
                Some(before) => place_of(db, before)?,
                None => None,
            };
            let Some(places) = between(last_before(db, next, &seen)?, next, moving.len()) else {
                return spread(db, &moving.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), before);
            };
            let mut moved = Vec::new();
            for ((id, before), place) in moving.into_iter().zip(places) {
                if before != place {
                    update(db, id, "position = ?2", &place)?;
                    moved.push(id);
                }
            }
            Ok(moved)
        })
        .await
    }

    /// Moves an item ahead of all others.
    pub(crate) async fn set_first(&self, id: ItemId) -> Result<(), StoreError> {
        self.call(move |db| update(db, id, "position = (SELECT min(position) - ?2 FROM items)", &GAP)).await
    }
}

fn place_of(db: &Connection, id: ItemId) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT position FROM items WHERE id = ?1")?.query_row([id.0], |row| row.get(0)).optional()
}

/// The last place before another one, or of all, that is not one of these items'.
fn last_before(db: &Connection, next: Option<i64>, but: &HashSet<ItemId>) -> rusqlite::Result<Option<i64>> {
    let mut statement =
        db.prepare_cached("SELECT id, position FROM items WHERE position < ?1 ORDER BY position DESC")?;
    let mut rows = statement.query([next.unwrap_or(i64::MAX)])?;
    while let Some(row) = rows.next()? {
        if !but.contains(&ItemId(row.get(0)?)) {
            return row.get(1).map(Some);
        }
    }
    Ok(None)
}

/// So many places between two, or behind or before one; `None` where there is no room.
fn between(previous: Option<i64>, next: Option<i64>, count: usize) -> Option<Vec<i64>> {
    let count = i64::try_from(count).ok()?;
    let (first, step) = match (previous, next) {
        (Some(previous), Some(next)) => {
            let step = next.checked_sub(previous)? / (count + 1);
            (previous.checked_add(step)?, step)
        }
        (Some(previous), None) => (previous.checked_add(GAP)?, GAP),
        (None, Some(next)) => (next.checked_sub(GAP.checked_mul(count)?)?, GAP),
        (None, None) => (GAP, GAP),
    };
    (step > 0).then(|| (0..count).map(|n| first + n * step).collect())
}

/// Gives all items new places, with these before another one or at the end.
fn spread(db: &Connection, ids: &[ItemId], before: Option<ItemId>) -> rusqlite::Result<Vec<ItemId>> {
    let there: Vec<(ItemId, i64)> = db
        .prepare_cached("SELECT id, position FROM items ORDER BY position")?
        .query_map([], |row| Ok((ItemId(row.get(0)?), row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let moving: HashSet<ItemId> = ids.iter().copied().collect();
    let mut order: Vec<ItemId> = there.iter().map(|(id, _)| *id).filter(|id| !moving.contains(id)).collect();
    let at = before.and_then(|before| order.iter().position(|id| *id == before)).unwrap_or(order.len());
    order.splice(at..at, ids.iter().copied());
    for (id, place) in order.iter().zip((1..).map(|n: i64| n * GAP)) {
        update(db, *id, "position = ?2", &place)?;
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_lie_between_their_neighbours_in_order_or_there_is_no_room(
            previous in proptest::option::of(-1_000_000..1_000_000_i64),
            distance in proptest::option::of(1..5_000_000_i64),
            count in 1..50_usize,
        ) {
            let next = distance.map(|distance| previous.unwrap_or(0) + distance);
            match between(previous, next, count) {
                Some(places) => {
                    prop_assert_eq!(places.len(), count);
                    let all: Vec<i64> = previous.into_iter().chain(places).chain(next).collect();
                    prop_assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", all);
                }
                None => prop_assert!(previous.is_some() && distance.is_some_and(|it| it <= count as i64)),
            }
        }
    }
}
