//! JSON lines. Each object carries `event`, `item` and `file`; the events are named after the stages.

use super::{Report, Summary, failure_fields, object_to_stdout};
use serde_json::{Map, Value, json};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::{Intent, ItemId, Moment};
use slipway_engine::{ItemView, Progress};
use std::collections::HashMap;
use std::path::Path;

/// Remembers what was said last of each item, so that nothing is said twice.
#[derive(Default)]
pub(crate) struct JsonLines {
    said: HashMap<ItemId, String>,
    /// The furthest that was told, as sent and stored bytes.
    told: HashMap<ItemId, (u64, u64)>,
}

impl JsonLines {
    fn once(&mut self, item: &ItemView, word: &str) -> bool {
        self.said.insert(item.id, word.to_owned()).as_deref() != Some(word)
    }
}

impl Report for JsonLines {
    fn queued(&mut self, item: &ItemView, adopted: bool) {
        self.said.insert(item.id, "queued".to_owned());
        let mut fields = json!({ "workspace": item.workspace, "total": item.total, "adopted": adopted });
        if let Some(replacement) = item.replaces {
            fields["replaces"] = json!(replacement.video);
            fields["moment"] = json!(replacement.moment.map(Moment::seconds));
        }
        print("queued", item, fields);
    }

    fn goes_with(&mut self, file: &Path, video: &Path) {
        let (file, video) = (file.to_string_lossy(), video.to_string_lossy());
        object_to_stdout(&json!({ "event": "companion", "item": null, "file": file, "video": video }));
    }

    fn refused(&mut self, file: &Path, failure: &Failure) {
        let mut object = failure_fields(failure);
        object["event"] = json!("failed");
        object["item"] = Value::Null;
        object["file"] = json!(file.to_string_lossy());
        object_to_stdout(&object);
    }

    fn changed(&mut self, item: &ItemView, seconds: f64) {
        let word = if item.intent == Intent::Pause && matches!(item.stage.as_str(), "queued" | "uploading") {
            "paused"
        } else {
            item.stage.as_str()
        };
        if !self.once(item, word) {
            return;
        }
        let fields = match word {
            "stored" | "cancelled" => video(item),
            "done" => {
                let mut fields = video(item);
                fields["published"] = json!(item.published);
                fields["playable"] = json!(item.playable == Some(true));
                if item.replaces.is_some() {
                    fields["seen"] = json!(item.version_seen == Some(true));
                }
                fields["bytes"] = json!(item.total);
                fields["resent_bytes"] = json!(item.resent);
                fields["seconds"] = json!((seconds * 1000.0).round() / 1000.0);
                fields
            }
            "failed" => item.failure.as_ref().map_or(Value::Null, failure_fields),
            _ => Value::Null,
        };
        print(word, item, fields);
    }

    fn waiting(&mut self, item: &ItemView, failure: &Failure) {
        if self.once(item, &format!("waiting {}", failure.code.as_str())) {
            print("waiting", item, failure_fields(failure));
        }
    }

    fn progress(&mut self, item: &ItemView, progress: &Progress, bytes_per_s: u64) {
        if let Some(failure) = progress.held_up.as_ref().filter(|failure| failure.code != Code::WorkspaceBusy) {
            self.waiting(item, failure);
        }
        let held_up = progress.held_up.as_ref().map(|failure| failure.code.as_str());
        // What fails and what is withdrawn goes again; what was told stays told.
        let (sent, stored) = self.told.entry(item.id).or_default();
        *stored = (*stored).max(item.stored);
        *sent = (*sent).max(progress.sent.min(item.total)).max(*stored);
        let fields = json!({
            "sent": sent,
            "stored": stored,
            "total": item.total,
            "bytes_per_s": bytes_per_s,
            "held_up": held_up,
        });
        print("progress", item, fields);
    }

    fn end(&mut self, _summary: &Summary) {}
}

fn video(item: &ItemView) -> Value {
    json!({
        "video_id": item.video_id,
        "admin_url": item.admin_url,
        "public_url": item.public_url,
        "twins": item.twins,
    })
}

fn print(event: &str, item: &ItemView, more: Value) {
    let mut object = Map::new();
    object.insert("event".to_owned(), json!(event));
    object.insert("item".to_owned(), json!(item.id));
    // A moment of a video has none.
    let file = Some(item.file.to_string_lossy()).filter(|file| !file.is_empty());
    object.insert("file".to_owned(), json!(file));
    if let Value::Object(more) = more {
        object.extend(more);
    }
    object_to_stdout(&Value::Object(object));
}
