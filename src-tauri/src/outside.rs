//! What is seen of Slipway outside its window: the icon in the tray, the bar in the taskbar, the desktop's notifications,
//! and a machine that stays awake while bytes move.
//!
//! One task follows the engine and keeps a tally (`outside/tally.rs`). What the icon says of it (`outside/face.rs`) and when
//! something is said (`outside/notices.rs`) are pure; `signs.rs`, `tray.rs` and what stands beside them show it.

pub(crate) mod face;
pub(crate) mod notices;
pub(crate) mod tally;

use crate::desktop::{Desktop, off_thread};
use crate::means::Means;
use crate::place::Feed;
use crate::told::Voice;
use crate::updates::{Queue, at, next};
use face::Face;
use notices::{Notice, Notices};
use slipway_engine::failure::Failure;
use slipway_engine::item::ItemId;
use slipway_engine::{FolderState, Part, Update};
use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tally::{Counts, Seen, Tally};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Between two looks: nobody reads a tray more often.
const PAUSE: Duration = Duration::from_secs(1);

/// Items in each part of the first look.
const PART: usize = 2_000;

/// What the desktop shows of Slipway beside its window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signs {
    /// The icon in the tray.
    pub(crate) face: Face,
    /// The bar in the taskbar.
    pub(crate) percent: Option<u8>,
    /// Why the machine is not to fall asleep by itself; nothing where it may.
    pub(crate) awake: Option<String>,
}

/// What is left to do, as whoever closes the window wants to know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// Items that would go on.
    pub(crate) unfinished: usize,
    /// Whether folders are watched.
    pub(crate) watches: bool,
}

impl Work {
    pub(crate) fn is_any(self) -> bool {
        self.unfinished > 0 || self.watches
    }
}

/// The way to the task.
#[derive(Debug)]
pub(crate) struct Outside {
    work: watch::Receiver<Work>,
    asks: mpsc::UnboundedSender<()>,
}

impl Outside {
    /// Follows a queue and each engine that is opened for it.
    pub(crate) fn follow(
        queue: Arc<impl Queue>,
        opened: mpsc::UnboundedReceiver<Feed>,
        voice: Voice,
        means: Arc<Means>,
        desktop: Arc<dyn Desktop>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (work, left) = watch::channel(Work::default());
        let (asks, asked) = mpsc::unbounded_channel();
        let follower = Follower {
            queue,
            voice,
            means,
            desktop,
            work,
            feed: None,
            tally: Tally::default(),
            notices: Notices::default(),
            has_looked: false,
            shown: None,
            look_at: None,
            missed: false,
            folders: Folders { may_differ: true, watch: false },
        };
        (Self { work: left, asks }, follower.run(opened, asked))
    }

    /// What is left to do.
    pub(crate) fn work(&self) -> Work {
        *self.work.borrow()
    }

    /// Something else is set, or another language is spoken.
    pub(crate) fn look_again(&self) {
        // Whoever would look is gone only with the program.
        let _ = self.asks.send(());
    }
}

struct Follower<Q> {
    queue: Arc<Q>,
    voice: Voice,
    means: Arc<Means>,
    desktop: Arc<dyn Desktop>,
    work: watch::Sender<Work>,
    feed: Option<Feed>,
    tally: Tally,
    notices: Notices,
    has_looked: bool,
    /// What was shown last.
    shown: Option<Signs>,
    /// When there is something to look at.
    look_at: Option<Instant>,
    /// News were missed: everything is to be read anew.
    missed: bool,
    folders: Folders,
}

struct Folders {
    may_differ: bool,
    watch: bool,
}

impl<Q: Queue> Follower<Q> {
    async fn run(mut self, mut opened: mpsc::UnboundedReceiver<Feed>, mut asked: mpsc::UnboundedReceiver<()>) {
        loop {
            let due = self.look_at;
            tokio::select! {
                feed = opened.recv() => match feed {
                    // The pages have the first look.
                    Some(feed) => {
                        (self.feed, self.missed) = (Some(feed), true);
                        self.folders.may_differ = true;
                        self.look_by(Instant::now() + PAUSE);
                    }
                    None => return,
                },
                update = next(&mut self.feed) => self.note(update),
                ask = asked.recv() => match ask {
                    Some(()) => self.look_by(Instant::now()),
                    None => return,
                },
                () = at(due) => self.look().await,
            }
        }
    }

