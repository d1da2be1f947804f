//! `slipway watch`: the watched folders and their ledgers. What is watched here is worked off by whoever works the queue
//! off: the window, or `slipway run`.

use super::upload::split_tags;
use super::{Done, Trouble};
use crate::args::{Visibility, Watch, WatchAdd};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::{Value, json};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::{Preset, Wish};
use slipway_engine::item::Publish;
use slipway_engine::{Absolute, FolderState, FolderView, Front, LedgerLine};
use std::path::Path;

pub(crate) async fn watch(setting: &Setting, command: Watch, json: bool) -> Done {
    let front = setting.at_rest(None).await.map_err(|failure| Trouble::from(failure).in_json(json))?;
    let result = obey(setting, &front, command, json).await.map_err(|trouble| trouble.in_json(json));
    front.stop().await;
    result
}

async fn obey(setting: &Setting, front: &Front, command: Watch, json: bool) -> Done {
    match command {
        Watch::List => list(front, json).await?,
        Watch::Add(add) => self::add(setting, front, *add, json).await?,
        Watch::Remove { dir, forget } => {
            let folder = meant(front, &dir).await?;
            if forget {
                front.forget_folder(folder.id).await?;
            } else {
                front.set_folder_wish(folder.id, Wish::Removed).await?;
            }
            let key = if forget { "cli.watch_forgotten" } else { "cli.watch_removed" };
            tell(&folder, json, "folder_removed", key);
        }
        Watch::Pause { dir } => wish(front, &dir, Wish::Pause, json).await?,
        Watch::Resume { dir } => wish(front, &dir, Wish::Watch, json).await?,
        Watch::Ledger { dir } => {
            let folders = match dir {
                Some(dir) => vec![meant(front, &dir).await?],
                None => front.folders().await?,
            };
            for folder in folders {
                ledger(front, &folder, json).await?;
            }
        }
        Watch::Again { file } => again(front, &file).await?,
    }
    Ok(Exit::Done)
}

async fn add(setting: &Setting, front: &Front, add: WatchAdd, json: bool) -> Result<(), Trouble> {
    let workspace = setting.workspace(front, add.workspace.as_deref()).await?;
    let usual = Preset::new(workspace);
    let preset = Preset {
        categories: add.category,
        category_per_subfolder: add.category_per_subfolder,
        tags: add.tags.as_deref().map(split_tags).unwrap_or_default(),
        title: add.title,
        publish: match add.becomes {
            Visibility { publish: true, .. } => Publish::AtOnce,
            Visibility { publish_when_playable: true, .. } => Publish::WhenPlayable,
            _ => Publish::Draft,
        },
        settle: add.settle,
        include: add.include,
        exclude: add.exclude,
        ignore: if add.ignore.is_empty() { usual.ignore.clone() } else { add.ignore },
        on_change: add.on_change.into(),
        after: add.after.into(),
        replace_by_id: add.replace_by_id,
        subtitles_locale: add.subtitles_locale,
        ..usual
    };
    let folder = front.watch_folder(absolute(&add.dir)?, preset, add.begin.existing).await?;
    tell(&folder, json, "folder_added", "cli.watch_added");
    if folder.state == FolderState::Unattended && !front.elsewhere().await.is_some_and(|owner| owner.works) {
        report::line_to_stderr(&words::say("cli.watch_unattended", &[]));
    }
    Ok(())
}

async fn wish(front: &Front, dir: &Path, wish: Wish, json: bool) -> Result<(), Failure> {
    let folder = meant(front, dir).await?;
    front.set_folder_wish(folder.id, wish).await?;
    let folder = meant(front, dir).await?;
    show(&folder, json);
    Ok(())
}

async fn list(front: &Front, json: bool) -> Result<(), Failure> {
    let folders = front.folders().await?;
    if folders.is_empty() && !json {
        report::line_to_stdout(&words::say("cli.watch_none", &[]));
    }
    for folder in &folders {
        show(folder, json);
    }
    Ok(())
}

fn show(folder: &FolderView, json: bool) {
    if json {
        report::line_to_stdout(&as_json(folder, "folder").to_string());
        return;
    }
    let seconds = match folder.state {
        FolderState::Polling(every) => every.as_secs().max(1).to_string(),
        _ => String::new(),
    };
    let state = words::say(&format!("cli.watch_state_{}", folder.state.name()), &[("seconds", &seconds)]);
    let (waiting, writing) = (folder.waiting.to_string(), folder.writing.to_string());
    let counts = words::say("cli.watch_counts", &[("waiting", &waiting), ("writing", &writing)]);
    report::line_to_stdout(&format!("{}  →  {}", folder.path.display(), folder.preset.workspace.host()));
    report::line_to_stdout(&format!("  {state} · {counts}"));
    if let Some(failure) = &folder.failure {
        report::line_to_stdout(&format!("  {}", failure.message(words::language())));
        report::line_to_stdout(&format!("  {}", failure.hint(words::language())));
    }
}

