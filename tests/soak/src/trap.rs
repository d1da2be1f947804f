//! Somebody else's server, where redirects lead to: whoever comes there with the workspace's token has leaked it.

use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tokio::time::timeout;

#[derive(Debug)]
pub(crate) struct Trap {
    pub(crate) address: SocketAddr,
    leaks: Arc<AtomicU64>,
    accepting: AbortHandle,
}

impl Trap {
    /// One that looks for any of these.
    pub(crate) async fn set(secrets: &[String]) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let leaks = Arc::new(AtomicU64::new(0));
        let (counted, secrets) = (Arc::clone(&leaks), Arc::new(secrets.to_vec()));
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((mut guest, _)) = listener.accept().await else { continue };
                let (counted, secrets) = (Arc::clone(&counted), Arc::clone(&secrets));
                tokio::spawn(async move {
                    let mut asked = vec![0; 64 * 1024];
                    let read = timeout(Duration::from_secs(2), guest.read(&mut asked)).await;
                    let shows = |count: usize, secret: &String| {
                        asked[..count].windows(secret.len()).any(|part| part == secret.as_bytes())
                    };
                    if let Ok(Ok(count)) = read
                        && secrets.iter().any(|secret| shows(count, secret))
                    {
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                    // Nobody who comes here has a right to an answer.
                    let _gone = guest.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
                });
            }
        });
        Ok(Self { address, leaks, accepting: accepting.abort_handle() })
    }

    /// How often the token came here.
    pub(crate) fn leaks(&self) -> u64 {
        self.leaks.load(Ordering::SeqCst)
    }
}

impl Drop for Trap {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