    fn look_by(&mut self, at: Instant) {
        self.look_at = Some(self.look_at.map_or(at, |before| before.min(at)));
    }

    fn note(&mut self, update: Result<Update, RecvError>) {
        match update {
            Ok(Update::Item(item)) => {
                self.tally.set_trouble(None);
                self.tally.note(item.id, Seen::of(&item));
            }
            Ok(Update::Waiting { id, failure }) => self.tally.wait(id, &failure),
            Ok(Update::Removed(id)) => self.tally.forget(id),
            Ok(Update::Trouble(failure)) => self.tally.set_trouble(Some(failure)),
            Ok(Update::Folder(_)) => self.folders.may_differ = true,
            Ok(Update::Throttle(_)) => return,
            Ok(Update::Missed) | Err(RecvError::Lagged(_)) => (self.missed, self.folders.may_differ) = (true, true),
            Err(RecvError::Closed) => {
                self.feed = None;
                return;
            }
        }
        self.look_by(Instant::now() + PAUSE);
    }

    async fn look(&mut self) {
        self.look_at = None;
        if std::mem::take(&mut self.missed) {
            // Where there is no queue, another engine will tell.
            let _ = self.read_anew().await;
        }
        if std::mem::take(&mut self.folders.may_differ) {
            let folders = self.queue.folders().await.unwrap_or_default();
            self.folders.watch =
                folders.iter().any(|it| !matches!(it.state, FolderState::Paused | FolderState::Unattended));
        }
        let (counts, moves) = self.motion().await;
        self.work.send_if_modified(|work| {
            let now = Work { unfinished: counts.unfinished(), watches: self.folders.watch };
            std::mem::replace(work, now) != now
        });
        let (language, behaviour) = (self.voice.language(), self.means.settings().behaviour);
        let (notice, again) = self.notices.look(&self.tally, Instant::now(), language);
        let awake = (moves && behaviour.keep_awake).then(|| self.voice.text("outside.sending"));
        let face = Face::of(counts, self.tally.last(), language);
        self.show(Signs { face, percent: counts.percent(), awake }, notice.filter(|_| behaviour.notifications)).await;
        if let Some(again) = again {
            self.look_by(again);
        }
        if counts.on_the_way > 0 {
            self.look_by(Instant::now() + PAUSE);
        }
    }

    /// The counts with what is on the line by now, and whether bytes move.
    async fn motion(&self) -> (Counts, bool) {
        if self.tally.counts().on_the_way == 0 {
            return (self.tally.counts(), false);
        }
        let running = self.queue.progress().await.unwrap_or_default();
        let moves = running.iter().any(|it| it.held_up.is_none() && self.tally.sends(it.id));
        (self.tally.counts_with(running.iter().map(|it| (it.id, it.sent))), moves)
    }

    async fn show(&mut self, signs: Signs, notice: Option<Notice>) {
        let signs = (self.shown.as_ref() != Some(&signs)).then(|| self.shown.insert(signs).clone());
        if signs.is_none() && notice.is_none() {
            return;
        }
        let desktop = Arc::clone(&self.desktop);
        let shown = off_thread(move || {
            if let Some(signs) = signs {
                desktop.show(signs);
            }
            if let Some(notice) = notice
                && !desktop.is_looked_at()
            {
                desktop.notify(&notice);
            }
            Ok(())
        });
        if let Err(failure) = shown.await {
            tracing::warn!(%failure, "nothing was shown outside the window");
        }
    }

    /// Reads what is not over, and of what was not over before, what became of it.
    async fn read_anew(&mut self) -> Result<(), Failure> {
        let mut there = HashSet::new();
        let mut mark = None;
        loop {
            let Part { items, rest, .. } = self.queue.part(mark, PART).await?;
            for item in &items {
                there.insert(item.id);
                self.tally.note(item.id, Seen::of(item));
            }
            // What is not over comes first.
            match rest {
                Some(rest) if !rest.over => mark = Some(rest),
                _ => break,
            }
        }
        let unseen: Vec<ItemId> = self.tally.open().filter(|id| !there.contains(id)).collect();
        for id in unseen {
            match self.queue.item(id).await {
                Ok(item) => self.tally.note(id, Seen::of(&item)),
                Err(_) => self.tally.forget(id),
            }
        }
        if !std::mem::replace(&mut self.has_looked, true) {
            self.notices.begin(&self.tally);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
