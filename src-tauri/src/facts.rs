//! The facts of a file on this machine. How headers are read is in the package `slipway-facts`.

use slipway_engine::open_regular;
pub(crate) use slipway_facts::Facts;
use std::path::Path;

/// The facts of a file. Blocks for as long as the disk does; `None` where its headers tell nothing, or where it is none.
pub(crate) fn of(path: &Path) -> Option<Facts> {
    let file = open_regular(path).inspect_err(|error| tracing::debug!(%error, "no facts of a file")).ok()?;
    slipway_facts::of(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_has_facts() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of(dir.path()), None, "a folder");
        assert_eq!(of(&dir.path().join("nothing.mp4")), None);
        let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media/talk.mp4");
        assert_eq!(of(&film), Some(Facts { width: Some(640), height: Some(360), seconds: Some(3) }));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe.mp4");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert_eq!(of(&pipe), None);
    }
}
