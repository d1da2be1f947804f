//! Calls that wait out what passes by waiting, renew the credential once, and come back with an answer or a reason to
//! stop.

use super::{Stop, Transfer};
use crate::access::{Access, Denied};
use crate::api::{Api, CallError, Pass};
use crate::categories::Categories;
use crate::item::Intent;
use crate::pace::{Pace, Permit, Pool, Priority, Trouble, Weather};
use crate::timing::Timing;
use crate::vault::Vault;
use crate::workspace::ApiVersion;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// A workspace as all its transfers share it.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) api: Api,
    pub(crate) access: Access,
    pub(crate) pace: Pace,
    /// The credential was refused on chunks, and so was another: the upload token has to do alone.
    pub(crate) without_credential: AtomicBool,
    pub(crate) categories: Categories,
    /// Extensions of files that it has taken before.
    pub(crate) takes: Mutex<HashSet<String>>,
    /// Held once more by each transfer that waits until its video can be played.
    pub(crate) waits_to_play: Arc<()>,
}

impl Site {
    pub(crate) fn new(api: Api, vault: Arc<Vault>, timing: Timing) -> Self {
        Self {
            access: Access::new(api.clone(), vault),
            api,
            pace: Pace::new(timing),
            without_credential: false.into(),
            categories: Categories::default(),
            takes: Mutex::default(),
            waits_to_play: Arc::default(),
        }
    }

    /// A place in the pool, taken when requests may go out: a queue that forms while the workspace asks for time must
    /// not run into it chunk by chunk.
    pub(crate) async fn place(&self, pool: &Arc<Pool>, priority: Priority) -> Permit {
        loop {
            self.admitted().await;
            let permit = pool.acquire(self.api.origin(), priority).await;
            if self.pace.is_fair() {
                return permit;
            }
        }
    }

    /// What a chunk shows beside its upload token. That is the authority, so a chunk may go without.
    pub(crate) async fn chunk_pass(&self) -> Option<Pass> {
        if self.without_credential.load(Ordering::Relaxed) {
            return None;
        }
        self.access.pass().await.ok()
    }

    /// A chunk's credential was refused: the next goes with another one, or with none if there is no other. Returns
    /// whether there was one to be refused.
    pub(crate) async fn chunks_go_without(&self, refused: Option<&Pass>) -> bool {
        let Some(refused) = refused else { return false };
        if !matches!(self.access.instead_of(refused).await, Ok(Some(_))) {
            self.without_credential.store(true, Ordering::Relaxed);
        }
        true
    }

    /// Waits until requests may go out.
    pub(crate) async fn admitted(&self) {
        self.pace.admit(|| self.ask_until_somebody_answers()).await;
    }

    /// A network that swallows everything says nothing when it is back, and a question that was asked before has to wait for
    /// TCP's timer, which doubles. So it is asked again beside the first, until one of them comes to something.
    async fn ask_until_somebody_answers(&self) -> Result<(), Trouble> {
        let mut asked = FuturesUnordered::new();
        loop {
            asked.push(self.ask_whether_back());
            let gap = tokio::time::sleep(self.pace.away_gap());
            tokio::select! {
                biased;
                Some(answer) = asked.next() => return answer,
                () = gap, if asked.len() < SIDE_BY_SIDE => {}
            }
        }
    }

    /// The cheapest question that only the workspace itself answers rightly.
    async fn ask_whether_back(&self) -> Result<(), Trouble> {
        match self.api.site(None).await {
            Ok(_) => Ok(()),
            // A busy or refusing workspace is there; only silence and strangers mean that it is not.
            Err(error) => match error.trouble() {
                Some(trouble @ Trouble::CutOff(_)) => Err(trouble),
                _ => Ok(()),
            },
        }
    }
}

/// So many questions whether it is back are on their way at the most.
const SIDE_BY_SIDE: usize = 8;

/// A look at the workspace; boxed, because the compiler cannot yet see that a closure's future is as good as that.
pub(super) type Looking<Seen> =
    for<'a> fn(&'a Transfer) -> Pin<Box<dyn Future<Output = Result<Seen, Stop>> + Send + 'a>>;

/// How often an answer that makes no sense is asked for again.
const UNREADABLE_TRIES: u32 = 5;

impl Transfer {
    /// The version of the API that the workspace is spoken to in by what opens it now. A session keeps the one that it
    /// was begun in: its chunks are filed there.
    pub(super) async fn version(&self) -> Result<ApiVersion, Stop> {
        loop {
            match self.site.access.pass().await {
                Ok(pass) => return Ok(pass.version()),
                Err(Denied::Person(failure)) => return Err(Stop::Parked(failure)),
                // A call that needs a pass as well, and waits until there is one.
                Err(Denied::Call(_)) => {
                    self.exchange("site", |api, pass| async move { api.site(Some(&pass)).await }).await?
                }
            };
        }
    }

