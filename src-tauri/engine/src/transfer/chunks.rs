//! The ordinary chunks: the first alone, then all others side by side, each until it is acknowledged. Beside the last of them
//! the commit's own may set out (`transfer/last_piece.rs`).
//!
//! What passes by waiting is waited out inside a chunk's own task; what does not ends the round and is decided here.

use super::last_piece::place_beside;
use super::{Meter, Site, Stop, Transfer, Yard, line};
use crate::access::Denied;
use crate::answer::RefusalKind;
use crate::api::{ChunkAttempt, Ending, Ordinary, Pass, is_a_gateways_word, judge_ordinary};
use crate::failure::{Code, Failure};
use crate::hooks::{CrashPoint, reach};
use crate::item::{ChunkHash, Endpoint, Event, Identifier, Stage, Stamp};
use crate::pace::{Permit, Priority, Trouble};
use crate::plan::{ChunkLimits, Plan};
use crate::source::BodyWatch;
use secrecy::SecretString;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How often a chunk is sent again after a failure without a known reason.
const FAILING_TRIES: u32 = 5;

/// What all chunk tasks of a round share.
struct Round {
    yard: Arc<Yard>,
    site: Arc<Site>,
    meter: Arc<Meter>,
    path: PathBuf,
    stamp: Stamp,
    token: SecretString,
    endpoint: Endpoint,
    identifier: Identifier,
    plan: Plan,
    priority: Priority,
    /// The latest instant at which an attempt without an answer may still be running.
    quiet_from: Mutex<Option<Instant>>,
    /// So many have not had a place yet.
    unplaced: watch::Sender<usize>,
    notes: tokio::sync::mpsc::UnboundedSender<String>,
}

/// Why a chunk is given up.
#[derive(Debug)]
enum Trap {
    TakenAsWhole(Option<u64>),
    TooLarge,
    RefusedFile(RefusalKind, String),
    RefusedRequest(String),
    NoSuchCall(String),
    Failing(String),
    Source(Failure),
    /// The acknowledgement could not be recorded.
    Folder(Failure),
    Person(Failure),
}

impl Transfer {
    /// Sends what is missing, until all ordinary chunks are acknowledged or one cannot be.
    pub(super) async fn send_ordinary_chunks(&mut self) -> Result<(), Stop> {
        while let Stage::Uploading(session) = &self.stage {
            let mut missing = session.missing();
            if missing.is_empty() {
                return Ok(());
            }
            let scout = session.scout();
            let alone = missing.contains(&scout) && !self.is_of_a_kind_that_was_taken().await?;
            if alone {
                missing = vec![scout];
            }
            let beside = !alone && self.may_go_ahead(session);
            if let Err((number, trap)) = self.round(missing, beside).await? {
                if let Some(piece) = self.last_piece.take() {
                    piece.abandon();
                }
                self.escape(number, trap).await?;
            } else if alone {
                self.check_that_nothing_changed().await?;
            }
        }
        Ok(())
    }

    /// Whether the workspace has taken a file of this kind before, by its extension: then nothing waits for what it says to
    /// the first piece. A replacement always waits, since there is more at stake than a format.
    async fn is_of_a_kind_that_was_taken(&self) -> Result<bool, Stop> {
        let extension = self.item.source.extension().and_then(|it| it.to_str()).map(str::to_ascii_lowercase);
        let Some(extension) = extension.filter(|it| it.bytes().all(|byte| byte.is_ascii_alphanumeric())) else {
            return Ok(false);
        };
        if self.item.replaces.is_some() {
            return Ok(false);
        }
        let takes = || self.site.takes.lock().unwrap_or_else(PoisonError::into_inner);
        if takes().contains(&extension) {
            return Ok(true);
        }
        let known = self.yard.store.has_arrived(&self.item.workspace, &extension).await?;
        if known {
            takes().insert(extension);
        }
        Ok(known)
    }

