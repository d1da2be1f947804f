//! From nothing to a video in the workspace: sign in by typing, drop files, watch them go.

use crate::desk::{Desk, arrived};
use crate::hand::drop_onto;
use slipway_sandbox::{Config, Endpoint, Fault, Sandbox};

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_by_typing_and_drops_a_film() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let film = desk.film("A talk é.mp4", 300_000);
    drop_onto(&desk, std::slice::from_ref(&film), async || desk.read("1 video").await).await;
    let video = arrived(&sandbox, &film).await;
    assert!(!video.published);
    desk.read("Draft").await;
    desk.look("first-upload").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_mid_upload_it_goes_on_when_it_is_opened_again() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;

    let film = desk.film("film.mp4", 24 * 1024 * 1024);
    sandbox.inject(Fault::on(Endpoint::Chunk).nth(2).stall_before_reading());
    desk.portal().choose(&[&film]);
    desk.press("Choose files…").await;
    let held = sandbox.until(|seen| seen.requests().iter().any(|it| it.is_chunk() && !it.faults.is_empty()));
    if tokio::time::timeout(std::time::Duration::from_secs(25), held).await.is_err() {
        let picture = desk.look("not-sent").await;
        panic!("nothing is sent ({}); dialogs: {:?}", picture.display(), desk.portal().asked());
    }
    assert_eq!(desk.portal().asked().len(), 1);
    desk.kill_app();
    sandbox.clear_faults();
    assert!(sandbox.videos().is_empty());

    desk.open_app().await;
    arrived(&sandbox, &film).await;
}
