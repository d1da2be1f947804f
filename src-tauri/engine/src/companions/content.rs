//! What companion files hold: read whole, since they are small, and looked at before they are taken in and again before
//! they are sent.
//!
//! The server decides by the file what a replacement replaces, so what is sent as a thumbnail must be an image by its
//! own bytes: a film called `talk.jpg` would take the video's place.

use super::invalid;
use crate::failure::{Code, Failure};
use crate::item::CompanionFile;
use std::io::Read;
use std::path::Path;

/// The largest thumbnail, in bytes; the vendor's own limit for images that it keeps beside videos.
const LARGEST_IMAGE: u64 = 20_000_000;

/// The largest file of subtitles, in bytes: a day of talk is a few of them.
const LARGEST_TEXT: u64 = 10_000_000;

/// What a file is, by its bytes: the name to send it under and its media type.
pub(crate) type Form = (&'static str, &'static str);

/// Takes an image in.
pub(super) fn take_image(path: &Path) -> Result<CompanionFile, Failure> {
    let bytes = read(path, LARGEST_IMAGE)?;
    image(path, &bytes)?;
    Ok(taken(path, &bytes))
}

/// Takes subtitles in.
pub(super) fn take_subtitles(path: &Path) -> Result<CompanionFile, Failure> {
    let bytes = read(path, LARGEST_TEXT)?;
    subtitles(path, &bytes)?;
    Ok(taken(path, &bytes))
}

fn taken(path: &Path, bytes: &[u8]) -> CompanionFile {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    CompanionFile { path, size: bytes.len() as u64, hash: hash(bytes) }
}

/// The bytes of a file that was taken in, if they are still those.
pub(crate) fn read_again(file: &CompanionFile) -> Result<Vec<u8>, Failure> {
    let changed = || Failure::new(Code::CompanionChanged).detail(file.path.display().to_string());
    let bytes = read(&file.path, file.size).map_err(|failure| match failure.code {
        Code::CompanionInvalid => changed(),
        _ => failure,
    })?;
    if bytes.len() as u64 == file.size && hash(&bytes) == file.hash { Ok(bytes) } else { Err(changed()) }
}

/// An image by its bytes.
pub(crate) fn image(path: &Path, bytes: &[u8]) -> Result<Form, Failure> {
    match infer::get(bytes).map(|found| found.mime_type()) {
        Some("image/jpeg") => Ok(("thumbnail.jpg", "image/jpeg")),
        Some("image/png") => Ok(("thumbnail.png", "image/png")),
        _ => Err(invalid(path).because("why.no_image", [])),
    }
}

/// Subtitles by their beginning, as UTF-8. UTF-16 is known by its mark and turned into that; any other coding could only
/// be guessed, and a wrong guess would be published.
pub(crate) fn subtitles(path: &Path, bytes: &[u8]) -> Result<(Vec<u8>, Form), Failure> {
    let text = text(bytes).ok_or_else(|| invalid(path).because("why.not_utf8", []))?;
    let plain = text.trim_start_matches('\u{feff}');
    let webvtt =
        plain.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    let form = if webvtt {
        ("subtitles.vtt", "text/vtt")
    } else if is_srt(plain) {
        ("subtitles.srt", "application/x-subrip")
    } else {
        return Err(invalid(path).because("why.no_subtitles", []));
    };
    Ok((text.into_bytes(), form))
}

/// Text in UTF-8, or in UTF-16 where a mark says so.
pub(super) fn text(bytes: &[u8]) -> Option<String> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|pair| unit(*pair)).collect();
        if odd.is_empty() { String::from_utf16(&units).ok() } else { None }
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

