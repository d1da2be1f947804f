//! A file in the place of another: the right thing is replaced, once, or a person is asked. Lost and strange answers are
//! in `replacing/unclear.rs`, what a server may do with pieces in `replacing/pieces.rs`, several replacements of one video
//! in `replacing/turns.rs`, moments in `replacing/moments.rs`, when it is seen in
//! `replacing/versions.rs`, and many thumbnails beside a large upload in `replacing/beside.rs`.

mod beside;
mod moments;
mod pieces;
mod turns;
mod unclear;
mod versions;

use crate::rig::{CHUNK, LARGE, Making, PROFILES, Rig, SMALL, VERSIONS, bytes, play, sha256};
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::{Added, ItemView};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches, VideoRecord};
use std::path::{Path, PathBuf};

/// As large as the largest chunk: an upload of this size goes in pieces, a replacement as one.
const WHOLE: u64 = 4 * CHUNK;

/// Larger than the largest chunk, so that it goes in pieces.
pub(crate) const IN_PIECES: u64 = 9 * LARGE;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

impl Rig {
    /// A video that stands in the workspace, processed.
    async fn standing(&self, name: &str) -> u64 {
        let item = self.upload(&self.file(name, SMALL)).await;
        self.sandbox().advance_clock(self.sandbox().switches().transcoding);
        item.video_id.expect("it arrives")
    }

    fn picture(&self, name: &str) -> PathBuf {
        let path = self.file(name, SMALL);
        std::fs::write(&path, [PNG, &bytes(name, SMALL)].concat()).unwrap();
        path
    }

    async fn replace(&self, video: u64, file: &Path) -> Added {
        self.engine().replace(self.replacement(video, file)).await.unwrap()
    }

    async fn replaced(&self, video: u64, file: &Path) -> ItemView {
        let id = self.replace(video, file).await.item.id;
        self.rest(id).await
    }

    fn video(&self, id: u64) -> VideoRecord {
        self.sandbox().videos().into_iter().find(|video| video.photo_id == id).expect("it is there")
    }

    /// Nobody gets a token until the faults are cleared.
    fn close_the_gate(&self) {
        for endpoint in [Endpoint::GetReplaceToken, Endpoint::GetUploadToken] {
            self.sandbox().inject(Fault::on(endpoint).always().stall_before_reading());
        }
    }

    /// Replaces a video's file and asserts that a person is asked about it.
    async fn asks_about(&self, what: &str, video: u64, file: &Path, code: Code) -> ItemView {
        let item = self.replaced(video, file).await;
        let asked = item.failure.as_ref().map(|failure| (failure.code, failure.remedy()));
        assert_eq!(asked, Some((code, Remedy::Settle)), "{what}: {}{}", self.story(), self.log(item.id).await);
        assert!(item.unsettled, "{what}");
        assert_eq!(self.uploads().len(), 1, "{what}: no other video");
        item
    }

