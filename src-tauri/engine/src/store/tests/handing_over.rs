//! A hand-over that is repeated takes in once, whatever happened to the item meanwhile.

use super::*;
use uuid::Uuid;

/// Hands over and answers the item and whether it was there before.
async fn hand_over(folder: &Folder, id: Uuid, new: NewItem) -> (ItemId, bool) {
    match folder.store.hand_over_one(id, new).await.unwrap() {
        HandedOver::Item(item, adopted) => (item.id, adopted),
        cleared @ HandedOver::Cleared(_) => panic!("{cleared:?}"),
    }
}

fn again() -> NewItem {
    NewItem { again: true, ..talk() }
}

#[tokio::test]
async fn the_same_id_leads_to_the_same_item_even_where_again_means_again() {
    let (mut folder, id) = (Folder::new(), Uuid::now_v7());
    let first = hand_over(&folder, id, again()).await;
    assert_eq!(hand_over(&folder, id, again()).await, first);
    folder.record(first.0, &finished(7)).await;
    folder.store.set_reported(first.0).await.unwrap();
    folder = folder.reopened();
    assert_eq!(hand_over(&folder, id, again()).await, first);
    assert_eq!(folder.store.items().await.unwrap().len(), 1);

    let other = hand_over(&folder, Uuid::now_v7(), again()).await;
    assert!(other.0 != first.0 && !other.1);
}

#[tokio::test]
async fn an_adoption_is_told_again_as_one() {
    let (folder, id) = (Folder::new(), Uuid::now_v7());
    let there = folder.add(talk()).await.id;
    assert_eq!(hand_over(&folder, id, talk()).await, (there, true));
    assert_eq!(hand_over(&folder, id, talk()).await, (there, true));
}

#[tokio::test]
async fn an_item_that_was_cleared_does_not_come_back() {
    let (folder, id) = (Folder::new(), Uuid::now_v7());
    let (item, _) = hand_over(&folder, id, talk()).await;
    folder.store.remove(item).await.unwrap();
    let repeated = folder.store.hand_over_one(id, talk()).await.unwrap();
    assert!(matches!(repeated, HandedOver::Cleared(cleared) if cleared == item));
    assert!(folder.store.items().await.unwrap().is_empty());
}

#[tokio::test]
async fn old_hand_overs_are_dropped_and_younger_ones_kept() {
    let (folder, old, young) = (Folder::new(), Uuid::now_v7(), Uuid::now_v7());
    hand_over(&folder, old, named("old.mp4")).await;
    hand_over(&folder, young, named("young.mp4")).await;
    let long_ago = jiff::Timestamp::now().as_millisecond() - 31 * 24 * 60 * 60 * 1000;
    let age = "UPDATE handovers SET at_ms = ?2 WHERE id = ?1";
    folder.store.call(move |db| db.execute(age, (old, long_ago))).await.unwrap();
    hand_over(&folder, Uuid::now_v7(), named("third.mp4")).await;
    let left = "SELECT id FROM handovers ORDER BY id";
    let read = |db: &rusqlite::Connection| db.prepare(left)?.query_map([], |row| row.get(0))?.collect();
    let left: Vec<Uuid> = folder.store.call(read).await.unwrap();
    assert!(left.len() == 2 && left.contains(&young) && !left.contains(&old), "{left:?}");
}

#[tokio::test]
async fn of_many_that_are_handed_over_together_one_that_cannot_be_recorded_leaves_nothing_and_the_others_stay() {
    let folder = Folder::new();
    let there = folder.add(named("2.mp4")).await.id;
    let broken = "UPDATE items SET details = '7' WHERE id = ?1";
    folder.store.call(move |db| db.execute(broken, [there.0])).await.unwrap();
    // It would be adopted, and what is written there makes no sense.
    let files = ["1.mp4", "2.mp4", "3.mp4"].map(|name| (Uuid::now_v7(), named(name)));
    let ids = files.each_ref().map(|(id, _)| *id);
    let outcomes = folder.store.hand_over(files.to_vec()).await.unwrap();
    assert!(matches!(outcomes[..], [Ok(_), Err(StoreError::Unreadable(_)), Ok(_)]), "{outcomes:?}");
    let known = folder.store.handed_over(ids.to_vec()).await.unwrap();
    assert_eq!(ids.map(|id| known.contains_key(&id)), [true, false, true]);
    let count = "SELECT count(*) FROM items";
    let items: i64 = folder.store.call(move |db| db.query_row(count, [], |row| row.get(0))).await.unwrap();
    assert_eq!(items, 3);
}
