//! Thousands of videos in the library. `cargo xtask bench window` reads the figures; that few of so many are drawn is a
//! test of the pages (`ui/e2e`).

use crate::desk::Desk;
use crate::long_queue::{frames, middle};
use serde_json::json;
use slipway_sandbox::{Config, Sandbox};
use std::time::Instant;

/// As many as are measured.
const MEASURED: u32 = 5_000;

/// Prints the figures as a line of JSON.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo xtask bench window runs it"]
async fn figures() {
    let mut desk = Desk::set_up().await.expect("the tools are there");
    let sandbox = Sandbox::start(Config { videos: MEASURED, ..Config::default() }).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    let opening = Instant::now();
    desk.press("Library").await;
    desk.read("5,000 videos").await;
    desk.until("document.querySelectorAll('[data-video]').length > 0").await;
    let shown = opening.elapsed();
    let still = frames(&desk, 0).await;
    let moving = frames(&desk, 240).await;
    let searching = Instant::now();
    desk.type_into("Search videos", "board 60").await;
    desk.until(
        "document.querySelectorAll('[data-video]').length > 0 && !document.body.innerText.includes('5,000 videos')",
    )
    .await;
    let figures = json!({
        "videos": MEASURED, "shown_s": shown.as_secs_f64(), "found_s": searching.elapsed().as_secs_f64(),
        "still_ms": middle(&still, 0.5), "moving_ms": middle(&moving, 0.5), "moving_slow_ms": middle(&moving, 0.95),
    });
    println!("figures {figures}");
}
