//! What there is to sign with: consumers, request tokens and access tokens.
//!
//! Owns their making, in the shape of the vendor's examples, and their revocation. Next: `state/keys.rs`, which keeps
//! them.

use std::fmt;

use crate::auth::random_token;
use crate::state::{Access, Consumer, Entry, Level, Pending};
use crate::world::World;

/// A set of privileged credentials: with these no person has to allow anything.
#[derive(Clone, PartialEq, Eq)]
pub struct OauthCredentials {
    /// The application.
    pub consumer_key: String,
    /// Its secret.
    pub consumer_secret: String,
    /// The access token.
    pub token: String,
    /// Its secret.
    pub token_secret: String,
}

impl fmt::Debug for OauthCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthCredentials").field("consumer_key", &self.consumer_key).finish_non_exhaustive()
    }
}

/// `571156-cuQla8tP5tzjf70znIwS`: a number and twenty characters.
fn key(number: u64) -> String {
    format!("{number}-{}", random_token(20))
}

fn secret() -> String {
    random_token(50)
}

impl Access {
    /// One that a person, or an owner, has given this consumer.
    pub(super) fn of(consumer: &str, level: Level) -> Self {
        Self { token: key(3), secret: secret(), consumer: consumer.to_owned(), level, revoked: false }
    }
}

impl Pending {
    /// One that nobody has allowed yet.
    pub(super) fn of(consumer: &str, callback: &str) -> Self {
        let (consumer, callback) = (consumer.to_owned(), callback.to_owned());
        Self { token: key(12), secret: secret(), consumer, callback, verifier: None }
    }
}

fn set(level: Level) -> (OauthCredentials, Vec<Entry>) {
    let consumer = Consumer { key: key(fastrand::u64(100_000..1_000_000)), secret: secret(), level };
    let access = Access::of(&consumer.key, level);
    let credentials = OauthCredentials {
        consumer_key: consumer.key.clone(),
        consumer_secret: consumer.secret.clone(),
        token: access.token.clone(),
        token_secret: access.secret.clone(),
    };
    (credentials, vec![Entry::Consumer(consumer), Entry::Access(access)])
}

/// A new set at this level.
pub(crate) fn mint(world: &World, level: Level) -> OauthCredentials {
    world.store.change(|_| set(level))
}

/// Takes up the workspace's own set of an earlier run, revoked or not, or makes one.
pub(crate) fn settle(world: &World) -> OauthCredentials {
    world.store.change(|state| {
        let keys = &state.keys;
        let own = keys.own.as_ref().and_then(|token| keys.access.get(token));
        let kept = own.and_then(|access| Some((access.clone(), keys.consumers.get(&access.consumer)?.clone())));
        let Some((access, consumer)) = kept else {
            let (credentials, mut entries) = set(Level::Write);
            entries.push(Entry::OwnAccess(credentials.token.clone()));
            return (credentials, entries);
        };
        let credentials = OauthCredentials {
            consumer_key: consumer.key,
            consumer_secret: consumer.secret,
            token: access.token.clone(),
            token_secret: access.secret.clone(),
        };
        (credentials, vec![Entry::Access(Access { revoked: false, ..access })])
    })
}

/// Revokes every access token, the workspace's own too.
pub(crate) fn revoke_all(world: &World) {
    world.store.change(|state| {
        let revoked = state.keys.access.values().cloned();
        ((), revoked.map(|access| Entry::Access(Access { revoked: true, ..access })).collect())
    });
}
