//! Connections: time-outs, what a server's clock says, and how much of an answer is read. Whom to trust is in
//! `http/tls.rs`, what a refused certificate is in `http/certificate.rs`, which proxy to take in `http/proxy.rs`, how names
//! become addresses in `http/names.rs`, why there was no answer in `http/reason.rs`.
//!
//! HTTP/1.1 only, so that each chunk has a connection of its own: over HTTP/2 parallel chunks would share one TCP
//! window, and lose the point of being parallel on a long or lossy line. Redirects are never followed: they would carry
//! the token along.

mod certificate;
mod names;
#[cfg(feature = "plain-get")]
mod plain;
#[cfg(feature = "test-hooks")]
mod pretended;
mod proxy;
mod reason;
mod tls;

#[cfg(feature = "plain-get")]
pub use plain::NotGot;
#[cfg(feature = "test-hooks")]
pub use pretended::{Pretended, PretendedNames};
pub use proxy::{Proxy, ProxyChoice};
pub(super) use reason::peer_closed;

use crate::failure::{Code, Failure};
use crate::timing::{self, Timing};
use crate::workspace::Origin;
use jiff::Timestamp;
use names::Names;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Response, redirect, retry};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// How the network is reached.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// A PEM file with certificate authorities to trust beside the platform's.
    pub extra_ca: Option<PathBuf>,
    /// Which proxy to go through.
    pub proxy: ProxyChoice,
    /// What tests say of names.
    #[cfg(feature = "test-hooks")]
    pub names: Option<PretendedNames>,
}

impl Network {
    /// Whether it can be used: reads the file of authorities.
    pub fn check(&self) -> Result<(), Failure> {
        tls::client_config(self.extra_ca.as_deref()).map(|_| ())
    }
}

/// The three kinds of connections.
#[derive(Debug)]
struct Clients {
    calls: Client,
    chunks: Client,
    commits: Client,
}

/// What connections are made with, and those that are kept.
#[derive(Debug)]
pub(crate) struct Http {
    tls: rustls::ClientConfig,
    names: Arc<Names>,
    connect: Duration,
    proxy: ProxyChoice,
    clients: RwLock<Clients>,
    /// How often all connections were given up.
    given_up: watch::Sender<u64>,
}

impl Http {
    pub(crate) fn new(network: &Network, timing: &Timing) -> Result<Self, Failure> {
        let tls = tls::client_config(network.extra_ca.as_deref())?;
        let names = Arc::new(Names {
            #[cfg(feature = "test-hooks")]
            pretended: network.names.clone(),
        });
        let clients = Clients::new(&tls, &names, timing.connect, &network.proxy)
            .map_err(|error| Failure::new(Code::CertificateFileInvalid).caused_by(&error))?;
        Ok(Self {
            tls,
            names,
            connect: timing.connect,
            proxy: network.proxy.clone(),
            clients: RwLock::new(clients),
            given_up: watch::Sender::default(),
        })
    }

    /// Gives all connections up, since nobody knows what became of them: calls and ordinary chunks end as if nothing had
    /// moved for too long, and what is sent from now on goes over new ones. A commit on its way is left alone. Its answer is
    /// worth more than the wait, and the system's own probes end a dead connection within a minute.
    pub(crate) fn give_connections_up(&self) {
        match Clients::new(&self.tls, &self.names, self.connect, &self.proxy) {
            Ok(clients) => *self.clients.write().unwrap_or_else(PoisonError::into_inner) = clients,
            // It went well with the same parts before.
            Err(error) => tracing::warn!(%error, "kept connections stay in use"),
        }
        self.given_up.send_modify(|times| *times += 1);
    }

    /// Returns when the connections that are in use when this is called are given up.
    pub(super) fn are_given_up(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut given_up = self.given_up.subscribe();
        async move {
            if given_up.changed().await.is_err() {
                // Whoever gives up is gone, and so is whoever asks.
                std::future::pending::<()>().await;
            }
        }
    }

    /// What an exchange comes to; nothing where it takes too long, or its connection is given up.
    pub(super) fn within<T, Exchange>(
        &self,
        patience: Duration,
        exchange: Exchange,
    ) -> impl Future<Output = Option<T>> + use<T, Exchange>
    where
        Exchange: Future<Output = T>,
    {
        let given_up = self.are_given_up();
        // Boxed: every caller of a caller would carry it along.
        let exchange = Box::pin(exchange);
        async move {
            tokio::select! {
                biased;
                result = tokio::time::timeout(patience, exchange) => result.ok(),
                () = given_up => None,
            }
        }
    }

