use super::*;
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::{Cursor, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const FILMS: &[&str] = &[
    "talk.mp4",
    "talk-moov-last.mp4",
    "talk.mov",
    "talk.webm",
    "short.mkv",
    "short.avi",
    "upright.mp4",
    "fragments.mp4",
    "cover.jpg",
    "cover.png",
];

fn media(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/media").join(name)
}

fn film(width: u32, height: u32, seconds: impl Into<Option<u32>>) -> Facts {
    Facts { width: Some(width), height: Some(height), seconds: seconds.into() }
}

fn of(path: &Path) -> Option<Facts> {
    super::of(File::open(path).unwrap())
}

fn of_bytes(bytes: &[u8]) -> Option<Facts> {
    super::of(Cursor::new(bytes.to_vec()))
}

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("film");
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

#[test]
fn the_common_containers_say_how_large_and_how_long() {
    for name in ["talk.mp4", "talk-moov-last.mp4", "talk.mov", "talk.webm"] {
        assert_eq!(of(&media(name)), Some(film(640, 360, 3)), "{name}");
    }
    for name in ["short.mkv", "short.avi"] {
        assert_eq!(of(&media(name)), Some(film(640, 360, 2)), "{name}");
    }
}

#[test]
fn a_film_that_is_shown_upright_is_upright() {
    assert_eq!(of(&media("upright.mp4")), Some(film(360, 640, 2)));
}

#[test]
fn a_film_whose_length_is_nowhere_has_none() {
    assert_eq!(of(&media("fragments.mp4")), Some(film(640, 360, None)));
}

#[test]
fn images_have_a_size_and_no_length() {
    assert_eq!(of(&media("cover.jpg")), Some(film(640, 360, None)));
    assert_eq!(of(&media("cover.png")), Some(film(640, 360, None)));
}

#[test]
fn an_image_is_turned_as_the_camera_was() {
    let image = fs::read(media("cover.jpg")).unwrap();
    // A TIFF of one entry: orientation (0x0112), a short (3), one of them, and its value.
    let tiff = |turn: u8| {
        [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", &[turn, 0, 0, 0, 0, 0, 0][..]].concat()
    };
    let turned = |turn| {
        let exif = tiff(turn);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&image[..2], &[0xff, 0xe1], &length, &exif, &image[2..]].concat()
    };
    assert_eq!(of_bytes(&turned(1)), Some(film(640, 360, None)));
    assert_eq!(of_bytes(&turned(6)), Some(film(360, 640, None)));
}

#[test]
fn what_is_no_film_has_no_facts() {
    assert_eq!(of_bytes(b""), None);
    assert_eq!(of_bytes(b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello"), None);
}

#[test]
fn the_headers_are_found_behind_more_media_than_may_be_read() {
    let whole = fs::read(media("talk-moov-last.mp4")).unwrap();
    let moov = whole.windows(4).position(|it| it == b"moov").unwrap() - 4;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("long.mp4");
    let mut long = File::create(&path).unwrap();
    // Forty gigabytes, of which the disk keeps nothing.
    let media: u64 = 40 << 30;
    long.write_all(&[&[0, 0, 0, 1], &b"mdat"[..], &(media + 16).to_be_bytes()].concat()).unwrap();
    long.seek(SeekFrom::Start(media + 16)).unwrap();
    long.write_all(&whole[moov..]).unwrap();
    let mut bounded = Bounded::of(File::open(&path).unwrap(), 64 * 1024).unwrap();
    assert!(bounded.len() > media);
    bounded.rewind().unwrap();
    assert_eq!(read(bounded), Some(film(640, 360, 3)));
}

#[test]
fn a_file_gives_no_more_of_itself_than_it_may() {
    let (_dir, path) = file(&vec![7; 100_000]);
    let mut bounded = Bounded::of(File::open(&path).unwrap(), 8192).unwrap();
    let error = io::copy(&mut bounded, &mut io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
}

#[test]
fn boxes_without_end_come_to_one() {
    // Each box is as small as a box may be.
    let boxes = [b"\0\0\0\x10ftypisom\0\0\0\0".to_vec(), b"\0\0\0\x08free".repeat(1_000_000)].concat();
    assert_eq!(of_bytes(&boxes), None);
    // And each of these holds the next.
    let mut deep = Vec::new();
    for _ in 0..100_000 {
        deep.extend_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        deep.extend_from_slice(b"moov");
    }
    assert_eq!(of_bytes(&deep), None);
    let deep =
        [&[0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 0xff][..], &[0xa0, 0xff].repeat(100_000)].concat();
    assert_eq!(of_bytes(&deep), None);
}

#[test]
fn sizes_beyond_all_measure_are_no_reason_to_ask_for_memory() {
    let sizes = [[0xff; 8], [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe], [0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff]];
    for name in FILMS {
        let whole = headers(name);
        let (_dir, path) = file(&whole);
        let mut hostile = File::options().write(true).open(&path).unwrap();
        for at in (0..whole.len() - 8).step_by(4) {
            for size in sizes {
                hostile.seek(SeekFrom::Start(at as u64)).unwrap();
                hostile.write_all(&size).unwrap();
                of(&path);
            }
            hostile.seek(SeekFrom::Start(at as u64)).unwrap();
            hostile.write_all(&whole[at..at + 8]).unwrap();
        }
        assert_eq!(of(&path), of_bytes(&whole), "{name} is whole again");
    }
}

#[test]
fn a_film_cut_short_anywhere_is_a_film_with_fewer_facts() {
    for name in FILMS {
        let whole = fs::read(media(name)).unwrap();
        let (_dir, path) = file(&whole);
        let all = of(&path).unwrap();
        let shorter = File::options().write(true).open(&path).unwrap();
        // The headers lie within so much of its beginning, or of its end.
        let cuts = if name.contains("last") { whole.len() - 3072..whole.len() } else { 0..whole.len().min(3072) };
        for length in cuts.rev() {
            shorter.set_len(length as u64).unwrap();
            let Some(facts) = of(&path) else { continue };
            assert!(facts.width.is_none() || facts.width == all.width, "{name} cut to {length}: {facts:?}");
            assert!(facts.height.is_none() || facts.height == all.height, "{name} cut to {length}: {facts:?}");
            assert!(facts.seconds.is_none() || facts.seconds == all.seconds, "{name} cut to {length}: {facts:?}");
        }
    }
}

/// What is before a film's media, and some of that.
fn headers(name: &str) -> Vec<u8> {
    let mut whole = fs::read(media(name)).unwrap();
    if name.contains("last") {
        let moov = whole.windows(4).position(|it| it == b"moov").unwrap() - 4;
        whole.splice(32..moov, []);
    }
    whole.truncate(2048);
    whole
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn anything_may_be_in_a_file(start in prop::sample::select(FILMS), noise in prop::collection::vec(any::<u8>(), 0..2048), at in 0usize..4096) {
        let mut bytes = fs::read(media(start)).unwrap();
        bytes.truncate(8192);
        let at = at.min(bytes.len());
        bytes.splice(at.., noise);
        of_bytes(&bytes);
    }

    #[test]
    fn any_bytes_of_a_header_may_be_wrong(
        start in prop::sample::select(FILMS),
        wrong in prop::collection::vec((0usize..2048, any::<u8>()), 1..8),
    ) {
        let mut bytes = fs::read(media(start)).unwrap();
        let headers = if start.contains("last") { bytes.len() - 2048 } else { 0 };
        for (at, byte) in wrong {
            let last = bytes.len() - 1;
            bytes[(headers + at).min(last)] = byte;
        }
        of_bytes(&bytes);
    }
}
