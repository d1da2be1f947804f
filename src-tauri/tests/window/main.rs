//! The real window, as a person has it in front of them: a display, a window manager, a session bus with a keychain, the
//! app with WebKitGTK in it, and a sandbox as the workspace. Text is typed, buttons are pressed, files are dropped by the
//! window system, and what counts is what arrives in the workspace.
//!
//! `desk` is the place where it stands, `hand` the mouse and the keys, `portal` the file dialog that somebody answers, `tray`
//! and `services` what else a desktop has. Where a tool is missing that the place needs, the tests say which and do nothing;
//! `cargo xtask setup` installs them.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "in a test all of these are a finding, and the figures are heard so"
)]

mod desk;
mod first_upload;
mod folders;
mod hand;
mod handed_over;
mod keyboard;
mod library;
mod long_library;
mod long_queue;
mod outside;
mod portal;
mod services;
mod tray;
