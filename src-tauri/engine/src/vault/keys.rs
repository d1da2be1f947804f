//! Credentials by origin: those of the keychain, and those that are kept for this run.

use super::keychain::{self, Desk};
use super::{Credential, VaultError};
use crate::workspace::Origin;
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where credentials are kept.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Signed in for this run only.
    session: Mutex<HashMap<Origin, Credential>>,
    keychain: Desk,
}

impl Keys {
    /// A keychain that may take so long for each answer.
    pub(crate) fn new(patience: Duration) -> Self {
        Self { session: Mutex::default(), keychain: Desk::new(patience) }
    }

    /// The credential that was stored for `origin`.
    pub(crate) async fn get(&self, origin: &Origin) -> Result<Option<Credential>, VaultError> {
        if let Some(credential) = self.session().get(origin) {
            return Ok(Some(credential.clone()));
        }
        let user = origin.to_string();
        let text = self.keychain.ask(move |keychain| keychain.read(&user)).await?;
        Ok(text.as_ref().and_then(Credential::from_text))
    }

    /// Stores a credential in the keychain, where it takes the place of any other.
    pub(crate) async fn put(&self, origin: &Origin, credential: &Credential) -> Result<(), VaultError> {
        let (user, text) = (origin.to_string(), credential.to_text());
        // Whoever signs in sits there.
        self.keychain.may_prompt();
        self.keychain.ask(move |keychain| keychain.write(&user, &text)).await?;
        self.session().remove(origin);
        Ok(())
    }

    /// Forgets what was kept for this run, where another process has changed what the keychain holds.
    pub(crate) fn forget_for_this_run(&self, origin: &Origin) {
        self.session().remove(origin);
    }

    /// Keeps a credential until this process ends, for machines without a keychain.
    pub(crate) fn put_for_this_run(&self, origin: &Origin, credential: Credential) {
        self.session().insert(origin.clone(), credential);
    }

    /// A person wants it to go on: a locked keychain may show its prompt once more.
    pub(crate) fn may_prompt(&self) {
        self.keychain.may_prompt();
    }

    /// Forgets a credential everywhere.
    pub(crate) async fn remove(&self, origin: &Origin) -> Result<(), VaultError> {
        let was_for_this_run = self.session().remove(origin).is_some();
        self.keychain.may_prompt();
        let user = origin.to_string();
        match self.keychain.ask(move |keychain| keychain.remove(&user)).await {
            // Where there was no keychain to put it into there is none to take it out of.
            Err(VaultError::Missing(_)) if was_for_this_run => Ok(()),
            result => result,
        }
    }

    /// A secret that opens no workspace, by a name of ours that is no origin's.
    pub(crate) async fn secret(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        let name = name.to_owned();
        self.keychain.ask(move |keychain| keychain.read(&name)).await
    }

    /// Keeps such a secret, or none.
    pub(crate) async fn keep_secret(&self, name: &str, secret: Option<SecretString>) -> Result<(), VaultError> {
        let name = name.to_owned();
        // Whoever sets it sits there.
        self.keychain.may_prompt();
        let change = move |keychain: &keychain::Keychain| match secret {
            Some(secret) => keychain.write(&name, &secret),
            None => keychain.remove(&name),
        };
        self.keychain.ask(change).await
    }

    /// Whether the keychain is there and open. Only writing tells: a locked one says of what it does not hold, too, that
    /// it does not hold it.
    pub(crate) async fn check(&self) -> Result<(), VaultError> {
        const PROBE: &str = "slipway doctor";
        let probe = |keychain: &keychain::Keychain| {
            keychain.write(PROBE, &"a probe".into())?;
            keychain.remove(PROBE)
        };
        self.keychain.may_prompt();
        self.keychain.ask(probe).await
    }

    fn session(&self) -> std::sync::MutexGuard<'_, HashMap<Origin, Credential>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(any(test, feature = "test-hooks"))]
impl Keys {
    /// Before a keychain in memory.
    pub(crate) fn pretend() -> Self {
        Self { session: Mutex::default(), keychain: Desk::at(keychain::pretend::WAY, Duration::from_mins(1)) }
    }
}
