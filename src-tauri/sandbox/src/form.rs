//! A request's fields and its file, read as the vendor reads them: a GET's query, and of a POST the body alone.
//!
//! Owns the streaming of the file part to disk (or to nowhere, in sink mode): no more of it is in memory than the
//! network delivered last. Never knows what a field means. Next: `visit.rs`, which drives the reading.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

/// A file that arrived, in a place of its own until somebody takes it.
#[derive(Debug)]
pub(crate) struct Spool {
    /// `None` in sink mode.
    pub(crate) path: Option<PathBuf>,
    pub(crate) bytes: u64,
    pub(crate) sha256: Option<String>,
    /// In sink mode, of each chunk that it was made of.
    pub(crate) chunk_sha256: Vec<String>,
    /// Its first bytes, to tell a picture by.
    pub(crate) head: Vec<u8>,
}

/// How many bytes a picture is told by.
const HEAD: usize = 16;

impl Spool {
    pub(crate) fn counted(bytes: u64, chunk_sha256: Vec<String>) -> Self {
        Self { path: None, bytes, sha256: None, chunk_sha256, head: Vec::new() }
    }

    /// Takes over a file that lies on disk.
    pub(crate) fn of_file(path: &Path) -> std::io::Result<Self> {
        use std::io::Read;
        let mut head = Vec::new();
        let file = std::fs::File::open(path)?;
        let bytes = file.metadata()?.len();
        file.take(HEAD as u64).read_to_end(&mut head)?;
        Ok(Self { path: Some(path.to_owned()), bytes, sha256: None, chunk_sha256: Vec::new(), head })
    }

    /// A second copy, for a request that is to be handled twice.
    pub(crate) fn duplicate(&self, incoming: &Path) -> std::io::Result<Self> {
        let path = match &self.path {
            None => None,
            Some(path) => {
                let twin = incoming.join(format!("ghost-{:016x}", fastrand::u64(..)));
                // Nobody writes into a spooled file, so both may share its bytes.
                std::fs::hard_link(path, &twin).or_else(|_| std::fs::copy(path, &twin).map(drop))?;
                Some(twin)
            }
        };
        Ok(Self {
            path,
            bytes: self.bytes,
            sha256: self.sha256.clone(),
            chunk_sha256: self.chunk_sha256.clone(),
            head: self.head.clone(),
        })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Already moved to where it belongs, as a rule.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The `file` part.
#[derive(Debug)]
pub(crate) struct FilePart {
    pub(crate) filename: Option<String>,
    pub(crate) spool: Spool,
}

/// Everything a request said.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) version: u8,
    pub(crate) post: bool,
    /// A multipart body, which no signature covers.
    pub(crate) multipart: bool,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) file: Option<FilePart>,
}

impl Form {
    /// The first value of a field.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same, unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }

    /// A whole number; nonsense counts as missing, as it does in the vendor's sample.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.trim().parse().ok()
    }

    /// A flag in any of the spellings that the vendor's pages use.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        flag(self.filled(name)?)
    }

    /// A second copy, file included.
    pub(crate) fn duplicate(&self, incoming: &Path) -> std::io::Result<Self> {
        let file = match &self.file {
            None => None,
            Some(file) => Some(FilePart { filename: file.filename.clone(), spool: file.spool.duplicate(incoming)? }),
        };
        let Self { version, post, multipart, .. } = *self;
        Ok(Self { version, post, multipart, fields: self.fields.clone(), file })
    }
}

pub(crate) fn flag(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "y" | "yes" | "on" => Some(true),
        "0" | "f" | "false" | "n" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Fields as a query or a form writes them.
pub(crate) fn decoded(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// Streams a file part to where it waits.
pub(crate) async fn spool(
    field: &mut multer::Field<'_>,
    incoming: Option<&Path>,
    hash: bool,
) -> Result<Spool, SpoolError> {
    let path = incoming.map(|incoming| incoming.join(format!("file-{:016x}", fastrand::u64(..))));
    let mut spool = Spool { path: path.clone(), bytes: 0, sha256: None, chunk_sha256: Vec::new(), head: Vec::new() };
    let mut file = match &path {
        // A generous buffer: each flush is a trip to the blocking threads.
        Some(path) => Some(tokio::io::BufWriter::with_capacity(
            512 * 1024,
            tokio::fs::File::create(path).await.map_err(SpoolError::Disk)?,
        )),
        None => None,
    };
    let mut digest = hash.then(Sha256::new);
    while let Some(piece) = field.chunk().await.map_err(SpoolError::Body)? {
        if spool.head.len() < HEAD {
            let missing = (HEAD - spool.head.len()).min(piece.len());
            spool.head.extend_from_slice(&piece[..missing]);
        }
        spool.bytes += piece.len() as u64;
        if let Some(digest) = &mut digest {
            digest.update(&piece);
        }
        if let Some(file) = &mut file {
            file.write_all(&piece).await.map_err(SpoolError::Disk)?;
        }
    }
    if let Some(file) = &mut file {
        file.flush().await.map_err(SpoolError::Disk)?;
    }
    spool.sha256 = digest.map(|digest| hex(&digest.finalize()));
    Ok(spool)
}

/// Why a file could not be spooled.
pub(crate) enum SpoolError {
    Body(multer::Error),
    Disk(std::io::Error),
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}
