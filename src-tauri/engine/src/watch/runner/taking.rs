//! Files that stand still are taken up: decided about, written down, handed over.

use super::super::aside::aside;
use super::super::check::{self, Checked, Met};
use super::super::decision::{self, Alike, Decision};
use super::super::rules::{Meaning, Rules};
use super::super::scan::Sighting;
use super::super::{HandOver, Queue};
use super::late::companions;
use super::{Runner, TOGETHER, is_as_known};
use crate::failure::{Failure, Remedy};
use crate::folder::{Aftermath, Beside, Decided, Entry, Fate, Folder, FolderId, Look, Wish};
use crate::hooks::{self, CrashPoint};
use crate::item::{ItemId, Stamp};
use crate::source;
use crate::store::NewEntry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use tokio::time::Instant;
use uuid::Uuid;

/// A file that is to be sent.
struct Sent {
    path: PathBuf,
    stamp: Stamp,
    replaces: Option<u64>,
    again: bool,
}

impl<Q: Queue> Runner<Q> {
    /// Decides about files that stood still for long enough.
    pub(super) async fn take_up(&mut self, rules: &Rules, files: &[PathBuf]) -> Result<(), Failure> {
        let folder = self.folder.path.clone();
        let asked: Vec<_> = files.iter().map(|file| (file.clone(), self.stillness.look(file))).collect();
        let checked = aside(move || check::check(&folder, asked)).await?;
        let elsewhere = self.those_elsewhere(&checked).await?;
        let mut sent = Vec::new();
        for (path, checked) in checked {
            match checked {
                // The line is about that one, which moves it away from here.
                Checked::Ready(_) if elsewhere.contains(&path) => self.stillness.hold(&path, Instant::now()),
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

    /// Those of these places that another file lies at than the one that was taken there, which has been renamed or moved
    /// and is met as a film where it lies now.
    async fn those_elsewhere(&self, checked: &[(PathBuf, Checked)]) -> Result<HashSet<PathBuf>, Failure> {
        let another = |(path, checked): &(PathBuf, Checked)| {
            let (Checked::Ready(stamp), Some(entry)) = (checked, self.ledger.get(path)) else { return None };
            let known = matches!(entry.fate, Fate::Queued(_) | Fate::Taken(_) | Fate::Same(_));
            let now = Look::of(stamp);
            let another = entry.look.file_id != now.file_id && !entry.look.same_but_for_id(&now);
            (known && another).then(|| (path.clone(), entry.look.clone(), entry.id))
        };
        let mut asked: Vec<(PathBuf, Look)> = Vec::new();
        for (path, look, line) in checked.iter().filter_map(another) {
            // Its item may have gone on with what the file became.
            let entry = self.store.ledger_line(line).await?.and_then(|(entry, _)| entry.sending);
            let seen = entry.and_then(|sending| sending.seen).map(|seen| Look::of(&seen));
            asked.extend(seen.filter(|seen| *seen != look).map(|seen| (path.clone(), seen)));
            asked.push((path, look));
        }
        if asked.is_empty() {
            return Ok(HashSet::new());
        }
        let workspace = &self.folder.preset.workspace;
        let folders = self.store.folders().await?.into_iter();
        let folders = folders.filter(|folder| folder.wish == Wish::Watch && folder.preset.workspace == *workspace);
        let with_rules = |folder: Folder| Ok((folder.id, folder.path, Rules::of(&folder.preset)?));
        let folders: Vec<(FolderId, PathBuf, Rules)> = folders.map(with_rules).collect::<Result<_, Failure>>()?;
        let here = self.folder.id;
        let mut elsewhere = HashSet::new();
        for Met { asked, folder, there } in aside(move || check::met_elsewhere(here, &asked, &folders)).await? {
            if !elsewhere.contains(&asked) && !self.is_known_there(folder, &there).await? {
                elsewhere.insert(asked);
            }
        }
        Ok(elsewhere)
    }

    /// Whether a line is about what lies there already: then it is another name for the file (a hard link), and nothing
    /// will move there.
    async fn is_known_there(&self, folder: FolderId, there: &Sighting) -> Result<bool, Failure> {
        if folder == self.folder.id {
            return Ok(self.ledger.get(&there.path).is_some_and(|entry| is_as_known(entry, &there.look)));
        }
        let known = self.store.line_at(folder, there.path.clone()).await?;
        Ok(known.is_some_and(|entry| is_as_known(&entry, &there.look)))
    }

    fn is_given_up(&self, path: &Path) -> bool {
        self.stillness.stood(path, Instant::now()).is_some_and(|stood| stood >= self.timing.unfinished)
    }

    async fn give_up(&mut self, path: PathBuf, why: &str) -> Result<(), Failure> {
        let look = self.stillness.look(&path);
        self.stillness.forget(&path);
        let Some(look) = look else { return Ok(()) };
        self.write(vec![NewEntry::of(path, look, Fate::Skipped(why.to_owned()))]).await
    }

    /// What becomes of one file; answers what is to be sent.
    async fn decide(&mut self, rules: &Rules, path: PathBuf, stamp: Stamp) -> Result<Option<Sent>, Failure> {
        let known = match self.ledger.get(&path) {
            // How far its item is by now.
            Some(entry) => self.store.ledger_line(entry.id).await?.map(|(entry, _)| entry).filter(|entry| {
                // Another folder may have met its file meanwhile.
                entry.folder == self.folder.id && entry.path == path
            }),
            None => None,
        };
        let mut alike = self.store.alike(stamp.clone(), self.folder.preset.workspace.clone()).await?;
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
            Decision::Touched => {
                self.look_otherwise(known, path.clone(), &stamp, false).await?;
                self.find_again(&HashMap::from([(path, Look::of(&stamp))])).await?;
            }
            Decision::LeaveChanged => self.look_otherwise(known, path, &stamp, true).await?,
            Decision::Moved(id) => {
                let was = alike.iter().find(|it| it.entry.id == id).map(|it| it.entry.folder);
                self.moved(id, path, &stamp).await?;
                if let Some(other) = was.filter(|was| *was != self.folder.id) {
                    self.watch.has_left(other, id);
                    self.watch.tell(other);
                }
                self.watch.tell(self.folder.id);
            }
            Decision::Compare(id) => {
                let (look, fingerprint) = (Look::of(&stamp), Some(stamp.fingerprint));
                self.stillness.forget(&path);
                self.write(vec![NewEntry { fingerprint, ..NewEntry::of(path, look, Fate::Same(id)) }]).await?;
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
        let sending = known.as_ref().and_then(|entry| entry.sending.as_ref());
        let failure = sending.and_then(|sending| sending.failure.clone());
        let asks = failure.as_ref().is_some_and(|failure| failure.remedy() == Remedy::Settle);
        // One that was only touched is being written by nobody, however long its item is paused.
        if asks || (failure.is_none() && sending.is_some_and(|sending| sending.has_bytes_of(&stamp))) {
            self.asking.insert(path.clone());
        } else {
            self.asking.remove(&path);
        }
        if failure.is_some() && !asks {
            match self.queue.renew(item, stamp.clone()).await {
                // Only what it goes on with is what the line is about: it may be looking for the video of the file as it was.
                Ok(()) if self.has_item_seen(known.as_ref(), &stamp).await? => {
                    return self.look_otherwise(known, path, &stamp, false).await;
                }
                Ok(()) => {}
                Err(failure) => tracing::debug!("{}: not yet: {failure}", path.display()),
            }
        }
        self.stillness.hold(&path, Instant::now());
        Ok(())
    }

    async fn has_item_seen(&self, known: Option<&Entry>, stamp: &Stamp) -> Result<bool, Failure> {
        let Some(entry) = known else { return Ok(false) };
        let line = self.store.ledger_line(entry.id).await?;
        Ok(line.and_then(|(entry, _)| entry.sending?.seen).is_some_and(|seen| seen == *stamp))
    }

    /// The line is about the file as it looks now, which may have changed since it was sent; where it has not, it is what is
    /// sent, or was.
    async fn look_otherwise(
        &mut self,
        known: Option<Entry>,
        path: PathBuf,
        stamp: &Stamp,
        changed: bool,
    ) -> Result<(), Failure> {
        self.stillness.forget(&path);
        self.late.ask(&path);
        let Some(entry) = known else { return Ok(()) };
        // Whoever puts it away or meets a copy of it asks the line, when the item may be gone.
        let sent = (!changed).then(|| stamp.fingerprint.clone());
        self.store.set_look(entry.id, Look::of(stamp), sent.clone(), changed).await?;
        let fingerprint = sent.or(entry.fingerprint);
        self.ledger.insert(path, Entry { look: Look::of(stamp), fingerprint, changed, ..entry });
        self.watch.tell(self.folder.id);
        Ok(())
    }

    async fn moved(&mut self, id: i64, path: PathBuf, stamp: &Stamp) -> Result<(), Failure> {
        self.stillness.forget(&path);
        self.late.ask(&path);
        let look = Look::of(stamp);
        if let Some((Entry { fate: Fate::Queued(item), .. }, _)) = self.store.ledger_line(id).await? {
            self.found_at(item, &path).await;
        }
        self.ledger.retain(|_, entry| entry.id != id);
        let id = self.store.move_line(id, self.folder.id, path.clone(), look).await?;
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
            let beside =
                Beside { files: companions(self.stillness.group(&path).get(1..).unwrap_or_default()), failure: None };
            NewEntry { path, look: Look::of(&stamp), fingerprint: Some(stamp.fingerprint), fate, aftermath, beside }
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
    pub(super) async fn do_what_was_decided(&mut self, rules: &Rules) -> Result<(), Failure> {
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
            decided_about: stamp_of(entry),
            workspace: self.folder.preset.workspace.clone(),
            said: rules.said(&entry.path, entry.look.mtime_ns),
            locale: self.folder.preset.subtitles_locale.clone(),
            replaces: decided.replaces,
            again: decided.again,
        }
    }
}

/// The file of a line that was taken, as it was then.
fn stamp_of(entry: &Entry) -> Option<Stamp> {
    let Look { size, mtime_ns, file_id } = entry.look;
    Some(Stamp { size, mtime_ns, file_id, fingerprint: entry.fingerprint.clone()? })
}

/// Whether this holds of where the file of a line was.
fn alike_means(alike: &[Alike], line: i64, holds: impl Fn(&Path) -> bool) -> bool {
    alike.iter().any(|it| it.entry.id == line && holds(&it.entry.path))
}
