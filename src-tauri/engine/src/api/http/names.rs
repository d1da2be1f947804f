//! Names to addresses, by the system's own resolver, asked anew for each connection: a server that moved is found where
//! it is now. A name that is not known is told apart from a network that is not there, where the system can tell.

use dns_lookup::{LookupError, LookupErrorKind};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// Why a name came to no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameError {
    /// The name service says that there is no such name.
    #[error("no address is known for {0}")]
    Unknown(String),
    /// There is no answer from a name service, or no network to ask one over.
    #[error("no name service answers for {0}")]
    NoService(String),
}

/// The system's resolver; in tests, one that is told what to say.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    #[cfg(feature = "test-hooks")]
    pub(super) pretended: Option<super::PretendedNames>,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        #[cfg(feature = "test-hooks")]
        if let Some(answer) = self.pretended.as_ref().and_then(|names| names.answer(&name)) {
            return Box::pin(std::future::ready(answer.map(addresses).map_err(Into::into)));
        }
        Box::pin(async move {
            // It blocks for as long as the name service takes.
            let found = tokio::task::spawn_blocking(move || system(name)).await;
            Ok(addresses(found??))
        })
    }
}

fn addresses(found: Vec<IpAddr>) -> Addrs {
    // Port 0 stands for the one that the address of the workspace names.
    Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)))
}

fn system(name: String) -> Result<Vec<IpAddr>, NameError> {
    match dns_lookup::lookup_host(&name) {
        Ok(found) => Ok(found.collect()),
        Err(error) if says_unknown(&error) && has_route() => Err(NameError::Unknown(name)),
        Err(_) => Err(NameError::NoService(name)),
    }
}

fn says_unknown(error: &LookupError) -> bool {
    matches!(error.kind(), LookupErrorKind::NoName | LookupErrorKind::NoData)
}

/// Whether there is a way out of this machine at all. Without one, some systems say of every name that it is unknown.
/// Nothing is sent: connecting a datagram socket only looks the route up, here to addresses kept for documentation.
fn has_route() -> bool {
    let leads = |from: &str, to: &str| UdpSocket::bind(from).and_then(|socket| socket.connect(to)).is_ok();
    leads("0.0.0.0:0", "192.0.2.1:443") || leads("[::]:0", "[2001:db8::1]:443")
}
