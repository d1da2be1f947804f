//! Bars and sentences. What moves goes to stderr, so that redirecting stdout keeps the results.

use super::{Report, Summary, line_to_stdout};
use crate::words;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::ItemId;
use slipway_engine::{ItemView, Progress};
use std::collections::HashMap;
use std::path::Path;

pub(crate) struct People {
    bars: MultiProgress,
    running: HashMap<ItemId, ProgressBar>,
    said: HashMap<ItemId, String>,
    files: usize,
}

impl People {
    pub(crate) fn new() -> Self {
        Self { bars: MultiProgress::new(), running: HashMap::new(), said: HashMap::new(), files: 0 }
    }

    fn bar(&mut self, item: &ItemView) -> &ProgressBar {
        let bars = &self.bars;
        self.running.entry(item.id).or_insert_with(|| {
            let style = ProgressStyle::with_template("{prefix:<28!} {bar:24} {percent:>3} % {msg}");
            let bar = ProgressBar::new(item.total.max(1));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(name(item));
            bars.add(bar)
        })
    }

    fn say(&self, line: &str) {
        // Prints above the bars where there are any, and plainly where stderr is not a terminal.
        self.bars.suspend(|| line_to_stdout(line));
    }

    fn note(&self, line: &str) {
        self.bars.suspend(|| super::line_to_stderr(line));
    }

    fn drop_bar(&mut self, id: ItemId) {
        if let Some(bar) = self.running.remove(&id) {
            bar.finish_and_clear();
        }
    }
}

impl Report for People {
    fn queued(&mut self, item: &ItemView, adopted: bool) {
        self.files += 1;
        if adopted {
            self.note(&words::say("cli.adopted", &[("file", &name(item))]));
        }
    }

    fn goes_with(&mut self, file: &Path, video: &Path) {
        let (file, video) = (file.display().to_string(), video.display().to_string());
        self.note(&words::say("cli.companion", &[("file", &file), ("video", &video)]));
    }

    fn refused(&mut self, file: &Path, failure: &Failure) {
        self.files += 1;
        let language = words::language();
        self.note(&format!("{}: {} {}", file.display(), failure.message(language), failure.hint(language)));
    }

    fn changed(&mut self, item: &ItemView, seconds: f64) {
        if self.said.insert(item.id, item.stage.clone()).as_deref() == Some(item.stage.as_str()) {
            return;
        }
        let file = name(item);
        match item.stage.as_str() {
            "uploading" => self.bar(item).set_message(words::say("cli.uploading", &[])),
            "confirming" => self.bar(item).set_message(words::say("cli.confirming", &[])),
            "stored" => self.bar(item).set_message(words::say("cli.processing", &[])),
            "done" => {
                self.drop_bar(item.id);
                let state = words::outcome(item);
                let (size, time) = (words::size(item.total), format!("{seconds:.1}"));
                let values = [("file", &*file), ("size", &size), ("seconds", &time), ("state", &state)];
                let key = if item.total == 0 { "cli.done_moment" } else { "cli.done" };
                self.say(&words::say(key, &values));
                if item.version_seen == Some(false) {
                    self.note(&words::say("cli.version_unseen", &[("file", &file)]));
                }
                let link = if item.published { &item.public_url } else { &item.admin_url };
                if let Some(link) = link.as_ref().or(item.admin_url.as_ref()) {
                    self.say(&format!("  {link}"));
                }
                if !item.twins.is_empty() {
                    let twins: Vec<String> = item.twins.iter().map(u64::to_string).collect();
                    self.note(&words::say("cli.twins", &[("file", &file), ("videos", &twins.join(", "))]));
                }
            }
            "failed" => {
                self.drop_bar(item.id);
                if let Some(failure) = &item.failure {
                    let language = words::language();
                    self.note(&format!("{file}: {}\n  {}", failure.message(language), failure.hint(language)));
                    self.note(&words::say("cli.item_id", &[("id", &item.id.to_string())]));
                }
            }
            "cancelled" => {
                self.drop_bar(item.id);
                let key = if item.video_id.is_some() { "cli.cancelled_arrived" } else { "cli.cancelled" };
                let url = item.admin_url.clone().unwrap_or_default();
                self.note(&words::say(key, &[("file", &file), ("url", &url)]));
            }
            _ => {}
        }
    }

    fn waiting(&mut self, item: &ItemView, failure: &Failure) {
        let word = format!("waiting {}", failure.code.as_str());
        if self.said.insert(item.id, word.clone()).as_deref() != Some(&word) {
            let language = words::language();
            self.note(&format!("{}: {} {}", name(item), failure.message(language), failure.hint(language)));
        }
    }

    fn progress(&mut self, item: &ItemView, progress: &Progress, bytes_per_s: u64) {
        let message = match &progress.held_up {
            Some(failure) => {
                let (word, is_all) = held_up(failure.code);
                if !is_all {
                    self.waiting(item, failure);
                }
                words::say(word, &[])
            }
            None if item.stage == "uploading" => format!("{}/s", words::size(bytes_per_s)),
            None => return,
        };
        let sent = progress.sent.clamp(item.stored, item.total);
        let bar = self.bar(item);
        // Failed attempts take bytes back; what a person has seen stays seen.
        bar.set_position(sent.max(bar.position()));
        bar.set_message(message);
    }

    fn end(&mut self, summary: &Summary) {
        for (_, bar) in self.running.drain() {
            bar.finish_and_clear();
        }
        if self.files > 1 || summary.left > 0 {
            let (done, failed) = (summary.done.to_string(), summary.failed.to_string());
            let (person, left) = (summary.person.to_string(), summary.left.to_string());
            let values = [("done", &*done), ("failed", &failed), ("person", &person), ("left", &left)];
            self.note(&words::say("cli.summary", &values));
        }
    }
}

/// What stands beside the bar, and whether that is all there is to say.
fn held_up(code: Code) -> (&'static str, bool) {
    match code {
        Code::WorkspaceBusy => ("cli.held_up_busy", true),
        Code::NetworkPortal => ("cli.held_up_portal", true),
        Code::WorkspaceUnreachable => ("cli.held_up_network", true),
        _ => ("cli.held_up_network", false),
    }
}

fn name(item: &ItemView) -> String {
    words::source(item)
}