    /// One round of chunks side by side, and at its end the last piece beside them. Ends at the first trap; what was in flight
    /// then is cut.
    async fn round(&mut self, numbers: Vec<u32>, last_piece_beside: bool) -> Result<Result<(), (u32, Trap)>, Stop> {
        let Stage::Uploading(session) = &self.stage else { return Ok(Ok(())) };
        let session = session.clone();
        let (notes, mut noted) = tokio::sync::mpsc::unbounded_channel();
        let round = Arc::new(Round {
            yard: Arc::clone(&self.yard),
            site: Arc::clone(&self.site),
            meter: Arc::clone(&self.meter),
            path: self.item.source.clone(),
            stamp: self.item.stamp.clone(),
            token: self.tokens.get(&session.token().id).cloned().unwrap_or_default(),
            endpoint: session.endpoint(),
            identifier: session.identifier().clone(),
            plan: session.plan(),
            priority: self.priority(),
            quiet_from: Mutex::new(self.quiet_from),
            unplaced: watch::Sender::new(numbers.len()),
            notes,
        });
        let (site, yard, unplaced) = (Arc::clone(&self.site), Arc::clone(&self.yard), round.unplaced.subscribe());
        let priority = Priority { turn: u32::MAX, ..self.priority() };
        let place = async move { place_beside(&site, &yard.line.pool, priority, unplaced).await };
        let mut place = std::pin::pin!(place);
        let mut awaits_place = last_piece_beside;
        let mut tasks = JoinSet::new();
        for (turn, number) in (0..).zip(numbers) {
            tasks.spawn(Arc::clone(&round).deliver(number, turn));
        }
        let mut steps = self.yard.line.steps();
        let outcome = loop {
            tokio::select! {
                biased;
                Some(text) = noted.recv() => self.note(text),
                Ok(()) = steps.changed() => {
                    let step = *steps.borrow_and_update();
                    if let Some(step) = step {
                        self.note(line::told(&step));
                    }
                }
                place = &mut place, if awaits_place && !tasks.is_empty() => {
                    awaits_place = false;
                    self.note("the last piece sets out, its end held back".to_owned());
                    self.last_piece = self.set_out(&session, place, true);
                }
                done = tasks.join_next() => match done {
                    None => break Ok(()),
                    Some(Ok((number, Ok((hash, permit))))) => {
                        self.record(Event::ChunkAcknowledged { number, hash }).await?;
                        // Only now may another chunk take its place: a crash costs what is in flight, and no more.
                        drop(permit);
                        self.token_replaced_for.take_if(|refused| *refused == number);
                    }
                    Some(Ok((number, Err(trap)))) => break Err((number, trap)),
                    Some(Err(panic)) => {
                        return Err(Stop::Unrecordable(Failure::new(Code::ServerFailed).caused_by(&panic)));
                    }
                },
            }
        };
        self.quiet_from = *round.quiet_from.lock().unwrap_or_else(PoisonError::into_inner);
        if !tasks.is_empty() {
            tasks.shutdown().await;
            self.quiet_from = Some(Instant::now() + self.yard.timing.quiet_after_cut);
        }
        Ok(outcome)
    }

    /// The way out of a trap, or the failure that it is.
    async fn escape(&mut self, number: u32, trap: Trap) -> Result<(), Stop> {
        let Stage::Uploading(session) = &self.stage else { return Ok(()) };
        let replaces = self.item.replaces.is_some();
        let committed = session.committed_at().is_some() && !replaces;
        let scouting = replaces && session.plan().count() > 1 && number == session.scout();
        let largest = session.plan().span(session.plan().count()).len;
        let fail = |code: Code, words: String| Err(Stop::Failed(Failure::new(code).detail(words)));
        match trap {
            Trap::NoSuchCall(words) => match self.elsewhere() {
                Some(endpoint) => self.start_over_elsewhere(endpoint).await,
                None => fail(Code::RequestRefused, words),
            },
            Trap::RefusedFile(RefusalKind::Type, words) if scouting => {
                self.note(format!("a piece was refused: {words}"));
                self.start_over_in_one_piece().await
            }
            Trap::TakenAsWhole(_) if replaces => Err(self.a_piece_replaced_it()),
            Trap::TooLarge => {
                let Some(limits) = self.yard.limits.below(largest) else {
                    return fail(Code::FileTooLarge, "HTTP 413".to_owned());
                };
                self.start_over_smaller(limits).await
            }
            Trap::RefusedRequest(words) if committed => self.token_refused_after_commit(words).await,
            Trap::RefusedRequest(words) if self.token_replaced_for.is_none() => {
                self.note(format!("refused ({words}): trying once more with another token"));
                self.token_replaced_for = Some(number);
                self.replace_token().await
            }
            Trap::RefusedRequest(words) => fail(Code::RequestRefused, words),
            Trap::TakenAsWhole(id) => Err(self.a_piece_became_a_video(id).await?),
            Trap::RefusedFile(RefusalKind::Size, words) => fail(Code::FileTooLarge, words),
            Trap::RefusedFile(_, words) => fail(Code::FileRefused, words),
            Trap::Failing(words) => fail(Code::ServerFailed, words),
            Trap::Folder(failure) => Err(Stop::Unrecordable(failure)),
            Trap::Source(failure) => Err(Stop::for_source(failure)),
            Trap::Person(failure) => Err(Stop::Parked(failure)),
        }
    }

