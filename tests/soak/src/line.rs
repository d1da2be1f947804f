//! The line between the command and the workspace: bytes pass, or what a network does to them.

use crate::spell::Spell;
use anyhow::Result;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// What the line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Weather {
    /// Everything passes.
    Fair,
    /// Nobody answers at the other end: connections are cut as they come, those that stand too.
    Refused,
    /// What stands is reset once; new connections pass.
    Reset,
    /// Nothing passes and nothing is said. What was held is lost in the end, never delivered late.
    BlackHole,
    /// Everything passes, a little at a time.
    Slow,
    /// A page of somebody else's answers to whatever is asked.
    Portal,
}

impl Weather {
    pub(crate) const BAD: [Self; 5] = [Self::Refused, Self::Reset, Self::BlackHole, Self::Slow, Self::Portal];
}

/// A line with weather, on a port of its own.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    pub(crate) weather: Spell<Weather>,
    accepting: AbortHandle,
}

impl Line {
    pub(crate) async fn to(workspace: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (weather, watched) = Spell::fair(Weather::Fair);
        let accepting = tokio::spawn(async move {
            loop {
                if let Ok((outside, _)) = listener.accept().await {
                    tokio::spawn(pass(outside, workspace, watched.clone()));
                }
            }
        });
        Ok(Self { address, weather, accepting: accepting.abort_handle() })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection, until one side ends it or the weather does.
async fn pass(mut outside: TcpStream, workspace: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let now = *weather.borrow_and_update();
    match now {
        Weather::Refused => return reset(&outside),
        Weather::Portal => return portal(outside).await,
        Weather::BlackHole => return swallow(outside, &mut weather).await,
        Weather::Fair | Weather::Reset | Weather::Slow => {}
    }
    let Ok(mut inside) = TcpStream::connect(workspace).await else { return reset(&outside) };
    let turns = weather.clone();
    let (mut out_read, mut out_write) = outside.split();
    let (mut in_read, mut in_write) = inside.split();
    tokio::select! {
        () = hand_on(&mut out_read, &mut in_write, &turns) => return,
        () = hand_on(&mut in_read, &mut out_write, &turns) => return,
        () = until_broken(&mut weather) => {}
    }
    reset(&inside);
    if *weather.borrow() == Weather::BlackHole {
        swallow(outside, &mut weather).await;
    } else {
        reset(&outside);
    }
}

/// Holds a connection, silently, until the weather turns; the workspace hears nothing of what was on its way.
async fn swallow(outside: TcpStream, weather: &mut watch::Receiver<Weather>) {
    let _over = weather.changed().await;
    reset(&outside);
}

/// Until the reader or the writer ends.
async fn hand_on(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    weather: &watch::Receiver<Weather>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if *weather.borrow() == Weather::Slow {
            sleep(Duration::from_millis(20)).await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Until the weather breaks what stands. Dropping what was on its way meanwhile is what a black hole does.
async fn until_broken(weather: &mut watch::Receiver<Weather>) {
    loop {
        if weather.changed().await.is_err() {
            return;
        }
        match *weather.borrow_and_update() {
            Weather::Fair | Weather::Slow => {}
            Weather::BlackHole | Weather::Refused | Weather::Reset | Weather::Portal => return,
        }
    }
}

/// Closed with a reset, not politely.
fn reset(stream: &TcpStream) {
    // One that is gone already needs none.
    let _gone = stream.set_zero_linger();
}

async fn portal(mut outside: TcpStream) {
    const PAGE: &str = "<html><title>Welcome</title>Please accept the terms of this network.</html>";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
        PAGE.len()
    );
    let mut asked = vec![0; 64 * 1024];
    let talk = async {
        // The head is enough to answer to; what follows is read so that the answer is not cut off by a reset.
        if outside.read(&mut asked).await? == 0 {
            return Ok(());
        }
        outside.write_all(answer.as_bytes()).await?;
        outside.shutdown().await?;
        while outside.read(&mut asked).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _whatever_became_of_it = timeout(Duration::from_secs(2), talk).await;
}
