//! What can be seen of the queue's files on this side, item by item: facts, and whether there may be a picture.
//!
//! Rows are told at once with what is known by then. The facts of a file are read when its item is first asked about, by
//! one task that takes one file after the other, however many there are; whoever tells the rows hears when more is known
//! of one. Pictures are made when a page asks for one, and not here.

use crate::facts::{self, Facts};
use crate::pictures::Pictures;
use slipway_engine::item::ItemId;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;

/// For the facts of one file, somewhat more than they may take. A drive that hangs does not hold up the files on others.
const PATIENCE: Duration = Duration::from_secs(8);

/// Threads that may hang in such drives. When that many do, there are no more facts until one comes back.
const HANGING: usize = 4;

/// What can be seen of an item's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight {
    /// A picture may be had.
    pub(crate) picture: bool,
    /// What its headers say, where that is known by now.
    pub(crate) facts: Option<Facts>,
}

/// What can be seen of the files of all items. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Sights(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pictures: Pictures,
    known: Mutex<Known>,
    asked: Notify,
}

#[derive(Debug, Default)]
struct Known {
    /// With the file's length in bytes: a file of another length is another file.
    facts: HashMap<ItemId, (u64, Option<Facts>)>,
    /// Each item once.
    to_read: VecDeque<(ItemId, PathBuf)>,
}

impl Sights {
    /// The sights, the items of whose files more is known than before, and the task that reads facts. That never ends.
    pub(crate) fn new(
        pictures: Pictures,
    ) -> (Self, mpsc::UnboundedReceiver<ItemId>, impl Future<Output = ()> + Send + 'static) {
        Self::with(pictures, facts::of, PATIENCE)
    }

    /// The same with other eyes.
    pub(crate) fn with(
        pictures: Pictures,
        read: impl Fn(&Path) -> Option<Facts> + Clone + Send + 'static,
        patience: Duration,
    ) -> (Self, mpsc::UnboundedReceiver<ItemId>, impl Future<Output = ()> + Send + 'static) {
        let sights = Self(Arc::new(Inner { pictures, known: Mutex::default(), asked: Notify::new() }));
        let (seen, told) = mpsc::unbounded_channel();
        let threads = Arc::new(Semaphore::new(HANGING));
        let reader = Reader { sights: sights.clone(), seen, read, patience, threads };
        (sights, told, reader.run())
    }

    /// What can be seen of an item's file of this length by now. Touches no disk.
    pub(crate) fn of(&self, id: ItemId, file: &Path, length: u64) -> Sight {
        let mut known = self.known();
        let facts = match known.facts.entry(id) {
            Entry::Occupied(known) if known.get().0 == length => known.get().1,
            entry => {
                entry.insert_entry((length, None));
                known.to_read.push_back((id, file.to_owned()));
                self.0.asked.notify_one();
                None
            }
        };
        Sight { picture: self.0.pictures.may_have(file), facts }
    }

    /// An item is gone.
    pub(crate) fn forget(&self, id: ItemId) {
        self.known().facts.remove(&id);
    }

