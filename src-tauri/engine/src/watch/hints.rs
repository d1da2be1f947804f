//! What the system says about a folder: places that something happened at. Never believed, only looked at.
//!
//! `notify` alone, without its debouncer: that keeps every path of the tree to tell renames, which the ledger does by the
//! files themselves. What is left is a set of places, gathered for a moment.

use super::scan::Scope;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// More places than these, and everything is looked through: that costs less than so many single looks.
const PLACES: usize = 512;

/// What is heard of a folder.
pub(super) struct Hints {
    heard: Arc<Heard>,
    _watcher: RecommendedWatcher,
}

#[derive(Default)]
struct Heard {
    gathered: Mutex<Gathered>,
    news: Notify,
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
        let config = Config::default().with_follow_symlinks(false);
        let mut watcher = RecommendedWatcher::new(move |event| hears.take_in(event), config)?;
        watcher.watch(folder, RecursiveMode::Recursive)?;
        Ok(Self { heard, _watcher: watcher })
    }

    /// Waits for something to happen, and a moment for what happens along with it. Dropped and called anew, it forgets
    /// nothing.
    pub(super) async fn next(&self, gathered_for: Duration) -> Result<Scope, Deaf> {
        if self.heard.is_nothing() {
            self.heard.news.notified().await;
        }
        tokio::time::sleep(gathered_for).await;
        let Gathered { places, all, limit } =
            std::mem::take(&mut *self.heard.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        match (limit, all) {
            (true, _) => Err(Deaf::Limit),
            (false, true) => Ok(Scope::All),
            (false, false) => Ok(Scope::Below(places)),
        }
    }
}

impl Heard {
    fn is_nothing(&self) -> bool {
        let gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.places.is_empty() && !gathered.all
    }

    fn take_in(&self, event: notify::Result<Event>) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // Looking is an event as well.
            Ok(event) if is_only_looking(event.kind) => return,
            Ok(event) if event.need_rescan() => gathered.all = true,
            Ok(event) if !gathered.all => {
                gathered.places.extend(event.paths);
                gathered.all = gathered.places.len() > PLACES;
            }
            Ok(_) => {}
            Err(error) => {
                gathered.limit |= is_limit(&error);
                gathered.all = true;
            }
        }
        if gathered.all {
            gathered.places.clear();
        }
        drop(gathered);
        self.news.notify_one();
    }
}

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
        std::mem::take(&mut *heard.gathered.lock().unwrap())
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
