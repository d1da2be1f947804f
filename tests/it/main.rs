//! Whole-system tests, one module for each behaviour, and `tidy`, which holds what docs/architecture.md promises.
//! `rig` is what they stand on: a workspace and an engine side by side. What needs the real process is in
//! `src-tauri/cli/tests`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod ahead;
mod arranging;
mod arriving;
mod commit_answers;
mod commit_steps;
mod companions;
mod completing;
mod corpora;
mod cut_numbers;
mod drives;
mod folder;
mod ghosts;
mod library;
mod many_files;
mod metadata;
mod named_by_others;
mod networks;
mod news;
mod odd_answers;
mod odd_servers;
mod replacing;
mod rig;
mod signing;
mod signing_in;
mod sleeping;
mod source;
mod steering;
mod stranger;
mod throttling;
mod tidy;
mod trouble;
mod turns;
mod wall;
mod watched;
