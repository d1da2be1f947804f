//! Thousands of files in the queue: few rows are drawn, and one is found. `cargo xtask bench window` measures the same with
//! ten thousand.

use crate::desk::Desk;
use fantoccini::Locator;
use futures_util::StreamExt;
use serde_json::{Value, json};
use slipway_engine::item::Intent;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Config, Front};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::{Duration, Instant};

/// Enough that a list which draws them all, or looks at each file first, is not open in time.
const MANY: usize = 3_000;

/// As many as are measured, and as many as a window has to begin with at once.
const MEASURED: usize = 10_000;
const MOST: usize = 100_000;

/// Fewer rows than that are in the document, however many there are.
const DRAWN: u64 = 150;

/// How often memory is looked at until it rests.
const LOOKS: usize = 10;

const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Takes files in without a window, and pauses them: nothing is to move.
async fn fill(desk: &Desk, numbers: RangeInclusive<usize>) {
    let config = Config { work: false, ..Config::new(desk.home()) };
    let front = Front::open(config).await.unwrap();
    let workspace = Origin::parse("video.example.com").unwrap();
    let add = |number| {
        let file = desk.files().join(format!("render-{number:06}.mp4"));
        std::fs::write(&file, format!("file {number}")).unwrap();
        Add::new(file, workspace.clone())
    };
    let added = front.add_all(numbers.map(add));
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
    fill(&desk, 1..=MANY).await;
    desk.open_app().await;
    desk.read("render-000001").await;
    let first = drawn(&desk).await;
    assert!(first > 5 && first < DRAWN, "{first} rows");
    desk.type_into("Filter by title or file", "002987").await;
    desk.read("render-002987").await;
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
    fill(&desk, 1..=MEASURED).await;
    let opened = open(&mut desk, MEASURED).await;
    let kib = at_rest(&desk).await;
    let still = frames(&desk, 0).await;
    let moving = frames(&desk, 240).await;
    desk.kill_app();
    fill(&desk, MEASURED + 1..=MOST).await;
    let most = open(&mut desk, MOST).await;
    let most_kib = at_rest(&desk).await;
    let figures = json!({
        "blank_kib": blank_kib, "kib": kib,
        "shown_s": opened.shown.as_secs_f64(), "there_s": opened.there.as_secs_f64(),
        "still_ms": middle(&still, 0.5), "moving_ms": middle(&moving, 0.5), "moving_slow_ms": middle(&moving, 0.95),
        "most_shown_s": most.shown.as_secs_f64(), "most_there_s": most.there.as_secs_f64(), "most_kib": most_kib,
    });
    println!("figures {figures}");
}

/// From the start of the program until the window has the first rows, and until it has all.
struct Opened {
    shown: Duration,
    there: Duration,
}

async fn open(desk: &mut Desk, items: usize) -> Opened {
    let opening = Instant::now();
    desk.open_app().await;
    desk.read("render-000001").await;
    let shown = opening.elapsed();
    let all = format!("//*[@role='grid' and @aria-rowcount='{}']", items + 1);
    desk.client().wait().at_most(Duration::from_mins(2)).for_element(Locator::XPath(&all)).await.unwrap();
    Opened { shown, there: opening.elapsed() }
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
