//! `cargo xtask screenshots`: the pictures of the README and the guide, taken of the demonstration by `ui/e2e/pictures.mjs`
//! and made small here. Two runs on one machine make the same bytes.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use png::{BitDepth, ColorType, Compression, Encoder, Filter};
use quantette::deps::palette::Srgb;
use quantette::{ImageBuf, PaletteSize, Pipeline};

use crate::setup::{self, Need};
use crate::shell::{npm, root, run, target};

/// What a page of the repository should not be kept waiting for, in bytes.
const MOST: u64 = 150_000;

/// Takes them all anew, and removes what is no picture any more.
pub(crate) fn take() -> Result<()> {
    setup::ensure(&[Need::Pages, Need::Browser])?;
    let taken = target()?.join("screenshots");
    if taken.exists() {
        fs::remove_dir_all(&taken)?;
    }
    run(npm().args(["run", "--silent", "pictures", "--"]).arg(&taken))?;

    let folder = root().join("docs/pictures");
    for entry in fs::read_dir(&folder)? {
        fs::remove_file(entry?.path())?;
    }
    let mut pictures = fs::read_dir(&taken)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    pictures.sort();
    ensure!(!pictures.is_empty(), "no picture was taken");
    for picture in pictures {
        let name = picture.file_name().context("a picture has a name")?;
        let small = folder.join(name);
        shrink(&picture, &small).with_context(|| format!("{} cannot be made small", picture.display()))?;
        let bytes = fs::metadata(&small)?.len();
        println!("{} kB  docs/pictures/{}", bytes / 1000, name.display());
        ensure!(bytes <= MOST, "{} has {bytes} bytes, and {MOST} is the limit", name.display());
    }
    Ok(())
}

/// The same picture in a palette of 256 colours, which is about half of it. Plain areas stay plain: nothing is dithered.
fn shrink(from: &Path, to: &Path) -> Result<()> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(from)?)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().context("the picture is too large")?];
    let info = reader.next_frame(&mut pixels)?;
    ensure!(info.bit_depth == BitDepth::Eight, "the browser writes eight bits a colour");
    let colours: Vec<Srgb<u8>> = match info.color_type {
        ColorType::Rgb => {
            pixels.as_chunks::<3>().0.iter().map(|&[red, green, blue]| Srgb::new(red, green, blue)).collect()
        }
        ColorType::Rgba => {
            pixels.as_chunks::<4>().0.iter().map(|&[red, green, blue, _]| Srgb::new(red, green, blue)).collect()
        }
        other => anyhow::bail!("the browser writes colours, not {other:?}"),
    };
    let picture = ImageBuf::new(info.width, info.height, colours)?;
    let pipeline = Pipeline::new().palette_size(PaletteSize::MAX).ditherer(None);
    let (palette, indices) = pipeline.input_image(picture.as_ref()).output_srgb8_indexed_image().into_parts();

    let mut encoder = Encoder::new(BufWriter::new(File::create(to)?), info.width, info.height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette.iter().flat_map(|colour| [colour.red, colour.green, colour.blue]).collect::<Vec<_>>());
    encoder.set_compression(Compression::High);
    encoder.set_filter(Filter::NoFilter);
    encoder.write_header()?.write_image_data(&indices)?;
    Ok(())
}
