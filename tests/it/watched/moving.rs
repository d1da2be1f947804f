//! A file that is renamed or moved while it is on its way is followed, and whatever comes to lie in its place is another.

use super::{Watched, film, place, rig};
use crate::rig::{LARGE, Rig};
use slipway_engine::Update;
use slipway_engine::folder::OnChange;
use slipway_sandbox::{Endpoint, Fault};
use std::fs;
use std::path::{Path, PathBuf};

/// Held in the middle of its upload.
async fn held(rig: &Rig, folder: &Watched, name: &str) -> PathBuf {
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let file = folder.path.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, film(name, LARGE)).unwrap();
    rig.until_struck("StallBeforeReading").await;
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_renamed_or_moved_while_it_is_sent_goes_on_from_where_it_was() {
    type Move = fn(&Path, &Path);
    let moves: [(&str, Move); 3] = [
        ("renamed.mp4", |from, to| fs::rename(from, to).unwrap()),
        ("deep/down/moved.mp4", |from, to| {
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(from, to).unwrap();
        }),
        // Its whole folder is called otherwise.
        ("other day/talk.mp4", |from, to| fs::rename(from.parent().unwrap(), to.parent().unwrap()).unwrap()),
    ];
    for (name, rename) in moves {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |_| {}).await;
        let mut updates = rig.engine().subscribe();
        let file = held(&rig, &folder, "day/talk.mp4").await;
        let to = folder.path.join(name);
        rename(&file, &to);
        rig.sandbox().clear_faults();
        let line = folder.until(&rig, name, "done").await;
        let item = rig.engine().item(line.item.unwrap()).await.unwrap();
        assert_eq!(item.file, to);
        rig.assert_done_once(name, &item);
        while let Ok(update) = updates.try_recv() {
            let calm = match &update {
                Update::Item(item) => item.failure.is_none(),
                Update::Waiting { .. } => false,
                _ => true,
            };
            assert!(calm, "{name}: {update:?}");
        }
        let accepted =
            |chunk| rig.chunks().iter().filter(|it| it.chunk == Some(chunk) && it.status == Some(200)).count();
        assert_eq!(accepted(1), 1, "{name}: nothing is sent twice: {}", rig.story());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_moved_to_another_watched_folder_while_it_is_sent_is_that_folders_from_then_on() {
    let mut rig = rig().await;
    let (one, other) = (Watched::new(&rig, "one", |_| {}).await, Watched::new(&rig, "other", |_| {}).await);
    let file = held(&rig, &one, "talk.mp4").await;
    // While nobody looks.
    rig.stop().await;
    fs::rename(&file, other.path.join("talk.mp4")).unwrap();
    rig.sandbox().clear_faults();
    rig.start().await;
    let line = other.until(&rig, "talk.mp4", "done").await;
    rig.assert_done_once("moved", &rig.engine().item(line.item.unwrap()).await.unwrap());
    assert!(rig.engine().ledger(one.id).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_taken_away_and_put_back_goes_on_by_itself() {
    for (name, as_a_copy) in [("back.mp4", false), ("talk.mp4", false), ("talk.mp4", true)] {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |_| {}).await;
        let file = held(&rig, &folder, "talk.mp4").await;
        let away = place(&rig, "somewhere else").join("talk.mp4");
        fs::rename(&file, &away).unwrap();
        rig.sandbox().clear_faults();
        folder.until(&rig, "talk.mp4", "failed").await;
        let back = folder.path.join(name);
        if as_a_copy {
            let written = fs::metadata(&away).unwrap().modified().unwrap();
            fs::copy(&away, &back).unwrap();
            fs::File::options().append(true).open(&back).unwrap().set_modified(written).unwrap();
        } else {
            fs::rename(&away, &back).unwrap();
        }
        let line = folder.until(&rig, name, "done").await;
        rig.assert_done_once(name, &rig.engine().item(line.item.unwrap()).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_file_in_the_place_of_one_that_was_renamed_is_no_change_of_it() {
    for rule in [OnChange::Ignore, OnChange::Replace] {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |preset| preset.on_change = rule).await;
        let file = folder.film("talk.mp4");
        let first = folder.until(&rig, "talk.mp4", "done").await;
        // Both at once, and the name that is decided about first is the old one.
        let next = place(&rig, "beside").join("next.mp4");
        fs::write(&next, film("next", LARGE)).unwrap();
        fs::rename(&file, folder.path.join("talk, renamed.mp4")).unwrap();
        fs::rename(&next, &file).unwrap();
        let renamed = folder.until(&rig, "talk, renamed.mp4", "done").await;
        assert_eq!(renamed.video_id, first.video_id, "{rule:?}");
        let second = folder.until_line(&rig, |line| line.path == Path::new("talk.mp4") && line.state == "done").await;
        assert_ne!(second.video_id, first.video_id, "{rule:?}");
        assert_eq!(rig.uploads().len(), 2, "{rule:?}: {}", rig.story());
        for file in [file, folder.path.join("talk, renamed.mp4")] {
            assert_eq!(rig.copies(&file).len(), 1, "{rule:?}: {}", file.display());
        }
    }
}
