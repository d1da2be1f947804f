//! Whether the boxes of an ISO base media file (MP4, MOV and their kin) are whole: a recorder writes `moov`, without which
//! nothing plays, first or last, and what was cut off in a copy ends in the middle of a box (ISO/IEC 14496-12, 4.2).
//!
//! This proves that a file is unfinished and never that it is finished: a fragmented file has `moov` at its head and ends
//! at the end of a box whenever its writer rests. So it only adds to standing still.

use std::io::{self, Read, Seek, SeekFrom};

/// What the boxes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Boxes {
    /// `moov` is there and the last box ends where the file does.
    Whole,
    /// They do not reach the end, go beyond it, or describe nothing.
    Unfinished,
    /// It does not begin like such a file, so nothing can be said.
    Unknown,
}

/// What such a file may begin with: `ftyp`, and what QuickTime wrote before there was one.
const FIRST: &[[u8; 4]] = &[*b"ftyp", *b"styp", *b"moov", *b"mdat", *b"wide", *b"free", *b"skip", *b"pnot"];

/// A fragment is two boxes, and players ask for one a second or fewer: this is a week of them. Beyond that the rest is
/// believed.
const MOST: usize = 1_200_000;

/// A header, with the longer of the two sizes.
const HEADER: u64 = 8;
const LONG_HEADER: u64 = 16;

/// Walks over the outermost boxes of a file of `len` bytes, reading their headers alone.
pub(super) fn read(file: &mut (impl Read + Seek), len: u64) -> io::Result<Boxes> {
    let mut at = 0;
    let mut has_moov = false;
    for _ in 0..MOST {
        let left = len - at;
        if left < HEADER {
            return ended(file, at, left, has_moov);
        }
        file.seek(SeekFrom::Start(at))?;
        let mut header = [0; HEADER as usize];
        file.read_exact(&mut header)?;
        let [s0, s1, s2, s3, kind @ ..] = header;
        // What was set aside and not written yet reads as zeros, whatever it is to become; no film begins with them.
        if at == 0 && header != [0; HEADER as usize] && !FIRST.contains(&kind) {
            return Ok(Boxes::Unknown);
        }
        if !kind.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == 0xa9) {
            return Ok(Boxes::Unfinished);
        }
        has_moov |= kind == *b"moov";
        let size = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => left,
            1 if left < LONG_HEADER => return Ok(Boxes::Unfinished),
            1 => {
                let mut long = [0; 8];
                file.read_exact(&mut long)?;
                u64::from_be_bytes(long).max(1)
            }
            short => u64::from(short),
        };
        if size < HEADER || size > left {
            return Ok(Boxes::Unfinished);
        }
        at += size;
    }
    Ok(if has_moov { Boxes::Whole } else { Boxes::Unfinished })
}

/// Fewer bytes than a header: nothing, or the zeros with which QuickTime may end a list.
fn ended(file: &mut (impl Read + Seek), at: u64, left: u64, has_moov: bool) -> io::Result<Boxes> {
    file.seek(SeekFrom::Start(at))?;
    let mut rest = vec![0xff; left as usize];
    file.read_exact(&mut rest)?;
    let whole = at > 0 && has_moov && rest.iter().all(|byte| *byte == 0);
    Ok(if at == 0 {
        Boxes::Unknown
    } else if whole {
        Boxes::Whole
    } else {
        Boxes::Unfinished
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn a(kind: [u8; 4], payload: usize) -> Vec<u8> {
        let mut bytes = ((payload + 8) as u32).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.resize(payload + 8, 0xee);
        bytes
    }

    fn long(kind: [u8; 4], payload: usize) -> Vec<u8> {
        let mut bytes = 1_u32.to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(((payload + 16) as u64).to_be_bytes());
        bytes.resize(payload + 16, 0xee);
        bytes
    }

    fn to_the_end(kind: [u8; 4], payload: usize) -> Vec<u8> {
        let mut bytes = a(kind, payload);
        bytes[..4].fill(0);
        bytes
    }

    fn said(file: &[u8]) -> Boxes {
        read(&mut Cursor::new(file), file.len() as u64).unwrap()
    }

    #[test]
    fn a_film_is_whole_with_its_moov_first_or_last_in_every_form_of_size() {
        for (what, file) in [
            ("moov first", [a(*b"ftyp", 24), a(*b"moov", 90), a(*b"mdat", 500)].concat()),
            ("moov last", [a(*b"ftyp", 24), a(*b"wide", 0), a(*b"mdat", 500), a(*b"moov", 90)].concat()),
            ("old QuickTime", [a(*b"mdat", 500), a(*b"moov", 90)].concat()),
            ("a long size", [a(*b"ftyp", 24), a(*b"moov", 90), long(*b"mdat", 500)].concat()),
            ("to the end", [a(*b"ftyp", 24), a(*b"moov", 90), to_the_end(*b"mdat", 500)].concat()),
            ("zeros at the end", [a(*b"ftyp", 24), a(*b"mdat", 500), a(*b"moov", 90), vec![0; 4]].concat()),
            ("fragments", [a(*b"ftyp", 24), a(*b"moov", 9), a(*b"moof", 9), a(*b"mdat", 99), a(*b"mfra", 9)].concat()),
        ] {
            assert_eq!(said(&file), Boxes::Whole, "{what}");
        }
    }

    #[test]
    fn what_is_being_written_shows_in_its_boxes() {
        let mut set_aside = [a(*b"ftyp", 24), a(*b"moov", 90)].concat();
        set_aside.resize(4096, 0);
        let mut growing = [a(*b"ftyp", 24), a(*b"mdat", 5000)].concat();
        growing.truncate(1000);
        for (what, file) in [
            ("no moov yet", [a(*b"ftyp", 24), a(*b"mdat", 500)].concat()),
            ("a size that is written at the end", [a(*b"ftyp", 24), to_the_end(*b"mdat", 500)].concat()),
            ("set aside and not filled", set_aside),
            ("set aside from its beginning", vec![0; 4096]),
            ("a box that goes on", growing),
            ("a header cut in two", [a(*b"ftyp", 24), a(*b"moov", 90), vec![0, 0, 2]].concat()),
            ("a long header cut in two", [a(*b"ftyp", 24), a(*b"moov", 90), long(*b"mdat", 9)[..12].to_vec()].concat()),
            ("a size that cannot be", [a(*b"moov", 90), vec![0, 0, 0, 4], b"mdat".to_vec()].concat()),
        ] {
            assert_eq!(said(&file), Boxes::Unfinished, "{what}");
        }
    }

    #[test]
    fn other_files_say_nothing() {
        for file in [&b""[..], b"abc", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01", b"RIFF\x24\x08\0\0AVI LIST"] {
            assert_eq!(said(file), Boxes::Unknown);
        }
    }

    proptest! {
        /// Wherever a film with its `moov` last is cut, it is not whole; and no bytes make the walk fail or hang.
        #[test]
        fn a_film_that_is_cut_anywhere_is_not_whole(cut in 1_usize..1000, payload in 0_usize..400) {
            let film = [a(*b"ftyp", 24), long(*b"mdat", payload), a(*b"moov", 120)].concat();
            prop_assert_eq!(said(&film), Boxes::Whole);
            let left = film.len().saturating_sub(cut);
            prop_assert_ne!(said(&film[..left]), Boxes::Whole);
        }

        #[test]
        fn no_bytes_make_the_walk_fail(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            said(&bytes);
            said(&[a(*b"ftyp", 4), bytes].concat());
        }
    }
}