/// Whether one of the first lines is a pair of times.
fn is_srt(text: &str) -> bool {
    let is_time = |word: &str| {
        let mut parts = word.split([':', ',', '.']);
        parts.clone().count() >= 3
            && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    text.lines().filter(|line| !line.trim().is_empty()).take(5).any(|line| {
        line.split_once("-->")
            .is_some_and(|(from, to)| is_time(from.trim()) && to.split_whitespace().next().is_some_and(is_time))
    })
}

/// Reads a file of at most so many bytes.
pub(super) fn read(path: &Path, largest: u64) -> Result<Vec<u8>, Failure> {
    let missing = |error: &std::io::Error| {
        Failure::new(Code::CompanionMissing).detail(path.display().to_string()).caused_by(error)
    };
    let meta = std::fs::metadata(path).map_err(|error| missing(&error))?;
    if !meta.is_file() {
        return Err(invalid(path).because("why.no_file", []));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| missing(&error))?;
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| missing(&error))?;
    if bytes.len() as u64 > largest {
        return Err(invalid(path).because("why.too_large", [("limit", largest.to_string())]));
    }
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const MP4: &[u8] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
    const SRT: &str = "1\r\n00:00:01,000 --> 00:00:02,500 X1:40\r\nHej æøå\r\n";

    fn why(failure: &Failure) -> String {
        failure.why.clone().unwrap_or_default()
    }

    #[test]
    fn an_image_is_one_by_its_bytes_whatever_it_is_called() {
        let path = Path::new("talk.jpg");
        assert_eq!(image(path, PNG).unwrap(), ("thumbnail.png", "image/png"));
        assert_eq!(image(path, b"\xff\xd8\xff\xe0\0\x10JFIF").unwrap().0, "thumbnail.jpg");
        for other in [MP4, b"<html>", b"", b"RIFF\x24\0\0\0WEBPVP8 "] {
            let failure = image(path, other).unwrap_err();
            assert_eq!((failure.code, why(&failure).as_str()), (Code::CompanionInvalid, "why.no_image"));
        }
    }

    #[test]
    fn subtitles_are_known_by_their_beginning_and_sent_in_utf_8() {
        let path = Path::new("talk.srt");
        let marked = format!("\u{feff}{SRT}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [SRT.as_bytes(), marked.as_bytes(), &little, &big] {
            let (sent, form) = subtitles(path, bytes).unwrap();
            assert_eq!(form.0, "subtitles.srt");
            assert_eq!(String::from_utf8(sent).unwrap().trim_start_matches('\u{feff}'), SRT);
        }
        for webvtt in ["WEBVTT", "WEBVTT - a talk\n\n00:01.000 --> 00:02.000\nHi", "\u{feff}WEBVTT\n"] {
            assert_eq!(subtitles(path, webvtt.as_bytes()).unwrap().1.0, "subtitles.vtt");
        }
        for other in ["", "Hello", "WEBVTTX", "1\nsoon --> later\nHi", "{\"a\": 1}", "1\n-->"] {
            assert_eq!(why(&subtitles(path, other.as_bytes()).unwrap_err()), "why.no_subtitles", "{other}");
        }
        let windows_1252 = [b"1\n00:00:01,000 --> 00:00:02,000\nHej ".as_slice(), &[0xe6, 0xf8, 0xe5]].concat();
        assert_eq!(why(&subtitles(path, &windows_1252).unwrap_err()), "why.not_utf8");
    }

    #[test]
    fn what_is_sent_is_what_was_taken_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("talk.png");
        std::fs::write(&path, PNG).unwrap();
        let file = take_image(&path).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(read_again(&file).unwrap(), PNG, "when it was written does not matter");
        for other in [[PNG, b"more"].concat(), [&PNG[..PNG.len() - 1], b"x"].concat(), PNG[1..].to_vec()] {
            std::fs::write(&path, other).unwrap();
            assert_eq!(read_again(&file).unwrap_err().code, Code::CompanionChanged);
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read_again(&file).unwrap_err().code, Code::CompanionMissing);
    }

    #[test]
    fn what_is_no_file_or_too_large_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(why(&read(dir.path(), 10).unwrap_err()), "why.no_file");
        let path = dir.path().join("large");
        std::fs::write(&path, [7; 11]).unwrap();
        assert_eq!(why(&read(&path, 10).unwrap_err()), "why.too_large");
        assert_eq!(read(&path, 11).unwrap().len(), 11);
    }
}
