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
}

const CHANGES: [Change; 6] =
    [Change::Rewritten, Change::Grown, Change::Truncated, Change::Emptied, Change::Deleted, Change::Swapped];

fn change(change: Change, file: &Path) {
    let size = fs::metadata(file).unwrap().len();
    match change {
        Change::Rewritten => fs::write(file, bytes("another version", size)).unwrap(),
        Change::Grown => fs::write(file, bytes("another version", size + 1)).unwrap(),
        Change::Truncated => fs::File::options().write(true).open(file).unwrap().set_len(size - 1).unwrap(),
        Change::Emptied => fs::write(file, b"").unwrap(),
        Change::Deleted => fs::remove_file(file).unwrap(),
        Change::Swapped => put_in_place_of(file, &bytes("another version", size)),
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
            Change::Deleted => Code::SourceMissing,
            _ => Code::SourceChanged,
        };
        assert_eq!((failure.code, item.unsettled), (expected, false), "{what}: {}", rig.story());
        assert!(rig.uploads().is_empty(), "{what}: {}", rig.story());
        match how {
            Change::Emptied => {
                rig.engine().retry(id).await.unwrap_err();
                rig.engine().clear(id).await.unwrap();
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
