//! The commit: the last piece, whole, sent once, alone, on a connection of its own, after everything that must be true first
//! is durable. How it gets on its way is in `transfer/last_piece.rs`, what its answer means in [`crate::commit`].

use super::last_piece::{LastPiece, Sent};
use super::settle::Look;
use super::{Stop, Transfer};
use crate::answer::is_unknown_call;
use crate::api::{Ending, ListedVideo, Pass, is_a_gateways_word};
use crate::commit::{self, Compared, Reply, Unclear, Verdict};
use crate::failure::{Code, Failure};
use crate::hooks::{CrashPoint, reach};
use crate::item::{Event, FoundBy, Proof, Stage};
use crate::pace::{Permit, Trouble};
use crate::source::BodyWatch;
use std::sync::Arc;
use tokio::time::Instant;

impl Transfer {
    /// Waits until no attempt at an ordinary chunk can still be running.
    pub(super) async fn let_it_be_quiet(&mut self) {
        reach(CrashPoint::AfterLastAcknowledgement);
        if let Some(quiet_from) = self.quiet_from.take() {
            if quiet_from > Instant::now() {
                self.note("waiting until no earlier attempt can still be running".to_owned());
                let waited = tokio::time::sleep_until(quiet_from);
                // Put back first: this wait may be interrupted.
                self.quiet_from = Some(quiet_from);
                waited.await;
            }
            self.quiet_from = None;
        }
    }

