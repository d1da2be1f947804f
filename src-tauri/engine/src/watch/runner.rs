//! One folder, looked after: hints come in, files stand still, decisions are written down and done.
//!
//! A decision is in the ledger before the queue hears of it, and is said to the queue under one id until the ledger knows
//! the item (`store/ledger.rs`). So this task may end anywhere, and the next one goes on.

mod putting_away;

use super::aside::{aside, is_empty, root};
use super::check::{self, Checked};
use super::decision::{self, Alike, Decision};
use super::hints::{Deaf, Hints};
use super::rules::{Meaning, Rules};
use super::scan::{self, Scope, Sighting};
use super::stillness::Stillness;
use super::{HandOver, Queue, Standing, Watch, drive};
use crate::failure::{Code, Failure, Remedy};
use crate::folder::{Aftermath, Decided, Entry, Fate, Folder, Look};
use crate::hooks::{self, CrashPoint};
use crate::item::{ItemId, Stamp};
use crate::source;
use crate::store::{NewEntry, Store};
use crate::timing::Timing;
use crate::view::FolderState;
use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// Files in one transaction and one message to the queue; see `engine/handing_over.rs`.
const TOGETHER: usize = 256;

pub(super) struct Runner<Q> {
    folder: Folder,
    store: Store,
    queue: Arc<Q>,
    watch: Arc<Watch>,
    timing: Timing,
    /// The latest line of each path.
    ledger: HashMap<PathBuf, Entry>,
    stillness: Stillness,
    hints: Option<Hints>,
    /// The folder that is listened to, if any.
    root: Option<Look>,
    standing: Standing,
    /// Something was in the way of putting files away.
    no_putting_away_before: Option<Instant>,
}

/// A file that is to be sent.
struct Sent {
    path: PathBuf,
    stamp: Stamp,
    replaces: Option<u64>,
    again: bool,
}

