//! Many thumbnails, matched by their names and sent in one go, while a large upload runs: they do not wait for it, and it
//! does not start over.

use super::{PNG, PROFILES};
use crate::rig::{CHUNK, Making, Rig, VERSIONS, bytes, play, sha256};
use slipway_engine::failure::Code;
use slipway_engine::item::ItemId;
use slipway_engine::{MatchedBy, Replace};
use slipway_sandbox::{Kind, Switches, VideoRecord};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Thumbnails: half of them named by the video's id, half by its title.
const THUMBNAILS: usize = 30;

/// Bytes of the film that goes up meanwhile: some dozen chunks.
const FILM: u64 = 160 * CHUNK;

impl Rig {
    /// A picture for each of these videos, under a name by which it can be found.
    fn thumbnails(&self, videos: &[VideoRecord]) -> Vec<PathBuf> {
        let named = |(index, video): (usize, &VideoRecord)| {
            let name = match index % 3 {
                0 => format!("[{}] still.png", video.photo_id),
                1 => format!("{}.png", video.photo_id),
                _ => format!("{}.png", video.title.replace(' ', "_").to_uppercase()),
            };
            let path = self.file(&name, 0);
            std::fs::write(&path, [PNG, &bytes(&name, CHUNK)].concat()).unwrap();
            path
        };
        videos.iter().enumerate().map(named).collect()
    }

    /// Matches pictures by their names and sends each to the video that was found, as one go.
    async fn send_matched(&self, files: &[PathBuf]) -> Vec<(ItemId, u64)> {
        let names: Vec<String> = files.iter().map(|it| it.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        let matches = self.engine().match_pictures(self.origin(), names).await.unwrap();
        let ways: BTreeSet<MatchedBy> = matches.iter().filter_map(|it| Some(it.found.as_ref()?.1)).collect();
        assert_eq!(ways, BTreeSet::from([MatchedBy::Id, MatchedBy::Title]));
        let mut sent = Vec::new();
        for (file, found) in files.iter().zip(matches) {
            let (video, _) = found.found.unwrap_or_else(|| panic!("{} finds its video", file.display()));
            let added = self.engine().replace(Replace::new(file, self.origin(), video.id)).await.unwrap();
            sent.push((added.item.id, video.id));
        }
        sent
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_thumbnails_do_not_wait_for_a_large_upload_and_it_does_not_start_over() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    play(both, |(profile, version)| async move {
        let switches = Switches { list_lag: Duration::ZERO, ..Switches::of(profile) };
        let making = Making::of(switches).speaking(version).stocked(60).timed(|timing| {
            // The film is held for as long as the test likes.
            timing.send_stall = Duration::from_mins(10);
            timing.chunk_answer = Duration::from_mins(10);
        });
        let rig = making.start().await;
        let what = format!("{profile:?} {version:?}");
        let films = rig.sandbox().videos().into_iter().filter(|it| it.kind == Kind::Video);
        let videos: Vec<VideoRecord> = films.take(THUMBNAILS).collect();
        let thumbnails = rig.thumbnails(&videos);
        let film = rig.file("a large film.mp4", FILM);
        let upload = rig.held_in_mid_upload(&film).await;

        let sent = rig.send_matched(&thumbnails).await;
        for (item, video) in &sent {
            let item = rig.rest(*item).await;
            assert_eq!((item.stage.as_str(), item.version_seen), ("done", Some(true)), "{what}: {video}");
        }
        assert_eq!(rig.engine().item(upload).await.unwrap().stage, "uploading", "{what}: it is still on its way");

        for ((file, video), (_, target)) in thumbnails.iter().zip(&videos).zip(&sent) {
            let now = rig.sandbox().videos().into_iter().find(|it| it.photo_id == video.photo_id).unwrap();
            assert_eq!(*target, video.photo_id, "{what}: {}", file.display());
            assert_eq!(now.thumbnail_sha256, Some(sha256(&std::fs::read(file).unwrap())), "{what}: {}", file.display());
            assert_eq!((now.revision, now.replaced), (video.revision + 1, 0), "{what}: once, and nothing but that");
        }
        rig.sandbox().clear_faults();
        let done = rig.rest(upload).await;
        assert_eq!((done.stage.as_str(), &done.failure), ("done", &None), "{what}: {}", rig.story());
        assert_eq!((rig.copies(&film).len(), done.resent), (1, 0), "{what}: once, and no byte of it twice");
        let pieces = rig.chunks().into_iter().filter(|it| it.api_method.contains("upload"));
        let numbers: Vec<_> = pieces.filter_map(|it| it.chunk).collect();
        let each: BTreeSet<_> = numbers.iter().collect();
        assert!(numbers.len() > 3 && each.len() == numbers.len(), "{what}: each chunk once, {numbers:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_video_is_gone_by_then_fails_alone() {
    let rig = Making::of(Switches::documented()).stocked(60).start().await;
    let films = rig.sandbox().videos().into_iter().filter(|it| it.kind == Kind::Video);
    let videos: Vec<VideoRecord> = films.take(THUMBNAILS).collect();
    let thumbnails = rig.thumbnails(&videos);
    let matches = |files: &[PathBuf]| files.iter().zip(&videos).map(|(file, it)| (file.clone(), it.photo_id)).collect();
    let pairs: Vec<(PathBuf, u64)> = matches(&thumbnails);
    rig.sandbox().delete(videos[7].photo_id);
    for (index, (file, video)) in pairs.into_iter().enumerate() {
        let item = rig.engine().replace(Replace::new(file, rig.origin(), video)).await.unwrap().item.id;
        let item = rig.rest(item).await;
        let code = item.failure.map(|failure| failure.code);
        assert_eq!(code, (index == 7).then_some(Code::VideoUnknown), "{index}");
    }
}
