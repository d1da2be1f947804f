//! What the ledger remembers: a file is sent once, whatever it is called by now, and what became of each is said.

use super::{Watched, a_moment, film, rig};
use crate::rig::{LARGE, SMALL};
use slipway_engine::failure::Code;
use slipway_engine::folder::OnChange;
use slipway_sandbox::{Endpoint, Fault};
use std::fs;
use std::io::Write;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_renamed_or_moved_is_not_sent_again_and_a_copy_is_named_as_such() {
    let rig = rig().await;
    let (one, other) = (Watched::new(&rig, "one", |_| {}).await, Watched::new(&rig, "other", |_| {}).await);
    let file = one.film("talk.mp4");
    let sent = one.until(&rig, "talk.mp4", "done").await;
    let renamed = one.path.join("renamed.mp4");
    fs::rename(file, &renamed).unwrap();
    assert_eq!(one.until(&rig, "renamed.mp4", "done").await.video_id, sent.video_id);
    fs::copy(&renamed, one.path.join("copy.mp4")).unwrap();
    assert_eq!(one.until(&rig, "copy.mp4", "same").await.same_as, Some(sent.id));
    fs::rename(&renamed, other.path.join("moved.mp4")).unwrap();
    assert_eq!(other.until(&rig, "moved.mp4", "done").await.video_id, sent.video_id);
    fs::remove_file(other.path.join("moved.mp4")).unwrap();
    // Something that is sent after all this was looked at.
    other.film("last.mp4");
    other.until(&rig, "last.mp4", "done").await;
    assert_eq!(rig.uploads().len(), 2, "{}", rig.story());
    assert_eq!(rig.sandbox().videos().len(), 2, "deleting a file touches no video");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changed_follows_its_folders_rule() {
    let rig = rig().await;
    let rules = [("ignored", OnChange::Ignore), ("new", OnChange::New), ("replaced", OnChange::Replace)];
    let mut folders = Vec::new();
    for (name, rule) in rules {
        let folder = Watched::new(&rig, name, |preset| preset.on_change = rule).await;
        fs::write(folder.path.join("talk.mp4"), film(name, SMALL)).unwrap();
        let video = folder.until(&rig, "talk.mp4", "done").await.video_id.unwrap();
        folders.push((folder, video));
    }
    for (folder, _) in &folders {
        let name = format!("{} and changed", folder.path.display());
        fs::write(folder.path.join("talk.mp4"), film(&name, SMALL + 1)).unwrap();
    }
    let [(ignored, first), (new, second), (replaced, third)] = folders.try_into().ok().unwrap();
    while rig.copies(&new.path.join("talk.mp4")).is_empty() || rig.copies(&replaced.path.join("talk.mp4")).is_empty() {
        a_moment().await;
    }
    let again = rig.copies(&new.path.join("talk.mp4")).remove(0).photo_id;
    assert_ne!(again, second, "another video");
    assert_eq!(rig.copies(&replaced.path.join("talk.mp4")).remove(0).photo_id, third, "the same video");
    // It has been looked at by now, or is about to be: then it is as it was.
    ignored.film("later.mp4");
    ignored.until(&rig, "later.mp4", "done").await;
    let left = ignored.until(&rig, "talk.mp4", "done").await;
    assert_eq!((left.video_id, left.why.as_deref()), (Some(first), Some("skip.changed")));
    assert!(rig.copies(&ignored.path.join("talk.mp4")).is_empty());
    assert_eq!(rig.uploads().len(), 5, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_while_it_is_sent_is_sent_as_it_is_when_it_stands_still_again() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let file = folder.path.join("talk.mp4");
    fs::write(&file, film("first", LARGE)).unwrap();
    rig.until_struck("StallBeforeReading").await;
    fs::write(&file, film("second", LARGE)).unwrap();
    rig.sandbox().clear_faults();
    let line = folder.until(&rig, "talk.mp4", "done").await;
    rig.assert_done_once("changed under way", &rig.engine().item(line.item.unwrap()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_says_why_a_file_was_left_out_and_sends_it_if_somebody_says_so() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.exclude = vec!["draft*".into()]).await;
    fs::write(folder.path.join("notes.pdf"), "words").unwrap();
    fs::write(folder.path.join("talk.mp4.part"), "a part").unwrap();
    folder.film("draft.mp4");
    for (name, why) in [("notes.pdf", "skip.kind"), ("draft.mp4", "skip.pattern")] {
        assert_eq!(folder.until(&rig, name, "skipped").await.why.as_deref(), Some(why));
    }
    folder.film("talk.mp4");
    let sent = folder.until(&rig, "talk.mp4", "done").await;
    rig.engine().send_files_again(folder.id, vec![sent.id]).await.unwrap();
    while rig.uploads().len() < 2 {
        a_moment().await;
    }
    let again = folder.until(&rig, "talk.mp4", "done").await;
    assert!(again.id > sent.id && again.video_id != sent.video_id, "{again:?}");
    let names = rig.engine().ledger(folder.id).await.unwrap().into_iter().map(|it| it.path);
    assert_eq!(names.collect::<Vec<_>>(), ["draft.mp4", "notes.pdf", "talk.mp4"].map(std::path::PathBuf::from));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_ledger_knows_outlives_the_queues_memory() {
    let mut rig = rig().await;
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    let file = folder.film("talk.mp4");
    let sent = folder.until(&rig, "talk.mp4", "done").await;
    rig.engine().clear(sent.item.unwrap()).await.unwrap();
    rig.restart().await;
    let known = folder.until(&rig, "talk.mp4", "done").await;
    assert_eq!((known.video_id, known.admin_url), (sent.video_id, sent.admin_url));
    fs::rename(file, folder.path.join("renamed.mp4")).unwrap();
    assert_eq!(folder.until(&rig, "renamed.mp4", "done").await.video_id, sent.video_id);
    assert_eq!(rig.uploads().len(), 1, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_begins_with_a_videos_id_replaces_it_where_the_folder_allows_that() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.replace_by_id = true).await;
    folder.film("talk.mp4");
    let video = folder.until(&rig, "talk.mp4", "done").await.video_id.unwrap();
    let cut = folder.film(&format!("[{video}] talk.mp4"));
    folder.until(&rig, &format!("[{video}] talk.mp4"), "done").await;
    assert_eq!(rig.copies(&cut).remove(0).photo_id, video);
    let nobody = folder.film("[99999999] talk.mp4");
    let line = folder.until(&rig, "[99999999] talk.mp4", "failed").await;
    assert_eq!(line.failure.unwrap().code, Code::VideoUnknown);
    assert!(rig.copies(&nobody).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_left_out_has_one_line_however_often_it_is_written_to() {
    let mut rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.exclude = vec!["draft*".into()]).await;
    let left_out = ["notes.log", "draft.mp4"];
    for name in left_out {
        fs::write(folder.path.join(name), film(name, SMALL)).unwrap();
    }
    let mut lines = Vec::new();
    for name in left_out {
        lines.push(folder.until(&rig, name, "skipped").await.id);
    }
    for number in 0..4 {
        for name in left_out {
            let mut file = fs::File::options().append(true).open(folder.path.join(name)).unwrap();
            file.write_all(b"and something more").unwrap();
        }
        // Taken after those were looked at.
        let film = format!("{number}.mp4");
        folder.film(&film);
        folder.until(&rig, &film, "done").await;
    }
    for (name, line) in left_out.iter().zip(&lines) {
        assert_eq!(folder.until(&rig, name, "skipped").await.id, *line, "{name}");
    }
    // How large it is by now is said when everything was looked at.
    rig.restart().await;
    for (name, id) in left_out.iter().zip(lines) {
        let size = fs::metadata(folder.path.join(name)).unwrap().len();
        let known = folder.until_line(&rig, |line| line.path == std::path::Path::new(name) && line.size == Some(size));
        let known = tokio::time::timeout(super::PATIENCE, known).await;
        assert_eq!(known.ok().map(|line| line.id), Some(id), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_film_that_was_left_out_for_its_name_is_sent_under_another() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.exclude = vec!["draft*".into()]).await;
    let draft = folder.film("draft.mp4");
    folder.until(&rig, "draft.mp4", "skipped").await;
    let finished = folder.path.join("talk.mp4");
    fs::rename(draft, &finished).unwrap();
    let line = folder.until(&rig, "talk.mp4", "done").await;
    rig.assert_done_once("renamed", &rig.engine().item(line.item.unwrap()).await.unwrap());
}
