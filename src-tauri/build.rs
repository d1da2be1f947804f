//! Hands `tauri.conf.json`, the capabilities and the icons to Tauri's code generation.

use tauri_build::{Attributes, WindowsAttributes, try_build};

fn main() {
    // Tauri looks for the Windows icon beside this file; ours live at the top of the repository.
    let windows = WindowsAttributes::new().window_icon_path("../icons/icon.ico");
    if let Err(error) = try_build(Attributes::new().windows_attributes(windows)) {
        panic!("tauri-build: {error:#}");
    }
}
