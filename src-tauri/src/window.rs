//! The window as Tauri makes it: what it may load, what happens over it, and what only it can do for the rest of the shell.
//! It shows the pages that are in the program and nothing else, ever.

use crate::clipboard::Clipboard;
use crate::desktop::{Choice, Chosen, Desktop};
use crate::dialogs;
use crate::events::Event;
use crate::hover::{Hover, Hovering, Place};
use crate::offers::By;
use crate::shell::Shell;
use slipway_engine::Doorbell;
use slipway_engine::failure::{Code, Failure};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, DragDropEvent, Emitter, Manager, PhysicalPosition, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    Window,
};

/// The one window's name, which its capability is for.
pub(crate) const MAIN: &str = "main";

/// Opens the window.
pub(crate) fn open(app: &AppHandle, home: &Path) -> tauri::Result<WebviewWindow> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Slipway")
        .inner_size(1080.0, 720.0)
        .min_inner_size(640.0, 420.0)
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
}

impl OnDesktop {
    pub(crate) fn of(app: AppHandle) -> Self {
        Self { app, clipboard: Clipboard::default(), over: Mutex::default() }
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
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the pages were not told");
        }
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::new(Code::DesktopFailed).caused_by(error)
}

#[cfg(test)]
mod tests;
