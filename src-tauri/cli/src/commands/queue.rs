//! `slipway queue` and `slipway log`: see and steer what is in the queue, without working it off.

use super::pages::{Pages, TOGETHER};
use super::{Done, Trouble};
use crate::args::{Ids, NamedIds, Queue, Settle as SettleArgs};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::{Value, json};
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
    match command {
        Queue::List => {
            let mut pages = Pages::of(front);
            while let Some(items) = pages.next().await? {
                list(&items, json);
            }
            Ok(Exit::Done)
        }
        Queue::Pause(Ids { ids }) => intend(front, &ids, Intent::Pause, json).await,
        Queue::Resume(Ids { ids }) => intend(front, &ids, Intent::Run, json).await,
        Queue::Retry(Ids { ids }) => {
            let chosen = choose(front, &ids, |item| item.stage == "failed").await?;
            each(front, chosen, json, async |id| front.retry(id).await).await
        }
        Queue::Cancel(NamedIds { ids }) => {
            let chosen = choose(front, &ids, |_| false).await?;
            each(front, chosen, json, async |id| front.set_intent(id, Intent::Cancel).await).await
        }
        Queue::Clear(Ids { ids }) => {
            let chosen = choose(front, &ids, ItemView::is_over).await?;
            if !ids.is_empty() {
                return each(front, chosen, json, async |id| front.clear(id).await).await;
            }
            for ids in chosen.chunks(TOGETHER) {
                front.clear_many(ids.to_vec()).await?;
            }
            Ok(Exit::Done)
        }
        Queue::Settle(SettleArgs { id, answer, .. }) => {
            let chosen = choose(front, &[id], |_| false).await?;
            let settle = match (answer.arrived, answer.send_again) {
                (Some(video), _) => Settle::Arrived(video),
                (None, true) => Settle::SendAgain,
                (None, false) => Settle::KeepLooking,
            };
            each(front, chosen, json, async |id| front.settle(id, settle).await).await
        }
    }
}

/// Pauses or resumes the named items, or all that are not so already.
async fn intend(front: &Front, ids: &[String], intent: Intent, json: bool) -> Done {
    let chosen = choose(front, ids, |item| !item.is_over() && item.intent != intent && item.intent != Intent::Cancel);
    let chosen = chosen.await?;
    if !ids.is_empty() {
        return each(front, chosen, json, async |id| front.set_intent(id, intent).await).await;
    }
    for ids in chosen.chunks(TOGETHER) {
        front.set_intents(ids.to_vec(), intent).await?;
        list(&front.items_called(ids.to_vec()).await?, json);
    }
    Ok(Exit::Done)
}

pub(crate) async fn log(setting: &Setting, id: &str) -> Done {
    let front = setting.at_rest(None).await?;
    let result = match choose(&front, &[id.to_owned()], |_| false).await {
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
async fn choose(front: &Front, ids: &[String], fits: impl Fn(&ItemView) -> bool) -> Result<Vec<ItemId>, Failure> {
    let mut fitting = Vec::new();
    let mut named: Vec<Vec<ItemId>> = vec![Vec::new(); ids.len()];
    let mut pages = Pages::of(front);
    while let Some(items) = pages.next().await? {
        for item in &items {
            if ids.is_empty() && fits(item) {
                fitting.push(item.id);
            }
            let id = item.id.to_string();
            for (wanted, found) in ids.iter().zip(&mut named) {
                if !wanted.is_empty() && id.ends_with(wanted.as_str()) {
                    found.push(item.id);
                }
            }
        }
    }
    let mut unknown = None;
    for (wanted, found) in ids.iter().zip(named) {
        match found.as_slice() {
            [only] => fitting.push(*only),
            _ => unknown = unknown.or_else(|| Some(wanted.clone())),
        }
    }
    match unknown {
        None => Ok(fitting),
        // One that is not listed any more still has its log, by its whole id.
        Some(wanted) => match (ids, wanted.parse::<ItemId>()) {
            ([_], Ok(id)) if front.item(id).await.is_ok() => Ok(vec![id]),
            _ => Err(Failure::new(Code::ItemUnknown).detail(wanted)),
        },
    }
}

fn list(items: &[ItemView], json: bool) {
    let lines: Vec<String> = items.iter().map(|item| if json { object(item).to_string() } else { row(item) }).collect();
    if !lines.is_empty() {
        report::line_to_stdout(&lines.join("\n"));
    }
}

fn object(item: &ItemView) -> Value {
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
    object
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
