//! TLS: whom to trust, and a refusal that can be told to people. The platform's own verifier decides, beside the
//! authorities of the extra file; what it refuses is described by `certificate.rs`.

use super::certificate::RefusedCertificate;
use crate::failure::{Code, Failure};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The TLS side of every connection.
pub(super) fn client_config(extra_ca: Option<&Path>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trust = Trust::new(extra_ca, Arc::clone(&provider))?;
    let unusable = |error: TlsError| Failure::new(Code::CertificateFileInvalid).caused_by(&error);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Who vouches for servers.
#[derive(Debug)]
struct Trust {
    extra_ca: Option<PathBuf>,
    provider: Arc<CryptoProvider>,
    /// Fails where the machine has no authorities at all, and no extra ones are given.
    verifier: RwLock<Result<Arc<Verifier>, TlsError>>,
}

impl Trust {
    fn new(extra_ca: Option<&Path>, provider: Arc<CryptoProvider>) -> Result<Self, Failure> {
        // A file that was named and cannot be used is told at once, and not at the first connection.
        if let Some(path) = extra_ca {
            let invalid = || Failure::new(Code::CertificateFileInvalid).detail(path.display().to_string());
            let extra = read(path).map_err(|error| invalid().caused_by(&error))?;
            if extra.is_empty() {
                return Err(invalid());
            }
            Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
                .map_err(|error| invalid().caused_by(&error))?;
        }
        let extra_ca = extra_ca.map(Path::to_owned);
        let verifier = RwLock::new(verifier(extra_ca.as_deref(), &provider));
        Ok(Self { extra_ca, provider, verifier })
    }

    /// Reads the machine's authorities and the extra file again: whoever mends them should not have to restart anything.
    fn renew(&self) -> Result<Arc<Verifier>, TlsError> {
        let renewed = verifier(self.extra_ca.as_deref(), &self.provider)?;
        let mut verifier = self.verifier.write().unwrap_or_else(PoisonError::into_inner);
        *verifier = Ok(Arc::clone(&renewed));
        Ok(renewed)
    }

    fn current(&self) -> Result<Arc<Verifier>, TlsError> {
        self.verifier.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn verifier(extra_ca: Option<&Path>, provider: &Arc<CryptoProvider>) -> Result<Arc<Verifier>, TlsError> {
    let provider = Arc::clone(provider);
    let verifier = match extra_ca {
        None => Verifier::new(provider),
        Some(path) => {
            let extra = read(path).map_err(|error| TlsError::Other(OtherError(Arc::new(error))))?;
            Verifier::new_with_extra_roots(extra, provider)
        }
    };
    verifier.map(Arc::new)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let judged = |verifier: Arc<Verifier>| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let may_be_mended = |error: &TlsError| !matches!(error, TlsError::InvalidCertificate(it) if *it != CertificateError::UnknownIssuer);
        let judgement = match self.current().and_then(judged) {
            Err(error) if may_be_mended(&error) => self.renew().and_then(judged).map_err(|_| error),
            judgement => judgement,
        };
        judgement.map_err(|error| {
            let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let refused = RefusedCertificate::new(error, server_name, end_entity, intermediates, now);
            TlsError::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
