//! News on their way to the pages: at most ten a second, and only what is different. The pages ask for everything once
//! ([`Updates::see`]) and then follow; the numbers of what they are told go up by one. Where news were missed a number is
//! left out, and the pages ask for everything again.
//!
//! One task follows the engine. What it has not told yet is kept by item, so a flood of news costs no more than the items
//! that it is about; and what was told before a look at everything is part of that look, so nothing goes back on the screen.

mod followed;
mod pending;

pub(crate) use followed::{Queue, at, next};

use crate::folders::FolderRow;
use crate::folders::following::{Following, Revisions};
use crate::place::Feed;
use crate::rows::{Progress, Row, Stage};
use crate::settings::Settings;
use crate::sights::Sights;
use crate::sign_in::Workspace;
use crate::speed::Speed;
use crate::told::{Told, Voice};
use pending::Pending;
use serde::Serialize;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::ItemId;
use slipway_engine::{ItemView, Mark, Part, Progress as Running, Update};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use ts_rs::TS;

/// Between one telling and the next, so that there are at most ten a second.
const SHORTEST: Duration = Duration::from_millis(100);

/// Between two looks at how far things are when nothing has moved for a while; until then the pauses become longer. A
/// server takes its time to make a video playable, and a network may be away for hours.
const QUIET: Duration = Duration::from_secs(1);

/// Between two tellings of what came to be known of files. Facts of ten thousand come one after the other for minutes, and
/// nobody reads a length ten times a second.
const FACTS: Duration = Duration::from_secs(1);

/// Rows in the first look: more than a window shows.
const FIRST: usize = 200;

/// Rows in each part of what is left then.
const PART: usize = 2_000;

/// Rows in one telling. A page draws that many in one go; the rest follows in the next.
const ROWS: usize = 500;

/// What is different since the telling before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Changes {
    pub(crate) seq: u32,
    pub(crate) rows: Vec<Row>,
    pub(crate) removed: Vec<ItemId>,
    /// Of all that run; `null` is as before.
    pub(crate) progress: Option<Vec<Progress>>,
    pub(crate) workspaces: Option<Vec<Workspace>>,
    pub(crate) folders: Option<Vec<FolderRow>>,
    pub(crate) settings: Option<Settings>,
    pub(crate) speed: Option<Speed>,
    #[ts(inline)]
    pub(crate) keychain: Option<State>,
    #[ts(inline)]
    pub(crate) trouble: Option<State>,
}

/// Something that is well, or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct State {
    told: Option<Told>,
}

/// Everything, at one moment.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) seq: u32,
    pub(crate) rows: Vec<Row>,
    /// Where the rows begin that are left to be asked for.
    pub(crate) rest: Option<Mark>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) folders: Vec<FolderRow>,
    pub(crate) keychain: Option<Told>,
    pub(crate) trouble: Option<Told>,
    /// Items that were there and not over at the first look.
    pub(crate) found: usize,
}

/// More of the rows.
#[derive(Debug, Serialize, TS)]
pub(crate) struct More {
    rows: Vec<Row>,
    /// Where the next ones begin; `null` when these are the last.
    #[ts(inline)]
    rest: Option<Mark>,
}

/// What there is to tell that does not come from the queue.
#[derive(Debug)]
pub(crate) enum News {
    Workspaces(Vec<Workspace>),
    Settings(Settings),
    /// Why the keychain is not ready, if it is not.
    Keychain(Option<Failure>),
    /// Everything reads differently now.
    Language,
}

/// The way to the task that tells. It ends when nobody holds one any more.
#[derive(Debug, Clone)]
pub(crate) struct Updates {
    asks: mpsc::UnboundedSender<Ask>,
    revisions: Revisions,
}

#[derive(Debug)]
enum Ask {
    See(oneshot::Sender<Seen>),
    More(Mark, oneshot::Sender<Result<More, Failure>>),
    Tell(News),
}

