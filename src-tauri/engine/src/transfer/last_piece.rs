//! The last piece on its way: the request that makes the workspace put the file together.
//!
//! It may set out before the commit, beside the other pieces, with its end held back. What a server has not whole it cannot
//! put anything together with: its handler is given a piece when all of it is there, and the vendor's own clients have several
//! pieces on their way at once, of which the last to be whole completes the file. So the commit is the release of the end, and
//! whatever must be true before a commit is true before that. Until then the request can be dropped as if it had never
//! been. What the answer means is in `transfer/commit.rs`, how an end is held back in `source/body.rs`.

use super::gauge::Attempt;
use super::{Meter, Site, Stop, Transfer};
use crate::api::{ChunkAttempt, Ending, Ordinary, Pass, judge_ordinary};
use crate::item::{Identifier, Session, TokenId};
use crate::pace::{Permit, Pool, Priority};
use crate::source::BodyWatch;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// See the module. Dropping it cuts the connection.
#[derive(Debug)]
pub(super) struct LastPiece {
    token: TokenId,
    identifier: Identifier,
    path: PathBuf,
    pub(super) watch: Arc<BodyWatch>,
    meter: Arc<Meter>,
    sending: AbortOnDropHandle<Sent>,
}

/// What became of it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) ending: Ending,
    pub(super) begun: Instant,
    pub(super) pass: Option<Pass>,
    pub(super) counted: Attempt,
}

impl LastPiece {
    /// It may be whole from now on.
    pub(super) fn release(&self) {
        self.watch.release_the_end();
    }

    /// What becomes of it.
    pub(super) async fn sent(&mut self) -> Result<Sent, tokio::task::JoinError> {
        (&mut self.sending).await
    }

    /// Of no use: what it handed over was not progress.
    pub(super) fn abandon(self) {
        self.meter.take_back(&self.watch);
    }

    /// Whether the server can be thought to read on, and the request is the one that would be made now.
    fn can_be_released(&self, session: &Session, path: &Path, patience: Duration) -> bool {
        self.token == session.token().id
            && self.identifier == *session.identifier()
            && self.path == path
            && !self.sending.is_finished()
            && self.watch.stood_still_for() < patience
    }
}

impl Transfer {
    /// Sends the last piece of this session on its way; nothing goes without the token's text.
    pub(super) fn set_out(&self, session: &Session, place: Permit, end_held_back: bool) -> Option<LastPiece> {
        let token = self.tokens.get(&session.token().id).cloned()?;
        let watch = BodyWatch::through(self.yard.line.gate(self.item.lane), Arc::clone(&self.meter.sent));
        if end_held_back {
            watch.hold_the_end_back();
        }
        // Held only while bytes move: an answer can take a quarter of an hour.
        watch.let_go_when_complete(Box::new(place));
        let counted = self.yard.line.gauge.begin(Arc::clone(&watch));
        let patience = self.yard.timing.commit_wait(self.item.stamp.size);
        let sending = tokio::spawn({
            let (site, watch, session) = (Arc::clone(&self.site), Arc::clone(&watch), session.clone());
            let (path, stamp) = (self.item.source.clone(), self.item.stamp.clone());
            async move {
                let pass = site.chunk_pass().await;
                let begun = Instant::now();
                let attempt = ChunkAttempt {
                    endpoint: session.endpoint(),
                    token: &token,
                    pass: pass.as_ref(),
                    identifier: session.identifier(),
                    plan: session.plan(),
                    number: session.plan().commit_chunk(),
                    path: &path,
                    stamp: &stamp,
                    expected: None,
                    watch: Arc::clone(&watch),
                    patience,
                    is_commit: true,
                };
                let ending = site.api.send_chunk(attempt).await;
                // An answer may come before the body was through, and what follows it can take long.
                watch.let_go();
                Sent { ending, begun, pass, counted }
            }
        });
        Some(LastPiece {
            token: session.token().id,
            identifier: session.identifier().clone(),
            path: self.item.source.clone(),
            watch,
            meter: Arc::clone(&self.meter),
            sending: AbortOnDropHandle::new(sending),
        })
    }

    /// Whether the last piece may set out beside these others. Only the first time: after a commit whose outcome was unclear,
    /// and where something is to be replaced, there is more at stake than a piece's time. Nor where the commit waits anyway
    /// until no earlier attempt can still be running.
    pub(super) fn may_go_ahead(&self, session: &Session) -> bool {
        self.item.replaces.is_none()
            && session.committed_at().is_none()
            && session.plan().count() > 1
            && self.quiet_from.is_none_or(|quiet_from| quiet_from <= Instant::now())
    }

    /// The piece that set out ahead, if it is still good for this session's commit.
    pub(super) async fn still_on_its_way(&mut self) -> Result<Option<LastPiece>, Stop> {
        let Some(session) = self.stage.session() else { return Ok(None) };
        let Some(mut piece) = self.last_piece.take() else { return Ok(None) };
        if piece.can_be_released(session, &self.item.source, self.yard.timing.end_held_back) {
            return Ok(Some(piece));
        }
        let became = if piece.sending.is_finished() { piece.sent().await.ok().map(|sent| sent.ending) } else { None };
        piece.abandon();
        match became {
            Some(Ending::Answered { status, answer, excerpt, .. }) => {
                self.note(format!("the last piece, sent ahead: HTTP {status} {excerpt}"));
                if let Ordinary::TakenAsWhole(id) = judge_ordinary(status, &answer) {
                    return Err(self.a_piece_became_a_video(id).await?);
                }
            }
            Some(Ending::NeverLeft { cause } | Ending::Silence { cause, .. }) => {
                self.note(format!("the last piece, sent ahead: {}", cause.causes.join(": ")));
            }
            None => self.note("the last piece, sent ahead, stood still for too long, or is another one now".to_owned()),
        }
        Ok(None)
    }
}

/// A place for the last piece, when those of its others that have none yet are so few that they all go together: it is to
/// be through when they are, and not to stand still for long.
pub(super) async fn place_beside(
    site: &Site,
    pool: &Arc<Pool>,
    priority: Priority,
    mut unplaced: watch::Receiver<usize>,
) -> Permit {
    if unplaced.wait_for(|unplaced| *unplaced <= pool.size() / 2).await.is_err() {
        // The round is over.
        std::future::pending::<()>().await;
    }
    site.place(pool, priority).await
}
