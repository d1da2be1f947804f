//! Workspaces: signing in and out, and whether they can be reached. What is typed here goes to the engine and is kept
//! nowhere in between.

use crate::ipc::Nothing;
use crate::shell::Shell;
use crate::told::Told;
use crate::updates::News;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{KeyPair, OAuthKeys, Permission, SignedIn as EngineSignedIn, Workspace as EngineWorkspace};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use ts_rs::TS;

/// A workspace that somebody signed in to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Workspace {
    /// `host[:port]`
    pub(crate) host: String,
    name: String,
    /// It is a pretend workspace on this machine.
    sandbox: bool,
    /// The host whose credential opens it.
    login: String,
}

impl From<&EngineWorkspace> for Workspace {
    fn from(workspace: &EngineWorkspace) -> Self {
        Self {
            host: workspace.origin.host().to_owned(),
            name: workspace.name.clone(),
            sandbox: is_sandbox(&workspace.origin),
            login: workspace.login.host().to_owned(),
        }
    }
}

/// Nothing else is spoken to without encryption.
pub(crate) fn is_sandbox(origin: &Origin) -> bool {
    origin.as_str().starts_with("http://")
}

/// What a sign-in came to.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
pub(crate) struct SignedIn {
    pub(crate) workspaces: Vec<Workspace>,
    /// The hosts of those that may only be looked at.
    read_only: Vec<String>,
    /// Why the credential is kept for this time only, if it is.
    pub(crate) not_kept: Option<Told>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectToken {
    workspace: String,
    #[ts(type = "string")]
    token: SecretString,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectKeys {
    workspace: String,
    #[ts(type = "string")]
    consumer_key: SecretString,
    #[ts(type = "string")]
    consumer_secret: SecretString,
    #[ts(type = "string | null")]
    token: Option<SecretString>,
    #[ts(type = "string | null")]
    token_secret: Option<SecretString>,
    #[ts(inline)]
    api: Api,
}

/// A version of the workspace's API, or whichever it takes.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
enum Api {
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "1")]
    V1,
    #[serde(rename = "2")]
    V2,
}

impl Api {
    fn version(self) -> Option<ApiVersion> {
        match self {
            Self::Auto => None,
            Self::V1 => Some(ApiVersion::V1),
            Self::V2 => Some(ApiVersion::V2),
        }
    }
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskPermission {
    workspace: String,
    #[ts(type = "string")]
    consumer_key: SecretString,
    #[ts(type = "string")]
    consumer_secret: SecretString,
}

/// Somebody is to allow it at this address, which the browser was asked to open.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Asked {
    ask: u32,
    address: String,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveVerifier {
    ask: u32,
    #[ts(type = "string")]
    verifier: SecretString,
    #[ts(inline)]
    api: Api,
}

/// A workspace, by its host.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneWorkspace {
    workspace: String,
}

/// A category of a workspace.
#[derive(Debug, Serialize, TS)]
#[ts(rename = "Category")]
pub(crate) struct ListedCategory {
    id: u64,
    name: String,
}

/// Programs that wait to be let in.
#[derive(Debug, Default)]
pub(crate) struct Permissions(Mutex<BTreeMap<u32, Permission>>);

impl Permissions {
    fn keep(&self, permission: Permission) -> u32 {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ask = waiting.last_key_value().map_or(1, |(last, _)| last + 1);
        waiting.insert(ask, permission);
        ask
    }

    /// It is good for one try, whatever comes of it.
    fn take(&self, ask: u32) -> Result<Permission, Failure> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&ask);
        taken.ok_or_else(|| Failure::new(Code::NotPossibleNow))
    }
}

impl Shell {
    pub(crate) async fn connect_token(&self, connect: ConnectToken) -> Result<SignedIn, Failure> {
        let origin = self.typed(&connect.workspace).await?;
        self.sign_in(origin, connect.token).await
    }

    pub(crate) async fn sign_in(&self, origin: Origin, token: SecretString) -> Result<SignedIn, Failure> {
        let engine = self.place.engine().await?;
        let signed_in = self.place.unless_replaced(Box::pin(engine.sign_in(origin, token))).await?;
        drop(engine);
        self.signed_in(&signed_in).await
    }

    pub(crate) async fn connect_keys(&self, connect: ConnectKeys) -> Result<SignedIn, Failure> {
        let origin = self.typed(&connect.workspace).await?;
        let (Some(token), Some(token_secret)) = (connect.token, connect.token_secret) else {
            return Err(Failure::new(Code::SignInNeeded));
        };
        let keys = OAuthKeys {
            consumer: KeyPair::new(connect.consumer_key, connect.consumer_secret),
            token: KeyPair::new(token, token_secret),
        };
        let engine = self.place.engine().await?;
        let version = connect.api.version();
        let asked = Box::pin(engine.sign_in_with_keys(origin, keys, version));
        let signed_in = self.place.unless_replaced(asked).await?;
        drop(engine);
        self.signed_in(&signed_in).await
    }

