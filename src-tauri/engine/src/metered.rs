//! Whether the connection costs, as far as the system says. On Linux that is NetworkManager's word (`metered/linux.rs`);
//! macOS and Windows tell it in ways of their own that nobody has written down here yet, so there it is not known.

#[cfg(target_os = "linux")]
mod linux;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// Whether the connection costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Metered {
    /// Nobody says so, one way or the other.
    #[default]
    Unknown,
    /// It does not.
    No,
    /// It does.
    Yes,
}

impl Metered {
    /// Whether it is known to. Where nobody knows, nothing is held back.
    #[must_use]
    pub fn costs(self) -> bool {
        self == Self::Yes
    }
}

/// What the system says, from now on. It is asked until nobody listens.
pub(crate) fn follow() -> watch::Receiver<Metered> {
    #[cfg_attr(not(target_os = "linux"), allow(unused_variables, reason = "nobody to tell it to"))]
    let (tell, hear) = watch::channel(Metered::default());
    #[cfg(target_os = "linux")]
    tokio::spawn(async move {
        if let Err(error) = linux::follow(&tell).await {
            tracing::info!("whether the connection costs is not known: {error}");
            tell.send_replace(Metered::Unknown);
        }
    });
    hear
}

/// Where nobody is asked.
pub(crate) fn unknown() -> watch::Receiver<Metered> {
    watch::channel(Metered::default()).1
}
