//! The file on this side changes while it is on its way: what is in the workspace is one version of it, whole, or
//! nothing. Each upload is held at a known piece while the file is changed.

use crate::rig::{CHUNK, LARGE, Making, Rig, SMALL, bytes, play};
use slipway_engine::Settle;
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::{Intent, ItemId};
use slipway_sandbox::{Endpoint, Fault, Switches};
use std::fs;
use std::path::{Path, PathBuf};

/// What is done to the file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Rewritten,
    Grown,
    Truncated,
    Emptied,
    Deleted,
    /// Another file of the same size and time takes its place.
    Swapped,
    /// It gets another name, and a new one of the same name and size is begun, as logs and recorders do.
    Rotated,
    /// It gets another name.
    Renamed,
}

const CHANGES: [Change; 8] = [
    Change::Rewritten,
    Change::Grown,
    Change::Truncated,
    Change::Emptied,
    Change::Deleted,
    Change::Swapped,
    Change::Rotated,
    Change::Renamed,
];

fn change(change: Change, file: &Path) {
    let size = fs::metadata(file).unwrap().len();
    match change {
        Change::Rewritten => fs::write(file, bytes("another version", size)).unwrap(),
        Change::Grown => fs::write(file, bytes("another version", size + 1)).unwrap(),
        Change::Truncated => fs::File::options().write(true).open(file).unwrap().set_len(size - 1).unwrap(),
        Change::Emptied => fs::write(file, b"").unwrap(),
        Change::Deleted => fs::remove_file(file).unwrap(),
        Change::Swapped => put_in_place_of(file, &bytes("another version", size)),
        Change::Rotated => {
            // In one step, or what is found in between is that it is missing.
            let next = file.with_extension("next");
            fs::write(&next, bytes("another version", size)).unwrap();
            fs::hard_link(file, file.with_extension("1.mp4")).unwrap();
            fs::rename(next, file).unwrap();
        }
        Change::Renamed => fs::rename(file, file.with_extension("1.mp4")).unwrap(),
    }
}

/// Renames another file over this one, with the same time.
fn put_in_place_of(file: &Path, bytes: &[u8]) {
    let mtime = fs::metadata(file).unwrap().modified().unwrap();
    let other = file.with_extension("other");
    fs::write(&other, bytes).unwrap();
    fs::File::options().write(true).open(&other).unwrap().set_modified(mtime).unwrap();
    // Kept by another name, so that its file number is not given away again.
    fs::hard_link(file, file.with_extension("kept")).unwrap();
    fs::rename(&other, file).unwrap();
}

/// Where an upload is held.
#[derive(Clone, Copy, Debug)]
enum Held {
    /// Nothing is sent yet.
    BeforeTheToken,
    AtChunk(u64),
    /// All but the commit is there, and the last lookup is being answered.
    BeforeTheCommit,
}

async fn upload_held(rig: &Rig, held: Held, size: u64) -> (PathBuf, ItemId) {
    let (fault, effect) = match held {
        Held::BeforeTheToken => (Fault::on(Endpoint::GetUploadToken).stall_before_reading(), "StallBeforeReading"),
        Held::AtChunk(number) => (Fault::on(Endpoint::Chunk).chunk(number).stall_before_reading(), "StallBefore"),
        Held::BeforeTheCommit => (Fault::on(Endpoint::List).stall_before_reading(), "StallBeforeReading"),
    };
    rig.sandbox().inject(fault);
    let file = rig.file("talk.mp4", size);
    let id = rig.add(&file).await;
    rig.until_struck(effect).await;
    (file, id)
}

