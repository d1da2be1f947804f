//! The support bundle: what somebody who helps has to know, in one file that a person can look into before handing it
//! on. It is gathered from the data folder alone, read-only, so it works beside a running Slipway and holds what it can of
//! a folder that no Slipway opens any more.
//!
//! In it: versions, findings, the queue, what happened to each item, the state of the database. Not in it: credentials and
//! tokens (they are masked where they are written, and once more here, `support/mask.rs`), descriptions, and videos. Names
//! of files and titles are in it, since nobody can speak of an item without; the home directory is not.

mod mask;

use crate::failure::{Code, Failure};
use crate::home;
use crate::item::{Details, Item, ItemId};
use crate::messages::{self, Language};
use crate::store::{Store, Workspace};
use crate::timing;
use crate::view::{self, ItemView};
use futures_util::future::join_all;
use jiff::Timestamp;
use mask::Mask;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tokio::time::timeout;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Items whose logs go in: those that are not over first, then the latest. More would be a file that nobody can look
/// through.
const LOGS: usize = 200;

/// What a front end found about something that an upload needs.
#[derive(Debug, Clone)]
pub struct Check {
    /// What was looked at, such as `keychain` or `workspace video.example.com`.
    pub what: String,
    /// What was found.
    pub result: Result<(), Failure>,
}

impl Check {
    /// Of the data folder.
    #[must_use]
    pub fn of_folder(result: Result<(), Failure>) -> Self {
        Self { what: "data folder".to_owned(), result }
    }

    /// All that an upload needs, where the data folder could be opened: the keychain, and the workspaces as `look_at` finds
    /// them, side by side. One that does not answer within a quarter of a minute is a finding, too.
    pub async fn all<'a, Looked: Future<Output = Result<(), Failure>>>(
        keychain: Result<(), Failure>,
        workspaces: &'a [Workspace],
        look_at: impl Fn(&'a Workspace) -> Looked,
    ) -> Vec<Self> {
        let looked = join_all(workspaces.iter().map(|workspace| timeout(timing::SUPPORT, look_at(workspace)))).await;
        let found = workspaces.iter().zip(looked).map(|(workspace, looked)| Self {
            what: format!("workspace {}", workspace.origin.host()),
            result: looked.unwrap_or_else(|_| Err(Failure::new(Code::WorkspaceUnreachable))),
        });
        let keychain = Self { what: "keychain".to_owned(), result: keychain };
        [Self::of_folder(Ok(())), keychain].into_iter().chain(found).collect()
    }
}

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name in the bundle.
    pub name: String,
    /// The word for what it is: `about`, `checks`, `folder`, `database`, `queue`, `failures` or `log`.
    pub kind: &'static str,
    /// What stands in it.
    pub text: String,
}

impl Part {
    /// A line on what it is, for people.
    #[must_use]
    pub fn about(&self, language: Language) -> String {
        messages::text(language, &format!("bundle.{}", self.kind)).to_owned()
    }
}

/// What support needs, gathered and masked, and not saved yet.
#[derive(Debug, Clone)]
pub struct Bundle {
    parts: Vec<Part>,
}

impl Bundle {
    /// Gathers what there is in a data folder. What cannot be read is told in its place.
    pub async fn gather(folder: &Path, checks: &[Check]) -> Self {
        let mask = Mask::of_this_machine();
        let mut parts = Vec::new();
        let mut add = |kind, name: &str, text: String| {
            parts.push(Part { name: name.to_owned(), kind, text: mask.apply(&text) });
        };
        add("about", "about.txt", about(folder));
        let none = "none were made\n".to_owned();
        add("checks", "checks.txt", if checks.is_empty() { none } else { checks.iter().map(line_of).collect() });
        add("folder", "folder.txt", files_in(folder));
        let database = home::database_in(folder);
        // Not made by looking at it.
        let store = if database.is_file() { Some(Store::look_into(&database)) } else { None };
        match store {
            None => add("database", "database.txt", "there is none\n".to_owned()),
            Some(Err(error)) => add("database", "database.txt", told(&error.into())),
            Some(Ok(store)) => {
                add("database", "database.txt", health(&store).await);
                match store.items().await {
                    Err(error) => add("queue", "queue.jsonl", told(&error.into())),
                    Ok(items) => {
                        add("queue", "queue.jsonl", items.iter().map(row).collect());
                        add("failures", "failures.txt", failures(&items));
                        for id in with_logs(&items) {
                            add("log", &format!("items/{id}.log"), log(&store, id).await);
                        }
                    }
                }
            }
        }
        Self { parts }
    }

    /// What will be saved, to be looked at before.
    #[must_use]
    pub fn contents(&self) -> &[Part] {
        &self.parts
    }

