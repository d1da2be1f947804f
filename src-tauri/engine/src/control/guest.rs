//! The guest's side: one connection to the owner, from its hello to its end. Coming back is the caller's affair.

use super::{Answer, Hello, Line, Request, socket, write_line};
use crate::timing::Timing;
use crate::view::Update;
use futures_util::StreamExt;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A connection to the owner. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Guest {
    owner: Hello,
    outbox: mpsc::Sender<(Request, oneshot::Sender<Answer>)>,
    gone: CancellationToken,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotJoined {
    /// Nobody listens, or whoever does not say who it is.
    #[error("nobody answers at the data folder's socket")]
    Silent(#[from] io::Error),
    /// The owner is of another version.
    #[error("it is Slipway {} (protocol {}), and this is {} (protocol {})",
        theirs.slipway, theirs.protocol, own.slipway, own.protocol)]
    OtherVersion {
        /// The owner.
        theirs: Hello,
        /// This process.
        own: Hello,
    },
}

/// The connection ended before the answer came. What was asked may have been done.
#[derive(Debug, thiserror::Error)]
#[error("the connection to the process that owns the data folder ended")]
pub(crate) struct Lost;

impl Guest {
    /// Joins the owner of `dir`, if it says who it is `within` this time. Its news go to `tell`, in order, and before
    /// each answer those that are older.
    pub(crate) async fn join(
        dir: &Path,
        own: Hello,
        timing: Timing,
        within: Duration,
        tell: impl Fn(Update) + Send + 'static,
    ) -> Result<Self, NotJoined> {
        let meeting = async {
            let (reading, mut writing) = tokio::io::split(socket::connect(dir).await?);
            let mut lines = FramedRead::new(reading, LinesCodec::new());
            write_line(&mut writing, &own).await?;
            let line = lines.next().await.ok_or(io::ErrorKind::UnexpectedEof)?.map_err(io::Error::other)?;
            let theirs: Hello = serde_json::from_str(&line).map_err(io::Error::from)?;
            Ok::<_, io::Error>((theirs, lines, writing))
        };
        let met = tokio::time::timeout(within, meeting).await.map_err(io::Error::from)?;
        let (owner, lines, writing) = met?;
        if !owner.agrees_with(&own) {
            return Err(NotJoined::OtherVersion { theirs: owner, own });
        }
        // Each caller awaits its answer, so a deep queue would only hide delay.
        let (outbox, inbox) = mpsc::channel(1);
        let gone = CancellationToken::new();
        let ending = gone.clone().drop_guard();
        tokio::spawn(async move {
            let waiting = Waiting::default();
            // Side by side: an owner that waits for us to read must not wait for us to write.
            let end = tokio::select! {
                end = say(inbox, writing, &waiting) => end,
                end = hear(lines, timing.owner_silence, &waiting, tell) => end,
            };
            if let Err(error) = end {
                tracing::debug!("the connection to the owner ended: {error}");
            }
            // In this order: whoever learns that the connection is gone gets no answer any more.
            drop(waiting);
            drop(ending);
        });
        Ok(Self { owner, outbox, gone })
    }

    /// The process that owns the folder.
    pub(crate) fn owner(&self) -> &Hello {
        &self.owner
    }

    /// Asks the owner. With `once`, the same `id` may be said again over another connection, and is done once.
    pub(crate) async fn ask(&self, id: Uuid, once: bool, ask: Box<RawValue>) -> Result<Answer, Lost> {
        let (reply, answer) = oneshot::channel();
        self.outbox.send((Request { id, once, ask }, reply)).await.map_err(|_| Lost)?;
        answer.await.map_err(|_| Lost)
    }

    /// Waits until the connection has ended.
    pub(crate) async fn gone(&self) {
        self.gone.cancelled().await;
    }
}

/// Who waits for which answer.
#[derive(Default, Clone)]
struct Waiting(Arc<Mutex<HashMap<Uuid, oneshot::Sender<Answer>>>>);

impl Waiting {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, oneshot::Sender<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn say(
    mut inbox: mpsc::Receiver<(Request, oneshot::Sender<Answer>)>,
    mut writing: impl AsyncWrite + Unpin,
    waiting: &Waiting,
) -> io::Result<()> {
    while let Some((request, reply)) = inbox.recv().await {
        waiting.map().insert(request.id, reply);
        write_line(&mut writing, &request).await?;
    }
    Ok(())
}

async fn hear(
    mut lines: FramedRead<impl AsyncRead + Unpin, LinesCodec>,
    silence: Duration,
    waiting: &Waiting,
    tell: impl Fn(Update),
) -> io::Result<()> {
    loop {
        let line = tokio::time::timeout(silence, lines.next()).await?;
        let line = line.ok_or(io::ErrorKind::UnexpectedEof)?.map_err(io::Error::other)?;
        match serde_json::from_str(&line)? {
            Line::Alive => {}
            Line::News(update) => tell(update),
            Line::Answer { id, result } => {
                if let Some(reply) = waiting.map().remove(&id) {
                    // The asker may have gone meanwhile.
                    let _ = reply.send(result);
                }
            }
        }
    }
}
