//! What is different when a file goes in the place of another: it has a target that must be there and be of the right
//! kind, a baseline instead of a lookup by token, and one rule more, that sending the same bytes again does no harm.
//!
//! Which replacement of a video goes first is decided in `schedule.rs`; the table of what follows an unclear one is
//! [`commit::REPLACEMENT_STEPS`].

use super::{Ended, Stop, Transfer};
use crate::api::Sight;
use crate::commit::{self, Compared, ReplacementFacts, ReplacementStep, Unclear};
use crate::failure::{Code, Failure};
use crate::item::{Baseline, Endpoint, Event, FileKind, FoundBy, Intent, Proof, Replacement, Session, Stage};
use crate::plan::Plan;
use crate::source;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a look that proves nothing is taken again before it counts as blindness.
const BLIND_TRIES: u32 = 4;

impl Transfer {
    /// Before the first byte: the target is there and of a kind that this file replaces, and a picture waits until the
    /// video is processed, which could otherwise overwrite it.
    pub(super) async fn check_target(&self, replacement: Replacement) -> Result<(), Stop> {
        self.check_kind(replacement.kind).await?;
        self.until_processed(replacement).await.map(|_| ())
    }

    /// How the target looks that this may replace, once it is processed where that is to be waited for.
    pub(super) async fn until_processed(&self, replacement: Replacement) -> Result<Baseline, Stop> {
        let mut waited = Duration::ZERO;
        let (mut gap, longest) = self.yard.timing.playable_gap;
        loop {
            let baseline = self.sight_or_stop(replacement).await?;
            let processed = baseline.transcoded.is_none_or(|share| share >= 1000);
            if processed || replacement.kind != FileKind::Image || waited >= self.yard.timing.playable_limit {
                self.meter.past_sending.store(false, Ordering::Relaxed);
                return Ok(baseline);
            }
            if waited.is_zero() {
                self.note("waiting until the video is processed".to_owned());
                self.leave_the_line();
            }
            tokio::time::sleep(gap).await;
            waited += gap;
            gap = (gap * 2).min(longest);
        }
    }

    /// The file is what it was taken in as. Nothing but its kind tells the server what to replace.
    async fn check_kind(&self, taken_in: FileKind) -> Result<(), Stop> {
        let (path, stamp) = (self.item.source.clone(), self.item.stamp.clone());
        match source::off_thread(move || source::kind_now(&path, &stamp)).await.map_err(Stop::for_source)? {
            kind if kind == taken_in => Ok(()),
            // Another kind of file has another target; trying again with it would not change that.
            _ => Err(Stop::Failed(Failure::new(Code::FileKindMismatch).detail(self.item.source.display().to_string()))),
        }
    }

    /// How the target looks, if that can be said; an error when it may not be replaced by this file.
    async fn sight_of(&self, replacement: Replacement) -> Result<Option<Baseline>, Stop> {
        let video = replacement.video;
        for attempt in 1..=BLIND_TRIES {
            let seen = self.exchange("target", |api, pass| async move { api.look_at(video, &pass).await }).await?;
            match seen {
                Sight::There { kind: Some(object), baseline } if replacement.fits(object) => return Ok(Some(baseline)),
                Sight::There { kind: Some(_), .. } => {
                    return Err(Stop::Failed(Failure::new(Code::FileKindMismatch).detail(self.address_of(video))));
                }
                Sight::Absent => return Err(Stop::Failed(Failure::new(Code::VideoUnknown).detail(video.to_string()))),
                // A list that does not say what an object is: nothing is put into it.
                Sight::There { kind: None, .. } | Sight::Blind => {
                    tokio::time::sleep(self.site.pace.backoff(attempt)).await;
                }
            }
        }
        self.note("the workspace's answer about the video proves nothing".to_owned());
        Ok(None)
    }

    /// How the target looks, where nothing may be done without knowing.
    async fn sight_or_stop(&self, replacement: Replacement) -> Result<Baseline, Stop> {
        let seen = self.sight_of(replacement).await?;
        seen.ok_or_else(|| Stop::Failed(Failure::new(Code::LookupImpossible)))
    }

    /// How the file is cut that replaces another.
    pub(super) fn plan_of_replacement(&self, limits: crate::plan::ChunkLimits) -> Option<Plan> {
        let size = self.item.stamp.size;
        if self.stage.session().is_some_and(Session::goes_in_one_piece) {
            return Plan::in_one_piece(size);
        }
        Plan::of_replacement(size, limits)
    }