    /// The video has this file now, was replaced once, and no other video came of it.
    #[track_caller]
    fn assert_replaced_once(&self, what: &str, item: &ItemView, video: u64) {
        assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{what}: {}", self.story());
        assert_eq!(item.video_id, Some(video), "{what}");
        let record = self.video(video);
        let sent = sha256(&std::fs::read(&item.file).unwrap());
        assert_eq!((record.sha256, record.replaced), (sent, 1), "{what}: {}", self.story());
        assert_eq!(self.uploads().len(), 1, "{what}: {}", self.story());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_videos_file_is_replaced_whole_or_in_pieces_and_the_video_stays_what_it_was() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    let cases = both.flat_map(|(profile, version)| [SMALL, WHOLE, IN_PIECES].map(|size| (profile, version, size)));
    play(cases, |(profile, version, size)| async move {
        let rig = Rig::speaking(version, Switches::of(profile)).await;
        let video = rig.standing("first cut.mp4").await;
        let before = rig.video(video);
        let item = rig.replaced(video, &rig.file("second cut.mp4", size)).await;
        rig.assert_replaced_once(&format!("{profile:?}, {version:?}, {size} bytes"), &item, video);
        let pieces = rig.chunks().iter().filter(|it| it.api_method.contains("replace")).count();
        assert_eq!(pieces == 1, size != IN_PIECES, "{pieces} pieces of {size} bytes");
        let after = rig.video(video);
        assert_eq!((after.title, after.published), (before.title, before.published));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_becomes_the_thumbnail_and_leaves_the_film_alone() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    play(both, |(profile, version)| async move {
        let rig = Rig::speaking(version, Switches::of(profile)).await;
        let video = rig.standing("film.mp4").await;
        let before = rig.video(video);
        let picture = rig.picture("cover.png");
        let item = rig.replaced(video, &picture).await;
        assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{}", rig.story());
        let after = rig.video(video);
        assert_eq!(after.thumbnail_sha256, Some(sha256(&std::fs::read(&picture).unwrap())));
        assert_eq!((after.sha256, after.replaced), (before.sha256, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_such_call_the_other_one_does_it() {
    let answers =
        [(404, "not found"), (404, r#"{"status":"error","code":"no_such_method"}"#), (405, ""), (501, "<html>")];
    let cases = answers.into_iter().flat_map(|answer| [(answer, SMALL), (answer, IN_PIECES)]);
    play(cases, |((status, body), size)| async move {
        let rig = Rig::new(Profile::Documented).await;
        let video = rig.standing("first cut.mp4").await;
        rig.sandbox().inject(Fault::on(Endpoint::Method("photo/replace".into())).always().answer(status, body));
        let item = rig.replaced(video, &rig.file("second cut.mp4", size)).await;
        rig.assert_replaced_once(&format!("{status} {body}, {size}"), &item, video);
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_of_another_kind_by_the_time_it_is_sent_stays_here() {
    let rig = Making::of(Switches::documented()).start().await;
    let video = rig.standing("film.mp4").await;
    let path = rig.file("second.mp4", SMALL);
    let mtime = std::fs::metadata(&path).unwrap().modified().unwrap();
    rig.sandbox().inject(Fault::on(Endpoint::GetReplaceToken).stall_before_reading());
    let id = rig.replace(video, &path).await.item.id;
    rig.until_struck("Stall").await;
    // As large and as old as before, in the same place on the disk.
    let mut disguised = [PNG, &bytes("a picture", SMALL)].concat();
    disguised.truncate(SMALL as usize);
    std::fs::write(&path, disguised).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(mtime).unwrap();
    rig.sandbox().clear_faults();
    let item = rig.rest(id).await;
    assert!(item.failure.is_some(), "{}", rig.story());
    let after = rig.video(video);
    assert_eq!((after.replaced, after.thumbnail_sha256), (0, None), "{}", rig.story());
}

#[tokio::test]
async fn a_picture_that_calls_itself_a_film_is_not_even_taken_in() {
    let rig = Making::of(Switches::documented()).start().await;
    let video = rig.standing("film.mp4").await;
    let disguised = rig.picture("really a picture.mp4");
    let replace = rig.replacement(video, &disguised);
    assert_eq!(rig.engine().replace(replace).await.unwrap_err().code, Code::FileKindUnclear);
}

#[tokio::test]
async fn what_does_not_fit_or_is_not_there_is_refused_before_anything_is_sent() {
    let rig = Making::of(Switches::documented()).start().await;
    let film = rig.standing("film.mp4").await;
    let image = rig.upload(&rig.picture("image.png")).await.video_id.unwrap();
    let song = rig.upload(&rig.file("song.mp3", SMALL)).await.video_id.unwrap();
    let second = rig.file("second.mp4", SMALL);
    let another_song = rig.file("another.mp3", SMALL);
    for (what, video, file, code) in [
        ("a film for an image", image, &second, Code::FileKindMismatch),
        ("a film for a song", song, &second, Code::FileKindMismatch),
        ("a song for a film", film, &another_song, Code::FileKindMismatch),
        ("a film for nothing", 999, &second, Code::VideoUnknown),
    ] {
        let chunks = rig.chunks().len();
        let item = rig.replaced(video, file).await;
        assert_eq!(item.failure.map(|failure| failure.code), Some(code), "{what}: {}", rig.story());
        assert_eq!(rig.chunks().len(), chunks, "{what}");
    }
}