fn brief() -> Making {
    Making::of(Switches::documented()).looking_briefly()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_in_mid_upload_is_never_spliced_and_a_retry_sends_it_as_it_is_now() {
    let places = [
        (Held::BeforeTheToken, SMALL),
        (Held::BeforeTheCommit, SMALL),
        (Held::BeforeTheToken, LARGE),
        (Held::AtChunk(1), LARGE),
        (Held::AtChunk(3), LARGE),
        (Held::BeforeTheCommit, LARGE),
    ];
    let all = places.into_iter().flat_map(|(held, size)| CHANGES.map(|change| (held, size, change)));
    play(all, |(held, size, how)| async move {
        let what = format!("{how:?} at {held:?}, {size}");
        let rig = brief().start().await;
        let (file, id) = upload_held(&rig, held, size).await;
        change(how, &file);
        rig.sandbox().clear_faults();
        let item = rig.rest(id).await;
        let failure = item.failure.unwrap_or_else(|| panic!("{what}: {}", rig.story()));
        let expected = match how {
            Change::Deleted | Change::Renamed => Code::SourceMissing,
            _ => Code::SourceChanged,
        };
        assert_eq!((failure.code, item.unsettled), (expected, false), "{what}: {}", rig.story());
        assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
        match how {
            Change::Emptied => {
                let refused = rig.engine().retry(id).await.unwrap_err();
                assert_eq!(refused.code, Code::SourceEmpty, "{what}");
                // It is filled later on.
                fs::write(&file, bytes("another version", size)).unwrap();
                rig.engine().retry(id).await.unwrap();
                rig.assert_done_once(&what, &rig.rest(id).await);
            }
            Change::Renamed => {
                fs::rename(file.with_extension("1.mp4"), &file).unwrap();
                rig.engine().retry(id).await.unwrap();
                rig.assert_done_once(&what, &rig.rest(id).await);
            }
            Change::Deleted => {
                rig.file("talk.mp4", size);
                rig.engine().retry(id).await.unwrap();
                // The same bytes, at another time: that is another file, until a person says so again.
                let item = rig.rest(id).await;
                if item.stage == "failed" {
                    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::SourceChanged), "{what}");
                    rig.engine().retry(id).await.unwrap();
                }
                rig.assert_done_once(&what, &rig.rest(id).await);
            }
            _ => {
                rig.engine().retry(id).await.unwrap();
                rig.assert_done_once(&what, &rig.rest(id).await);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_with_the_same_bytes_and_time_goes_on_where_the_original_was() {
    play([Held::AtChunk(1), Held::AtChunk(3), Held::BeforeTheCommit], |held| async move {
        let what = format!("{held:?}");
        let rig = brief().start().await;
        let (file, id) = upload_held(&rig, held, LARGE).await;
        put_in_place_of(&file, &bytes("talk.mp4", LARGE));
        rig.sandbox().clear_faults();
        rig.assert_done_once(&what, &rig.rest(id).await);
        assert_eq!(rig.chunks().len(), 5, "{what}: {}", rig.story());
    })
    .await;
}

/// Head, tail, size and time agree, and a piece in the middle that is acknowledged already does not: only the hashes
/// can tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_differs_where_nobody_looks_at_intake_is_refused() {
    const LONG: u64 = 20 * CHUNK;
    play([false, true], |restarted| async move {
        let what = format!("restarted: {restarted}");
        let mut rig = brief().start().await;
        let (file, id) = upload_held(&rig, Held::BeforeTheCommit, LONG).await;
        let mut other = bytes("talk.mp4", LONG);
        other[(LONG / 2) as usize] ^= 1;
        rig.engine().set_intent(id, Intent::Pause).await.unwrap();
        rig.until(id, |item| item.intent == Intent::Pause).await;
        put_in_place_of(&file, &other);
        rig.sandbox().clear_faults();
        if restarted {
            rig.restart().await;
        }
        rig.engine().set_intent(id, Intent::Run).await.unwrap();
        let item = rig.rest(id).await;
        assert_eq!(item.failure.map(|failure| failure.code), Some(Code::SourceChanged), "{what}: {}", rig.story());
        assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
        rig.engine().retry(id).await.unwrap();
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

/// A commit is unclear, nothing has arrived, and the file to send again is not there any more: that is a question, with
/// a way out of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_while_its_commit_is_unclear_ends_in_the_question() {
    let all = [SMALL, LARGE].into_iter().flat_map(|size| [Change::Rewritten, Change::Deleted].map(|how| (size, how)));
    play(all, |(size, how)| async move {
        let what = format!("{how:?}, {size}");
        let rig = brief().start().await;
        rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
        let file = rig.file("talk.mp4", size);
        let id = rig.add(&file).await;
        rig.until_struck("LoseAnswerBeforeWork").await;
        change(how, &file);
        let item = rig.rest(id).await;
        let failure = item.failure.clone().unwrap_or_else(|| panic!("{what}: {}", rig.story()));
        assert_eq!((failure.code, failure.remedy()), (Code::OutcomeUnknown, Remedy::Settle), "{what}");
        assert!(!failure.causes.is_empty(), "{what}: it says why nothing can be sent");
        assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
        rig.engine().clear(id).await.unwrap_err();
        rig.engine().settle(id, Settle::SendAgain).await.unwrap();
        let item = rig.rest(id).await;
        if how == Change::Rewritten {
            rig.assert_done_once(&what, &item);
        } else {
            let code = item.failure.as_ref().map(|failure| failure.code);
            assert_eq!((code, item.unsettled), (Some(Code::SourceMissing), false), "{what}");
            rig.engine().clear(id).await.unwrap();
        }
    })
    .await;
}

/// What a person can point at, and what is said of it. Nothing of these is taken in, and the workspace hears of none.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_that_can_be_sent_is_refused_by_name_at_intake() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let rig = brief().start().await;
    let folder = rig.file("empty.mp4", 0).parent().unwrap().to_owned();
    let at = |name: &str| folder.join(name);
    symlink("nowhere.mp4", at("broken link.mp4")).unwrap();
    symlink("there.mp4", at("here.mp4")).unwrap();
    symlink("here.mp4", at("there.mp4")).unwrap();
    symlink(&folder, at("link to a folder.mp4")).unwrap();
    symlink("empty.mp4", at("link to nothing.mp4")).unwrap();
    let _socket = UnixListener::bind(at("socket.mp4")).unwrap();
    make_pipe(&at("pipe.mp4"));
    fs::create_dir(at("folder.mp4")).unwrap();
    let all = [
        (at("missing.mp4"), Code::SourceMissing),
        (at("no/such/folder.mp4"), Code::SourceMissing),
        (at("empty.mp4/below.mp4"), Code::SourceMissing),
        (at(&"a name that is too long ".repeat(20)), Code::SourceMissing),
        (at("broken link.mp4"), Code::SourceMissing),
        (at("empty.mp4"), Code::SourceEmpty),
        (at("link to nothing.mp4"), Code::SourceEmpty),
        (at("here.mp4"), Code::SourceNotAFile),
        (at("folder.mp4"), Code::SourceNotAFile),
        (at("link to a folder.mp4"), Code::SourceNotAFile),
        (at("pipe.mp4"), Code::SourceNotAFile),
        (at("socket.mp4"), Code::SourceNotAFile),
        (PathBuf::from("/dev/null"), Code::SourceNotAFile),
        (PathBuf::from("/dev/zero"), Code::SourceNotAFile),
    ];
    for (path, code) in all {
        let failure = rig.engine().add(rig.request(&path)).await.unwrap_err();
        assert_eq!(failure.code, code, "{}: {failure:?}", path.display());
        let detail = failure.detail.clone().unwrap_or_default();
        assert_eq!(detail, path.display().to_string(), "it says which");
    }
    assert!(rig.engine().items().await.unwrap().is_empty());
    assert!(rig.sandbox().requests().is_empty(), "{}", rig.story());
    // Empty when it was pointed at first, and not any more.
    let filled = rig.file("empty.mp4", LARGE);
    rig.assert_done_once("filled", &rig.upload(&filled).await);
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Something else takes the place of a file on its way. A pipe would keep whoever opens it waiting for ever.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_place_is_taken_by_something_that_is_none_stops_and_goes_on_when_it_is_back() {
    let places = [Held::BeforeTheToken, Held::AtChunk(1), Held::AtChunk(3), Held::BeforeTheCommit];
    let all = places.into_iter().flat_map(|held| ["pipe", "folder", "circle"].map(|what| (held, what)));
    play(all, |(held, what)| async move {
        let case = format!("{what} at {held:?}");
        let rig = brief().start().await;
        let (file, id) = upload_held(&rig, held, LARGE).await;
        let (kept, other) = (file.with_extension("kept"), file.with_extension("other"));
        match what {
            "pipe" => make_pipe(&other),
            "folder" => std::os::unix::fs::symlink(file.parent().unwrap(), &other).unwrap(),
            _ => std::os::unix::fs::symlink(&file, &other).unwrap(),
        }
        // In one step, or what is found in between is that it is missing.
        fs::hard_link(&file, &kept).unwrap();
        fs::rename(&other, &file).unwrap();
        rig.sandbox().clear_faults();
        let item = rig.rest(id).await;
        assert_eq!(item.failure.map(|failure| failure.code), Some(Code::SourceNotAFile), "{case}: {}", rig.story());
        assert!(rig.uploads().is_empty(), "{case}: {}", rig.story());
        fs::rename(&kept, &file).unwrap();
        rig.engine().retry(id).await.unwrap();
        rig.assert_done_once(&case, &rig.rest(id).await);
    })
    .await;
}

/// Through a link, with a name that is no Unicode, with holes in it: all of these are files.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusual_files_arrive_whole() {
    use std::os::unix::ffi::OsStrExt;
    let rig = brief().start().await;
    let film = rig.file("film.mp4", LARGE);
    let folder = film.parent().unwrap();
    let link = folder.join("link.mp4");
    std::os::unix::fs::symlink(&film, &link).unwrap();
    let strange = folder.join(std::ffi::OsStr::from_bytes(b"caf\xe9 \xff.mp4"));
    fs::write(&strange, bytes("strange", LARGE)).unwrap();
    let sparse = folder.join("sparse.mp4");
    fs::File::create(&sparse).unwrap().set_len(LARGE).unwrap();
    for (number, file) in (1..).zip([link, strange, sparse]) {
        let item = rig.upload(&file).await;
        assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{file:?}: {}", rig.story());
        assert_eq!((rig.copies(&file).len(), rig.uploads().len()), (1, number), "{file:?}");
        assert_eq!(item.file, file, "its name is kept as it is");
    }
}
