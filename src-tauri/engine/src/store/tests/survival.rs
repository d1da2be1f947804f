//! What is there after the store was closed and opened again.

use super::*;
use crate::workspace::ApiVersion;
use std::collections::HashSet;

#[tokio::test]
async fn what_was_handed_over_comes_back_as_it_was() {
    let folder = Folder::new();
    let new =
        NewItem { publish: Publish::OnDate("2030-01-02T00:00:00Z".parse().unwrap()), lane: Lane::Automatic, ..talk() };
    let id = folder.add(new.clone()).await.id;
    let folder = folder.reopened();
    let item = folder.reread(id).await;
    assert_eq!(item.workspace, new.workspace);
    assert_eq!(item.source, new.source);
    assert_eq!(item.stamp, new.stamp);
    assert_eq!((item.details, item.details_version), (new.details, 1));
    assert_eq!((item.publish, item.await_playable, item.lane), (new.publish, new.await_playable, new.lane));
    assert_eq!((item.intent, item.reported), (Intent::Run, false));
    assert_eq!(item.summary, Summary::queued());
}

#[tokio::test]
async fn an_event_is_there_after_reopening() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    let mut events = committed();
    events.push(Event::CommitAnswered { class: Unclear::ServerError, status: 502, excerpt: "bad gateway".into() });
    let stage = folder.record(id, &events).await;
    let folder = folder.reopened();
    assert_eq!(folder.events(id).await, events);
    assert_eq!(Stage::replay(folder.events(id).await).unwrap(), stage);
}

/// Without closing: another connection sees only what was committed.
#[tokio::test]
async fn an_event_is_in_the_file_as_soon_as_it_was_answered() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    folder.record(id, &committed()).await;
    let copy = tempfile::tempdir().unwrap();
    for suffix in ["", "-wal"] {
        let database = copy.path().join("queue.db");
        std::fs::copy(beside(&folder.database(), suffix), beside(&database, suffix)).unwrap();
    }
    let after_a_crash = Store::open(&copy.path().join("queue.db")).unwrap();
    assert_eq!(after_a_crash.journal(id).await.unwrap().len(), committed().len());
}

#[tokio::test]
async fn what_the_user_wants_and_changes_is_there_after_reopening() {
    let folder = Folder::new();
    let (first, second) = (folder.add(named("first.mp4")).await.id, folder.add(named("second.mp4")).await.id);
    let details = Details { title: "Better".into(), ..Details::default() };
    let stamp = Stamp { size: 44, ..talk().stamp };
    let revision = Revision { details: details.clone(), ..Revision::of(&folder.reread(first).await) };
    assert!(folder.store.revise(first, 0, revision.clone()).await.unwrap());
    assert!(folder.store.revise(first, 0, revision).await.unwrap(), "the same again raises no version");
    folder.store.set_intent(first, Intent::Pause).await.unwrap();
    let failed = Event::Failed(Failure::new(Code::SourceChanged));
    let stage = Stage::Queued.next(failed.clone()).unwrap();
    folder.store.append(first, &failed, &stage, With::Nothing).await.unwrap();
    let renewed = stage.next(Event::SourceRenewed).unwrap();
    folder.store.append(first, &Event::SourceRenewed, &renewed, With::Stamp(stamp.clone())).await.unwrap();
    folder.store.set_reported(first).await.unwrap();
    folder.store.set_first(second).await.unwrap();
    let folder = folder.reopened();
    let item = folder.reread(first).await;
    assert_eq!((item.details, item.details_version), (details, 2));
    assert_eq!((item.intent, item.stamp, item.reported), (Intent::Pause, stamp, true));
    let order: Vec<ItemId> = folder.store.items().await.unwrap().iter().map(|item| item.id).collect();
    assert_eq!(order, [second, first]);
    let other = folder.reread(second).await;
    assert_eq!((other.details_version, other.intent, other.reported), (1, Intent::Run, false));
}

