//! `slipway queue` and `slipway log`: see and steer what is in the queue, without working it off.

use super::{Done, Trouble};
use crate::args::{Queue, Settle as SettleArgs};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::json;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::{Intent, ItemId};
use slipway_engine::{Front, ItemView, Settle};

pub(crate) async fn queue(setting: &Setting, command: Queue, json: bool) -> Done {
    let front = setting.at_rest(None).await.map_err(|failure| Trouble::from(failure).in_json(json))?;
    let result = obey(&front, command, json).await.map_err(|trouble| trouble.in_json(json));
    front.stop().await;
    result
}

async fn obey(front: &Front, command: Queue, json: bool) -> Done {
    let items = front.items().await?;
    match command {
        Queue::List => {
            list(&items, json);
            Ok(Exit::Done)
        }
        Queue::Pause(ids) => {
            let chosen = choose(&items, &ids.ids, |item| !is_over(item) && item.intent == Intent::Run)?;
            each(front, chosen, json, async |id| front.set_intent(id, Intent::Pause).await).await
        }
        Queue::Resume(ids) => {
            let chosen = choose(&items, &ids.ids, |item| !is_over(item) && item.intent == Intent::Pause)?;
            each(front, chosen, json, async |id| front.set_intent(id, Intent::Run).await).await
        }
        Queue::Retry(ids) => {
            let chosen = choose(&items, &ids.ids, |item| item.stage == "failed")?;
            each(front, chosen, json, async |id| front.retry(id).await).await
        }
        Queue::Cancel(ids) => {
            let chosen = choose(&items, &ids.ids, |_| false)?;
            each(front, chosen, json, async |id| front.set_intent(id, Intent::Cancel).await).await
        }
        Queue::Clear(ids) => {
            let chosen = choose(&items, &ids.ids, is_over)?;
            each(front, chosen, json, async |id| front.clear(id).await).await
        }
        Queue::Settle(SettleArgs { id, answer, .. }) => {
            let chosen = choose(&items, &[id], |_| false)?;
            let settle = match (answer.arrived, answer.send_again) {
                (Some(video), _) => Settle::Arrived(video),
                (None, true) => Settle::SendAgain,
                (None, false) => Settle::KeepLooking,
            };
            each(front, chosen, json, async |id| front.settle(id, settle).await).await
        }
    }
}

pub(crate) async fn log(setting: &Setting, id: &str) -> Done {
    let front = setting.at_rest(None).await?;
    let items = front.items().await?;
    let result = match choose(&items, &[id.to_owned()], |_| false) {
        Ok(chosen) => {
            for id in chosen {
                for line in front.log(id).await? {
                    report::line_to_stdout(&format!("{}  {}", line.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ"), line.text));
                }
            }
            Ok(Exit::Done)
        }
        Err(failure) => Err(failure.into()),
    };
    front.stop().await;
    result
}

/// Does the same to each item, and goes on after one that would not.
async fn each(
    front: &Front,
    chosen: Vec<ItemId>,
    json: bool,
    act: impl AsyncFn(ItemId) -> Result<(), Failure>,
) -> Done {
    let mut exit = Exit::Done;
    for id in chosen {
        let acted = act(id).await;
        match &acted {
            Ok(()) => {}
            Err(failure) if Exit::of(failure) == Exit::Folder => return Err(failure.clone().into()),
            Err(failure) => {
                report::failure(failure, json);
                exit = exit.max(Exit::ItemFailed);
            }
        }
        // A cleared item is not there to be shown.
        if acted.is_ok()
            && let Ok(item) = front.item(id).await
        {
            list(&[item], json);
        }
    }
    Ok(exit)
}

/// The named items, or all that fit when none is named.
fn choose(items: &[ItemView], ids: &[String], fits: impl Fn(&ItemView) -> bool) -> Result<Vec<ItemId>, Failure> {
    if ids.is_empty() {
        return Ok(items.iter().filter(|item| fits(item)).map(|item| item.id).collect());
    }
    ids.iter()
        .map(|wanted| {
            let mut matching = items.iter().filter(|item| item.id.to_string().ends_with(wanted.as_str()));
            match (matching.next(), matching.next()) {
                (Some(item), None) if !wanted.is_empty() => Ok(item.id),
                _ => Err(Failure::new(Code::ItemUnknown).detail(wanted)),
            }
        })
        .collect()
}

fn is_over(item: &ItemView) -> bool {
    matches!(item.stage.as_str(), "done" | "cancelled")
}

fn list(items: &[ItemView], json: bool) {
    for item in items {
        if json {
            let mut object = json!(item);
            object["item"] = object["id"].take();
            object["file"] = json!(Some(item.file.to_string_lossy()).filter(|file| !file.is_empty()));
            object["event"] = json!("item");
            if let Some(fields) = object.as_object_mut() {
                fields.remove("id");
            }
            if let Some(failure) = &item.failure {
                object["failure"] = report::failure_fields(failure);
            }
            report::object_to_stdout(&object);
        } else {
            report::line_to_stdout(&row(item));
        }
    }
}

fn row(item: &ItemView) -> String {
    let share = (item.stored * 100).checked_div(item.total).unwrap_or(0);
    let state = match (item.stage.as_str(), item.intent) {
        ("queued" | "uploading", Intent::Pause) => words::say("cli.state_paused", &[]),
        ("uploading", _) => words::say("cli.state_uploading", &[("percent", &share.to_string())]),
        ("done", _) => words::outcome(item),
        (stage, _) => words::say(&format!("cli.state_{stage}"), &[]),
    };
    let file = if item.total == 0 { words::source(item) } else { item.file.display().to_string() };
    let head = format!("{}  {state:<14} {:>11}  {file} → {}", item.id, words::size(item.total), item.workspace);
    let failure = item.failure.as_ref().map(|failure| failure.message(words::language()));
    let behind = item.behind.map(|id| words::say("cli.behind", &[("id", &id.to_string())]));
    let below = failure.into_iter().chain(behind).chain(item.admin_url.clone());
    [head].into_iter().chain(below.map(|line| format!("    {line}"))).collect::<Vec<_>>().join("\n")
}