impl Updates {
    /// Follows a queue, each engine that is opened for it, and what comes to be seen of its files.
    pub(crate) fn follow(
        queue: std::sync::Arc<impl Queue>,
        opened: mpsc::UnboundedReceiver<Feed>,
        voice: Voice,
        sights: Sights,
        seen: mpsc::UnboundedReceiver<ItemId>,
        tell: impl Fn(Changes) + Send + Sync + 'static,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (asks, asked) = mpsc::unbounded_channel();
        let revisions = Revisions::default();
        let follower = Follower {
            queue,
            voice,
            sights,
            tell,
            feed: None,
            has_followed: false,
            seq: 0,
            found: None,
            pending: Pending::default(),
            waiting: HashMap::new(),
            moving: HashSet::new(),
            running: Vec::new(),
            folders: Following::new(revisions.clone()),
            pause: SHORTEST,
            keychain: None,
            trouble: None,
            told_at: Instant::now(),
            facts_at: None,
        };
        (Self { asks, revisions }, follower.run(asked, opened, seen))
    }

    /// Everything, as it is now. `None` when the program ends.
    pub(crate) async fn see(&self) -> Option<Seen> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::See(reply)).ok()?;
        answer.await.ok()
    }

    /// What is left of everything, behind a mark. `None` when the program ends.
    pub(crate) async fn see_more(&self, after: Mark) -> Option<Result<More, Failure>> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::More(after, reply)).ok()?;
        answer.await.ok()
    }

    /// How often the ledgers may have changed, as the pages hear it.
    pub(crate) fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Tells in the next telling.
    pub(crate) fn tell(&self, news: News) {
        // Whoever told the pages is gone only with them.
        let _ = self.asks.send(Ask::Tell(news));
    }
}

struct Follower<Q, T> {
    queue: std::sync::Arc<Q>,
    voice: Voice,
    sights: Sights,
    tell: T,
    feed: Option<Feed>,
    has_followed: bool,
    seq: u32,
    /// Items that were there at the first look; none where there was none.
    found: Option<usize>,
    pending: Pending,
    /// Why items do not go on, as was told last.
    waiting: HashMap<ItemId, Failure>,
    /// Items that may move.
    moving: HashSet<ItemId>,
    /// How far they were at the last telling.
    running: Vec<Running>,
    folders: Following,
    /// Until the next look at that.
    pause: Duration,
    keychain: Option<Failure>,
    trouble: Option<Failure>,
    told_at: Instant,
    /// When facts were told last.
    facts_at: Option<Instant>,
}

impl<Q: Queue, T: Fn(Changes) + Send + Sync> Follower<Q, T> {
    async fn run(
        mut self,
        mut asked: mpsc::UnboundedReceiver<Ask>,
        mut opened: mpsc::UnboundedReceiver<Feed>,
        mut seen: mpsc::UnboundedReceiver<ItemId>,
    ) {
        loop {
            let due = self.due();
            tokio::select! {
                ask = asked.recv() => match ask {
                    None => return,
                    Some(Ask::See(reply)) => {
                        self.adopt(&mut opened);
                        // Whoever asked may have gone.
                        let _ = reply.send(self.see().await);
                    }
                    Some(Ask::More(after, reply)) => {
                        let _ = reply.send(self.see_more(after).await);
                    }
                    Some(Ask::Tell(news)) => self.hear(news),
                },
                Some(feed) = opened.recv() => self.follow(feed),
                update = next(&mut self.feed) => self.note(update),
                Some(id) = seen.recv() => {
                    self.pending.seen.insert(id);
                }
                () = at(due) => self.tick().await,
            }
        }
    }

    /// When there may be something to tell.
    fn due(&self) -> Option<Instant> {
        let pause = match (self.pending.is_empty(), self.moving.is_empty()) {
            (false, _) => Some(SHORTEST),
            (true, false) => Some(self.pause),
            (true, true) => None,
        };
        let folders = self.folders.due().map(|due| due.max(self.told_at + SHORTEST));
        let facts = (!self.pending.seen.is_empty()).then(|| self.facts_due());
        pause.map(|pause| self.told_at + pause).into_iter().chain(folders).chain(facts).min()
    }

    fn facts_due(&self) -> Instant {
        let soon = self.told_at + SHORTEST;
        self.facts_at.map_or(soon, |at| soon.max(at + FACTS))
    }

