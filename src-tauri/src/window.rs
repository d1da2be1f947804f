//! The window as Tauri makes it: what it may load, what happens over it, and what only it can do for the rest of the shell.
//! It shows the pages that are in the program and nothing else, ever.

use crate::awake::Awake;
use crate::clipboard::Clipboard;
use crate::closing::Closing;
use crate::desktop::{Choice, Chosen, Desktop};
use crate::dialogs;
use crate::events::Event;
use crate::hover::{Hover, Hovering, Place};
#[cfg(target_os = "linux")]
use crate::launcher::Launcher;
use crate::notify;
use crate::offers::By;
use crate::outside::Signs;
use crate::outside::notices::Notice;
use crate::shell::Shell;
use crate::tray::Tray;
use slipway_engine::Doorbell;
use slipway_engine::failure::{Code, Failure};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, CloseRequestApi, DragDropEvent, Emitter, Manager, PhysicalPosition, Url, WebviewUrl, WebviewWindow,
    WebviewWindowBuilder, Window,
};
use tauri_plugin_autostart::ManagerExt;
use tauri_plugin_window_state::{AppHandleExt, StateFlags};
use tokio::sync::watch;

/// The one window's name, which its capability is for.
pub(crate) const MAIN: &str = "main";

/// What is kept of the window from one start to the next. Where the screen is gone that it stood on, the system finds a place.
pub(crate) const KEPT: StateFlags = StateFlags::SIZE.union(StateFlags::POSITION).union(StateFlags::MAXIMIZED);

/// How long a tray may take to appear after the person has signed in to the machine.
const SIGNING_IN: Duration = Duration::from_secs(10);

/// Opens the window, to be seen or not yet.
pub(crate) fn open(app: &AppHandle, home: &Path, hidden: bool) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Slipway")
        .inner_size(1080.0, 720.0)
        .min_inner_size(640.0, 420.0)
        .visible(!hidden)
        // The pages keep nothing; what the web view writes for itself stays in the data folder. Not incognito, although
        // nothing would be missed: WebKitGTK lets no test drive such a view.
        .data_directory(home.join("webview"))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()
}

/// Whether an address is of the pages in the program, or of Vite's server while they are being written.
fn is_ours(address: &Url) -> bool {
    match address.scheme() {
        "tauri" => address.host_str() == Some("localhost"),
        "http" | "https" => {
            address.host_str() == Some("tauri.localhost")
                || cfg!(dev) && address.host_str() == Some("localhost") && address.port() == Some(5173)
        }
        _ => false,
    }
}

/// Brings the window before the others.
pub(crate) fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    // What a desktop does not let a program do, it does not do.
    let _ = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
}

/// Somebody closes the window.
pub(crate) fn closing(window: &Window, api: &CloseRequestApi) {
    let (shell, tray) = (window.state::<Arc<Shell>>(), window.state::<Arc<Tray>>());
    let keep_running = shell.means.settings().behaviour.keep_running;
    let gone = match Closing::of(keep_running, tray.is_there(), shell.outside.work()) {
        Closing::End => return,
        Closing::Hide => window.hide(),
        Closing::Minimise => window.minimize(),
    };
    // A window that can do neither is closed.
    if gone.is_ok() {
        api.prevent_close();
    }
    if let Err(error) = window.app_handle().save_window_state(KEPT) {
        tracing::info!(%error, "the window's place is not kept");
    }
}

/// Puts the icon where there is a tray for it, and the window where it is found when there is none.
pub(crate) async fn follow_tray(app: AppHandle, tray: Arc<Tray>, mut there: watch::Receiver<bool>) {
    // Whoever starts with the machine is often there before the tray is.
    let _ = tokio::time::timeout(SIGNING_IN, there.wait_for(|is_there| *is_there)).await;
    loop {
        let is_there = *there.borrow_and_update();
        let (drawn, window) = (Arc::clone(&tray), app.get_webview_window(MAIN));
        let placed = tauri::async_runtime::spawn_blocking(move || {
            drawn.set_there(is_there);
            if let Some(window) = window
                && !drawn.is_there()
                && window.is_visible().is_ok_and(|is_visible| !is_visible)
            {
                // What a desktop does not let a program do, it does not do.
                let _ = window.show().and_then(|()| window.minimize());
            }
        });
        if placed.await.is_err() || there.changed().await.is_err() {
            return;
        }
    }
}

/// Shows the window to whoever starts the program once more, and takes over what they bring.
pub(crate) async fn answer_the_door(app: AppHandle, shell: Arc<Shell>, mut bell: Doorbell) {
    loop {
        match bell.rung().await {
            Ok(files) => {
                raise(&app);
                if !files.is_empty() {
                    shell.hand_over(By::Start, files, None).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "further starts are not heard");
                return;
            }
        }
    }
}

/// What is dragged over the window, and dropped on it.
pub(crate) fn dragged(window: &Window, shell: &Arc<Shell>, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { paths, .. } => {
            let (shell, paths) = (Arc::clone(shell), paths.clone());
            // Whether a path is a folder may take a drive a while to say.
            tauri::async_runtime::spawn_blocking(move || {
                shell.desktop.tell(Event::Hover(Hover(Some(Hovering::of(&paths)))));
            });
        }
        DragDropEvent::Over { position } => shell.desktop.tell(Event::Over(place(window, *position))),
        DragDropEvent::Leave => shell.desktop.tell(Event::Hover(Hover(None))),
        DragDropEvent::Drop { paths, position } => {
            shell.desktop.tell(Event::Hover(Hover(None)));
            hand_over(shell, By::Drop, paths.clone(), Some(place(window, *position)));
        }
        _ => {}
    }
}

