//! What the system says about a folder: places that something happened at. Never believed, only looked at.
//!
//! `notify` alone, without its debouncer: that keeps every path of the tree to tell renames, which the ledger does by the
//! files themselves. What is left is a set of places, gathered for a moment.

use super::scan::Scope;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// More places than these, and everything is looked through: that costs less than so many single looks.
const PLACES: usize = 512;

/// What is heard of a folder.
pub(super) struct Hints {
    heard: Arc<Heard>,
    watcher: Arc<tokio::sync::Mutex<RecommendedWatcher>>,
}

#[derive(Default)]
struct Heard {
    said: Mutex<Said>,
    news: Notify,
}

#[derive(Default)]
struct Said {
    gathered: Gathered,
    /// What is told as soon as the system listens to all of it.
    ripe: Gathered,
}

#[derive(Default)]
struct Gathered {
    places: BTreeSet<PathBuf>,
    all: bool,
    limit: bool,
}

/// Why there are no hints.
#[derive(Debug)]
pub(super) enum Deaf {
    /// The system watches no more folders for this user.
    Limit,
    /// Something else.
    Other(notify::Error),
}

impl From<notify::Error> for Deaf {
    fn from(error: notify::Error) -> Self {
        if is_limit(&error) { Self::Limit } else { Self::Other(error) }
    }
}

/// inotify has a limit of watches (ENOSPC, which `notify` tells as such) and one of instances (EMFILE).
fn is_limit(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        #[cfg(unix)]
        notify::ErrorKind::Io(error) => {
            error.raw_os_error().is_some_and(|number| [libc::EMFILE, libc::ENOSPC].contains(&number))
        }
        _ => false,
    }
}

impl Hints {
    /// Listens to a folder and everything below it. Walks the folder: call it where blocking does no harm.
    pub(super) fn about(folder: &Path) -> Result<Self, Deaf> {
        let heard = Arc::new(Heard::default());
        let hears = Arc::clone(&heard);
        let mut watcher = RecommendedWatcher::new(move |event| hears.take_in(event), config())?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        Ok(Self { heard, watcher: Arc::new(tokio::sync::Mutex::new(watcher)) })
    }

    /// Waits for something to happen, and a moment for what happens along with it. By the time a new folder is told, what
    /// is below it is listened to: whoever looks then misses nothing. Dropped and called anew, it forgets nothing.
    pub(super) async fn next(&self, gathered_for: Duration) -> Result<Scope, Deaf> {
        if self.heard.is_nothing() {
            self.heard.news.notified().await;
        }
        tokio::time::sleep(gathered_for).await;
        self.heard.ripen();
        self.listens_to_all_that_was_told().await?;
        let Gathered { places, all, limit } = self.heard.take_ripe();
        match (limit, all) {
            (true, _) => Err(Deaf::Limit),
            (false, true) => Ok(Scope::All),
            (false, false) => Ok(Scope::Below(places)),
        }
    }

    /// inotify watches single folders, and `notify` lays watches on new ones only after it has told of them. Its thread does
    /// one thing after the other, so when it answers to this it has laid them.
    async fn listens_to_all_that_was_told(&self) -> Result<(), Deaf> {
        // One thread waits at the most, however often this is dropped.
        let mut watcher = Arc::clone(&self.watcher).lock_owned().await;
        let answer = tokio::task::spawn_blocking(move || watcher.configure(config())).await;
        match answer {
            Ok(answered) => answered.map(|_| ()).map_err(Deaf::from),
            // Only when the engine comes to its end.
            Err(_) => Ok(()),
        }
    }
}

fn config() -> Config {
    Config::default().with_follow_symlinks(false)
}

impl Heard {
    fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_nothing(&self) -> bool {
        let said = self.said();
        said.gathered.is_nothing() && said.ripe.is_nothing()
    }

    fn ripen(&self) {
        let mut said = self.said();
        let gathered = std::mem::take(&mut said.gathered);
        said.ripe.merge(gathered);
    }

    fn take_ripe(&self) -> Gathered {
        std::mem::take(&mut self.said().ripe)
    }

