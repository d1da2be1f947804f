//! What a file's own headers say of it: how large its picture is and how long it runs. For rows and cards of the window;
//! nothing that is sent depends on it.
//!
//! Files come from anywhere, so nothing in them is believed: each look reads a bounded number of bytes within a bounded
//! time (`Bounded`), and what does not add up is a fact that is not known. Containers are in submodules, one each; of
//! others (MPEG streams, Windows Media, MXF) nothing is told.

use bounded::Bounded;
use serde::Serialize;
use std::io::{self, Read, Seek};

mod avi;
mod bounded;
mod matroska;
mod mp4;
mod still;

/// What is known of a film or an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Facts {
    /// Pixels across, as it is shown: turned where the file says so.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// How long it runs, rounded. An image has none.
    pub seconds: Option<u32>,
}

impl Facts {
    fn new(size: Option<(u32, u32)>, seconds: Option<f64>) -> Option<Self> {
        let size = size.filter(|(width, height)| *width > 0 && *height > 0);
        let seconds = seconds.filter(|seconds| (0.001..f64::from(u32::MAX)).contains(seconds));
        let facts = Self {
            width: size.map(|size| size.0),
            height: size.map(|size| size.1),
            // What has a length at all has one to be seen.
            seconds: seconds.map(|seconds| (seconds.round() as u32).max(1)),
        };
        (facts != Self::default()).then_some(facts)
    }
}

/// The facts of a file, read from its beginning. Blocks for as long as the disk does, five seconds at most between two reads;
/// reads 16 MiB at most. `None` where its headers tell nothing.
pub fn of(file: impl Read + Seek + Send + Sync + 'static) -> Option<Facts> {
    let file =
        Bounded::of(file, bounded::MOST).inspect_err(|error| tracing::debug!(%error, "no facts of a file")).ok()?;
    read(file)
}

/// Whatever these bytes are: what is said of them can be.
#[cfg(any(test, feature = "test-hooks"))]
pub fn fuzz(bytes: &[u8]) {
    if let Some(Facts { width, height, seconds }) = of(io::Cursor::new(bytes.to_vec())) {
        assert_eq!(width.is_some(), height.is_some(), "half a size");
        assert!(width != Some(0) && height != Some(0) && seconds != Some(0), "nothing is no size and no length");
        assert!(width.is_some() || seconds.is_some(), "no facts are none");
    }
}

fn read(mut file: Bounded) -> Option<Facts> {
    let mut head = [0; 12];
    let read = file.read_up_to(&mut head).ok()?;
    file.rewind().ok()?;
    let facts = match &head[..read] {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska::facts(file),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' '] => avi::facts(file),
        head if mp4::is(head) => mp4::facts(file),
        _ => still::facts(file),
    };
    facts.inspect_err(|error| tracing::debug!(%error, "a file's headers cannot be read")).ok().flatten()
}

/// The error of headers that contradict themselves.
fn malformed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
