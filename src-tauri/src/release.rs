//! Whether this is another version than the one that a person knows: `known-version` in the data folder. What each version
//! brought is the pages' to say.

use crate::desktop::off_thread;
use crate::ipc::Nothing;
use crate::shell::Shell;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::home::replace_private_file;
use std::path::{Path, PathBuf};

/// The version that runs.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version that was known before an update to this one; nothing where there was none. A fresh folder knows this one.
fn known_before(home: &Path, running: &str) -> Option<String> {
    if let Ok(known) = std::fs::read_to_string(file(home)) {
        return Some(known.trim().to_owned()).filter(|known| is_older(known, running));
    }
    // Where it cannot be written, the queue says why.
    let _ = remember(home, running);
    None
}

fn remember(home: &Path, running: &str) -> std::io::Result<()> {
    replace_private_file(&file(home), running.as_bytes())
}

fn file(home: &Path) -> PathBuf {
    home.join("known-version")
}

/// Whether one version is before another. What is no version is before none.
fn is_older(known: &str, running: &str) -> bool {
    let numbers = |version: &str| -> Option<Vec<u64>> {
        version.split(['-', '+']).next()?.split('.').map(|part| part.parse().ok()).collect()
    };
    matches!((numbers(known), numbers(running)), (Some(known), Some(running)) if known < running)
}

impl Shell {
    /// The version that was updated from, as long as nobody has seen what is new.
    pub(crate) async fn updated_from(&self) -> Option<String> {
        let home = self.home.clone();
        off_thread(move || Ok(known_before(&home, VERSION))).await.ok().flatten()
    }

    /// A version that is newer than this one, in builds that look for one.
    #[cfg_attr(not(feature = "update-check"), allow(clippy::unused_self, clippy::unnecessary_wraps))]
    pub(crate) fn newer_version(&self) -> Option<String> {
        #[cfg(feature = "update-check")]
        return self.newer.version();
        #[cfg(not(feature = "update-check"))]
        None
    }

    /// Where it is.
    #[cfg_attr(not(feature = "update-check"), allow(clippy::unused_self, clippy::unnecessary_wraps))]
    pub(crate) fn newer_page(&self) -> Option<String> {
        #[cfg(feature = "update-check")]
        return self.newer.page();
        #[cfg(not(feature = "update-check"))]
        None
    }

    /// What is new was seen.
    pub(crate) async fn news_seen(&self, _: Nothing) -> Result<(), Failure> {
        let home = self.home.clone();
        off_thread(move || {
            remember(&home, VERSION).map_err(|error| {
                Failure::new(Code::DataFolderUnwritable).detail(file(&home).display().to_string()).caused_by(&error)
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_news_until_it_was_seen_and_a_first_start_is_none() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(known_before(home.path(), "0.9.2"), None);
        assert_eq!(known_before(home.path(), "0.9.2"), None);
        for _ in 0..2 {
            assert_eq!(known_before(home.path(), "0.10.0").as_deref(), Some("0.9.2"));
        }
        remember(home.path(), "0.10.0").unwrap();
        assert_eq!(known_before(home.path(), "0.10.0"), None);
        assert_eq!(known_before(home.path(), "0.9.2"), None, "an older version has no news");
    }

    #[test]
    fn a_file_that_says_no_version_says_nothing() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(file(home.path()), "new").unwrap();
        assert_eq!(known_before(home.path(), "0.10.0"), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        remember(home.path(), "1.0.0").unwrap();
        assert_eq!(std::fs::metadata(file(home.path())).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