    async fn start_over_smaller(&mut self, limits: ChunkLimits) -> Result<(), Stop> {
        let plan = self.plan(limits)?;
        self.note(format!("the server takes no chunk of this size: {} chunks now", plan.count()));
        self.start_over(plan, None, None).await
    }
}

impl Round {
    /// Sends a chunk until it is acknowledged or trapped. An acknowledgement comes with the place that the chunk took.
    async fn deliver(self: Arc<Self>, number: u32, turn: u32) -> (u32, Result<(ChunkHash, Permit), Trap>) {
        let result = self.deliver_or_trap(number, Priority { turn, ..self.priority }).await;
        (number, result)
    }

    async fn deliver_or_trap(&self, number: u32, priority: Priority) -> Result<(ChunkHash, Permit), Trap> {
        let mut failing = 0;
        let mut expected = None;
        let mut refused: Option<Pass> = None;
        let mut first = true;
        loop {
            let permit = self.site.place(&self.yard.line.pool, priority).await;
            if std::mem::take(&mut first) {
                self.unplaced.send_modify(|unplaced| *unplaced -= 1);
            }
            self.yard.home.check().map_err(Trap::Folder)?;
            let pass = self.pass(refused.as_ref()).await?;
            let gate = self.yard.line.gate(self.priority.lane);
            let watch = BodyWatch::through(gate, Arc::clone(&self.meter.sent));
            let mut attempt = Some(self.yard.line.gauge.begin(Arc::clone(&watch)));
            let begun = Instant::now();
            let ending = self
                .site
                .api
                .send_chunk(ChunkAttempt {
                    endpoint: self.endpoint,
                    token: &self.token,
                    pass: pass.as_ref(),
                    identifier: &self.identifier,
                    plan: self.plan,
                    number,
                    path: &self.path,
                    stamp: &self.stamp,
                    expected: expected.clone(),
                    watch: Arc::clone(&watch),
                    patience: self.yard.timing.chunk_answer,
                    is_commit: false,
                })
                .await;
            if watch.handed_over() > 0 {
                reach(CrashPoint::MidChunk);
            }
            // Whatever is sent under this number from now on must be these bytes.
            expected = expected.or(watch.hash());
            let meaning = match &ending {
                Ending::Answered { status, answer, .. } => Some(judge_ordinary(*status, answer)),
                _ => None,
            };
            if meaning != Some(Ordinary::Acknowledged) {
                self.meter.take_back(&watch);
                attempt = None;
            }
            if let Some(failure) = watch.source_failure() {
                return Err(Trap::Source(failure));
            }
            match (ending, meaning) {
                (Ending::Answered { status, .. }, Some(Ordinary::Acknowledged)) => {
                    self.site.pace.progressed();
                    self.yard.line.pool.was_taken(self.site.api.origin());
                    let (bytes, taken) = (watch.handed_over(), begun.elapsed());
                    if let Some(attempt) = attempt {
                        attempt.acknowledged(taken);
                    }
                    self.note(number, &format!("HTTP {status}, {bytes} bytes in {} ms", taken.as_millis()));
                    return watch.hash().map(|hash| (hash, permit)).ok_or_else(|| {
                        // An answer before the body was through: it cannot be about these bytes.
                        Trap::Failing("acknowledged before all of it was sent".to_owned())
                    });
                }
                (Ending::NeverLeft { cause }, _) => {
                    self.note(number, &cause.causes.join(": "));
                    self.site.pace.failed(begun, Trouble::cut_off(cause));
                }
                (Ending::Silence { cause, cut_by_us }, _) => {
                    self.note(number, &cause.causes.join(": "));
                    self.may_still_run(cut_by_us);
                    self.site.pace.failed(begun, Trouble::cut_off(cause));
                }
                (Ending::Answered { status, retry_after, excerpt, .. }, Some(meaning)) => {
                    self.note(number, &format!("HTTP {status} {excerpt}"));
                    if is_a_gateways_word(status) && watch.is_complete() {
                        self.may_still_run(true);
                    }
                    match meaning {
                        Ordinary::Busy => {
                            if let Some(limit) = self.yard.line.pool.turned_away(self.site.api.origin(), begun) {
                                self.note(number, &format!("turned away: {limit} chunk(s) in flight to the workspace"));
                            }
                            self.site.pace.failed(begun, Trouble::Busy { retry_after });
                        }
                        Ordinary::NotApi => {
                            self.site.pace.failed(begun, Trouble::cut_off(Failure::new(Code::NetworkPortal)));
                        }
                        Ordinary::Failing(words) if failing >= FAILING_TRIES => {
                            // A bad token's status is not documented either; words that we do not know may mean one.
                            let speaks = !words.starts_with("HTTP ") && words != "Wrong data size";
                            return Err(if speaks { Trap::RefusedRequest(words) } else { Trap::Failing(words) });
                        }
                        Ordinary::Failing(_) => {
                            failing += 1;
                            drop(permit);
                            tokio::time::sleep(self.site.pace.backoff(failing)).await;
                        }
                        Ordinary::Credential(words) => match pass {
                            Some(pass) if refused.is_none() => refused = Some(pass),
                            Some(_) => self.site.without_credential.store(true, Ordering::Relaxed),
                            None => {
                                // So it was not the credential.
                                self.site.without_credential.store(false, Ordering::Relaxed);
                                return Err(Trap::RefusedRequest(words));
                            }
                        },
                        Ordinary::TakenAsWhole(id) => return Err(Trap::TakenAsWhole(id)),
                        Ordinary::TooLarge => return Err(Trap::TooLarge),
                        Ordinary::RefusedFile(kind, words) => return Err(Trap::RefusedFile(kind, words)),
                        Ordinary::NoSuchCall(words) if self.endpoint.instead().is_some() => {
                            return Err(Trap::NoSuchCall(words));
                        }
                        Ordinary::NoSuchCall(words) | Ordinary::RefusedRequest(words) => {
                            return Err(Trap::RefusedRequest(words));
                        }
                        Ordinary::Acknowledged => {}
                    }
                }
                (Ending::Answered { .. }, None) => {}
            }
        }
    }

