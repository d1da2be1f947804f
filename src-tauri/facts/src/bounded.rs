//! A file that gives only so much of itself: whoever reads it can neither read for ever nor be led around in it for ever.

use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::time::{Duration, Instant};

/// Read from the disk at a time. Headers are small and lie apart.
const PAGE: usize = 4096;

/// All that is read of one file, in bytes. What lies before a film's headers at most: attached fonts, a cover.
pub(super) const MOST: u64 = 16 << 20;

/// For one file. Between two reads only: one that hangs keeps its thread until the drive answers.
const LONGEST: Duration = Duration::from_secs(5);

/// What a file is to whoever reads its headers.
pub(super) trait Source: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Source for T {}

/// A file within limits. Seeking costs nothing; reading counts whole pages.
pub(super) struct Bounded {
    file: Box<dyn Source>,
    len: u64,
    at: u64,
    page: Vec<u8>,
    page_at: u64,
    left: u64,
    until: Instant,
}

impl Bounded {
    pub(super) fn of(mut file: impl Source + 'static, most: u64) -> io::Result<Self> {
        let len = file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file: Box::new(file),
            len,
            at: 0,
            page: Vec::new(),
            page_at: 0,
            left: most,
            until: Instant::now() + LONGEST,
        })
    }

    /// Its length, in bytes, when it was opened.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Fills the buffer as far as the file goes.
    pub(super) fn read_up_to(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.read(&mut buf[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }

    fn here(&self) -> Option<usize> {
        let offset = usize::try_from(self.at.checked_sub(self.page_at)?).ok()?;
        (offset < self.page.len()).then_some(offset)
    }
}

impl fmt::Debug for Bounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounded").field("len", &self.len).field("at", &self.at).finish_non_exhaustive()
    }
}

impl BufRead for Bounded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if Instant::now() >= self.until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "this file's headers take too long"));
        }
        if self.at >= self.len {
            return Ok(&[]);
        }
        if self.here().is_none() {
            if self.left < PAGE as u64 {
                return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "this file's headers are too long"));
            }
            self.left -= PAGE as u64;
            self.page_at = self.at - self.at % PAGE as u64;
            self.page.clear();
            self.file.seek(SeekFrom::Start(self.page_at))?;
            (&mut self.file).take(PAGE as u64).read_to_end(&mut self.page)?;
        }
        // A file that became shorter ends here.
        Ok(self.here().map_or(&[], |offset| &self.page[offset..]))
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
    }
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buf)?;
        self.consume(read);
        Ok(read)
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the file"))?;
        Ok(self.at)
    }
}
