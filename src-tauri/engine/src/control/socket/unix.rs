//! A Unix socket in the data folder, for its owner's user alone.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

const NAME: &str = "slipway.sock";

/// Where guests come in. The name goes with it.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    path: PathBuf,
    uid: u32,
}

impl Listener {
    /// Listens in `dir`, whose lock the caller holds: whatever lies at the name is a dead process's.
    pub(crate) fn bind(dir: &Path) -> io::Result<Self> {
        let path = dir.join(NAME);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let socket = UnixListener::bind(Reach::into(dir)?.path())?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        // The socket was made just now, so it is this process's user's.
        let uid = fs::metadata(&path)?.uid();
        Ok(Self { socket, path, uid })
    }

    /// The next guest of the same user. The folder keeps others out; this holds where somebody opened it.
    pub(crate) async fn accept(&mut self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.socket.accept().await?;
            match stream.peer_cred().map(|peer| peer.uid()) {
                Ok(peer) if may_enter(peer, self.uid) => return Ok(stream),
                Ok(peer) => tracing::warn!("a process of user {peer} was turned away at the socket"),
                // Some systems know nothing of a peer that has gone by now.
                Err(error) => tracing::debug!("a process at the socket is not known: {error}"),
            }
        }
    }
}

/// Root reads and writes everything in the folder anyway.
fn may_enter(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Left behind, it would only be replaced by the next owner's.
        let _ = fs::remove_file(&self.path);
    }
}

/// The owner of `dir`, if one listens.
pub(crate) async fn connect(dir: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(Reach::into(dir)?.path()).await
}

/// A path to the socket that the system takes: addresses of sockets end after some hundred bytes, folders do not.
struct Reach {
    path: PathBuf,
    /// Open as long as the path goes through it.
    #[cfg(target_os = "linux")]
    _dir: Option<fs::File>,
}

impl Reach {
    #[cfg(target_os = "linux")]
    fn into(dir: &Path) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        /// What `sun_path` holds beside its final zero.
        const LONGEST: usize = 107;
        let path = dir.join(NAME);
        if path.as_os_str().len() <= LONGEST {
            return Ok(Self { path, _dir: None });
        }
        let dir = fs::File::open(dir)?;
        let path = Path::new("/proc/self/fd").join(dir.as_raw_fd().to_string()).join(NAME);
        Ok(Self { path, _dir: Some(dir) })
    }

    /// A path that is too long is refused by the standard library, with words that say so.
    #[cfg(not(target_os = "linux"))]
    fn into(dir: &Path) -> io::Result<Self> {
        Ok(Self { path: dir.join(NAME) })
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn meet(dir: &Path) {
        let mut listener = Listener::bind(dir).unwrap();
        let (accepted, connected) = tokio::join!(listener.accept(), connect(dir));
        assert_eq!(accepted.unwrap().peer_cred().unwrap().pid(), Some(std::process::id() as i32));
        connected.unwrap();
    }

    #[tokio::test]
    async fn the_socket_is_its_users_alone_and_goes_with_the_listener() {
        let dir = tempfile::tempdir().unwrap();
        let listener = Listener::bind(dir.path()).unwrap();
        let path = dir.path().join(NAME);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        assert!(!path.exists());
        assert_eq!(connect(dir.path()).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_socket_that_a_dead_process_left_behind_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        // The standard library's listener leaves its name.
        drop(std::os::unix::net::UnixListener::bind(dir.path().join(NAME)).unwrap());
        assert_eq!(connect(dir.path()).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        meet(dir.path()).await;
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_folder_may_lie_deeper_than_an_address_is_long() {
        let dir = tempfile::tempdir().unwrap();
        for depth in [1, 2, 5, 20] {
            let dir = dir.path().join(vec!["a folder with a name of some length"; depth].join("/"));
            fs::create_dir_all(&dir).unwrap();
            meet(&dir).await;
        }
    }

    #[test]
    fn others_than_the_same_user_and_root_are_turned_away() {
        assert!(may_enter(1000, 1000) && may_enter(0, 1000) && may_enter(0, 0));
        assert!(!may_enter(1001, 1000) && !may_enter(1000, 0));
    }
}
