//! MP4 and QuickTime: the boxes on the way to the film's and the tracks' headers are walked, all others are stepped over,
//! so that neither the media nor the tables of its pieces are read, however long they are.

use super::bounded::Bounded;
use super::{Facts, malformed};
use mp4_atom::{Atom, FourCC, Header, Mehd, Mvhd, ReadAtom, ReadFrom, Tkhd};
use std::io::{self, Seek, SeekFrom};

/// A header that is read whole is not longer than this, in bytes: the longest of them has 120.
const HEADER: usize = 1024;

/// Boxes in one box, at most. A film has a handful.
const MOST: usize = 10_000;

/// By its first box. Old QuickTime files begin with any of these.
pub(super) fn is(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot"))
}

pub(super) fn facts(mut file: Bounded) -> io::Result<Option<Facts>> {
    let end = file.len();
    let mut facts = None;
    each(&mut file, 0, end, |file, found| {
        if found.is(*b"moov") {
            facts = film(file, &found)?;
            return Ok(Next::Done);
        }
        Ok(Next::Go)
    })?;
    match facts {
        Some(facts) => Ok(Some(facts)),
        // Perhaps an image in the same clothes.
        None => super::still::facts(file),
    }
}

/// A box, and where in the file its contents are.
#[derive(Clone, Copy)]
struct Found {
    header: Header,
    from: u64,
    to: u64,
}

impl Found {
    fn is(&self, kind: [u8; 4]) -> bool {
        self.header.kind == FourCC::new(&kind)
    }
}

enum Next {
    Go,
    Done,
}

fn film(file: &mut Bounded, moov: &Found) -> io::Result<Option<Facts>> {
    let (mut scale, mut ticks, mut fragments, mut size) = (0, 0, 0, None);
    within(file, moov, |file, found| {
        if found.is(*b"mvhd") {
            let mvhd: Mvhd = read(file, &found)?;
            (scale, ticks) = (mvhd.timescale, mvhd.duration);
        } else if found.is(*b"trak") && size.is_none() {
            size = track(file, &found)?;
        } else if found.is(*b"mvex") {
            within(file, &found, |file, found| {
                if found.is(*b"mehd") {
                    fragments = read::<Mehd>(file, &found)?.fragment_duration;
                }
                Ok(Next::Go)
            })?;
        }
        Ok(Next::Go)
    })?;
    // A film in fragments has its length in another place; all ones mean that it is not known.
    let ticks = [ticks, fragments].into_iter().find(|&it| it != 0 && it != u64::from(u32::MAX) && it != u64::MAX);
    let seconds = ticks.filter(|_| scale > 0).map(|ticks| ticks as f64 / f64::from(scale));
    Ok(Facts::new(size, seconds))
}

/// How large the track is shown, if it is one of pictures.
fn track(file: &mut Bounded, trak: &Found) -> io::Result<Option<(u32, u32)>> {
    let (mut size, mut pictures) = (None, false);
    within(file, trak, |file, found| {
        if found.is(*b"tkhd") {
            let tkhd: Tkhd = read(file, &found)?;
            let (width, height) = (u32::from(tkhd.width.integer()), u32::from(tkhd.height.integer()));
            let turned = tkhd.matrix.a == 0 && tkhd.matrix.d == 0;
            size = Some(if turned { (height, width) } else { (width, height) }).filter(|_| !tkhd.size_is_aspect_ratio);
        } else if found.is(*b"mdia") {
            within(file, &found, |file, found| {
                if found.is(*b"minf") {
                    within(file, &found, |_, found| {
                        pictures |= found.is(*b"vmhd");
                        Ok(if pictures { Next::Done } else { Next::Go })
                    })?;
                }
                Ok(Next::Go)
            })?;
        }
        Ok(Next::Go)
    })?;
    Ok(size.filter(|_| pictures))
}

fn read<A: Atom>(file: &mut Bounded, found: &Found) -> io::Result<A> {
    if found.header.size.is_none_or(|size| size > HEADER) {
        return Err(malformed("a header of impossible length"));
    }
    file.seek(SeekFrom::Start(found.from))?;
    A::read_atom(&found.header, file).map_err(malformed)
}

fn within(
    file: &mut Bounded,
    found: &Found,
    see: impl FnMut(&mut Bounded, Found) -> io::Result<Next>,
) -> io::Result<()> {
    each(file, found.from, found.to, see)
}

/// Each box of a stretch. It ends where the stretch does, or where a box cannot be read.
fn each(
    file: &mut Bounded,
    mut at: u64,
    end: u64,
    mut see: impl FnMut(&mut Bounded, Found) -> io::Result<Next>,
) -> io::Result<()> {
    for _ in 0..MOST {
        if end.saturating_sub(at) < 8 {
            return Ok(());
        }
        file.seek(SeekFrom::Start(at))?;
        let Ok(header) = Header::read_from(file) else { return Ok(()) };
        let from = file.stream_position()?;
        let to = header.size.map_or(end, |size| from.saturating_add(size as u64));
        // A file that is cut short has the beginning of a box.
        if let Next::Done = see(file, Found { header, from, to: to.min(end) })? {
            return Ok(());
        }
        at = to;
    }
    Err(malformed("too many boxes"))
}
