//! The file of one change a line. A line that was cut off by a crash is left out, and with it nothing that was ever
//! answered for.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use super::Entry;

pub(crate) struct Journal {
    file: File,
}

/// The entries of an earlier run, if there was one.
pub(crate) fn replay(path: &Path) -> io::Result<Vec<Entry>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries = Vec::new();
    for line in BufReader::new(file).lines() {
        match serde_json::from_str(&line?) {
            Ok(entry) => entries.push(entry),
            Err(error) => tracing::warn!(%error, "a line of the journal could not be read"),
        }
    }
    Ok(entries)
}

impl Journal {
    /// Starts the file anew with these entries.
    pub(crate) fn rewrite(path: &Path, entries: &[Entry]) -> io::Result<Self> {
        let beside = path.with_extension("new");
        let mut journal = Self { file: File::create(&beside)? };
        journal.write(entries)?;
        journal.file.sync_all()?;
        std::fs::rename(&beside, path)?;
        journal.file = OpenOptions::new().append(true).open(path)?;
        Ok(journal)
    }

    fn write(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)
    }

    /// Adds entries. A full disk costs the sandbox its memory of them, not the running session.
    pub(crate) fn append(&mut self, entries: &[Entry]) {
        if let Err(error) = self.write(entries) {
            tracing::error!(%error, "the journal could not be written");
        }
    }
}
