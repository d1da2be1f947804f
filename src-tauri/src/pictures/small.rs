//! An image, made small. The limits are there for files that say they are larger than any memory.

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use slipway_engine::open_regular;
use std::fs::File;
use std::io::{BufReader, Cursor, Error, ErrorKind, Read};
use std::path::Path;

/// Read of one file, in bytes. The library reads some formats whole.
const LONGEST: u64 = 64 << 20;

/// Memory for one image, in bytes: sixty megapixels.
const MEMORY: u64 = 192 << 20;

/// Whether the name says that it is an image of a format that is read here.
pub(super) fn knows(path: &Path) -> bool {
    ImageFormat::from_path(path).is_ok_and(|format| format.reading_enabled())
}

/// A PNG of an image file whose longest side has so many pixels at the most.
pub(super) fn of(path: &Path, side: u32) -> ImageResult<Vec<u8>> {
    from(open_regular(path)?, side)
}

/// The same of an image in an open file.
pub(super) fn from(file: File, side: u32) -> ImageResult<Vec<u8>> {
    let length = file.metadata()?.len();
    if length > LONGEST {
        return Err(Error::new(ErrorKind::FileTooLarge, format!("{length} bytes are too many for an image")).into());
    }
    let mut bytes = Vec::new();
    // It may have grown.
    BufReader::new(file).take(LONGEST).read_to_end(&mut bytes)?;
    from_bytes(&bytes, side)
}

fn from_bytes(bytes: &[u8], side: u32) -> ImageResult<Vec<u8>> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    if image.width().max(image.height()) > side {
        image = image.thumbnail(side, side);
    }
    image.apply_orientation(orientation);
    // Eight bits a colour, which is what a screen has.
    let image = if image.color().has_alpha() {
        DynamicImage::ImageRgba8(image.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    };
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn media(name: &str) -> Vec<u8> {
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media").join(name)).unwrap()
    }

    fn size(png: &[u8]) -> (u32, u32) {
        let image = image::load_from_memory_with_format(png, ImageFormat::Png).unwrap();
        (image.width(), image.height())
    }

    #[test]
    fn a_large_image_becomes_small_and_keeps_its_shape() {
        assert_eq!(size(&from_bytes(&media("cover.jpg"), 256).unwrap()), (256, 144));
        assert_eq!(size(&from_bytes(&media("cover.png"), 256).unwrap()), (256, 144));
    }

    #[test]
    fn a_small_image_stays_as_it_is() {
        let mut tiny = Cursor::new(Vec::new());
        DynamicImage::new_rgba16(9, 4).write_to(&mut tiny, ImageFormat::Png).unwrap();
        assert_eq!(size(&from_bytes(tiny.get_ref(), 256).unwrap()), (9, 4));
    }

    #[test]
    fn an_image_larger_than_memory_is_refused_before_it_is_read() {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_luma8(1, 1).write_to(&mut png, ImageFormat::Png).unwrap();
        let mut png = png.into_inner();
        // Width and height are the first fields of the first chunk, and behind them is its checksum.
        png[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let checksum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&checksum.to_be_bytes());
        let refused = from_bytes(&png, 256).unwrap_err();
        assert!(matches!(refused, image::ImageError::Limits(_)), "{refused:?}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_broken_image_is_an_error_at_worst(
            name in prop::sample::select(vec!["cover.jpg", "cover.png"]),
            wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..16),
            length in any::<prop::sample::Index>(),
        ) {
            let mut bytes = media(name);
            for (at, byte) in wrong {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(length.index(bytes.len()) + 1);
            let _ = from_bytes(&bytes, 256);
        }
    }
}
