//! Where the engine is: opened when it is first needed, opened anew when it is to reach the network in another way, and
//! closed at the end. Everybody else borrows it for the length of a question.

use crate::means::Means;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::{Front, Update};
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use tokio::sync::{OwnedRwLockReadGuard, RwLock, broadcast, mpsc, watch};

/// What an engine tells.
pub(crate) type Feed = broadcast::Receiver<Update>;

/// Who follows it: what tells the pages, and what is seen outside the window.
const FOLLOWERS: usize = 2;

/// The engine's place.
#[derive(Debug)]
pub(crate) struct Place {
    now: Arc<RwLock<Now>>,
    means: Arc<Means>,
    /// Counts up when the engine is about to be stopped.
    leaving: watch::Sender<u64>,
    /// Those who follow the engine hear of each new one.
    opened: [mpsc::UnboundedSender<Feed>; FOLLOWERS],
}

#[derive(Debug)]
enum Now {
    /// Nobody has needed it yet.
    NotYet,
    Open(Box<Front>),
    /// It could not be opened.
    Not(Failure),
    /// The program ends.
    Over,
}

/// The engine, borrowed. Whoever wants to replace it waits until it is given back.
#[derive(Debug)]
pub(crate) struct Borrowed(OwnedRwLockReadGuard<Now, Front>);

impl Deref for Borrowed {
    type Target = Front;
    fn deref(&self) -> &Front {
        &self.0
    }
}

impl Place {
    /// A place that is not open yet, and what it will tell of each engine in it.
    pub(crate) fn new(means: Arc<Means>) -> (Self, [mpsc::UnboundedReceiver<Feed>; FOLLOWERS]) {
        let (to_pages, pages) = mpsc::unbounded_channel();
        let (to_outside, outside) = mpsc::unbounded_channel();
        let (leaving, opened) = (watch::Sender::new(0), [to_pages, to_outside]);
        (Self { now: Arc::new(RwLock::new(Now::NotYet)), means, leaving, opened }, [pages, outside])
    }

    /// The engine, or why there is none.
    pub(crate) async fn engine(&self) -> Result<Borrowed, Failure> {
        loop {
            let now = Arc::clone(&self.now).read_owned().await;
            match &*now {
                Now::NotYet => drop(now),
                Now::Not(failure) => return Err(failure.clone()),
                Now::Over => return Err(Failure::new(Code::NotPossibleNow).detail("Slipway is closing")),
                Now::Open(_) => {
                    let open = OwnedRwLockReadGuard::try_map(now, |now| match now {
                        Now::Open(engine) => Some(&**engine),
                        _ => None,
                    });
                    if let Ok(engine) = open {
                        return Ok(Borrowed(engine));
                    }
                }
            }
            let mut now = self.now.write().await;
            if matches!(*now, Now::NotYet) {
                *now = self.open().await;
            }
        }
    }

    /// Where it could not be opened, the next who needs it may try again: what was in the way may be gone.
    pub(crate) async fn try_again(&self) {
        // Whoever wants to write makes everybody else wait for those who borrow now, and that may take a network's time.
        if matches!(*self.now.read().await, Now::Not(_)) {
            let mut now = self.now.write().await;
            if matches!(*now, Now::Not(_)) {
                *now = Now::NotYet;
            }
        }
    }

    /// A question that takes as long as a network does is given up when the engine is about to be stopped.
    pub(crate) async fn unless_replaced<T>(
        &self,
        question: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let mut leaving = self.leaving.subscribe();
        tokio::select! {
            answer = question => answer,
            _ = leaving.changed() => Err(Failure::new(Code::NotPossibleNow)),
        }
    }

    /// Stops the engine and opens one as it is to be now. What was under way goes on from its journal.
    pub(crate) async fn replace(&self) {
        self.leaving.send_modify(|times| *times += 1);
        let mut now = self.now.write().await;
        match std::mem::replace(&mut *now, Now::NotYet) {
            Now::Open(engine) => {
                engine.stop().await;
                *now = self.open().await;
            }
            Now::Over => *now = Now::Over,
            Now::NotYet | Now::Not(_) => {}
        }
    }

    /// Stops for good.
    pub(crate) async fn close(&self) {
        self.leaving.send_modify(|times| *times += 1);
        let mut now = self.now.write().await;
        if let Now::Open(engine) = std::mem::replace(&mut *now, Now::Over) {
            engine.stop().await;
        }
    }

    async fn open(&self) -> Now {
        let opened = async { Front::open(self.means.config().await?).await };
        match opened.await {
            Ok(engine) => {
                for follower in &self.opened {
                    // Without a listener the window is about to go.
                    let _ = follower.send(engine.subscribe());
                }
                Now::Open(Box::new(engine))
            }
            Err(failure) => {
                tracing::warn!(code = failure.code.as_str(), %failure, "the engine did not start");
                Now::Not(failure)
            }
        }
    }
}