    /// All others are gone.
    pub(crate) fn keep_only(&self, there: &HashSet<ItemId>) {
        self.known().facts.retain(|id, _| there.contains(id));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> (ItemId, PathBuf) {
        loop {
            let asked = self.0.asked.notified();
            let next = self.known().to_read.pop_front();
            match next {
                Some(next) => return next,
                None => asked.await,
            }
        }
    }
}

struct Reader<R> {
    sights: Sights,
    seen: mpsc::UnboundedSender<ItemId>,
    read: R,
    patience: Duration,
    threads: Arc<Semaphore>,
}

impl<R: Fn(&Path) -> Option<Facts> + Clone + Send + 'static> Reader<R> {
    async fn run(self) {
        loop {
            let (id, file) = self.sights.next().await;
            // It may be gone by now.
            if !self.sights.known().facts.contains_key(&id) {
                continue;
            }
            let Ok(thread) = Arc::clone(&self.threads).acquire_owned().await else { return };
            let read = self.read.clone();
            let reading = tokio::task::spawn_blocking(move || {
                let facts = read(&file);
                drop(thread);
                facts
            });
            let (sights, seen) = (self.sights.clone(), self.seen.clone());
            let reading = tokio::spawn(async move {
                let Ok(Some(facts)) = reading.await else { return };
                if let Some((_, known)) = sights.known().facts.get_mut(&id) {
                    *known = Some(facts);
                }
                // Whoever does not listen has no rows to tell.
                let _ = seen.send(id);
            });
            // What takes longer is told when it comes; the next file does not wait for it.
            let _ = timeout(self.patience, reading).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc as blocking;
    use tokio::sync::mpsc::UnboundedReceiver;

    const FACTS: Facts = Facts { width: Some(640), height: Some(360), seconds: Some(3) };

    fn id(n: u128) -> ItemId {
        ItemId(uuid::Uuid::from_u128(n))
    }

    fn sights(
        read: impl Fn(&Path) -> Option<Facts> + Clone + Send + 'static,
        patience: Duration,
    ) -> (Sights, UnboundedReceiver<ItemId>) {
        let (sights, told, reader) = Sights::with(Pictures::new("/nowhere".into()), read, patience);
        tokio::spawn(reader);
        (sights, told)
    }

    #[tokio::test]
    async fn facts_follow_when_they_are_known() {
        let (sights, mut told) = sights(|_| Some(FACTS), PATIENCE);
        let film = Path::new("/films/talk.jpg");
        assert_eq!(sights.of(id(1), film, 10), Sight { picture: true, facts: None });
        assert_eq!(told.recv().await, Some(id(1)));
        assert_eq!(sights.of(id(1), film, 10).facts, Some(FACTS));
        assert!(!sights.of(id(2), Path::new("/films/talk.txt"), 10).picture);
    }

    #[tokio::test]
    async fn a_file_is_read_once_until_it_is_another() {
        let reads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reads);
        let read = move |_: &Path| {
            count.fetch_add(1, Ordering::SeqCst);
            Some(FACTS)
        };
        let (sights, mut told) = sights(read, PATIENCE);
        let film = Path::new("/films/talk.mp4");
        for _ in 0..3 {
            sights.of(id(1), film, 10);
        }
        told.recv().await;
        sights.of(id(1), film, 11);
        told.recv().await;
        sights.of(id(2), film, 11);
        told.recv().await;
        assert_eq!(reads.load(Ordering::SeqCst), 3);
        assert_eq!(sights.of(id(1), film, 11).facts, Some(FACTS));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ten_thousand_items_are_read_one_after_the_other() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (running, highest) = (Arc::clone(&now), Arc::clone(&most));
        let read = move |_: &Path| {
            highest.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            running.fetch_sub(1, Ordering::SeqCst);
            Some(FACTS)
        };
        let (sights, mut told) = sights(read, PATIENCE);
        for n in 0..10_000 {
            sights.of(id(n), Path::new("/films/talk.mp4"), 10);
        }
        for n in 0..10_000 {
            assert_eq!(told.recv().await, Some(id(n)));
        }
        assert_eq!(most.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_is_gone_is_not_read() {
        let (sights, mut told) = sights(|_| Some(FACTS), PATIENCE);
        sights.of(id(1), Path::new("/films/a.mp4"), 10);
        sights.of(id(2), Path::new("/films/b.mp4"), 10);
        sights.of(id(3), Path::new("/films/c.mp4"), 10);
        sights.forget(id(1));
        sights.keep_only(&HashSet::from([id(3)]));
        assert_eq!(told.recv().await, Some(id(3)));
    }

    #[tokio::test]
    async fn a_drive_that_hangs_holds_up_no_other() {
        let (release, held) = blocking::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let read = move |file: &Path| {
            if file.starts_with("/hanging") {
                // Until the test is over.
                let _ = held.lock().unwrap().recv();
            }
            Some(FACTS)
        };
        let (sights, mut told) = sights(read, Duration::from_millis(20));
        sights.of(id(1), Path::new("/hanging/a.mp4"), 10);
        sights.of(id(2), Path::new("/films/b.mp4"), 10);
        assert_eq!(told.recv().await, Some(id(2)));
        drop(release);
    }
}
