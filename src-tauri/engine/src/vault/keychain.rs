//! The operating system's keychain through `keyring-core` and the platform's own store. The store is made anew for each
//! question: the convenience layer above it remembers a failed start until the process ends, and a keychain that is
//! unlocked later must be found unlocked.
//!
//! Asking a locked keychain puts a prompt on the screen. Whoever dismisses it has answered: from then on it is only looked
//! at, which shows nothing, until it is open or a person does something that needs it.

use super::VaultError;
use keyring_core::{CredentialStore, Entry, Error};
use secrecy::{ExposeSecret, SecretString};
#[cfg(target_os = "linux")]
use secret_service::{EncryptionType, blocking::SecretService};
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

/// How a store is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    pub(super) open: fn() -> Result<Arc<CredentialStore>, Error>,
    /// Whether a question would be answered without a prompt, as far as that can be told without one.
    pub(super) is_unlocked: fn() -> bool,
}

/// Where questions to the keychain are asked, one at a time: a prompt keeps its thread for as long as it stands open,
/// and everybody who waits for the keychain asks again every now and then.
#[derive(Debug)]
pub(super) struct Desk {
    way: Way,
    patience: Duration,
    free: Arc<Semaphore>,
    /// The question that is being asked was given up already: a prompt stands open.
    overdue: AtomicBool,
    /// The last question was not let through: what would have to open the keychain was asked, and did not.
    declined: Arc<AtomicBool>,
}

impl Desk {
    pub(super) fn new(patience: Duration) -> Self {
        Self::at(Way { open, is_unlocked }, patience)
    }

    pub(super) fn at(way: Way, patience: Duration) -> Self {
        let free = Arc::new(Semaphore::new(1));
        Self { way, patience, free, overdue: AtomicBool::new(false), declined: Arc::default() }
    }

    /// A person is there: the next question may put a prompt on the screen, whatever became of the last one.
    pub(super) fn may_prompt(&self) {
        self.declined.store(false, Ordering::SeqCst);
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
        let (way, declined) = (self.way, Arc::clone(&self.declined));
        let asked = tokio::task::spawn_blocking(move || {
            // Given back when the question is answered, not when nobody waits for the answer any more.
            let _free = free;
            let store = (way.open)().map_err(VaultError::Missing)?;
            if declined.load(Ordering::SeqCst) && !(way.is_unlocked)() {
                return Err(VaultError::Locked(None));
            }
            let answer = question(&Keychain { store });
            declined.store(matches!(answer, Err(Error::NoStorageAccess(_))), Ordering::SeqCst);
            answer.map_err(|error| match error {
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

/// The collection that everything here is in; no prompt comes of asking for its state.
#[cfg(target_os = "linux")]
fn is_unlocked() -> bool {
    let service = SecretService::connect(EncryptionType::Plain);
    let is_locked = service.and_then(|service| service.get_default_collection()?.is_locked());
    is_locked.is_ok_and(|locked| !locked)
}

/// Not to be told from outside; these prompt seldom, and ask again when they are asked again.
#[cfg(not(target_os = "linux"))]
fn is_unlocked() -> bool {
    true
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
#[cfg(any(test, feature = "test-hooks"))]
pub(crate) mod pretend {
    use super::{CredentialStore, Error, Way};
    use keyring_core::mock::Store;
    use std::sync::{Arc, LazyLock};

    /// One for all tests; each has users of its own.
    static STORE: LazyLock<Arc<Store>> = LazyLock::new(|| Store::new().expect("memory is always there"));

    /// A way to it. It never says that it is unlocked: only a person helps.
    pub(crate) const WAY: Way = Way { open, is_unlocked: || false };

    #[expect(clippy::unnecessary_wraps, reason = "a real one may not open")]
    fn open() -> Result<Arc<CredentialStore>, Error> {
        Ok(Arc::clone(&STORE) as _)
    }

    /// The next question about this user finds the keychain locked.
    #[cfg(test)]
    pub(crate) fn lock(user: &str) {
        use keyring_core::api::CredentialStoreApi;
        let entry = STORE.build(super::SERVICE, user, Some(&std::collections::HashMap::new())).unwrap();
        let held: &keyring_core::mock::Cred = entry.as_any().downcast_ref().unwrap();
        held.set_error(Error::NoStorageAccess("locked".into()));
    }
}

#[cfg(test)]
mod contract;

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc;

    #[tokio::test]
    async fn behind_an_open_prompt_nobody_else_asks_and_after_it_everybody_may() {
        let desk = Desk::at(pretend::WAY, Duration::from_millis(50));
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
        let desk = Desk::at(pretend::WAY, Duration::from_mins(1));
        let answers = join_all((0..20).map(|number| desk.ask(move |_| Ok(number)))).await;
        let numbers: Vec<i32> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_dismissed_prompt_is_not_shown_again_before_a_person_does_something_or_it_is_open() {
        static PROMPTS: AtomicUsize = AtomicUsize::new(0);
        let prompt = |_: &Keychain| {
            PROMPTS.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(Error::NoStorageAccess("dismissed".into()))
        };
        let desk = Desk::at(pretend::WAY, Duration::from_mins(1));
        assert!(matches!(desk.ask(prompt).await, Err(VaultError::Locked(Some(_)))));
        for _ in 0..3 {
            assert!(matches!(desk.ask(prompt).await, Err(VaultError::Locked(None))));
        }
        assert_eq!(PROMPTS.load(Ordering::SeqCst), 1);
        desk.may_prompt();
        assert!(desk.ask(prompt).await.is_err());
        assert_eq!(PROMPTS.load(Ordering::SeqCst), 2);
        let opened = Desk { way: Way { is_unlocked: || true, ..pretend::WAY }, ..desk };
        opened.ask(|_| Ok(())).await.unwrap();
    }
}
