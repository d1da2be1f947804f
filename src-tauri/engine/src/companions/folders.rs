//! The folders that videos lie in, read as seldom as possible: a thousand files of one folder cost one reading of it,
//! whether they are handed over together or one after the other.

use super::naming::Folder;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The folder that was read last, which is read again only when it has changed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folders(Arc<Mutex<Option<Arc<Folder>>>>);

impl Folders {
    /// For files that are handed over together.
    pub(crate) fn together(&self) -> Together {
        Together { last: self.clone(), read: Mutex::default() }
    }

    fn of(&self, parent: &Path) -> Option<Arc<Folder>> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(folder) = last.filter(|folder| folder.is_still(parent)) {
            return Some(folder);
        }
        let folder = Arc::new(Folder::read(parent).ok()?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&folder));
        Some(folder)
    }
}

/// The folders of files that were handed over together, as they were then: each is read once, even one whose time does not
/// tell yet whether it has changed since.
#[derive(Debug, Default)]
pub(crate) struct Together {
    last: Folders,
    read: Mutex<HashMap<PathBuf, Reading>>,
}

/// Whoever comes while a folder is being read waits for that; one that cannot be read is `None`.
type Reading = Arc<OnceLock<Option<Arc<Folder>>>>;

impl Together {
    /// The names in the folder of a file; `None` when it cannot be read.
    pub(super) fn of(&self, file: &Path) -> Option<Arc<Folder>> {
        let parent = file.parent()?;
        let reading = {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(read.entry(parent.to_owned()).or_default())
        };
        reading.get_or_init(|| self.last.of(parent)).clone()
    }
}
