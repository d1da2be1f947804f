//! The desktop's own dialogs for files. On Linux they are the portal's, or zenity's where there is none; with neither, the
//! library's answer cannot be told from a dismissed dialog, so that is looked for beforehand.

use crate::desktop::Choice;
#[cfg(target_os = "linux")]
use crate::programs;
use rfd::AsyncFileDialog;
use std::path::PathBuf;

/// What pictures are called. Others can be dropped.
const PICTURES: &[&str] = &["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"];

/// Shows a dialog over a window. Dropping what it returns leaves the dialog standing.
pub(crate) async fn choose(choice: Choice, title: String, parent: Option<&tauri::WebviewWindow>) -> Vec<PathBuf> {
    let mut dialog = AsyncFileDialog::new().set_title(title);
    if let Some(parent) = parent {
        dialog = dialog.set_parent(parent);
    }
    let chosen = match choice {
        Choice::Files => dialog.pick_files().await.unwrap_or_default(),
        Choice::Replacement => dialog.pick_file().await.into_iter().collect(),
        Choice::Picture => dialog.add_filter("JPEG, PNG, …", PICTURES).pick_file().await.into_iter().collect(),
        Choice::Pictures => dialog.add_filter("JPEG, PNG, …", PICTURES).pick_files().await.unwrap_or_default(),
        Choice::Folder | Choice::WatchedFolder => dialog.pick_folder().await.into_iter().collect(),
        Choice::CaFile => dialog.add_filter("PEM", &["pem", "crt", "cer"]).pick_file().await.into_iter().collect(),
        Choice::Save { name } => dialog.set_file_name(name).save_file().await.into_iter().collect(),
    };
    chosen.into_iter().map(|file| file.path().to_owned()).collect()
}

/// Whether nothing here shows a dialog.
#[cfg(target_os = "linux")]
pub(crate) fn are_missing() -> bool {
    !(portal().unwrap_or_default() || programs::is_there("zenity"))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn are_missing() -> bool {
    false
}

/// Whether the portal is there, or would be started by asking it.
#[cfg(target_os = "linux")]
fn portal() -> zbus::Result<bool> {
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    let bus = zbus::blocking::Connection::session()?;
    let bus = zbus::blocking::fdo::DBusProxy::new(&bus)?;
    Ok(bus.list_names()?.iter().chain(&bus.list_activatable_names()?).any(|name| name.as_str() == PORTAL))
}
