//! Hands `tauri.conf.json`, the capabilities and the icons to Tauri's code generation.

use tauri_build::{AppManifest, Attributes, WindowsAttributes, try_build};

fn main() {
    // Tauri looks for the Windows icon beside this file; ours live at the top of the repository.
    let windows = WindowsAttributes::new().window_icon_path("../icons/icon.ico");
    // The one command, so that it takes a permission to use it.
    let commands = AppManifest::new().commands(&["ipc"]);
    if let Err(error) = try_build(Attributes::new().windows_attributes(windows).app_manifest(commands)) {
        panic!("tauri-build: {error:#}");
    }
}