    /// The credential for an attempt: the one in use; another one if it was refused; none once that was refused too.
    /// The upload token is the authority, so a chunk may go without.
    async fn pass(&self, refused: Option<&Pass>) -> Result<Option<Pass>, Trap> {
        if self.site.without_credential.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let found = match refused {
            None => self.site.access.pass().await.map(Some),
            // Signed anew, at a time that may be better known by now.
            Some(refused) if refused.is_made_anew() => Ok(Some(refused.clone())),
            Some(refused) => self.site.access.instead_of(refused).await,
        };
        match found {
            Ok(None) => {
                self.site.without_credential.store(true, Ordering::Relaxed);
                Ok(None)
            }
            Ok(pass) => Ok(pass),
            Err(Denied::Person(failure)) => Err(Trap::Person(failure)),
            // The chunk itself will meet the same trouble and wait it out.
            Err(Denied::Call(_)) => Ok(None),
        }
    }

    fn may_still_run(&self, cut_by_us: bool) {
        let until = Instant::now() + self.yard.timing.quiet_after(cut_by_us);
        let mut quiet_from = self.quiet_from.lock().unwrap_or_else(PoisonError::into_inner);
        *quiet_from = quiet_from.max(Some(until));
    }

    fn note(&self, number: u32, text: &str) {
        // The receiver outlives the tasks.
        let _ = self.notes.send(format!("chunk {number}: {text}"));
    }
}
