//! One folder, looked after: hints come in, files stand still, decisions are written down and done.
//!
//! A decision is in the ledger before the queue hears of it, and is said to the queue under one id until the ledger knows
//! the item (`store/ledger.rs`). So this task may end anywhere, and the next one goes on.
//!
//! Taking files up is in `runner/taking.rs`, what comes to lie beside a film afterwards in `runner/late.rs`, putting away
//! in `runner/putting_away.rs`.

mod late;
mod putting_away;
mod taking;

use super::aside::{aside, is_empty, root};
use super::hints::{Deaf, Hints};
use super::rules::{Meaning, Rules};
use super::scan::{self, Scope, Sighting};
use super::stillness::Stillness;
use super::{Queue, Standing, Watch, drive};
use crate::companions;
use crate::failure::{Code, Failure};
use crate::folder::{Entry, Fate, Folder, Look};
use crate::item::ItemId;
use crate::pace::Waking;
use crate::store::{NewEntry, Store};
use crate::timing::Timing;
use crate::view::FolderState;
use late::Late;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Files in one transaction and one message to the queue; see `engine/handing_over.rs`.
const TOGETHER: usize = 256;

pub(super) struct Runner<Q> {
    folder: Folder,
    store: Store,
    queue: Arc<Q>,
    watch: Arc<Watch>,
    timing: Timing,
    waking: Waking,
    /// The latest line of each path.
    ledger: HashMap<PathBuf, Entry>,
    stillness: Stillness,
    late: Late,
    /// Changed files whose items ask a person first: those are waited for, and not the files.
    asking: HashSet<PathBuf>,
    hints: Option<Arc<Hints>>,
    /// The folder that is listened to, if any.
    root: Option<Look>,
    standing: Standing,
    /// Something was in the way of putting files away.
    no_putting_away_before: Option<Instant>,
}

impl<Q: Queue> Runner<Q> {
    pub(super) fn of(
        folder: Folder,
        store: Store,
        queue: Arc<Q>,
        watch: Arc<Watch>,
        timing: Timing,
        waking: Waking,
    ) -> Self {
        let settle = folder.preset.settle.unwrap_or(timing.settle.0);
        let (stillness, late) = (Stillness::new(settle), Late::new(settle));
        let standing = Standing { state: FolderState::Looking, ..Standing::default() };
        Self {
            folder,
            store,
            queue,
            watch,
            timing,
            waking,
            ledger: HashMap::new(),
            stillness,
            late,
            asking: HashSet::new(),
            hints: None,
            root: None,
            standing,
            no_putting_away_before: None,
        }
    }

    /// Runs until it is dropped.
    pub(super) async fn run(mut self) {
        self.show();
        loop {
            let Err(failure) = self.look_after().await;
            tracing::warn!("{}: {failure}", self.folder.path.display());
            self.standing.failure = Some(failure);
            self.show();
            tokio::time::sleep(self.timing.parked).await;
            self.standing.failure = None;
        }
    }

    fn show(&mut self) {
        self.standing.writing = self.stillness.files();
        self.asking.retain(|file| self.standing.writing.binary_search(file).is_ok());
        self.standing.writing.retain(|file| !self.asking.contains(file));
        self.standing.late = self.late.films();
        self.watch.show(self.folder.id, self.standing.clone());
    }

    /// Ends where something is in the way that concerns all of the folder.
    async fn look_after(&mut self) -> Result<Infallible, Failure> {
        let rules = Arc::new(Rules::of(&self.folder.preset)?);
        let entries = self.store.ledger(self.folder.id).await?;
        self.ledger = entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
        self.do_what_was_decided(&rules).await?;
        loop {
            if !self.is_there().await? {
                self.hints = None;
                self.root = None;
                self.standing.state = FolderState::Unavailable;
                self.show();
                tokio::time::sleep(self.timing.folder_gap).await;
                continue;
            }
            let polled = self.listen().await;
            let begun = Instant::now();
            self.turn(&rules, Scope::All).await?;
            let wait =
                if polled { drive::polled_after(begun.elapsed(), self.timing.polled) } else { self.timing.rescan };
            self.standing.state = if polled { FolderState::Polling(wait) } else { FolderState::Watching };
            self.show();
            self.until_the_next_look(&rules, Instant::now() + wait).await?;
        }
    }

