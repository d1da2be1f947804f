//! The way into a workspace: which credential opens it, and the pass that each call shows. Bearers that a login
//! token was turned into end; they are renewed ahead of that, by one caller at a time. Which login opens the workspace is
//! asked anew for each pass, and none outlives a sign-in or a sign-out.
//!
//! What a credential opens in the first place is found out in `access/trial.rs`.
//!
//! A credential goes to the origin that it was given for and to no other; other workspaces of the same login get what
//! that origin hands out for them.

pub(crate) mod trial;

use crate::api::{Api, CallError, Level, OAuthKeys, Pass, WorkspaceToken};
use crate::failure::{Code, Failure};
use crate::vault::{Credential, Vault};
use crate::workspace::{ApiVersion, Origin};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// A bearer is renewed when less than this is left of it; the vendor's own client does the same.
const RENEWED_BEFORE_END: SignedDuration = SignedDuration::from_mins(5);

/// Why there is no pass.
#[derive(Debug)]
pub(crate) enum Denied {
    /// A person is needed.
    Person(Failure),
    /// The call that would have fetched one failed.
    Call(CallError),
}

impl Denied {
    /// For whoever asked for the pass and is there to be told.
    pub(crate) fn into_failure(self) -> Failure {
        match self {
            Self::Person(failure) => failure,
            Self::Call(error) => error.into_failure(),
        }
    }
}

#[derive(Debug)]
struct Issued {
    pass: Pass,
    /// When it ends, and the server that said so: the time is on its clock.
    ends: Option<(Timestamp, Api)>,
    /// Made after so many sign-ins and sign-outs.
    turn: u64,
}

/// The way into one workspace.
#[derive(Debug)]
pub(crate) struct Access {
    api: Api,
    vault: Arc<Vault>,
    issued: Mutex<Option<Issued>>,
    /// The version that keys from outside were taken in.
    spoken: OnceLock<ApiVersion>,
}

impl Access {
    /// The way into the workspace that `api` speaks to.
    pub(crate) fn new(api: Api, vault: Arc<Vault>) -> Self {
        Self { api, vault, issued: Mutex::default(), spoken: OnceLock::new() }
    }

    fn workspace(&self) -> &Origin {
        self.api.origin()
    }

    /// A pass that is good for now.
    pub(crate) async fn pass(&self) -> Result<Pass, Denied> {
        let mut cached = self.issued.lock().await;
        let turn = self.vault.turns();
        let cached_now = cached.as_ref().filter(|issued| issued.turn == turn);
        if let Some(issued) = cached_now.filter(|issued| issued.left() > RENEWED_BEFORE_END) {
            return Ok(issued.pass.clone());
        }
        match self.fetch().await {
            Ok(issued) => Ok(cached.insert(issued).pass.clone()),
            // The login's own domain is another server, and may be away while this one is not: what is left of the old
            // one is used up first.
            Err(Denied::Call(error)) => match cached_now.filter(|issued| issued.left().is_positive()) {
                Some(issued) => Ok(issued.pass.clone()),
                None => Err(Denied::Call(error)),
            },
            Err(denied) => Err(denied),
        }
    }

    /// A pass other than `refused`, if there is one to be had. Readers that were refused together fetch once.
    pub(crate) async fn instead_of(&self, refused: &Pass) -> Result<Option<Pass>, Denied> {
        let mut cached = self.issued.lock().await;
        let turn = self.vault.turns();
        let differs = |issued: &Issued| issued.pass.differs_from(refused);
        if let Some(issued) = cached.as_ref().filter(|issued| issued.turn == turn && differs(issued)) {
            return Ok(Some(issued.pass.clone()));
        }
        let fetched = self.fetch().await?;
        if !differs(&fetched) {
            return Ok(None);
        }
        Ok(Some(cached.insert(fetched).pass.clone()))
    }

