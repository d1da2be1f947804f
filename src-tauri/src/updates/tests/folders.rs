//! What is told of watched folders, and when.

use super::*;
use slipway_engine::FolderState;
use slipway_engine::folder::{FolderId, Preset};
use slipway_engine::workspace::Origin;

fn folder(n: u128) -> FolderView {
    FolderView {
        id: FolderId(uuid::Uuid::from_u128(n)),
        path: format!("/watched/{n}").into(),
        preset: Preset::new(Origin::parse("video.example.com").unwrap()),
        state: FolderState::Watching,
        waiting: 0,
        writing: 0,
        finishing: 0,
        failure: None,
    }
}

/// Waits for the folders to be told: for each the revision of its ledger, and how many of its files wait.
async fn told(rig: &mut Rig) -> Vec<(u64, u64)> {
    loop {
        if let Some(folders) = rig.told().await.folders {
            let folders = serde_json::to_value(folders).unwrap();
            let number = |row: &serde_json::Value, field: &str| row[field].as_u64().unwrap();
            let rows = folders.as_array().unwrap().iter();
            return rows.map(|row| (number(row, "revision"), number(row, "waiting"))).collect();
        }
    }
}

/// A rig whose pages have seen two folders.
async fn seen() -> Rig {
    let rig = Rig::roomy().await;
    *rig.queue.folders.lock().unwrap() = vec![folder(1), folder(2)];
    assert_eq!(rig.updates.see().await.unwrap().folders.len(), 2);
    rig
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_hints_is_followed_by_two_looks_a_second_and_its_end_is_not_lost() {
    let mut rig = seen().await;
    let looked = rig.queue.folder_looks.load(Ordering::SeqCst);
    let first = rig.updates.revisions().of(folder(1).id);
    for _ in 0..1_000 {
        rig.feed.send(Update::Folder(folder(1).id)).unwrap();
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let end = u64::from(first) + 1_000;
    let mut last = told(&mut rig).await;
    while last[0].0 < end {
        let next = told(&mut rig).await;
        assert!(next[0].0 > last[0].0, "nothing is told twice, and nothing goes back");
        assert_eq!(next[1], last[1], "nothing is said of the other's ledger");
        last = next;
    }
    let looks = rig.queue.folder_looks.load(Ordering::SeqCst) - looked;
    assert!((3..=9).contains(&looks), "{looks} looks in three seconds");
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(rig.told.try_recv().is_err(), "silence costs nothing");
    assert_eq!(rig.queue.folder_looks.load(Ordering::SeqCst) - looked, looks);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_a_file_in_a_folder_is_news_of_its_ledger_and_of_no_other() {
    let mut rig = seen().await;
    rig.queue.folders.lock().unwrap()[0].waiting = 1;
    rig.put(&ItemView { file: "/watched/1/below/talk.mp4".into(), stage: "queued".into(), ..item(7) });
    let before = rig.updates.revisions().of(folder(2).id);
    let now = told(&mut rig).await;
    assert_eq!((now[0].1, now[1]), (1, (u64::from(before), 0)));
    let looks = rig.queue.folder_looks.load(Ordering::SeqCst);
    rig.put(&ItemView { file: "/watched/12/talk.mp4".into(), stage: "queued".into(), ..item(8) });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(rig.queue.folder_looks.load(Ordering::SeqCst), looks, "a name that begins alike is another folder");
}

#[tokio::test(start_paused = true)]
async fn what_is_still_to_be_done_for_videos_of_a_folder_is_told() {
    let mut rig = seen().await;
    rig.queue.folders.lock().unwrap()[1].finishing = 2;
    rig.feed.send(Update::Folder(folder(2).id)).unwrap();
    let folders = serde_json::to_value(rig.told().await.folders).unwrap();
    assert_eq!([&folders[0]["finishing"], &folders[1]["finishing"]], [0, 2], "{folders}");
}

#[tokio::test(start_paused = true)]
async fn where_news_were_missed_every_ledger_may_read_otherwise() {
    let mut rig = seen().await;
    let before: Vec<u32> = [1, 2].map(|n| rig.updates.revisions().of(folder(n).id)).to_vec();
    rig.feed.send(Update::Missed).unwrap();
    let now = told(&mut rig).await;
    assert!(now.iter().zip(before).all(|(now, before)| now.0 > u64::from(before)), "{now:?}");
}
