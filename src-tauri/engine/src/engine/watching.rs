//! Watched folders as front ends ask for them, and the queue as the folders have it. What is done with a folder is in
//! `watch.rs`.

use super::intake::{Add, Handed, Replace};
use super::owner::Change;
use super::{Engine, unknown};
use crate::failure::{Code, Failure};
use crate::folder::{Fate, Folder, FolderId, LedgerQuery, Preset, Wish};
use crate::item::{CompanionChoice, ItemId, Lane, Stamp};
use crate::paths::Absolute;
use crate::source;
use crate::store::Selected;
use crate::view::{FolderProspect, FolderState, FolderView, LedgerLine, LedgerPart};
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
        let at_work = folder.wish == Wish::Watch && standing.state != FolderState::Unavailable;
        // Not by what the folder's task saw last: a video may have come there since.
        let away = self.store.to_be_put_away(folder.id).await?;
        let away = away.iter().filter(|entry| !standing.left.contains(&entry.id)).count();
        Ok(FolderView {
            state: if folder.wish == Wish::Pause { FolderState::Paused } else { standing.state },
            waiting: self.store.waiting_of(folder.id).await?,
            writing: standing.writing.len(),
            finishing: if at_work { standing.late + away } else { 0 },
            failure: standing.failure,
            ..FolderView::of(folder)
        })
    }

    /// Whether a folder could be watched, and what is remembered of it from before.
    pub async fn look_at_folder(&self, path: Absolute) -> Result<FolderProspect, Failure> {
        let others = self.watched_places().await?;
        let path = source::off_thread(move || a_folder_beside(path.path(), &others)).await?;
        let remembered = self.store.remembered_folder(path.clone()).await?;
        Ok(FolderProspect { path, remembered })
    }

    async fn watched_places(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(self.store.folders().await?.into_iter().map(|folder| folder.path).collect())
    }

    /// Watches a folder from now on: what is put into it, and where `existing` is said, what is in it already. One that was
    /// removed comes back with what its ledger remembers.
    pub async fn watch_folder(&self, path: Absolute, preset: Preset, existing: bool) -> Result<FolderView, Failure> {
        watch::check_preset(&preset)?;
        let others = self.watched_places().await?;
        let settle = preset.settle.unwrap_or(self.timing.settle.0);
        let given = preset.clone();
        let look = move || {
            let path = a_folder_beside(path.path(), &others)?;
            let before = if existing { Vec::new() } else { watch::there_before(&path, &given, settle)? };
            Ok((path, before))
        };
        let (path, before) = source::off_thread(look).await?;
        let added = self.store.add_folder(path.clone(), preset, before).await?;
        self.watch.reconsider();
        match added {
            Some(folder) => {
                self.watch.tell(folder.id);
                self.folder_view(&folder).await
            }
            // Somebody else was faster.
            None => Err(Failure::new(Code::FolderOverlaps).detail(path.display().to_string())),
        }
    }

    /// Whether a folder is to be watched. What was taken from it stays in the queue, and its videos are not touched.
    pub async fn set_folder_wish(&self, id: FolderId, wish: Wish) -> Result<(), Failure> {
        let folder = self.folder(id).await?;
        self.store.set_wish(folder.id, wish).await?;
        self.reconsider(folder.id);
        Ok(())
    }

    /// Does something else with what is put into a folder from now on. What was left out is looked at again.
    pub async fn set_folder_preset(&self, id: FolderId, preset: Preset) -> Result<(), Failure> {
        watch::check_preset(&preset)?;
        let folder = self.folder(id).await?;
        self.store.set_preset(folder.id, preset).await?;
        self.reconsider(folder.id);
        Ok(())
    }

    /// Forgets a folder with everything that its ledger remembers, removed or not. Added again, it is a new one.
    pub async fn forget_folder(&self, id: FolderId) -> Result<(), Failure> {
        // Nobody writes to its ledger any more when it is taken away.
        self.store.set_wish(id, Wish::Removed).await?;
        self.reconsider(id);
        if self.store.forget_folder(id).await? { Ok(()) } else { Err(unknown_folder(id)) }
    }

    fn reconsider(&self, id: FolderId) {
        self.watch.reconsider();
        self.watch.tell(id);
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

    /// A part of that, as it is shown: what was decided last comes first.
    pub async fn ledger_part(&self, id: FolderId, query: LedgerQuery) -> Result<LedgerPart, Failure> {
        let folder = self.folder(id).await?;
        let writing = self.watch.standing(folder.id).writing;
        let Selected { writing, entries, originals, total, counts } =
            self.store.ledger_part(folder.id, writing, query).await?;
        let lines = writing.into_iter().map(LedgerLine::writing).chain(entries.into_iter().map(LedgerLine::of));
        let originals = originals.into_iter().map(LedgerLine::of).collect();
        Ok(LedgerPart { lines: lines.collect(), originals, total, counts })
    }

    /// A line of a folder's ledger, and the one that it has the bytes of, wherever that is.
    pub async fn ledger_line(&self, id: FolderId, line: i64) -> Result<(LedgerLine, Option<LedgerLine>), Failure> {
        let folder = self.folder(id).await?;
        let line = self.line_of(folder.id, line).await?;
        let original = match line.same_as {
            Some(original) => self.store.ledger_line(original).await?.map(|(entry, _)| LedgerLine::of(entry)),
            None => None,
        };
        Ok((line, original))
    }

    /// Sends files of a folder once more, each as a video of its own, whatever the ledger knows of them. One of which
    /// nothing would come (see [`LedgerLine::may_be_sent_again`]), or that is not there, holds up no other; the first of
    /// those is answered.
    pub async fn send_files_again(&self, id: FolderId, lines: Vec<i64>) -> Result<(), Failure> {
        let folder = self.folder(id).await?;
        let (mut fates, mut refused) = (Vec::new(), None);
        for line in lines {
            match self.again(&folder, line).await {
                Ok(fate) => fates.push(fate),
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
        if !fates.is_empty() {
            self.store.set_fates(fates).await?;
            self.watch.reread(folder.id);
            self.watch.tell(folder.id);
        }
        refused.map_or(Ok(()), Err)
    }

    async fn again(&self, folder: &Folder, line: i64) -> Result<(i64, Fate), Failure> {
        let known = self.line_of(folder.id, line).await?;
        if !known.may_be_sent_again() {
            return Err(Failure::new(Code::NotPossibleNow).detail(known.path.display().to_string()));
        }
        let file = folder.path.join(&known.path);
        let missing = Failure::new(Code::SourceMissing).detail(file.display().to_string());
        let is_there = source::off_thread(move || Ok(file.exists())).await?;
        if is_there { Ok((line, Fate::Again)) } else { Err(missing) }
    }

    async fn line_of(&self, folder: FolderId, line: i64) -> Result<LedgerLine, Failure> {
        match self.store.ledger_line(line).await? {
            Some((entry, _)) if entry.folder == folder => Ok(LedgerLine::of(entry)),
            _ => Err(Failure::new(Code::ItemUnknown).detail(line.to_string())),
        }
    }

    async fn folder(&self, id: FolderId) -> Result<Folder, Failure> {
        let known = self.store.folders().await?.into_iter().find(|folder| folder.id == id);
        known.ok_or_else(|| unknown_folder(id))
    }
}

fn unknown_folder(id: FolderId) -> Failure {
    Failure::new(Code::FolderUnknown).detail(id.to_string())
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

/// The same, where none of the others has files in common with it.
fn a_folder_beside(path: &Path, others: &[PathBuf]) -> Result<PathBuf, Failure> {
    let path = a_folder(path)?;
    if let Some(other) = others.iter().find(|other| overlap(&path, other)) {
        let other = [("other", other.display().to_string())];
        let overlaps = Failure::new(Code::FolderOverlaps).detail(path.display().to_string());
        return Err(overlaps.because("why.folder_overlaps", other));
    }
    Ok(path)
}

/// A file in both would be sent by both.
fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

impl Queue for Engine {
    async fn hand_over(&self, files: Vec<HandOver>) -> Result<Vec<Result<ItemId, Failure>>, Failure> {
        let files = files.into_iter().map(|file| (file.id, file.decided_about.clone(), handed(file))).collect();
        let outcomes = self.take_in(files).await?;
        let item = |outcome: Result<super::Added, Failure>| outcome.map(|added| added.item.id);
        Ok(outcomes.into_iter().map(item).collect())
    }

    async fn renew(&self, item: ItemId, seen: Stamp) -> Result<(), Failure> {
        let intake = self.look_again(item).await?;
        if self.store.item(item).await?.is_none() {
            return Err(unknown(item));
        }
        self.change(item, Change::Retry(Ok(seen), intake)).await
    }

    async fn find_at(&self, item: ItemId, file: PathBuf) -> Result<(), Failure> {
        self.change(item, Change::FindAt(file)).await
    }

    async fn take_along(&self, item: ItemId) -> Result<(), Failure> {
        let mut known = self.store.item(item).await?.ok_or_else(|| unknown(item))?;
        if known.replaces.is_some() {
            // What goes with a video goes with the item that it came by.
            let video = known.summary.video.as_ref().map(|video| video.id);
            let Some(video) = video else { return Err(Failure::new(Code::NotPossibleNow).detail(item.to_string())) };
            let came_by = self.store.item_of_video(known.workspace, video).await?.ok_or_else(|| unknown(item))?;
            known = self.store.item(came_by).await?.ok_or_else(|| unknown(came_by))?;
        }
        let id = known.id;
        let intake = self.look_beside(known).await?;
        self.change(id, Change::TakeAlong(Box::new(intake))).await
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
