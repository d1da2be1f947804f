//! Finding out what became of a commit, and doing what follows. The rules are the table [`crate::commit::STEPS`]; here
//! are the lookups that feed it and the acts that it asks for.
//!
//! A lookup asks for each token that the item ever had. It counts only when the answer is current and given to an
//! authorised caller; anything else is "blind", and blindness never leads to sending.

use super::exchange::Looking;
use super::{Ended, Stop, Transfer};
use crate::api::{ListedVideo, TokenState as Lookup};
use crate::commit::{self, Facts, Looked, Newcomers, Step, TokenState, Unclear};
use crate::failure::{Code, Failure};
use crate::item::{Event, FoundBy, Intent, Proof, Session, Stage};
use crate::plan::Plan;
use crate::source::BodyWatch;
use tokio::time::Instant;

/// One lookup by every token.
#[derive(Debug)]
pub(super) enum Look {
    /// Never empty.
    Found(Vec<ListedVideo>),
    /// Only under a token of an earlier cut of the file: perhaps what the person wants, perhaps not.
    EarlierCut(ListedVideo),
    Zero {
        /// Server time.
        at: i64,
    },
    Blind,
}

/// How often an answer that proves nothing is asked for again before it counts as blindness outside of a window.
const BLIND_TRIES: u32 = 4;

/// A video may be listed with a time just before our "commit sent": clocks of two machines behind one name.
const CLOCK_SLACK_S: i64 = 120;

impl Transfer {
    /// From "confirming" to wherever the table leads.
    pub(super) async fn settle(&mut self) -> Result<(), Stop> {
        if let Some(replacement) = self.item.replaces {
            return self.settle_replacement(replacement).await;
        }
        let looked = self.look_for_arrival(self.quiet_from).await?;
        let Stage::Confirming(confirming) = &self.stage else { return Ok(()) };
        let session = &confirming.session;
        let expired = session.token().valid_until <= self.site.api.server_now();
        let refused = confirming.answer == Some(Unclear::Refused);
        let token = if expired || refused { TokenState::Dead } else { TokenState::Alive };
        let mut facts = Facts {
            looked: looked.kind(),
            chunks: session.plan().count(),
            sends: confirming.sends,
            restarts: session.restarts(),
            token,
            newcomers: Newcomers::None,
            numbered: confirming.answer == Some(Unclear::Number),
        };
        if token == TokenState::Dead && facts.looked == Looked::Zero {
            facts.newcomers = self.newcomers().await?;
        }
        let step = commit::next_step(&facts);
        self.note(format!("{facts:?}: {step:?}"));
        if matches!(step, Step::CommitAgain | Step::SameTokenNewIdentifier | Step::NewToken) {
            if *self.intent.borrow() == Intent::Cancel {
                // Nobody wants it sent any more. Under a fresh identifier there is nothing left to settle, and the
                // cancelling takes its usual way.
                return self.start_over_with_same_token().await;
            }
            // Without the file there is nothing to send, and what became of it stays open: the question, and not a
            // failure that only the file's return could end. While only its drive is away it waits, and goes on
            // looking meanwhile: the drive's return can answer what a person would be asked.
            self.check_source().await.map_err(ask_instead)?;
        }
        match (step, looked) {
            (Step::Store | Step::StoreWithTwins, Look::Found(videos)) => self.store_found(videos).await,
            (Step::CommitAgain, _) => self.commit_again().await,
            (Step::SameTokenNewIdentifier, _) => self.start_over_with_same_token().await,
            (Step::NewToken, _) => self.start_over_with_new_token().await,
            (_, Look::EarlierCut(video)) => Err(self.ask_about(&video)),
            (Step::Ask | Step::Store | Step::StoreWithTwins, _) => {
                Err(Stop::Failed(Failure::new(Code::OutcomeUnknown)))
            }
        }
    }

