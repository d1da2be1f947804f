//! The cache of thumbnails that all programs share, by the freedesktop specification: a PNG named by the MD5 sum of the
//! file's address, which says in its own words which file it is of and how old that was. It is read here and never
//! written: what we draw is ours.

use crate::pictures::{SIDE, small};
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use slipway_engine::open_regular;
use std::fmt::Write;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;
use std::time::SystemTime;

/// The first is as large as we show; a larger one is made smaller.
const SIZES: &[&str] = &["large", "x-large", "xx-large", "normal"];

/// What GLib leaves as it is in a path, and all that write to this cache do as GLib does.
const IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Memory for the words in a PNG, in bytes.
const WORDS: usize = 1 << 20;

/// The picture of a file as it was at that time.
pub(super) fn look(cache: &Path, path: &Path, modified: SystemTime) -> Option<Vec<u8>> {
    let uri = uri(path);
    let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs().to_string();
    let name = name(&uri);
    SIZES.iter().find_map(|size| {
        let mut file = open_regular(&cache.join(size).join(&name)).ok()?;
        if !is_of(&file, &uri, &seconds)? {
            return None;
        }
        file.rewind().ok()?;
        small::from(file, SIDE).ok()
    })
}

/// The address of a file, spelt as the cache spells it.
pub(super) fn uri(path: &Path) -> String {
    format!("file://{}", percent_encode(path.as_os_str().as_encoded_bytes(), IN_A_PATH))
}

/// The name of a thumbnail of what is at this address.
pub(super) fn name(uri: &str) -> String {
    let mut name = String::with_capacity(36);
    for byte in Md5::digest(uri) {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name + ".png"
}

fn is_of(file: &File, uri: &str, seconds: &str) -> Option<bool> {
    let decoder = png::Decoder::new_with_limits(BufReader::new(file), png::Limits { bytes: WORDS });
    let reader = decoder.read_info().ok()?;
    let words = &reader.info().uncompressed_latin1_text;
    let says = |key: &str, value: &str| words.iter().any(|word| word.keyword == key && word.text == value);
    Some(says("Thumb::URI", uri) && says("Thumb::MTime", seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn the_specifications_own_example_has_its_name() {
        assert_eq!(uri(Path::new("/home/jens/photos/me.png")), "file:///home/jens/photos/me.png");
        assert_eq!(name("file:///home/jens/photos/me.png"), "c6ee772d9e49320e97ec29a7eb5b1697.png");
    }

    #[test]
    fn addresses_are_spelt_as_glib_spells_them() {
        // As g_filename_to_uri gives them.
        assert_eq!(
            uri(Path::new("/a b/Ærø #1 [50%]; ok?.mp4")),
            "file:///a%20b/%C3%86r%C3%B8%20%231%20%5B50%25%5D%3B%20ok%3F.mp4"
        );
        assert_eq!(uri(Path::new("/!$&'()*+,-.:=@_~")), "file:///!$&'()*+,-.:=@_~");
        assert_eq!(uri(Path::new(OsStr::from_bytes(b"/\xe6.mov"))), "file:///%E6.mov");
    }
}
