//! Signing in and out, and looking whether a workspace is reachable and open.

use super::owner::Command;
use super::{Engine, Front};
use crate::access::trial::{self, Opened, Permission};
use crate::access::{Access, Denied};
use crate::api::{Api, CallError, Http, KeyPair, Level, ListedCategory, OAuthKeys, Pass};
use crate::failure::{Code, Failure};
use crate::store::Workspace;
use crate::vault::{Keys, VaultError};
use crate::workspace::{ApiVersion, Origin};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a sign-in came to.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The workspaces that are open now.
    pub workspaces: Vec<Workspace>,
    /// Those that were found to be open for reading alone.
    pub read_only: Vec<Origin>,
    /// Why the credential is kept for this run only, if it is.
    pub not_kept: Option<Failure>,
}

/// What a look at a workspace came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkspaceReport {
    /// Where.
    pub origin: Origin,
    /// The address of the proxy on the way, if there is one; never with a name or a password in it.
    pub proxy: Option<String>,
    /// It answers as a workspace, and the credential may read and upload.
    pub result: Result<(), Failure>,
}

impl Engine {
    /// Signs in with a token: a login token opens every workspace of the login, a workspace's own token that one. Of two
    /// sign-ins for one workspace the later counts. The token goes to the keychain; where there is none it is kept for
    /// this run, and the result says so.
    pub async fn sign_in(&self, origin: Origin, token: SecretString) -> Result<SignedIn, Failure> {
        self.keep(trial::token(&self.api(origin), token).await?).await
    }

    /// Signs in with the keys of OAuth 1.0a, as [`Self::sign_in`]. Without a version, the workspace is asked in which it
    /// takes them.
    pub async fn sign_in_with_keys(
        &self,
        origin: Origin,
        keys: OAuthKeys,
        version: Option<ApiVersion>,
    ) -> Result<SignedIn, Failure> {
        self.keep(trial::keys(&self.api(origin), keys, version).await?).await
    }

    async fn keep(&self, opened: Opened) -> Result<SignedIn, Failure> {
        let Opened { login, credential, workspaces, read_only } = opened;
        let not_kept = match self.vault.keys.put(&login, &credential).await {
            Ok(()) => None,
            Err(error) => {
                self.vault.keys.put_for_this_run(&login, credential);
                Some(error.into())
            }
        };
        self.remember(workspaces.clone()).await?;
        Ok(SignedIn { workspaces, read_only, not_kept })
    }

    /// Remembers workspaces whose credential is where this process finds it. What waits for a sign-in goes on at once.
    pub(super) async fn remember(&self, workspaces: Vec<Workspace>) -> Result<(), Failure> {
        for workspace in workspaces {
            self.store.put_workspace(workspace).await?;
        }
        self.vault.turned();
        // The engine that stops needs no waking.
        let _ = self.commands.send(Command::SignedIn).await;
        Ok(())
    }

    /// Forgets a workspace, and its credential when no other workspace needs it. Its items wait for a sign-in.
    pub async fn sign_out(&self, origin: &Origin) -> Result<(), Failure> {
        if let Some(login) = Leaving::of(origin, &self.store.workspaces().await?)?.login {
            // First of all: a credential without its workspace could not be found again, nor be taken out of a keychain
            // that is locked now.
            self.vault.keys.remove(&login).await?;
        }
        self.library.forget(origin).await?;
        self.store.remove_workspace(origin.clone()).await?;
        self.vault.turned();
        Ok(())
    }

    /// Looks whether a workspace is reachable and its credential good.
    pub async fn look_at(&self, workspace: &Workspace) -> WorkspaceReport {
        let result = match self.enter(&workspace.origin).await {
            Err(failure) => Err(failure),
            Ok((api, pass)) => match api.level(&pass).await {
                Ok(level) if level >= Level::Write => Ok(()),
                Ok(level) => Err(trial::too_low(&workspace.origin, level)),
                Err(error) => Err(error.into_failure()),
            },
        };
        let proxy = self.http.proxy_to(&workspace.origin);
        WorkspaceReport { origin: workspace.origin.clone(), proxy, result }
    }

    /// The categories of a workspace, as it lists them now.
    pub async fn categories(&self, workspace: Origin) -> Result<Vec<ListedCategory>, Failure> {
        let (api, pass) = self.enter(&workspace).await?;
        api.categories(&pass).await.map_err(CallError::into_failure)
    }

    /// Whether the keychain is there and open.
    pub async fn check_keychain(&self) -> Result<(), Failure> {
        if self.vault.has_stand_in() {
            return Ok(());
        }
        Ok(self.vault.keys.check().await?)
    }

    /// A way to ask a workspace something for somebody who waits for the answer.
    pub(super) async fn enter(&self, workspace: &Origin) -> Result<(Api, Pass), Failure> {
        let api = self.api(workspace.clone());
        let pass = Access::new(api.clone(), Arc::clone(&self.vault)).pass().await.map_err(Denied::into_failure)?;
        Ok((api, pass))
    }

    fn api(&self, origin: Origin) -> Api {
        Api::new(origin, Arc::clone(&self.http), self.timing)
    }
}

