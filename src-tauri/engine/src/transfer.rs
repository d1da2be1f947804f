//! One item, from token to done. This file reads like the protocol; each step has a file of its own:
//! `transfer/opening.rs` (token, plan, resume), `transfer/chunks.rs` (the ordinary chunks), `transfer/commit.rs` (the
//! commit) and `transfer/last_piece.rs` (its request), `transfer/settle.rs` (finding out what became of it), `transfer/aftercare.rs` (follow-ups, playable),
//! `transfer/categories.rs` (which ones are meant), `transfer/exchange.rs` (calls that wait out troubles); what is different
//! for a replacement is in `transfer/replacement.rs`, for a file that is renamed meanwhile in `transfer/following.rs`, for a moment of a video in `transfer/moment.rs`, and whether the
//! workspace shows what was replaced in `transfer/version.rs`.
//!
//! Each fact is recorded before the next act; dropping a transfer anywhere loses nothing, because the next one begins
//! from the journal. What a transfer never does: choose when to run (`schedule.rs`), or touch another item.

mod aftercare;
mod categories;
mod chunks;
mod commit;
mod exchange;
mod following;
mod gauge;
mod last_piece;
mod line;
mod moment;
mod opening;
mod replacement;
mod settle;
mod version;

pub(crate) use exchange::Site;
pub(crate) use line::Line;

use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::item::{Event, Illegal, Intent, Item, Replacement, Stage, Summary, TokenId};
use crate::pace::Priority;
use crate::plan::ChunkLimits;
use crate::source::BodyWatch;
use crate::store::{NewToken, Store, StoreError, With};
use crate::timing::Timing;
use crate::view::{ItemView, Update};
use last_piece::LastPiece;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

/// What all transfers share.
#[derive(Debug)]
pub(crate) struct Yard {
    pub(crate) store: Store,
    pub(crate) timing: Timing,
    pub(crate) limits: ChunkLimits,
    pub(crate) line: Line,
    pub(crate) updates: broadcast::Sender<Update>,
    /// Owned as long as anything works on it: two engines at work on one folder would send twice.
    pub(crate) home: Arc<Home>,
}

/// What the outside may read of a running transfer at any moment, at no cost to it.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Bytes of the file handed to connections; failed attempts are taken back.
    pub(crate) sent: Arc<AtomicU64>,
    /// Bytes that were sent for nothing.
    pub(crate) resent: AtomicU64,
    /// Past its last byte: it settles, follows up or polls, and others may use the line.
    pub(crate) past_sending: AtomicBool,
    /// How much of the video the server has made playable.
    pub(crate) processing: Processing,
}

/// A share in percent, or nothing while nobody knows.
#[derive(Debug, Default)]
pub(crate) struct Processing(AtomicU8);

impl Processing {
    /// `share` is between 0 and 1.
    fn see(&self, share: f64) {
        // One more than the percentage: zero is "unknown".
        self.0.store((share.clamp(0.0, 1.0) * 100.0).floor() as u8 + 1, Ordering::Relaxed);
    }

    pub(crate) fn percent(&self) -> Option<u8> {
        self.0.load(Ordering::Relaxed).checked_sub(1)
    }
}

impl Meter {
    /// An attempt came to nothing: what it handed over was not progress.
    fn take_back(&self, watch: &BodyWatch) {
        let bytes = watch.handed_over();
        self.sent.fetch_sub(bytes, Ordering::Relaxed);
        self.resent.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Why a transfer stopped before its item was finished.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The user wants something else now.
    Interrupted,
    /// It needs a person or a drive first, and is tried again later by itself.
    Parked(Failure),
    /// Something is in the way; to be recorded.
    Failed(Failure),
    /// The journal cannot be written: nothing may be done, nothing can be recorded.
    Unrecordable(Failure),
}

impl Stop {
    /// What a source that cannot be had means: a drive comes back by itself, everything else wants somebody.
    fn for_source(failure: Failure) -> Self {
        if failure.code == Code::SourceAway { Self::Parked(failure) } else { Self::Failed(failure) }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Unrecordable(error.into())
    }
}

impl From<Illegal> for Stop {
    fn from(illegal: Illegal) -> Self {
        Self::Unrecordable(Failure::new(Code::JournalInconsistent).caused_by(&illegal))
    }
}

/// How a transfer ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Done, cancelled, or failed for good: the journal says which.
    Recorded,
    /// Paused.
    Paused,
    /// See [`Stop::Parked`].
    Parked(Failure),
    /// See [`Stop::Unrecordable`].
    Unrecordable(Failure),
}