#[tokio::test]
async fn a_removed_item_leaves_nothing_behind() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    folder.record(id, &committed()).await;
    folder.store.note(id, "a line".into());
    folder.store.remove(id).await.unwrap();
    let folder = folder.reopened();
    assert!(folder.store.item(id).await.unwrap().is_none());
    assert!(folder.events(id).await.is_empty());
    assert!(folder.store.notes(id).await.unwrap().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_is_not_unicode_comes_back_as_it_was() {
    use std::os::unix::ffi::OsStringExt;
    let source = PathBuf::from(std::ffi::OsString::from_vec(b"/videos/caf\xe9 \xff\xfe.mp4".to_vec()));
    assert!(source.to_str().is_none());
    let folder = Folder::new();
    let new = NewItem { source: source.clone(), ..talk() };
    let id = folder.add(new.clone()).await.id;
    let folder = folder.reopened();
    assert_eq!(folder.reread(id).await.source, source);
    let (again, adopted) = folder.store.add(new).await.unwrap();
    assert!(adopted && again.id == id, "it is found by its path all the same");
}

#[tokio::test]
async fn the_summary_in_the_list_follows_the_stage() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    let found = Stored { follow_ups: vec![FollowUpKind::Publish.into()], twins: vec![8], ..stored(7) };
    let failure = Failure::new(Code::OutcomeUnknown).detail("a particular");
    let steps = [
        // event, stage, stored bytes, unsettled, video, published, playable
        (opened(), "uploading", 0, false, None, false, None),
        (acknowledged(1), "uploading", 10, false, None, false, None),
        (acknowledged(4), "uploading", 23, false, None, false, None),
        (acknowledged(2), "uploading", 33, false, None, false, None),
        (Event::ChunkWithdrawn { number: 2 }, "uploading", 23, false, None, false, None),
        (acknowledged(2), "uploading", 33, false, None, false, None),
        (committed().pop().unwrap(), "confirming", 33, true, None, false, None),
        (Event::Failed(failure.clone()), "failed", 33, true, None, false, None),
        (Event::Retried, "confirming", 33, true, None, false, None),
        (Event::VideoFound(found), "stored", 0, false, Some(7), false, None),
        (Event::Failed(failure.clone()), "failed", 0, false, Some(7), false, None),
        (Event::Retried, "stored", 0, false, Some(7), false, None),
        (Event::FollowUpDone { index: 0 }, "stored", 0, false, Some(7), true, None),
        (Event::PlayableChecked { seen: true }, "stored", 0, false, Some(7), true, Some(true)),
        (Event::Finished, "done", 0, false, Some(7), true, Some(true)),
    ];
    let mut current = Stage::Queued;
    for (event, stage, stored_bytes, unsettled, video, published, playable) in steps {
        current = current.next(event.clone()).unwrap();
        folder.store.append(id, &event, &current, With::Nothing).await.unwrap();
        let summary = folder.reread(id).await.summary;
        let name = event.name();
        assert_eq!(summary.stage, stage, "{name}");
        assert_eq!((summary.stored_bytes, summary.unsettled), (stored_bytes, unsettled), "{name}");
        assert_eq!(summary.video.as_ref().map(|video| video.id), video, "{name}");
        assert_eq!((summary.published, summary.playable), (published, playable), "{name}");
        assert_eq!(summary.twins, if video.is_some() { vec![8] } else { vec![] }, "{name}");
        assert_eq!(summary.failure, (stage == "failed").then(|| failure.clone()), "{name}");
        assert_eq!(summary, Summary::of(&current), "{name}");
    }
}