    /// The commit chunk again, alone, same identifier and token. The line may have been down meanwhile, so what was seen
    /// before it went down is looked at once more. Whoever cancels before that is heard by the settling that follows.
    async fn commit_again(&mut self) -> Result<(), Stop> {
        let placed = self.placed_unless_cancelled(|it| Box::pin(it.look_once())).await?;
        let Some((permit, look)) = placed else { return Ok(()) };
        let proof = match look {
            Look::Zero { at } => Proof::Zero { seen_at: at },
            Look::Found(videos) => return self.store_found(videos).await,
            Look::EarlierCut(video) => return Err(self.ask_about(&video)),
            Look::Blind => return Ok(()),
        };
        let sent_at = self.site.api.server_now();
        self.record(Event::CommitSent { proof, sent_at }).await?;
        self.commit_on(permit).await
    }

    /// The question, with the address of what arrived from the file before it changed.
    pub(super) fn ask_about(&self, video: &ListedVideo) -> Stop {
        let address = self.site.api.origin().manage_page(video.id);
        Stop::Failed(Failure::new(Code::OutcomeUnknown).detail(address))
    }

    async fn start_over_with_same_token(&mut self) -> Result<(), Stop> {
        let plan = self.plan_again()?;
        self.start_over(plan, None, None).await
    }

    /// The cut for sending everything again: as before, so that what was learnt about the size of a request stays
    /// learnt, or smaller if the commit was too large.
    pub(super) fn plan_again(&self) -> Result<Plan, Stop> {
        if self.stage.session().is_some_and(Session::goes_in_one_piece) {
            return self.plan(self.yard.limits);
        }
        let before = self.stage.session().map(Session::plan).filter(|plan| plan.total() == self.item.stamp.size);
        let Some(before) = before else { return self.plan(self.yard.limits) };
        let too_large = matches!(&self.stage, Stage::Confirming(it) if it.answer == Some(Unclear::TooLarge));
        match self.yard.limits.below(before.span(before.count()).len) {
            Some(smaller) if too_large => self.plan(smaller),
            _ => Ok(before),
        }
    }

    /// A chunk was refused in unknown words after there had been a commit. A new token needs a valid zero from every
    /// earlier one and no newcomer; otherwise a person is asked.
    pub(super) async fn token_refused_after_commit(&mut self, words: String) -> Result<(), Stop> {
        self.note(format!("refused ({words}) after a commit: looking before anything else"));
        let looked = self.look_for_arrival(None).await?;
        let facts = Facts {
            looked: looked.kind(),
            chunks: 1,
            sends: 1,
            restarts: self.stage.session().map_or(0, Session::restarts),
            token: TokenState::Dead,
            newcomers: self.newcomers().await?,
            numbered: false,
        };
        match (commit::next_step(&facts), looked) {
            (Step::Store | Step::StoreWithTwins, Look::Found(videos)) => self.store_found(videos).await,
            (Step::NewToken, _) => self.start_over_with_new_token().await,
            (_, Look::EarlierCut(video)) => Err(self.ask_about(&video)),
            _ => Err(Stop::Failed(Failure::new(Code::OutcomeUnknown).detail(words))),
        }
    }

    /// Cancels an item that is being sent again: the earlier commit may have arrived meanwhile, and then there is a
    /// video to speak of.
    pub(super) async fn cancel_after_commit(&mut self) -> Result<Ended, Stop> {
        if self.item.replaces.is_some() {
            return self.cancel_replacement_after_commit().await;
        }
        match self.look_once().await {
            Ok(Look::Found(videos)) => self.store_found(videos).await?,
            Ok(Look::Zero { .. }) => {}
            Ok(Look::EarlierCut(_) | Look::Blind) | Err(Stop::Failed(_)) => {
                let failure = Failure::new(Code::OutcomeUnknown);
                return self.record(Event::Failed(failure)).await.map(|()| Ended::Recorded);
            }
            Err(Stop::Parked(failure)) => return Ok(Ended::Parked(failure)),
            Err(stop) => return Err(stop),
        }
        self.record(Event::Cancelled).await.map(|()| Ended::Recorded)
    }

    /// A resumed session is looked up before it sends. Returns whether that settled it.
    pub(super) async fn look_before_sending(&mut self) -> Result<bool, Stop> {
        match self.look_once().await? {
            Look::Found(videos) => self.found_before_commit(videos).await.map(|()| true),
            // Blindness does no harm to ordinary chunks; the commit asks again and insists.
            Look::EarlierCut(video) => Err(self.ask_about(&video)),
            Look::Zero { .. } | Look::Blind => Ok(false),
        }
    }

