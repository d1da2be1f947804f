//! Whether somebody holds a file open for writing, as far as the system tells.
//!
//! Linux shows the open files of each process of this user under `/proc`, and those of all processes to root; the bits of
//! an entry say how it was opened. A lease (`F_SETLEASE`) would know of every process, but a writer that comes meanwhile is
//! held up and we are sent a signal that ends us. On Windows, opening a file without sharing it for writing fails while
//! somebody writes. Elsewhere nothing is known, and standing still must do.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Those of these files that somebody writes to.
#[cfg(target_os = "linux")]
pub(super) fn written_to(files: &[PathBuf]) -> HashSet<PathBuf> {
    use std::collections::HashMap;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let numbered = |file: &PathBuf| {
        let meta = std::fs::metadata(file).ok()?;
        Some(((meta.dev(), meta.ino()), file.clone()))
    };
    let asked: HashMap<(u64, u64), PathBuf> = files.iter().filter_map(numbered).collect();
    let mut found = HashSet::new();
    if asked.is_empty() {
        return found;
    }
    for process in entries(Path::new("/proc")) {
        let name = process.file_name().unwrap_or_default().to_string_lossy();
        if !name.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        for open in entries(&process.join("fd")) {
            const OPEN_FOR_WRITING: u32 = 0o200;
            let writes =
                std::fs::symlink_metadata(&open).is_ok_and(|meta| meta.permissions().mode() & OPEN_FOR_WRITING != 0);
            if writes
                && let Ok(meta) = std::fs::metadata(&open)
                && let Some(file) = asked.get(&(meta.dev(), meta.ino()))
            {
                found.insert(file.clone());
            }
        }
    }
    found
}

/// What is in a folder; nothing where it cannot be read or is gone by now.
#[cfg(target_os = "linux")]
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten();
    read.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Those of these files that somebody writes to.
#[cfg(windows)]
pub(super) fn written_to(files: &[PathBuf]) -> HashSet<PathBuf> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_SHARE_READ: u32 = 1;
    const ERROR_SHARING_VIOLATION: i32 = 32;
    let busy = |file: &&PathBuf| {
        let opened = std::fs::File::options().read(true).share_mode(FILE_SHARE_READ).open(file);
        opened.is_err_and(|error| error.raw_os_error() == Some(ERROR_SHARING_VIOLATION))
    };
    files.iter().filter(busy).cloned().collect()
}

/// Those of these files that somebody writes to.
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn written_to(_files: &[PathBuf]) -> HashSet<PathBuf> {
    HashSet::new()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_file_is_written_to_while_somebody_has_it_open_for_that_under_whatever_name() {
        let dir = tempfile::tempdir().unwrap();
        let [written, read, closed] = ["written.mp4", "read.mp4", "closed.mp4"].map(|name| dir.path().join(name));
        let writer = File::create(&written).unwrap();
        for file in [&read, &closed] {
            std::fs::write(file, "bytes").unwrap();
        }
        let _reader = File::open(&read).unwrap();
        let renamed = dir.path().join("renamed.mp4");
        std::fs::rename(&written, &renamed).unwrap();
        let all = [renamed.clone(), read, closed, dir.path().join("gone.mp4")];
        assert_eq!(written_to(&all), HashSet::from([renamed]));
        drop(writer);
        assert_eq!(written_to(&all), HashSet::new());
    }
}