    fn kept(&self) -> RwLockReadGuard<'_, Clients> {
        self.clients.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn calls(&self) -> Client {
        self.kept().calls.clone()
    }

    pub(super) fn chunks(&self) -> Client {
        self.kept().chunks.clone()
    }

    pub(super) fn commits(&self) -> Client {
        self.kept().commits.clone()
    }

    /// The address of the proxy on the way to a workspace, if there is one; without its name and password.
    pub(crate) fn proxy_to(&self, workspace: &Origin) -> Option<String> {
        let proxy = self.proxy.on_the_way_to(&Url::parse(workspace.as_str()).ok()?)?;
        Some(proxy.address().to_owned())
    }

    /// Why there was no answer from a workspace.
    pub(super) fn reason(&self, workspace: &Origin, error: &reqwest::Error) -> Failure {
        reason::failure(error, workspace, self.proxy_to(workspace))
    }
}

impl Clients {
    fn new(
        tls: &rustls::ClientConfig,
        names: &Arc<Names>,
        connect: Duration,
        proxy: &ProxyChoice,
    ) -> reqwest::Result<Self> {
        let builder = || -> ClientBuilder {
            Client::builder()
                .user_agent(concat!("Slipway/", env!("CARGO_PKG_VERSION")))
                .http1_only()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .connect_timeout(connect)
                .tcp_nodelay(true)
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::clone(names))
                .proxy(proxy.clone().into_rule())
        };
        Ok(Self {
            calls: builder().pool_idle_timeout(timing::CALLS_KEPT).build()?,
            chunks: builder().pool_idle_timeout(timing::CHUNKS_KEPT).build()?,
            // A commit never travels on a used connection: "closed before an answer" must mean this request's answer.
            commits: builder().pool_max_idle_per_host(0).build()?,
        })
    }
}

/// What a connection on which nothing moves comes to.
pub(super) fn silence() -> Failure {
    let mut failure = Failure::new(Code::WorkspaceUnreachable);
    failure.causes.push("no movement on the connection".to_owned());
    failure
}

/// How far the server's clock is from ours, by the `Date` of its answers. Deadlines that the server gives are on its
/// clock, and a laptop's can be anything.
#[derive(Debug, Default)]
pub(crate) struct ServerClock {
    offset_s: AtomicI64,
}

impl ServerClock {
    pub(super) fn see(&self, headers: &HeaderMap) {
        let date =
            headers.get(DATE).and_then(|date| date.to_str().ok()).and_then(|date| httpdate::parse_http_date(date).ok());
        let Some(since) = date.and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok()) else { return };
        let offset = since.as_secs() as i64 - Timestamp::now().as_second();
        self.offset_s.store(offset, Ordering::Relaxed);
    }

    /// Epoch seconds on the server's clock.
    pub(crate) fn now(&self) -> i64 {
        Timestamp::now().as_second() + self.offset_s.load(Ordering::Relaxed)
    }
}

/// `Retry-After`, in seconds or as a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

/// Shorter ones are part of ordinary words and numbers.
const SHORTEST_SECRET: usize = 8;

/// An answer without the secrets of its request: a server or a proxy may repeat them in a message, and messages are
/// shown, logged and kept.
pub(super) fn without_secrets<'a>(mut body: Vec<u8>, secrets: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET) {
        let mut from = 0;
        while let Some(at) = body[from..].windows(secret.len()).position(|it| it == secret.as_bytes()) {
            body.splice(from + at..from + at + secret.len(), *b"***");
            from += at + 3;
        }
    }
    body
}

/// Reads at most `cap` bytes of a body; the rest is left on the wire and the connection with it.
pub(super) async fn read_capped(response: &mut Response, cap: usize) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        let room = cap - body.len();
        if piece.len() >= room {
            body.extend_from_slice(&piece[..room]);
            break;
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn a_secret_that_an_answer_repeats_is_masked_wherever_it_stands() {
        let masked = |body: &str, secret: &str| String::from_utf8(without_secrets(body.into(), [secret])).unwrap();
        assert_eq!(masked("t0k3n-t0k3n: no t0k3n-t0k3n", "t0k3n-t0k3n"), "***: no ***");
        assert_eq!(masked("********", "********"), "***");
        assert_eq!(masked("4711", "1"), "4711");
        assert_eq!(masked("", "t0k3n-t0k3n"), "");
    }
}
