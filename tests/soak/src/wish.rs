//! What somebody wants in the workspace: a file, and what is to become of it.

use crate::process::{Said, words};
use anyhow::Result;
use fastrand::Rng;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_sandbox::VideoRecord;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A file that somebody wants in the workspace.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) file: PathBuf,
    pub(crate) sha256: String,
    pub(crate) publish: bool,
    /// The video whose file it is to be.
    pub(crate) replaces: Option<u64>,
    /// Somebody tried to take it out of the queue again.
    pub(crate) cancelled: bool,
    /// What was said to whoever handed it over, by each of the processes. Nobody hands over what lies in a watched folder.
    pub(crate) heard: Vec<Said>,
    /// What its file was called before.
    pub(crate) names: Vec<String>,
    /// What lies beside it under its name, and goes with it.
    pub(crate) beside: Beside,
}

/// What goes with a video.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// In English.
    pub(crate) subtitles: Option<String>,
    /// The SHA-256 of a picture.
    pub(crate) thumbnail: Option<String>,
}

impl Beside {
    /// Lays some of it beside a film.
    pub(crate) fn laid(film: &Path, rng: &mut Rng) -> Result<Self> {
        let mut beside = Self::default();
        let name = film.file_stem().unwrap_or_default().to_string_lossy();
        if rng.u8(..4) == 0 {
            let text = format!("1\n00:00:01,000 --> 00:00:02,000\nWhat is said in {name}\n");
            std::fs::write(film.with_extension("en.srt"), &text)?;
            beside.subtitles = Some(text);
        }
        if rng.u8(..4) == 0 {
            let picture = thumbnail(&name);
            std::fs::write(film.with_extension("jpg"), &picture)?;
            beside.thumbnail = Some(sha256(&picture));
        }
        Ok(beside)
    }
}

impl Wish {
    /// The command that asks for it; to say it again means the same.
    pub(crate) fn command(&self, workspace: &str) -> Vec<OsString> {
        let mut said = match self.replaces {
            None => words(["upload", if self.publish { "--publish" } else { "--draft" }]),
            Some(video) => words(["replace", &video.to_string()]),
        };
        said.push(self.file.clone().into());
        said.extend(words(["--json", "--workspace", workspace]));
        said
    }

    /// Whether its file was put into the watched folder.
    pub(crate) fn is_watched(&self) -> bool {
        self.file.extension().is_some_and(|it| it == "mkv")
    }

    /// Whether it is to be a video's picture, not its file.
    pub(crate) fn is_picture(&self) -> bool {
        self.file.extension().is_some_and(|it| it == "jpg")
    }

    /// Whether this video has it.
    pub(crate) fn is_in(&self, video: &VideoRecord) -> bool {
        if self.is_picture() {
            video.thumbnail_sha256.as_ref() == Some(&self.sha256)
        } else {
            video.sha256 == self.sha256
        }
    }

    /// Whether an item of the queue is about it.
    pub(crate) fn is_of(&self, item: &Value) -> bool {
        // By its name alone, which no other has: it may have been put away since.
        let name = |file: &str| Path::new(file).file_name().map(std::ffi::OsStr::to_owned);
        let file = item["file"].as_str().and_then(name);
        file.is_some() && (file == name(&self.name()) || self.names.iter().any(|it| file == name(it)))
    }

    /// Whether somebody was told that it is done: from then on the same command means another video.
    pub(crate) fn was_told_done(&self) -> bool {
        self.heard.iter().any(|said| said.named("done").iter().any(|event| event["file"] == *self.name()))
    }

    pub(crate) fn name(&self) -> String {
        self.file.to_string_lossy().into_owned()
    }
}

/// In lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A picture that no other name has, as far as anybody looks into it.
pub(crate) fn thumbnail(name: &str) -> Vec<u8> {
    [&[0xff, 0xd8, 0xff, 0xe0], name.as_bytes(), &[0xff, 0xd9]].concat()
}

/// Bytes that no other film has.
pub(crate) fn film(number: usize, size: u64) -> Vec<u8> {
    let mut bytes = format!("film {number} of {size} bytes\n").into_bytes();
    let mut rng = Rng::with_seed(number as u64);
    bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(size as usize));
    bytes
}