/// One item on its way.
#[derive(Debug)]
pub(crate) struct Transfer {
    yard: Arc<Yard>,
    site: Arc<Site>,
    item: Item,
    stage: Stage,
    tokens: BTreeMap<TokenId, SecretString>,
    meter: Arc<Meter>,
    intent: watch::Receiver<Intent>,
    /// No chunk attempt of the present identifier can still be running after this.
    quiet_from: Option<Instant>,
    /// Whether the session in the journal was begun by another transfer than this one.
    resumed: bool,
    /// The chunk whose refusal in unknown words was answered with a new token, until it is acknowledged.
    token_replaced_for: Option<u32>,
    /// The last piece, on its way. Before "commit sent" its end is held back; with that recorded, by this very transfer, its
    /// answer is awaited next.
    last_piece: Option<LastPiece>,
    /// Where the public finds the video was asked already.
    address_asked: bool,
    /// The transcoding of what was replaced was seen to have begun anew.
    begun_anew: bool,
}

impl Transfer {
    /// Loads an item as the journal has it.
    pub(crate) async fn load(
        yard: Arc<Yard>,
        site: Arc<Site>,
        item: Item,
        meter: Arc<Meter>,
        intent: watch::Receiver<Intent>,
    ) -> Result<Self, Failure> {
        let mut transfer = Self {
            yard,
            site,
            item,
            stage: Stage::Queued,
            tokens: BTreeMap::new(),
            meter,
            intent,
            quiet_from: None,
            resumed: false,
            token_replaced_for: None,
            last_piece: None,
            address_asked: false,
            begun_anew: false,
        };
        transfer.reload().await.map_err(|stop| match stop {
            Stop::Unrecordable(failure) | Stop::Parked(failure) | Stop::Failed(failure) => failure,
            Stop::Interrupted => Failure::new(Code::NotPossibleNow),
        })?;
        Ok(transfer)
    }

    /// Makes memory what the journal says.
    async fn reload(&mut self) -> Result<(), Stop> {
        let events = self.yard.store.journal(self.item.id).await?;
        self.stage = Stage::replay(events.into_iter().map(|(_, event)| event))?;
        self.tokens = self.yard.store.tokens(self.item.id).await?;
        self.resumed = self.stage.session().is_some();
        if let Some(piece) = self.last_piece.take() {
            piece.abandon();
        }
        // Attempts of the process before this one may still be running on the server; nobody can say since when.
        self.quiet_from = self.resumed.then(|| Instant::now() + self.yard.timing.quiet_after_cut);
        self.mark_stored();
        Ok(())
    }

    /// Runs until the item is finished or something stops it.
    pub(crate) async fn run(mut self) -> Ended {
        loop {
            let driven = match self.drive().await {
                Err(stop) => match self.follow_the_file(stop).await {
                    Ok(()) => continue,
                    Err(stop) => Err(stop),
                },
                driven => driven,
            };
            match driven {
                Ok(()) => return Ended::Recorded,
                Err(Stop::Interrupted) => {
                    if let Err(stop) = self.reload().await {
                        return unrecordable(stop);
                    }
                    match self.interrupted().await {
                        Ok(None) => {}
                        Ok(Some(ended)) => return ended,
                        Err(stop) => return unrecordable(stop),
                    }
                }
                Err(Stop::Parked(failure)) => {
                    self.note(format!("waiting: {failure}"));
                    return Ended::Parked(failure);
                }
                Err(Stop::Failed(failure)) => {
                    self.note(format!("stopped: {failure}; {}", failure.causes.join(": ")));
                    return match self.record(Event::Failed(failure)).await {
                        Ok(()) => Ended::Recorded,
                        Err(stop) => unrecordable(stop),
                    };
                }
                Err(stop @ Stop::Unrecordable(_)) => return unrecordable(stop),
            }
        }
    }

    /// What to do about a change of intent.
    async fn interrupted(&mut self) -> Result<Option<Ended>, Stop> {
        let intent = *self.intent.borrow();
        match (intent, &self.stage) {
            // It ended in the very moment of the wish.
            (_, Stage::Done(_) | Stage::Failed { .. } | Stage::Cancelled(_)) => Ok(Some(Ended::Recorded)),
            (Intent::Run, _) | (_, Stage::Confirming(_)) => Ok(None),
            (Intent::Pause, _) => Ok(Some(Ended::Paused)),
            (Intent::Cancel, Stage::Uploading(session)) if session.committed_at().is_some() => {
                self.cancel_after_commit().await.map(Some)
            }
            (Intent::Cancel, _) => {
                self.record(Event::Cancelled).await?;
                Ok(Some(Ended::Recorded))
            }
        }
    }

