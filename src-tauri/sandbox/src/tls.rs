//! The sandbox's own certificate authority and the certificate that it gives the listener.
//!
//! The authority is kept in the workspace's folder, so that a client that was told of it once trusts the sandbox after a
//! restart. Next: `server.rs`.

use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::StartError;

pub(crate) struct Authority {
    pub(crate) pem: String,
    pub(crate) file: PathBuf,
    pub(crate) server: Arc<rustls::ServerConfig>,
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> StartError {
    StartError::Certificate(Box::new(error))
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Slipway sandbox authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Whoever has this key can speak for every host to a client that was told to trust the authority.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

impl Authority {
    /// Takes up the folder's authority or makes one, and has it sign a certificate for this address.
    pub(crate) fn make(dir: &Path, address: IpAddr) -> Result<Self, StartError> {
        let file = dir.join("ca.pem");
        let key_file = dir.join("ca.key");
        let kept = std::fs::read_to_string(&file).ok().zip(std::fs::read_to_string(&key_file).ok());
        let (pem, key) = if let Some((pem, key)) = kept {
            (pem, KeyPair::from_pem(&key).map_err(failed)?)
        } else {
            let key = KeyPair::generate().map_err(failed)?;
            let pem = authority_params().self_signed(&key).map_err(failed)?.pem();
            let folder = |source| StartError::Folder { dir: dir.to_owned(), source };
            write_private(&key_file, &key.serialize_pem()).map_err(folder)?;
            std::fs::write(&file, &pem).map_err(folder)?;
            (pem, key)
        };
        let issuer = Issuer::new(authority_params(), key);

        let names = vec!["localhost".to_owned(), address.to_string()];
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "Slipway sandbox");
        let own = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&own, &issuer).map_err(failed)?;
        let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));

        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .map_err(failed)?;
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { pem, file, server: Arc::new(server) })
    }
}
