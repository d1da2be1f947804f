//! Who is calling, and what they may do.
//!
//! Owns the caller, and bearer tokens: the workspace's direct one, the login token, and the derived ones that expire.
//! Next: `oauth.rs` for the second kind of credential, and `methods.rs`, which names the level that each method wants.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::envelope::Problem;
use crate::oauth::Defect;
use crate::state::{Bearer, Entry, Level};
use crate::world::World;

/// The owner of everything that is uploaded here.
pub(crate) const USER_ID: u64 = 17_488;

/// What a request showed of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// None at all.
    Absent,
    /// A bearer that stands.
    Bearer(Level),
    /// The login token, which is good for `user/tokens` alone.
    Login,
    /// A bearer that is unknown or has expired.
    Refused,
    /// An OAuth signature that holds.
    Signed(Level),
    /// One that does not.
    Missigned(Defect),
}

/// The caller of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) credential: Credential,
    pub(crate) level: Level,
}

pub(crate) fn random_token(length: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(length).collect()
}

pub(crate) fn random_hex(length: usize) -> String {
    std::iter::repeat_with(|| fastrand::digit(16)).take(length).collect()
}

/// The level of somebody who shows nothing.
fn unauthenticated(world: &World) -> Level {
    if world.switches().closed_site { Level::None } else { Level::Anonymous }
}

/// The caller who shows nothing, whatever the headers say.
pub(crate) fn anonymous(world: &World) -> Caller {
    Caller { credential: Credential::Absent, level: unauthenticated(world) }
}

/// Looks at the bearer. Never refuses by itself: whether a bad one matters depends on the method.
pub(crate) fn identify(world: &World, version: u8, headers: &HeaderMap) -> Caller {
    let Some(token) = bearer(headers) else {
        return anonymous(world);
    };
    if version == 1 && !world.switches().bearer_on_v1 {
        return anonymous(world);
    }
    let now = world.clock.now();
    let credential = world.store.read(|state| {
        if token == state.login_token {
            return Credential::Login;
        }
        match state.bearers.get(token) {
            Some(bearer) if bearer.expires.is_none_or(|expires| now < expires) => Credential::Bearer(bearer.level),
            _ => Credential::Refused,
        }
    });
    let level = match credential {
        Credential::Bearer(level) => level,
        _ => unauthenticated(world),
    };
    Caller { credential, level }
}

/// The value of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Lets a caller at or above this level pass. A credential that does not stand is refused even where none is needed.
pub(crate) fn admit(world: &World, caller: Caller, required: Level) -> Result<(), Problem> {
    match caller.credential {
        Credential::Refused => Err(refused_bearer(world)),
        Credential::Missigned(defect) => Err(defect.problem()),
        Credential::Login => Err(Problem::new(
            403,
            "permission_denied",
            "A login token is exchanged at /api/2/user/tokens and is no credential of a workspace",
        )),
        _ if caller.level >= required => Ok(()),
        _ => Err(Problem::new(
            403,
            "permission_denied",
            format!("Permission denied, required level: '{}'", required.word()),
        )),
    }
}

/// The answer to a bearer that is unknown or has expired; which status the live service gives is not documented.
pub(crate) fn refused_bearer(world: &World) -> Problem {
    match world.switches().bearer_expiry_status {
        401 => Problem::new(401, "missing_authentication", "The access token is invalid or has expired"),
        status => Problem::new(status, "permission_denied", "Permission denied"),
    }
}

/// Makes a bearer token.
pub(crate) fn mint(world: &World, level: Level, lifetime: Option<Duration>) -> String {
    let token = random_token(40);
    let expires = lifetime.map(|lifetime| world.clock.now() + lifetime.as_secs() as i64);
    world.store.put(Entry::Bearer(Bearer { token: token.clone(), level, expires }));
    token
}

/// Expires them all, but for the login token.
pub(crate) fn expire_all(world: &World) {
    let now = world.clock.now();
    world.store.change(|state| {
        let expired = state.bearers.values().cloned();
        let expired = expired.map(|bearer| Entry::Bearer(Bearer { expires: Some(now), ..bearer }));
        ((), expired.collect())
    });
}

/// Takes up the tokens of an earlier run, or makes them; answers the direct one and the login token.
pub(crate) fn settle_credentials(world: &World, wanted: Option<String>) -> (String, String) {
    world.store.change(|state| {
        let kept = |token: &String| (!token.is_empty()).then(|| token.clone());
        let token = wanted.or_else(|| kept(&state.token)).unwrap_or_else(|| random_token(40));
        let login_token = kept(&state.login_token).unwrap_or_else(|| random_token(48));
        let entries = vec![
            Entry::Credentials { token: token.clone(), login_token: login_token.clone() },
            Entry::Bearer(Bearer { token: token.clone(), level: Level::Write, expires: None }),
        ];
        ((token, login_token), entries)
    })
}

/// `user/tokens`: the workspaces of the login's owner, each with a token that expires and is good there alone. Not in
/// the published specification; the shape is what the vendor's tool was seen to get. Without `cross_sites_p` it is the
/// login's own workspace only.
pub(crate) fn user_tokens(world: &Arc<World>, caller: Caller, cross_sites: bool) -> Result<Value, Problem> {
    if caller.credential != Credential::Login {
        return Err(match caller.credential {
            Credential::Refused => refused_bearer(world),
            Credential::Missigned(defect) => defect.problem(),
            _ => Problem::new(403, "permission_denied", "Permission denied"),
        });
    }
    let others = if cross_sites { world.joined() } else { Vec::new() };
    let sites = others.iter().map(|other| site(other, false));
    Ok(std::iter::once(site(world, true)).chain(sites).collect())
}

/// One entry of `user/tokens`, with a token that is minted in that workspace and runs on its clock.
fn site(world: &World, own: bool) -> Value {
    let lifetime = world.switches().bearer_lifetime;
    let token = mint(world, Level::Write, Some(lifetime));
    let expires = world.clock.now() + lifetime.as_secs() as i64;
    let expires = jiff::Timestamp::from_second(expires).unwrap_or(jiff::Timestamp::MAX);
    json!({
        "domain": world.domain(),
        "display_name": world.name,
        "bearer_token": token,
        "expiration_time": expires.to_string(),
        "api_base_url": format!("{}/", world.origin()),
        "site_name": world.name,
        "canonical_user_p": own,
        "starred_p": false,
    })
}
