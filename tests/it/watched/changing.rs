//! A file that changes after it was taken: the ledger knows it as it is now, and what was never a video may still become one.

use super::moving::held;
use super::{Watched, a_moment, film, place, rig};
use crate::rig::{LARGE, Rig, SMALL};
use slipway_engine::failure::Code;
use slipway_engine::folder::{AfterUpload, OnChange};
use slipway_engine::item::Intent;
use slipway_sandbox::{Endpoint, Fault};
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Touched an hour ago, as far as its time says.
fn touch(file: &Path) {
    let time = SystemTime::now() - Duration::from_hours(1);
    File::options().append(true).open(file).unwrap().set_modified(time).unwrap();
}

/// Sent as it became while it was on its way.
async fn changed_under_way(rig: &Rig, folder: &Watched) {
    let file = held(rig, folder, "talk.mp4").await;
    fs::write(&file, film("changed", LARGE)).unwrap();
    rig.sandbox().clear_faults();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changed_while_it_was_sent_is_put_away_like_any_other() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.after = AfterUpload::Move).await;
    changed_under_way(&rig, &folder).await;
    folder.until(&rig, "Published/talk.mp4", "done").await;
    rig.assert_arrived_once("put away", &folder.path.join("Published/talk.mp4"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changed_while_it_was_sent_is_known_as_it_became() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.on_change = OnChange::New).await;
    changed_under_way(&rig, &folder).await;
    let sent = folder.until(&rig, "talk.mp4", "done").await;
    let file = folder.path.join("talk.mp4");
    fs::copy(&file, folder.path.join("copy.mp4")).unwrap();
    assert_eq!(folder.until(&rig, "copy.mp4", "same").await.same_as, Some(sent.id));
    // What its item knew goes with it; the ledger has to know by itself.
    rig.engine().clear(sent.item.unwrap()).await.unwrap();
    touch(&file);
    folder.film("last.mp4");
    folder.until(&rig, "last.mp4", "done").await;
    assert_eq!(rig.uploads().len(), 2, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_only_touched_before_its_video_is_there_is_sent_all_the_same() {
    for (paused, away) in [(false, false), (true, false), (false, true)] {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |_| {}).await;
        let file = held(&rig, &folder, "talk.mp4").await;
        let item = rig.engine().items().await.unwrap()[0].id;
        if paused {
            rig.engine().set_intent(item, Intent::Pause).await.unwrap();
        }
        if away {
            let away = place(&rig, "somewhere else").join("talk.mp4");
            fs::rename(&file, &away).unwrap();
            rig.sandbox().clear_faults();
            folder.until(&rig, "talk.mp4", "failed").await;
            fs::copy(&away, &file).unwrap();
        }
        touch(&file);
        rig.sandbox().clear_faults();
        if paused {
            // The folder has looked at it by now.
            folder.film("other.mp4");
            folder.until(&rig, "other.mp4", "done").await;
            rig.engine().set_intent(item, Intent::Run).await.unwrap();
        }
        let line = folder.until(&rig, "talk.mp4", "done").await;
        let what = format!("paused {paused}, away {away}");
        assert_eq!((line.item, rig.copies(&file).len()), (Some(item), 1), "{what}: {}", rig.story());
        assert_eq!(rig.uploads().len(), 1 + usize::from(paused), "{what}: {}", rig.story());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_which_no_video_was_ever_made_is_sent_when_it_is_another_and_not_when_it_is_the_same() {
    for refused in [true, false] {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |_| {}).await;
        let file = folder.path.join("talk.mp4");
        let first = if refused {
            let answer = "error The file type isn't supported";
            rig.sandbox().inject(Fault::on(Endpoint::Chunk).always().answer(200, answer));
            fs::write(&file, film("first", LARGE)).unwrap();
            let line = folder.until(&rig, "talk.mp4", "failed").await;
            assert_eq!(line.failure.as_ref().map(|it| it.code), Some(Code::FileRefused));
            line
        } else {
            held(&rig, &folder, "talk.mp4").await;
            let item = rig.engine().items().await.unwrap()[0].id;
            rig.engine().set_intent(item, Intent::Cancel).await.unwrap();
            folder.until(&rig, "talk.mp4", "cancelled").await
        };
        rig.sandbox().clear_faults();
        rig.engine().clear(first.item.unwrap()).await.unwrap();
        let uploads = rig.uploads().len();
        touch(&file);
        folder.film("other.mp4");
        folder.until(&rig, "other.mp4", "done").await;
        assert_eq!(rig.uploads().len(), uploads + 1, "the same bytes were taken back: {}", rig.story());
        fs::write(&file, film("corrected", SMALL)).unwrap();
        let sent = folder.until(&rig, "talk.mp4", "done").await;
        assert!(sent.id > first.id && sent.why.is_none(), "refused {refused}: {sent:?}");
        assert_eq!(rig.copies(&file).len(), 1, "refused {refused}: {}", rig.story());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_the_place_of_one_that_has_another_name_still_follows_the_folders_rule() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.on_change = OnChange::Replace).await;
    let file = folder.film("talk.mp4");
    let sent = folder.until(&rig, "talk.mp4", "done").await;
    fs::hard_link(&file, folder.path.join("backup.mp4")).unwrap();
    folder.until(&rig, "backup.mp4", "same").await;
    let next = place(&rig, "beside").join("next.mp4");
    fs::write(&next, film("next", LARGE)).unwrap();
    fs::rename(&next, &file).unwrap();
    let replaced = async {
        while rig.copies(&file).is_empty() {
            a_moment().await;
        }
    };
    assert!(tokio::time::timeout(super::PATIENCE, replaced).await.is_ok(), "it waits for ever");
    assert_eq!(rig.copies(&file).remove(0).photo_id, sent.video_id.unwrap());
    folder.until(&rig, "backup.mp4", "same").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replacement_that_came_to_nothing_is_followed_by_another_and_by_no_new_video() {
    for (refused, cleared) in [(true, true), (false, true), (false, false)] {
        let rig = rig().await;
        let folder = Watched::new(&rig, "talks", |preset| preset.on_change = OnChange::Replace).await;
        let file = folder.film("talk.mp4");
        let first = folder.until(&rig, "talk.mp4", "done").await;
        let second = if refused {
            let answer = "error The file type isn't supported";
            rig.sandbox().inject(Fault::on(Endpoint::Chunk).always().answer(200, answer));
            fs::write(&file, film("second", LARGE)).unwrap();
            folder.until(&rig, "talk.mp4", "failed").await
        } else {
            held(&rig, &folder, "talk.mp4").await;
            let items = rig.engine().items().await.unwrap();
            let replacing = items.iter().find(|item| item.replaces.is_some()).unwrap().id;
            rig.engine().set_intent(replacing, Intent::Cancel).await.unwrap();
            folder.until(&rig, "talk.mp4", "cancelled").await
        };
        if cleared {
            rig.engine().clear(second.item.unwrap()).await.unwrap();
        }
        rig.sandbox().clear_faults();
        fs::write(&file, film("corrected", SMALL)).unwrap();
        let line = folder.until(&rig, "talk.mp4", "done").await;
        let what = format!("refused {refused}, cleared {cleared}: {}", rig.story());
        assert_eq!((line.video_id, rig.uploads().len()), (first.video_id, 1), "{what}");
        assert_eq!(rig.copies(&file).len(), 1, "{what}");
    }
}