/// Where another process owns the data folder, this one talks to the workspace and fills the keychain, and the owner is
/// told only what there is.
impl Front {
    /// As [`Engine::sign_in`].
    pub async fn sign_in(&self, origin: Origin, token: SecretString) -> Result<SignedIn, Failure> {
        self.keep(trial::token(&self.api(origin).await?, token).await?).await
    }

    /// As [`Engine::sign_in_with_keys`].
    pub async fn sign_in_with_keys(
        &self,
        origin: Origin,
        keys: OAuthKeys,
        version: Option<ApiVersion>,
    ) -> Result<SignedIn, Failure> {
        self.keep(trial::keys(&self.api(origin).await?, keys, version).await?).await
    }

    /// Asks a workspace to let the program in that this key is of, where nobody has allowed it yet. The person opens the
    /// permission's address; what is shown there goes to [`Self::sign_in_with_permission`].
    pub async fn ask_permission(&self, origin: Origin, consumer: KeyPair) -> Result<Permission, Failure> {
        trial::permission(&self.api(origin).await?, consumer).await
    }

    /// Signs in with what the person was shown. The workspace is the one that they belong to, by the word of the one
    /// that was asked.
    pub async fn sign_in_with_permission(
        &self,
        permission: Permission,
        verifier: &SecretString,
        version: Option<ApiVersion>,
    ) -> Result<SignedIn, Failure> {
        let api = self.api(permission.origin().clone()).await?;
        let (origin, keys) = trial::admission(&api, permission, verifier).await?;
        self.sign_in_with_keys(origin, keys, version).await
    }

    /// Without a keychain nothing is open at the owner: what is kept for this run is of no use there.
    async fn keep(&self, opened: Opened) -> Result<SignedIn, Failure> {
        if let Some(engine) = self.engine().await {
            return engine.keep(opened).await;
        }
        let Opened { login, credential, workspaces, read_only } = opened;
        if let Err(error) = self.keys().put(&login, &credential).await {
            return Ok(SignedIn { workspaces: Vec::new(), read_only, not_kept: Some(error.into()) });
        }
        self.signed_in(workspaces.clone()).await?;
        Ok(SignedIn { workspaces, read_only, not_kept: None })
    }

    /// As [`Engine::sign_out`]. Where another process owns the data folder, this one empties its keychain, and the owner
    /// forgets the workspace; where this one has no keychain, the owner does it all.
    pub async fn sign_out(&self, origin: &Origin) -> Result<(), Failure> {
        if let Some(engine) = self.engine().await {
            return engine.sign_out(origin).await;
        }
        let leaving = Leaving::of(origin, &self.workspaces().await?)?;
        if let Some(login) = leaving.login {
            match self.keys().remove(&login).await {
                Ok(()) => {}
                Err(VaultError::Missing(_)) => return self.sign_out_there(origin.clone()).await,
                Err(error) => return Err(error.into()),
            }
        }
        self.signed_out(origin.clone()).await
    }

    async fn api(&self, origin: Origin) -> Result<Api, Failure> {
        if let Some(engine) = self.engine().await {
            return Ok(engine.api(origin));
        }
        let config = self.config();
        let http = Http::new(&config.network, &config.timing)?;
        Ok(Api::new(origin, Arc::new(http), config.timing))
    }

    fn keys(&self) -> Keys {
        #[cfg(feature = "test-hooks")]
        if self.config().pretend_keychain {
            return Keys::pretend();
        }
        Keys::new(self.config().timing.keychain)
    }
}

/// What a workspace leaves behind.
pub(super) struct Leaving {
    /// Whose credential no other workspace needs.
    pub(super) login: Option<Origin>,
}

impl Leaving {
    pub(super) fn of(origin: &Origin, all: &[Workspace]) -> Result<Self, Failure> {
        let gone = all.iter().find(|it| it.origin == *origin);
        let gone = gone.ok_or_else(|| Failure::new(Code::WorkspaceUnknown).detail(origin.host()))?;
        let still_needed = all.iter().any(|it| it.login == gone.login && it.origin != *origin);
        Ok(Self { login: (!still_needed).then(|| gone.login.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Config;
    use crate::vault::{Credential, Vault};

    #[tokio::test]
    async fn a_workspace_is_not_forgotten_before_its_credential_is() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { work: false, ..Config::new(folder.path().join("home")) };
        let mut engine = Engine::start(config).await.unwrap();
        engine.vault = Arc::new(Vault::pretend(None, engine.store.clone()));
        let origin = Origin::parse("signed-out.example.com").unwrap();
        engine.vault.keys.put(&origin, &Credential::Workspace("its-own".into())).await.unwrap();
        let workspace =
            Workspace { origin: origin.clone(), name: "Out".into(), login: origin.clone(), api: ApiVersion::V2 };
        engine.store.put_workspace(workspace).await.unwrap();

        Vault::lock(&origin);
        assert_eq!(engine.sign_out(&origin).await.unwrap_err().code, Code::KeychainLocked);
        assert_eq!(engine.workspaces().await.unwrap().len(), 1);
        engine.sign_out(&origin).await.unwrap();
        assert!(engine.workspaces().await.unwrap().is_empty());
        assert!(engine.vault.keys.get(&origin).await.unwrap().is_none());
        engine.stop().await;
    }
}
