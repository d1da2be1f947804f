//! Putting away the files of a folder whose videos are there: written down before it is done, and looked for after a crash.

use super::super::Queue;
use super::super::afterwards::{self, NotPutAway};
use super::super::aside::aside;
use super::Runner;
use crate::failure::{Code, Failure};
use crate::folder::{Aftermath, Entry};
use crate::hooks::{self, CrashPoint};
use std::path::PathBuf;
use tokio::time::Instant;

impl<Q: Queue> Runner<Q> {
    /// Does what is to be done with files whose video is there. What does not work is tried again after a while: whoever
    /// mends a folder's rights need not say so. Nothing else waits for it, for it may never work.
    pub(super) async fn put_away(&mut self) -> Result<(), Failure> {
        let all_again = self.no_putting_away_before.is_none_or(|at| Instant::now() >= at);
        if all_again {
            self.no_putting_away_before = None;
            if self.standing.failure.as_ref().is_some_and(|failure| failure.code == Code::NotPutAway) {
                self.standing.failure = None;
            }
        }
        let open = self.store.to_be_put_away(self.folder.id).await?;
        let lines: Vec<i64> = open.iter().map(|entry| entry.id).collect();
        let left = if all_again { Vec::new() } else { std::mem::take(&mut self.standing.left) };
        for entry in open.into_iter().filter(|entry| !left.contains(&entry.id)) {
            if let Err(failure) = self.put_one_away(entry).await {
                // The first one is told, and stands there until it works.
                if self.no_putting_away_before.is_none() {
                    self.standing.failure = Some(failure);
                    self.no_putting_away_before = Some(Instant::now() + self.timing.parked);
                }
            }
        }
        // Those that stay: they were in the way themselves, or something was.
        let open = self.store.to_be_put_away(self.folder.id).await?.into_iter().map(|entry| entry.id);
        self.standing.left = open.filter(|line| lines.contains(line)).collect();
        Ok(())
    }

    async fn put_one_away(&mut self, entry: Entry) -> Result<(), Failure> {
        let folder = self.folder.path.clone();
        let place = folder.join(&entry.path);
        let known = entry.clone();
        let is_there = aside(move || afterwards::is_what_was_sent(&place, &known)).await?;
        let failed = |error: &NotPutAway| {
            Failure::new(Code::NotPutAway).detail(entry.path.display().to_string()).caused_by(error)
        };
        match (&entry.aftermath, is_there) {
            (Some(Aftermath::Move | Aftermath::Moving { .. }), true) => {
                let file = entry.path.clone();
                let to = aside(move || afterwards::free_place(&folder, &file)).await?;
                let about_to = Aftermath::Moving { to: to.clone() };
                if entry.aftermath.as_ref() != Some(&about_to) {
                    self.store.set_aftermath(entry.id, about_to, entry.path.clone()).await?;
                }
                hooks::reach(CrashPoint::BeforeFileIsPutAway);
                let (folder, file, place) = (self.folder.path.clone(), entry.path.clone(), to.clone());
                aside(move || afterwards::put_away(&folder, &file, &place)).await?.map_err(|error| failed(&error))?;
                hooks::reach(CrashPoint::AfterFileIsPutAway);
                self.lies(entry, to).await
            }
            (Some(Aftermath::Moving { to }), false) => {
                let (place, known) = (folder.join(to), entry.clone());
                let arrived = aside(move || afterwards::is_what_was_sent(&place, &known)).await?;
                let to = to.clone();
                if arrived { self.lies(entry, to).await } else { Ok(()) }
            }
            (Some(Aftermath::Trash | Aftermath::Trashing), true) => {
                if entry.aftermath != Some(Aftermath::Trashing) {
                    self.store.set_aftermath(entry.id, Aftermath::Trashing, entry.path.clone()).await?;
                }
                hooks::reach(CrashPoint::BeforeFileIsPutAway);
                let file = entry.path.clone();
                aside(move || afterwards::throw_away(&folder, &file)).await?.map_err(|error| failed(&error))?;
                hooks::reach(CrashPoint::AfterFileIsPutAway);
                let path = entry.path.clone();
                self.lies(entry, path).await
            }
            // It is gone, which is what was wanted.
            (Some(Aftermath::Trashing), false) if !self.folder.path.join(&entry.path).exists() => {
                let path = entry.path.clone();
                self.lies(entry, path).await
            }
            // Somebody has taken it away, or made another of it: it is not what the video was made of.
            _ => Ok(()),
        }
    }

    /// It was put away, and lies here now, or did last.
    async fn lies(&mut self, entry: Entry, path: PathBuf) -> Result<(), Failure> {
        self.store.set_aftermath(entry.id, Aftermath::Done, path.clone()).await?;
        self.ledger.remove(&entry.path);
        self.ledger.insert(path.clone(), Entry { path, aftermath: Some(Aftermath::Done), ..entry });
        self.watch.tell(self.folder.id);
        Ok(())
    }
}
