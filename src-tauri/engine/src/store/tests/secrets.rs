//! What may be on the disk, and who may read it.

use super::*;
use std::fs;

const TOKEN: &str = "upload-token-0123456789abcdef-that-can-be-told-from-all-else";

/// Whether any of the store's files holds the token's text.
fn on_disk(database: &Path) -> bool {
    let holds = |suffix: &str| {
        let bytes = fs::read(beside(database, suffix)).unwrap_or_default();
        bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes())
    };
    ["", "-wal", "-shm"].into_iter().any(holds)
}

/// An item with a token, recorded up to `events`.
async fn with_token(folder: &Folder, events: &[Event]) -> (ItemId, Stage) {
    let id = folder.add(talk()).await.id;
    let mut stage = Stage::Queued.next(events[0].clone()).unwrap();
    let token = NewToken { id: TokenId(1), text: TOKEN.into() };
    folder.store.append(id, &events[0], &stage, With::Token(token)).await.unwrap();
    for event in &events[1..] {
        stage = stage.next(event.clone()).unwrap();
        folder.store.append(id, event, &stage, With::Nothing).await.unwrap();
    }
    (id, stage)
}

#[tokio::test]
async fn a_token_is_kept_while_its_item_is_unsettled_and_leaves_no_trace_afterwards() {
    let folder = Folder::new();
    let (id, stage) = with_token(&folder, &arrived(7)).await;
    let folder = folder.reopened();
    assert!(on_disk(&folder.database()), "it is needed until then, and must be found by this search");
    assert_eq!(folder.store.tokens(id).await.unwrap().keys().copied().collect::<Vec<_>>(), [TokenId(1)]);

    let done = stage.next(Event::Finished).unwrap();
    folder.store.append(id, &Event::Finished, &done, With::Nothing).await.unwrap();
    assert!(folder.store.tokens(id).await.unwrap().is_empty());
    let Folder { dir, store } = folder;
    drop(store);
    assert!(!on_disk(&dir.path().join("queue.db")));
}

#[tokio::test]
async fn a_token_leaves_no_trace_when_its_item_is_cancelled_or_removed() {
    for removed in [false, true] {
        let folder = Folder::new();
        let (id, stage) = with_token(&folder, &[opened(), acknowledged(1)]).await;
        assert!(on_disk(&folder.database()));
        if removed {
            folder.store.remove(id).await.unwrap();
        } else {
            let cancelled = stage.next(Event::Cancelled).unwrap();
            folder.store.append(id, &Event::Cancelled, &cancelled, With::Nothing).await.unwrap();
        }
        let Folder { dir, store } = folder;
        drop(store);
        assert!(!on_disk(&dir.path().join("queue.db")), "removed: {removed}");
    }
}

#[tokio::test]
async fn settling_one_item_leaves_the_tokens_of_others() {
    let folder = Folder::new();
    let (kept, _) = with_token(&folder, &committed()).await;
    let other = folder.add(named("other.mp4")).await.id;
    let stage = Stage::Queued.next(opened()).unwrap();
    let token = NewToken { id: TokenId(2), text: "another".into() };
    folder.store.append(other, &opened(), &stage, With::Token(token)).await.unwrap();
    folder.store.append(other, &Event::Cancelled, &Stage::Cancelled(None), With::Nothing).await.unwrap();
    assert_eq!(folder.store.tokens(kept).await.unwrap().len(), 1);
    assert!(folder.store.tokens(other).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_text_of_a_token_is_in_no_event_and_no_debug_output() {
    let folder = Folder::new();
    let (id, _) = with_token(&folder, &committed()).await;
    assert!(!format!("{:?}", folder.store.journal(id).await.unwrap()).contains(TOKEN));
    assert!(!format!("{:?}", folder.store.tokens(id).await.unwrap()).contains(TOKEN));
    assert!(!format!("{:?}", NewToken { id: TokenId(1), text: TOKEN.into() }).contains(TOKEN));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_database_and_its_companions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.add(talk()).await;
    for suffix in ["", "-wal", "-shm"] {
        let mode = fs::metadata(beside(&folder.database(), suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "queue.db{suffix}");
    }
}