    pub(crate) async fn ask_permission(&self, ask: AskPermission) -> Result<Asked, Failure> {
        let origin = self.typed(&ask.workspace).await?;
        let consumer = KeyPair::new(ask.consumer_key, ask.consumer_secret);
        let engine = self.place.engine().await?;
        let permission = self.place.unless_replaced(engine.ask_permission(origin, consumer)).await?;
        let address = permission.address.clone();
        let ask = self.permissions.keep(permission);
        if let Err(failure) = self.open_address(address.clone()).await {
            // The page shows the address.
            tracing::warn!(%failure, "no browser for a permission");
        }
        Ok(Asked { ask, address })
    }

    pub(crate) async fn give_verifier(&self, give: GiveVerifier) -> Result<SignedIn, Failure> {
        let permission = self.permissions.take(give.ask)?;
        let engine = self.place.engine().await?;
        let version = give.api.version();
        let asked = Box::pin(engine.sign_in_with_permission(permission, &give.verifier, version));
        let signed_in = self.place.unless_replaced(asked).await?;
        drop(engine);
        self.signed_in(&signed_in).await
    }

    pub(crate) async fn sign_out(&self, out: OneWorkspace) -> Result<(), Failure> {
        let origin = self.workspace_called(&out.workspace).await?;
        self.place.engine().await?.sign_out(&origin).await?;
        self.tell_workspaces().await
    }

    pub(crate) async fn check_workspace(&self, check: OneWorkspace) -> Result<Option<Told>, Failure> {
        let workspace = self.known(&check.workspace).await?;
        let workspace = workspace.ok_or_else(|| Failure::new(Code::WorkspaceUnknown).detail(check.workspace))?;
        let engine = self.place.engine().await?;
        let report = self.place.unless_replaced(engine.look_at(&workspace)).await?;
        Ok(report.result.err().map(|failure| self.voice.tell(&failure)))
    }

    pub(crate) async fn check_keychain(&self, _: Nothing) -> Result<Option<Told>, Failure> {
        let failure = self.place.engine().await?.check_keychain().await.err();
        let told = failure.as_ref().map(|failure| self.voice.tell(failure));
        if failure.is_none() && self.means.locked().is_some() {
            // The proxy's password can be had now.
            self.place.replace().await;
        }
        self.updates.tell(News::Keychain(failure));
        Ok(told)
    }

    pub(crate) async fn categories(&self, of: OneWorkspace) -> Result<Vec<ListedCategory>, Failure> {
        let origin = self.workspace_called(&of.workspace).await?;
        let engine = self.place.engine().await?;
        let listed = self.place.unless_replaced(engine.categories(origin)).await?;
        Ok(listed.into_iter().map(|it| ListedCategory { id: it.id, name: it.name }).collect())
    }

    /// The workspaces as the pages read them.
    pub(crate) async fn workspaces(&self) -> Result<Vec<Workspace>, Failure> {
        Ok(self.place.engine().await?.workspaces().await?.iter().map(Workspace::from).collect())
    }

    /// The workspace that somebody is signed in to, by its host.
    pub(crate) async fn known(&self, host: &str) -> Result<Option<EngineWorkspace>, Failure> {
        let all = self.place.engine().await?.workspaces().await?;
        Ok(all.into_iter().find(|it| it.origin.host() == host))
    }

    /// The workspace that the pages call so.
    pub(crate) async fn workspace_called(&self, host: &str) -> Result<Origin, Failure> {
        match self.known(host).await? {
            Some(workspace) => Ok(workspace.origin),
            None => Origin::parse(host),
        }
    }

    /// The workspace that a person means by what was typed: a pretend one on this machine needs no `http://` before it
    /// where it is known.
    async fn typed(&self, text: &str) -> Result<Origin, Failure> {
        self.workspace_called(text.trim()).await
    }

    async fn signed_in(&self, signed_in: &EngineSignedIn) -> Result<SignedIn, Failure> {
        self.tell_workspaces().await?;
        Ok(SignedIn {
            workspaces: signed_in.workspaces.iter().map(Workspace::from).collect(),
            read_only: signed_in.read_only.iter().map(|origin| origin.host().to_owned()).collect(),
            not_kept: signed_in.not_kept.as_ref().map(|failure| self.voice.tell(failure)),
        })
    }

    async fn tell_workspaces(&self) -> Result<(), Failure> {
        self.updates.tell(News::Workspaces(self.workspaces().await?));
        Ok(())
    }
}
