//! The window: the only Rust of Slipway that knows Tauri.
//!
//! Today it shows the pages of `ui/` and nothing more; they say so themselves. The engine gets its window here:
//! one list of commands (`ipc.rs`), one stream of updates, and what only a desktop can do (dialogs, tray,
//! notifications). None of that decides anything: what is true without a window belongs into `slipway-engine`.

use std::process::ExitCode;

/// Opens the window and returns when the app has ended.
#[allow(clippy::exit, reason = "in some builds Tauri's macro holds one of its own")]
pub fn run() -> ExitCode {
    match tauri::Builder::default().run(tauri::generate_context!()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "without a window there is nowhere else to say it")]
            {
                eprintln!("Slipway could not open its window: {error}");
            }
            ExitCode::FAILURE
        }
    }
}