    /// Before the first piece of several: how the video looks, to see afterwards that one piece changed nothing.
    pub(super) async fn take_baseline(&mut self) -> Result<(), Stop> {
        let (Stage::Uploading(session), Some(replacement)) = (&self.stage, self.item.replaces) else { return Ok(()) };
        if session.baseline().is_some() || session.plan().count() == 1 {
            return Ok(());
        }
        let baseline = self.sight_or_stop(replacement).await?;
        self.record(Event::BaselineTaken(baseline)).await
    }

    /// After the first piece, and when a session is taken up again that got no further: the video is as it was. That a
    /// replacement may come in pieces is likely and nowhere proven.
    pub(super) async fn check_that_nothing_changed(&self) -> Result<(), Stop> {
        let (Stage::Uploading(session), Some(replacement)) = (&self.stage, self.item.replaces) else { return Ok(()) };
        // Once a second piece was sent the first had been looked after.
        let looked_after = session.committed_at().is_some() || session.acknowledged().len() > 1;
        let Some(before) = session.baseline().filter(|_| !looked_after) else { return Ok(()) };
        let now = self.sight_or_stop(replacement).await?;
        let changes = before.changes_to(&now);
        if changes.is_empty() {
            return Ok(());
        }
        self.note(format!("a piece changed the video: {}", changes.join(", ")));
        Err(self.a_piece_replaced_it())
    }

    pub(super) fn a_piece_replaced_it(&self) -> Stop {
        let address = self.item.replaces.map(|it| self.address_of(it.video)).unwrap_or_default();
        Stop::Failed(Failure::new(Code::PieceReplacedFile).detail(address))
    }

    /// A piece from the middle was refused for its type: the server looked at it as a whole file, or does not take this
    /// type at all. In one piece it will say which.
    pub(super) async fn start_over_in_one_piece(&mut self) -> Result<(), Stop> {
        self.note("the server does not take this in pieces: once more as a whole".to_owned());
        let plan = Plan::in_one_piece(self.item.stamp.size);
        let plan = plan.ok_or_else(|| Stop::Failed(Failure::new(Code::SourceEmpty)))?;
        self.start_over(plan, None, None).await
    }

    /// The server knows no such call: the other one that does the same, under a new identifier.
    pub(super) async fn start_over_elsewhere(&mut self, endpoint: Endpoint) -> Result<(), Stop> {
        self.note(format!("the server knows no such call: trying {}", endpoint.path()));
        let plan = self.plan_again()?;
        self.start_over(plan, None, Some(endpoint)).await
    }

    /// Where else this session may go, as long as it has not got anywhere.
    pub(super) fn elsewhere(&self) -> Option<Endpoint> {
        let session = self.stage.session()?;
        session.endpoint().instead().filter(|_| session.acknowledged().is_empty())
    }

    /// How the video looks just before the commit: the proof that a replacement needs.
    pub(super) async fn proof_of_replacement(&self, replacement: Replacement) -> Result<Proof, Stop> {
        self.check_kind(replacement.kind).await?;
        self.sight_or_stop(replacement).await.map(Proof::Baseline)
    }

    /// From "confirming" to wherever the table leads.
    pub(super) async fn settle_replacement(&mut self, replacement: Replacement) -> Result<(), Stop> {
        // Until something has changed, or no attempt can be running any more and the window has passed.
        let changed = |compared: &Compared| *compared == Compared::Changed;
        let compared = self.look_for_a_while(self.quiet_from, |it| Box::pin(it.compare()), changed).await?;
        let Stage::Confirming(confirming) = &self.stage else { return Ok(()) };
        let session = &confirming.session;
        let facts = ReplacementFacts {
            compared,
            chunks: session.plan().count(),
            sends: confirming.sends,
            restarts: session.restarts(),
        };
        let step = commit::next_replacement_step(&facts);
        self.note(format!("{facts:?}: {step:?}"));
        match step {
            ReplacementStep::CommitAgain | ReplacementStep::SendAgain if *self.intent.borrow() == Intent::Cancel => {
                // Nobody wants it sent any more, and nothing came of it.
                let plan = self.plan_again()?;
                self.start_over(plan, None, None).await
            }
            ReplacementStep::CommitAgain => {
                self.check_source().await.map_err(super::settle::ask_instead)?;
                self.commit_replacement_again().await
            }
            ReplacementStep::SendAgain
                if session.goes_in_one_piece() && confirming.answer == Some(Unclear::TooLarge) =>
            {
                // In pieces it was not taken, and whole it is too large. Nothing came of it, so nothing is in doubt.
                self.record(Event::CommitUnsent).await?;
                Err(Stop::Failed(Failure::new(Code::FileTooLarge).detail("HTTP 413")))
            }
            ReplacementStep::SendAgain => {
                self.check_source().await.map_err(super::settle::ask_instead)?;
                self.start_over_with_new_token().await
            }
            ReplacementStep::AskProbably => Err(self.probably_replaced(replacement)),
            ReplacementStep::Ask => {
                Err(Stop::Failed(Failure::new(Code::OutcomeUnknown).detail(self.address_of(replacement.video))))
            }
        }
    }