fn tell(folder: &FolderView, json: bool, event: &str, key: &str) {
    if json {
        report::line_to_stdout(&as_json(folder, event).to_string());
    } else {
        let (path, workspace) = (folder.path.display().to_string(), folder.preset.workspace.host());
        report::line_to_stdout(&words::say(key, &[("folder", &path), ("workspace", workspace)]));
    }
}

fn as_json(folder: &FolderView, event: &str) -> Value {
    let preset = &folder.preset;
    let every = match folder.state {
        FolderState::Polling(every) => Some(every.as_secs_f64()),
        _ => None,
    };
    json!({
        "event": event,
        "folder": folder.path.to_string_lossy(),
        "workspace": preset.workspace.host(),
        "state": folder.state.name(),
        "polled_every_s": every,
        "waiting": folder.waiting,
        "writing": folder.writing,
        "finishing": folder.finishing,
        "code": folder.failure.as_ref().map(|failure| failure.code.as_str()),
        "preset": {
            "categories": preset.categories,
            "category_per_subfolder": preset.category_per_subfolder,
            "tags": preset.tags,
            "title": preset.title,
            "publish": preset.publish,
            "settle_s": preset.settle.map(|settle| settle.as_secs_f64()),
            "include": preset.include,
            "exclude": preset.exclude,
            "ignore": preset.ignore,
            "on_change": preset.on_change,
            "after": preset.after,
            "replace_by_id": preset.replace_by_id,
            "subtitles_locale": preset.subtitles_locale,
        },
    })
}

async fn ledger(front: &Front, folder: &FolderView, json: bool) -> Result<(), Failure> {
    let lines = front.ledger(folder.id).await?;
    for line in &lines {
        let other = lines.iter().find(|it| Some(it.id) == line.same_as).map(|it| it.path.display().to_string());
        if json {
            let line = json!({
                "event": "ledger",
                "folder": folder.path.to_string_lossy(),
                "file": folder.path.join(&line.path).to_string_lossy(),
                "state": line.state,
                "bytes": line.size,
                "at": line.at,
                "why": line.why,
                "same_as": other,
                "item": line.item,
                "video_id": line.video_id,
                "admin_url": line.admin_url,
                "code": line.failure.as_ref().map(|failure| failure.code.as_str()),
                "beside": line.beside.iter().map(|it| it.name.to_string_lossy()).collect::<Vec<_>>(),
                "beside_code": line.beside_failure.as_ref().map(|failure| failure.code.as_str()),
            });
            report::line_to_stdout(&line.to_string());
        } else {
            report::line_to_stdout(&in_words(line, other));
        }
    }
    Ok(())
}

fn in_words(line: &LedgerLine, other: Option<String>) -> String {
    let why = line.why.as_deref().map(|key| words::say(key, &[])).unwrap_or_default();
    // In another folder, or under a name that it does not have any more.
    let other = other.unwrap_or_else(|| "…".to_owned());
    let state = words::say(&format!("cli.ledger_{}", line.state), &[("why", &why), ("other", &other)]);
    let mut text = format!("{}: {state}", line.path.display());
    if !why.is_empty() && line.state != "skipped" {
        text = format!("{text}; {why}");
    }
    if let Some(url) = &line.admin_url {
        text = format!("{text} · {url}");
    }
    if !line.beside.is_empty() {
        let names: Vec<String> = line.beside.iter().map(|it| it.name.display().to_string()).collect();
        text = format!("{text} · {}", words::say("cli.ledger_with", &[("files", &names.join(", "))]));
    }
    for failure in line.failure.iter().chain(&line.beside_failure) {
        text = format!("{text} · {}", failure.message(words::language()));
    }
    text
}

/// The file's line in the ledger of the folder that it is in.
async fn again(front: &Front, file: &Path) -> Result<(), Failure> {
    let file = real(file);
    for folder in front.folders().await? {
        if let Ok(below) = file.strip_prefix(&folder.path)
            && let Some(line) =
                front.ledger(folder.id).await?.into_iter().find(|line| line.path == below && line.id > 0)
        {
            return front.send_files_again(folder.id, vec![line.id]).await;
        }
    }
    Err(Failure::new(Code::ItemUnknown).detail(file.display().to_string()))
}

/// The watched folder that is called so, which need not be there.
async fn meant(front: &Front, dir: &Path) -> Result<FolderView, Failure> {
    let path = real(dir);
    let unknown = || Failure::new(Code::FolderUnknown).detail(dir.display().to_string());
    front.folders().await?.into_iter().find(|folder| folder.path == path).ok_or_else(unknown)
}

/// The path without links, as folders are remembered; as it is where nothing is there.
fn real(path: &Path) -> std::path::PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

fn absolute(dir: &Path) -> Result<Absolute, Failure> {
    let invalid = |error| Failure::new(Code::FolderInvalid).detail(dir.display().to_string()).caused_by(&error);
    Absolute::of(dir).map_err(invalid)
}
