//! A Tauri window with nothing in it: what the window of Slipway is measured beside, in the same run.

#[allow(clippy::exit, reason = "in some builds Tauri's macro holds one of its own")]
fn main() {
    if let Err(error) = tauri::Builder::default().run(tauri::generate_context!("examples/blank/tauri.conf.json")) {
        panic!("the blank window could not be opened: {error}");
    }
}
