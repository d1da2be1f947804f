//! Why a request got no answer, told apart by the types of the errors below the HTTP library's own and never by their
//! words.

use super::certificate::RefusedCertificate;
use super::names::NameError;
use crate::failure::{Code, Failure};
use crate::workspace::Origin;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io;
use tower_service::Service;

/// What a proxy says no with. The types have no public names of their own, but they are what these connectors, which
/// reqwest goes through, give as their error. Should reqwest ever bring another version of them, the tests with real
/// proxies fail.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;
type SocksError = <SocksV5<HttpConnector> as Service<Uri>>::Error;

/// Whether the server's side of the connection is known to have ended. A network that goes away ends nothing there.
pub(in crate::api) fn peer_closed(error: &reqwest::Error) -> bool {
    use io::ErrorKind as Kind;
    let ended = [Kind::ConnectionReset, Kind::ConnectionAborted, Kind::BrokenPipe, Kind::UnexpectedEof];
    // Without an error of the operating system it was an orderly end: the connection was closed before the answer.
    find::<io::Error>(error).is_none_or(|error| ended.contains(&error.kind()))
}

/// What is in the way, for people; the causes are for the log.
pub(super) fn failure(error: &reqwest::Error, workspace: &Origin, proxy: Option<String>) -> Failure {
    if let Some(refused) = find::<RefusedCertificate>(error) {
        return refused.failure();
    }
    let code = match &proxy {
        Some(_) => proxys_no(error),
        None if matches!(find(error), Some(NameError::Unknown(_))) => Some(Code::WorkspaceNameUnknown),
        None => None,
    };
    let mut failure = Failure::new(code.unwrap_or(Code::WorkspaceUnreachable)).fact("host", workspace.host());
    if let Some(proxy) = proxy {
        failure = failure.fact("proxy", proxy);
    }
    // The library's own words may carry the address; the causes below it do not.
    failure.causes = chain(error).filter(|cause| !cause.is::<reqwest::Error>()).map(ToString::to_string).collect();
    failure
}

/// What a proxy has to do with it, if anything.
fn proxys_no(error: &reqwest::Error) -> Option<Code> {
    if let Some(tunnel) = find::<TunnelError>(error) {
        return Some(match tunnel {
            TunnelError::ProxyAuthRequired => Code::ProxySignInNeeded,
            TunnelError::ConnectFailed(_) | TunnelError::Io(_) | TunnelError::TunnelUnexpectedEof => {
                Code::ProxyUnreachable
            }
            TunnelError::MissingHost | TunnelError::ProxyHeadersTooLong | TunnelError::TunnelUnsuccessful => {
                Code::ProxyRefused
            }
        });
    }
    if let Some(socks) = find::<SocksError>(error) {
        return Some(match socks {
            // Which of its words it was, a wrong password among them, cannot be told apart by type.
            SocksError::V4(_) | SocksError::V5(_) | SocksError::DnsFailure => Code::ProxyRefused,
            _ => Code::ProxyUnreachable,
        });
    }
    // Whoever does not even answer is the proxy: it is the only one that we speak to.
    (error.is_connect() && error.is_timeout()).then_some(Code::ProxyUnreachable)
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(<dyn Error>::downcast_ref)
}

/// An error and all below it. Two of the types on the way do not show what they wrap as their source.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return error.get_ref().map(|inner| inner as &(dyn Error + 'static));
    }
    if let Some(TlsError::InvalidCertificate(CertificateError::Other(other))) = error.downcast_ref() {
        return Some(&*other.0);
    }
    error.source()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::OtherError;
    use std::sync::Arc;

    #[test]
    fn what_is_wrapped_is_found_however_deep_it_lies() {
        #[derive(Debug, thiserror::Error)]
        #[error("the pearl")]
        struct Pearl;
        let tls = TlsError::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(Pearl))));
        let error = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(find::<Pearl>(&error).is_some());
        assert!(find::<TlsError>(&error).is_some());
        assert!(find::<Pearl>(&io::Error::other("text")).is_none());
    }
}