    fn take_in(&self, event: notify::Result<Event>) {
        if event.as_ref().is_ok_and(|event| is_only_looking(event.kind)) {
            return;
        }
        self.said().gathered.merge(Gathered::of(event));
        self.news.notify_one();
    }
}

impl Gathered {
    fn of(event: notify::Result<Event>) -> Self {
        match event {
            Ok(event) if event.need_rescan() => Self { all: true, ..Self::default() },
            Ok(event) => Self { places: event.paths.into_iter().collect(), ..Self::default() },
            Err(error) => Self { all: true, limit: is_limit(&error), ..Self::default() },
        }
    }

    fn is_nothing(&self) -> bool {
        self.places.is_empty() && !self.all
    }

    fn merge(&mut self, more: Self) {
        self.places.extend(more.places);
        self.all |= more.all || self.places.len() > PLACES;
        self.limit |= more.limit;
        if self.all {
            self.places.clear();
        }
    }
}

/// Looking is an event as well.
fn is_only_looking(kind: EventKind) -> bool {
    matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind, place: &str) -> Event {
        Event::new(kind).add_path(place.into())
    }

    /// What was heard since the last time.
    fn next(heard: &Heard) -> Gathered {
        heard.ripen();
        heard.take_ripe()
    }

    #[test]
    fn places_are_gathered_once_each_and_looking_is_no_news() {
        let heard = Heard::default();
        for _ in 0..3 {
            heard.take_in(Ok(event(EventKind::Modify(notify::event::ModifyKind::Any), "/f/talk.mp4")));
            heard.take_in(Ok(event(EventKind::Access(AccessKind::Open(AccessMode::Any)), "/f/other.mp4")));
        }
        heard.take_in(Ok(event(EventKind::Access(AccessKind::Close(AccessMode::Write)), "/f/closed.mp4")));
        let places = BTreeSet::from(["/f/closed.mp4".into(), "/f/talk.mp4".into()]);
        assert_eq!(next(&heard).places, places);
        assert!(heard.is_nothing());
    }

    /// The system's watches lie on single folders, and are laid one after the other after the whole was told of.
    #[tokio::test]
    async fn a_tree_that_is_moved_in_is_listened_to_down_to_its_last_folder_by_the_time_it_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (watched, tree) = (dir.path().join("watched"), dir.path().join("tree"));
        let places: Vec<PathBuf> = (0..3000).map(|n| Path::new("tree").join(n.to_string())).collect();
        std::fs::create_dir(&watched).unwrap();
        for place in &places {
            std::fs::create_dir_all(dir.path().join(place)).unwrap();
        }
        let hints = Hints::about(&watched).unwrap();
        std::fs::rename(tree, watched.join("tree")).unwrap();
        hints.next(Duration::ZERO).await.unwrap();
        // Few enough to be told one by one.
        let some = places.iter().step_by(30);
        let films: BTreeSet<PathBuf> = some.map(|place| watched.join(place).join("talk.mp4")).collect();
        for film in &films {
            std::fs::write(film, "the bytes of a talk").unwrap();
        }
        let mut unheard = films;
        while !unheard.is_empty() {
            match tokio::time::timeout(Duration::from_secs(20), hints.next(Duration::from_millis(1))).await {
                Ok(Ok(Scope::Below(heard))) => unheard.retain(|film| !heard.contains(film)),
                other => panic!("{other:?}: nothing was heard of {} films", unheard.len()),
            }
        }
    }

    #[test]
    fn too_much_at_once_lost_hints_and_errors_mean_looking_at_everything() {
        let heard = Heard::default();
        for n in 0..=PLACES {
            heard.take_in(Ok(event(EventKind::Any, &format!("/f/{n}.mp4"))));
        }
        assert!(next(&heard).all);
        heard.take_in(Ok(Event::new(EventKind::Other).set_flag(notify::event::Flag::Rescan)));
        assert!(next(&heard).all);
        heard.take_in(Err(notify::Error::generic("lost")));
        assert!(next(&heard).all);
        heard.take_in(Err(notify::Error::new(notify::ErrorKind::MaxFilesWatch)));
        assert!(next(&heard).limit);
    }
}