    /// A video under our token where none can be: an earlier commit that was thought unsent, or a piece that was taken
    /// for the whole.
    pub(super) async fn found_before_commit(&mut self, videos: Vec<ListedVideo>) -> Result<(), Stop> {
        if self.stage.session().is_some_and(|session| session.committed_at().is_some()) {
            return self.store_found(videos).await;
        }
        Err(self.a_piece_became(videos.first().map(|video| video.id)))
    }

    /// A piece was answered like a whole file. Somebody will be asked to delete what came of it, so it is named only where
    /// it is known: by an id that came whole, or by the workspace's list.
    pub(super) async fn a_piece_became_a_video(&self, id: Option<u64>) -> Result<Stop, Stop> {
        let listed = match (id, self.item.replaces) {
            (None, None) => match self.look_once().await? {
                Look::Found(videos) => videos.first().map(|video| video.id),
                Look::EarlierCut(_) | Look::Zero { .. } | Look::Blind => None,
            },
            _ => None,
        };
        Ok(self.a_piece_became(id.or(listed)))
    }

    fn a_piece_became(&self, video: Option<u64>) -> Stop {
        let failure = Failure::new(Code::PieceTakenAsWhole);
        Stop::Failed(match video {
            Some(id) => failure.detail(self.site.api.origin().manage_page(id)),
            None => failure,
        })
    }

    async fn look_for_arrival(&self, least: Option<Instant>) -> Result<Look, Stop> {
        let found = |look: &Look| matches!(look, Look::Found(_));
        self.look_for_a_while(least, |it| Box::pin(it.look()), found).await
    }

