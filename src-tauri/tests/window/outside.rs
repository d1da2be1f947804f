//! Slipway outside its window: with a tray, a notification daemon, a login service and a taskbar, and without any of them.

use crate::desk::{Desk, arrived};
use crate::hand::{close_window, is_listed, is_seen, move_window, place_of_window};
use crate::services::{Notifications, Sleep, Taskbar};
use crate::tray::{Tray, until};
use slipway_sandbox::{Config, Endpoint, Fault, Sandbox};
use std::path::{Path, PathBuf};
use std::process::Stdio;

const APP: &str = env!("CARGO_BIN_EXE_slipway-desktop");

/// What a taskbar knows the program by.
const ENTRY: &str = "application://Slipway.desktop";

/// The command line, where it was built.
fn slipway() -> Option<PathBuf> {
    let slipway = Path::new(APP).with_file_name("slipway");
    if slipway.is_file() {
        return Some(slipway);
    }
    eprintln!("skipped: the command line was not built (cargo build -p slipway-cli)");
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_files_are_one_notification_while_the_window_rests_in_the_tray() {
    let (Some(mut desk), Some(slipway)) = (Desk::set_up().await, slipway()) else { return };
    let tray = Tray::open(desk.bus()).await;
    let notifications = Notifications::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    tray.reads("Nothing to send").await;
    assert_eq!(tray.tooltip().await, "Slipway: Nothing to send");
    close_window(&desk);
    until(async || (!is_seen(&desk)).then_some(()), "no window").await;

    let films: Vec<_> = (1..=50).map(|n| desk.film(&format!("part {n}.mp4"), 1000 + n)).collect();
    let told = desk.program(&slipway).args(["upload", "--json"]).args(&films).stdout(Stdio::piped()).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stdout));
    assert_eq!(sandbox.videos().len(), 50);

    let shown = until(async || notifications.shown().first().cloned(), "a notification").await;
    assert_eq!(shown.summary, "50 uploads done");
    let menu: Vec<String> = tray.menu().await.into_iter().map(|line| line.text).collect();
    assert_eq!(menu[0], "Nothing to send");
    assert!(menu[1..4].iter().all(|line| line.starts_with("Sent: part ")), "{menu:?}");
    assert_eq!(menu[4..], ["Open Slipway", "Pause all", "Quit Slipway"]);

    notifications.click().await;
    until(async || is_seen(&desk).then_some(()), "the window").await;
    desk.read("part 50").await;
    assert_eq!(notifications.shown().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tray_pauses_and_resumes_brings_the_window_back_and_ends_the_program() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let notifications = Notifications::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    sandbox.inject(Fault::on(Endpoint::Chunk).always().stall_before_reading());
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    // A tray that comes late.
    let tray = Tray::open(desk.bus()).await;
    tray.icon().await;
    let film = desk.film("slow.mp4", 3_000_000);
    assert!(desk.program(APP).arg(&film).status().unwrap().success());
    tray.reads("1 on the way · ").await;
    tray.choose("Pause all").await;
    tray.reads("1 paused · ").await;
    desk.read("Paused").await;
    tray.choose("Resume all").await;
    tray.reads("1 on the way · ").await;

    close_window(&desk);
    until(async || (!is_seen(&desk)).then_some(()), "no window").await;
    tray.choose("Open Slipway").await;
    until(async || is_seen(&desk).then_some(()), "the window").await;

    let app = desk.app();
    tray.choose("Quit Slipway").await;
    desk.app_ended(&app).await;
    let said = until(async || notifications.shown().last().cloned(), "what is left").await;
    assert_eq!(said.body, "1 upload will go on when you open Slipway again.");
    assert!(sandbox.videos().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_a_window_that_has_work_is_minimised_and_comes_back_with_a_second_start() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let taskbar = Taskbar::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    sandbox.inject(Fault::on(Endpoint::Chunk).always().stall_before_reading());
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    let film = desk.film("slow.mp4", 300_000);
    assert!(desk.program(APP).arg(&film).status().unwrap().success());
    sandbox.until(|seen| seen.chunks().next().is_some()).await;
    // Whoever draws the bar knows by then that something is left to do.
    until(async || taskbar.bars(ENTRY).iter().any(Option::is_some).then_some(()), "a bar").await;
    let app = desk.app();
    close_window(&desk);
    until(async || (!is_seen(&desk)).then_some(()), "a minimised window").await;
    assert!(Path::new("/proc").join(&app).exists());

    assert!(desk.program(APP).status().unwrap().success());
    until(async || is_seen(&desk).then_some(()), "the window").await;
    sandbox.clear_faults();
    arrived(&sandbox, &film).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_whose_tray_goes_away_is_found_in_the_taskbar() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let tray = Tray::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    tray.reads("Nothing to send").await;
    close_window(&desk);
    until(async || (!is_seen(&desk)).then_some(()), "no window").await;
    assert!(!is_listed(&desk), "a hidden window is in no taskbar");
    tray.close().await;
    until(async || is_listed(&desk).then_some(()), "a window in the taskbar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_machine_stays_awake_and_the_taskbar_shows_a_bar_while_bytes_move() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sleep = Sleep::open(desk.bus()).await;
    let taskbar = Taskbar::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    sandbox.inject(Fault::on(Endpoint::Chunk).nth(1).stall_before_reading());
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    assert_eq!(sleep.held_up(), [""; 0]);

    let film = desk.film("long.mp4", 300_000);
    assert!(desk.program(APP).arg(&film).status().unwrap().success());
    until(async || (sleep.held_up() == ["idle:block"]).then_some(()), "a machine that stays awake").await;
    until(async || taskbar.bars(ENTRY).iter().any(Option::is_some).then_some(()), "a bar").await;
    sandbox.clear_faults();
    arrived(&sandbox, &film).await;
    until(async || sleep.held_up().is_empty().then_some(()), "a machine that may sleep").await;
    until(async || (taskbar.bars(ENTRY).last() == Some(&None)).then_some(()), "no bar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn started_by_the_system_it_waits_in_the_tray() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let tray = Tray::open(desk.bus()).await;
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;
    desk.sign_in(&sandbox).await;
    desk.press("Settings").await;
    desk.pick("Start Slipway when I sign in").await;
    let entry = desk.own_home().join(".config/autostart/Slipway.desktop");
    let entry = until(async || std::fs::read_to_string(&entry).ok(), "the system's entry").await;
    let command = entry.lines().find_map(|line| line.strip_prefix("Exec=")).unwrap().trim_end();
    assert_eq!(command, format!("{APP} --hidden"));
    let app = desk.app();
    tray.choose("Quit Slipway").await;
    desk.app_ended(&app).await;

    let words: Vec<&str> = command.split(' ').collect();
    let mut started = desk.program(words[0]).args(&words[1..]).spawn().unwrap();
    // The icon of the first run is not there any more; this one is new.
    tray.reads("Open Slipway").await;
    assert!(!is_seen(&desk));
    tray.choose("Open Slipway").await;
    until(async || is_seen(&desk).then_some(()), "the window").await;
    tray.choose("Quit Slipway").await;
    let ended = until(async || started.try_wait().unwrap(), "the end").await;
    assert!(ended.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_where_it_was_and_as_large() {
    let Some(mut desk) = Desk::set_up().await else { return };
    desk.open_app().await;
    desk.read("Connect").await;
    move_window(&desk, (210, 140), (900, 600));
    let place = until(async || Some(place_of_window(&desk)).filter(|it| it.1 == (900, 600)), "another size").await;
    let app = desk.app();
    close_window(&desk);
    desk.app_ended(&app).await;

    desk.open_app().await;
    desk.read("Connect").await;
    let again = until(async || Some(place_of_window(&desk)).filter(|it| it.1 == (900, 600)), "the same size").await;
    let off = |one: (i64, i64), other: (i64, i64)| (one.0 - other.0).abs().max((one.1 - other.1).abs());
    assert!(off(place.0, again.0) <= 2, "{place:?} {again:?}");
}
