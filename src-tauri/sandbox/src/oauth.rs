//! OAuth 1.0a, the second kind of credential: who signed a request, and whether the signature holds.
//!
//! Owns the judgement of one signed request. A signature covers the fields, so that it can be judged only when they have
//! been read, unlike the bearer of `auth.rs`. Next: `oauth/signature.rs` for the arithmetic, `oauth/keys.rs` for what
//! there is to sign with, `oauth/flow.rs` for how a person hands out an access token.

use std::collections::BTreeSet;
use std::sync::Mutex;

use http::request::Parts;

use crate::auth::{Caller, Credential};
use crate::envelope::Problem;
use crate::form::Form;
use crate::state::{Consumer, State};
use crate::unpoisoned;
use crate::world::World;

pub(crate) mod flow;
pub(crate) mod keys;
mod signature;

/// Why a signed request is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    /// Something required is missing, or is not of version 1.0 or HMAC-SHA1.
    Malformed,
    /// The consumer key is not one of this workspace.
    Consumer,
    /// The token is unknown, of another consumer, or revoked.
    Token,
    /// The signature is another one.
    Signature,
    /// The timestamp lies outside the window.
    Stale,
    /// The nonce was seen before.
    Replayed,
}

impl Defect {
    /// The answer to it. The pages name the codes; that the status is 401 in version 2 follows from its habits.
    pub(crate) fn problem(self) -> Problem {
        let (code, message) = match self {
            Self::Malformed => ("invalid_signature", "The OAuth parameters are incomplete or of an unsupported kind"),
            Self::Consumer => ("invalid_oauth_site", "The consumer key is not valid on this site"),
            Self::Token => ("invalid_oauth_user", "The token is unknown or its authorization was revoked"),
            Self::Signature => ("invalid_signature", "Invalid signature"),
            Self::Stale => ("invalid_signature", "The timestamp is too far from the server's clock"),
            Self::Replayed => ("invalid_signature", "The nonce has been used before"),
        };
        Problem::new(401, code, message)
    }
}

/// Nonces that were accepted, by timestamp, with the keys that they came with.
#[derive(Default)]
pub(crate) struct Nonces(Mutex<BTreeSet<(i64, String)>>);

impl Nonces {
    /// Remembers one; false if it was there already.
    fn take(&self, timestamp: i64, nonce: String, forget_before: i64) -> bool {
        let mut seen = unpoisoned(&self.0);
        *seen = seen.split_off(&(forget_before, String::new()));
        seen.insert((timestamp, nonce))
    }
}

/// What a request shows of OAuth.
pub(crate) struct Signed {
    /// The `oauth_*` fields, wherever they stood.
    shown: Vec<(String, String)>,
    /// What the signature is to cover.
    base: String,
}

impl Signed {
    /// Takes up the fields of the `Authorization` header, of an urlencoded body or of a GET's query; `None` for a request
    /// that is not signed. What stands in a multipart body is covered by no signature, and is none.
    pub(crate) fn of(world: &World, parts: &Parts, form: &Form) -> Option<Self> {
        let header = signature::header(&parts.headers);
        let covered: &[(String, String)] = if form.multipart { &[] } else { &form.fields };
        let begins = |name: &str| matches!(name, "oauth_signature" | "oauth_consumer_key");
        if header.is_none() && !covered.iter().any(|(name, _)| begins(name)) {
            return None;
        }
        let url = signature::base_url(world.tls, &parts.headers, parts.uri.path());
        let header = header.unwrap_or_default();
        let all: Vec<(String, String)> = covered.iter().chain(&header).cloned().collect();
        let base = signature::base_string(parts.method.as_str(), &url, &all);
        let shown = if header.is_empty() { covered.to_vec() } else { header };
        Some(Self { shown, base })
    }

    /// One `oauth_*` field that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.shown.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Judges the signature. `holder` finds the secret of the token, if one is to be shown, and what it stands for.
    fn judge<T>(
        &self,
        world: &World,
        holder: impl FnOnce(&State, &Consumer) -> Result<(String, T), Defect>,
    ) -> Result<T, Defect> {
        let required = |name| self.text(name).ok_or(Defect::Malformed);
        if required("oauth_signature_method")? != "HMAC-SHA1" || self.text("oauth_version").unwrap_or("1.0") != "1.0" {
            return Err(Defect::Malformed);
        }
        let nonce = required("oauth_nonce")?;
        let key = required("oauth_consumer_key")?;
        let timestamp: i64 = required("oauth_timestamp")?.parse().map_err(|_| Defect::Malformed)?;
        let (consumer_secret, token_secret, found) = world.store.read(|state| {
            let consumer = state.keys.consumers.get(key).ok_or(Defect::Consumer)?;
            let (token_secret, found) = holder(state, consumer)?;
            Ok((consumer.secret.clone(), token_secret, found))
        })?;
        if !signature::holds(&self.base, &consumer_secret, &token_secret, required("oauth_signature")?) {
            return Err(Defect::Signature);
        }
        let switches = world.switches();
        let now = world.clock.now();
        let window = switches.oauth_window.map(|window| window.as_secs() as i64);
        if window.is_some_and(|window| timestamp.abs_diff(now) > window.unsigned_abs()) {
            return Err(Defect::Stale);
        }
        if switches.oauth_unique_nonces {
            let nonce = format!("{key} {} {nonce}", self.text("oauth_token").unwrap_or_default());
            // Without a window no timestamp is ever too old, and nothing may be forgotten.
            let forget_before = window.map_or(i64::MIN, |window| now - window);
            if !world.nonces.take(timestamp, nonce, forget_before) {
                return Err(Defect::Replayed);
            }
        }
        Ok(found)
    }

    /// The caller of a method. A version that does not take signatures overlooks them.
    pub(crate) fn caller(&self, world: &World, version: u8, unsigned: Caller) -> Caller {
        let switches = world.switches();
        if !(if version == 1 { switches.oauth_on_v1 } else { switches.oauth_on_v2 }) {
            return unsigned;
        }
        let judged = self.judge(world, |state, consumer| {
            let token = self.text("oauth_token").ok_or(Defect::Token)?;
            let access = state.keys.access.get(token).ok_or(Defect::Token)?;
            if access.revoked || access.consumer != consumer.key {
                return Err(Defect::Token);
            }
            Ok((access.secret.clone(), access.level))
        });
        match judged {
            Ok(level) => Caller { credential: Credential::Signed(level), level },
            Err(defect) => Caller { credential: Credential::Missigned(defect), ..unsigned },
        }
    }
}