    /// Saves it as a ZIP file that only this user can read. An existing file is never overwritten.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let failed = |error: &dyn std::error::Error| {
            Failure::new(Code::BundleNotSaved).detail(path.display().to_string()).caused_by(error)
        };
        let file = home::new_private_file(path).map_err(|error| failed(&error))?;
        self.write(file).map_err(|error| {
            // Half a bundle helps nobody. It was made by us, just now.
            let _ = std::fs::remove_file(path);
            failed(&error)
        })
    }

    fn write(&self, file: std::fs::File) -> zip::result::ZipResult<()> {
        let mut zip = ZipWriter::new(std::io::BufWriter::new(file));
        for part in &self.parts {
            zip.start_file(&part.name, SimpleFileOptions::default())?;
            zip.write_all(part.text.as_bytes())?;
        }
        zip.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
        Ok(())
    }
}

fn about(folder: &Path) -> String {
    let set = |name: &str| if std::env::var_os(name).is_some() { "set" } else { "not set" };
    let mut text = String::new();
    let _ = writeln!(text, "Slipway {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let _ = writeln!(text, "gathered at {}", Timestamp::now());
    let _ = writeln!(text, "data folder {}", folder.display());
    for name in ["SLIPWAY_HOME", "SLIPWAY_CA", "SLIPWAY_TOKEN", "SLIPWAY_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
    {
        let _ = writeln!(text, "{name} {}", set(name));
    }
    text
}

fn line_of(check: &Check) -> String {
    match &check.result {
        Ok(()) => format!("ok   {}\n", check.what),
        Err(failure) => format!("NOT  {}: {}", check.what, told(failure)),
    }
}

/// A failure with all that is known of it, on a line.
fn told(failure: &Failure) -> String {
    let causes = if failure.causes.is_empty() { String::new() } else { format!(": {}", failure.causes.join(": ")) };
    format!("{} {failure}{causes}\n", failure.code.as_str())
}

fn files_in(folder: &Path) -> String {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return format!("cannot be read: {error}\n"),
    };
    let mut lines: Vec<String> = entries
        .flatten()
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.metadata() {
                Ok(meta) => {
                    let changed = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
                    let changed = changed.map_or_else(String::new, |at| at.to_string());
                    format!("{:>12}  {changed}  {name}\n", meta.len())
                }
                Err(error) => format!("{name}: {error}\n"),
            }
        })
        .collect();
    lines.sort_by(|one, other| one.split_whitespace().last().cmp(&other.split_whitespace().last()));
    lines.concat()
}

async fn health(store: &Store) -> String {
    let health = match store.examine().await {
        Ok(health) => health,
        Err(error) => return told(&error.into()),
    };
    let mut text = format!("schema {}, this version knows {}\n", health.schema, health.known);
    for finding in health.integrity {
        let _ = writeln!(text, "integrity: {finding}");
    }
    for (table, rows) in health.rows {
        let _ = writeln!(text, "{rows:>9} rows in {table}");
    }
    text
}

fn row(item: &Item) -> String {
    // Whoever helps has to know which video it is, and not what is said about it.
    let details = Details { title: item.details.title.clone(), ..Details::default() };
    let view = ItemView { details, ..ItemView::of(item) };
    serde_json::to_string(&view).map_or_else(|error| format!("{}: {error}\n", item.id), |row| row + "\n")
}

fn failures(items: &[Item]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in items.iter().filter_map(|item| item.summary.failure.as_ref()) {
        *counts.entry(failure.code.as_str()).or_default() += 1;
    }
    let lines: Vec<String> = counts.into_iter().map(|(code, count)| format!("{count:>9}  {code}\n")).collect();
    lines.concat()
}

fn with_logs(items: &[Item]) -> Vec<ItemId> {
    let mut order: Vec<&Item> = items.iter().collect();
    order.sort_by_key(|item| (item.summary.is_over(), std::cmp::Reverse(item.added_at)));
    order.into_iter().take(LOGS).map(|item| item.id).collect()
}

async fn log(store: &Store, id: ItemId) -> String {
    let (journal, notes) = (store.journal(id).await, store.notes(id).await);
    let mut text = String::new();
    let journal = journal.unwrap_or_else(|error| {
        text.push_str(&told(&error.into()));
        Vec::new()
    });
    for line in view::log(journal, notes.unwrap_or_default()) {
        let _ = writeln!(text, "{}  {}", line.at.strftime("%Y-%m-%d %H:%M:%S%.3fZ"), line.text);
    }
    text
}

/// Whether an engine may be started on a folder without setting its database aside or being refused. Looks, and changes
/// nothing.
pub async fn can_be_opened(folder: &Path) -> bool {
    let database = home::database_in(folder);
    if !database.is_file() {
        return true;
    }
    let Ok(store) = Store::look_into(&database) else { return false };
    let health = store.examine().await;
    // A version of none is an empty file: new, or what is left of a database.
    health.is_ok_and(|it| (1..=it.known).contains(&it.schema) && it.integrity == ["ok"])
}

/// A name for a bundle that is made now.
#[must_use]
pub fn file_name() -> PathBuf {
    format!("slipway-bundle-{}.zip", Timestamp::now().strftime("%Y%m%dT%H%M%SZ")).into()
}

#[cfg(test)]
mod tests;