    /// Looks until something is found or the window for a file of this size has passed, and not less than until
    /// `least`: a commit whose answer was not awaited is an attempt like any other, and another one beside it would
    /// spoil the file.
    pub(super) async fn look_for_a_while<Seen>(
        &self,
        least: Option<Instant>,
        look: Looking<Seen>,
        is_enough: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, Stop> {
        let window = Instant::now() + self.yard.timing.lookup_window(self.item.stamp.size);
        let mut deadline = least.map_or(window, |least| least.max(window));
        let (mut gap, longest) = self.yard.timing.lookup_gap;
        loop {
            let begun = Instant::now();
            let seen = look(self).await?;
            // Time without a network tells nothing about the server, so it does not count.
            deadline += begun.elapsed();
            if is_enough(&seen) || Instant::now() >= deadline {
                return Ok(seen);
            }
            tokio::time::sleep(gap.min(deadline.saturating_duration_since(Instant::now()))).await;
            gap = (gap * 2).min(longest);
        }
    }

    /// Looks once, insisting a little on an answer that counts.
    pub(super) async fn look_once(&self) -> Result<Look, Stop> {
        for attempt in 1..=BLIND_TRIES {
            match self.look().await? {
                Look::Blind if attempt < BLIND_TRIES => tokio::time::sleep(self.site.pace.backoff(attempt)).await,
                look => return Ok(look),
            }
        }
        Ok(Look::Blind)
    }

    pub(super) async fn look(&self) -> Result<Look, Stop> {
        let Some(session) = self.stage.session() else { return Ok(Look::Blind) };
        let mut found: Vec<ListedVideo> = Vec::new();
        let mut blind = false;
        let mut earlier: Option<ListedVideo> = None;
        let own = session.own_tokens();
        for granted in session.earlier_tokens().iter().chain(own) {
            let Some(token) = self.tokens.get(&granted.id) else {
                blind = true;
                continue;
            };
            match self.exchange("lookup", |api, pass| async move { api.videos_of_token(token, &pass).await }).await {
                Ok(Lookup::Known(videos)) if !own.contains(granted) => earlier = earlier.or(videos.into_iter().next()),
                Ok(Lookup::Known(videos)) => {
                    for video in videos {
                        if !found.iter().any(|known| known.id == video.id) {
                            found.push(video);
                        }
                    }
                }
                // A lookup that is refused proves nothing; that is for the table to weigh.
                Ok(Lookup::Unknown) | Err(Stop::Failed(_)) => blind = true,
                Err(stop) => return Err(stop),
            }
        }
        if !found.is_empty() {
            return Ok(Look::Found(found));
        }
        if let Some(video) = earlier {
            return Ok(Look::EarlierCut(video));
        }
        if blind {
            self.note("the workspace's answer to a lookup proves nothing".to_owned());
            return Ok(Look::Blind);
        }
        Ok(Look::Zero { at: self.site.api.server_now() })
    }

    /// Looks beside a commit whose answer is awaited. Returns only when something is found: whatever else a lookup
    /// meets here, a lost sign-in too, is no reason to cut the commit.
    pub(super) async fn watch_for_arrival(&self, watch: &BodyWatch) -> Vec<ListedVideo> {
        let (mut gap, longest) = self.yard.timing.lookup_gap;
        loop {
            tokio::time::sleep(gap).await;
            gap = (gap * 2).min(longest);
            if watch.is_complete()
                && let Ok(Look::Found(videos)) = self.look().await
            {
                return videos;
            }
        }
    }

    /// Whether the user's newest videos hold one from after the first commit that no item of the queue accounts for.
    async fn newcomers(&self) -> Result<Newcomers, Stop> {
        let Some(committed_at) = self.stage.session().and_then(Session::committed_at) else {
            return Ok(Newcomers::PerhapsOurs);
        };
        let newest =
            match self.exchange("newest videos", |api, pass| async move { api.newest_videos(&pass).await }).await {
                Ok(Some(videos)) => videos,
                Ok(None) | Err(Stop::Failed(_)) => return Ok(Newcomers::PerhapsOurs),
                Err(stop) => return Err(stop),
            };
        let known = self.yard.store.known_videos(self.item.workspace.clone()).await?;
        let recent = |video: &ListedVideo| video.created.is_none_or(|at| at >= committed_at - CLOCK_SLACK_S);
        // A full page without an older video may hide further ones.
        let page_is_full = newest.len() >= 100 && newest.iter().all(recent);
        let stranger = newest.iter().any(|video| recent(video) && !known.contains(&video.id));
        Ok(if stranger || page_is_full { Newcomers::PerhapsOurs } else { Newcomers::None })
    }

    /// The first is ours, further ones are twins.
    pub(super) async fn store_found(&mut self, videos: Vec<ListedVideo>) -> Result<(), Stop> {
        let mut videos = videos.into_iter();
        let Some(first) = videos.next() else { return Ok(()) };
        let twins = videos.map(|video| video.id).collect();
        self.store(first.id, first.public_url, FoundBy::Lookup, twins).await
    }

    pub(super) async fn store(
        &mut self,
        id: u64,
        public_url: Option<String>,
        found_by: FoundBy,
        twins: Vec<u64>,
    ) -> Result<(), Stop> {
        self.refresh_details().await?;
        if !twins.is_empty() {
            self.note(format!("more than one video under this upload: {id} and {twins:?}"));
        }
        let mut stored = self.item.stored(id, found_by, self.stage.session());
        // What is still to be said about it may change where it is found.
        stored.video.public_url = public_url.filter(|_| stored.follow_ups.is_empty());
        stored.twins = twins;
        self.record(Event::VideoFound(stored)).await
    }
}

pub(super) fn ask_instead(stop: Stop) -> Stop {
    match stop {
        Stop::Failed(failure) => {
            let mut question = Failure::new(Code::OutcomeUnknown).caused_by(&failure);
            question.causes.extend(failure.causes);
            Stop::Failed(question)
        }
        stop => stop,
    }
}

impl Look {
    fn kind(&self) -> Looked {
        match self {
            Self::Found(videos) if videos.len() == 1 => Looked::One,
            Self::Found(_) => Looked::Several,
            Self::Zero { .. } => Looked::Zero,
            // Either way it is not known whether the file as it is now arrived, and only a person can say.
            Self::EarlierCut(_) | Self::Blind => Looked::Blind,
        }
    }
}
