//! Without a mouse: real keys, from the first screen to a video in the workspace.

use crate::desk::{Desk, arrived};
use crate::hand::{press, type_text};
use slipway_sandbox::{Config, Sandbox};

/// More than any screen has places for the focus.
const STOPS: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_mouse_comes_from_the_first_screen_to_a_video() {
    let Some(mut desk) = Desk::set_up().await else { return };
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    desk.open_app().await;

    tab_to(&desk, "Your workspace’s address").await;
    type_text(&desk, &sandbox.url()).await;
    tab_to(&desk, "API token").await;
    type_text(&desk, sandbox.token()).await;
    press(&desk, "Return");
    desk.read("Go to the queue").await;
    tab_to(&desk, "Go to the queue").await;
    press(&desk, "Return");

    let film = desk.film("by keys.mp4", 200_000);
    desk.portal().choose(&[&film]);
    desk.at_the_queue().await;
    press(&desk, "ctrl+o");
    arrived(&sandbox, &film).await;
    desk.read("Draft").await;

    // From the head of its group down to the row, which has a menu.
    tab_to(&desk, "Uploads").await;
    press(&desk, "Down");
    press(&desk, "shift+F10");
    desk.read("Copy link").await;
    press(&desk, "Escape");
}

/// Presses Tab until what has the focus is called this.
async fn tab_to(desk: &Desk, name: &str) {
    const FOCUSED: &str = "(() => { \
        const it = document.activeElement; \
        const grid = it.closest('[role=grid]'); \
        return [it.getAttribute('aria-label'), it.innerText, ...[...(it.labels ?? [])].map((one) => one.innerText), \
            grid?.getAttribute('aria-label')].filter(Boolean).map((one) => one.trim()); })()";
    let mut met = Vec::new();
    for _ in 0..STOPS {
        let names = desk.ask(FOCUSED).await;
        if names.as_array().unwrap().iter().any(|it| it.as_str().unwrap().starts_with(name)) {
            return;
        }
        met.push(names);
        press(desk, "Tab");
    }
    panic!("Tab never comes to “{name}”: {met:?}");
}
