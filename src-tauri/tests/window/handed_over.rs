//! All the ways by which files reach the window besides one dropped film: a whole folder, a paste, a second start, and the
//! command line beside it.

use crate::desk::{Desk, arrived};
use crate::hand::{close_window, drop_onto, paste};
use slipway_sandbox::{Config, Sandbox};
use std::path::Path;
use std::process::Stdio;

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_folder_is_shown_in_a_sheet_and_arrives_with_what_goes_with_it() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let films: Vec<_> = (1..=6).map(|n| desk.film(&format!("season/part {n}/talk {n}.mp4"), 200_000)).collect();
    let season = desk.files().join("season");
    let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media");
    std::fs::copy(media.join("cover.jpg"), season.join("part 2/talk 2.jpg")).unwrap();
    std::fs::write(season.join("notes.txt"), "not a video").unwrap();
    drop_onto(&desk, &[season], async || desk.read("A folder").await).await;

    desk.read("Add “season”").await;
    desk.read("6 videos").await;
    desk.read("1 thumbnail").await;
    desk.read("1 other file is left out").await;
    assert!(sandbox.requests().iter().all(|it| !it.is_chunk()), "nothing is sent before somebody says so");
    desk.press("Add 6 videos").await;
    for film in &films {
        arrived(&sandbox, film).await;
    }
    sandbox.until(|seen| seen.videos().iter().filter(|it| it.thumbnail_sha256.is_some()).count() == 1).await;
    let with_picture = sandbox.videos().into_iter().find(|it| it.thumbnail_sha256.is_some()).unwrap();
    assert_eq!(with_picture.title, "talk 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_while_a_question_stands_the_program_ends() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    (1..=6).for_each(|n| drop(desk.film(&format!("season/talk {n}.mp4"), 1000)));
    drop_onto(&desk, &[desk.files().join("season")], async || desk.read("A folder").await).await;
    desk.read("Add “season”").await;
    let app = desk.app();
    close_window(&desk);
    desk.app_ended(&app).await;
    assert!(sandbox.videos().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn copied_files_are_pasted_and_an_image_is_shown_in_its_row() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let media = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media");
    let image = desk.files().join("poster.png");
    std::fs::copy(media.join("cover.png"), &image).unwrap();
    let _copied = paste(&desk, std::slice::from_ref(&image));
    arrived(&sandbox, &image).await;
    desk.read("poster").await;
    desk.until(
        "[...document.querySelectorAll('img')].some((it) => it.src.startsWith('picture:') && it.naturalWidth > 0)",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_hands_its_file_to_the_window_and_ends() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let film = desk.film("again.mp4", 200_000);
    let second = desk.program(env!("CARGO_BIN_EXE_slipway-desktop")).arg(&film).status().unwrap();
    assert!(second.success());
    arrived(&sandbox, &film).await;
    desk.read("again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_beside_the_window_sees_its_file_through_and_the_row_stands_in_the_window() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let slipway = Path::new(env!("CARGO_BIN_EXE_slipway-desktop")).with_file_name("slipway");
    if !slipway.is_file() {
        eprintln!("skipped: the command line was not built (cargo build -p slipway-cli)");
        return;
    }
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let film = desk.film("beside.mp4", 200_000);
    let told = desk.program(&slipway).args(["upload", "--json"]).arg(&film).stdout(Stdio::piped()).output().unwrap();
    let told = (told.status, String::from_utf8(told.stdout).unwrap());
    assert!(told.0.success(), "{told:?}");
    let video = arrived(&sandbox, &film).await;
    assert!(told.1.contains(&format!("\"video_id\":{}", video.photo_id)), "{told:?}");
    desk.read("beside").await;
}