    /// The server has the newest details before the video exists, so that nobody sees it with old ones.
    async fn bring_details_up_to_date(&mut self) -> Result<(), Stop> {
        loop {
            self.refresh_details().await?;
            let Stage::Uploading(session) = &self.stage else { return Ok(()) };
            if session.details_version() >= self.item.details_version {
                return Ok(());
            }
            let Some(token) = self.tokens.get(&session.token().id).cloned() else { return Ok(()) };
            let worded = self.wording().await?;
            let (version, token, wording) = (self.item.details_version, &token, worded.as_sent());
            let told = self
                .exchange("details", |api, pass| async move { api.update_upload_token(token, wording, &pass).await })
                .await;
            match told {
                Ok(()) => self.record(Event::DetailsAcknowledged { version }).await?,
                // The token call is a convenience; what it refuses is made true on the video itself afterwards.
                Err(Stop::Failed(failure) | Stop::Parked(failure)) => {
                    self.note(format!("details will follow: {failure}"));
                    return Ok(());
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// The last things that a commit needs, each as fresh as can be: a place in the pool, a token that outlives it, the
    /// newest details acknowledged, the source unchanged, a valid lookup that returns zero; then "commit sent". The
    /// sending itself follows in [`Self::await_commit`], which nothing interrupts.
    pub(super) async fn begin_commit(&mut self) -> Result<(), Stop> {
        self.replace_ending_token().await?;
        self.bring_details_up_to_date().await?;
        let (ready, seen) = self.ready_for_commit().await?;
        let proof = match seen {
            Ok(proof) => proof,
            Err(Look::Zero { at }) => Proof::Zero { seen_at: at },
            Err(Look::Found(videos)) => return self.found_before_commit(videos).await,
            Err(Look::EarlierCut(video)) => return Err(self.ask_about(&video)),
            Err(Look::Blind) => return Err(Stop::Failed(Failure::new(Code::LookupImpossible))),
        };
        // The look may have taken its time. Whether the folder takes a write is shown by the next line.
        self.yard.home.check().map_err(Stop::Unrecordable)?;
        let sent_at = self.site.api.server_now();
        self.record(Event::CommitSent { proof, sent_at }).await?;
        reach(CrashPoint::AfterCommitSentIsDurable);
        let Stage::Confirming(confirming) = &self.stage else { return Ok(()) };
        self.last_piece = match ready {
            Ready::OnItsWay(piece) => Some(piece),
            Ready::Place(place) => self.set_out(&confirming.session, place, false),
        };
        if let Some(piece) = &self.last_piece {
            piece.release();
        }
        Ok(())
    }

    /// What the commit's request takes, and what was seen when that was there: the last piece, on its way already, or a place
    /// for it.
    async fn ready_for_commit(&mut self) -> Result<(Ready, Result<Proof, Look>), Stop> {
        if let Some(piece) = self.still_on_its_way().await? {
            self.last_piece = Some(piece);
            let seen = loop {
                self.site.admitted().await;
                if let Some(seen) = self.while_fair(|it| Box::pin(it.look_before_commit())).await? {
                    break seen;
                }
            };
            // The look may have taken long enough for the request to be of no use any more.
            if let Some(piece) = self.still_on_its_way().await? {
                return Ok((Ready::OnItsWay(piece), seen));
            }
        }
        let (place, seen) = self.placed(|it| Box::pin(it.look_before_commit())).await?;
        Ok((Ready::Place(place), seen))
    }

    /// The source and the workspace, as they are while nothing else is left to be done before the commit.
    async fn look_before_commit(&self) -> Result<Result<Proof, Look>, Stop> {
        self.check_source().await?;
        match self.item.replaces {
            Some(replacement) => self.proof_of_replacement(replacement).await.map(Ok),
            None => self.look_once().await.map(Err),
        }
    }

    /// A commit of which nothing is on its way, with "commit sent" recorded a moment ago.
    pub(super) async fn commit_on(&mut self, place: Permit) -> Result<(), Stop> {
        let Stage::Confirming(confirming) = &self.stage else { return Ok(()) };
        let Some(piece) = self.set_out(&confirming.session, place, false) else { return Ok(()) };
        self.await_commit(piece).await
    }

    /// The rest of the attempt, with lookups beside it: the video may be there long before an answer is.
    pub(super) async fn await_commit(&mut self, mut piece: LastPiece) -> Result<(), Stop> {
        let watch = Arc::clone(&piece.watch);
        let sent = tokio::select! {
            biased;
            sent = piece.sent() => sent,
            seen = self.watch_for_arrival(&watch), if self.item.replaces.is_none() => {
                return self.store_found(seen).await;
            }
        };
        let Sent { ending, begun, pass, counted } =
            sent.map_err(|panic| Stop::Unrecordable(Failure::new(Code::ServerFailed).caused_by(&panic)))?;
        reach(CrashPoint::AfterAnswerBeforeStored);
        if matches!(ending, Ending::Answered { status: 200..=299, .. }) {
            counted.arrived();
        }
        self.conclude(ending, &watch, begun, pass.as_ref()).await
    }

    /// One look after an answer that says that nothing was done.
    async fn look_after_a_no(&self) -> Result<After, Stop> {
        if let Some(replacement) = self.item.replaces {
            return Ok(match self.compare().await? {
                Compared::Unchanged => After::Nothing,
                Compared::Changed => return Err(self.probably_replaced(replacement)),
                Compared::Blind => After::Unknown,
            });
        }
        Ok(match self.look_once().await? {
            Look::Found(videos) => After::Arrived(videos),
            Look::Zero { .. } => After::Nothing,
            Look::EarlierCut(_) | Look::Blind => After::Unknown,
        })
    }

    /// The answer was a bare number. Of a replacement it says what it has to, if it is the video's that was to be replaced.
    /// Otherwise the workspace's list by the upload's token says which video is ours; one look before anything is recorded,
    /// since mostly it is there.
    async fn hold_against_the_list(&mut self, number: Option<u64>, unclear: Event) -> Result<(), Stop> {
        if let Some(replacement) = self.item.replaces {
            return match number {
                Some(id) if id == replacement.video => self.store_replaced(replacement, id).await,
                _ => self.record(unclear).await,
            };
        }
        let look = self.look().await;
        if let Ok(Look::Found(videos)) = look {
            return self.store_found(videos).await;
        }
        self.record(unclear).await?;
        look.map(|_| ())
    }

    async fn conclude(
        &mut self,
        ending: Ending,
        watch: &BodyWatch,
        begun: Instant,
        pass: Option<&Pass>,
    ) -> Result<(), Stop> {
        let mut trouble = Failure::new(Code::WorkspaceUnreachable);
        let (reply, excerpt) = match ending {
            Ending::NeverLeft { cause } => {
                trouble = cause;
                (Reply::NeverLeft, trouble.causes.join(": "))
            }
            Ending::Silence { cause, cut_by_us } => {
                self.quiet_from = Some(Instant::now() + self.yard.timing.quiet_after(cut_by_us));
                trouble = cause;
                (Reply::Silence, trouble.causes.join(": "))
            }
            Ending::Answered { status, answer, retry_after, excerpt } => {
                if is_a_gateways_word(status) {
                    // The gateway gave up; whoever works behind it may not have.
                    self.quiet_from = Some(Instant::now() + self.yard.timing.quiet_after(true));
                }
                (Reply::Answered { status, answer, retry_after }, excerpt)
            }
        };
        let (status, retry_after) = match &reply {
            Reply::Answered { status, retry_after, .. } => (*status, *retry_after),
            _ => (0, None),
        };
        let excerpt = self.masked(excerpt);
        self.note(format!(
            "the last piece: {} {excerpt}",
            if status == 0 { String::new() } else { format!("HTTP {status}") }
        ));
        if let Reply::Answered { answer, .. } = &reply
            && is_unknown_call(status, answer)
            && let Some(endpoint) = self.elsewhere()
        {
            self.meter.take_back(watch);
            self.record(Event::CommitUnsent).await?;
            return self.start_over_elsewhere(endpoint).await;
        }
        match commit::judge(&reply) {
            Verdict::Stored => match (commit::video(&reply), self.item.replaces) {
                (Some(id), Some(replacement)) => self.store_replaced(replacement, id).await,
                (Some(id), None) => self.store(id, None, FoundBy::Answer, Vec::new()).await,
                (None, _) => Ok(()),
            },
            Verdict::Numbered => {
                let number = commit::number(&reply);
                self.hold_against_the_list(number, answered(&reply, status, excerpt)).await
            }
            Verdict::NotSent => {
                self.meter.take_back(watch);
                self.record(Event::CommitUnsent).await?;
                if let Some(failure) = watch.source_failure() {
                    return Err(Stop::for_source(failure));
                }
                self.site.pace.failed(begun, Trouble::cut_off(trouble));
                Ok(())
            }
            Verdict::TurnedAway => {
                self.meter.take_back(watch);
                self.yard.line.pool.turned_away(self.site.api.origin(), begun);
                self.site.pace.failed(begun, Trouble::Busy { retry_after });
                match self.look_after_a_no().await? {
                    After::Arrived(videos) => self.store_found(videos).await,
                    // The next commit is preceded by a look of its own in any case.
                    After::Nothing => self.record(Event::CommitUnsent).await,
                    After::Unknown => Ok(()),
                }
            }
            Verdict::Refused => match self.look_after_a_no().await? {
                After::Arrived(videos) => self.store_found(videos).await,
                After::Nothing => {
                    self.record(Event::CommitUnsent).await?;
                    Err(Stop::Failed(refused_file(&reply)))
                }
                After::Unknown => self.record(answered(&reply, status, excerpt)).await,
            },
            Verdict::Unclear => {
                if matches!(reply, Reply::Silence) {
                    self.site.pace.failed(begun, Trouble::cut_off(trouble));
                }
                let mut class = commit::unclear(&reply);
                if class == Unclear::Credential && !self.site.chunks_go_without(pass).await {
                    // There was no credential to blame: then it is about the token.
                    class = Unclear::Refused;
                }
                self.record(Event::CommitAnswered { class, status, excerpt }).await
            }
        }
    }
}

/// What a commit's request takes.
enum Ready {
    /// All of it but the end is on its way.
    OnItsWay(LastPiece),
    /// Nothing is.
    Place(Permit),
}

/// What is seen after a commit was turned away.
enum After {
    /// It made a video all the same.
    Arrived(Vec<ListedVideo>),
    /// It did nothing, as it said.
    Nothing,
    /// Nobody can say.
    Unknown,
}

fn answered(reply: &Reply, status: u16, excerpt: String) -> Event {
    Event::CommitAnswered { class: commit::unclear(reply), status, excerpt }
}

fn refused_file(reply: &Reply) -> Failure {
    use crate::answer::{Answer, RefusalKind};
    match reply {
        Reply::Answered { answer: Answer::Refused(refusal), .. } => {
            let code = if refusal.kind == RefusalKind::Size { Code::FileTooLarge } else { Code::FileRefused };
            Failure::new(code).detail(refusal.text.clone())
        }
        _ => Failure::new(Code::FileRefused),
    }
}
