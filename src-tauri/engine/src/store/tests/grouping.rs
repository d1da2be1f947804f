//! Works that meet share a transaction, and still each stands or falls alone.

use super::*;
use futures_util::future::join_all;
use std::error::Error;
use std::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The store's thread, kept busy: what is sent meanwhile meets in one group afterwards.
struct Held {
    release: mpsc::Sender<()>,
    job: JoinHandle<()>,
}

impl Held {
    /// Returns once the thread has taken this job up, and nothing else with it.
    async fn of(store: &Store) -> Self {
        let (release, held) = mpsc::channel::<()>();
        let (taken_up, begun) = oneshot::channel();
        let store = store.clone();
        let job = tokio::spawn(async move {
            let busy = store.call(move |_| {
                taken_up.send(()).unwrap();
                // Ends when the sender is dropped.
                let _ = held.recv();
                Ok(())
            });
            busy.await.unwrap();
        });
        begun.await.unwrap();
        Self { release, job }
    }

    async fn release(self) {
        drop(self.release);
        self.job.await.unwrap();
    }
}

#[tokio::test]
async fn events_sent_at_once_all_arrive_and_each_is_answered() {
    let folder = Folder::new();
    let mut ids = Vec::new();
    for number in 0..100 {
        ids.push(folder.add(named(&format!("{number}.mp4"))).await.id);
    }
    let (event, stage) = (Event::Cancelled, Stage::Cancelled(None));
    let held = Held::of(&folder.store).await;
    // More than fit into one group; the release is asked for last, so all of them wait in line before any is done.
    let appends = join_all(ids.iter().map(|id| folder.store.append(*id, &event, &stage, With::Nothing)));
    let (answers, ()) = tokio::join!(appends, held.release());
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let folder = folder.reopened();
    for id in ids {
        assert_eq!(folder.events(id).await, [Event::Cancelled]);
        assert_eq!(folder.reread(id).await.summary.stage, "cancelled");
    }
}

#[tokio::test]
async fn events_of_one_item_keep_the_order_in_which_they_were_sent() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    let events = committed();
    let mut stage = Stage::Queued;
    let stages: Vec<Stage> = events
        .iter()
        .map(|event| {
            stage = stage.clone().next(event.clone()).unwrap();
            stage.clone()
        })
        .collect();
    let held = Held::of(&folder.store).await;
    let appends =
        join_all(events.iter().zip(&stages).map(|(event, after)| folder.store.append(id, event, after, With::Nothing)));
    let (answers, ()) = tokio::join!(appends, held.release());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(folder.events(id).await, events);
    assert_eq!(folder.reread(id).await.summary.stage, "confirming");
}

#[tokio::test]
async fn works_that_meet_share_one_transaction() {
    let folder = Folder::new();
    let held = Held::of(&folder.store).await;
    // Inside a transaction its own uncommitted rows can be seen, and another connection cannot see them yet.
    let path = folder.database();
    let first = folder.store.add(named("first.mp4"));
    let others_see = folder.store.call(move |ours| {
        let count = |db: &rusqlite::Connection| db.query_row("SELECT count(*) FROM items", [], |row| row.get(0));
        let theirs: i64 = count(&rusqlite::Connection::open(&path)?)?;
        let ours: i64 = count(ours)?;
        Ok((ours, theirs))
    });
    let (first, seen, ()) = tokio::join!(first, others_see, held.release());
    first.unwrap();
    assert_eq!(seen.unwrap(), (1, 0));
}

#[tokio::test]
async fn a_job_that_fails_takes_back_its_own_statements_and_nobody_elses() {
    let folder = Folder::new();
    let held = Held::of(&folder.store).await;
    let before = folder.store.add(named("before.mp4"));
    let failing = folder.store.call(|db| {
        db.execute("INSERT INTO workspaces (origin, name, login, added_ms) VALUES ('a', 'a', 'a', 0)", [])?;
        db.execute("INSERT INTO no_such_table VALUES (1)", [])
    });
    let after = folder.store.add(named("after.mp4"));
    let (before, failed, after, ()) = tokio::join!(before, failing, after, held.release());
    assert!(matches!(failed, Err(StoreError::Sqlite(_))), "{failed:?}");
    let (before, after) = (before.unwrap().0, after.unwrap().0);
    let folder = folder.reopened();
    assert_eq!(folder.reread(before.id).await.source, before.source);
    assert_eq!(folder.reread(after.id).await.source, after.source);
    assert!(folder.store.workspaces().await.unwrap().is_empty());
}

/// As SQLite does by itself when the disk is full or fails.
#[tokio::test]
async fn nothing_of_a_group_whose_transaction_was_rolled_back_stands_or_is_said_to() {
    let folder = Folder::new();
    let held = Held::of(&folder.store).await;
    let before = folder.store.add(named("before.mp4"));
    let failing = folder.store.call(|db| {
        db.execute_batch("ROLLBACK")?;
        db.execute("INSERT INTO no_such_table VALUES (1)", [])
    });
    let after = folder.store.add(named("after.mp4"));
    let (before, failed, after, ()) = tokio::join!(before, failing, after, held.release());
    assert!(failed.unwrap_err().source().unwrap().to_string().contains("no_such_table"));
    for answer in [before, after] {
        assert!(matches!(answer, Err(StoreError::Sqlite(_))), "{answer:?}");
    }
    assert!(folder.store.items().await.unwrap().is_empty());
    folder.add(named("later.mp4")).await;
}

#[tokio::test]
async fn an_event_of_an_item_that_is_not_there_is_refused_whole() {
    let folder = Folder::new();
    let stranger = ItemId::fresh();
    let token = NewToken { id: TokenId(1), text: "never kept".into() };
    let stage = Stage::Queued.next(opened()).unwrap();
    let refused = folder.store.append(stranger, &opened(), &stage, With::Token(token)).await;
    assert!(matches!(refused, Err(StoreError::Sqlite(_))), "{refused:?}");
    assert!(folder.store.tokens(stranger).await.unwrap().is_empty());
    assert!(folder.events(stranger).await.is_empty());
}

#[tokio::test]
async fn work_is_done_even_when_nobody_waits_for_its_answer_any_more() {
    let folder = Folder::new();
    let held = Held::of(&folder.store).await;
    {
        let mut add = Box::pin(folder.store.add(talk()));
        // Once is enough to hand it over.
        assert!(futures_util::poll!(&mut add).is_pending());
    }
    held.release().await;
    assert_eq!(folder.store.items().await.unwrap().len(), 1);
}
