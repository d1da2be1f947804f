//! A real proxy, with and without a password, that remembers what went through it. It forwards, makes tunnels, and knows
//! every host to be on this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// How a gateway answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Lets everybody through.
    Open,
    /// Lets through who shows these, as `Basic …` has them in clear.
    Wants(&'static str),
    /// Says this to everybody.
    Says(&'static str),
    /// Closes every connection without a word.
    HangsUp,
}

/// A request to the proxy itself.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Its first line.
    pub(crate) line: String,
    /// Who asked, as `Proxy-Authorization` says it.
    pub(crate) authorization: Option<String>,
}

#[derive(Default)]
struct Seen {
    asked: Vec<Asked>,
    /// Every byte from the client, heads and tunnels.
    bytes: Vec<u8>,
    tunnels: usize,
}

/// The proxy, until it is dropped.
pub(crate) struct Gateway {
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    seen: Arc<Mutex<Seen>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Gateway {
    pub(crate) async fn open(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let manner = Arc::new(Mutex::new(manner));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (ways, seeing) = (Arc::clone(&manner), Arc::clone(&seen));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let manner = ways.lock().unwrap().clone();
                tokio::spawn(serve(stream, manner, Arc::clone(&seeing)));
            }
        });
        Self { address, manner, seen, accepting }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it answers like this.
    pub(crate) fn behave(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().asked.clone()
    }

    /// Tunnels that were made.
    pub(crate) fn tunnels(&self) -> usize {
        self.seen.lock().unwrap().tunnels
    }

    /// Whether these words went by in clear.
    pub(crate) fn saw(&self, words: &str) -> bool {
        self.seen.lock().unwrap().bytes.windows(words.len()).any(|it| it == words.as_bytes())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection. Whatever goes wrong ends it, as with any proxy.
async fn serve(mut client: TcpStream, manner: Manner, seen: Arc<Mutex<Seen>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let text = String::from_utf8(head).ok()?;
    let line = text.lines().next()?.to_owned();
    let shown = text
        .lines()
        .find_map(|line| line.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case("proxy-authorization")));
    let authorization = shown.map(|(_, value)| value.to_owned());
    {
        let mut seen = seen.lock().unwrap();
        seen.bytes.extend_from_slice(text.as_bytes());
        seen.asked.push(Asked { line: line.clone(), authorization: authorization.clone() });
    }
    let refusal = match manner {
        Manner::Open => None,
        Manner::Wants(shown) if authorization.as_deref() == Some(shown) => None,
        Manner::Wants(_) => Some(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"it\"\r\nContent-Length: 0\r\n\r\n",
        ),
        Manner::Says(words) => Some(words),
        Manner::HangsUp => return None,
    };
    if let Some(words) = refusal {
        client.write_all(words.as_bytes()).await.ok()?;
        return client.shutdown().await.ok();
    }
    let target = line.strip_prefix("CONNECT ")?.split(' ').next()?;
    let (_, port) = target.rsplit_once(':')?;
    let server = TcpStream::connect(("127.0.0.1", port.parse::<u16>().ok()?)).await.ok()?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    seen.lock().unwrap().tunnels += 1;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let back = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    let mut piece = [0; 16 * 1024];
    while let Ok(read) = from_client.read(&mut piece).await
        && read > 0
    {
        seen.lock().unwrap().bytes.extend_from_slice(&piece[..read]);
        to_server.write_all(&piece[..read]).await.ok()?;
    }
    drop(to_server);
    back.await.ok()?.ok().map(|_| ())
}