#[tokio::test]
async fn unfinished_items_are_listed_in_queue_order_and_finished_ones_are_not() {
    let folder = Folder::new();
    let mut ids = Vec::new();
    for name in ["queued", "confirming", "done", "cancelled", "failed", "stored"] {
        ids.push(folder.add(named(name)).await.id);
    }
    folder.record(ids[1], &committed()).await;
    folder.record(ids[2], &finished(7)).await;
    folder.record(ids[3], &[Event::Cancelled]).await;
    folder.record(ids[4], &[Event::Failed(Failure::new(Code::FileRefused))]).await;
    folder.record(ids[5], &arrived(8)).await;
    let briefs = folder.reopened().store.unfinished().await.unwrap();
    let told: Vec<_> = briefs.iter().map(|it| (it.id, it.failed, it.unsettled, it.stored, it.size)).collect();
    let expected = [
        (ids[0], false, false, false, 43),
        (ids[1], false, true, false, 43),
        (ids[4], true, false, false, 43),
        (ids[5], false, false, true, 43),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_the_scheduler_reads_of_an_item_is_what_the_item_says() {
    let folder = Folder::new();
    let replaces = Some(Replacement::by_file(7, FileKind::Image));
    let replacing = NewItem { replaces, lane: Lane::Automatic, ..named("cover.jpg") };
    let ids = [folder.add(replacing).await.id, folder.add(named("paused.mp4")).await.id, folder.add(talk()).await.id];
    folder.store.set_intent(ids[1], Intent::Pause).await.unwrap();
    folder.record(ids[2], &[opened(), acknowledged(1)]).await;
    let items = folder.store.items().await.unwrap();
    assert_eq!(folder.store.unfinished().await.unwrap(), items.iter().map(Item::brief).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_videos_that_the_queue_made_are_known_for_each_workspace() {
    let folder = Folder::new();
    let elsewhere = Origin::parse("other.example.com").unwrap();
    let (done, stored, deleted) = (named("done"), named("stored"), named("cancelled once it was there"));
    for (new, events) in [
        (done, finished(1)),
        (stored, arrived(2)),
        (deleted, [arrived(3), vec![Event::Cancelled]].concat()),
        (named("unclear"), committed()),
        (NewItem { workspace: elsewhere.clone(), ..talk() }, finished(4)),
    ] {
        let id = folder.add(new).await.id;
        folder.record(id, &events).await;
    }
    assert_eq!(folder.store.known_videos(origin()).await.unwrap(), HashSet::from([1, 2, 3]));
    assert_eq!(folder.store.known_videos(elsewhere).await.unwrap(), HashSet::from([4]));
}

#[tokio::test]
async fn the_log_of_an_item_keeps_its_newest_lines_and_other_logs_are_left_alone() {
    let folder = Folder::new();
    let (busy, quiet) = (folder.add(named("busy")).await.id, folder.add(named("quiet")).await.id);
    folder.store.note(quiet, "a single line".into());
    for line in 0..2_500 {
        folder.store.note(busy, line.to_string());
    }
    let lines: Vec<u32> = folder.store.notes(busy).await.unwrap().iter().map(|it| it.text.parse().unwrap()).collect();
    assert_eq!(lines, (1_500..2_500).collect::<Vec<_>>());
    assert_eq!(folder.store.notes(quiet).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_logs_of_items_that_take_turns_are_all_bounded() {
    let folder = Folder::new();
    let (one, other) = (folder.add(named("one")).await.id, folder.add(named("other")).await.id);
    for line in 0..1_200 {
        folder.store.note(one, line.to_string());
        folder.store.note(other, line.to_string());
    }
    for id in [one, other] {
        assert_eq!(folder.store.notes(id).await.unwrap().len(), 1_000);
    }
}

#[tokio::test]
async fn workspaces_are_remembered_in_the_order_in_which_they_were_added() {
    let folder = Folder::new();
    let workspace = |host: &str, name: &str, api: ApiVersion| Workspace {
        origin: Origin::parse(host).unwrap(),
        name: name.into(),
        login: origin(),
        api,
    };
    for (host, name, api) in [
        ("video.example.com", "Video", ApiVersion::V2),
        ("zoo.example.com", "Zoo", ApiVersion::V2),
        ("video.example.com", "Film", ApiVersion::V1),
    ] {
        folder.store.put_workspace(workspace(host, name, api)).await.unwrap();
    }
    let folder = folder.reopened();
    let expected =
        [workspace("video.example.com", "Film", ApiVersion::V1), workspace("zoo.example.com", "Zoo", ApiVersion::V2)];
    assert_eq!(folder.store.workspaces().await.unwrap(), expected);
    folder.store.remove_workspace(origin()).await.unwrap();
    assert_eq!(folder.store.workspaces().await.unwrap(), expected[1..]);
}

#[tokio::test]
async fn nothing_is_revised_over_a_journal_that_has_grown_nor_finished_over_a_revision() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    let stage = folder.record(id, &arrived(7)).await;
    let seen = folder.reread(id).await;
    let public = Revision { publish: Publish::AtOnce, ..Revision::of(&seen) };
    assert!(!folder.store.revise(id, 0, public.clone()).await.unwrap());
    assert_eq!(folder.reread(id).await.publish, Publish::Draft);
    let events = arrived(7).len();
    assert!(folder.store.revise(id, events, public).await.unwrap());
    let done = stage.next(Event::Finished).unwrap();
    assert!(!folder.store.append_unless_revised(&seen, &Event::Finished, &done).await.unwrap());
    assert_eq!(folder.events(id).await.len(), events);
    let seen = folder.reread(id).await;
    assert!(folder.store.append_unless_revised(&seen, &Event::Finished, &done).await.unwrap());
    assert_eq!(folder.reread(id).await.summary.stage, "done");
}

#[tokio::test]
async fn an_item_that_cannot_begin_as_it_is_has_failed_from_the_start() {
    let folder = Folder::new();
    let failure = Failure::new(Code::MetadataInvalid).detail("talk.json: title");
    let item = folder.add(NewItem { failure: Some(failure.clone()), ..talk() }).await;
    assert_eq!((item.summary.stage.as_str(), item.summary.failure), ("failed", Some(failure.clone())));
    let folder = folder.reopened();
    assert_eq!(folder.events(item.id).await, [Event::Failed(failure)]);
}

#[tokio::test]
async fn a_folder_is_owned_until_its_database_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let (home, mut free) = Home::open(dir.path()).unwrap().shared();
    let store = Store::within(home).unwrap();
    let (another, log) = (store.clone(), dir.path().join("queue.db-wal"));
    store.add(talk()).await.unwrap();
    drop(store);
    assert_eq!(Home::open(dir.path()).unwrap_err().code, Code::DataFolderBusy);
    assert!(log.exists() && free.try_recv().is_err_and(|it| it == tokio::sync::mpsc::error::TryRecvError::Empty));
    drop(another);
    assert!(!log.exists() && free.recv().await.is_none());
    Home::open(dir.path()).unwrap();
}
