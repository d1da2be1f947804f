//! What comes to lie beside a film after it was taken, or changes there: it goes with the video all the same, once it stands
//! still. The ledger has how everything looked that the item knows of, so whatever looks otherwise is news.

use super::super::aside::aside;
use super::super::scan::{self, Sighting};
use super::super::stillness::Stillness;
use super::super::{Queue, check, writers};
use super::{Runner, is_as_known};
use crate::failure::Failure;
use crate::folder::{Aftermath, Beside, Companion, Entry, Fate, Look};
use crate::hooks::{self, CrashPoint};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// What may go with films.
pub(super) struct Late {
    /// How everything looked that has been seen to go with a film or with none.
    seen: HashMap<PathBuf, Look>,
    /// Folders that are to be seen all the same: a film in them is another now, or is known anew.
    asked: HashSet<PathBuf>,
    /// By the film's place in the ledger.
    stillness: Stillness,
}

impl Late {
    pub(super) fn new(settle: Duration) -> Self {
        Self { seen: HashMap::new(), asked: HashSet::new(), stillness: Stillness::new(settle) }
    }

    pub(super) fn settle_for(&mut self, settle: Duration) {
        self.stillness.settle_for(settle);
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.stillness.next()
    }

    /// What lies beside this film is to be seen anew.
    pub(super) fn ask(&mut self, film: &Path) {
        self.asked.extend(film.parent().map(Path::to_owned));
    }

    /// How many films something waits for to go with.
    pub(super) fn films(&self) -> usize {
        self.stillness.files().len()
    }
}

impl<Q: Queue> Runner<Q> {
    /// Sees which of these are news to an item.
    pub(super) async fn see_what_came_late(&mut self, beside: Vec<Sighting>) -> Result<(), Failure> {
        let mut folders = std::mem::take(&mut self.late.asked);
        for Sighting { path, look } in beside {
            if self.late.seen.get(&path) != Some(&look) {
                folders.insert(path.parent().unwrap_or(Path::new("")).to_owned());
                self.late.seen.insert(path, look);
            }
        }
        let waited: HashSet<PathBuf> = self.late.stillness.files().into_iter().collect();
        if folders.is_empty() && waited.is_empty() {
            return Ok(());
        }
        // The latest film of a name is meant, whatever was put away under that name before.
        let mut latest: HashMap<PathBuf, &Entry> = HashMap::new();
        for entry in self.ledger.values().filter(|entry| matches!(entry.fate, Fate::Queued(_))) {
            let home = self.home(entry);
            let concerned = waited.contains(&entry.path) || home.parent().is_some_and(|it| folders.contains(it));
            if concerned && latest.get(&home).is_none_or(|known| known.id < entry.id) {
                latest.insert(home, entry);
            }
        }
        let films: Vec<PathBuf> = latest.values().map(|entry| entry.path.clone()).collect();
        let homes: Vec<PathBuf> = latest.into_keys().collect();
        let folder = self.folder.path.clone();
        let look = move || {
            let beside = scan::beside(&folder, &homes);
            homes.iter().map(|home| scan::look(&folder.join(home))).zip(beside).collect::<Vec<_>>()
        };
        let now = Instant::now();
        for (film, (itself, group)) in films.into_iter().zip(aside(look).await?) {
            let Some(entry) = self.ledger.get(&film) else { continue };
            // Where another film lies it is that one's, and one that somebody took away is done with.
            let is_here = match itself {
                None => entry.aftermath == Some(Aftermath::Done),
                Some(look) => entry.aftermath != Some(Aftermath::Done) && is_as_known(entry, &look),
            };
            if !is_here || group.is_empty() || entry.beside.files == companions(&group) {
                self.late.stillness.forget(&film);
            } else {
                self.late.stillness.see(&film, group, now);
            }
        }
        Ok(())
    }

    /// Where a film lay when it was taken: what was put away left what comes later behind.
    fn home(&self, entry: &Entry) -> PathBuf {
        let file = entry.sending.as_ref().and_then(|sending| sending.file.as_ref());
        let file = file.filter(|_| entry.aftermath == Some(Aftermath::Done));
        let home = file.and_then(|file| file.strip_prefix(&self.folder.path).ok());
        home.unwrap_or(&entry.path).to_owned()
    }

    /// Tells the queue of what has come to stand still.
    pub(super) async fn take_along_what_came_late(&mut self) -> Result<(), Failure> {
        for film in self.late.stillness.due(Instant::now()) {
            let group = self.late.stillness.group(&film);
            let item = self.ledger.get(&film).and_then(|entry| match entry.fate {
                Fate::Queued(item) => Some((entry.id, item)),
                _ => None,
            });
            let Some((line, item)) = item else {
                self.late.stillness.forget(&film);
                continue;
            };
            let places: Vec<PathBuf> = group.iter().map(|(path, _)| path.clone()).collect();
            if !aside(move || writers::written_to(&places)).await?.is_empty() {
                self.late.stillness.hold(&film, Instant::now());
                continue;
            }
            let failure = match self.queue.take_along(item).await {
                Ok(()) => None,
                Err(failure) if check::passes(&failure) => {
                    self.late.stillness.hold(&film, Instant::now());
                    continue;
                }
                Err(failure) => Some(failure),
            };
            hooks::reach(CrashPoint::AfterLateIsTold);
            let beside = Beside { files: companions(&group), failure };
            self.store.set_beside(line, beside.clone()).await?;
            if let Some(entry) = self.ledger.get_mut(&film) {
                entry.beside = beside;
            }
            self.late.stillness.forget(&film);
            self.watch.tell(self.folder.id);
        }
        Ok(())
    }
}

/// By their names alone: they move along with their film.
pub(super) fn companions(group: &[(PathBuf, Look)]) -> Vec<Companion> {
    let companion =
        |(path, look): &(PathBuf, Look)| Some(Companion { name: path.file_name()?.into(), look: look.clone() });
    group.iter().filter_map(companion).collect()
}
