//! A program that makes a picture: run in its own folder and for a limited time, and believed in nothing. What it leaves
//! is read as any other image.

use super::Trouble;
use crate::pictures::{SIDE, small};
use rustix::process::{Pid, Signal, kill_process_group};
use slipway_engine::open_regular;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Runs a program that is given a folder and says where in it the picture will be.
pub(super) async fn picture(
    patience: Duration,
    program: impl FnOnce(&Path) -> (Command, PathBuf),
) -> Result<Vec<u8>, Trouble> {
    let folder = tempfile::Builder::new().prefix("slipway-picture-").tempdir()?;
    let (mut command, made) = program(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).current_dir(folder.path());
    // What it starts belongs to it, and ends with it.
    command.process_group(0);
    let mut running = Running::new(command.spawn()?);
    let status = timeout(patience, running.child.wait()).await.map_err(|_| Trouble::Stuck)??;
    running.group = None;
    if !status.success() {
        return Err(Trouble::Failed(status));
    }
    let small = tokio::task::spawn_blocking(move || match open_regular(&made) {
        Ok(file) => Ok(small::from(file, SIDE)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Trouble::Empty),
        Err(error) => Err(error.into()),
    });
    small.await.map_err(std::io::Error::other)?
}

/// A program and those that it started, while they may run. Dropping it ends them.
struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    fn new(child: Child) -> Self {
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Self { child, group }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The first of them was not waited for, so its number is still its own.
        if let Some(group) = self.group
            && let Err(error) = kill_process_group(group, Signal::KILL)
        {
            tracing::debug!(%error, "a thumbnailer cannot be ended");
        }
    }
}
