//! What kind of thing a file is. It matters where the server decides by it: under one and the same call a video
//! replaces a video's file and a picture its thumbnail, and nothing but the file itself says which is meant.
//!
//! Whether the server looks at the bytes or at the name is not documented, so both must agree here, or one of them must
//! be silent.

use super::open;
use super::trouble::{unreadable, unreadable_now};
use crate::failure::{Code, Failure};
use crate::item::{FileKind, Stamp};
use infer::MatcherType;
use std::io::{self, Read};
use std::path::Path;

/// The beginning that is looked at, in bytes: what the library's longest test wants.
const HEAD: u64 = 4096;

/// The kind of a file by its bytes and its name.
///
/// # Errors
/// Where they contradict each other or neither says anything, and where the file cannot be read.
pub fn kind_of(path: &Path) -> Result<FileKind, Failure> {
    read(path, |error| unreadable(path, error))
}

/// The same of a file that was taken in.
pub(crate) fn kind_now(path: &Path, stamp: &Stamp) -> Result<FileKind, Failure> {
    read(path, |error| unreadable_now(path, stamp, error))
}

fn read(path: &Path, failure: impl Fn(&io::Error) -> Failure) -> Result<FileKind, Failure> {
    let mut head = Vec::new();
    open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head)).map_err(|error| failure(&error))?;
    agreed(by_content(&head), kind_by_name(path))
        .ok_or_else(|| Failure::new(Code::FileKindUnclear).detail(path.display().to_string()))
}

/// The kind by the file's first bytes; `None` when they say nothing, or that it is something else altogether.
fn by_content(head: &[u8]) -> Option<Content> {
    let found = infer::get(head)?;
    Some(match found.matcher_type() {
        MatcherType::Video => Content::Kind(FileKind::Video),
        MatcherType::Audio => Content::Kind(FileKind::Audio),
        MatcherType::Image => Content::Kind(FileKind::Image),
        _ => Content::SomethingElse,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Kind(FileKind),
    /// A document, an archive, a program.
    SomethingElse,
}

/// The kind by the extension alone.
#[must_use]
pub fn kind_by_name(path: &Path) -> Option<FileKind> {
    // The register has `.ts` for a programming language and none of the tape-less cameras' containers.
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    if matches!(extension.as_str(), "mxf" | "ts" | "mts" | "m2ts") {
        return Some(FileKind::Video);
    }
    let guessed = mime_guess::from_ext(&extension).first()?;
    match guessed.type_().as_str() {
        "video" => Some(FileKind::Video),
        "audio" => Some(FileKind::Audio),
        "image" => Some(FileKind::Image),
        _ => None,
    }
}

fn agreed(content: Option<Content>, name: Option<FileKind>) -> Option<FileKind> {
    match (content, name) {
        (Some(Content::Kind(content)), None) => Some(content),
        (None, Some(name)) => Some(name),
        (Some(Content::Kind(content)), Some(name)) if content == name => Some(content),
        // Containers hold either; the name says what the person takes it for.
        (Some(Content::Kind(FileKind::Video | FileKind::Audio)), Some(name @ (FileKind::Video | FileKind::Audio))) => {
            Some(name)
        }
        // They contradict each other, or say nothing.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
    const QUICKTIME: &[u8] = b"\0\0\0\x14ftypqt  \0\0\x02\0qt  \0\0\0\x08wide";
    const OLD_QUICKTIME: &[u8] = b"\0\0\0\x6cmoov\0\0\0\x64mvhd\0\0\0\0";
    const WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04";
    const WAVE: &[u8] = b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0";
    const PDF: &[u8] = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n";
    const NOTHING: &[u8] = b"\x03\x91\x44\x07 bytes that no register knows";

    fn kind(name: &str, bytes: &[u8]) -> Result<FileKind, Code> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        // As long as real ones: some kinds are not looked for in a handful of bytes.
        let mut whole = bytes.to_vec();
        whole.resize(512, 0);
        std::fs::write(&path, whole).unwrap();
        kind_of(&path).map_err(|failure| failure.code)
    }

    #[test]
    fn bytes_and_name_that_agree_or_do_not_contradict_say_what_a_file_is() {
        for (name, bytes, expected) in [
            ("cover.jpg", JPEG, FileKind::Image),
            ("cover.PNG", PNG, FileKind::Image),
            ("a jpeg called.png", JPEG, FileKind::Image),
            ("no extension", PNG, FileKind::Image),
            ("talk.mp4", MP4, FileKind::Video),
            ("talk.mov", QUICKTIME, FileKind::Video),
            ("old.mov", OLD_QUICKTIME, FileKind::Video),
            ("talk.webm", WEBM, FileKind::Video),
            ("talk", MP4, FileKind::Video),
            ("talk.m4a", MP4, FileKind::Audio),
            ("talk.wav", WAVE, FileKind::Audio),
            ("tape.mxf", NOTHING, FileKind::Video),
            ("camera.ts", NOTHING, FileKind::Video),
            ("talk.mp4", NOTHING, FileKind::Video),
            ("scan.tif", NOTHING, FileKind::Image),
        ] {
            assert_eq!(kind(name, bytes), Ok(expected), "{name}");
        }
    }

    #[test]
    fn a_picture_called_a_video_is_neither_and_so_are_papers_and_riddles() {
        for (name, bytes) in [
            ("really a picture.mp4", JPEG),
            ("really a film.jpg", MP4),
            ("really a film.png", WEBM),
            ("paper.pdf", PDF),
            ("paper called.mp4", PDF),
            ("riddle", NOTHING),
            ("riddle.xyz", NOTHING),
        ] {
            assert_eq!(kind(name, bytes), Err(Code::FileKindUnclear), "{name}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_missing_and_not_unclear() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kind_of(&folder.path().join("gone.mp4")).unwrap_err().code, Code::SourceMissing);
    }
}
