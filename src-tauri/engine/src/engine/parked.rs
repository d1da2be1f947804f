//! Items that wait for something that they cannot bring about, and when each is tried again: after a while, or as soon
//! as the drive that holds its file is back.
//!
//! A drive is looked for with one question about one file of each folder, however many items wait for it, and with one
//! question at a time for each drive: a network drive that hangs must hold up neither the others nor the queue.

use crate::failure::Failure;
use crate::item::{ItemId, Stamp};
use crate::source;
use crate::timing::Timing;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The device that a file was on, where the platform tells.
type Drive = Option<u64>;
type Folder = (Drive, PathBuf);

/// A folder that is away with its drive.
struct Away {
    /// The file that is asked about, as it was seen.
    probe: (PathBuf, Stamp),
    /// Who waits, and when each may go on at the earliest.
    items: HashMap<ItemId, Instant>,
}

/// How often in a row an item found its drive away without getting any further.
#[derive(Clone, Copy)]
struct Returns {
    count: u32,
    stored: u64,
}

pub(super) struct Parked {
    timing: Timing,
    until: HashMap<ItemId, Instant>,
    /// The same, by the time.
    by_time: BTreeSet<(Instant, ItemId)>,
    waits_for: HashMap<ItemId, Failure>,
    folder_of: HashMap<ItemId, Folder>,
    away: HashMap<Folder, Away>,
    returns: HashMap<ItemId, Returns>,
    next_look: Instant,
    looks: JoinSet<(Drive, Vec<Folder>)>,
    asked: HashSet<Drive>,
    /// Items that were parked or released since somebody asked.
    changed: Vec<ItemId>,
}