    /// Takes hints in, and what has come to stand still, until everything is to be looked at.
    async fn until_the_next_look(&mut self, rules: &Arc<Rules>, next_look: Instant) -> Result<(), Failure> {
        // One that is begun goes on over the turns: files that are due again and again would never let it come to its end.
        let (hints, gathered_for) = (self.hints.clone(), self.timing.hints_gathered);
        let next_hint = || next_hint(hints.clone(), gathered_for);
        let mut hint = pin!(next_hint());
        while Instant::now() < next_look {
            let due = self.stillness.next().into_iter().chain(self.late.next()).min();
            let wake = due.map_or(next_look, |due| due.min(next_look));
            let wake = wake.min(Instant::now() + self.timing.folder_gap);
            let scope = tokio::select! {
                heard = &mut hint => {
                    hint.set(next_hint());
                    match heard {
                        Ok(Scope::All) => return Ok(()),
                        Ok(scope) => scope,
                        Err(deaf) => {
                            self.deaf(deaf);
                            return Ok(());
                        }
                    }
                }
                // Others may have written to a drive on the network meanwhile.
                _ = self.waking.woke() => return Ok(()),
                () = tokio::time::sleep_until(wake) => Scope::Below(BTreeSet::new()),
            };
            let there = root(&self.folder.path).await;
            if there.as_ref().and_then(|root| root.file_id) != self.root.as_ref().and_then(|root| root.file_id) {
                return Ok(());
            }
            self.turn(rules, scope).await?;
        }
        Ok(())
    }

    /// Whether the folder is there. One that is empty and on another drive than when it was last seen is what is left
    /// where its drive was.
    async fn is_there(&mut self) -> Result<bool, Failure> {
        let Some(root) = root(&self.folder.path).await else { return Ok(false) };
        let device = |look: &Look| look.file_id.map(|(device, _)| device);
        let known = self.store.root(self.folder.id).await?;
        if known.as_ref().is_some_and(|known| device(known) != device(&root)) && is_empty(&self.folder.path).await {
            return Ok(false);
        }
        if known.is_none_or(|known| known.file_id != root.file_id) {
            self.store.set_root(self.folder.id, root.clone()).await?;
        }
        if self.root.as_ref().is_none_or(|listened| listened.file_id != root.file_id) {
            // Another folder under the same name, or the first look at it.
            self.hints = None;
        }
        self.root = Some(root);
        Ok(true)
    }

    /// Listens to the folder if that is of any use. Returns whether it has to be asked instead.
    async fn listen(&mut self) -> bool {
        if self.hints.is_some() {
            return false;
        }
        let path = self.folder.path.clone();
        // What others change on a network drive is heard by nobody here.
        let listen = move || (!drive::is_on_network(&path)).then(|| Hints::about(&path));
        match aside(listen).await {
            Ok(None) => {
                let settle = self.folder.preset.settle.unwrap_or(self.timing.settle.1);
                self.stillness.settle_for(settle);
                self.late.settle_for(settle);
                true
            }
            Ok(Some(Ok(hints))) => {
                self.hints = Some(Arc::new(hints));
                self.standing.failure = None;
                false
            }
            Ok(Some(Err(deaf))) => {
                self.deaf(deaf);
                true
            }
            Err(failure) => {
                self.standing.failure = Some(failure);
                true
            }
        }
    }

    fn deaf(&mut self, deaf: Deaf) {
        self.hints = None;
        let folder = self.folder.path.display().to_string();
        self.standing.failure = match deaf {
            Deaf::Limit => Some(Failure::new(Code::WatchLimitReached).detail(folder)),
            Deaf::Other(error) => {
                tracing::warn!("{folder} is looked through again and again, for want of hints: {error}");
                None
            }
        };
    }

    /// Looks, and does what follows.
    async fn turn(&mut self, rules: &Arc<Rules>, scope: Scope) -> Result<(), Failure> {
        let (folder, asked, everything) = (self.folder.path.clone(), Arc::clone(rules), scope == Scope::All);
        let sightings = aside(move || scan::scan(&folder, &asked, &scope)).await?;
        let left = self.watch.take_left(self.folder.id);
        if !left.is_empty() {
            self.ledger.retain(|_, entry| !left.contains(&entry.id));
        }
        let (films, beside) = self.meet(rules, sightings, everything).await?;
        self.see_what_stands_still(films).await?;
        let due = self.stillness.due(Instant::now());
        for some in due.chunks(TOGETHER) {
            self.take_up(rules, some).await?;
        }
        self.see_what_came_late(beside).await?;
        self.take_along_what_came_late().await?;
        self.put_away().await?;
        self.show();
        Ok(())
    }

