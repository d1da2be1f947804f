//! Places in the queue.

use super::*;
use crate::store::items::GAP;

async fn order(folder: &Folder) -> Vec<ItemId> {
    folder.store.items().await.unwrap().into_iter().map(|item| item.id).collect()
}

async fn several(folder: &Folder, count: usize) -> Vec<ItemId> {
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push(folder.add(named(&format!("{n}.mp4"))).await.id);
    }
    ids
}

#[tokio::test]
async fn putting_items_elsewhere_changes_their_places_and_no_others() {
    let folder = Folder::new();
    let ids = several(&folder, 40).await;
    let (last, middle) = (ids[39], ids[20]);
    assert_eq!(folder.store.move_before(vec![last, ids[38]], Some(ids[0])).await.unwrap(), [last, ids[38]]);
    assert_eq!(order(&folder).await[..3], [last, ids[38], ids[0]]);
    assert_eq!(folder.store.move_before(vec![ids[0]], Some(middle)).await.unwrap(), [ids[0]]);
    let now = order(&folder).await;
    let at = now.iter().position(|id| *id == middle).unwrap();
    assert_eq!(now[at - 1], ids[0]);
    assert_eq!(folder.store.move_before(vec![middle, middle], None).await.unwrap(), [middle]);
    assert_eq!(order(&folder).await.last(), Some(&middle));
    folder.store.set_first(ids[5]).await.unwrap();
    assert_eq!(order(&folder).await[0], ids[5]);
    let new = folder.add(named("new.mp4")).await.id;
    assert_eq!(order(&folder).await.last(), Some(&new));
}

#[tokio::test]
async fn whatever_is_put_where_the_order_is_the_one_that_was_wanted_even_when_there_is_no_room_left() {
    let folder = Folder::new();
    let mut wanted = several(&folder, 4).await;
    let mut given_anew = 0;
    // Each goes between the same two in turn, which halves the room there.
    for round in 0..40 {
        let moving = wanted[2 + round % 2];
        let moved = folder.store.move_before(vec![moving], Some(wanted[1])).await.unwrap();
        given_anew += usize::from(moved.len() > 1);
        wanted.retain(|id| *id != moving);
        wanted.insert(1, moving);
        assert_eq!(order(&folder).await, wanted, "after {round}");
    }
    assert!((1..5).contains(&given_anew), "{given_anew}");
    let all: Vec<ItemId> = wanted.iter().rev().copied().collect();
    folder.store.move_before(all.clone(), None).await.unwrap();
    assert_eq!(order(&folder).await, all);
    let gone = ItemId::fresh();
    assert!(folder.store.move_before(vec![gone], Some(all[0])).await.unwrap().is_empty());
    folder.store.move_before(vec![all[0]], Some(gone)).await.unwrap();
    assert_eq!(order(&folder).await.last(), Some(&all[0]), "before what is not there is at the end");
}

#[tokio::test]
async fn places_of_an_older_version_are_spread_and_keep_their_order() {
    let folder = Folder::new();
    let ids = several(&folder, 3).await;
    let raw = rusqlite::Connection::open(folder.database()).unwrap();
    raw.execute("UPDATE items SET position = position / ?1", [GAP]).unwrap();
    raw.execute_batch(items::SPREAD).unwrap();
    drop(raw);
    assert_eq!(order(&folder).await, ids);
    assert_eq!(folder.store.move_before(vec![ids[2]], Some(ids[1])).await.unwrap(), [ids[2]]);
    assert_eq!(order(&folder).await, [ids[0], ids[2], ids[1]]);
}
