//! What the system can draw: on Linux and its kin by the freedesktop specifications (thumbnails that file managers left
//! in the shared cache, and the programs that are registered to make them), on macOS by Quick Look. On Windows frames
//! are to be had from COM objects alone, which no safe library offers; there films have an icon.

#[cfg(all(unix, not(target_os = "macos")))]
mod cached;
#[cfg(unix)]
mod program;
#[cfg(all(unix, not(target_os = "macos")))]
mod thumbnailer;

#[cfg(unix)]
use slipway_engine::{item::FileKind, kind_by_name};
use std::path::Path;
#[cfg(all(unix, not(target_os = "macos")))]
use std::path::PathBuf;
#[cfg(unix)]
use std::time::Duration;
use std::time::SystemTime;

/// For one picture. A film on a slow drive takes seconds; one that takes longer is stuck.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(20);

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("nothing here draws files of this kind")]
    Nothing,
    #[cfg(unix)]
    #[error("it cannot be run")]
    Run(#[from] std::io::Error),
    #[cfg(unix)]
    #[error("it ended with {0}")]
    Failed(std::process::ExitStatus),
    #[cfg(unix)]
    #[error("it took too long")]
    Stuck,
    #[cfg(unix)]
    #[error("what it made is no picture")]
    Garbage(#[from] image::ImageError),
    #[cfg(unix)]
    #[error("it made nothing")]
    Empty,
}

/// The system's own pictures.
#[cfg(all(unix, not(target_os = "macos")))]
#[derive(Debug)]
pub(super) struct System {
    /// The cache that all programs share.
    pub(super) cache: Option<PathBuf>,
    pub(super) thumbnailers: thumbnailer::Thumbnailers,
    pub(super) patience: Duration,
}

#[cfg(all(unix, not(target_os = "macos")))]
impl System {
    pub(super) fn here() -> Self {
        use etcetera::BaseStrategy;
        let places = etcetera::base_strategy::Xdg::new().ok();
        Self {
            cache: places.as_ref().map(|places| places.cache_dir().join("thumbnails")),
            thumbnailers: thumbnailer::Thumbnailers::registered(places.map(|places| places.data_dir())),
            patience: PATIENCE,
        }
    }

    /// Whether a file of this name may have a picture. A file manager may have drawn what nothing else here can.
    pub(super) fn may_draw(&self, path: &Path) -> bool {
        self.thumbnailers.of(path).is_some() || (self.cache.is_some() && kind_by_name(path) == Some(FileKind::Video))
    }

    /// The picture that another program made of the file as it is now.
    pub(super) fn drawn_before(&self, path: &Path, modified: SystemTime) -> Option<Vec<u8>> {
        cached::look(self.cache.as_deref()?, path, modified)
    }

    pub(super) async fn draw(&self, path: &Path) -> Result<Vec<u8>, Trouble> {
        let thumbnailer = self.thumbnailers.of(path).ok_or(Trouble::Nothing)?;
        program::picture(self.patience, |folder| {
            let made = folder.join("picture.png");
            (thumbnailer.command(path, &made), made)
        })
        .await
    }
}

#[cfg(target_os = "macos")]
#[derive(Debug)]
pub(super) struct System;

#[cfg(target_os = "macos")]
impl System {
    pub(super) fn here() -> Self {
        Self
    }

    pub(super) fn may_draw(&self, path: &Path) -> bool {
        matches!(kind_by_name(path), Some(FileKind::Video | FileKind::Image))
    }

    pub(super) fn drawn_before(&self, _path: &Path, _modified: SystemTime) -> Option<Vec<u8>> {
        None
    }

    pub(super) async fn draw(&self, path: &Path) -> Result<Vec<u8>, Trouble> {
        let name = path.file_name().ok_or(Trouble::Nothing)?;
        program::picture(PATIENCE, |folder| {
            let mut command = tokio::process::Command::new("/usr/bin/qlmanage");
            command.args(["-t", "-s"]).arg(super::SIDE.to_string()).arg("-o").arg(folder).arg(path);
            let mut made = name.to_owned();
            made.push(".png");
            (command, folder.join(made))
        })
        .await
    }
}

#[cfg(windows)]
#[derive(Debug)]
pub(super) struct System;

#[cfg(windows)]
impl System {
    pub(super) fn here() -> Self {
        Self
    }

    pub(super) fn may_draw(&self, _path: &Path) -> bool {
        false
    }

    pub(super) fn drawn_before(&self, _path: &Path, _modified: SystemTime) -> Option<Vec<u8>> {
        None
    }

    #[expect(clippy::unused_async, reason = "elsewhere a program is waited for")]
    pub(super) async fn draw(&self, _path: &Path) -> Result<Vec<u8>, Trouble> {
        Err(Trouble::Nothing)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
pub(super) fn thumbnailers(folders: impl IntoIterator<Item = PathBuf>) -> thumbnailer::Thumbnailers {
    thumbnailer::Thumbnailers::of_folders(folders)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
pub(super) fn name_in_cache(path: &Path) -> String {
    cached::name(&cached::uri(path))
}