    async fn fetch(&self) -> Result<Issued, Denied> {
        // Read first: whoever signs in meanwhile is not overlooked.
        let turn = self.vault.turns();
        let sign_in = || Failure::new(Code::SignInNeeded).detail(self.workspace().host());
        if let Some((token, given_for)) = self.vault.stand_in().await.map_err(Denied::Person)? {
            if let Some(keys) = OAuthKeys::from_words(token.expose_secret()) {
                return self.signed_by(keys, given_for, turn).await;
            }
            // It may be either kind, and only the server can tell.
            return match self.derived_from(token, given_for, turn).await {
                Ok(Some(issued)) => Ok(issued),
                Ok(None)
                | Err(CallError::Credential { .. } | CallError::Refused { .. } | CallError::Unreadable { .. }) => {
                    let own = given_for == self.workspace();
                    let issued = own.then(|| Issued::lasting(token.clone(), turn));
                    issued.ok_or_else(|| Denied::Person(sign_in()))
                }
                Err(error) => Err(Denied::Call(error)),
            };
        }
        let known = self.vault.known(self.workspace()).await.map_err(Denied::Person)?;
        let (login, version) = known.map_or_else(
            || (self.workspace().clone(), ApiVersion::default()),
            |workspace| (workspace.login, workspace.api),
        );
        match self.vault.keys.get(&login).await {
            Ok(Some(Credential::Workspace(text))) if login == *self.workspace() => Ok(Issued::lasting(text, turn)),
            Ok(Some(Credential::OAuth(keys))) if login == *self.workspace() => {
                Ok(Issued { pass: Pass::OAuth { keys, version }, ends: None, turn })
            }
            Ok(Some(Credential::Login(token))) => match self.derived_from(&token, &login, turn).await {
                Ok(Some(issued)) => Ok(issued),
                Ok(None) => {
                    let withdrawn = Failure::new(Code::WorkspaceWithdrawn);
                    Err(Denied::Person(withdrawn.detail(self.workspace().host())))
                }
                Err(error @ CallError::Credential { .. }) => Err(Denied::Person(sign_in().caused_by(&error))),
                Err(error) => Err(Denied::Call(error)),
            },
            // The login's own workspace was given a credential of its own since, and that is for it alone.
            Ok(Some(Credential::Workspace(_) | Credential::OAuth(_)) | None) => Err(Denied::Person(sign_in())),
            Err(error) => Err(Denied::Person(error.into())),
        }
    }

    /// Keys that stand in for the keychain: in which version they are taken is asked once.
    async fn signed_by(&self, keys: OAuthKeys, given_for: &Origin, turn: u64) -> Result<Issued, Denied> {
        let sign_in = || Denied::Person(Failure::new(Code::SignInNeeded).detail(self.workspace().host()));
        if given_for != self.workspace() {
            return Err(sign_in());
        }
        let keys = Arc::new(keys);
        let version = match self.spoken.get() {
            Some(version) => *version,
            None => match trial::version_for(&self.api, &keys, None).await {
                Ok((version, level)) if level >= Level::Read => *self.spoken.get_or_init(|| version),
                Ok(_) => return Err(sign_in()),
                Err(error @ CallError::Credential { .. }) => return Err(Denied::Person(error.into_failure())),
                Err(error) => return Err(Denied::Call(error)),
            },
        };
        Ok(Issued { pass: Pass::OAuth { keys, version }, ends: None, turn })
    }

    /// What the login's own domain, which can differ from the workspace's, hands out for this workspace.
    async fn derived_from(&self, token: &SecretString, login: &Origin, turn: u64) -> Result<Option<Issued>, CallError> {
        let api = if login == self.workspace() { self.api.clone() } else { self.api.at(login.clone()) };
        let workspaces = api.user_tokens(token).await?;
        let own = workspaces.into_iter().find(|it| it.origin == *self.workspace());
        Ok(own.map(|WorkspaceToken { bearer, expires, .. }| {
            let ends = expires.map(|expires| (expires, api));
            Issued { pass: Pass::Bearer(bearer), ends, turn }
        }))
    }
}

impl Issued {
    fn lasting(token: SecretString, turn: u64) -> Self {
        Self { pass: Pass::Bearer(token), ends: None, turn }
    }

    /// How long it is still good for.
    fn left(&self) -> SignedDuration {
        let left = |(expires, api): &(Timestamp, Api)| expires.as_second().saturating_sub(api.server_now());
        self.ends.as_ref().map_or(SignedDuration::MAX, |ends| SignedDuration::from_secs(left(ends)))
    }
}

#[cfg(test)]
mod tests;
