//! Pictures and frames: fetched once, kept on disk, asked for politely, and never with a credential for somebody else.

use crate::rig::{Making, Rig};
use crate::stranger::stranger;
use slipway_engine::failure::Code;
use slipway_engine::{LibraryPicture, LibraryVideo, VideoQuery};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};
use std::sync::{Arc, Mutex};
use std::time::Duration;

impl Rig {
    async fn first(&self) -> LibraryVideo {
        self.engine().videos(self.origin(), VideoQuery::default()).await.unwrap().videos.remove(0)
    }

    async fn picture_of(&self, video: &LibraryVideo) -> LibraryPicture {
        let version = video.picture.clone().unwrap();
        self.engine().video_picture(self.origin(), video.id, version).await.unwrap()
    }

    fn frames_asked(&self) -> usize {
        self.sandbox().requests().iter().filter(|it| it.api_method == "photo/frame").count()
    }
}

fn is_jpeg(picture: &LibraryPicture) -> bool {
    let bytes = std::fs::read(&picture.file).unwrap();
    picture.media_type == "image/jpeg" && bytes.starts_with(b"\xff\xd8\xff")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_videos_picture_is_there_again_without_the_workspace() {
    for profile in [Profile::Documented, Profile::Hostile] {
        let mut rig = Making::of(Switches::of(profile)).stocked(3).start().await;
        let video = rig.first().await;
        let picture = rig.picture_of(&video).await;
        assert!(is_jpeg(&picture), "{picture:?}");
        rig.restart().await;
        rig.close_workspace().await;
        assert_eq!(rig.picture_of(&video).await, picture);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_past_shows_the_present_picture() {
    let mut rig = Making::of(Switches::documented()).stocked(3).start().await;
    let video = rig.first().await;
    // Another engine remembers no addresses, and asks.
    rig.restart().await;
    let past = rig.engine().video_picture(rig.origin(), video.id, "past".to_owned()).await.unwrap();
    assert_eq!(past, rig.picture_of(&video).await);
    let unknown = rig.engine().video_picture(rig.origin(), 999_999, "any".to_owned()).await.unwrap_err();
    assert_eq!(unknown.code, Code::VideoUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_wants_a_credential_for_pictures_gets_it() {
    let rig = Making::of(Switches { pictures_need_bearer: true, ..Switches::documented() }).stocked(1).start().await;
    let video = rig.first().await;
    assert!(is_jpeg(&rig.picture_of(&video).await));
}

/// A server that answers every request with these bytes, and what it was asked.
async fn another_server(answer: &'static [u8]) -> (String, Arc<Mutex<String>>) {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    stranger([head.as_bytes(), answer].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_elsewhere_is_asked_for_without_a_credential() {
    let (elsewhere, heard) = another_server(b"\xff\xd8\xff\xe0\0\x10JFIF and so on").await;
    let switches =
        Switches { pictures_elsewhere: Some(elsewhere), pictures_need_bearer: true, ..Switches::documented() };
    let rig = Making::of(switches).stocked(1).start().await;
    let video = rig.first().await;
    assert!(is_jpeg(&rig.picture_of(&video).await));
    let heard = heard.lock().unwrap().clone();
    assert!(heard.starts_with("GET /"), "{heard}");
    let lower = heard.to_lowercase();
    assert!(!heard.contains(rig.sandbox().token()) && !lower.contains("authorization"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_by_its_bytes_is_not_kept() {
    let (elsewhere, _) = another_server(b"<html><body>Please sign in to the hotel's network</body></html>").await;
    let switches = Switches { pictures_elsewhere: Some(elsewhere), ..Switches::documented() };
    let rig = Making::of(switches).stocked(1).start().await;
    let video = rig.first().await;
    let version = video.picture.clone().unwrap();
    let refused = rig.engine().video_picture(rig.origin(), video.id, version).await.unwrap_err();
    assert_eq!(refused.code, Code::NetworkPortal);
    rig.sandbox().change(|switches| switches.pictures_elsewhere = None);
    assert!(is_jpeg(&rig.picture_of(&video).await), "what was refused is asked for again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_is_drawn_once_and_each_moment_is_another() {
    let rig = Making::of(Switches::documented()).stocked(2).start().await;
    let video = rig.first().await;
    let frame = |at_ms| rig.engine().frame(rig.origin(), video.id, at_ms);
    let first = frame(1500).await.unwrap();
    assert!(is_jpeg(&first));
    let (again, other) = (frame(1500).await.unwrap(), frame(2500).await.unwrap());
    assert_eq!(again, first);
    assert_ne!(std::fs::read(&other.file).unwrap(), std::fs::read(&first.file).unwrap());
    assert_eq!(rig.frames_asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_wants_time_between_frames_is_given_it() {
    let rig = Making::of(Switches { frames_per_minute: Some(2), ..Switches::documented() }).stocked(2).start().await;
    let video = rig.first().await;
    let mut answers = Vec::new();
    for at_ms in 0..6 {
        answers.push(rig.engine().frame(rig.origin(), video.id, at_ms).await.map_err(|failure| failure.code).err());
    }
    let busy = Some(Code::WorkspaceBusy);
    assert_eq!(answers, [None, None, busy, busy, busy, busy]);
    assert_eq!(rig.frames_asked(), 3, "after its no it is left alone: {}", rig.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_want_frames_at_once_are_served_one_after_the_other_or_told_that_it_is_too_much() {
    let rig = Making::of(Switches::documented())
        .stocked(2)
        .timed(|timing| timing.frame_patience = Duration::from_mins(1))
        .start()
        .await;
    let video = rig.first().await;
    rig.sandbox().inject(Fault::on(Endpoint::Frame).stall_before_reading());
    let (engine, origin) = (rig.engine(), rig.origin());
    let asked = (0..30).map(|at_ms| engine.frame(origin.clone(), video.id, at_ms));
    let all = futures_util::future::join_all(asked);
    let release = async {
        rig.until_struck("StallBeforeReading").await;
        rig.sandbox().clear_faults();
    };
    let (answers, ()) = tokio::join!(all, release);
    let served = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().flatten().all(is_jpeg));
    assert_eq!((served, rig.frames_asked()), (12, 12));
    assert_eq!(rig.sandbox().peaks().requests, 1, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_frames_says_so() {
    let rig = Making::of(Switches { frames: false, ..Switches::documented() }).stocked(1).start().await;
    let video = rig.first().await;
    let refused = rig.engine().frame(rig.origin(), video.id, 1000).await.unwrap_err();
    assert_eq!(refused.code, Code::LibraryRefused);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_a_draft_is_not_written_down() {
    let mut rig = Making::of(Switches::documented()).stocked(3).start().await;
    let video = rig.first().await;
    let picture = rig.picture_of(&video).await;
    rig.engine().frame(rig.origin(), video.id, 1000).await.unwrap();
    rig.stop().await;
    let tokens: Vec<String> = rig.sandbox().videos().into_iter().map(|it| it.token).collect();
    let home = picture.file.ancestors().nth(3).unwrap();
    let mut folders = vec![home.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert!(!tokens.iter().any(|token| text.contains(token)), "{}", path.display());
            }
        }
    }
    assert!(home.join("queue.db").exists() && files > 2, "{}: {files}", home.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_leaves_no_pictures() {
    let mut making = Making::of(Switches::documented()).stocked(3);
    making.signed_out = true;
    let mut rig = making.start().await;
    let token = rig.sandbox().token().to_owned();
    rig.engine().sign_in(rig.origin(), token.into()).await.unwrap();
    let picture = rig.picture_of(&rig.first().await).await;
    assert!(picture.file.exists());
    rig.engine().sign_out(&rig.origin()).await.unwrap();
    assert!(!picture.file.exists());
    rig.close_workspace().await;
    let nothing = rig.engine().videos(rig.origin(), VideoQuery::default()).await.unwrap_err();
    assert_eq!(nothing.code, Code::SignInNeeded, "nor a list");
}
