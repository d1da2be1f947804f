//! The data folder: everything that Slipway writes lies in it, readable by its owner alone, and one process owns it.
//!
//! The lock is the operating system's on an open file, so it goes with the process however that ends; a lock file left
//! behind means nothing.

use crate::failure::{Code, Failure};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

const LOCK: &str = "slipway.lock";

/// Room that must be left before anything new is begun, in bytes: SQLite's log grows to 4 MB before it is merged into the
/// database, and what is on its way by then has to be recorded, too.
const RESERVE: u64 = 8 << 20;

/// An owned data folder. Dropping it gives the folder up.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    lock: File,
    /// Goes after the lock.
    _held: Option<mpsc::Sender<()>>,
}

impl Home {
    /// The platform's place for application data, used when nobody names another.
    #[must_use]
    pub fn default_dir() -> Option<PathBuf> {
        use etcetera::AppStrategy;
        let strategy = etcetera::app_strategy::choose_native_strategy(etcetera::AppStrategyArgs {
            top_level_domain: "net".into(),
            author: "Slipway".into(),
            app_name: "Slipway".into(),
        })
        .ok()?;
        Some(strategy.data_dir())
    }

    /// Makes the folder if need be and takes ownership of it.
    pub fn open(dir: &Path) -> Result<Self, Failure> {
        let unwritable = |error: io::Error| {
            Failure::new(Code::DataFolderUnwritable).detail(dir.display().to_string()).caused_by(&error)
        };
        private_folder(dir).map_err(unwritable)?;
        let path = dir.join(LOCK);
        let mut lock = private_file(&path).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = fs::read_to_string(&path).unwrap_or_default();
                return Err(Failure::new(Code::DataFolderBusy).detail(format!(
                    "{}, process {}",
                    dir.display(),
                    owner.trim()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        // Whose lock it is, for the message above; the lock itself does not depend on it.
        let _ = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        Ok(Self { dir: dir.to_owned(), lock, _held: None })
    }

    /// For all that works on the folder, which is owned until the last of them is gone. The other end closes when it is
    /// free.
    pub(crate) fn shared(self) -> (Arc<Self>, mpsc::Receiver<()>) {
        let (held, free) = mpsc::channel(1);
        (Arc::new(Self { _held: Some(held), ..self }), free)
    }

    /// Whether the next step could be recorded: the folder is the one that was opened, and has room. Cheap enough to be
    /// asked before each chunk; whether it may be written only writing can tell.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let unwritable = |error: &io::Error| {
            Failure::new(Code::DataFolderUnwritable).detail(self.dir.display().to_string()).caused_by(error)
        };
        // Written to by its open files, a folder that was deleted takes everything and keeps nothing.
        let there = self.is_still_there().and_then(|there| Ok(there && self.database().try_exists()?));
        if !there.map_err(|error| unwritable(&error))? {
            return Err(unwritable(&io::Error::new(
                io::ErrorKind::NotFound,
                "the folder is not the one that was opened",
            )));
        }
        let room = fs4::available_space(&self.dir).map_err(|error| unwritable(&error))?;
        if room < RESERVE {
            let error = io::Error::new(io::ErrorKind::StorageFull, format!("{room} bytes left, {RESERVE} needed"));
            return Err(unwritable(&error));
        }
        Ok(())
    }

    #[cfg(unix)]
    fn is_still_there(&self) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let (ours, there) = (self.lock.metadata()?, fs::metadata(self.dir.join(LOCK))?);
        Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    }

    #[cfg(not(unix))]
    fn is_still_there(&self) -> io::Result<bool> {
        // An open file keeps its folder from going away.
        self.dir.join(LOCK).try_exists()
    }

    /// The queue's database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        database_in(&self.dir)
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The folder for a program's own log in a data folder, made if need be.
pub fn logs(dir: &Path) -> io::Result<PathBuf> {
    let logs = dir.join("logs");
    private_folder(dir)?;
    private_folder(&logs)?;
    Ok(logs)
}

/// Where the queue's database is in a data folder.
pub(crate) fn database_in(dir: &Path) -> PathBuf {
    dir.join("queue.db")
}

/// Makes a file that only its owner may read, where there is none.
pub fn new_private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    options.open(path)
}

/// Puts a file that only its owner may read in the place of another, or where there is none: whole on the disk before it has
/// its name.
pub fn replace_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    // Left by a process of this number that was killed in the middle.
    let _ = fs::remove_file(&beside);
    let mut file = new_private_file(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Opens a file for reading and writing that only its owner may read.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_options: &mut OpenOptions) {
    // Private by inheritance from the folder, or wherever the person wants it.
}

/// Makes a folder that only its owner may look into, with those above it; one that is there becomes that.
pub(crate) fn private_folder(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;
    // A user's application data folder is private by inheritance on Windows.
    #[cfg(unix)]
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time_and_is_free_again_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let first = Home::open(dir.path()).unwrap();
        let refused = Home::open(dir.path()).unwrap_err();
        assert_eq!(refused.code, Code::DataFolderBusy);
        assert!(refused.detail.unwrap().contains(&std::process::id().to_string()));
        drop(first);
        Home::open(dir.path()).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_look_inside() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(&dir.path().join("deep/er")).unwrap();
        assert_eq!(fs::metadata(home.dir()).unwrap().permissions().mode() & 0o777, 0o700);
        let file = private_file(&home.database()).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
