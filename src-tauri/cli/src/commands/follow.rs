//! Following items until nothing more happens to them by itself.

use super::pages::{Pages, TOGETHER};
use crate::exit::Exit;
use crate::report::{Report, Summary};
use slipway_engine::failure::{Failure, Remedy};
use slipway_engine::item::{Intent, ItemId};
use slipway_engine::{FolderState, Front, Hold, InForce, ItemView, Update};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};
use tokio::time::Instant;

/// How often progress is told: at most twice a second.
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// Weight of the newest measurement in the smoothed speed: half of it is younger than about two seconds.
const SMOOTHING: f64 = 0.15;

/// How often the queue is read until nothing happened meanwhile. More would be spent in vain on a queue that never rests.
const READINGS: usize = 3;

/// What is followed.
pub(crate) struct Follow {
    items: HashMap<ItemId, Followed>,
    /// Follow every item that the engine tells of, not only those that were given.
    everything: bool,
    /// Whoever handed the files over is told here what became of them.
    tells_who_handed_over: bool,
    /// Go on even when nothing is left to do.
    forever: bool,
    /// What may still come out of the watched folders, or is to be done in them, is waited for.
    with_folders: bool,
    /// There is something of that.
    folders_at_work: bool,
    deadline: Option<Instant>,
    /// What may be sent.
    now: InForce,
}

/// Small, and what is large in a box: there may be a hundred thousand.
struct Followed {
    view: Box<ItemView>,
    waits_for: Option<Box<Failure>>,
    /// Why nothing of it is sent, as it was told.
    held: Option<Hold>,
    /// Its end was told; news from before that may still come.
    told: bool,
    since: Instant,
    resent: u64,
    sent: u64,
    bytes_per_s: f64,
}

impl Followed {
    fn new(view: ItemView) -> Self {
        let (sent, resent) = (view.stored, view.resent);
        Self {
            view: Box::new(view),
            waits_for: None,
            held: None,
            told: false,
            since: Instant::now(),
            resent,
            sent,
            bytes_per_s: 0.0,
        }
    }

    fn becomes(&mut self, view: ItemView) {
        if self.view.stage != view.stage {
            self.waits_for = None;
        }
        self.resent = self.resent.max(view.resent);
        *self.view = ItemView { resent: self.resent, ..view };
    }

    /// Nothing happens to it any more without somebody's doing.
    fn rests(&self) -> bool {
        let paused = self.view.intent == Intent::Pause && !self.view.unsettled;
        matches!(self.view.stage.as_str(), "done" | "failed" | "cancelled") || paused || self.waits_for_person()
    }

    /// Nothing of it is sent for now, or it is again.
    fn tell_hold(&mut self, now: &InForce, report: &mut dyn Report) {
        let has_bytes = matches!(self.view.stage.as_str(), "queued" | "uploading") && self.view.intent == Intent::Run;
        let hold = now.hold(self.view.lane).filter(|_| has_bytes);
        if self.held != hold
            && let Some(hold) = hold
        {
            report.waiting(&self.view, &hold.failure());
        }
        self.held = hold;
    }

    fn waits_for_person(&self) -> bool {
        let remedy = self.waits_for.as_deref().map(Failure::remedy);
        matches!(remedy, Some(Remedy::SignIn | Remedy::Settle | Remedy::FixSettings))
    }
}

impl Follow {
    /// Items that are still to be given, [one by one](Self::add).
    pub(crate) fn some(give_up_after: Option<Duration>) -> Self {
        // Longer than the clock goes means for ever.
        let deadline = give_up_after.and_then(|after| Instant::now().checked_add(after));
        let (with_folders, folders_at_work) = (false, false);
        let (everything, forever) = (false, false);
        let now = InForce::default();
        let items = HashMap::new();
        Self { items, everything, tells_who_handed_over: true, forever, with_folders, folders_at_work, deadline, now }
    }

    /// Whatever is in the queue, or comes to be, as long as it is not over.
    pub(crate) fn everything(forever: bool) -> Self {
        let (with_folders, folders_at_work) = (!forever, !forever);
        let some = Self::some(None);
        Self { everything: true, tells_who_handed_over: false, forever, with_folders, folders_at_work, ..some }
    }

