//! A folder that is watched from the window: what is put into it from outside is in the workspace a little later, once and as
//! the folder says, and what is left out is explained.

use crate::desk::{Desk, PATIENCE, arrived};
use crate::hand::drop_onto;
use slipway_sandbox::{Config, Sandbox, VideoRecord};
use std::path::Path;

/// The category called News in a new sandbox.
const NEWS: u64 = 1;

/// The video of a file, once it is public.
async fn published(sandbox: &Sandbox, file: &Path) -> VideoRecord {
    let id = arrived(sandbox, file).await.photo_id;
    let public = sandbox.until(|seen| seen.videos().iter().any(|it| it.photo_id == id && it.published));
    assert!(tokio::time::timeout(PATIENCE, public).await.is_ok(), "{:#?}", sandbox.videos());
    sandbox.videos().into_iter().find(|it| it.photo_id == id).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_into_a_watched_folder_is_published_as_the_folder_says_and_the_rest_is_explained() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    let talks = desk.files().join("talks");
    std::fs::create_dir(&talks).unwrap();

    desk.press("Folders").await;
    desk.portal().choose(&[&talks]);
    desk.press("Watch a folder…").await;
    desk.read("Watch “talks”").await;
    assert_eq!(desk.portal().asked(), ["Choose a folder to watch"]);
    desk.type_into("Tags", "fall,").await;
    desk.pick("Publish at once").await;
    desk.read("Whatever is put into this folder becomes public by itself").await;
    desk.press("More: titles, patterns, what happens afterwards").await;
    desk.pick("The name of a subfolder is a category, too").await;
    desk.look("folder-preset").await;
    desk.press("Watch this folder").await;
    desk.read("“talks” is watched from now on.").await;
    desk.read("Watching").await;

    let film = desk.film("talks/News/A talk é.mp4", 300_000);
    std::fs::write(talks.join("notes.pdf"), "words").unwrap();
    let video = published(&sandbox, &film).await;
    assert_eq!(
        (video.title.as_str(), &video.tags[..], &video.album_ids[..]),
        ("A talk é", &["fall".to_owned()][..], &[NEWS][..])
    );

    desk.press("talks").await;
    desk.read("notes.pdf").await;
    desk.read("It is no video and no picture").await;
    desk.until(&line_reads("A talk é.mp4", "Published")).await;
    desk.look("folder-ledger").await;

    // Under another name it is still the same, and a copy is told as one.
    let renamed = talks.join("News/Another name.mp4");
    std::fs::rename(&film, &renamed).unwrap();
    desk.until(&line_reads("Another name.mp4", "Published")).await;
    std::fs::copy(&renamed, talks.join("copy.mp4")).unwrap();
    desk.until(&line_reads("copy.mp4", "It has the same content as “Another name.mp4”.")).await;
    assert_eq!(sandbox.videos().len(), 1);

    // It goes on when the window is opened again, with what came meanwhile.
    desk.kill_app();
    let later = desk.film("talks/Later.mp4", 200_000);
    desk.open_app().await;
    let video = published(&sandbox, &later).await;
    assert_eq!((video.title.as_str(), &video.tags[..]), ("Later", &["fall".to_owned()][..]));
    assert_eq!(sandbox.videos().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_folder_is_watched_on_when_somebody_ticks_that() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let mut films: Vec<_> = (1..=6).map(|n| desk.film(&format!("season/talk {n}.mp4"), 100_000)).collect();
    drop_onto(&desk, &[desk.files().join("season")], async || desk.read("A folder").await).await;
    desk.read("Add “season”").await;
    desk.pick("Keep watching this folder").await;
    desk.read("What comes into it later is sent as said above.").await;
    desk.press("Add 6 videos").await;
    desk.read("“season” is watched from now on.").await;
    films.push(desk.film("season/talk 7.mp4", 100_000));
    for film in &films {
        assert!(!arrived(&sandbox, film).await.published);
    }
    assert_eq!(sandbox.videos().len(), 7);
    desk.press("Folders").await;
    desk.press("season").await;
    // Those that were dropped are known as sent, too.
    desk.until(&line_reads("talk 7.mp4", "Draft")).await;
    desk.until(&line_reads("talk 1.mp4", "Draft")).await;
}

/// Whether the line of a file can be read in the ledger, with this in it.
fn line_reads(file: &str, text: &str) -> String {
    let line = format!("it.innerText.includes('{file}') && it.innerText.includes('{text}')");
    format!("[...document.querySelectorAll('[role=row]')].some((it) => {line})")
}