    /// A place in the pool together with what was seen while holding it. The place is given back whenever the workspace
    /// cannot be asked: the pool is everybody's, and a look at a workspace that is away has no end.
    pub(super) async fn placed<Seen>(&self, look: Looking<Seen>) -> Result<(Permit, Seen), Stop> {
        loop {
            let permit = self.site.place(&self.yard.line.pool, self.priority()).await;
            if let Some(seen) = self.while_fair(look).await? {
                return Ok((permit, seen));
            }
        }
    }

    /// The same for one more commit; nothing where somebody cancels meanwhile. A timetable can make hours of the wait.
    pub(super) async fn placed_unless_cancelled<Seen>(
        &self,
        look: Looking<Seen>,
    ) -> Result<Option<(Permit, Seen)>, Stop> {
        let mut intent = self.intent.clone();
        tokio::select! {
            biased;
            Ok(_) = intent.wait_for(|intent| *intent == Intent::Cancel) => Ok(None),
            placed = self.placed(look) => placed.map(Some),
        }
    }

    /// What is seen, unless the workspace cannot be asked.
    pub(super) async fn while_fair<Seen>(&self, look: Looking<Seen>) -> Result<Option<Seen>, Stop> {
        let mut weather = self.site.pace.weather();
        tokio::select! {
            biased;
            seen = look(self) => seen.map(Some),
            _ = weather.wait_for(|weather| *weather != Weather::Fair) => Ok(None),
        }
    }

    /// The same question, asked for no longer than this where nothing depends on its answer.
    pub(super) async fn exchange_within<T, Called>(
        &self,
        patience: Duration,
        what: &str,
        call: impl Fn(Api, Pass) -> Called,
    ) -> Result<Option<T>, Stop>
    where
        Called: Future<Output = Result<T, CallError>>,
    {
        tokio::time::timeout(patience, self.exchange(what, call)).await.map_or(Ok(None), |answer| answer.map(Some))
    }

    /// Makes a call with the workspace's pass, as often as it takes.
    pub(super) async fn exchange<T, Called>(&self, what: &str, call: impl Fn(Api, Pass) -> Called) -> Result<T, Stop>
    where
        Called: Future<Output = Result<T, CallError>>,
    {
        let site = Arc::clone(&self.site);
        let mut renewed = false;
        let mut unreadable = 0;
        let mut another: Option<Pass> = None;
        loop {
            site.admitted().await;
            let begun = Instant::now();
            let pass = match another.take() {
                Some(pass) => Ok(pass),
                None => site.access.pass().await,
            };
            let (shown, result) = match pass {
                Ok(pass) => {
                    let result = call(site.api.clone(), pass.clone()).await;
                    (Some(pass), result)
                }
                Err(Denied::Person(failure)) => return Err(Stop::Parked(failure)),
                Err(Denied::Call(error)) => (None, Err(error)),
            };
            let error = match result {
                Ok(value) => {
                    site.pace.progressed();
                    self.note(format!("{what}: answered in {} ms", begun.elapsed().as_millis()));
                    return Ok(value);
                }
                Err(error) => error,
            };
            self.note(format!("{what}: {error} (after {} ms)", begun.elapsed().as_millis()));
            if let Some(trouble) = error.trouble() {
                site.pace.failed(begun, trouble);
                continue;
            }
            match error {
                CallError::Credential { .. } if !renewed => {
                    renewed = true;
                    let Some(refused) = shown else { return Err(Stop::Parked(error.into_failure())) };
                    match site.access.instead_of(&refused).await {
                        Ok(Some(fresh)) => another = Some(fresh),
                        Ok(None) => return Err(Stop::Parked(error.into_failure())),
                        Err(Denied::Person(failure)) => return Err(Stop::Parked(failure)),
                        Err(Denied::Call(error)) => {
                            renewed = false;
                            match error.trouble() {
                                Some(trouble) => site.pace.failed(begun, trouble),
                                None if unreadable < UNREADABLE_TRIES => {
                                    unreadable += 1;
                                    tokio::time::sleep(site.pace.backoff(unreadable)).await;
                                }
                                None => return Err(Stop::Failed(error.into_failure())),
                            }
                        }
                    }
                }
                CallError::Credential { .. } => return Err(Stop::Parked(error.into_failure())),
                CallError::Unreadable { .. } if unreadable < UNREADABLE_TRIES => {
                    unreadable += 1;
                    tokio::time::sleep(site.pace.backoff(unreadable)).await;
                }
                error => return Err(Stop::Failed(error.into_failure())),
            }
        }
    }
}
