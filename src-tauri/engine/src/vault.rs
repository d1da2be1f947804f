//! Credentials: in the operating system's keychain, or for one run in memory. Never in a file of ours, a log, a URL or
//! the database. The types here cannot print or serialise what they hold.

mod keychain;

use crate::api::{KeyPair, OAuthKeys};
use crate::failure::{Code, Failure};
use crate::store::{Store, Workspace};
use crate::workspace::Origin;
use keychain::Desk;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// What opens a workspace.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// A login token: `user/tokens` turns it into a token for each workspace.
    Login(SecretString),
    /// A workspace's own token, used as it is.
    Workspace(SecretString),
    /// Keys that sign each call to a workspace.
    OAuth(Arc<OAuthKeys>),
}

impl Credential {
    /// The text that goes into the keychain, as one entry, so that none of its parts can be lost or replaced alone: the
    /// kind, a colon, the token; or the four values, a line each.
    fn to_text(&self) -> SecretString {
        match self {
            Self::Login(token) => format!("login:{}", token.expose_secret()).into(),
            Self::Workspace(token) => format!("workspace:{}", token.expose_secret()).into(),
            Self::OAuth(keys) => {
                let OAuthKeys { consumer, token } = &**keys;
                let values = [&consumer.key, &consumer.secret, &token.key, &token.secret];
                format!("oauth:{}", values.map(ExposeSecret::expose_secret).join("\n")).into()
            }
        }
    }

    fn from_text(text: &SecretString) -> Option<Self> {
        match text.expose_secret().split_once(':')? {
            ("login", token) => Some(Self::Login(token.into())),
            ("workspace", token) => Some(Self::Workspace(token.into())),
            ("oauth", values) => {
                let mut values = values.split('\n');
                let mut pair = || Some(KeyPair::new(values.next()?, values.next()?));
                Some(Self::OAuth(Arc::new(OAuthKeys { consumer: pair()?, token: pair()? })))
            }
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
            VaultError::Missing(_) => Code::KeychainMissing,
            VaultError::Failed(_) => Code::KeychainFailed,
        };
        Failure::new(code).caused_by(&error)
    }
}

/// Why a token that stands in for the keychain is of no use.
#[derive(Debug, thiserror::Error)]
#[error("several workspaces are known and nobody said which one the token is for")]
struct WhoseToken;

/// What stands in for the keychain in headless use (`SLIPWAY_TOKEN`).
#[derive(Debug)]
pub(crate) struct StandIn {
    /// A token, or the four values of OAuth with white space between them.
    pub(crate) token: SecretString,
    /// Whose it is. Unnamed, that of the only workspace that is known when it is first needed, and then for good.
    pub(crate) workspace: OnceLock<Origin>,
}

/// Where credentials are.
#[derive(Debug)]
pub(crate) struct Vault {
    stand_in: Option<StandIn>,
    /// Signed in for this run only.
    session: Mutex<HashMap<Origin, Credential>>,
    keychain: Desk,
    store: Store,
    /// Counts sign-ins and sign-outs.
    turns: AtomicU64,
}

impl Vault {
    /// A vault; with a stand-in the keychain is never asked.
    #[must_use]
    pub(crate) fn new(stand_in: Option<StandIn>, store: Store, patience: Duration) -> Self {
        Self { stand_in, session: Mutex::default(), keychain: Desk::new(patience), store, turns: AtomicU64::new(0) }
    }

    /// Whether a token stands in for the keychain.
    pub(crate) fn has_stand_in(&self) -> bool {
        self.stand_in.is_some()
    }

    /// The token that stands in for the keychain, and the workspace that it is for. A token that could be any of several
    /// workspaces' is nobody's: the others would get to read it.
    pub(crate) async fn stand_in(&self) -> Result<Option<(&SecretString, &Origin)>, Failure> {
        let Some(StandIn { token, workspace }) = &self.stand_in else { return Ok(None) };
        if workspace.get().is_none() {
            let only = self.store.only_workspace().await?;
            let only = only.ok_or_else(|| Failure::new(Code::SignInNeeded).caused_by(&WhoseToken))?;
            return Ok(Some((token, workspace.get_or_init(|| only))));
        }
        Ok(workspace.get().map(|workspace| (token, workspace)))
    }

    /// A workspace as it was signed in to: whose credential opens it, and in which version of the API.
    pub(crate) async fn known(&self, workspace: &Origin) -> Result<Option<Workspace>, Failure> {
        Ok(self.store.workspaces().await?.into_iter().find(|it| it.origin == *workspace))
    }

    /// Somebody signed in or out: what was made of a credential before this may be of another one.
    pub(crate) fn turned(&self) {
        self.turns.fetch_add(1, Ordering::SeqCst);
    }

    /// How often somebody signed in or out.
    pub(crate) fn turns(&self) -> u64 {
        self.turns.load(Ordering::SeqCst)
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
impl Vault {
    /// The same before a keychain in memory.
    pub(crate) fn before_a_pretended_keychain(self) -> Self {
        Self { keychain: Desk::at(keychain::pretend::WAY, Duration::from_mins(1)), ..self }
    }
}

#[cfg(test)]
impl Vault {
    /// A vault before a keychain in memory.
    pub(crate) fn pretend(stand_in: Option<StandIn>, store: Store) -> Self {
        Self::new(stand_in, store, Duration::from_mins(1)).before_a_pretended_keychain()
    }

    /// The next question about this origin finds the keychain locked.
    pub(crate) fn lock(origin: &Origin) {
        keychain::pretend::lock(origin.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(folder: &std::path::Path) -> Store {
        Store::open(&folder.join("queue.db")).unwrap()
    }

    #[test]
    fn a_credential_survives_its_text_form_and_never_shows_in_debug_output() {
        let keys = OAuthKeys { consumer: KeyPair::new("c:key", "s3cret-1"), token: KeyPair::new("t=key", "s3cret 2") };
        let all = [
            Credential::Login("tok:en-1".into()),
            Credential::Workspace("s3cret".into()),
            Credential::OAuth(Arc::new(keys)),
        ];
        for credential in all {
            let back = Credential::from_text(&credential.to_text()).unwrap();
            assert_eq!(back.to_text().expose_secret(), credential.to_text().expose_secret());
            let shown = format!("{credential:?}");
            for secret in ["tok:en-1", "s3cret", "c:key", "t=key"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
        assert!(Credential::from_text(&"oauth:a\nb\nc".into()).is_none());
    }

    #[tokio::test]
    async fn a_credential_for_this_run_is_found_without_a_keychain() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::new(None, store(folder.path()), Duration::from_secs(1));
        let origin = Origin::parse("video.example.com").unwrap();
        vault.put_for_this_run(&origin, Credential::Login("abc".into()));
        assert!(matches!(vault.get(&origin).await, Ok(Some(Credential::Login(_)))));
    }

    #[tokio::test]
    async fn a_credential_in_the_keychain_takes_the_place_of_one_for_this_run() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::pretend(None, store(folder.path()));
        let origin = Origin::parse("replaced.example.com").unwrap();
        vault.put_for_this_run(&origin, Credential::Login("old".into()));
        Vault::lock(&origin);
        let new = Credential::Workspace("new".into());
        assert!(matches!(vault.put(&origin, &new).await, Err(VaultError::Locked(_))));
        assert!(matches!(vault.get(&origin).await, Ok(Some(Credential::Login(_)))));
        vault.put(&origin, &new).await.unwrap();
        assert!(matches!(vault.get(&origin).await, Ok(Some(Credential::Workspace(_)))));
    }
}