    /// This one, too.
    pub(crate) fn add(&mut self, item: ItemView) {
        self.items.insert(item.id, Followed::new(item));
    }

    /// Follows to the end, or until a person interrupts or the time is up.
    pub(crate) async fn until_the_end(
        mut self,
        front: &Front,
        mut updates: Receiver<Update>,
        report: &mut dyn Report,
    ) -> Result<(Exit, Summary), Failure> {
        // However short the time, what is over by now is found out.
        let deadline = self.deadline.map(|deadline| deadline.max(Instant::now() + TOLD_EVERY));
        let time_is_up = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        // Around everything: a process that owns the queue and does not answer keeps nobody here.
        let cut_short = tokio::select! {
            biased;
            followed = self.follow(front, &mut updates, report) => followed.map(|()| None)?,
            () = interruption() => Some(Exit::Interrupted),
            () = time_is_up => Some(Exit::GaveUp),
        };
        let summary = self.summary();
        let exit = cut_short.into_iter().chain(self.items.values().map(exit_of)).max();
        Ok((exit.unwrap_or(Exit::Done), summary))
    }

    async fn follow(
        &mut self,
        front: &Front,
        updates: &mut Receiver<Update>,
        report: &mut dyn Report,
    ) -> Result<(), Failure> {
        let mut ticks = tokio::time::interval(TOLD_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut told_at = Instant::now();
        // The items as they are may be further than when they were taken in.
        self.reread(front, updates, report).await?;
        self.tell_holds(front.throttle().await?.now, report);
        while self.goes_on(front).await? {
            tokio::select! {
                update = updates.recv() => match update {
                    Ok(Update::Missed) => {
                        self.begin_anew();
                        self.reread(front, updates, report).await?;
                    }
                    Err(RecvError::Lagged(_)) => self.reread(front, updates, report).await?,
                    Ok(update) => self.take_in(front, update, report).await?,
                    Err(RecvError::Closed) => break,
                },
                _ = ticks.tick() => {
                    let elapsed = told_at.elapsed().as_secs_f64();
                    told_at = Instant::now();
                    self.tell_progress(front, report, elapsed).await?;
                    if self.folders_at_work && !folders_at_work(front).await? {
                        self.folders_at_work = false;
                        // What came out of them at last may not have been heard of.
                        self.reread(front, updates, report).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn goes_on(&mut self, front: &Front) -> Result<bool, Failure> {
        let works = self.forever || self.folders_at_work || !self.items.values().all(Followed::rests);
        if !works && self.with_folders {
            // Files whose videos are there by now may have to be put away.
            self.folders_at_work = folders_at_work(front).await?;
        }
        Ok(works || self.folders_at_work)
    }

    async fn take_in(&mut self, front: &Front, update: Update, report: &mut dyn Report) -> Result<(), Failure> {
        match update {
            Update::Item(view) => {
                // An item that waits says so after everything else that is said of it: by now it goes on.
                if let Some(followed) = self.items.get_mut(&view.id) {
                    followed.waits_for = None;
                }
                self.changed(front, *view, report).await?;
            }
            Update::Waiting { id, failure } => {
                if let Some(followed) = self.items.get_mut(&id) {
                    report.waiting(&followed.view, &failure);
                    followed.waits_for = Some(Box::new(failure));
                }
            }
            Update::Removed(id) => {
                self.items.remove(&id);
            }
            Update::Throttle(throttle) => self.tell_holds(throttle.now, report),
            // Of the first, whoever gets it has read the queue, or is about to.
            Update::Missed | Update::Folder(_) => {}
            // Without a journal nothing may go on, and nobody would know.
            Update::Trouble(failure) => return Err(failure),
        }
        Ok(())
    }

    fn tell_holds(&mut self, now: InForce, report: &mut dyn Report) {
        self.now = now;
        for followed in self.items.values_mut() {
            followed.tell_hold(&now, report);
        }
    }

    async fn changed(&mut self, front: &Front, view: ItemView, report: &mut dyn Report) -> Result<(), Failure> {
        if !self.everything && !self.items.contains_key(&view.id) {
            return Ok(());
        }
        let followed = match self.items.entry(view.id) {
            Entry::Vacant(place) => {
                // It was there before us, or somebody else handed it over meanwhile.
                report.queued(&view, false);
                place.insert(Followed::new(view))
            }
            Entry::Occupied(known) => {
                let followed = known.into_mut();
                if followed.told {
                    return Ok(());
                }
                followed.becomes(view);
                followed
            }
        };
        report.changed(&followed.view, followed.since.elapsed().as_secs_f64());
        followed.tell_hold(&self.now, report);
        followed.told = followed.view.is_over();
        if followed.view.stage == "done" && self.tells_who_handed_over {
            // From now on the same file means a new upload.
            front.reported(followed.view.id).await?;
        }
        Ok(())
    }

    /// Another process may own the queue by now: what waited there may go on, and what still waits is told again.
    fn begin_anew(&mut self) {
        for followed in self.items.values_mut() {
            followed.waits_for = None;
        }
    }

    /// Goes by the queue itself. News that came before it was read tell of the past and are passed over.
    async fn reread(
        &mut self,
        front: &Front,
        updates: &mut Receiver<Update>,
        report: &mut dyn Report,
    ) -> Result<(), Failure> {
        let mut others = Vec::new();
        for _ in 0..READINGS {
            loop {
                match updates.try_recv() {
                    Ok(Update::Missed) => {
                        self.begin_anew();
                        others.retain(|update| !matches!(update, Update::Waiting { .. }));
                    }
                    Ok(Update::Item(_)) | Err(TryRecvError::Lagged(_)) => {}
                    Ok(update) => others.push(update),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            let seen = if self.everything { self.read_everything(front, report).await? } else { HashSet::new() };
            // What changes its place may be in none of the parts.
            let unseen = self.items.keys().filter(|id| !seen.contains(id)).copied().collect();
            self.read_these(front, unseen, report).await?;
            if updates.is_empty() {
                break;
            }
        }
        for update in others {
            self.take_in(front, update, report).await?;
        }
        Ok(())
    }

    /// Reads the queue a part at a time; answers what is in it.
    async fn read_everything(&mut self, front: &Front, report: &mut dyn Report) -> Result<HashSet<ItemId>, Failure> {
        let (mut seen, mut pages) = (HashSet::new(), Pages::of(front));
        while let Some(items) = pages.next().await? {
            for view in items {
                seen.insert(view.id);
                if self.items.contains_key(&view.id) || !view.is_over() {
                    self.changed(front, view, report).await?;
                }
            }
        }
        Ok(seen)
    }

    /// Reads these, beside however many others. Of what was cleared meanwhile nothing more is heard.
    async fn read_these(&mut self, front: &Front, ids: Vec<ItemId>, report: &mut dyn Report) -> Result<(), Failure> {
        for ids in ids.chunks(TOGETHER) {
            let mut gone: HashSet<ItemId> = ids.iter().copied().collect();
            for view in front.items_called(ids.to_vec()).await? {
                gone.remove(&view.id);
                self.changed(front, view, report).await?;
            }
            for id in gone {
                self.items.remove(&id);
            }
        }
        Ok(())
    }

    async fn tell_progress(&mut self, front: &Front, report: &mut dyn Report, elapsed: f64) -> Result<(), Failure> {
        for progress in front.progress().await? {
            let Some(followed) = self.items.get_mut(&progress.id) else { continue };
            // Only what runs has progress.
            followed.waits_for = None;
            let moved = progress.sent.saturating_sub(followed.sent) as f64 / elapsed.max(0.001);
            followed.bytes_per_s += SMOOTHING * (moved - followed.bytes_per_s);
            followed.sent = progress.sent;
            followed.resent = followed.resent.max(progress.resent);
            if matches!(followed.view.stage.as_str(), "uploading" | "confirming") || progress.held_up.is_some() {
                report.progress(&followed.view, &progress, followed.bytes_per_s as u64);
            }
        }
        Ok(())
    }

    fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for followed in self.items.values() {
            match exit_of(followed) {
                Exit::Done if followed.view.stage == "done" => summary.done += 1,
                Exit::ItemFailed => summary.failed += 1,
                Exit::Person => summary.person += 1,
                _ if !followed.rests() => summary.left += 1,
                _ => {}
            }
        }
        summary
    }
}

/// Whether something may still come out of a watched folder by itself, or is to be done in it: it is not looked through yet,
/// a file in it does not stand still yet, or one is to be put away.
async fn folders_at_work(front: &Front) -> Result<bool, Failure> {
    let begins = |state| matches!(state, FolderState::Unattended | FolderState::Looking);
    Ok(front.folders().await?.iter().any(|folder| begins(folder.state) || folder.writing + folder.finishing > 0))
}

fn exit_of(followed: &Followed) -> Exit {
    match (&followed.view.failure, &followed.waits_for) {
        (Some(failure), _) => match Exit::of(failure) {
            Exit::Person => Exit::Person,
            _ => Exit::ItemFailed,
        },
        (None, Some(_)) if followed.waits_for_person() => Exit::Person,
        _ => Exit::Done,
    }
}

/// Ctrl-C, or a service manager's polite request.
async fn interruption() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_engine::failure::Code;
    use slipway_engine::workspace::Origin;
    use slipway_engine::{Add, Config, Progress};
    use std::path::Path;

    struct Silent;

    impl Report for Silent {
        fn queued(&mut self, _: &ItemView, _: bool) {}
        fn goes_with(&mut self, _: &Path, _: &Path) {}
        fn refused(&mut self, _: &Path, _: &Failure) {}
        fn changed(&mut self, _: &ItemView, _: f64) {}
        fn waiting(&mut self, _: &ItemView, _: &Failure) {}
        fn progress(&mut self, _: &ItemView, _: &Progress, _: u64) {}
        fn end(&mut self, _: &Summary) {}
    }

    /// A queue that nobody works off, with one item in it.
    async fn resting(folder: &Path) -> (Front, ItemView) {
        let file = folder.join("talk.mp4");
        std::fs::write(&file, "bytes").unwrap();
        let front = Front::open(Config { work: false, ..Config::new(folder.join("home")) }).await.unwrap();
        let add = Add::new(file, Origin::parse("video.example.com").unwrap());
        let item = front.add(add).await.unwrap().item;
        (front, item)
    }

    #[tokio::test]
    async fn an_item_that_goes_on_waits_for_nobody_even_in_the_same_stage() {
        let folder = tempfile::tempdir().unwrap();
        let (front, item) = resting(folder.path()).await;
        let mut follow = Follow::some(None);
        follow.add(item.clone());
        let mut report = Silent;
        let waiting = Update::Waiting { id: item.id, failure: Failure::new(Code::KeychainLocked) };
        follow.take_in(&front, waiting, &mut report).await.unwrap();
        assert!(follow.items[&item.id].rests());
        follow.take_in(&front, Update::Item(Box::new(item.clone())), &mut report).await.unwrap();
        assert!(!follow.items[&item.id].rests());
        front.stop().await;
    }

    #[tokio::test]
    async fn what_waited_where_another_process_owned_the_queue_waits_only_if_that_is_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let (front, item) = resting(folder.path()).await;
        let waiting = || Update::Waiting { id: item.id, failure: Failure::new(Code::KeychainLocked) };
        for (news, rests) in
            [(vec![waiting()], true), (vec![waiting(), Update::Missed], false), (vec![Update::Missed, waiting()], true)]
        {
            let (sender, mut updates) = tokio::sync::broadcast::channel(8);
            let mut follow = Follow::some(None);
            follow.add(item.clone());
            follow.take_in(&front, waiting(), &mut Silent).await.unwrap();
            for update in news.clone() {
                sender.send(update).unwrap();
            }
            follow.reread(&front, &mut updates, &mut Silent).await.unwrap();
            assert_eq!(follow.items[&item.id].rests(), rests, "{news:?}");
        }
        front.stop().await;
    }

    #[test]
    fn a_limit_beyond_the_end_of_time_is_none() {
        assert!(Follow::some(Some(Duration::MAX)).deadline.is_none());
        assert!(Follow::some(Some(Duration::from_secs(1))).deadline.is_some());
    }
}
