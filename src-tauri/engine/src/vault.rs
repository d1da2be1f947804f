//! Credentials: in the operating system's keychain, or for one run in memory. Never in a file of ours, a log, a URL or
//! the database. The types here cannot print or serialise what they hold.

mod keychain;

use crate::failure::{Code, Failure};
use crate::workspace::Origin;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What opens a workspace.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// A login token: `user/tokens` turns it into a token for each workspace.
    Login(SecretString),
    /// A workspace's own token, used as it is.
    Workspace(SecretString),
}

impl Credential {
    /// The text that goes into the keychain: the kind, a colon, the token.
    fn to_text(&self) -> SecretString {
        match self {
            Self::Login(token) => format!("login:{}", token.expose_secret()).into(),
            Self::Workspace(token) => format!("workspace:{}", token.expose_secret()).into(),
        }
    }

    fn from_text(text: &SecretString) -> Option<Self> {
        match text.expose_secret().split_once(':')? {
            ("login", token) => Some(Self::Login(token.into())),
            ("workspace", token) => Some(Self::Workspace(token.into())),
            _ => None,
        }
    }
}

/// Why the keychain did not answer.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It is there and will not open: locked, its prompt dismissed, or no answer in time.
    #[error("the keychain is locked")]
    Locked(#[source] Option<keyring_core::Error>),
    /// There is none.
    #[error("there is no keychain")]
    Missing(#[source] keyring_core::Error),
    /// It failed in some other way.
    #[error("the keychain failed")]
    Failed(#[source] keyring_core::Error),
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        let code = match error {
            VaultError::Locked(_) => Code::KeychainLocked,
            VaultError::Missing(_) | VaultError::Failed(_) => Code::KeychainMissing,
        };
        Failure::new(code).caused_by(&error)
    }
}

/// Where credentials are.
#[derive(Debug)]
pub(crate) struct Vault {
    /// Stands in for the keychain in headless use (`SLIPWAY_TOKEN`), for every workspace.
    stand_in: Option<SecretString>,
    /// Signed in for this run only.
    session: Mutex<HashMap<Origin, Credential>>,
    patience: Duration,
}

impl Vault {
    /// A vault; with a stand-in the keychain is never asked.
    #[must_use]
    pub(crate) fn new(stand_in: Option<SecretString>, patience: Duration) -> Self {
        Self { stand_in, session: Mutex::default(), patience }
    }

    /// The token that stands in for the keychain, if one was given.
    #[must_use]
    pub(crate) fn stand_in(&self) -> Option<&SecretString> {
        self.stand_in.as_ref()
    }

    /// The credential that was stored for `origin`.
    pub(crate) async fn get(&self, origin: &Origin) -> Result<Option<Credential>, VaultError> {
        if let Some(credential) = self.session().get(origin) {
            return Ok(Some(credential.clone()));
        }
        let user = origin.to_string();
        let text = keychain::ask(self.patience, move |keychain| keychain.read(&user)).await?;
        Ok(text.as_ref().and_then(Credential::from_text))
    }

    /// Stores a credential in the keychain.
    pub(crate) async fn put(&self, origin: &Origin, credential: &Credential) -> Result<(), VaultError> {
        let (user, text) = (origin.to_string(), credential.to_text());
        keychain::ask(self.patience, move |keychain| keychain.write(&user, &text)).await
    }

    /// Keeps a credential until this process ends, for machines without a keychain.
    pub(crate) fn put_for_this_run(&self, origin: &Origin, credential: Credential) {
        self.session().insert(origin.clone(), credential);
    }

    /// Forgets a credential everywhere.
    pub(crate) async fn remove(&self, origin: &Origin) -> Result<(), VaultError> {
        self.session().remove(origin);
        let user = origin.to_string();
        keychain::ask(self.patience, move |keychain| keychain.remove(&user)).await
    }

    /// Whether the keychain is there and open. Only writing tells: a locked one says of what it does not hold, too, that
    /// it does not hold it.
    pub(crate) async fn check(&self) -> Result<(), VaultError> {
        const PROBE: &str = "slipway doctor";
        keychain::ask(self.patience, |keychain| {
            keychain.write(PROBE, &"a probe".into())?;
            keychain.remove(PROBE)
        })
        .await
    }

    fn session(&self) -> std::sync::MutexGuard<'_, HashMap<Origin, Credential>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_survives_its_text_form_and_never_shows_in_debug_output() {
        for credential in [Credential::Login("tok:en-1".into()), Credential::Workspace("s3cret".into())] {
            let back = Credential::from_text(&credential.to_text()).unwrap();
            assert_eq!(back.to_text().expose_secret(), credential.to_text().expose_secret());
            let shown = format!("{credential:?}");
            assert!(!shown.contains("tok:en-1") && !shown.contains("s3cret"), "{shown}");
        }
    }

    #[tokio::test]
    async fn a_credential_for_this_run_is_found_without_a_keychain() {
        let vault = Vault::new(None, Duration::from_secs(1));
        let origin = Origin::parse("video.example.com").unwrap();
        vault.put_for_this_run(&origin, Credential::Login("abc".into()));
        assert!(matches!(vault.get(&origin).await, Ok(Some(Credential::Login(_)))));
    }
}
