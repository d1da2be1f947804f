//! A file that is renamed or moved while it is on its way is followed, and whatever comes to lie in its place is another.

use super::{Watched, film, place, rig};
use crate::rig::{LARGE, Rig};
use slipway_engine::Update;
use slipway_engine::folder::OnChange;
use slipway_sandbox::{Endpoint, Fault};
use std::fs;
use std::path::{Path, PathBuf};

/// Held in the middle of its upload.
pub(super) async fn held(rig: &Rig, folder: &Watched, name: &str) -> PathBuf {
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let file = folder.path.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, film(name, LARGE)).unwrap();
    rig.until_struck("StallBeforeReading").await;
    // The last piece stands beside it, its end held back, under the name that the file has now.
    rig.sandbox().until(|seen| seen.chunks().any(|it| it.chunk == Some(4) && it.body_bytes > 0)).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_whose_file_another_has_now_takes_the_next_of_that_name_as_new_and_the_first_one_back() {
    let mut rig = rig().await;
    let replacing = |preset: &mut slipway_engine::folder::Preset| preset.on_change = OnChange::Replace;
    let (one, other) = (Watched::new(&rig, "one", replacing).await, Watched::new(&rig, "other", replacing).await);
    let file = one.film("talk.mp4");
    let first = one.until(&rig, "talk.mp4", "done").await;
    let there = other.path.join("talk.mp4");
    fs::rename(&file, &there).unwrap();
    other.until(&rig, "talk.mp4", "done").await;
    fs::write(&file, film("the next", LARGE)).unwrap();
    let second = one.until(&rig, "talk.mp4", "done").await;
    assert_ne!(second.video_id, first.video_id);
    assert_eq!((rig.copies(&file).len(), rig.copies(&there).len()), (1, 1), "{}", rig.story());
    // Both change, and so each has more than one line.
    fs::write(&file, film("the next, changed", LARGE + 1)).unwrap();
    while rig.copies(&file).is_empty() {
        super::a_moment().await;
    }
    one.until(&rig, "talk.mp4", "done").await;
    fs::rename(&file, one.path.join("second.mp4")).unwrap();
    assert_eq!(one.until(&rig, "second.mp4", "done").await.video_id, second.video_id);
    rig.restart().await;
    fs::write(&file, film("the third", LARGE)).unwrap();
    let third = one.until(&rig, "talk.mp4", "done").await;
    assert!(![first.video_id, second.video_id].contains(&third.video_id), "{}", rig.story());
    // Over another one: what it was made of is known, and nothing is sent.
    fs::rename(one.path.join("second.mp4"), &file).unwrap();
    one.until_line(&rig, |line| line.path == Path::new("talk.mp4") && line.video_id == second.video_id).await;
    fs::rename(&there, one.path.join("first.mp4")).unwrap();
    assert_eq!(one.until(&rig, "first.mp4", "done").await.video_id, first.video_id);
    assert!(rig.engine().ledger(other.id).await.unwrap().is_empty());
    assert_eq!(rig.uploads().len(), 3, "{}", rig.story());
}
