//! What only a desktop can do, as the rest of the shell asks for it. `window.rs` does it with Tauri; tests do it without.

use crate::events::Event;
use crate::outside::Signs;
use crate::outside::notices::Notice;
use slipway_engine::failure::{Code, Failure};
use std::fmt::Debug;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

/// What a person is to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Files to upload.
    Files,
    /// One file in the place of another.
    Replacement,
    /// A picture for a video that is there.
    Picture,
    /// Pictures for several.
    Pictures,
    /// A folder of files to upload.
    Folder,
    /// A folder to watch.
    WatchedFolder,
    /// A file of certificate authorities.
    CaFile,
    /// Where to save something under this name.
    Save { name: String },
}

/// A choice under way.
pub(crate) type Chosen = Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

/// A desktop. All but the choice may block.
pub(crate) trait Desktop: Debug + Send + Sync {
    /// What the person chose in a dialog with this title; nothing where it was dismissed.
    fn choose(&self, choice: Choice, title: String) -> Chosen;
    /// Whether there is nothing that shows a dialog.
    fn lacks_dialogs(&self) -> bool;
    /// The files on the clipboard; nothing where something else is on it.
    fn copied_files(&self) -> Result<Vec<PathBuf>, Failure>;
    /// Puts text on the clipboard.
    fn copy_text(&self, text: String) -> Result<(), Failure>;
    /// Opens an address in the browser.
    fn open(&self, address: &str) -> Result<(), Failure>;
    /// Tells the pages.
    fn tell(&self, event: Event);
    /// Shows a file in its folder.
    fn show_file(&self, file: &Path) -> Result<(), Failure>;
    /// Shows what is seen outside the window.
    fn show(&self, signs: Signs);
    /// Whether the window is before somebody's eyes.
    fn is_looked_at(&self) -> bool;
    /// Has the desktop say something.
    fn notify(&self, notice: &Notice);
    /// Whether the program starts when the person signs in to the machine.
    fn starts_at_login(&self) -> bool;
    /// Has it start then, or not any more.
    fn start_at_login(&self, wanted: bool) -> Result<(), Failure>;
    /// Ends the program.
    fn end(&self);
}

/// Does what may block where that harms nobody.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::new(Code::DesktopFailed).caused_by(&error))?
}
