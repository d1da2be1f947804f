//! Credentials: in the operating system's keychain, or for one run in memory. Never in a file of ours, a log, a URL or
//! the database. The types here cannot print or serialise what they hold.

mod keychain;
mod keys;

pub(crate) use keys::Keys;

use crate::api::{KeyPair, OAuthKeys};
use crate::failure::{Code, Failure};
use crate::store::{Store, Workspace};
use crate::workspace::Origin;
use secrecy::{ExposeSecret, SecretString};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
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
    pub(crate) keys: Keys,
    store: Store,
    /// Counts sign-ins and sign-outs.
    turns: AtomicU64,
}

impl Vault {
    /// A vault; with a stand-in the keychain is never asked.
    #[must_use]
    pub(crate) fn new(stand_in: Option<StandIn>, store: Store, patience: Duration) -> Self {
        Self { stand_in, keys: Keys::new(patience), store, turns: AtomicU64::new(0) }
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
}

#[cfg(any(test, feature = "test-hooks"))]
impl Vault {
    /// The same before a keychain in memory.
    pub(crate) fn before_a_pretended_keychain(self) -> Self {
        Self { keys: Keys::pretend(), ..self }
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
        vault.keys.put_for_this_run(&origin, Credential::Login("abc".into()));
        assert!(matches!(vault.keys.get(&origin).await, Ok(Some(Credential::Login(_)))));
    }

    #[tokio::test]
    async fn a_credential_in_the_keychain_takes_the_place_of_one_for_this_run() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::pretend(None, store(folder.path()));
        let origin = Origin::parse("replaced.example.com").unwrap();
        vault.keys.put_for_this_run(&origin, Credential::Login("old".into()));
        Vault::lock(&origin);
        let new = Credential::Workspace("new".into());
        assert!(matches!(vault.keys.put(&origin, &new).await, Err(VaultError::Locked(_))));
        assert!(matches!(vault.keys.get(&origin).await, Ok(Some(Credential::Login(_)))));
        vault.keys.put(&origin, &new).await.unwrap();
        assert!(matches!(vault.keys.get(&origin).await, Ok(Some(Credential::Workspace(_)))));
    }
}
