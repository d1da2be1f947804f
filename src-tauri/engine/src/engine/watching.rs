//! Watched folders as front ends ask for them, and the queue as the folders have it. What is done with a folder is in
//! `watch.rs`.

use super::intake::{Add, Handed, Replace};
use super::owner::Change;
use super::{Engine, unknown};
use crate::failure::{Code, Failure};
use crate::folder::{Fate, Folder, FolderId, Preset, Wish};
use crate::item::{CompanionChoice, ItemId, Lane};
use crate::paths::Absolute;
use crate::source;
use crate::view::{FolderState, FolderView, LedgerLine};
use crate::watch::{self, HandOver, Queue};
use std::fs;
use std::path::{Path, PathBuf};

impl Engine {
    /// The watched folders, by path.
    pub async fn folders(&self) -> Result<Vec<FolderView>, Failure> {
        let mut views = Vec::new();
        for folder in self.store.folders().await? {
            views.push(self.folder_view(&folder).await?);
        }
        Ok(views)
    }

    async fn folder_view(&self, folder: &Folder) -> Result<FolderView, Failure> {
        let standing = self.watch.standing(folder.id);
        Ok(FolderView {
            state: if folder.wish == Wish::Pause { FolderState::Paused } else { standing.state },
            waiting: self.store.waiting_of(folder.id).await?,
            writing: standing.writing.len(),
            failure: standing.failure,
            ..FolderView::of(folder)
        })
    }

    /// Watches a folder from now on: what is put into it, and where `existing` is said, what is in it already. One that was
    /// removed comes back with what its ledger remembers.
    pub async fn watch_folder(&self, path: Absolute, preset: Preset, existing: bool) -> Result<FolderView, Failure> {
        watch::check_preset(&preset)?;
        let others: Vec<PathBuf> = self.store.folders().await?.into_iter().map(|folder| folder.path).collect();
        let settle = preset.settle.unwrap_or(self.timing.settle.0);
        let given = preset.clone();
        let look = move || {
            let path = a_folder(path.path())?;
            if let Some(other) = others.iter().find(|other| overlap(&path, other)) {
                let other = [("other", other.display().to_string())];
                let overlaps = Failure::new(Code::FolderOverlaps).detail(path.display().to_string());
                return Err(overlaps.because("why.folder_overlaps", other));
            }
            let before = if existing { Vec::new() } else { watch::there_before(&path, &given, settle)? };
            Ok((path, before))
        };
        let (path, before) = source::off_thread(look).await?;
        let added = self.store.add_folder(path.clone(), preset, before).await?;
        self.watch.reconsider();
        match added {
            Some(folder) => self.folder_view(&folder).await,
            // Somebody else was faster.
            None => Err(Failure::new(Code::FolderOverlaps).detail(path.display().to_string())),
        }
    }

    /// Whether a folder is to be watched. What was taken from it stays in the queue, and its videos are not touched.
    pub async fn set_folder_wish(&self, id: FolderId, wish: Wish) -> Result<(), Failure> {
        let folder = self.folder(id).await?;
        self.store.set_wish(folder.id, wish).await?;
        self.watch.reconsider();
        Ok(())
    }

    /// Does something else with what is put into a folder from now on. What was left out is looked at again.
    pub async fn set_folder_preset(&self, id: FolderId, preset: Preset) -> Result<(), Failure> {
        watch::check_preset(&preset)?;
        let folder = self.folder(id).await?;
        self.store.set_preset(folder.id, preset).await?;
        self.watch.reconsider();
        Ok(())
    }

    /// Forgets a folder with everything that its ledger remembers. Added again, it is a new one.
    pub async fn forget_folder(&self, id: FolderId) -> Result<(), Failure> {
        let folder = self.folder(id).await?;
        // Nobody writes to its ledger any more when it is taken away.
        self.store.set_wish(folder.id, Wish::Removed).await?;
        self.watch.reconsider();
        Ok(self.store.forget_folder(folder.id).await?)
    }

    /// What became of each file of a folder, by path; what is still being written as well.
    pub async fn ledger(&self, id: FolderId) -> Result<Vec<LedgerLine>, Failure> {
        let folder = self.folder(id).await?;
        let writing = self.watch.standing(folder.id).writing;
        let entries = self.store.ledger(folder.id).await?;
        let decided = entries.into_iter().filter(|entry| !writing.contains(&entry.path)).map(LedgerLine::of);
        let mut lines: Vec<LedgerLine> = decided.chain(writing.iter().cloned().map(LedgerLine::writing)).collect();
        lines.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(lines)
    }

    /// Sends a file of a folder whatever its ledger says of it, as a video of its own.
    pub async fn send_file_again(&self, id: FolderId, line: i64) -> Result<(), Failure> {
        let folder = self.folder(id).await?;
        match self.store.ledger_line(line).await? {
            Some((entry, _)) if entry.folder == folder.id => self.store.set_fates(vec![(line, Fate::Again)]).await?,
            _ => return Err(Failure::new(Code::ItemUnknown).detail(line.to_string())),
        }
        self.watch.reread(folder.id);
        Ok(())
    }

    async fn folder(&self, id: FolderId) -> Result<Folder, Failure> {
        let known = self.store.folders().await?.into_iter().find(|folder| folder.id == id);
        known.ok_or_else(|| Failure::new(Code::FolderUnknown).detail(id.to_string()))
    }
}

/// The folder as every other path to it is compared: without links, and whole.
fn a_folder(path: &Path) -> Result<PathBuf, Failure> {
    let invalid = || Failure::new(Code::FolderInvalid).detail(path.display().to_string());
    let whole = fs::canonicalize(path).map_err(|error| invalid().because("why.no_folder", []).caused_by(&error))?;
    match fs::read_dir(&whole) {
        Ok(_) => Ok(whole),
        Err(error) => Err(invalid().because("why.no_folder", []).caused_by(&error)),
    }
}

/// A file in both would be sent by both.
fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl Queue for Engine {
    async fn hand_over(&self, files: Vec<HandOver>) -> Result<Vec<Result<ItemId, Failure>>, Failure> {
        let files = files.into_iter().map(|file| (file.id, handed(file))).collect();
        let outcomes = Self::hand_over(self, files).await?;
        let item = |outcome: Result<super::Added, Failure>| outcome.map(|added| added.item.id);
        Ok(outcomes.into_iter().map(item).collect())
    }

    async fn renew(&self, item: ItemId) -> Result<(), Failure> {
        let intake = self.look_again(item).await?;
        let stamp = self.seen_now(item).await?;
        if self.store.item(item).await?.is_none() {
            return Err(unknown(item));
        }
        self.change(item, Change::Retry(stamp, intake)).await
    }
}

fn handed(file: HandOver) -> Handed {
    let HandOver { file, workspace, said, locale, replaces, again, .. } = file;
    match replaces {
        Some(video) => {
            Handed::Replace(Replace { lane: Lane::Automatic, again, ..Replace::new(file, workspace, video) })
        }
        None => Handed::Add(Box::new(Add {
            preset: said,
            companions: CompanionChoice { locale, ..CompanionChoice::default() },
            lane: Lane::Automatic,
            again,
            ..Add::new(file, workspace)
        })),
    }
}
