//! The owner's side: lets guests in, has their requests answered, and passes the news on.

use super::socket::Listener;
use super::{Answer, Hello, LONGEST_REQUEST, Line, Request, write_line};
use crate::hooks;
use crate::timing::Timing;
use crate::view::Update;
use futures_util::StreamExt;
use serde_json::value::RawValue;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinSet;
use tokio_util::codec::{FramedRead, LinesCodec};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Requests of one guest at work at once; further ones stay in the socket.
const AT_ONCE: usize = 32;

/// Answers to commands that are kept for a guest that did not get them and says it again. It does so at once.
const KEPT: usize = 1024;

/// Bytes of such answers, about: those to hand-overs of many files are long.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// What answers the guests.
pub(crate) trait Host: Send + Sync + 'static {
    /// Does what is asked.
    fn answer(&self, ask: &RawValue) -> impl Future<Output = Answer> + Send;

    /// News from now on, and those from before that still hold.
    fn follow(&self) -> impl Future<Output = (Vec<Update>, Receiver<Update>)> + Send;
}

struct Desk<H> {
    host: H,
    hello: Hello,
    timing: Timing,
    answers: Answers,
    /// Ends whatever is still being answered.
    cut: CancellationToken,
}

/// Answers guests until `closing`, and for a moment longer what they had asked by then; `cut` ends that, too. `host` is
/// dropped after the socket is gone.
pub(crate) async fn serve<H: Host>(
    listener: Listener,
    host: H,
    hello: Hello,
    timing: Timing,
    closing: CancellationToken,
    cut: CancellationToken,
) {
    let desk = Arc::new(Desk { host, hello, timing, answers: Answers::default(), cut: cut.child_token() });
    // Below the host, which keeps the folder owned: where all this is dropped on the way, the socket goes first.
    let mut listener = listener;
    let mut guests = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.cancelled() => break,
            () = cut.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    guests.spawn(receive(stream, Arc::clone(&desk), closing.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, perhaps: it passes.
                    tracing::warn!("no guest could be let in: {error}");
                    tokio::time::sleep(timing.owner_tried.1).await;
                }
            },
            Some(_) = guests.join_next() => {}
        }
    }
    drop(listener);
    let leave = async { while guests.join_next().await.is_some() {} };
    tokio::select! {
        () = leave => {}
        () = cut.cancelled() => {}
        () = tokio::time::sleep(timing.farewell) => {}
    }
    desk.cut.cancel();
    guests.shutdown().await;
}

async fn receive<H: Host>(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    desk: Arc<Desk<H>>,
    closing: CancellationToken,
) {
    if let Err(error) = converse(stream, &desk, &closing).await {
        // A guest may go at any time, and its files stay.
        tracing::debug!("a guest is gone: {error}");
    }
}

async fn converse<H: Host>(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    desk: &Arc<Desk<H>>,
    closing: &CancellationToken,
) -> io::Result<()> {
    let (reading, mut writing) = tokio::io::split(stream);
    let mut lines = FramedRead::new(reading, LinesCodec::new_with_max_length(LONGEST_REQUEST));
    write_line(&mut writing, &desk.hello).await?;
    let hello = tokio::time::timeout(desk.timing.owner_tried_for, lines.next()).await?;
    let hello: Hello = serde_json::from_str(&hello.ok_or(io::ErrorKind::UnexpectedEof)?.map_err(io::Error::other)?)?;
    if !hello.agrees_with(&desk.hello) {
        tracing::info!("a guest speaks another version: {hello:?}");
        return Ok(());
    }
    let (still_true, mut news) = desk.host.follow().await;
    for update in still_true {
        write_line(&mut writing, &Line::News(update)).await?;
    }
    let (answered, mut answers) = mpsc::channel::<(Request, Answer)>(AT_ONCE);
    let mut beat = tokio::time::interval(desk.timing.owner_beat);
    let (mut asked, mut open) = (0, true);
    while open || asked > 0 {
        tokio::select! {
            biased;
            Some((Request { id, once, .. }, result)) = answers.recv() => {
                asked -= 1;
                if once && hooks::loses_answer() {
                    return Ok(());
                }
                // What was told before the answer is in the past, and has to be heard before it; what is told meanwhile
                // need not be, or the answer would never have its turn.
                for _ in 0..news.len() {
                    let told = match news.try_recv() {
                        Ok(update) => Ok(update),
                        Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                        Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                    };
                    news = desk.pass_on(told, news, &mut writing).await?;
                }
                write_line(&mut writing, &Line::Answer { id, result }).await?;
            }
            line = lines.next(), if open && asked < AT_ONCE => {
                let Some(line) = line else { return Ok(()) };
                let request: Request = serde_json::from_str(&line.map_err(io::Error::other)?)?;
                asked += 1;
                // On its own: a command is done to its end even when the guest goes before.
                tokio::spawn(Arc::clone(desk).answer(request, answered.clone()));
            }
            told = news.recv() => news = desk.pass_on(told, news, &mut writing).await?,
            _ = beat.tick() => write_line(&mut writing, &Line::Alive).await?,
            () = closing.cancelled(), if open => open = false,
        }
    }
    Ok(())
}

impl<H: Host> Desk<H> {
    /// Tells a guest what is new. One that fell behind is told so, and begins anew with what still holds. Answers where
    /// the further news come from.
    async fn pass_on(
        &self,
        told: Result<Update, RecvError>,
        news: Receiver<Update>,
        writing: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<Receiver<Update>> {
        match told {
            Ok(update) => {
                write_line(writing, &Line::News(update)).await?;
                Ok(news)
            }
            Err(RecvError::Lagged(_)) => {
                write_line(writing, &Line::News(Update::Missed)).await?;
                let (still_true, news) = self.host.follow().await;
                for update in still_true {
                    write_line(writing, &Line::News(update)).await?;
                }
                Ok(news)
            }
            Err(RecvError::Closed) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    async fn answer(self: Arc<Self>, request: Request, answered: mpsc::Sender<(Request, Answer)>) {
        let answering = async {
            if request.once {
                let kept = self.answers.to(request.id);
                kept.get_or_init(|| self.host.answer(&request.ask)).await.clone()
            } else {
                self.host.answer(&request.ask).await
            }
        };
        if let Some(answer) = self.cut.run_until_cancelled(answering).await {
            // A guest that is gone asks again when it comes back.
            let _ = answered.send((request, answer)).await;
        }
    }
}

/// The latest answers to commands. Whoever says a command again while it is being done gets the answer of the first time.
#[derive(Default)]
struct Answers {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    by_id: HashMap<Uuid, Arc<OnceCell<Answer>>>,
    /// Oldest first.
    order: VecDeque<Uuid>,
}

impl Answers {
    fn to(&self, id: Uuid) -> Arc<OnceCell<Answer>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = kept.by_id.get(&id) {
            return Arc::clone(answer);
        }
        let mut bytes: usize = kept.by_id.values().map(|answer| length(answer)).sum();
        while (kept.order.len() >= KEPT || bytes > KEPT_BYTES)
            && let Some(oldest) = kept.order.pop_front()
        {
            bytes -= kept.by_id.remove(&oldest).map_or(0, |answer| length(&answer));
        }
        kept.order.push_back(id);
        Arc::clone(kept.by_id.entry(id).or_default())
    }
}

/// Of what is written down of an answer by now.
fn length(answer: &OnceCell<Answer>) -> usize {
    match answer.get() {
        Some(Ok(answer)) => answer.get().len(),
        Some(Err(_)) | None => 0,
    }
}
