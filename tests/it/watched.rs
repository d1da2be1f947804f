//! Watched folders, on the real file system with the system's real hints: what is put into them is sent by itself, each
//! file once and whole, and nothing else.

mod afterwards;
mod changing;
mod late;
mod ledger;
#[cfg(unix)]
mod links;
mod moving;
mod writers;

use crate::rig::{Making, Rig, SMALL, bytes};
use slipway_engine::failure::Code;
use slipway_engine::folder::{FolderId, Preset, Wish};
use slipway_engine::item::{Category, Lane, Publish};
use slipway_engine::{Absolute, FolderState, FolderView, LedgerLine};
use slipway_sandbox::Switches;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder beside the data folder, watched or about to be.
pub(crate) struct Watched {
    pub(crate) path: PathBuf,
    pub(crate) id: FolderId,
}

impl Watched {
    /// Makes a folder and watches it, with this said about it.
    pub(crate) async fn new(rig: &Rig, name: &str, change: impl FnOnce(&mut Preset)) -> Self {
        Self::at(rig, &place(rig, name), false, change).await
    }

    /// Watches a folder that is there.
    pub(crate) async fn at(rig: &Rig, path: &Path, existing: bool, change: impl FnOnce(&mut Preset)) -> Self {
        let mut preset = Preset::new(rig.origin());
        change(&mut preset);
        let view = rig.engine().watch_folder(Absolute::of(path).unwrap(), preset, existing).await.unwrap();
        Self { path: view.path, id: view.id }
    }

    /// A film of this name and with bytes of its own.
    pub(crate) fn film(&self, name: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, film(name, SMALL)).unwrap();
        path
    }

    /// Waits until the ledger's line about a file says so.
    pub(crate) async fn until(&self, rig: &Rig, name: &str, state: &str) -> LedgerLine {
        let line = self.until_line(rig, |line| line.path == Path::new(name) && line.state == state);
        tokio::time::timeout(PATIENCE, line).await.unwrap_or_else(|_| panic!("{name} is never {state}"))
    }

    async fn until_line(&self, rig: &Rig, wanted: impl Fn(&LedgerLine) -> bool) -> LedgerLine {
        loop {
            let lines = rig.engine().ledger(self.id).await.unwrap();
            if let Some(line) = lines.into_iter().find(&wanted) {
                return line;
            }
            a_moment().await;
        }
    }

    /// Waits until it is with the folder as wanted.
    pub(crate) async fn until_state(&self, rig: &Rig, wanted: impl Fn(FolderState) -> bool) -> FolderView {
        loop {
            let view = self.view(rig).await;
            if wanted(view.state) {
                return view;
            }
            a_moment().await;
        }
    }

    pub(crate) async fn view(&self, rig: &Rig) -> FolderView {
        let folders = rig.engine().folders().await.unwrap();
        folders.into_iter().find(|folder| folder.id == self.id).unwrap()
    }
}

/// Longer than anything here takes; a test that hangs says what it waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// Ledgers are asked for and tell nobody of themselves.
pub(crate) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// A folder beside the data folder.
pub(crate) fn place(rig: &Rig, name: &str) -> PathBuf {
    let path = rig.file("beside the folders", 1).parent().unwrap().join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

/// A box of an MP4.
pub(crate) fn a_box(kind: [u8; 4], payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 8).to_be_bytes()[..], &kind, payload].concat()
}

/// An MP4 with bytes of its own, whose `moov` comes last.
pub(crate) fn film(name: &str, size: u64) -> Vec<u8> {
    [a_box(*b"ftyp", b"isom\0\0\x02\0isom"), a_box(*b"mdat", &bytes(name, size)), a_box(*b"moov", &[0; 100])].concat()
}