impl<Q: Queue> Runner<Q> {
    pub(super) fn of(folder: Folder, store: Store, queue: Arc<Q>, watch: Arc<Watch>, timing: Timing) -> Self {
        let stillness = Stillness::new(folder.preset.settle.unwrap_or(timing.settle.0));
        let standing = Standing { state: FolderState::Looking, ..Standing::default() };
        let (ledger, hints, root) = (HashMap::new(), None, None);
        let no_putting_away_before = None;
        Self { folder, store, queue, watch, timing, ledger, stillness, hints, root, standing, no_putting_away_before }
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
        while Instant::now() < next_look {
            let wake = self.stillness.next().map_or(next_look, |due| due.min(next_look));
            let wake = wake.min(Instant::now() + self.timing.folder_gap);
            let hint = async {
                match &self.hints {
                    Some(hints) => hints.next(self.timing.hints_gathered).await,
                    None => std::future::pending().await,
                }
            };
            let scope = tokio::select! {
                hint = hint => match hint {
                    Ok(Scope::All) => return Ok(()),
                    Ok(scope) => scope,
                    Err(deaf) => {
                        self.deaf(deaf);
                        return Ok(());
                    }
                },
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
                true
            }
            Ok(Some(Ok(hints))) => {
                self.hints = Some(hints);
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
        let (folder, asked) = (self.folder.path.clone(), Arc::clone(rules));
        let sightings = aside(move || scan::scan(&folder, &asked, &scope)).await?;
        let films = self.meet(rules, sightings).await?;
        self.see_what_stands_still(films).await?;
        let due = self.stillness.due(Instant::now());
        for some in due.chunks(TOGETHER) {
            self.take_up(rules, some).await?;
        }
        self.put_away().await?;
        self.show();
        Ok(())
    }

    /// The films among what is there that the ledger does not know as they are. What is left out is written down.
    async fn meet(&mut self, rules: &Rules, sightings: Vec<Sighting>) -> Result<Vec<PathBuf>, Failure> {
        let mut films = Vec::new();
        let mut left_out = Vec::new();
        for Sighting { path, look } in sightings {
            let known = self.ledger.get(&path);
            if known.is_some_and(|entry| is_as_known(entry, &look)) {
                continue;
            }
            match rules.meaning(&path) {
                Meaning::Film | Meaning::Replaces(_) => films.push(path),
                Meaning::LeftOut(why) if known.is_none_or(|entry| matches!(entry.fate, Fate::Skipped(_))) => {
                    left_out.push(NewEntry {
                        path,
                        look,
                        fingerprint: None,
                        fate: Fate::Skipped(why.to_owned()),
                        aftermath: None,
                    });
                }
                Meaning::LeftOut(_) | Meaning::Nothing => {}
            }
        }
        for some in left_out.chunks(TOGETHER) {
            self.write(some.to_vec()).await?;
        }
        Ok(films)
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

    /// Decides about files that stood still for long enough.
    async fn take_up(&mut self, rules: &Rules, files: &[PathBuf]) -> Result<(), Failure> {
        let folder = self.folder.path.clone();
        let asked: Vec<_> = files.iter().map(|file| (file.clone(), self.stillness.look(file))).collect();
        let checked = aside(move || check::check(&folder, asked)).await?;
        let mut sent = Vec::new();
        for (path, checked) in checked {
            match checked {
                Checked::Ready(stamp) => {
                    if let Some(it) = self.decide(rules, path, stamp).await? {
                        sent.push(it);
                    }
                }
                Checked::NotWhole(why) if self.is_given_up(&path) => self.give_up(path, why).await?,
                Checked::Open | Checked::NotWhole(_) | Checked::Different | Checked::Unreadable(_) => {
                    self.stillness.hold(&path, Instant::now());
                }
                Checked::Gone => self.stillness.forget(&path),
            }
        }
        self.send(rules, sent).await
    }

    fn is_given_up(&self, path: &Path) -> bool {
        self.stillness.stood(path, Instant::now()).is_some_and(|stood| stood >= self.timing.unfinished)
    }

    async fn give_up(&mut self, path: PathBuf, why: &str) -> Result<(), Failure> {
        let look = self.stillness.look(&path);
        self.stillness.forget(&path);
        let Some(look) = look else { return Ok(()) };
        self.write(vec![NewEntry {
            path,
            look,
            fingerprint: None,
            fate: Fate::Skipped(why.to_owned()),
            aftermath: None,
        }])
        .await
    }

    /// What becomes of one file; answers what is to be sent.
    async fn decide(&mut self, rules: &Rules, path: PathBuf, stamp: Stamp) -> Result<Option<Sent>, Failure> {
        let known = match self.ledger.get(&path) {
            // How far its item is by now.
            Some(entry) => self.store.ledger_line(entry.id).await?.map(|(entry, _)| entry),
            None => None,
        };
        let mut alike = self.store.alike(stamp.size, self.folder.preset.workspace.clone()).await?;
        alike.retain(|(entry, _)| known.as_ref().is_none_or(|known| known.id != entry.id));
        let alike = aside(move || check::what_is_there(alike)).await?;
        let replaces = match rules.meaning(&path) {
            Meaning::Replaces(video) => Some(video),
            _ => None,
        };
        let again = known.as_ref().is_some_and(|entry| entry.fate == Fate::Again);
        let mut decision = decision::decide(&stamp, known.as_ref(), &alike, self.folder.preset.on_change);
        if let Decision::Compare(id) = decision {
            // What replaces something is about that, and not about what else has its bytes.
            let same = replaces.is_none() && self.are_same_bytes(&path, id).await?;
            decision = if same { Decision::Compare(id) } else { Decision::Send };
        }
        if let (Decision::Moved(id), Some(_)) = (&decision, replaces)
            && !alike_means(&alike, *id, |was| rules.meaning(was) == rules.meaning(&path))
        {
            // Whoever gives a file such a name wants something by it.
            decision = Decision::Send;
        }
        let send = |replaces| Some(Sent { path: path.clone(), stamp: stamp.clone(), replaces, again });
        match decision {
            Decision::Send => return Ok(send(replaces)),
            Decision::SendInPlaceOf(video) => return Ok(send(Some(video))),
            Decision::Renew(item) => return self.renew(item, path, stamp, known).await.map(|()| None),
            Decision::Touched => self.look_otherwise(known, path, &stamp, false).await?,
            Decision::LeaveChanged => self.look_otherwise(known, path, &stamp, true).await?,
            Decision::Moved(id) if known.is_none() => {
                let was = alike.iter().find(|it| it.entry.id == id).map(|it| it.entry.folder);
                self.moved(id, path, &stamp).await?;
                was.iter().chain([&self.folder.id]).for_each(|folder| self.watch.tell(*folder));
            }
            Decision::Moved(id) | Decision::Compare(id) => {
                let (look, fingerprint) = (Look::of(&stamp), Some(stamp.fingerprint));
                self.stillness.forget(&path);
                self.write(vec![NewEntry { path, look, fingerprint, fate: Fate::Same(id), aftermath: None }]).await?;
            }
        }
        Ok(None)
    }

    async fn are_same_bytes(&self, path: &Path, line: i64) -> Result<bool, Failure> {
        let Some((entry, folder)) = self.store.ledger_line(line).await? else { return Ok(false) };
        let (one, other) = (self.folder.path.join(path), folder.join(entry.path));
        // What cannot be read now is not known to be the same.
        aside(move || source::same_bytes(&one, &other).unwrap_or(false)).await
    }

    /// Its item fails by itself where it was begun with the file as it was; then it is let go on with the file as it is.
    async fn renew(&mut self, item: ItemId, path: PathBuf, stamp: Stamp, known: Option<Entry>) -> Result<(), Failure> {
        let failure = known.as_ref().and_then(|entry| entry.sending.as_ref()?.failure.clone());
        let changed = failure.as_ref().is_some_and(|failure| failure.code == Code::SourceChanged);
        if failure.is_some_and(|failure| failure.remedy() != Remedy::Settle) {
            match self.queue.renew(item).await {
                Ok(()) if changed => return self.look_otherwise(known, path, &stamp, false).await,
                Ok(()) => {}
                Err(failure) => tracing::debug!("{}: not yet: {failure}", path.display()),
            }
        }
        self.stillness.hold(&path, Instant::now());
        Ok(())
    }

    /// The line is about the file as it looks now, which may have changed since it was sent.
    async fn look_otherwise(
        &mut self,
        known: Option<Entry>,
        path: PathBuf,
        stamp: &Stamp,
        changed: bool,
    ) -> Result<(), Failure> {
        self.stillness.forget(&path);
        let Some(entry) = known else { return Ok(()) };
        let entry = Entry { look: Look::of(stamp), changed, ..entry };
        self.store.set_look(entry.id, entry.look.clone(), changed).await?;
        self.ledger.insert(path, entry);
        self.watch.tell(self.folder.id);
        Ok(())
    }

    async fn moved(&mut self, id: i64, path: PathBuf, stamp: &Stamp) -> Result<(), Failure> {
        self.stillness.forget(&path);
        let look = Look::of(stamp);
        self.store.move_line(id, self.folder.id, path.clone(), look).await?;
        self.ledger.retain(|_, entry| entry.id != id);
        if let Some((entry, _)) = self.store.ledger_line(id).await? {
            self.ledger.insert(path, entry);
        }
        Ok(())
    }

    async fn send(&mut self, rules: &Rules, sent: Vec<Sent>) -> Result<(), Failure> {
        if sent.is_empty() {
            return Ok(());
        }
        let line = |Sent { path, stamp, replaces, again }: Sent| {
            let fate = Fate::Taken(Decided { handover: Uuid::now_v7(), replaces, again });
            let aftermath = Aftermath::of(self.folder.preset.after);
            NewEntry { path, look: Look::of(&stamp), fingerprint: Some(stamp.fingerprint), fate, aftermath }
        };
        let paths: Vec<PathBuf> = sent.iter().map(|it| it.path.clone()).collect();
        self.write(sent.into_iter().map(line).collect()).await?;
        hooks::reach(CrashPoint::AfterFileIsTaken);
        for path in &paths {
            self.stillness.forget(path);
        }
        self.do_what_was_decided(rules).await
    }

    /// Hands over what the ledger has as taken, as often as it takes.
    async fn do_what_was_decided(&mut self, rules: &Rules) -> Result<(), Failure> {
        let mut taken: Vec<(i64, PathBuf, HandOver)> = Vec::new();
        for entry in self.ledger.values() {
            if let Fate::Taken(decided) = &entry.fate {
                taken.push((entry.id, entry.path.clone(), self.hand_over(rules, entry, decided)));
            }
        }
        taken.sort_by_key(|(id, ..)| *id);
        for some in taken.chunks(TOGETHER) {
            let files = some.iter().map(|(_, _, file)| file.clone()).collect();
            let outcomes = self.queue.hand_over(files).await?;
            hooks::reach(CrashPoint::AfterFileIsQueued);
            let (mut fates, mut struck) = (Vec::new(), Vec::new());
            for ((id, path, _), outcome) in some.iter().zip(outcomes) {
                let fate = match outcome {
                    Ok(item) => Fate::Queued(item),
                    Err(failure) if check::passes(&failure) => {
                        // Met anew when it can be had.
                        struck.push(*id);
                        self.ledger.remove(path);
                        continue;
                    }
                    Err(failure) => Fate::Refused(Box::new(failure)),
                };
                if let Some(entry) = self.ledger.get_mut(path) {
                    entry.fate = fate.clone();
                }
                fates.push((*id, fate));
            }
            self.store.set_fates(fates).await?;
            self.store.strike(struck).await?;
            self.watch.tell(self.folder.id);
        }
        Ok(())
    }

    fn hand_over(&self, rules: &Rules, entry: &Entry, decided: &Decided) -> HandOver {
        HandOver {
            id: decided.handover,
            file: self.folder.path.join(&entry.path),
            workspace: self.folder.preset.workspace.clone(),
            said: rules.said(&entry.path, entry.look.mtime_ns),
            locale: self.folder.preset.subtitles_locale.clone(),
            replaces: decided.replaces,
            again: decided.again,
        }
    }

    async fn write(&mut self, lines: Vec<NewEntry>) -> Result<(), Failure> {
        for entry in self.store.write_ledger(self.folder.id, lines).await? {
            self.ledger.insert(entry.path.clone(), entry);
        }
        self.watch.tell(self.folder.id);
        Ok(())
    }
}

/// Whether a file is as its line says, and nothing is wanted of it. A drive that is mounted again may have another number.
fn is_as_known(entry: &Entry, look: &Look) -> bool {
    let number = |look: &Look| look.file_id.map(|(_, number)| number);
    entry.fate != Fate::Again && entry.look.same_but_for_id(look) && number(&entry.look) == number(look)
}

/// Whether this holds of where the file of a line was.
fn alike_means(alike: &[Alike], line: i64, holds: impl Fn(&Path) -> bool) -> bool {
    alike.iter().any(|it| it.entry.id == line && holds(&it.entry.path))
}