    /// From stage to stage.
    async fn drive(&mut self) -> Result<(), Stop> {
        loop {
            if let Stage::Confirming(_) = self.stage {
                // Not to be interrupted: cancelling or pausing after "commit sent" means settling first.
                if let Some(piece) = self.last_piece.take() {
                    self.await_commit(piece).await?;
                } else {
                    self.leave_the_line();
                    self.settle().await?;
                }
                continue;
            }
            if let Stage::Stored(_) = self.stage {
                self.leave_the_line();
            }
            let mut intent = self.intent.clone();
            let changed = async move {
                // An error means that the engine is gone; it stops transfers in its own way.
                if intent.wait_for(|intent| *intent != Intent::Run).await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let step = async {
                match self.stage {
                    Stage::Queued => self.begin().await,
                    Stage::Uploading(_) => self.upload().await,
                    Stage::Stored(_) => self.follow_up().await,
                    Stage::Confirming(_) | Stage::Done(_) | Stage::Failed { .. } | Stage::Cancelled(_) => Ok(()),
                }
            };
            tokio::select! {
                biased;
                () = changed => return Err(Stop::Interrupted),
                result = step => result?,
            }
            if matches!(self.stage, Stage::Done(_) | Stage::Failed { .. } | Stage::Cancelled(_)) {
                return Ok(());
            }
        }
    }

    async fn begin(&mut self) -> Result<(), Stop> {
        match self.item.replaces {
            Some(replacement @ Replacement { moment: Some(moment), .. }) => self.find_target(replacement, moment).await,
            _ => self.open().await,
        }
    }

    /// Everything that is sent before the outcome can be unclear.
    async fn upload(&mut self) -> Result<(), Stop> {
        if self.resumed {
            self.check_that_it_can_be_recorded().await?;
        }
        self.check_source().await?;
        self.reconcile().await?;
        self.take_baseline().await?;
        self.send_ordinary_chunks().await?;
        if let Stage::Uploading(session) = &self.stage
            && session.missing().is_empty()
            && !session.is_spent()
        {
            self.let_it_be_quiet().await;
            self.begin_commit().await?;
        }
        Ok(())
    }

    /// Nothing is asked of the workspace whose answer could not be kept. Asked where nothing was recorded a moment ago: a
    /// durable write costs a small file as much as its own facts.
    async fn check_that_it_can_be_recorded(&self) -> Result<(), Stop> {
        self.yard.home.check().map_err(Stop::Unrecordable)?;
        Ok(self.yard.store.write_something().await?)
    }

    /// Makes a fact durable and true, in this order.
    async fn record(&mut self, event: Event) -> Result<(), Stop> {
        self.record_with(event, With::Nothing).await
    }

    async fn record_with_token(&mut self, event: Event, token: NewToken) -> Result<(), Stop> {
        let (id, text) = (token.id, token.text.clone());
        self.record_with(event, With::Token(token)).await?;
        self.tokens.insert(id, text);
        Ok(())
    }

    async fn record_with(&mut self, event: Event, with: With) -> Result<(), Stop> {
        // A copy goes through the transition: an event that cannot happen must leave the stage as it is.
        let after = self.stage.clone().next(event.clone())?;
        self.yard.store.append(self.item.id, &event, &after, with).await?;
        self.stage = after;
        if let Event::StartedOver { .. } = event {
            let for_nothing = self.meter.sent.swap(0, Ordering::Relaxed);
            self.meter.resent.fetch_add(for_nothing, Ordering::Relaxed);
            self.meter.past_sending.store(false, Ordering::Relaxed);
        }
        self.mark_stored();
        self.publish();
        Ok(())
    }

    /// Lets progress begin at what is acknowledged, so that it never stands below the truth.
    fn mark_stored(&self) {
        let stored = match &self.stage {
            Stage::Uploading(session) => session.acknowledged_bytes(),
            Stage::Confirming(confirming) => confirming.session.acknowledged_bytes(),
            Stage::Stored(_) | Stage::Done(_) => self.item.stamp.size,
            _ => return,
        };
        self.meter.sent.fetch_max(stored, Ordering::Relaxed);
    }

    fn publish(&mut self) {
        self.item.summary = Summary::of(&self.stage);
        // Nobody may be listening.
        let mut view = ItemView::of(&self.item);
        view.resent = self.meter.resent.load(Ordering::Relaxed);
        let _ = self.yard.updates.send(Update::Item(Box::new(view)));
    }

    /// A line in the item's log, without the item's tokens.
    fn note(&self, text: String) {
        let text = self.masked(text);
        tracing::debug!(item = %self.item.id, "{text}");
        self.yard.store.note(self.item.id, text);
    }

    fn masked(&self, mut text: String) -> String {
        for token in self.tokens.values() {
            text = text.replace(token.expose_secret(), "<upload token>");
        }
        text
    }

    fn leave_the_line(&self) {
        if !self.meter.past_sending.swap(true, Ordering::Relaxed) {
            self.yard.line.has_room.notify_one();
        }
    }

    fn priority(&self) -> Priority {
        Priority {
            lane: self.item.lane,
            bulk: self.item.stamp.size >= self.yard.limits.single_below,
            position: self.item.position,
            turn: 0,
        }
    }
}

fn unrecordable(stop: Stop) -> Ended {
    match stop {
        Stop::Unrecordable(failure) | Stop::Parked(failure) | Stop::Failed(failure) => Ended::Unrecordable(failure),
        Stop::Interrupted => Ended::Paused,
    }
}