pub(crate) async fn rig() -> Rig {
    Making::of(Switches::documented()).looking_briefly().start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_put_into_a_folder_arrives_as_a_draft_with_what_the_folder_says() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| {
        preset.tags = vec!["spring".into(), "two words".into()];
        preset.title = Some("{folder}: {name}".into());
    })
    .await;
    let file = folder.film("day 1/the_talk.mp4");
    let line = folder.until(&rig, "day 1/the_talk.mp4", "done").await;
    let item = rig.engine().item(line.item.unwrap()).await.unwrap();
    assert_eq!((item.lane, item.publish, item.published), (Lane::Automatic, Publish::Draft, false));
    rig.assert_done_once("watched", &item);
    let video = rig.copies(&file).remove(0);
    assert_eq!((video.title.as_str(), video.published), ("day 1: the talk", false));
    assert_eq!((line.video_id, line.admin_url), (Some(video.photo_id), item.admin_url));
    assert_eq!(folder.view(&rig).await.state, FolderState::Watching);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_beside_a_film_goes_with_it_and_says_more_than_the_folder() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| preset.title = Some("Folder".into())).await;
    // The film first: what comes while it is waited for goes along. Held open, for a machine may dawdle here.
    let held = fs::File::options().append(true).open(folder.film("talk.mp4")).unwrap();
    fs::write(folder.path.join("talk.json"), r#"{"slipway": 1, "title": "The file"}"#).unwrap();
    fs::write(folder.path.join("talk.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n").unwrap();
    drop(held);
    folder.film("other.mp4");
    let items = ["talk.mp4", "other.mp4"];
    let mut titles = Vec::new();
    for name in items {
        let line = folder.until(&rig, name, "done").await;
        let item = rig.engine().item(line.item.unwrap()).await.unwrap();
        titles.push((item.details.title, item.companions.subtitles.len()));
    }
    assert_eq!(titles, [("The file".to_owned(), 1), ("Folder".to_owned(), 0)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_is_sent_only_where_that_is_wanted_and_a_restart_catches_up() {
    let mut rig = rig().await;
    let (new_only, all) = (place(&rig, "new only"), place(&rig, "all"));
    for folder in [&new_only, &all] {
        let file = folder.join("old.mp4");
        fs::write(&file, film(folder.to_str().unwrap(), SMALL)).unwrap();
        let long_ago = std::time::SystemTime::now() - Duration::from_hours(1);
        fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
    }
    let new_only = Watched::at(&rig, &new_only, false, |_| {}).await;
    let all = Watched::at(&rig, &all, true, |_| {}).await;
    all.until(&rig, "old.mp4", "done").await;
    new_only.until(&rig, "old.mp4", "before").await;
    rig.stop().await;
    new_only.film("meanwhile.mp4");
    rig.start().await;
    new_only.until(&rig, "meanwhile.mp4", "done").await;
    new_only.until(&rig, "old.mp4", "before").await;
    assert_eq!(rig.uploads().len(), 2, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_handed_over_before_its_folder_was_watched_is_known_as_sent() {
    let rig = rig().await;
    let place = place(&rig, "dropped");
    let file = place.join("talk.mp4");
    fs::write(&file, film("talk", SMALL)).unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_hours(1);
    fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
    fs::write(place.join("talk.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHello\n").unwrap();
    let item = rig.upload(&file).await;
    assert_eq!(item.companions.subtitles.len(), 1);
    let asked = rig.sandbox().requests().len();
    let folder = Watched::at(&rig, &place, false, |_| {}).await;
    let line = folder.until(&rig, "talk.mp4", "done").await;
    assert_eq!((line.item, line.video_id), (Some(item.id), item.video_id));
    // What went with it is known as well.
    let known = folder.until_line(&rig, |line| !line.beside.is_empty());
    assert!(tokio::time::timeout(PATIENCE, known).await.is_ok());
    assert_eq!(rig.engine().item(item.id).await.unwrap(), item);
    assert_eq!(rig.sandbox().requests().len(), asked, "{}", rig.story());
    fs::copy(&file, place.join("copy.mp4")).unwrap();
    assert_eq!(folder.until(&rig, "copy.mp4", "same").await.same_as, Some(line.id));
    assert_eq!(rig.uploads().len(), 1, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn folders_that_overlap_and_what_is_no_folder_are_refused_with_the_reason() {
    let rig = rig().await;
    let outer = place(&rig, "outer");
    let folder = Watched::new(&rig, "outer/middle", |_| {}).await;
    fs::create_dir_all(folder.path.join("inner")).unwrap();
    let file = folder.film("talk.mp4");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&folder.path, outer.join("link")).unwrap();
    let refused = async |path: &Path| {
        let preset = Preset::new(rig.origin());
        rig.engine().watch_folder(Absolute::of(path).unwrap(), preset, false).await.unwrap_err().code
    };
    for path in [&outer, &folder.path, &folder.path.join("inner")] {
        assert_eq!(refused(path).await, Code::FolderOverlaps, "{}", path.display());
    }
    #[cfg(unix)]
    assert_eq!(refused(&outer.join("link")).await, Code::FolderOverlaps);
    assert_eq!(refused(&file).await, Code::FolderInvalid);
    assert_eq!(refused(&outer.join("gone")).await, Code::FolderInvalid);
    let beside = place(&rig, "outer/middle beside");
    Watched::at(&rig, &beside, false, |_| {}).await;
    rig.engine().set_folder_wish(folder.id, Wish::Removed).await.unwrap();
    assert_eq!(refused(&outer).await, Code::FolderOverlaps, "the one beside is still watched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_is_away_is_unavailable_and_goes_on_with_all_that_it_knew() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "drive", |_| {}).await;
    folder.film("one.mp4");
    folder.until(&rig, "one.mp4", "done").await;
    let drawer = folder.path.with_file_name("in a drawer");
    fs::rename(&folder.path, &drawer).unwrap();
    folder.until_state(&rig, |state| state == FolderState::Unavailable).await;
    assert_eq!(folder.until(&rig, "one.mp4", "done").await.state, "done", "nothing is forgotten");
    fs::write(drawer.join("two.mp4"), film("two.mp4", SMALL)).unwrap();
    fs::rename(&drawer, &folder.path).unwrap();
    folder.until(&rig, "two.mp4", "done").await;
    // What comes after is heard of again.
    folder.film("three.mp4");
    folder.until(&rig, "three.mp4", "done").await;
    assert_eq!(rig.uploads().len(), 3, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_folder_rests_and_one_that_is_removed_and_added_again_knows_what_it_sent() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |_| {}).await;
    folder.film("one.mp4");
    folder.until(&rig, "one.mp4", "done").await;
    rig.engine().set_folder_wish(folder.id, Wish::Pause).await.unwrap();
    assert_eq!(folder.view(&rig).await.state, FolderState::Paused);
    folder.film("two.mp4");
    let second = Watched::new(&rig, "second", |_| {}).await;
    second.film("three.mp4");
    second.until(&rig, "three.mp4", "done").await;
    assert_eq!(rig.uploads().len(), 2, "the paused one rests: {}", rig.story());
    rig.engine().set_folder_wish(folder.id, Wish::Removed).await.unwrap();
    let again = Watched::at(&rig, &folder.path, true, |preset| preset.category_per_subfolder = true).await;
    assert_eq!(again.id, folder.id);
    again.until(&rig, "two.mp4", "done").await;
    again.until(&rig, "one.mp4", "done").await;
    assert_eq!(rig.uploads().len(), 3, "{}", rig.story());
    rig.engine().forget_folder(again.id).await.unwrap();
    assert_eq!(rig.engine().ledger(again.id).await.unwrap_err().code, Code::FolderUnknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_topmost_subfolder_is_a_category_where_that_is_wanted() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "talks", |preset| {
        preset.category_per_subfolder = true;
        preset.categories = vec![Category::Name("Everywhere".into())];
    })
    .await;
    folder.film("News/2026/talk.mp4");
    let line = folder.until_line(&rig, |line| line.item.is_some()).await;
    let item = rig.engine().item(line.item.unwrap()).await.unwrap();
    let names = ["Everywhere", "News"].map(|name| Category::Name(name.into()));
    assert_eq!(item.details.categories, names);
}
