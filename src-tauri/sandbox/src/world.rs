//! Everything that the requests of one sandbox share.
//!
//! Owns no decision: it is the one place where switches, faults, clock, state, chunks and the record come together.
//! Next: `visit.rs`, which carries a request through it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::assembly::Pieces;
use crate::clock::Clock;
use crate::fault::book::{Book, Cleared};
use crate::inspect::{Inspection, Ledger};
use crate::list::Cache;
use crate::oauth::Nonces;
use crate::picture::FrameLimit;
use crate::state::{Entry, Store};
use crate::switches::Switches;
use crate::unpoisoned;

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
    pub(crate) sink: bool,
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) pieces: Pieces,
    pub(crate) faults: Book,
    pub(crate) ledger: Ledger,
    pub(crate) cache: Cache,
    pub(crate) nonces: Nonces,
    pub(crate) frame_limit: FrameLimit,
    /// Requests go on here when their connection is gone.
    pub(crate) tasks: TaskTracker,
    /// Ends every wait when the sandbox stops.
    pub(crate) stopping: CancellationToken,
    switches: Mutex<Switches>,
    /// Workspaces that the owner of this one's login has beside it.
    joined: Mutex<Vec<Weak<World>>>,
    /// Removes the folder in the end, if it was a temporary one.
    _temporary: Option<tempfile::TempDir>,
}

/// What [`World::new`] cannot make itself.
pub(crate) struct Parts {
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
    pub(crate) sink: bool,
    pub(crate) name: String,
    pub(crate) dir: PathBuf,
    pub(crate) temporary: Option<tempfile::TempDir>,
    pub(crate) switches: Switches,
    pub(crate) seed: u64,
}

impl World {
    /// Opens the folder and all that lies in it.
    pub(crate) fn new(parts: Parts) -> std::io::Result<Self> {
        std::fs::create_dir_all(parts.dir.join("incoming"))?;
        std::fs::create_dir_all(parts.dir.join("videos"))?;
        // What was on its way when an earlier run ended never arrived.
        for stray in std::fs::read_dir(parts.dir.join("incoming"))? {
            std::fs::remove_file(stray?.path())?;
        }
        let store = Store::open(&parts.dir)?;
        let clock = Clock::new(store.read(|state| state.moved_ms));
        let pieces = Pieces::open(&parts.dir, parts.sink)?;
        Ok(Self {
            address: parts.address,
            tls: parts.tls,
            sink: parts.sink,
            name: parts.name,
            dir: parts.dir,
            clock,
            store,
            pieces,
            faults: Book::new(parts.seed),
            ledger: Ledger::default(),
            cache: Cache::default(),
            nonces: Nonces::default(),
            frame_limit: FrameLimit::default(),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            switches: Mutex::new(parts.switches),
            joined: Mutex::default(),
            _temporary: parts.temporary,
        })
    }

    /// The workspace's domain, with its port.
    pub(crate) fn domain(&self) -> String {
        self.address.to_string()
    }

    /// Scheme and domain.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    pub(crate) fn video_path(&self, photo_id: u64) -> PathBuf {
        self.dir.join("videos").join(photo_id.to_string())
    }

    pub(crate) fn thumbnail_path(&self, photo_id: u64) -> PathBuf {
        self.dir.join("videos").join(format!("{photo_id}.thumbnail"))
    }

    pub(crate) fn switches(&self) -> Switches {
        unpoisoned(&self.switches).clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut unpoisoned(&self.switches));
    }

    /// From now on this one's login lists the other workspace too.
    pub(crate) fn join(&self, other: &Arc<World>) {
        self.leave(other);
        unpoisoned(&self.joined).push(Arc::downgrade(other));
    }

    /// From now on it does not.
    pub(crate) fn leave(&self, other: &Arc<World>) {
        unpoisoned(&self.joined).retain(|joined| !std::ptr::eq(joined.as_ptr(), Arc::as_ptr(other)));
    }

    /// The other workspaces of the login that still run.
    pub(crate) fn joined(&self) -> Vec<Arc<World>> {
        let joined = unpoisoned(&self.joined);
        joined.iter().filter_map(Weak::upgrade).filter(|world| !world.stopping.is_cancelled()).collect()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let ms = self.clock.advance(by);
        self.store.put(Entry::Moved { ms });
        self.ledger.wake();
    }

    /// Waits on the server's clock, but not beyond the sandbox's own end.
    pub(crate) async fn pause_until(&self, time_ms: i64) {
        tokio::select! {
            () = self.clock.sleep_until(time_ms) => {}
            () = self.stopping.cancelled() => {}
        }
    }

    /// Waits until the faults are cleared, since the strike that this came from, or the sandbox stops.
    pub(crate) async fn hold(&self, mut cleared: Cleared) {
        tokio::select! {
            _ = cleared.changed() => {}
            () = self.stopping.cancelled() => {}
        }
    }

    pub(crate) async fn until(&self, mut what: impl FnMut(&Inspection<'_>) -> bool + Send) {
        loop {
            let changed = self.ledger.changed();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.store.read(|state| self.ledger.ask(&state.videos, &mut what)) {
                return;
            }
            changed.await;
        }
    }
}
