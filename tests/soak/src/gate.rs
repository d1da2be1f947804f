//! The way to a workspace that is not on this machine, as far as the command can tell: TLS before it, and in some worlds a
//! proxy that wants a password before that. For a while the proxy takes nobody's word, or the certificate is one that must
//! not be taken.

use crate::spell::Spell;
use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// What the workspace is called there.
pub(crate) const HOST: &str = "video.localhost";

/// The password of `anna`, which the proxy wants and nobody else may see.
pub(crate) const PASSWORD: &str = "s3cret-of-hers";

/// `anna:s3cret-of-hers`.
const SHOWN: &str = "Basic YW5uYTpzM2NyZXQtb2YtaGVycw==";

/// What the gate does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Trouble {
    /// Lets through whoever has a right to it.
    None,
    /// The proxy says 407, whatever it is shown.
    WantsAnotherPassword,
    /// The proxy says 403.
    Forbids,
    /// The proxy closes without a word.
    HangsUp,
    /// The certificate has ended.
    Expired,
    /// It has not begun.
    NotYetValid,
    /// It is for somebody else.
    OtherName,
    /// It comes from an authority that nobody named.
    OtherAuthority,
}

impl Trouble {
    const PROXYS: [Self; 3] = [Self::WantsAnotherPassword, Self::Forbids, Self::HangsUp];
    const CERTIFICATES: [Self; 4] = [Self::Expired, Self::NotYetValid, Self::OtherName, Self::OtherAuthority];
}

/// The gate, on a port of its own.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) address: SocketAddr,
    pub(crate) trouble: Spell<Trouble>,
    pub(crate) proxied: bool,
    /// The authority that is to be named, as a file has it.
    pub(crate) authority: String,
    inner: Arc<Inner>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct Inner {
    inside: SocketAddr,
    proxied: bool,
    /// What is shown in which trouble.
    certificates: HashMap<Trouble, Arc<ServerConfig>>,
    taken: AtomicU64,
}

impl Gate {
    /// One before this address.
    pub(crate) async fn before(inside: SocketAddr, proxied: bool) -> Result<Self> {
        let (ours, other) = (Authority::new("Our authority")?, Authority::new("Somebody's authority")?);
        let certificates = [
            (Trouble::None, ours.vouch(HOST, 1975, 4096)?),
            (Trouble::Expired, ours.vouch(HOST, 1975, 2001)?),
            (Trouble::NotYetValid, ours.vouch(HOST, 4000, 4096)?),
            (Trouble::OtherName, ours.vouch("audio.localhost", 1975, 4096)?),
            (Trouble::OtherAuthority, other.vouch(HOST, 1975, 4096)?),
        ];
        let inner = Arc::new(Inner { inside, proxied, certificates: certificates.into(), taken: AtomicU64::new(0) });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (trouble, watched) = Spell::fair(Trouble::None);
        let passing = Arc::clone(&inner);
        let accepting = tokio::spawn(async move {
            loop {
                if let Ok((outside, _)) = listener.accept().await {
                    tokio::spawn(pass(outside, Arc::clone(&passing), watched.clone()));
                }
            }
        });
        let (accepting, authority) = (accepting.abort_handle(), ours.own.pem());
        Ok(Self { address, trouble, proxied, authority, inner, accepting })
    }

    /// What can go wrong here.
    pub(crate) fn troubles(&self) -> Vec<Trouble> {
        let proxys = if self.proxied { &Trouble::PROXYS[..] } else { &[] };
        [proxys, &Trouble::CERTIFICATES].concat()
    }

    /// How often a certificate was taken that must not be.
    pub(crate) fn wrongly_taken(&self) -> u64 {
        self.inner.taken.load(Ordering::SeqCst)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection. Whatever goes wrong ends it; so does trouble that begins.
async fn pass(mut outside: TcpStream, gate: Arc<Inner>, mut trouble: watch::Receiver<Trouble>) -> Option<()> {
    let now = *trouble.borrow_and_update();
    if gate.proxied {
        let head = head(&mut outside).await?;
        let refusal = match now {
            Trouble::HangsUp => return None,
            Trouble::Forbids => Some("403 Forbidden"),
            Trouble::WantsAnotherPassword => Some("407 No\r\nProxy-Authenticate: Basic realm=\"it\""),
            _ if !head.contains(SHOWN) => Some("407 No\r\nProxy-Authenticate: Basic realm=\"it\""),
            _ => None,
        };
        if let Some(words) = refusal {
            outside.write_all(format!("HTTP/1.1 {words}\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.ok()?;
            return outside.shutdown().await.ok();
        }
        outside.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    }
    let certificate = gate.certificates.get(&now).or_else(|| gate.certificates.get(&Trouble::None))?;
    let mut outside = TlsAcceptor::from(Arc::clone(certificate)).accept(outside).await.ok()?;
    if Trouble::CERTIFICATES.contains(&now) {
        gate.taken.fetch_add(1, Ordering::SeqCst);
    }
    let mut inside = TcpStream::connect(gate.inside).await.ok()?;
    tokio::select! {
        passed = copy_bidirectional(&mut outside, &mut inside) => passed.ok().map(|_| ()),
        _begun = trouble.wait_for(|it| *it != Trouble::None) => None,
    }
}

/// What a proxy is asked.
async fn head(outside: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(outside.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// An authority of a world's own.
struct Authority {
    own: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Ok(Self { own: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// For this name, from the first of January of one year until that of another.
    fn vouch(&self, name: &str, from: i32, until: i32) -> Result<Arc<ServerConfig>> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.distinguished_name = named(&format!("front of {name}"));
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate()?;
        let chain = vec![params.signed_by(&key, &self.own)?.der().clone(), self.own.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("a certificate is not fit for use")?;
        Ok(Arc::new(config))
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
