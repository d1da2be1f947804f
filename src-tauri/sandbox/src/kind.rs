//! Of which kind a file is: video, sound or picture, by its first bytes or by its name.
//!
//! Nothing is decoded; that is enough to tell a thumbnail from a film. Next: `replace.rs`, where it matters most.

use crate::inspect::Kind;
use crate::switches::KindBy;

const PICTURES: [&str; 8] = ["jpg", "jpeg", "png", "gif", "webp", "heic", "tif", "tiff"];
const SOUNDS: [&str; 8] = ["mp3", "m4a", "wav", "aac", "flac", "ogg", "oga", "opus"];
const FILMS: [&str; 16] =
    ["mp4", "m4v", "mov", "mkv", "webm", "avi", "wmv", "flv", "mpg", "mpeg", "ts", "mts", "m2ts", "mxf", "ogv", "3gp"];

/// What the first bytes say, if they say anything.
fn of_content(head: &[u8]) -> Option<Kind> {
    let riff = |form: &[u8]| head.starts_with(b"RIFF") && head.get(8..12) == Some(form);
    let picture = [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*"];
    let sound = [&b"ID3"[..], b"fLaC", b"\xff\xfb", b"\xff\xf1"];
    let film =
        [&b"\x1aE\xdf\xa3"[..], b"FLV\x01", b"\x00\x00\x01\xba", b"\x30\x26\xb2\x75", b"OggS", b"\x06\x0e\x2b\x34"];
    let begins = |with: &[&[u8]]| with.iter().any(|magic| head.starts_with(magic));
    let container = matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"free" | b"wide" | b"skip"));
    match head {
        _ if begins(&picture) || riff(b"WEBP") => Some(Kind::Image),
        _ if begins(&sound) || riff(b"WAVE") => Some(Kind::Audio),
        _ if begins(&film) || riff(b"AVI ") || container => Some(Kind::Video),
        _ => None,
    }
}

/// What the extension says, if it is a known one.
fn of_name(name: &str) -> Option<Kind> {
    let (_, extension) = name.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let extension = extension.as_str();
    match extension {
        _ if PICTURES.contains(&extension) => Some(Kind::Image),
        _ if SOUNDS.contains(&extension) => Some(Kind::Audio),
        _ if FILMS.contains(&extension) => Some(Kind::Video),
        _ => None,
    }
}

/// What it is, as far as anything tells.
pub(crate) fn known(name: &str, head: &[u8], by: KindBy) -> Option<Kind> {
    match by {
        KindBy::Content => of_content(head),
        KindBy::Extension => of_name(name),
    }
}

/// What it is taken for. Of the content only a picture is believed against the name: sound and film share containers,
/// and what nothing is known of counts as a film.
pub(crate) fn of(name: &str, head: &[u8], by: KindBy) -> Kind {
    let picture = by == KindBy::Content && of_content(head) == Some(Kind::Image);
    if picture { Kind::Image } else { of_name(name).unwrap_or(Kind::Video) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_name_can_disagree() {
        let png = b"\x89PNG\r\n\x1a\n";
        let mp4 = b"\0\0\0\x20ftypisom\0\0\0\0";
        assert_eq!(of("film.mp4", png, KindBy::Content), Kind::Image);
        assert_eq!(of("film.mp4", png, KindBy::Extension), Kind::Video);
        assert_eq!(of("sound.m4a", mp4, KindBy::Content), Kind::Audio);
        assert_eq!(known("film", mp4, KindBy::Content), Some(Kind::Video));
        assert_eq!(known("film", mp4, KindBy::Extension), None);
        assert_eq!(known("film.mp4", b"the middle of it", KindBy::Content), None);
    }
}
