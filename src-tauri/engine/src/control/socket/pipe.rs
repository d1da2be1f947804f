//! A named pipe. Pipes have one namespace for the whole machine, so the name is drawn anew by each owner and written into
//! the data folder, where only its user can read it: nobody else can have taken it before.

use std::io;
use std::path::{Path, PathBuf};
use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use uuid::Uuid;

const NAME: &str = "slipway.pipe";

/// Where guests come in. The name goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    next: NamedPipeServer,
    name: String,
    path: PathBuf,
}

impl Listener {
    /// Listens for guests of `dir`, whose lock the caller holds.
    pub(crate) fn bind(dir: &Path) -> io::Result<Self> {
        let name = format!(r"\\.\pipe\slipway-{}", Uuid::now_v7().simple());
        // Remote clients are refused by default.
        let next = ServerOptions::new().first_pipe_instance(true).create(&name)?;
        let path = dir.join(NAME);
        std::fs::write(&path, &name)?;
        Ok(Self { next, name, path })
    }

    /// The next guest.
    pub(crate) async fn accept(&mut self) -> io::Result<NamedPipeServer> {
        self.next.connect().await?;
        let next = ServerOptions::new().create(&self.name)?;
        Ok(std::mem::replace(&mut self.next, next))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Left behind, it would only be replaced by the next owner's.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The owner of `dir`, if one listens.
pub(crate) async fn connect(dir: &Path) -> io::Result<NamedPipeClient> {
    let name = tokio::fs::read_to_string(dir.join(NAME)).await?;
    ClientOptions::new().open(name.trim())
}
