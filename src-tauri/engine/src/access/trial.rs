//! What a credential opens, found out by trying it: which workspaces, in which version of the API, at which level.
//! Nothing is kept here; whoever signs in keeps what came of it.
//!
//! The rule for the version, where nobody named one: a token is for version 2, which alone knows them. Keys are tried in
//! version 2 with a signed `photo/list`, and where that does not know its caller, in version 1.

use crate::api::{Api, CallError, KeyPair, Level, OAuthKeys, Pass};
use crate::failure::{Code, Failure};
use crate::store::Workspace;
use crate::vault::Credential;
use crate::workspace::{ApiVersion, Origin};
use secrecy::SecretString;
use std::sync::Arc;

/// What a credential turned out to open.
#[derive(Debug)]
pub(crate) struct Opened {
    /// To be kept under this origin.
    pub(crate) login: Origin,
    pub(crate) credential: Credential,
    /// Never empty.
    pub(crate) workspaces: Vec<Workspace>,
    /// Those among them that were looked at and may not be uploaded to.
    pub(crate) read_only: Vec<Origin>,
}

/// A program that waits to be let in: the person is to allow it at an address, and to bring what is shown there.
#[derive(Debug)]
pub struct Permission {
    /// What the person opens in a browser.
    pub address: String,
    origin: Origin,
    consumer: KeyPair,
    request_token: KeyPair,
}

impl Permission {
    /// Where it was asked for.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// A login token opens every workspace of the login, a workspace's own token that one.
pub(crate) async fn token(api: &Api, token: SecretString) -> Result<Opened, Failure> {
    let own = api.origin().clone();
    let by_login = match api.user_tokens(&token).await {
        Ok(workspaces) => workspaces,
        // Not a login token, or a server that does not know this call.
        Err(CallError::Credential { .. } | CallError::Refused { .. } | CallError::Unreadable { .. }) => Vec::new(),
        Err(error) => return Err(error.into_failure()),
    };
    if by_login.is_empty() {
        let pass = Pass::Bearer(token.clone());
        let level = api.level(&pass).await.map_err(CallError::into_failure)?;
        return alone(api, &pass, level, Credential::Workspace(token)).await;
    }
    let mut read_only = Vec::new();
    if let Some(named) = by_login.iter().find(|it| it.origin == own)
        // A courtesy to whoever named this workspace; the login stands either way.
        && let Ok(level) = api.level(&Pass::Bearer(named.bearer.clone())).await
        && level < Level::Write
    {
        read_only.push(own.clone());
    }
    let workspace = |it: crate::api::WorkspaceToken| Workspace {
        origin: it.origin,
        name: it.name,
        login: own.clone(),
        api: ApiVersion::V2,
    };
    let workspaces = by_login.into_iter().map(workspace).collect();
    Ok(Opened { login: own, credential: Credential::Login(token), workspaces, read_only })
}

/// Keys open the workspace that they were made for.
pub(crate) async fn keys(api: &Api, keys: OAuthKeys, version: Option<ApiVersion>) -> Result<Opened, Failure> {
    let keys = Arc::new(keys);
    let (version, level) = version_for(api, &keys, version).await.map_err(CallError::into_failure)?;
    let pass = Pass::OAuth { keys: Arc::clone(&keys), version };
    alone(api, &pass, level, Credential::OAuth(keys)).await
}

/// A credential that opens one workspace. One that may only read is no sign-in: nothing here could be done with it.
async fn alone(api: &Api, pass: &Pass, level: Level, credential: Credential) -> Result<Opened, Failure> {
    let origin = api.origin().clone();
    if level < Level::Read {
        // It was not recognised, or the answer would have named a level of its own.
        return Err(Failure::new(Code::SignInNeeded).detail(origin.host()));
    }
    if level < Level::Write {
        return Err(too_low(&origin, level));
    }
    let name = api.site(Some(pass)).await.map_err(CallError::into_failure)?;
    let workspace = Workspace { origin: origin.clone(), name, login: origin.clone(), api: pass.version() };
    Ok(Opened { login: origin, credential, workspaces: vec![workspace], read_only: Vec::new() })
}

/// The credential is known, and this is all that it may do.
pub(crate) fn too_low(workspace: &Origin, level: Level) -> Failure {
    Failure::new(Code::PermissionDenied).detail(format!("{}: {}", workspace.host(), level.word()))
}

/// The version in which a workspace takes these keys, and what they may do there. With a version named, only that is
/// tried.
pub(super) async fn version_for(
    api: &Api,
    keys: &Arc<OAuthKeys>,
    wanted: Option<ApiVersion>,
) -> Result<(ApiVersion, Level), CallError> {
    let at = |version| {
        let pass = Pass::OAuth { keys: Arc::clone(keys), version };
        async move { api.level(&pass).await.map(|level| (version, level)) }
    };
    if let Some(version) = wanted {
        return at(version).await;
    }
    match at(ApiVersion::V2).await {
        Ok((version, level)) if level >= Level::Read => Ok((version, level)),
        // No answer says nothing about the version.
        Err(error @ (CallError::Unreached(_) | CallError::Busy { .. })) => Err(error),
        // A workspace older than version 2 may answer there with any page that it has.
        Ok(_) | Err(_) => at(ApiVersion::V1).await,
    }
}

/// Asks to be let in where only the program's own key is known.
pub(crate) async fn permission(api: &Api, consumer: KeyPair) -> Result<Permission, Failure> {
    let request_token = api.request_token(&consumer).await.map_err(CallError::into_failure)?;
    let address = api.authorize_address(&request_token);
    Ok(Permission { address, origin: api.origin().clone(), consumer, request_token })
}

/// Exchanges what the person brought for keys, and says which workspace they are for. The site that was named says so,
/// over its own encrypted connection, and is believed as it is about its logins' workspaces: what goes there are
/// signatures and, later, files; the secrets stay here.
pub(crate) async fn admission(
    api: &Api,
    permission: Permission,
    verifier: &SecretString,
) -> Result<(Origin, OAuthKeys), Failure> {
    let Permission { origin, consumer, request_token, .. } = permission;
    let admitted = api.access_token(&consumer, &request_token, verifier).await.map_err(CallError::into_failure)?;
    let workspace = match admitted.domain {
        None => origin,
        Some(domain) => {
            origin.named_here(&domain).ok_or_else(|| Failure::new(Code::WorkspaceInvalid).detail(domain))?
        }
    };
    Ok((workspace, OAuthKeys { consumer, token: admitted.token }))
}
