//! The library in the window: a video is found, and what is dropped on it takes its place, once.

use crate::desk::{Desk, PATIENCE};
use crate::hand::drop_on;
use sha2::{Digest, Sha256};
use slipway_sandbox::{Config, Endpoint, Fault, Sandbox, VideoRecord};
use std::path::{Path, PathBuf};

/// A workspace in use, the window signed in to it, and one of its videos alone in view.
async fn looking_at_one(desk: &mut Desk) -> (Sandbox, VideoRecord) {
    let sandbox = Sandbox::start(Config { videos: 60, ..Config::default() }).await.unwrap();
    let video = sandbox.videos().into_iter().find(|it| it.title == "Interview for the board 60").unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    desk.press("Library").await;
    desk.read("60 videos").await;
    desk.type_into("Search videos", &video.title).await;
    desk.until("document.querySelectorAll('[data-video]').length === 1").await;
    (sandbox, video)
}

fn card(video: &VideoRecord) -> String {
    format!("[data-video=\"{}\"]", video.photo_id)
}

fn sha256(file: &Path) -> String {
    let digest = Sha256::digest(std::fs::read(file).unwrap());
    digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn media(desk: &Desk, name: &str, called: &str) -> PathBuf {
    let file = desk.files().join(called);
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media").join(name), &file).unwrap();
    file
}

/// Waits until this holds of a video in the workspace.
async fn until(sandbox: &Sandbox, video: &VideoRecord, holds: impl Fn(&VideoRecord) -> bool + Sync) {
    let there = sandbox.until(|seen| seen.videos().iter().any(|it| it.photo_id == video.photo_id && holds(it)));
    assert!(tokio::time::timeout(PATIENCE, there).await.is_ok(), "{:#?}", sandbox.videos());
}

/// Requests that brought a file or a piece of one in the place of another.
fn replacements(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|it| it.method == "POST" && it.path.contains("replace") && it.is_chunk()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_dropped_on_a_video_becomes_its_thumbnail_and_a_video_its_file() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let (sandbox, video) = looking_at_one(&mut desk).await;
    let image = media(&desk, "cover.png", "new cover.png");
    let card = card(&video);
    let picture = format!("document.querySelector('{}').querySelector('img')", card.replace('"', "\\\""));
    desk.until(&format!("({picture})?.naturalWidth > 0")).await;
    let before = desk.ask(&format!("{picture}.src")).await;

    let hint = async || desk.read("Becomes the thumbnail of").await;
    drop_on(&desk, &card, std::slice::from_ref(&image), hint).await;
    desk.read("New thumbnail for").await;
    desk.until("[...document.querySelectorAll('dialog img')].filter((it) => it.naturalWidth > 0).length === 2").await;
    desk.look("library-thumbnail").await;
    assert_eq!(replacements(&sandbox), 0, "nothing is sent before somebody says so");
    desk.press("Set as thumbnail").await;
    let wanted = sha256(&image);
    until(&sandbox, &video, |now| now.thumbnail_sha256.as_ref() == Some(&wanted)).await;
    desk.until(&format!("({picture})?.naturalWidth > 0 && {picture}.src !== {before}")).await;
    assert_eq!(replacements(&sandbox), 1);

    let film = media(&desk, "talk.mp4", "new cut.mp4");
    let hint = async || desk.read("Takes the place of").await;
    drop_on(&desk, &card, std::slice::from_ref(&film), hint).await;
    desk.press("Replace the video").await;
    let wanted = sha256(&film);
    until(&sandbox, &video, |now| now.sha256 == wanted).await;
    assert_eq!((replacements(&sandbox), sandbox.videos().len()), (2, 60));
    let now = sandbox.videos().into_iter().find(|it| it.photo_id == video.photo_id).unwrap();
    assert_eq!((now.title, now.published), (video.title, video.published));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_answer_came_a_thumbnail_is_set_or_somebody_is_asked() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let (sandbox, video) = looking_at_one(&mut desk).await;
    let image = media(&desk, "cover.png", "new cover.png");
    sandbox.inject(Fault::on(Endpoint::Replace).stall_before_reading());
    drop_on(&desk, &card(&video), std::slice::from_ref(&image), async || {}).await;
    desk.press("Set as thumbnail").await;
    let held = sandbox.until(|seen| seen.requests().iter().any(|it| !it.faults.is_empty()));
    assert!(tokio::time::timeout(PATIENCE, held).await.is_ok(), "nothing is sent");
    desk.kill_app();
    sandbox.clear_faults();

    desk.open_app().await;
    let wanted = sha256(&image);
    until(&sandbox, &video, |now| now.thumbnail_sha256.as_ref() == Some(&wanted)).await;
    // What was on its way may have been read to its end after all; then nobody can know by whom the picture is.
    desk.until("/Thumbnail set|Did it arrive/.test(document.body.innerText)").await;
    assert_eq!(sandbox.videos().len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_take_a_videos_place_is_refused_with_the_reason() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let (sandbox, video) = looking_at_one(&mut desk).await;
    let card = card(&video);

    let text = desk.files().join("notes.txt");
    std::fs::write(&text, "no video").unwrap();
    let reason = async || desk.read("This kind of file does not fit here").await;
    drop_on(&desk, &card, &[text], reason).await;

    let two = [media(&desk, "talk.mp4", "one.mp4"), media(&desk, "talk.mp4", "two.mp4")];
    let reason = async || desk.read("One video takes one file").await;
    drop_on(&desk, &card, &two, reason).await;

    // It says that it is a film, and is a picture.
    let disguised = media(&desk, "cover.png", "film.mp4");
    drop_on(&desk, &card, &[disguised], async || desk.read("Takes the place of").await).await;
    desk.read("Replace “Interview for the board 60”?").await;
    desk.until("!!document.querySelector('dialog form [role=group], dialog form [role=alert]')").await;
    desk.until("[...document.querySelectorAll('dialog button')].every((it) => it.innerText !== 'Replace the video' || it.disabled)")
        .await;
    desk.look("library-refused").await;
    assert_eq!(replacements(&sandbox), 0);
}
