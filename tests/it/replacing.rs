//! A file in the place of another: the right thing is replaced, once, or a person is asked.

use crate::rig::{LARGE, Making, Rig, SMALL, bytes, play, sha256};
use slipway_engine::failure::Code;
use slipway_engine::item::Lane;
use slipway_engine::workspace::Origin;
use slipway_engine::{Added, ItemView, Replace};
use slipway_sandbox::{Profile, Switches, VideoRecord};
use std::path::{Path, PathBuf};

/// Larger than the largest chunk, so that it goes in pieces.
const IN_PIECES: u64 = 9 * LARGE;

const PROFILES: [Profile; 2] = [Profile::Documented, Profile::Hostile];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

impl Rig {
    /// A video that stands in the workspace, processed.
    async fn published(&self, name: &str) -> u64 {
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
        let replace = Replace {
            file: file.to_owned(),
            workspace: Origin::parse(&self.sandbox().url()).unwrap(),
            video,
            await_playable: false,
            lane: Lane::Manual,
            again: false,
        };
        self.engine().replace(replace).await.unwrap()
    }

    async fn replaced(&self, video: u64, file: &Path) -> ItemView {
        let id = self.replace(video, file).await.item.id;
        self.rest(id).await
    }

    fn video(&self, id: u64) -> VideoRecord {
        self.sandbox().videos().into_iter().find(|video| video.photo_id == id).expect("it is there")
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
    let cases = PROFILES.into_iter().flat_map(|profile| [(profile, SMALL), (profile, LARGE), (profile, IN_PIECES)]);
    play(cases, |(profile, size)| async move {
        let rig = Rig::new(profile).await;
        let video = rig.published("first cut.mp4").await;
        let before = rig.video(video);
        let item = rig.replaced(video, &rig.file("second cut.mp4", size)).await;
        rig.assert_replaced_once(&format!("{profile:?}, {size} bytes"), &item, video);
        let after = rig.video(video);
        assert_eq!((after.title, after.published), (before.title, before.published));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_becomes_the_thumbnail_and_leaves_the_film_alone() {
    play(PROFILES, |profile| async move {
        let rig = Rig::new(profile).await;
        let video = rig.published("film.mp4").await;
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

#[tokio::test]
async fn what_does_not_fit_or_is_not_there_is_refused_before_anything_is_sent() {
    let rig = Making::of(Switches::documented()).start().await;
    let film = rig.published("film.mp4").await;
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
