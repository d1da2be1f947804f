//! The listener: its own accept loop over hyper, so that a connection can be dropped without an answer.
//!
//! Owns sockets, TLS and the end of the sandbox. Never looks into a request. Next: `routes.rs`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::switches::Switches;
use crate::tls::Authority;
use crate::world::{Parts, World};
use crate::{Config, OauthCredentials, StartError, auth, oauth, routes, stock, workspace};

/// Cuts the connection that a request came by: no answer, no farewell.
#[derive(Clone)]
pub(crate) struct Cut(pub(crate) CancellationToken);

pub(crate) struct Server {
    world: Arc<World>,
    authority: Option<Authority>,
    token: String,
    login_token: String,
    oauth: OauthCredentials,
    /// The accept loop, which holds the listener, and the connections.
    sockets: TaskTracker,
}

impl Server {
    pub(crate) async fn start(config: Config) -> Result<Self, StartError> {
        if !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        let listening = |source| StartError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;

        let temporary = match config.dir {
            Some(_) => None,
            None => Some(temporary_folder()?),
        };
        let own = temporary.as_ref().map(|temporary| temporary.path().to_owned());
        let dir = config.dir.or(own).unwrap_or_default();
        let folder = |source| StartError::Folder { dir: dir.clone(), source };
        std::fs::create_dir_all(&dir).map_err(folder)?;
        let world = World::new(Parts {
            address,
            tls: config.tls,
            sink: config.sink,
            name: config.name,
            dir: dir.clone(),
            temporary,
            switches: config.switches.unwrap_or_else(|| Switches::of(config.profile)),
            seed: config.seed.unwrap_or_else(|| fastrand::u64(..)),
        })
        .map_err(folder)?;
        let (token, login_token) = auth::settle_credentials(&world, config.token);
        let oauth = oauth::keys::settle(&world);
        workspace::furnish(&world);
        stock::stock(&world, config.videos);
        let storm = config.storm.iter().flat_map(crate::Storm::faults);
        for fault in config.faults.into_iter().chain(storm) {
            world.faults.add(fault);
        }

        let authority = config.tls.then(|| Authority::make(&dir, address.ip())).transpose()?;
        let acceptor = authority.as_ref().map(|authority| TlsAcceptor::from(authority.server.clone()));
        let world = Arc::new(world);
        let sockets = TaskTracker::new();
        sockets.spawn(accept(listener, acceptor, world.clone(), sockets.clone()));
        Ok(Self { world, authority, token, login_token, oauth, sockets })
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn login_token(&self) -> &str {
        &self.login_token
    }

    pub(crate) fn oauth(&self) -> &OauthCredentials {
        &self.oauth
    }

    pub(crate) async fn stop(self) {
        self.world.stopping.cancel();
        self.sockets.close();
        self.sockets.wait().await;
        self.world.tasks.close();
        self.world.tasks.wait().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.world.stopping.cancel();
    }
}

fn temporary_folder() -> Result<tempfile::TempDir, StartError> {
    tempfile::Builder::new()
        .prefix("slipway-sandbox-")
        .tempdir()
        .map_err(|source| StartError::Folder { dir: std::env::temp_dir(), source })
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, world: Arc<World>, sockets: TaskTracker) {
    let router = routes::router(world.clone());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = world.stopping.cancelled() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file handles, most likely: a moment for others to give some back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                continue;
            }
        };
        // Small answers should not wait for the acknowledgement of earlier ones.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let router = router.clone();
        let world = world.clone();
        match acceptor.clone() {
            None => drop(sockets.spawn(serve(stream, router, world))),
            Some(acceptor) => drop(sockets.spawn(async move {
                let shaken = tokio::select! {
                    shaken = acceptor.accept(stream) => shaken,
                    () = world.stopping.cancelled() => return,
                };
                match shaken {
                    Ok(stream) => serve(stream, router, world).await,
                    Err(error) => tracing::debug!(%error, "no TLS handshake"),
                }
            })),
        }
    }
}

/// Serves one connection until it ends, is cut, or the sandbox stops.
async fn serve<S>(stream: S, router: Router, world: Arc<World>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let cut = Cut(CancellationToken::new());
    let killed = cut.0.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(cut.clone());
        let router = router.clone();
        async move {
            let answer: Result<_, Infallible> = router.oneshot(request).await;
            answer
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        () = killed.cancelled() => {}
        () = world.stopping.cancelled() => {}
    }
}
