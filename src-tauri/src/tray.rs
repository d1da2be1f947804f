//! The icon in the tray, drawn with Tauri. What it says is in `outside/face.rs`; whether there is a tray at all, `tray_host.rs`
//! knows on Linux. Where there is none, nothing is lost: the window does all of it, and stays.

use crate::outside::face::{Face, Switch};
use crate::shell::Shell;
use crate::window;
use slipway_engine::item::Intent;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tauri::menu::{IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};

const ID: &str = "slipway";
const OPEN: &str = "open";
const SWITCH: &str = "switch";
const QUIT: &str = "quit";

/// The icon, there or not. Drawing it waits for the thread of the windows, so that thread may only ask whether it is there.
pub(crate) struct Tray {
    app: AppHandle,
    is_there: AtomicBool,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    face: Option<Face>,
    icon: Option<(TrayIcon, Lines)>,
}

/// What of the menu changes.
struct Lines {
    standing: MenuItem<Wry>,
    last: Vec<MenuItem<Wry>>,
    open: MenuItem<Wry>,
    switch: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

impl Tray {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app, is_there: AtomicBool::new(false), now: Mutex::default() }
    }

    /// Whether somebody can see it.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::SeqCst)
    }

    /// Says something else from now on.
    pub(crate) fn wear(&self, face: Face) {
        let mut now = self.now();
        if let Some((icon, lines)) = &mut now.icon
            && let Err(error) = change(&self.app, icon, lines, &face)
        {
            tracing::info!(%error, "the tray could not be changed");
        }
        now.face = Some(face);
    }

    /// There is a tray to be seen in, from now on or not any more.
    pub(crate) fn set_there(&self, is_there: bool) {
        let mut now = self.now();
        if is_there && now.icon.is_none() {
            let face = now.face.clone().unwrap_or_else(|| self.app.state::<Arc<Shell>>().first_face());
            match build(&self.app, &face) {
                Ok(icon) => now.icon = Some(icon),
                Err(error) => tracing::info!(%error, "no icon in the tray"),
            }
        } else if !is_there && now.icon.take().is_some() {
            self.app.remove_tray_by_id(ID);
        }
        self.is_there.store(now.icon.is_some(), Ordering::SeqCst);
    }

    /// What the switch in the menu does now.
    fn switch(&self) -> Option<Switch> {
        let now = self.now();
        now.face.as_ref()?.switch.as_ref().map(|(switch, _)| *switch)
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tray").field("is_there", &self.is_there).finish_non_exhaustive()
    }
}

fn build(app: &AppHandle, face: &Face) -> tauri::Result<(TrayIcon, Lines)> {
    let (menu, lines) = menu(app, face)?;
    let icon = TrayIconBuilder::with_id(ID)
        .icon(tauri::include_image!("../icons/32x32.png"))
        .title("Slipway")
        .tooltip(&face.tooltip)
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(chosen)
        .on_tray_icon_event(clicked)
        .build(app)?;
    Ok((icon, lines))
}

fn menu(app: &AppHandle, face: &Face) -> tauri::Result<(Menu<Wry>, Lines)> {
    let line = |id: &str, text: &str, enabled: bool| MenuItem::with_id(app, id, plain(text), enabled, None::<&str>);
    let separator = || PredefinedMenuItem::separator(app);
    let last = face.last.iter().enumerate().map(|(n, text)| line(&format!("{OPEN}-{n}"), text, true));
    let lines = Lines {
        standing: line("standing", &face.standing, false)?,
        last: last.collect::<tauri::Result<_>>()?,
        open: line(OPEN, &face.open, true)?,
        switch: line(SWITCH, face.switch_text(), face.switch.is_some())?,
        quit: line(QUIT, &face.quit, true)?,
    };
    let separators = [separator()?, separator()?, separator()?];
    let mut shown: Vec<&dyn IsMenuItem<Wry>> = vec![&lines.standing];
    if !lines.last.is_empty() {
        shown.push(&separators[0]);
        shown.extend(lines.last.iter().map(|line| line as &dyn IsMenuItem<Wry>));
    }
    shown.extend::<[&dyn IsMenuItem<Wry>; 5]>([
        &separators[1],
        &lines.open,
        &lines.switch,
        &separators[2],
        &lines.quit,
    ]);
    Ok((Menu::with_items(app, &shown)?, lines))
}

/// Line by line, so that a menu that somebody has open stays open.
fn change(app: &AppHandle, icon: &TrayIcon, lines: &mut Lines, face: &Face) -> tauri::Result<()> {
    icon.set_tooltip(Some(&face.tooltip))?;
    if lines.last.len() != face.last.len() {
        let (menu, new) = menu(app, face)?;
        icon.set_menu(Some(menu))?;
        *lines = new;
        return Ok(());
    }
    let say = |line: &MenuItem<Wry>, text: &str| line.set_text(plain(text));
    say(&lines.standing, &face.standing)?;
    for (line, text) in lines.last.iter().zip(&face.last) {
        say(line, text)?;
    }
    say(&lines.open, &face.open)?;
    say(&lines.switch, face.switch_text())?;
    lines.switch.set_enabled(face.switch.is_some())?;
    say(&lines.quit, &face.quit)
}

/// In a menu, `&` marks the letter of a key.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

#[expect(clippy::needless_pass_by_value, reason = "as Tauri hands it over")]
fn chosen(app: &AppHandle, event: MenuEvent) {
    match event.id().as_ref() {
        id if id.starts_with(OPEN) => window::raise(app),
        QUIT => app.exit(0),
        SWITCH => {
            let shell = Arc::clone(&app.state::<Arc<Shell>>());
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                let switch = tauri::async_runtime::spawn_blocking(move || app.state::<Arc<Tray>>().switch()).await;
                let intent = match switch {
                    Ok(Some(Switch::Pause)) => Intent::Pause,
                    Ok(Some(Switch::Resume)) => Intent::Run,
                    Ok(None) | Err(_) => return,
                };
                if let Err(failure) = shell.set_all(intent).await {
                    tracing::warn!(%failure, "the tray could not switch everything");
                }
            });
        }
        _ => {}
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as Tauri hands it over")]
fn clicked(icon: &TrayIcon, event: TrayIconEvent) {
    if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event {
        window::raise(icon.app_handle());
    }
}
