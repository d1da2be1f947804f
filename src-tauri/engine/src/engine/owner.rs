//! The task that owns the queue: it starts what may start, passes wishes on to what runs, and takes in how it ended.
//! Items that do not run are changed here, through the same journal and the same transitions; what is said about them is
//! changed in `owner/wording.rs`, and what a file means that is handed over again is in `owner/adopting.rs`.

mod adopting;
mod archiving;
mod arranging;
mod throttling;
mod turns;
mod wording;

use super::intake::Intake;
use super::parked::Parked;
use super::settling::{Settle, asks};
use super::{Edit, unknown};
use crate::api::{Api, Http};
use crate::failure::{Code, Failure};
use crate::item::{Event, FoundBy, Intent, Item, ItemId, SettleAnswer, Stage, Stamp};
use crate::pace::{Waking, Weather};
use crate::schedule::Queue;
use crate::store::{Brief, With};
use crate::transfer::{Ended, Meter, Site, Transfer, Yard};
use crate::vault::Vault;
use crate::view::{ItemView, Progress, ThrottleView, Update};
use crate::workspace::Origin;
pub(super) use adopting::Adopted;
use archiving::Archiving;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
pub(super) use throttling::Throttling;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{Id, JoinSet};

/// What front ends want of an item.
#[derive(Debug)]
pub(super) enum Change {
    Intend(Intent),
    /// The file as it is now goes along, or why it cannot be had: a drive that does not answer must not hold up the queue.
    Retry(Result<Stamp, Failure>, Option<Box<Intake>>),
    Settle(Settle, Option<Stamp>),
    Edit(Edit),
    /// What lies beside its file now.
    TakeAlong(Box<Intake>),
    /// Its file lies here now.
    FindAt(PathBuf),
    SendNext,
    Clear,
}

/// What front ends want of many items at once.
#[derive(Debug, Clone, Copy)]
pub(super) enum Many {
    /// They were taken in, or perhaps they were before.
    Begin,
    Intend(Intent),
    MoveBefore(Option<ItemId>),
    Clear,
}

/// What front ends want.
#[derive(Debug)]
pub(super) enum Command {
    Change {
        id: ItemId,
        change: Change,
        reply: oneshot::Sender<Result<(), Failure>>,
    },
    Many {
        ids: Vec<ItemId>,
        change: Many,
        reply: oneshot::Sender<Result<(), Failure>>,
    },
    /// Files that were handed over again; each has an outcome of its own, in their order.
    Wake {
        adopted: Vec<Adopted>,
        reply: oneshot::Sender<Vec<Result<(), Failure>>>,
    },
    /// How many items have something before them that may come by itself.
    CountUnfinished {
        reply: oneshot::Sender<usize>,
    },
    Progress {
        reply: oneshot::Sender<Vec<Progress>>,
    },
    /// Chunks in flight at once, at the most.
    InFlight(usize),
    /// How fast, and when, was set anew.
    ThrottleChanged {
        reply: oneshot::Sender<()>,
    },
    Throttle {
        reply: oneshot::Sender<ThrottleView>,
    },
    /// What waits for a person, a drive or a network, told as news.
    Waiting {
        reply: oneshot::Sender<Vec<Update>>,
    },
    /// Somebody signed in: what waits for that goes on.
    SignedIn,
}

/// Items that are read with one question: others wait for the database meanwhile.
const READ_TOGETHER: usize = 256;

struct Running {
    intent: watch::Sender<Intent>,
    meter: Arc<Meter>,
    site: Arc<Site>,
}

pub(super) struct Owner {
    yard: Arc<Yard>,
    vault: Arc<Vault>,
    http: Arc<Http>,
    work: bool,
    queue: Queue,
    running: HashMap<ItemId, Running>,
    parked: Parked,
    throttling: Throttling,
    waking: Waking,
    archiving: Archiving,
    sites: HashMap<Origin, Arc<Site>>,
    tasks: JoinSet<Ended>,
    task_items: HashMap<Id, ItemId>,
    /// Replacements that wait for a person's answer about another one, as it was told: whom, and for which.
    held: HashMap<ItemId, ItemId>,
}

