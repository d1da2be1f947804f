//! Handing the same file over twice makes one video, unless that is what was asked for.

use super::*;

/// Hands `new` over to a folder that holds [`talk`] after `events`; returns whether it was adopted, and by that item.
async fn adopted(events: &[Event], reported: bool, new: NewItem) -> bool {
    let folder = Folder::new();
    let first = folder.add(talk()).await;
    folder.record(first.id, events).await;
    if reported {
        folder.store.set_reported(first.id).await.unwrap();
    }
    let (item, adopted) = folder.store.add(new).await.unwrap();
    assert_eq!(adopted, item.id == first.id);
    assert_eq!(folder.store.items().await.unwrap().len(), if adopted { 1 } else { 2 });
    adopted
}

fn in_the_way() -> Event {
    Event::Failed(Failure::new(Code::FileRefused))
}

#[tokio::test]
async fn an_unfinished_item_is_adopted_at_every_stage() {
    let failed = [committed(), vec![in_the_way()]].concat();
    for events in [vec![], vec![opened(), acknowledged(1)], committed(), arrived(7), failed, vec![in_the_way()]] {
        assert!(adopted(&events, false, talk()).await, "{events:?}");
    }
}

#[tokio::test]
async fn a_done_item_is_adopted_until_somebody_was_told() {
    assert!(adopted(&finished(7), false, talk()).await);
    assert!(!adopted(&finished(7), true, talk()).await);
}

#[tokio::test]
async fn a_cancelled_item_is_not_adopted() {
    assert!(!adopted(&[Event::Cancelled], false, talk()).await);
    assert!(!adopted(&[arrived(7), vec![Event::Cancelled]].concat(), false, talk()).await);
}

#[tokio::test]
async fn an_item_that_is_about_to_be_cancelled_is_not_adopted() {
    let folder = Folder::new();
    let first = folder.add(talk()).await;
    folder.store.set_intent(first.id, Intent::Cancel).await.unwrap();
    folder.add(talk()).await;
}

#[tokio::test]
async fn again_means_again() {
    for events in [vec![], committed(), finished(7)] {
        assert!(!adopted(&events, false, NewItem { again: true, ..talk() }).await, "{events:?}");
    }
}

#[tokio::test]
async fn only_the_same_file_for_the_same_place_is_adopted() {
    let stamp = talk().stamp;
    let different = [
        ("path", NewItem { source: "/videos/other.mp4".into(), ..talk() }),
        ("size", NewItem { stamp: Stamp { size: 44, ..stamp.clone() }, ..talk() }),
        ("mtime", NewItem { stamp: Stamp { mtime_ns: stamp.mtime_ns + 1, ..stamp.clone() }, ..talk() }),
        ("workspace", NewItem { workspace: Origin::parse("other.example.com").unwrap(), ..talk() }),
    ];
    for (what, new) in different {
        assert!(!adopted(&[], false, new).await, "{what}");
    }
    // What may differ: how the file system numbers it, what is said about it and when it becomes public, who handed it over.
    let remounted = Stamp { file_id: Some((9, 9)), ..stamp };
    let details = Details { title: "Another title".into(), ..Details::default() };
    let publish = Publish::AtOnce;
    let same = NewItem { stamp: remounted, details, publish, lane: Lane::Automatic, await_playable: false, ..talk() };
    assert!(adopted(&[], false, same).await);
}

#[tokio::test]
async fn a_replacement_is_made_again_where_another_went_in_the_same_place_since() {
    let by = |name: &str, kind: FileKind| NewItem { replaces: Some(Replacement::by_file(7, kind)), ..named(name) };
    let folder = Folder::new();
    let first = folder.add(by("cut 1.mp4", FileKind::Video)).await;
    folder.record(first.id, &finished(7)).await;

    let others = [
        NewItem { replaces: Some(Replacement::by_file(8, FileKind::Video)), ..named("of another video.mp4") },
        by("thumbnail.jpg", FileKind::Image),
        by("cancelled.mp4", FileKind::Video),
    ];
    for other in others {
        let other = folder.add(other).await;
        if other.source.ends_with("cancelled.mp4") {
            folder.record(other.id, &[Event::Cancelled]).await;
        }
    }
    let (item, adopted) = folder.store.add(by("cut 1.mp4", FileKind::Video)).await.unwrap();
    assert!(adopted && item.id == first.id, "nothing came in between");

    let second = folder.add(by("cut 2.mp4", FileKind::Video)).await;
    folder.record(second.id, &finished(7)).await;
    let third = folder.add(by("cut 1.mp4", FileKind::Video)).await;
    assert_ne!(third.id, first.id);
    let (item, adopted) = folder.store.add(by("cut 1.mp4", FileKind::Video)).await.unwrap();
    assert!(adopted && item.id == third.id, "handed over twice in a row it is one");
}

#[tokio::test]
async fn of_several_that_could_be_adopted_the_last_one_handed_over_is() {
    let folder = Folder::new();
    folder.add(talk()).await;
    let second = folder.add(NewItem { again: true, ..talk() }).await;
    let (item, adopted) = folder.store.add(talk()).await.unwrap();
    assert!(adopted);
    assert_eq!(item.id, second.id);
}