impl Parked {
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            timing,
            until: HashMap::new(),
            by_time: BTreeSet::new(),
            waits_for: HashMap::new(),
            folder_of: HashMap::new(),
            away: HashMap::new(),
            returns: HashMap::new(),
            next_look: Instant::now(),
            looks: JoinSet::new(),
            asked: HashSet::new(),
            changed: Vec::new(),
        }
    }

    pub(super) fn holds(&self, id: ItemId) -> bool {
        self.until.contains_key(&id) || self.folder_of.contains_key(&id)
    }

    /// Those that may be held now and were not, or the other way round, since this was asked last.
    pub(super) fn take_changed(&mut self) -> Vec<ItemId> {
        std::mem::take(&mut self.changed)
    }

    /// What it waits for, for those that ask later.
    pub(super) fn waits_for(&mut self, id: ItemId, failure: Failure) {
        self.waits_for.insert(id, failure);
    }

    /// What waits now, and for what.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (ItemId, Failure)> {
        self.waits_for.iter().filter(|(id, _)| self.holds(**id)).map(|(id, failure)| (*id, failure.clone()))
    }

    /// However many wait, the next is found at once.
    fn wait_until(&mut self, id: ItemId, until: Option<Instant>) {
        if let Some(before) = self.until.remove(&id) {
            self.by_time.remove(&(before, id));
        }
        if let Some(until) = until {
            self.until.insert(id, until);
            self.by_time.insert((until, id));
        }
    }

    /// It is tried again after a while.
    pub(super) fn for_a_while(&mut self, id: ItemId) {
        self.wait_until(id, Some(Instant::now() + self.timing.parked));
        self.changed.push(id);
    }

    /// It goes on when its file's drive is back. A drive that shows the file and then fails to read it would otherwise be
    /// tried without a pause, so an item that got no further meanwhile (`stored`, in bytes) waits longer each time.
    pub(super) fn for_its_drive(&mut self, id: ItemId, file: &Path, stamp: &Stamp, stored: u64) {
        let returns = self.returns.entry(id).or_insert(Returns { count: 0, stored });
        if stored > returns.stored {
            *returns = Returns { count: 0, stored };
        }
        let wait = match returns.count {
            0 => Duration::ZERO,
            before => (self.timing.drive_gap * 2_u32.saturating_pow(before - 1)).min(self.timing.parked),
        };
        returns.count = (returns.count + 1).min(16);
        let drive = stamp.file_id.map(|(device, _)| device);
        let folder = (drive, file.parent().unwrap_or(file).to_owned());
        self.folder_of.insert(id, folder.clone());
        self.changed.push(id);
        let away = self.away.entry(folder);
        let away = away.or_insert_with(|| Away { probe: (file.to_owned(), stamp.clone()), items: HashMap::new() });
        away.items.insert(id, Instant::now() + wait);
    }

    /// Something changed that may help: all are tried again but those whose drive is away, which no sign-in brings back.
    pub(super) fn try_all_now(&mut self) {
        for id in self.until.keys().copied().collect::<Vec<_>>() {
            self.release(id);
        }
    }

    /// The machine slept: what was waited with is due, and drives are looked for at once.
    pub(super) fn woke(&mut self) {
        self.try_all_now();
        let now = Instant::now();
        self.next_look = now;
        for earliest in self.away.values_mut().flat_map(|away| away.items.values_mut()) {
            *earliest = now;
        }
    }

    /// It need not wait any more, whatever for.
    pub(super) fn release(&mut self, id: ItemId) {
        self.changed.push(id);
        self.wait_until(id, None);
        self.waits_for.remove(&id);
        if let Some(folder) = self.folder_of.remove(&id)
            && let Some(away) = self.away.get_mut(&folder)
        {
            away.items.remove(&id);
            if away.items.is_empty() {
                self.away.remove(&folder);
            }
        }
    }

    /// What became of it since is no longer about its drive.
    pub(super) fn forget(&mut self, id: ItemId) {
        self.release(id);
        self.returns.remove(&id);
    }

    /// Returns when at least one item may be tried again. May be dropped and called anew at any time.
    pub(super) async fn some_may_go_on(&mut self) {
        loop {
            let now = Instant::now();
            let due: Vec<ItemId> =
                self.by_time.iter().take_while(|(until, _)| *until <= now).map(|(_, id)| *id).collect();
            if !due.is_empty() {
                for id in due {
                    self.release(id);
                }
                return;
            }
            if !self.away.is_empty() && self.next_look <= now {
                self.look();
                self.next_look = now + self.timing.drive_gap;
            }
            let look = (!self.away.is_empty()).then_some(self.next_look);
            let wake = self.by_time.first().map(|(until, _)| *until).into_iter().chain(look).min();
            tokio::select! {
                Some(seen) = self.looks.join_next() => {
                    if self.take_in(seen) {
                        return;
                    }
                }
                () = tokio::time::sleep_until(wake.unwrap_or(now)), if wake.is_some() => {}
                else => std::future::pending().await,
            }
        }
    }

    /// Asks each drive that is not being asked already.
    fn look(&mut self) {
        let mut drives: HashMap<Drive, Vec<(Folder, PathBuf, Stamp)>> = HashMap::new();
        for (folder, Away { probe: (file, stamp), .. }) in &self.away {
            if !self.asked.contains(&folder.0) {
                drives.entry(folder.0).or_default().push((folder.clone(), file.clone(), stamp.clone()));
            }
        }
        for (drive, folders) in drives {
            self.asked.insert(drive);
            self.looks.spawn_blocking(move || {
                let back = folders.into_iter().filter(|(_, file, stamp)| !source::is_away(file, stamp));
                (drive, back.map(|(folder, ..)| folder).collect())
            });
        }
    }

    /// Lets those go on whose drive is back. Returns whether there are any.
    fn take_in(&mut self, seen: Result<(Drive, Vec<Folder>), tokio::task::JoinError>) -> bool {
        let Ok((drive, back)) = seen else {
            // Whoever it was about is asked again.
            self.asked.clear();
            return false;
        };
        self.asked.remove(&drive);
        let now = Instant::now();
        let mut some = false;
        let back: Vec<Away> = back.iter().filter_map(|folder| self.away.remove(folder)).collect();
        for away in back {
            for (id, earliest) in away.items {
                self.folder_of.remove(&id);
                self.changed.push(id);
                // One that keeps looking for its video meanwhile is tried by the earlier of the two.
                let until = self.until.get(&id).map_or(earliest, |until| earliest.min(*until));
                self.wait_until(id, (until > now).then_some(until));
                some |= until <= now;
            }
        }
        some
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    struct Drive {
        _dir: tempfile::TempDir,
        here: PathBuf,
        away: PathBuf,
    }

    impl Drive {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let (here, away) = (dir.path().join("drive"), dir.path().join("elsewhere"));
            fs::create_dir(&here).unwrap();
            Self { _dir: dir, here, away }
        }

        fn file(&self, name: &str) -> (PathBuf, Stamp) {
            let path = self.here.join(name);
            fs::write(&path, name).unwrap();
            let stamp = source::stamp(&path).unwrap();
            (path, stamp)
        }

        fn goes(&self) {
            fs::rename(&self.here, &self.away).unwrap();
        }

        fn returns(&self) {
            fs::rename(&self.away, &self.here).unwrap();
        }
    }

    /// Whether nothing may go on for a long time. The clock is the test's, so this takes none.
    async fn stays(parked: &mut Parked) -> bool {
        tokio::time::timeout(Duration::from_hours(1), parked.some_may_go_on()).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn what_waits_for_a_drive_waits_as_long_as_it_takes_and_all_of_it_goes_on_together() {
        let drive = Drive::new();
        let mut parked = Parked::new(Timing::default());
        let ids = [ItemId::fresh(), ItemId::fresh()];
        let files = ["one.mp4", "two.mp4"].map(|name| drive.file(name));
        drive.goes();
        for (id, (file, stamp)) in ids.iter().zip(&files) {
            parked.for_its_drive(*id, file, stamp, 0);
        }
        assert!(stays(&mut parked).await);
        assert!(ids.iter().all(|id| parked.holds(*id)));
        drive.returns();
        parked.some_may_go_on().await;
        assert!(!ids.iter().any(|id| parked.holds(*id)));
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_keeps_failing_on_a_drive_that_is_there_is_tried_less_and_less_often_until_it_gets_further() {
        let drive = Drive::new();
        let (file, stamp) = drive.file("talk.mp4");
        let timing = Timing::default();
        let mut parked = Parked::new(timing);
        let id = ItemId::fresh();
        let mut waits = Vec::new();
        for stored in [0, 0, 0, 0, 0, 0, 0, 9] {
            let begun = Instant::now();
            parked.for_its_drive(id, &file, &stamp, stored);
            parked.some_may_go_on().await;
            assert!(!parked.holds(id));
            waits.push(begun.elapsed().as_secs());
        }
        assert!(waits.windows(2).take(6).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert!(waits[6] >= timing.parked.as_secs() && waits[7] <= timing.drive_gap.as_secs(), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_all_are_tried_at_once_and_those_whose_drive_is_away_as_soon_as_it_is_back() {
        let drive = Drive::new();
        let (file, stamp) = drive.file("talk.mp4");
        let mut parked = Parked::new(Timing::default());
        let [waits, away] = [ItemId::fresh(), ItemId::fresh()];
        parked.for_a_while(waits);
        // It has failed on a drive that was there, so that it would wait for long by now.
        for _ in 0..6 {
            parked.for_its_drive(away, &file, &stamp, 0);
            parked.some_may_go_on().await;
        }
        parked.for_a_while(waits);
        drive.goes();
        parked.for_its_drive(away, &file, &stamp, 0);
        parked.woke();
        assert!(!parked.holds(waits) && parked.holds(away));
        drive.returns();
        let awake = Instant::now();
        parked.some_may_go_on().await;
        assert!(!parked.holds(away) && awake.elapsed() < Duration::from_secs(1), "{:?}", awake.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_for_either_goes_on_when_its_time_has_come_and_waits_for_nothing_more() {
        let drive = Drive::new();
        let (file, stamp) = drive.file("talk.mp4");
        let mut parked = Parked::new(Timing::default());
        let id = ItemId::fresh();
        drive.goes();
        parked.for_its_drive(id, &file, &stamp, 0);
        parked.for_a_while(id);
        parked.some_may_go_on().await;
        assert!(!parked.holds(id) && parked.away.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_released_is_not_looked_for_any_more() {
        let drive = Drive::new();
        let (file, stamp) = drive.file("talk.mp4");
        let mut parked = Parked::new(Timing::default());
        let id = ItemId::fresh();
        drive.goes();
        parked.for_its_drive(id, &file, &stamp, 0);
        parked.for_a_while(id);
        parked.release(id);
        assert!(!parked.holds(id) && parked.away.is_empty());
        drive.returns();
        assert!(stays(&mut parked).await);
    }
}
