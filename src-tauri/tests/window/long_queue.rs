//! Thousands of files in the queue: few rows are drawn, and one is found. `cargo xtask bench window` measures the same with
//! ten thousand.

use crate::desk::Desk;
use fantoccini::Locator;
use futures_util::StreamExt;
use serde_json::{Value, json};
use slipway_engine::item::Intent;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Config, Front};
use std::path::Path;
use std::time::{Duration, Instant};

/// Enough that a list which draws them all, or looks at each file first, is not open in time.
const MANY: usize = 3_000;

/// As many as are measured.
const MEASURED: usize = 10_000;

/// Fewer rows than that are in the document, however many there are.
const DRAWN: u64 = 150;

/// How often memory is looked at until it rests.
const LOOKS: usize = 10;

const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Takes files in without a window, and pauses them: nothing is to move.
async fn fill(desk: &Desk, count: usize) {
    let config = Config { work: false, ..Config::new(desk.home()) };
    let front = Front::open(config).await.unwrap();
    let workspace = Origin::parse("video.example.com").unwrap();
    let add = |number| {
        let file = desk.files().join(format!("render-{number:05}.mp4"));
        std::fs::write(&file, format!("file {number}")).unwrap();
        Add::new(file, workspace.clone())
    };
    let added = front.add_all((1..=count).map(add).collect());
    let ids = added.map(|(_, added)| added.unwrap().item.id).collect::<Vec<_>>().await;
    front.set_intents(ids, Intent::Pause).await.unwrap();
    front.stop().await;
}

/// The rows of uploads in the document.
async fn drawn(desk: &Desk) -> u64 {
    desk.ask("document.querySelectorAll('[role=row]').length").await.as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thousands_few_are_drawn_and_one_is_found() {
    let Some(mut desk) = Desk::set_up().await else { return };
    fill(&desk, MANY).await;
    desk.open_app().await;
    desk.read("render-00001").await;
    let first = drawn(&desk).await;
    assert!(first > 5 && first < DRAWN, "{first} rows");
    desk.type_into("Filter by title or file", "02987").await;
    desk.read("render-02987").await;
    // The head of its group, and the one.
    let found = Locator::XPath("//*[@role='grid' and @aria-rowcount='2']");
    desk.client().wait().for_element(found).await.expect("one of them is found");
    assert_eq!(drawn(&desk).await, 2);
}

/// Prints the figures as a line of JSON.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; cargo xtask bench window runs it"]
async fn figures() {
    let mut desk = Desk::set_up().await.expect("the tools are there");
    let blank = Path::new(env!("CARGO_BIN_EXE_slipway-desktop")).with_file_name("examples").join("blank-window");
    desk.open(&blank).await;
    let blank_kib = at_rest(&desk).await;
    desk.kill_app();
    let filling = Instant::now();
    fill(&desk, MEASURED).await;
    let filled = filling.elapsed();
    let opening = Instant::now();
    desk.open_app().await;
    desk.read("render-00001").await;
    let shown = opening.elapsed();
    let all = format!("//*[@role='grid' and @aria-rowcount='{}']", MEASURED + 1);
    desk.client().wait().at_most(Duration::from_mins(1)).for_element(Locator::XPath(&all)).await.unwrap();
    let there = opening.elapsed();
    let kib = at_rest(&desk).await;
    let still = frames(&desk, 0).await;
    let moving = frames(&desk, 240).await;
    let figures = json!({
        "items": MEASURED, "blank_kib": blank_kib, "kib": kib,
        "filled_s": filled.as_secs_f64(), "shown_s": shown.as_secs_f64(), "there_s": there.as_secs_f64(),
        "still_ms": middle(&still, 0.5), "moving_ms": middle(&moving, 0.5), "moving_slow_ms": middle(&moving, 0.95),
    });
    println!("figures {figures}");
}

/// The memory of the app once it hardly changes any more: the pages are loaded, and what loading them took is given back.
async fn at_rest(desk: &Desk) -> u64 {
    let mut last = 0;
    for _ in 0..LOOKS {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = desk.memory_kib();
        if now.abs_diff(last) < now / 100 {
            return now;
        }
        last = now;
    }
    last
}

/// The times between 120 frames in milliseconds, while the list moves by so many pixels from each to the next.
pub(crate) async fn frames(desk: &Desk, pixels: u32) -> Vec<f64> {
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

pub(crate) fn middle(times: &[f64], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}
