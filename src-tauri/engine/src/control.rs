//! Two processes on one data folder: the owner listens at a local socket in the folder, and a guest hands it files and
//! commands and follows them. This module carries them and does not know what they say: what may be asked stands in
//! `engine/calls.rs`, and who becomes owner or guest is decided in `engine/front.rs`.
//!
//! Each side speaks lines of JSON. First comes a [`Hello`] from both; where the versions differ that is all, and nothing
//! is done. Then the guest sends [`Request`]s, and the owner a stream of [`Line`]s: answers, in any order, news, and a
//! sign of life now and then. An answer follows all news that were told before it. No credential ever travels here.
//!
//! A window's second start rings in the same way (`control/window.rs`).
//!
//! The socket says nothing about who is the owner; the folder's lock alone does (`home.rs`).

mod guest;
mod host;
mod socket;
mod window;

pub(crate) use guest::{Guest, Lost, NotJoined};
pub(crate) use host::{Host, serve};
pub(crate) use socket::Listener;
pub use window::{Doorbell, WindowStart};

use crate::failure::Failure;
use crate::view::Update;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use uuid::Uuid;

/// Raised when the lines themselves change their form.
const PROTOCOL: u32 = 1;

/// Who speaks. The first line of both sides, in this and every later version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The version of the program.
    pub(crate) slipway: String,
    /// The version of the protocol.
    pub(crate) protocol: u32,
    /// The process.
    #[serde(default)]
    pub(crate) process: u32,
    /// Whether it works the queue off.
    #[serde(default)]
    pub(crate) works: bool,
}

impl Hello {
    /// This process's own.
    pub(crate) fn own(works: bool) -> Self {
        Self { slipway: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL, process: std::process::id(), works }
    }

    /// Whether both mean the same by the same words. Another version of the program could leave out what it does not
    /// know, and the thumbnail that somebody asked for would be lost without a word.
    fn agrees_with(&self, other: &Self) -> bool {
        self.protocol == other.protocol && self.slipway == other.slipway
    }
}

/// What a question came to, as the engine wrote it down.
pub(crate) type Answer = Result<Box<RawValue>, Failure>;

/// A guest's question or command.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    id: Uuid,
    /// It changes something: said again under the same id, it is not done again.
    once: bool,
    ask: Box<RawValue>,
}

/// What the owner says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// To a request.
    Answer { id: Uuid, result: Answer },
    /// Of the queue.
    News(Update),
    /// Nothing to say, and still there.
    Alive,
}

/// The longest request: a hand-over with all that is said about a video is a few kilobytes.
const LONGEST_REQUEST: usize = 16 * 1024 * 1024;

async fn write_line(to: &mut (impl AsyncWrite + Unpin), line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    to.write_all(&text).await?;
    to.flush().await
}

#[cfg(test)]
mod tests;
