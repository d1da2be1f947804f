//! A question to an address that is no workspace's: a plain GET, by the same network, and with nothing in it but what it takes.

use super::{Http, Network, read_capped};
use crate::failure::Failure;
use crate::timing::Timing;
use crate::workspace::Origin;
use reqwest::header::ACCEPT;
use url::Url;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotGot {
    /// Neither encrypted nor on this machine.
    #[error("it is no address that may be asked")]
    Address,
    /// The network cannot be used.
    #[error("the network cannot be used")]
    Network(#[source] Failure),
    /// Nobody answered.
    #[error("nobody answered")]
    Unreached(#[source] reqwest::Error),
    /// It took longer than any call may.
    #[error("no answer in time")]
    Late,
    /// Another answer than a good one; a redirect is not followed.
    #[error("the answer was HTTP {0}")]
    Status(u16),
}

impl Network {
    /// Gets what an address answers, the first `cap` bytes of it.
    pub async fn get(&self, address: &Url, timing: &Timing, cap: usize) -> Result<Vec<u8>, NotGot> {
        if Origin::parse(&address.origin().ascii_serialization()).is_err() {
            return Err(NotGot::Address);
        }
        let http = Http::new(self, timing).map_err(NotGot::Network)?;
        let request = http.calls().get(address.clone()).header(ACCEPT, "application/json");
        let exchange = async {
            let mut response = request.send().await.map_err(NotGot::Unreached)?;
            if !response.status().is_success() {
                return Err(NotGot::Status(response.status().as_u16()));
            }
            read_capped(&mut response, cap).await.map_err(NotGot::Unreached)
        };
        http.within(timing.call, exchange).await.unwrap_or(Err(NotGot::Late))
    }
}
