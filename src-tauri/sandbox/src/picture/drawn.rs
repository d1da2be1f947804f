//! A drawn picture with a time on it, for files that no ffmpeg can read.
//!
//! A baseline JPEG in grey whose 8×8 blocks are each of one shade: such a block is a single coefficient, so no transform
//! is needed, and a block serves as one large pixel.

use bytes::Bytes;

/// Three by five dots of `0` to `9`, `:` and `.`, a row in three bits.
const GLYPHS: [[u8; 5]; 12] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
    [0b000, 0b010, 0b000, 0b010, 0b000],
    [0b000, 0b000, 0b000, 0b000, 0b010],
];

/// A picture of this size in pixels. The id picks the shade of the ground, so that videos can be told apart.
pub(super) fn picture(time: f64, width: u32, height: u32, photo_id: u64) -> Bytes {
    let (width, height) = (width.clamp(1, 4096), height.clamp(1, 4096));
    let (columns, rows) = (width.div_ceil(8) as usize, height.div_ceil(8) as usize);
    let mut shades = vec![0_u8; columns * rows];
    let ground = 40 + (photo_id.wrapping_mul(37) % 90) as u8;
    for (place, shade) in shades.iter_mut().enumerate() {
        *shade = ground + (place / columns * 40 / rows.max(1)) as u8;
    }
    write(&mut shades, columns, rows, time);
    jpeg(&shades, width as u16, height as u16)
}

fn write(shades: &mut [u8], columns: usize, rows: usize, time: f64) {
    let tenths = (time.clamp(0.0, 359_999.0) * 10.0) as u64;
    let text = format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10);
    let scale = (columns / (text.len() * 4)).min(rows / 7).min(3);
    if scale == 0 {
        return;
    }
    let left = (columns - text.len() * 4 * scale) / 2;
    let top = (rows - 5 * scale) / 2;
    for (place, c) in text.bytes().enumerate() {
        let glyph = match c {
            b':' => GLYPHS[10],
            b'.' => GLYPHS[11],
            digit => GLYPHS[usize::from(digit - b'0')],
        };
        for (row, dots) in glyph.iter().enumerate() {
            for column in 0..3 {
                if dots & (0b100 >> column) == 0 {
                    continue;
                }
                for dot in 0..scale * scale {
                    let x = left + (place * 4 + column) * scale + dot % scale;
                    let y = top + row * scale + dot / scale;
                    shades[y * columns + x] = 235;
                }
            }
        }
    }
}

/// Everything before the picture's data but its size.
fn header(width: u16, height: u16) -> Vec<u8> {
    let mut out = vec![0xFF, 0xD8];
    out.extend(b"\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    // One table of steps: 8 for each, so that a block's first coefficient is its shade less 128.
    out.extend([0xFF, 0xDB, 0x00, 0x43, 0x00]);
    out.extend([8; 64]);
    out.extend([0xFF, 0xC0, 0x00, 0x0B, 8]);
    out.extend(height.to_be_bytes());
    out.extend(width.to_be_bytes());
    out.extend([1, 1, 0x11, 0]);
    // The usual codes for the first coefficient, and a single one for "no others".
    out.extend([0xFF, 0xC4, 0x00, 0x1F, 0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(0..12);
    out.extend([0xFF, 0xC4, 0x00, 0x14, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend([0xFF, 0xDA, 0x00, 0x08, 1, 1, 0x00, 0, 63, 0]);
    out
}

/// Code and its length in bits for a difference of so many bits.
const CODES: [(u32, u32); 9] =
    [(0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b1110, 4), (0b1_1110, 5), (0b11_1110, 6)];

fn jpeg(shades: &[u8], width: u16, height: u16) -> Bytes {
    let mut out = header(width, height);
    let mut bits = Bits::default();
    let mut before = 0;
    for shade in shades {
        let level = i32::from(*shade) - 128;
        let difference = level - before;
        before = level;
        let size = 32 - difference.unsigned_abs().leading_zeros();
        let (code, length) = CODES[size as usize];
        bits.push(code, length, &mut out);
        // Negative differences are written as their complement.
        let value = if difference < 0 { difference - 1 } else { difference };
        bits.push(value as u32 & ((1 << size) - 1), size, &mut out);
        bits.push(0, 1, &mut out);
    }
    bits.push(0x7F, 7, &mut out);
    out.extend([0xFF, 0xD9]);
    Bytes::from(out)
}

/// Bits on their way to bytes.
#[derive(Default)]
struct Bits {
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, length: u32, out: &mut Vec<u8>) {
        for place in (0..length).rev() {
            self.held = self.held << 1 | (value >> place & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = self.held as u8;
                out.push(byte);
                if byte == 0xFF {
                    // A marker begins with this byte; within the data it is followed by a zero.
                    out.push(0);
                }
                self.held = 0;
                self.count = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_drawn_picture_begins_and_ends_as_a_jpeg() {
        let picture = super::picture(72.5, 480, 270, 7);
        assert!(picture.starts_with(b"\xff\xd8\xff") && picture.ends_with(b"\xff\xd9"));
    }
}