impl Owner {
    pub(super) async fn new(
        (yard, vault, http): (Arc<Yard>, Arc<Vault>, Arc<Http>),
        throttling: Throttling,
        waking: Waking,
        work: bool,
    ) -> Result<Self, Failure> {
        let queue = Queue::new(yard.limits.single_below, yard.store.unfinished().await?);
        let parked = Parked::new(yard.timing);
        let archiving = Archiving::of(&throttling, &yard.timing);
        let mut owner = Self {
            yard,
            vault,
            http,
            work,
            queue,
            running: HashMap::new(),
            parked,
            archiving,
            throttling,
            waking,
            sites: HashMap::new(),
            tasks: JoinSet::new(),
            task_items: HashMap::new(),
            held: HashMap::new(),
        };
        // Before the first item begins.
        owner.read_throttle().await;
        Ok(owner)
    }

    /// Runs until the last handle is gone.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let yard = Arc::clone(&self.yard);
        let mut steering = std::pin::pin!(yard.line.steer(yard.timing.look_at_line));
        loop {
            self.begin_what_fits().await;
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.take_in(ended).await,
                () = self.yard.line.has_room.notified() => {}
                () = &mut steering => {}
                () = self.parked.some_may_go_on() => {}
                () = self.throttling.may_have_changed() => self.follow_throttle(false),
                () = self.archiving.is_due() => self.archive().await,
                slept = self.waking.woke() => self.woke(slept),
            }
        }
        self.tasks.shutdown().await;
    }

    /// The machine slept for so long. Its connections are given up by now.
    ///
    /// How long an attempt that was cut may still be running is left as it was: what lay in the system's buffers goes out
    /// after waking.
    fn woke(&mut self, slept: Duration) {
        self.follow_throttle(false);
        for site in self.sites.values() {
            site.pace.woke(slept);
        }
        self.parked.woke();
        self.archiving.woke();
    }

    async fn begin(&mut self, id: ItemId) -> Result<(), Failure> {
        let item = self.load(id).await?;
        let site = self.site(&item.workspace);
        let meter = Arc::new(Meter::default());
        let (intent, wishes) = watch::channel(item.intent);
        let transfer =
            Transfer::load(Arc::clone(&self.yard), Arc::clone(&site), item, Arc::clone(&meter), wishes).await?;
        let task = self.tasks.spawn(transfer.run());
        self.task_items.insert(task.id(), id);
        self.running.insert(id, Running { intent, meter, site });
        self.queue.set_at_work(id, true);
        Ok(())
    }

    async fn take_in(&mut self, ended: Result<(Id, Ended), tokio::task::JoinError>) {
        let (task, ended) = match ended {
            Ok((task, ended)) => (task, ended),
            Err(error) => {
                let failure = Failure::new(Code::ServerFailed).detail("an internal error").caused_by(&error);
                (error.id(), Ended::Unrecordable(failure))
            }
        };
        let Some(id) = self.task_items.remove(&task) else { return };
        self.running.remove(&id);
        self.queue.set_at_work(id, false);
        match ended {
            Ended::Recorded | Ended::Paused => {
                self.parked.forget(id);
                self.reread(id).await;
                self.cancel_what_failed_meanwhile(id).await;
            }
            Ended::Parked(failure) => {
                self.reread(id).await;
                self.park(id, failure).await;
            }
            Ended::Unrecordable(failure) => {
                self.reread(id).await;
                let _ = self.yard.updates.send(Update::Trouble(failure.clone()));
                self.park(id, failure).await;
            }
        }
    }

    /// A cancel can reach a transfer that is failing in that very moment and reads no more wishes.
    async fn cancel_what_failed_meanwhile(&mut self, id: ItemId) {
        let overlooked = |brief: &Brief| brief.intent == Intent::Cancel && brief.failed && !brief.unsettled;
        if self.queue.get(id).is_some_and(overlooked) {
            if let Err(failure) = self.cancel_resting(id).await {
                let _ = self.yard.updates.send(Update::Trouble(failure));
            }
            self.reread(id).await;
        }
    }

    async fn park(&mut self, id: ItemId, failure: Failure) {
        match self.yard.store.item(id).await {
            Ok(Some(item)) if failure.code == Code::SourceAway => {
                self.parked.for_its_drive(id, &item.source, &item.stamp, item.summary.stored_bytes);
                if item.summary.unsettled {
                    // The video is looked for all the same: that needs no file.
                    self.parked.for_a_while(id);
                }
            }
            _ => self.parked.for_a_while(id),
        }
        self.parked.waits_for(id, failure.clone());
        let _ = self.yard.updates.send(Update::Waiting { id, failure });
    }

    /// Makes the owner's view of an item what the database says, and tells the listeners.
    async fn reread(&mut self, id: ItemId) {
        self.reread_many(&[id]).await;
    }

    /// The same for many, with one question for some hundred of them.
    async fn reread_many(&mut self, ids: &[ItemId]) {
        for ids in ids.chunks(READ_TOGETHER) {
            let items = match self.yard.store.items_called(ids.to_vec()).await {
                Ok(items) => items,
                Err(error) => {
                    let _ = self.yard.updates.send(Update::Trouble(error.into()));
                    return;
                }
            };
            for (id, item) in items {
                self.held.remove(&id);
                let Some(item) = item else {
                    self.queue.remove(id);
                    let _ = self.yard.updates.send(Update::Removed(id));
                    continue;
                };
                if item.summary.is_over() {
                    self.queue.remove(id);
                } else {
                    self.queue.put(item.brief());
                }
                let _ = self.yard.updates.send(Update::Item(Box::new(ItemView::of(&item))));
            }
        }
    }

    async fn load(&self, id: ItemId) -> Result<Item, Failure> {
        self.yard.store.item(id).await?.ok_or_else(|| unknown(id))
    }

    fn site(&mut self, origin: &Origin) -> Arc<Site> {
        if let Some(site) = self.sites.get(origin) {
            return Arc::clone(site);
        }
        let timing = self.yard.timing;
        let api = Api::new(origin.clone(), Arc::clone(&self.http), timing);
        let site = Arc::new(Site::new(api, Arc::clone(&self.vault), timing));
        self.sites.insert(origin.clone(), Arc::clone(&site));
        // When nothing gets through to it any more, others may begin. Ends with the site.
        let (mut weather, yard) = (site.pace.weather(), Arc::clone(&self.yard));
        tokio::spawn(async move {
            while weather.changed().await.is_ok() {
                yard.line.has_room.notify_one();
            }
        });
        site
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Change { id, change, reply } => {
                self.let_end(id).await;
                let result = match change {
                    Change::Intend(intent) => self.set_intent(id, intent).await,
                    Change::Retry(stamp, intake) => self.retry(id, stamp, intake).await,
                    Change::Settle(settle, stamp) => self.settle(id, settle, stamp).await,
                    Change::Edit(edit) => self.edit(id, edit).await,
                    Change::TakeAlong(intake) => self.take_along(id, *intake).await,
                    Change::FindAt(file) => self.find_at(id, file).await,
                    Change::SendNext => self.send_next(id).await,
                    Change::Clear => self.clear(id).await,
                };
                // A caller that went away does not need its answer.
                let _ = reply.send(result);
            }
            Command::Many { ids, change, reply } => {
                let result = match change {
                    Many::Begin => self.begin_many(ids).await,
                    Many::Intend(intent) => self.intend_many(ids, intent).await,
                    Many::MoveBefore(before) => self.move_before(ids, before).await,
                    Many::Clear => self.clear_many(ids).await,
                };
                let _ = reply.send(result);
            }
            Command::Wake { adopted, reply } => {
                let _ = reply.send(self.wake_many(adopted).await);
            }
            Command::CountUnfinished { reply } => {
                let _ = reply.send(self.queue.count_open());
            }
            Command::Progress { reply } => {
                let _ = reply.send(self.progress());
            }
            Command::ThrottleChanged { reply } => {
                self.read_throttle().await;
                let _ = reply.send(());
            }
            Command::Throttle { reply } => {
                let _ = reply.send(self.throttling.view());
            }
            Command::InFlight(in_flight) => self.yard.line.limit(in_flight),
            Command::Waiting { reply } => {
                let told = |(id, failure)| Update::Waiting { id, failure };
                let throttle = self.throttling.says_something().then(|| Box::new(self.throttling.view()));
                let waiting = self.parked.waiting().map(told);
                let _ = reply.send(throttle.map(Update::Throttle).into_iter().chain(waiting).collect());
            }
            Command::SignedIn => {
                self.parked.try_all_now();
                for site in self.sites.values() {
                    // The credential that chunks were refused with may be another one now.
                    site.without_credential.store(false, Ordering::Relaxed);
                }
            }
        }
    }

    /// The end of an item is told before its task returns; whoever hears of it may want something at once, and that
    /// waits until the task has returned.
    async fn let_end(&mut self, id: ItemId) {
        if !self.running.contains_key(&id) {
            return;
        }
        let Ok(Some(item)) = self.yard.store.item(id).await else { return };
        let ended = item.summary.is_over() || item.summary.stage == "failed";
        while ended && self.running.contains_key(&id) {
            let Some(task) = self.tasks.join_next_with_id().await else { return };
            self.take_in(task).await;
        }
    }

    async fn retry(
        &mut self,
        id: ItemId,
        stamp: Result<Stamp, Failure>,
        intake: Option<Box<Intake>>,
    ) -> Result<(), Failure> {
        let item = self.load(id).await?;
        self.parked.release(id);
        if item.intent == Intent::Pause {
            self.set_intent(id, Intent::Run).await?;
        }
        let Some(failure) = item.summary.failure.clone() else {
            return if item.summary.is_over() { Err(not_now(&item)) } else { Ok(()) };
        };
        if failure.code == Code::SourceChanged && !item.summary.unsettled {
            // The file as it is now, from its first byte: nothing of the old one may be continued.
            self.apply_with(id, Event::SourceRenewed, With::Stamp(stamp?)).await?;
        } else if let Some(intake) = intake {
            self.retry_with(&item, *intake).await?;
        } else if failure.code.is_about_companions() && item.summary.video.is_none() {
            // Without a look at what goes with it, it would go without.
            return Err(not_now(&item));
        } else {
            self.apply(id, Event::Retried).await?;
        }
        self.reread(id).await;
        Ok(())
    }

    async fn settle(&mut self, id: ItemId, settle: Settle, stamp: Option<Stamp>) -> Result<(), Failure> {
        let item = self.load(id).await?;
        if !asks(&item) {
            return Err(not_now(&item));
        }
        let mut with = With::Nothing;
        let answer = match settle {
            Settle::KeepLooking => SettleAnswer::KeepLooking,
            Settle::SendAgain => {
                // A file that is not there is no reason to keep the question open: the transfer says so.
                with = stamp.map_or(With::Nothing, With::Stamp);
                // The latest word counts, over a pause or a cancel that met the question.
                self.yard.store.set_intent(id, Intent::Run).await?;
                SettleAnswer::SendAgain
            }
            Settle::Arrived(video) => {
                let stage = self.stage(id).await?;
                SettleAnswer::Arrived(item.stored(video, FoundBy::Person, stage.session()))
            }
        };
        self.apply_with(id, Event::Settled(answer), with).await?;
        self.reread(id).await;
        Ok(())
    }

    async fn stage(&self, id: ItemId) -> Result<Stage, Failure> {
        let events = self.yard.store.journal(id).await?;
        Stage::replay(events.into_iter().map(|(_, event)| event))
            .map_err(|illegal| Failure::new(Code::JournalInconsistent).caused_by(&illegal))
    }

    async fn apply(&self, id: ItemId, event: Event) -> Result<(), Failure> {
        self.apply_with(id, event, With::Nothing).await
    }

    /// Records an event of an item that does not run.
    async fn apply_with(&self, id: ItemId, event: Event, with: With) -> Result<(), Failure> {
        if self.running.contains_key(&id) {
            return Err(Failure::new(Code::NotPossibleNow).detail(id.to_string()));
        }
        let after = self
            .stage(id)
            .await?
            .next(event.clone())
            .map_err(|illegal| Failure::new(Code::NotPossibleNow).detail(illegal.to_string()))?;
        Ok(self.yard.store.append(id, &event, &after, with).await?)
    }

    fn progress(&self) -> Vec<Progress> {
        let held_up = |site: &Site| match &*site.pace.weather().borrow() {
            Weather::Fair => None,
            Weather::Waiting { trouble, .. } => Some(trouble.failure()),
        };
        self.running
            .iter()
            .map(|(id, running)| Progress {
                id: *id,
                sent: running.meter.sent.load(Ordering::Relaxed),
                resent: running.meter.resent.load(Ordering::Relaxed),
                processing: running.meter.processing.percent(),
                held_up: held_up(&running.site),
            })
            .collect()
    }
}

fn not_now(item: &Item) -> Failure {
    Failure::new(Code::NotPossibleNow).detail(item.summary.stage.clone())
}
