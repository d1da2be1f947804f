//! Ten thousand files in the queue: what the window makes of them. `cargo xtask bench window` reads the figures; that few
//! rows of so many are drawn is a test of the pages (`ui/e2e`).

use crate::desk::Desk;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use slipway_engine::item::Intent;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Config, Engine};
use std::path::Path;

const ITEMS: usize = 10_000;

/// Takes the files in without a window, and pauses them: nothing is to move while it is measured.
async fn fill(desk: &Desk) {
    let config = Config { work: false, ..Config::new(desk.home()) };
    let engine = Engine::start(config).await.unwrap();
    let workspace = Origin::parse("video.example.com").unwrap();
    let add = |number: usize| {
        let file = desk.files().join(format!("render-{number:05}.mp4"));
        std::fs::write(&file, format!("file {number}")).unwrap();
        engine.add(Add::new(file, workspace.clone()))
    };
    // Side by side: their facts meet in one flush.
    let added = stream::iter(0..ITEMS).map(add).buffered(64).map(|added| added.unwrap().item.id);
    let ids = added.collect::<Vec<_>>().await;
    engine.set_intents(ids, Intent::Pause).await.unwrap();
    engine.stop().await;
}

/// Prints the figures as a line of JSON.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo xtask bench window runs it"]
async fn figures() {
    let mut desk = Desk::set_up().await.expect("the tools are there");
    let blank = Path::new(env!("CARGO_BIN_EXE_slipway-desktop")).with_file_name("examples").join("blank-window");
    desk.open(&blank).await;
    let blank_kib = desk.memory_kib();
    desk.kill_app();
    fill(&desk).await;
    desk.open_app().await;
    desk.read("10,000").await;
    let kib = desk.memory_kib();
    let still = frames(&desk, 0).await;
    let moving = frames(&desk, 240).await;
    let figures = json!({
        "items": ITEMS, "blank_kib": blank_kib, "kib": kib,
        "still_ms": middle(&still, 0.5), "moving_ms": middle(&moving, 0.5), "moving_slow_ms": middle(&moving, 0.95),
    });
    println!("figures {figures}");
}

/// The times between 120 frames in milliseconds, while the list moves by so many pixels from each to the next.
async fn frames(desk: &Desk, pixels: u32) -> Vec<f64> {
    let script = r"
        const [pixels, done] = arguments;
        const scrolls = (it) => it.scrollHeight > it.clientHeight + 1000 && getComputedStyle(it).overflowY !== 'visible';
        const list = [...document.querySelectorAll('*')].find(scrolls);
        const times = [];
        let last = performance.now();
        requestAnimationFrame(function frame(now) {
            times.push(now - last);
            last = now;
            if (list) list.scrollTop += pixels;
            if (times.length > 120) done(times.slice(1)); else requestAnimationFrame(frame);
        });
    ";
    let times = desk.client().execute_async(script, vec![pixels.into()]).await.unwrap();
    times.as_array().unwrap().iter().filter_map(Value::as_f64).collect()
}

fn middle(times: &[f64], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}
