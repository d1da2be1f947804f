//! The drive that the data folder lies on: small, and full at times. It takes a right to mount, so a world without that has
//! none.

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// Three times the reserve without which the command begins nothing.
const SIZE: &str = "size=24m,mode=0700";

/// A drive of its own at a folder.
#[derive(Debug)]
pub(crate) struct Disk {
    at: PathBuf,
    emptying: Option<JoinHandle<()>>,
}

impl Disk {
    /// Mounted there; `None` where this user may not.
    pub(crate) fn mounted_at(folder: &Path) -> Result<Option<Self>> {
        std::fs::create_dir(folder)?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "slipway-soak"]).arg(folder).stderr(Stdio::null());
        let mounted = mount.status().is_ok_and(|status| status.success());
        if !mounted {
            std::fs::remove_dir(folder)?;
        }
        Ok(mounted.then(|| Self { at: folder.to_owned(), emptying: None }))
    }

    /// Full for so long, to the last byte but those that are left.
    pub(crate) fn fill(&mut self, left: usize, span: Duration) {
        self.empty();
        let filler = self.filler();
        // It ends when there is no more room, which is what it is for.
        let _full = std::fs::write(&filler, vec![0; 25 << 20]);
        if let Ok(file) = std::fs::OpenOptions::new().write(true).open(&filler) {
            let len = file.metadata().map_or(0, |it| it.len());
            let _shorter = file.set_len(len.saturating_sub(left as u64));
        }
        self.emptying = Some(tokio::spawn(async move {
            sleep(span).await;
            let _gone_already = std::fs::remove_file(filler);
        }));
    }

    /// Room again, from now on.
    pub(crate) fn empty(&mut self) {
        if let Some(emptying) = self.emptying.take() {
            emptying.abort();
        }
        let _was_none = std::fs::remove_file(self.filler());
    }

    /// Lets it be written (`rw`) or not (`ro`); whether that could be done.
    pub(crate) fn remount(&self, how: &str) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{how}")]).arg(&self.at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success())
    }

    fn filler(&self) -> PathBuf {
        self.at.join("somebody else's")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.empty();
        // Whatever still has it open keeps it until its end.
        let _whatever = Command::new("umount").arg("-l").arg(&self.at).stderr(Stdio::null()).status();
    }
}