    async fn commit_replacement_again(&mut self) -> Result<(), Stop> {
        // The line may have been down meanwhile; what is in the way now is asked about, since a commit is on its way.
        let placed = self.placed_unless_cancelled(|it| Box::pin(it.look_before_the_same_commit())).await;
        let Some((permit, Some(proof))) = placed.map_err(super::settle::ask_instead)? else { return Ok(()) };
        let sent_at = self.site.api.server_now();
        self.record(Event::CommitSent { proof, sent_at }).await?;
        self.commit_on(permit).await
    }

    /// The proof for one more commit; `None` when the video is not seen to be as it was.
    async fn look_before_the_same_commit(&self) -> Result<Option<Proof>, Stop> {
        let Some(replacement) = self.item.replaces else { return Ok(None) };
        let (Compared::Unchanged, now) = self.look_beside_the_baseline().await? else { return Ok(None) };
        self.check_kind(replacement.kind).await?;
        Ok(now.map(Proof::Baseline))
    }

    pub(super) fn probably_replaced(&self, replacement: Replacement) -> Stop {
        Stop::Failed(Failure::new(Code::ProbablyReplaced).detail(self.address_of(replacement.video)))
    }

    /// Cancels a replacement that is being sent again: the earlier commit may have arrived meanwhile.
    pub(super) async fn cancel_replacement_after_commit(&mut self) -> Result<Ended, Stop> {
        let event = match self.compare().await {
            Ok(Compared::Unchanged) => Event::Cancelled,
            Ok(Compared::Changed) => Event::Failed(Failure::new(Code::ProbablyReplaced)),
            Ok(Compared::Blind) | Err(Stop::Failed(_)) => Event::Failed(Failure::new(Code::OutcomeUnknown)),
            Err(Stop::Parked(failure)) => return Ok(Ended::Parked(failure)),
            Err(stop) => return Err(stop),
        };
        self.record(event).await.map(|()| Ended::Recorded)
    }

    /// The video as it is now beside the baseline of the commit.
    pub(super) async fn compare(&self) -> Result<Compared, Stop> {
        self.look_beside_the_baseline().await.map(|(compared, _)| compared)
    }

    /// The same, with what was seen.
    async fn look_beside_the_baseline(&self) -> Result<(Compared, Option<Baseline>), Stop> {
        let before = self.stage.session().and_then(Session::baseline);
        let (Some(before), Some(replacement)) = (before, self.item.replaces) else {
            return Ok((Compared::Blind, None));
        };
        let now = match self.sight_of(replacement).await {
            Ok(Some(now)) => now,
            // Gone, or of another kind: whatever happened to it, it was not left as it was.
            Err(Stop::Failed(failure)) if matches!(failure.code, Code::VideoUnknown | Code::FileKindMismatch) => {
                return Ok((Compared::Changed, None));
            }
            Ok(None) | Err(Stop::Failed(_)) => return Ok((Compared::Blind, None)),
            Err(stop) => return Err(stop),
        };
        let changes = before.changes_to(&now);
        if changes.is_empty() {
            return Ok((Compared::Unchanged, Some(now)));
        }
        self.note(format!("different since the last piece: {}", changes.join(", ")));
        Ok((Compared::Changed, Some(now)))
    }

    /// The commit's answer named a video.
    pub(super) async fn store_replaced(&mut self, replacement: Replacement, named: u64) -> Result<(), Stop> {
        if named != replacement.video {
            // It made or changed something else; whether ours is replaced as well nobody knows.
            self.note(format!("the answer names another video: {named}"));
            let address = self.address_of(named);
            return Err(Stop::Failed(Failure::new(Code::OutcomeUnknown).detail(address)));
        }
        self.store(named, None, FoundBy::Answer, Vec::new()).await
    }

    fn address_of(&self, video: u64) -> String {
        self.site.api.origin().manage_page(video)
    }
}
