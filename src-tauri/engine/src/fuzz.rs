//! Every reader of what we did not write, as a function of the bytes alone, with what must be true of its result. For the
//! fuzzers in `fuzz/`, and for the test that replays what they left behind; in no shipped build.

use crate::answer::{self, Answer};
use crate::api;
use crate::companions;
use crate::failure::Code;
use crate::folder::Preset;
use crate::item::{Publish, title_from};
use crate::watch;
use crate::workspace::Origin;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// Reads these bytes, and panics where what comes of it cannot be.
pub type Reader = fn(&[u8]);

/// The readers by name, as `fuzz/corpus` has a folder of examples for each.
pub const READERS: &[(&str, Reader)] = &[
    ("answer", answer),
    ("boxes", boxes),
    ("details", details),
    ("image", image),
    ("listing", listing),
    ("names", names),
    ("subtitles", subtitles),
    ("workspace", workspace),
];

/// So many of the places at which an answer may be cut are tried: each costs one more reading.
const CUTS: usize = 256;

/// The answer to a piece of a file, whatever it is.
pub fn answer(bytes: &[u8]) {
    let short = |text: &str| assert!(text.chars().count() <= answer::EXCERPT, "{text}");
    short(&answer::excerpt(bytes));
    match answer::read(bytes) {
        Answer::Refused(refusal) => short(&refusal.text),
        // No id comes from nowhere, and none becomes another one by being cut on its way.
        Answer::Video(id) => {
            assert!(bytes.iter().any(u8::is_ascii_digit));
            for cut in 0..bytes.len().min(CUTS) {
                assert!(!matches!(answer::read(&bytes[..cut]), Answer::Video(other) if other != id), "{cut}");
            }
        }
        Answer::Number(_) => assert!(bytes.iter().any(u8::is_ascii_digit)),
        Answer::Accepted | Answer::NotApi => {}
    }
}

/// What a workspace lists of its videos.
pub fn listing(bytes: &[u8]) {
    let origin = Origin::parse("video.example.com").expect("it is one");
    for video in api::videos_in(bytes, &origin) {
        if let Some(address) = &video.public_url {
            assert!(address.contains("://"), "{address}");
        }
        assert!(video.length.is_none_or(|length| length > 0.0), "{video:?}");
    }
}

/// A file of details beside a video.
pub fn details(bytes: &[u8]) {
    if let Some((said, names)) = companions::details_in(bytes) {
        assert!(said.title.is_none_or(|title| !title.trim().is_empty()), "a title of nothing");
        assert!(
            said.publish.is_none_or(|publish| publish == Publish::Draft || bytes.len() > 10),
            "published by nothing"
        );
        for name in names {
            // Nothing outside of the video's own folder, and what is below it, is ever named.
            let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            assert!(Path::new(&name).components().all(within), "{name}");
        }
    }
}

/// Subtitles beside a video: sent as text, or not at all.
pub fn subtitles(bytes: &[u8]) {
    match companions::subtitles(Path::new("talk.srt"), bytes) {
        Ok((text, _)) => assert!(std::str::from_utf8(&text).is_ok()),
        Err(failure) => assert_eq!(failure.code, Code::CompanionInvalid),
    }
}

/// A picture beside a video: by its bytes and never by its name.
pub fn image(bytes: &[u8]) {
    match companions::image(Path::new("talk.jpg"), bytes) {
        Ok((_, "image/jpeg")) => assert!(bytes.starts_with(&[0xff, 0xd8])),
        Ok((_, media_type)) => assert!(media_type == "image/png" && bytes.starts_with(b"\x89PNG")),
        Err(failure) => assert_eq!(failure.code, Code::CompanionInvalid),
    }
}

/// The boxes of a film that may still be written: a whole one has an index.
pub fn boxes(bytes: &[u8]) {
    if watch::is_whole(bytes) {
        assert!(bytes.windows(4).any(|kind| kind == b"moov"));
    }
}

/// Names of files, a line each.
pub fn names(bytes: &[u8]) {
    let files: Vec<PathBuf> = bytes.split(|byte| *byte == b'\n').map(name).collect();
    let sorted = companions::sort_out(&files);
    assert_eq!(sorted.uploads.len() + sorted.companions.len(), files.len(), "each is one or the other");
    let preset = Preset::new(Origin::parse("video.example.com").expect("it is one"));
    for file in &files {
        let hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        assert!(!hidden || watch::is_passed_over(file, &preset), "{}", file.display());
        let _a_title = title_from(file);
    }
}

/// What somebody, or another workspace, calls a workspace.
pub fn workspace(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(origin) = Origin::parse(text) {
        assert_eq!(Origin::parse(origin.as_str()).ok().as_ref(), Some(&origin), "{text}");
        let url = origin.url("/api/photo/list");
        assert!(
            url.starts_with("https://")
                || url.starts_with("http://127.")
                || url.starts_with("http://[::1]")
                || url.starts_with("http://localhost"),
            "{url}"
        );
        assert!(!origin.host().contains(['/', '@', '?', '#']), "{text}");
    }
}

#[cfg(unix)]
fn name(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn name(bytes: &[u8]) -> PathBuf {
    OsStr::new(&*String::from_utf8_lossy(bytes)).into()
}