/// In the pixels of the pages. The library says the screen's on Windows, and elsewhere the window's whatever it calls
/// them (wry 0.57, `drag_drop.rs` of each platform).
fn place(window: &Window, position: PhysicalPosition<f64>) -> Place {
    let scale = if cfg!(windows) { window.scale_factor().unwrap_or(1.0) } else { 1.0 };
    let count = |pixels: f64| (pixels / scale).max(0.0).round() as u32;
    Place { x: count(position.x), y: count(position.y) }
}

/// Offers files to the pages.
pub(crate) fn hand_over(shell: &Arc<Shell>, by: By, paths: Vec<PathBuf>, at: Option<Place>) {
    let shell = Arc::clone(shell);
    tauri::async_runtime::spawn(async move { shell.hand_over(by, paths, at).await });
}

/// The desktop that the window is on.
#[derive(Debug)]
pub(crate) struct OnDesktop {
    app: AppHandle,
    clipboard: Clipboard,
    /// Where the pointer was when the pages were last told.
    over: Mutex<Option<Place>>,
    tray: Arc<Tray>,
    awake: Awake,
    #[cfg(target_os = "linux")]
    launcher: Launcher,
}

impl OnDesktop {
    pub(crate) fn of(app: AppHandle, tray: Arc<Tray>) -> Self {
        Self {
            app,
            clipboard: Clipboard::default(),
            over: Mutex::default(),
            tray,
            awake: Awake::new(),
            #[cfg(target_os = "linux")]
            launcher: Launcher::default(),
        }
    }

    #[cfg(target_os = "linux")]
    fn show_percent(&self, percent: Option<u8>) {
        self.launcher.show(percent);
    }

    #[cfg(not(target_os = "linux"))]
    fn show_percent(&self, percent: Option<u8>) {
        use tauri::window::{ProgressBarState, ProgressBarStatus};
        let Some(window) = self.app.get_webview_window(MAIN) else { return };
        let status = Some(if percent.is_some() { ProgressBarStatus::Normal } else { ProgressBarStatus::None });
        // A bar that is not shown harms nobody.
        let _ = window.set_progress_bar(ProgressBarState { status, progress: percent.map(u64::from) });
    }

    /// Whether the pointer is elsewhere than the pages know; it is from now on where they know.
    fn went_on(&self, place: Place) -> bool {
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = over.is_none_or(|before| place.is_elsewhere(before));
        if is_news {
            *over = Some(place);
        }
        is_news
    }
}

impl Desktop for OnDesktop {
    fn choose(&self, choice: Choice, title: String) -> Chosen {
        let window = self.app.get_webview_window(MAIN);
        Box::pin(async move { dialogs::choose(choice, title, window.as_ref()).await })
    }

    fn lacks_dialogs(&self) -> bool {
        dialogs::are_missing()
    }

    fn copied_files(&self) -> Result<Vec<PathBuf>, Failure> {
        self.clipboard.files()
    }

    fn copy_text(&self, text: String) -> Result<(), Failure> {
        self.clipboard.put(text)
    }

    fn open(&self, address: &str) -> Result<(), Failure> {
        tauri_plugin_opener::open_url(address, None::<&str>).map_err(|error| failed(&error))
    }

    fn show_file(&self, file: &Path) -> Result<(), Failure> {
        tauri_plugin_opener::reveal_item_in_dir(file).map_err(|error| failed(&error))
    }

    fn tell(&self, event: Event) {
        let told = match &event {
            Event::Changes(changes) => self.app.emit_to(MAIN, "changes", changes),
            Event::Offer(offer) => self.app.emit_to(MAIN, "offer", offer),
            Event::Hover(hover) => self.app.emit_to(MAIN, "hover", hover),
            Event::Over(place) if self.went_on(*place) => self.app.emit_to(MAIN, "over", place),
            Event::Over(_) => Ok(()),
            #[cfg(feature = "update-check")]
            Event::Newer(version) => self.app.emit_to(MAIN, "newer", version),
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the pages were not told");
        }
    }

    fn show(&self, signs: Signs) {
        let Signs { face, percent, awake } = signs;
        self.tray.wear(face);
        self.show_percent(percent);
        self.awake.wish(awake);
    }

    fn is_looked_at(&self) -> bool {
        let window = self.app.get_webview_window(MAIN);
        window.is_some_and(|window| window.is_focused().unwrap_or_default())
    }

    fn notify(&self, notice: &Notice) {
        let app = self.app.clone();
        notify::say(notice, move || raise(&app));
    }

    fn starts_at_login(&self) -> bool {
        self.app.autolaunch().is_enabled().unwrap_or_default()
    }

    fn start_at_login(&self, wanted: bool) -> Result<(), Failure> {
        let autolaunch = self.app.autolaunch();
        let done = if wanted { autolaunch.enable() } else { autolaunch.disable() };
        done.map_err(|error| failed(&error))
    }

    fn end(&self) {
        self.app.exit(0);
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(Code::DesktopFailed).caused_by(error)
}

#[cfg(test)]
mod tests;
