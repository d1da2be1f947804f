//! What is printed: bars and sentences for people (stderr for what moves, stdout for results), one JSON object a line
//! for programs. All printing of the command goes through here.

mod events;
mod people;

pub(crate) use events::JsonLines;
pub(crate) use people::People;

use crate::exit::Exit;
use crate::words;
use serde_json::{Value, json};
use slipway_engine::failure::Failure;
use slipway_engine::{ItemView, Progress};
use std::io::Write;

/// Tells of items as they go.
pub(crate) trait Report {
    /// A file was taken in.
    fn queued(&mut self, item: &ItemView, adopted: bool);
    /// A file goes with a video that was handed over with it, and is no upload of its own.
    fn goes_with(&mut self, file: &std::path::Path, video: &std::path::Path);
    /// A file was not.
    fn refused(&mut self, file: &std::path::Path, failure: &Failure);
    /// An item changed. Called again for the same stage now and then.
    fn changed(&mut self, item: &ItemView, seconds: f64);
    /// An item waits.
    fn waiting(&mut self, item: &ItemView, failure: &Failure);
    /// How far a running item is.
    fn progress(&mut self, item: &ItemView, progress: &Progress, bytes_per_s: u64);
    /// Nothing more comes.
    fn end(&mut self, summary: &Summary);
}

/// How it went.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) person: usize,
    pub(crate) left: usize,
}

/// The reporter that the person or program asked for.
pub(crate) fn reporter(json: bool) -> Box<dyn Report> {
    if json { Box::new(JsonLines::default()) } else { Box::new(People::new()) }
}

/// A failure of the whole command.
pub(crate) fn failure(failure: &Failure, as_json: bool) -> Exit {
    let (message, hint) = (failure.message(words::language()), failure.hint(words::language()));
    if as_json {
        let mut object = failure_fields(failure);
        object["event"] = json!("failed");
        object_to_stdout(&object);
    } else {
        line_to_stderr(&format!("slipway: {message}\n{hint}"));
        for cause in &failure.causes {
            tracing::info!("{cause}");
        }
    }
    Exit::of(failure)
}

/// `code`, `remedy`, `message` and `hint`.
pub(crate) fn failure_fields(failure: &Failure) -> Value {
    json!({
        "code": failure.code.as_str(),
        "remedy": failure.remedy(),
        "message": failure.message(words::language()),
        "hint": failure.hint(words::language()),
    })
}

/// One JSON object on a line of its own.
pub(crate) fn object_to_stdout(object: &Value) {
    line_to_stdout(&object.to_string());
}

/// A line on stdout. A reader that has gone away is no reason to stop uploading.
pub(crate) fn line_to_stdout(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line on stderr.
pub(crate) fn line_to_stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Diagnostics on stderr: nothing by default, more with `--verbose`, anything with `SLIPWAY_LOG`.
pub(crate) fn install_tracing(verbose: bool) {
    use tracing_subscriber::EnvFilter;
    let default = if verbose { "slipway_engine=debug,slipway=debug" } else { "off" };
    let filter = EnvFilter::try_from_env("SLIPWAY_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}
