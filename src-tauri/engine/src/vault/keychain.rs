//! The operating system's keychain through `keyring-core` and the platform's own store. The store is made anew for each
//! question: the convenience layer above it remembers a failed start until the process ends, and a keychain that is
//! unlocked later must be found unlocked.

use super::VaultError;
use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What keychain viewers show the entries under.
const SERVICE: &str = "Slipway";

pub(super) struct Keychain {
    store: Arc<CredentialStore>,
}

/// Asks the keychain on a thread of its own, and stops waiting after `patience`: an unlock prompt may stand open for as
/// long as it likes, the queue does not stand with it.
pub(super) async fn ask<T: Send + 'static>(
    patience: Duration,
    question: impl FnOnce(&Keychain) -> Result<T, Error> + Send + 'static,
) -> Result<T, VaultError> {
    let asked = tokio::task::spawn_blocking(move || {
        let keychain = Keychain { store: open().map_err(VaultError::Missing)? };
        question(&keychain).map_err(|error| match error {
            Error::NoStorageAccess(_) => VaultError::Locked(Some(error)),
            error => VaultError::Failed(error),
        })
    });
    match tokio::time::timeout(patience, asked).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) | Err(_) => Err(VaultError::Locked(None)),
    }
}

#[cfg(target_os = "linux")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "windows")]
fn open() -> Result<Arc<CredentialStore>, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

impl Keychain {
    fn entry(&self, user: &str) -> Result<Entry, Error> {
        self.store.build(SERVICE, user, Some(&HashMap::new()))
    }

    pub(super) fn read(&self, user: &str) -> Result<Option<SecretString>, Error> {
        match self.entry(user)?.get_password() {
            Ok(text) => Ok(Some(text.into())),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, user: &str, text: &SecretString) -> Result<(), Error> {
        self.entry(user)?.set_password(text.expose_secret())
    }

    pub(super) fn remove(&self, user: &str) -> Result<(), Error> {
        match self.entry(user)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