    fn adopt(&mut self, opened: &mut mpsc::UnboundedReceiver<Feed>) {
        while let Ok(feed) = opened.try_recv() {
            self.follow(feed);
        }
    }

    fn follow(&mut self, feed: Feed) {
        // The first engine is looked at from its start on; another may know better by now.
        self.pending.gap |= self.has_followed;
        self.has_followed = true;
        self.feed = Some(feed);
        self.folders.all_may_differ();
        self.set_trouble(None);
    }

    /// Everything. What was heard before the look is in it. The first time it is the beginning of everything: a window
    /// with a long queue is to show something at once, and asks for the rest. Later it has rows to keep.
    async fn see(&mut self) -> Seen {
        while let Some(Ok(update)) = self.feed.as_mut().map(Feed::try_recv) {
            self.note(Ok(update));
        }
        self.pending = Pending::default();
        let looked = if self.found.is_none() { self.look_first().await } else { self.look_at_all().await };
        let ((items, rest), closed) =
            looked.map_or_else(|failure| ((Vec::new(), None), Some(failure)), |seen| (seen, None));
        self.moving = items.iter().filter(|it| may_move(it)).map(|it| it.id).collect();
        self.running = self.progress().await;
        Seen {
            seq: self.seq,
            rows: items.iter().map(|item| self.row(item)).collect(),
            rest,
            progress: self.running.iter().map(|it| Progress::of(it, &self.voice)).collect(),
            folders: self.folders.all(&*self.queue, &self.voice).await,
            keychain: self.keychain.as_ref().map(|failure| self.voice.tell(failure)),
            trouble: closed.as_ref().or(self.trouble.as_ref()).map(|failure| self.voice.tell(failure)),
            found: *self.found.get_or_insert(0),
        }
    }

    async fn look_first(&mut self) -> Result<(Vec<ItemView>, Option<Mark>), Failure> {
        let Part { items, rest, unfinished } = self.queue.part(None, FIRST).await?;
        self.found = unfinished;
        Ok((items, rest))
    }

    async fn look_at_all(&mut self) -> Result<(Vec<ItemView>, Option<Mark>), Failure> {
        let items = self.queue.items().await?;
        let there: HashSet<ItemId> = items.iter().map(|it| it.id).collect();
        self.sights.keep_only(&there);
        self.waiting.retain(|id, _| there.contains(id));
        Ok((items, None))
    }

    /// The items behind a mark, as they are now. What changed since the telling before is told in the next one, so whoever
    /// puts these in place of what they have ends with what is true.
    async fn see_more(&mut self, after: Mark) -> Result<More, Failure> {
        let Part { items, rest, .. } = self.queue.part(Some(after), PART).await?;
        self.moving.extend(items.iter().filter(|it| may_move(it)).map(|it| it.id));
        Ok(More { rows: items.iter().map(|item| self.row(item)).collect(), rest })
    }

    fn hear(&mut self, news: News) {
        match news {
            News::Workspaces(workspaces) => self.pending.workspaces = Some(workspaces),
            News::Settings(settings) => self.pending.settings = Some(settings),
            News::Keychain(failure) => self.set_keychain(failure),
            News::Language => self.pending.gap = true,
        }
    }

