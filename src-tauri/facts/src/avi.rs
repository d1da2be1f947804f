//! AVI: a few fields at fixed places of its header lists. No library that is kept reads it, and there is no more to it.

use super::Facts;
use super::bounded::Bounded;
use std::io;

/// The list of headers is at the beginning, and this is more than any has of it before its tracks, in bytes.
const HEAD: usize = 64 * 1024;

pub(super) fn facts(mut file: Bounded) -> io::Result<Option<Facts>> {
    let mut head = vec![0; HEAD];
    let read = file.read_up_to(&mut head)?;
    let lists = Chunks(head.get(12..read).unwrap_or_default());
    let Some(headers) = lists.lists(*b"hdrl").next() else { return Ok(None) };
    let main = headers.named(*b"avih").next();
    let size = main.and_then(|main| Some((number(main, 32)?, number(main, 36)?)));
    // The main header counts only the frames before the first gigabyte, the track's header all.
    let mut tracks = headers.lists(*b"strl").filter_map(|track| track.named(*b"strh").next());
    let pictures = tracks.find(|track| track.starts_with(b"vids"));
    let track = pictures.and_then(|track| Some((number(track, 20)?, number(track, 24)?, number(track, 32)?)));
    let seconds = track.map(|(scale, rate, length)| f64::from(length) * f64::from(scale) / f64::from(rate));
    Ok(Facts::new(size, seconds))
}

/// Chunks one after the other: a name, a length, that many bytes, and one more where the length is odd.
#[derive(Clone)]
struct Chunks<'a>(&'a [u8]);

impl<'a> Chunks<'a> {
    fn named(&self, name: [u8; 4]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.clone().filter(move |(found, _)| *found == name).map(|(_, contents)| contents)
    }

    /// The contents of lists of this kind.
    fn lists(&self, kind: [u8; 4]) -> impl Iterator<Item = Chunks<'a>> + use<'a> {
        self.named(*b"LIST").filter_map(move |list| list.strip_prefix(&kind).map(Chunks))
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        // What is cut short is there as far as it goes.
        let (contents, rest) = rest.split_at(length.min(rest.len()));
        self.0 = rest.get(length % 2..).unwrap_or_default();
        Some((*name, contents))
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
