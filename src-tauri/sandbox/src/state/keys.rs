//! OAuth's keys as they are kept: applications, what they have asked for, and what they were given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Level;

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Consumer {
    pub(crate) key: String,
    pub(crate) secret: String,
    /// The level of the access that a person gives it.
    pub(crate) level: Level,
}

/// A request token, until it is exchanged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) token: String,
    pub(crate) secret: String,
    pub(crate) consumer: String,
    /// An address, or `oob`.
    pub(crate) callback: String,
    /// There once a person has allowed it.
    pub(crate) verifier: Option<String>,
}

/// An access token. It does not time out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) token: String,
    pub(crate) secret: String,
    pub(crate) consumer: String,
    pub(crate) level: Level,
    pub(crate) revoked: bool,
}

/// All of them, by key or token.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) consumers: BTreeMap<String, Consumer>,
    pub(crate) pending: BTreeMap<String, Pending>,
    pub(crate) access: BTreeMap<String, Access>,
    /// The access token of the workspace's own set.
    pub(crate) own: Option<String>,
}
