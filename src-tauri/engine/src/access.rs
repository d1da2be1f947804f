//! The way into a workspace: which credential opens it, and the bearer that goes along with each call. Bearers that a
//! login token was turned into end; they are renewed ahead of that, by one caller at a time.

use crate::api::{Api, CallError, Http, WorkspaceToken};
use crate::failure::{Code, Failure};
use crate::timing::Timing;
use crate::vault::{Credential, Vault};
use crate::workspace::Origin;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tokio::sync::Mutex;

/// A bearer is renewed when less than this is left of it; the vendor's own client does the same.
const RENEWED_BEFORE_END: SignedDuration = SignedDuration::from_mins(5);

/// Why there is no bearer.
#[derive(Debug)]
pub(crate) enum Denied {
    /// A person is needed.
    Person(Failure),
    /// The call that would have fetched one failed.
    Call(CallError),
}

#[derive(Debug, Clone)]
struct Bearer {
    text: SecretString,
    expires: Option<Timestamp>,
}

/// The way into one workspace.
#[derive(Debug)]
pub(crate) struct Access {
    workspace: Origin,
    vault: Arc<Vault>,
    /// The API at the credential's own domain, which can differ from the workspace's.
    login: Api,
    bearer: Mutex<Option<Bearer>>,
}

impl Access {
    pub(crate) fn new(workspace: Origin, login: Origin, vault: Arc<Vault>, http: Arc<Http>, timing: Timing) -> Self {
        Self { workspace, vault, login: Api::new(login, http, timing), bearer: Mutex::default() }
    }

    /// A bearer that is good for now.
    pub(crate) async fn bearer(&self) -> Result<SecretString, Denied> {
        let mut cached = self.bearer.lock().await;
        if let Some(bearer) = cached.as_ref().filter(|bearer| bearer.is_good()) {
            return Ok(bearer.text.clone());
        }
        Ok(cached.insert(self.fetch().await?).text.clone())
    }

    /// A bearer other than `refused`, if there is one to be had. Readers that were refused together fetch once.
    pub(crate) async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, Denied> {
        let mut cached = self.bearer.lock().await;
        let differs = |bearer: &Bearer| bearer.text.expose_secret() != refused.expose_secret();
        if let Some(bearer) = cached.as_ref().filter(|bearer| differs(bearer)) {
            return Ok(Some(bearer.text.clone()));
        }
        let fetched = self.fetch().await?;
        if !differs(&fetched) {
            return Ok(None);
        }
        Ok(Some(cached.insert(fetched).text.clone()))
    }

    async fn fetch(&self) -> Result<Bearer, Denied> {
        if let Some(token) = self.vault.stand_in() {
            // It may be either kind, and only the server can tell.
            return match self.derived_from(token).await {
                Ok(Some(bearer)) => Ok(bearer),
                Ok(None)
                | Err(CallError::Credential { .. } | CallError::Refused { .. } | CallError::Unreadable { .. }) => {
                    Ok(Bearer { text: token.clone(), expires: None })
                }
                Err(error) => Err(Denied::Call(error)),
            };
        }
        let sign_in = || Failure::new(Code::SignInNeeded).detail(self.workspace.host());
        match self.vault.get(self.login.origin()).await {
            Ok(Some(Credential::Workspace(text))) => Ok(Bearer { text, expires: None }),
            Ok(Some(Credential::Login(token))) => match self.derived_from(&token).await {
                Ok(Some(bearer)) => Ok(bearer),
                Ok(None) => Err(Denied::Person(sign_in())),
                Err(error @ CallError::Credential { .. }) => Err(Denied::Person(sign_in().caused_by(&error))),
                Err(error) => Err(Denied::Call(error)),
            },
            Ok(None) => Err(Denied::Person(sign_in())),
            Err(error) => Err(Denied::Person(error.into())),
        }
    }

    async fn derived_from(&self, token: &SecretString) -> Result<Option<Bearer>, CallError> {
        let workspaces = self.login.user_tokens(token).await?;
        let own = workspaces.into_iter().find(|it| it.origin == self.workspace);
        Ok(own.map(|WorkspaceToken { bearer, expires, .. }| Bearer { text: bearer, expires }))
    }
}

impl Bearer {
    fn is_good(&self) -> bool {
        self.expires.is_none_or(|expires| expires.duration_since(Timestamp::now()) > RENEWED_BEFORE_END)
    }
}
