//! The desktop app's entry point; `lib.rs` says what there is.

// A console window beside the app would be noise on Windows; debug builds keep it for their output.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    slipway_desktop::run()
}
