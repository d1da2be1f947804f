//! Which credentials stood in a request's address. It ends up in logs, histories and proxies, so that none should.

use http::Uri;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::state::{Purpose, State};
use crate::world::World;

/// A kind of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exposed {
    /// A bearer token of this workspace, or of one that its login lists.
    Bearer,
    /// The login token.
    LoginToken,
    /// An OAuth consumer's secret.
    ConsumerSecret,
    /// The secret of an OAuth request or access token.
    TokenSecret,
    /// An OAuth access token, which is worth nothing without its secret.
    AccessToken,
    /// An OAuth request token. The address that a person opens to allow it has to have it.
    RequestToken,
    /// An upload token. A probe and a look at what it made are documented to have it.
    UploadToken,
    /// A replace token.
    ReplaceToken,
    /// An update token.
    UpdateToken,
}

/// Shorter ones, which only a caller of the sandbox can have chosen, would be found where they do not stand.
const SHORTEST: usize = 8;

/// Looks a request's address through for every credential that this workspace and those joined to it know.
pub(crate) fn exposed(world: &World, uri: &Uri) -> Vec<Exposed> {
    let Some(query) = uri.query() else { return within(world, uri.path()) };
    within(world, &format!("{}?{query}", uri.path()))
}

fn within(world: &World, address: &str) -> Vec<Exposed> {
    let decoded = percent_decode_str(address).decode_utf8_lossy();
    let shows = |secret: &str| secret.len() >= SHORTEST && (address.contains(secret) || decoded.contains(secret));
    let mut found = world.store.read(|state| known(state, shows));
    for other in world.joined() {
        found.extend(other.store.read(|state| known(state, shows)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn known(state: &State, shows: impl Fn(&str) -> bool) -> Vec<Exposed> {
    let keys = &state.keys;
    let bearers = state.bearers.keys().map(|token| (Exposed::Bearer, token));
    let consumers = keys.consumers.values().map(|consumer| (Exposed::ConsumerSecret, &consumer.secret));
    let access = keys
        .access
        .values()
        .flat_map(|access| [(Exposed::TokenSecret, &access.secret), (Exposed::AccessToken, &access.token)]);
    let pending = keys
        .pending
        .values()
        .flat_map(|pending| [(Exposed::TokenSecret, &pending.secret), (Exposed::RequestToken, &pending.token)]);
    let grants = state.grants.values().map(|grant| match grant.purpose {
        Purpose::Upload => (Exposed::UploadToken, &grant.token),
        Purpose::Replace { .. } => (Exposed::ReplaceToken, &grant.token),
        Purpose::Update { .. } => (Exposed::UpdateToken, &grant.token),
    });
    std::iter::once((Exposed::LoginToken, &state.login_token))
        .chain(bearers)
        .chain(consumers)
        .chain(access)
        .chain(pending)
        .chain(grants)
        .filter(|(_, secret)| shows(secret))
        .map(|(kind, _)| kind)
        .collect()
}
