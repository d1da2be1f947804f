//! A TLS front before a workspace: it shows whatever certificate a test wants shown, and passes the bytes on. And the
//! authorities that such certificates come from.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// An authority of a test's own.
pub(crate) struct Authority {
    own: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self { own: CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap() }
    }

    /// An authority below this one, past its end or not.
    pub(crate) fn office(&self, name: &str, expired: bool) -> Self {
        let mut params = authority_params(name);
        if expired {
            params.not_after = date_time_ymd(2025, 3, 1);
        }
        Self { own: CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.own).unwrap() }
    }

    /// In the form that a file of authorities has.
    pub(crate) fn pem(&self) -> String {
        self.own.pem()
    }

    /// A certificate for this name.
    pub(crate) fn vouch(&self, name: &str) -> Shown {
        self.vouch_between(name, 1975, 4096)
    }

    /// One that is valid from the first of January of one year until that of another.
    pub(crate) fn vouch_between(&self, name: &str, from: i32, until: i32) -> Shown {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name = named(&format!("front of {name}"));
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.own).unwrap();
        Shown { chain: vec![certificate.der().clone(), self.own.der().clone()], key: key.serialize_der() }
    }
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// A certificate with those that vouch for it, and its key.
pub(crate) struct Shown {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Shown {
    pub(crate) fn config(self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(self.chain, key)
            .unwrap();
        Arc::new(config)
    }
}

/// The front, until it is dropped.
pub(crate) struct Front {
    address: SocketAddr,
    shown: Arc<Mutex<Arc<ServerConfig>>>,
    opened: Arc<AtomicUsize>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Front {
    /// Before this workspace, on a port of its own.
    pub(crate) async fn before(workspace: SocketAddr, shown: Shown) -> Self {
        Self::at(([127, 0, 0, 1], 0).into(), workspace, shown).await
    }

    /// Before this workspace, at this address.
    pub(crate) async fn at(place: SocketAddr, workspace: SocketAddr, shown: Shown) -> Self {
        let listener = TcpListener::bind(place).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shown = Arc::new(Mutex::new(shown.config()));
        let opened = Arc::new(AtomicUsize::new(0));
        let (showing, opening) = (Arc::clone(&shown), Arc::clone(&opened));
        let accepting = tokio::spawn(async move {
            // They end with the front.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = TlsAcceptor::from(Arc::clone(&showing.lock().unwrap()));
                let opening = Arc::clone(&opening);
                connections.spawn(async move {
                    let Ok(mut outside) = acceptor.accept(stream).await else { return };
                    opening.fetch_add(1, Ordering::SeqCst);
                    let Ok(mut inside) = TcpStream::connect(workspace).await else { return };
                    // Ends when either side does.
                    let _ = copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self { address, shown, opened, accepting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Shows another certificate from now on.
    pub(crate) fn show(&self, shown: Shown) {
        *self.shown.lock().unwrap() = shown.config();
    }

    /// Connections on which the other side took the certificate.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
