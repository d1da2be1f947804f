//! The list part by part.

use super::*;

/// Names of the files, in the order of the parts.
async fn listed(folder: &Folder, count: usize) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let items = folder.store.part(after, count).await.unwrap();
        let name = |item: &Item| item.source.file_name().unwrap().to_str().unwrap().to_owned();
        names.extend(items.iter().map(name));
        match items.last().filter(|_| items.len() == count) {
            Some(last) => after = Some(Mark { over: last.summary.is_over(), position: last.position }),
            None => return names,
        }
    }
}

#[tokio::test]
async fn all_parts_are_the_list_with_what_is_over_at_its_end() {
    let folder = Folder::new();
    let mut ids = Vec::new();
    for name in ["done", "queued", "cancelled", "failed", "stored", "done too"] {
        ids.push(folder.add(named(name)).await.id);
    }
    folder.record(ids[0], &finished(7)).await;
    folder.record(ids[2], &[Event::Cancelled]).await;
    folder.record(ids[3], &[Event::Failed(Failure::new(Code::FileRefused))]).await;
    folder.record(ids[4], &arrived(8)).await;
    folder.record(ids[5], &finished(9)).await;
    folder.store.set_first(ids[4]).await.unwrap();
    let wanted = ["stored", "queued", "failed", "done", "cancelled", "done too"];
    for count in 1..=7 {
        assert_eq!(listed(&folder, count).await, wanted, "by {count}");
    }
}