    /// The films among what is there that the ledger does not know as they are, and what may go with one. What is left out
    /// is written down, once: somebody may write to it all day. How large it is by now is said when everything is looked at.
    async fn meet(
        &mut self,
        rules: &Rules,
        sightings: Vec<Sighting>,
        everything: bool,
    ) -> Result<(Vec<PathBuf>, Vec<Sighting>), Failure> {
        let (mut films, mut beside) = (Vec::new(), Vec::new());
        let (mut left_out, mut still_left_out) = (Vec::new(), Vec::new());
        let mut as_known = HashMap::new();
        for Sighting { path, look } in sightings {
            let known = self.ledger.get(&path);
            if let Some(entry) = known.filter(|entry| is_as_known(entry, &look)) {
                if matches!(entry.fate, Fate::Queued(_)) {
                    as_known.insert(path, look);
                }
                continue;
            }
            match rules.meaning(&path) {
                Meaning::Film | Meaning::Replaces(_) => films.push(path),
                Meaning::LeftOut(why) if known.is_some_and(|entry| is_left_out(entry, why)) => {
                    still_left_out.push((path, look));
                }
                Meaning::LeftOut(why) if known.is_none_or(|entry| matches!(entry.fate, Fate::Skipped(_))) => {
                    left_out.push(NewEntry::of(path, look, Fate::Skipped(why.to_owned())));
                }
                Meaning::Nothing if companions::may_go_with_a_film(&path) => beside.push(Sighting { path, look }),
                Meaning::LeftOut(_) | Meaning::Nothing => {}
            }
        }
        films.extend(self.find_again(&as_known).await?);
        for some in left_out.chunks(TOGETHER) {
            self.write(some.to_vec()).await?;
        }
        if everything {
            self.see_what_is_still_left_out(still_left_out).await?;
        }
        Ok((films, beside))
    }

    async fn see_what_is_still_left_out(&mut self, seen: Vec<(PathBuf, Look)>) -> Result<(), Failure> {
        let mut looks = Vec::new();
        for (path, look) in seen {
            if let Some(entry) = self.ledger.get_mut(&path) {
                looks.push((entry.id, look.clone()));
                entry.look = look;
            }
        }
        if !looks.is_empty() {
            self.store.set_looks(looks).await?;
            self.watch.tell(self.folder.id);
        }
        Ok(())
    }

    /// Lets items go on whose files were away and are there again, as they were. Answers those whose items have them
    /// otherwise and would only fail again: they are met anew.
    async fn find_again(&self, places: &HashMap<PathBuf, Look>) -> Result<Vec<PathBuf>, Failure> {
        let mut otherwise = Vec::new();
        if places.is_empty() {
            return Ok(otherwise);
        }
        for (path, item, seen) in self.store.lost_of(self.folder.id).await? {
            match places.get(&path) {
                Some(look) if look.same_but_for_id(&Look::of(&seen)) => self.found_at(item, &path).await,
                Some(_) => otherwise.push(path),
                None => {}
            }
        }
        Ok(otherwise)
    }

    /// An item's file lies here now.
    async fn found_at(&self, item: ItemId, path: &Path) {
        if let Err(failure) = self.queue.find_at(item, self.folder.path.join(path)).await {
            // It is not there any more, or cannot be changed: the ledger is right all the same.
            tracing::debug!("{}: {failure}", path.display());
        }
    }

    async fn see_what_stands_still(&mut self, mut films: Vec<PathBuf>) -> Result<(), Failure> {
        films.extend(self.stillness.files());
        films.sort();
        films.dedup();
        let folder = self.folder.path.clone();
        let groups = aside(move || scan::groups(&folder, &films)).await?;
        let now = Instant::now();
        for (film, group) in groups {
            match group {
                Some(group) => self.stillness.see(&film, group, now),
                None => self.stillness.forget(&film),
            }
        }
        Ok(())
    }

    async fn write(&mut self, lines: Vec<NewEntry>) -> Result<(), Failure> {
        for entry in self.store.write_ledger(self.folder.id, lines).await? {
            self.ledger.insert(entry.path.clone(), entry);
        }
        self.watch.tell(self.folder.id);
        Ok(())
    }
}

/// Where nobody tells of anything, this waits for good.
async fn next_hint(hints: Option<Arc<Hints>>, gathered_for: Duration) -> Result<Scope, Deaf> {
    match hints {
        Some(hints) => hints.next(gathered_for).await,
        None => std::future::pending().await,
    }
}

fn is_left_out(entry: &Entry, why: &str) -> bool {
    matches!(&entry.fate, Fate::Skipped(known) if known == why)
}

/// Whether a file is as its line says, and nothing is wanted of it. A drive that is mounted again may have another number.
fn is_as_known(entry: &Entry, look: &Look) -> bool {
    let number = |look: &Look| look.file_id.map(|(_, number)| number);
    entry.fate != Fate::Again && entry.look.same_but_for_id(look) && number(&entry.look) == number(look)
}
