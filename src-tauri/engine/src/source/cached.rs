//! Reading what the system already has in memory, without ever waiting for a drive: bytes that are there are had by a call
//! that costs less than the way to a thread that may block and back. Who reads what is not there is in `source/reader.rs`.

use std::fs::File;

/// Reads on from where the file stands, as far as that is in memory, and answers how many bytes those were. None may have
/// any reason: they are on the drive, the file ended, or the file system cannot tell. What is left to do is an ordinary read.
#[cfg(target_os = "linux")]
pub(super) fn read_what_is_there(file: &File, bytes: &mut [u8]) -> usize {
    use rustix::io::{ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;

    // preadv2(2): minus one is the place where the file stands, which moves on.
    const WHERE_IT_STANDS: u64 = u64::MAX;
    // An end is no news here either: Linux 5.9 and 5.10 sometimes answer zero where there is more (preadv2(2), Bugs).
    preadv2(file, &mut [IoSliceMut::new(bytes)], WHERE_IT_STANDS, ReadWriteFlags::NOWAIT).unwrap_or(0)
}

/// Other systems cannot be asked.
#[cfg(not(target_os = "linux"))]
pub(super) fn read_what_is_there(_: &File, _: &mut [u8]) -> usize {
    0
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::tests::file;
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_in_memory_is_read_in_order_and_an_ordinary_read_goes_on_behind_it() {
        let bytes: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        let (_dir, path) = file(&bytes);
        let mut opened = File::open(&path).unwrap();
        let mut read = vec![0; 60_000];
        // It was written a moment ago. A file system that cannot tell gives nothing, and everything comes by the ordinary read.
        let there = read_what_is_there(&opened, &mut read);
        opened.read_exact(&mut read[there..]).unwrap();
        assert!(read == bytes[..60_000]);
        let mut rest = Vec::new();
        opened.read_to_end(&mut rest).unwrap();
        assert!(rest == bytes[60_000..]);
        assert_eq!(read_what_is_there(&opened, &mut read), 0, "behind the end is nothing");
    }
}
