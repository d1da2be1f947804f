//! What was over long ago.

use super::*;
use jiff::{SignedDuration, Timestamp};

async fn listed(folder: &Folder) -> Vec<ItemId> {
    let items = folder.store.items().await.unwrap();
    let ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    let page: Vec<ItemId> = folder.store.page(None, 100).await.unwrap().iter().map(|item| item.id).collect();
    let mut part: Vec<ItemId> = folder.store.part(None, 100).await.unwrap().iter().map(|item| item.id).collect();
    assert_eq!(page, ids);
    part.sort_by_key(|id| ids.iter().position(|other| other == id));
    assert_eq!(part, ids);
    ids
}

fn soon() -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(1)
}

#[tokio::test]
async fn only_what_was_over_before_the_moment_leaves_the_list_and_all_that_is_known_of_it_stays() {
    let folder = Folder::new();
    let mut ids = Vec::new();
    for (name, events) in [
        ("done.mp4", finished(7)),
        ("cancelled.mp4", vec![Event::Cancelled]),
        ("failed.mp4", vec![Event::Failed(Failure::new(Code::FileRefused))]),
        ("uploading.mp4", committed()),
        ("queued.mp4", Vec::new()),
    ] {
        let id = folder.add(named(name)).await.id;
        folder.record(id, &events).await;
        ids.push(id);
    }
    let [done, cancelled, ..] = ids[..] else { unreachable!() };
    let long_ago = Timestamp::now() - SignedDuration::from_hours(1);
    assert!(folder.store.archive(long_ago).await.unwrap().is_empty());
    assert_eq!(listed(&folder).await, ids);

    let mut gone = folder.store.archive(soon()).await.unwrap();
    gone.sort();
    assert_eq!(gone, [done, cancelled]);
    assert!(folder.store.archive(soon()).await.unwrap().is_empty(), "once");
    let folder = folder.reopened();
    assert_eq!(listed(&folder).await, ids[2..]);
    assert_eq!(folder.events(done).await.len(), finished(7).len());
    assert!(folder.store.item(done).await.unwrap().is_some());
    assert_eq!(folder.store.item_of_video(origin(), 7).await.unwrap(), Some(done));
    assert!(folder.store.known_videos(origin()).await.unwrap().contains(&7));
    assert!(folder.store.has_arrived(&origin(), "mp4").await.unwrap());
}

#[tokio::test]
async fn a_file_whose_end_nobody_was_told_is_not_sent_twice_after_its_item_left_the_list_and_is_back_in_it() {
    let folder = Folder::new();
    let (untold, told) = (folder.add(named("untold.mp4")).await.id, folder.add(named("told.mp4")).await.id);
    for (id, video) in [(untold, 7), (told, 8)] {
        folder.record(id, &finished(video)).await;
    }
    folder.store.set_reported(told).await.unwrap();
    assert_eq!(folder.store.archive(soon()).await.unwrap().len(), 2);
    let (again, adopted) = folder.store.add(named("untold.mp4")).await.unwrap();
    assert_eq!((again.id, adopted), (untold, true));
    let (anew, adopted) = folder.store.add(named("told.mp4")).await.unwrap();
    assert!(!adopted && anew.id != told, "a new upload, as before");
    assert_eq!(listed(&folder).await, [untold, anew.id]);
}

#[tokio::test]
async fn the_same_hand_over_said_again_finds_its_item_and_what_has_something_to_do_again_is_listed_again() {
    let folder = Folder::new();
    let handed = uuid::Uuid::now_v7();
    let HandedOver::Item(item, _) = folder.store.hand_over_one(handed, talk()).await.unwrap() else { unreachable!() };
    folder.record(item.id, &finished(7)).await;
    folder.store.set_reported(item.id).await.unwrap();
    folder.store.archive(soon()).await.unwrap();
    let HandedOver::Item(same, _) = folder.store.hand_over_one(handed, talk()).await.unwrap() else { unreachable!() };
    assert_eq!(same.id, item.id);
    assert!(listed(&folder).await.is_empty());

    let stage = Stage::replay(folder.events(item.id).await).unwrap();
    let planned = Event::FollowUpsPlanned { details_version: 2, open: vec![FollowUpKind::Describe { version: 2 }] };
    let after = stage.next(planned.clone()).unwrap();
    folder.store.append(item.id, &planned, &after, With::Nothing).await.unwrap();
    assert_eq!(listed(&folder).await, [item.id]);
}
