//! The operating system's keychain through `keyring-core` and the platform's own store. The store is made anew for each
//! question: the convenience layer above it remembers a failed start until the process ends, and a keychain that is
//! unlocked later must be found unlocked.

use super::VaultError;
use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// What keychain viewers show the entries under.
const SERVICE: &str = "Slipway";

pub(super) struct Keychain {
    store: Arc<CredentialStore>,
}

type Open = fn() -> Result<Arc<CredentialStore>, Error>;

/// Where questions to the keychain are asked, one at a time: a prompt keeps its thread for as long as it stands open,
/// and everybody who waits for the keychain asks again every now and then.
#[derive(Debug)]
pub(super) struct Desk {
    open: Open,
    patience: Duration,
    free: Arc<Semaphore>,
    /// The question that is being asked was given up already: a prompt stands open.
    overdue: AtomicBool,
}

impl Desk {
    pub(super) fn new(patience: Duration) -> Self {
        Self::at(open, patience)
    }

    pub(super) fn at(open: Open, patience: Duration) -> Self {
        Self { open, patience, free: Arc::new(Semaphore::new(1)), overdue: AtomicBool::new(false) }
    }

    /// Asks the keychain on a thread of its own, and stops waiting after `patience`: an unlock prompt may stand open for
    /// as long as it likes, the queue does not stand with it. Until it is closed the keychain counts as locked.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Keychain) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, VaultError> {
        let locked = || VaultError::Locked(None);
        let free = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(free) => free,
            Err(_) if self.overdue.load(Ordering::SeqCst) => return Err(locked()),
            Err(_) => match timeout(self.patience, Arc::clone(&self.free).acquire_owned()).await {
                Ok(Ok(free)) => free,
                Ok(Err(_)) | Err(_) => return Err(locked()),
            },
        };
        self.overdue.store(false, Ordering::SeqCst);
        let open = self.open;
        let asked = tokio::task::spawn_blocking(move || {
            // Given back when the question is answered, not when nobody waits for the answer any more.
            let _free = free;
            let keychain = Keychain { store: open().map_err(VaultError::Missing)? };
            question(&keychain).map_err(|error| match error {
                Error::NoStorageAccess(_) => VaultError::Locked(Some(error)),
                error => VaultError::Failed(error),
            })
        });
        match timeout(self.patience, asked).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(locked()),
            Err(_) => {
                self.overdue.store(true, Ordering::SeqCst);
                Err(locked())
            }
        }
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

/// A keychain in memory, of which the next answer can be made to be an error.
#[cfg(test)]
pub(crate) mod pretend {
    use super::{CredentialStore, Error, SERVICE};
    use keyring_core::api::CredentialStoreApi;
    use keyring_core::mock::{Cred, Store};
    use std::collections::HashMap;
    use std::sync::{Arc, LazyLock};

    /// One for all tests; each has users of its own.
    static STORE: LazyLock<Arc<Store>> = LazyLock::new(|| Store::new().unwrap());

    #[expect(clippy::unnecessary_wraps, reason = "a real one may not open")]
    pub(crate) fn open() -> Result<Arc<CredentialStore>, Error> {
        Ok(Arc::clone(&STORE) as _)
    }

    /// The next question about this user finds the keychain locked.
    pub(crate) fn lock(user: &str) {
        let entry = STORE.build(SERVICE, user, Some(&HashMap::new())).unwrap();
        let held: &Cred = entry.as_any().downcast_ref().unwrap();
        held.set_error(Error::NoStorageAccess("locked".into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::mpsc;

    #[tokio::test]
    async fn behind_an_open_prompt_nobody_else_asks_and_after_it_everybody_may() {
        let desk = Desk::at(pretend::open, Duration::from_millis(50));
        let (close, prompt) = mpsc::channel::<()>();
        let held = desk.ask(move |_| {
            let _ = prompt.recv();
            Ok(())
        });
        assert!(matches!(held.await, Err(VaultError::Locked(None))));
        for _ in 0..3 {
            let asked = desk.ask(|_| Ok(())).await;
            assert!(matches!(asked, Err(VaultError::Locked(None))), "a second prompt: {asked:?}");
        }
        drop(close);
        // The thread ends in its own time.
        while desk.ask(|_| Ok(())).await.is_err() {}
    }

    #[tokio::test]
    async fn questions_that_meet_are_all_answered() {
        let desk = Desk::at(pretend::open, Duration::from_mins(1));
        let answers = join_all((0..20).map(|number| desk.ask(move |_| Ok(number)))).await;
        let numbers: Vec<i32> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    }
}