    fn note(&mut self, update: Result<Update, RecvError>) {
        if let Ok(update) = &update {
            self.folders.note(update);
        }
        match update {
            Ok(Update::Item(item)) => {
                self.waiting.remove(&item.id);
                if may_move(&item) {
                    self.moving.insert(item.id)
                } else {
                    self.moving.remove(&item.id)
                };
                self.pending.removed.remove(&item.id);
                self.pending.unread.remove(&item.id);
                self.pending.seen.remove(&item.id);
                self.pending.items.insert(item.id, item);
                // Something could be written.
                self.set_trouble(None);
            }
            Ok(Update::Waiting { id, failure }) => {
                if matches!(failure.code, Code::KeychainLocked | Code::KeychainMissing | Code::KeychainFailed) {
                    self.set_keychain(Some(failure.clone()));
                }
                self.waiting.insert(id, failure);
                self.look_again(id);
            }
            Ok(Update::Removed(id)) => {
                self.waiting.remove(&id);
                self.sights.forget(id);
                self.moving.remove(&id);
                self.pending.items.remove(&id);
                self.pending.unread.remove(&id);
                self.pending.seen.remove(&id);
                self.pending.removed.insert(id);
            }
            Ok(Update::Trouble(failure)) => self.set_trouble(Some(failure)),
            Ok(Update::Throttle(view)) => self.pending.speed = Some(Speed::of(&view)),
            Ok(Update::Folder(_)) => {}
            Ok(Update::Missed) | Err(RecvError::Lagged(_)) => {
                self.folders.all_may_differ();
                self.pending.gap = true;
            }
            Err(RecvError::Closed) => self.feed = None,
        }
    }

    /// Something is new about an item that does not stand in its view.
    fn look_again(&mut self, id: ItemId) {
        if !self.pending.items.contains_key(&id) {
            self.pending.unread.insert(id);
        }
    }

    fn set_keychain(&mut self, failure: Option<Failure>) {
        self.pending.keychain |= self.keychain != failure;
        self.keychain = failure;
    }

    fn set_trouble(&mut self, failure: Option<Failure>) {
        self.pending.trouble |= self.trouble != failure;
        self.trouble = failure;
    }

    async fn tick(&mut self) {
        if Instant::now() >= self.facts_due() {
            let seen = std::mem::take(&mut self.pending.seen);
            self.facts_at = Some(Instant::now()).filter(|_| !seen.is_empty()).or(self.facts_at);
            for id in seen {
                self.look_again(id);
            }
        }
        let running = self.progress().await;
        let moved = running != self.running;
        let folders = self.folders.news(&*self.queue, &self.voice).await;
        let news = folders.is_some() || !self.pending.is_empty();
        self.told_at = Instant::now();
        self.pause = if moved || news { SHORTEST } else { (self.pause * 2).min(QUIET) };
        if !moved && !news {
            return;
        }
        let Pending { mut items, mut unread, seen, removed, workspaces, settings, speed, keychain, trouble, gap } =
            std::mem::take(&mut self.pending);
        while items.len() < ROWS
            && let Some(id) = unread.pop_first()
        {
            // One that is not there any more is told as that.
            if let Ok(item) = self.queue.item(id).await {
                items.insert(id, Box::new(item));
            }
        }
        if let Some(first) = items.keys().nth(ROWS).copied() {
            self.pending.items = items.split_off(&first);
        }
        self.pending.unread = unread;
        self.pending.seen = seen;
        self.running = running;
        self.seq += if gap { 2 } else { 1 };
        let state = |failure: &Option<Failure>| State { told: failure.as_ref().map(|it| self.voice.tell(it)) };
        (self.tell)(Changes {
            seq: self.seq,
            rows: items.values().map(|item| self.row(item)).collect(),
            removed: removed.into_iter().collect(),
            progress: moved.then(|| self.running.iter().map(|it| Progress::of(it, &self.voice)).collect()),
            workspaces,
            folders,
            settings,
            speed,
            keychain: keychain.then(|| state(&self.keychain)),
            trouble: trouble.then(|| state(&self.trouble)),
        });
    }

    fn row(&self, item: &ItemView) -> Row {
        let sight = self.sights.of(item.id, &item.file, item.total);
        Row::of(item, self.waiting.get(&item.id), sight, &self.voice)
    }

    /// How far the running items are; none run where there is no engine.
    async fn progress(&self) -> Vec<Running> {
        if self.moving.is_empty() {
            return Vec::new();
        }
        let mut running = self.queue.progress().await.unwrap_or_default();
        running.sort_by_key(|it| it.id);
        running
    }
}

/// Whether an item has something before it that may come by itself.
fn may_move(item: &ItemView) -> bool {
    matches!(Stage::named(&item.stage), Stage::Queued | Stage::Uploading | Stage::Confirming | Stage::Stored)
}

#[cfg(test)]
pub(crate) mod tests;
