//! Images: their dimensions, turned the way they are shown.

use super::bounded::Bounded;
use super::{Facts, malformed};
use image::metadata::Orientation;
use std::io::{self, Read, Seek, SeekFrom};

pub(super) fn facts(mut file: Bounded) -> io::Result<Option<Facts>> {
    file.rewind()?;
    let size = imagesize::reader_size(&mut file).map_err(malformed)?;
    let (Ok(width), Ok(height)) = (u32::try_from(size.width), u32::try_from(size.height)) else { return Ok(None) };
    let turned = orientation(&mut file).is_some_and(|it| {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        matches!(it, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
    });
    Ok(Facts::new(Some(if turned { (height, width) } else { (width, height) }), None))
}

/// How the camera was held, from a JPEG's Exif. Segments before the image itself, each with its length.
fn orientation(file: &mut Bounded) -> Option<Orientation> {
    file.rewind().ok()?;
    let mut start = [0; 2];
    file.read_exact(&mut start).ok()?;
    if start != [0xff, 0xd8] {
        return None;
    }
    loop {
        let mut segment = [0; 4];
        file.read_exact(&mut segment).ok()?;
        let [0xff, kind, high, low] = segment else { return None };
        let length = u16::from_be_bytes([high, low]).checked_sub(2)?;
        match kind {
            0xe1 => {
                let mut contents = vec![0; usize::from(length)];
                file.read_exact(&mut contents).ok()?;
                if let Some(exif) = contents.strip_prefix(b"Exif\0\0") {
                    return Orientation::from_exif_chunk(exif);
                }
            }
            // The image begins.
            0xda | 0xd9 => return None,
            _ => {
                file.seek(SeekFrom::Current(i64::from(length))).ok()?;
            }
        }
    }
}
