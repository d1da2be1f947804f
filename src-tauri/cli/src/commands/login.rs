//! `slipway login`, `logout`, `workspaces`. How OAuth's keys are read is in `login/keys.rs`.

mod keys;

use super::{Done, Trouble};
use crate::args::Login;
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use secrecy::SecretString;
use serde_json::json;
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{Front, KeyPair, OAuthKeys, Permission, SignedIn};
use std::io::BufRead;

pub(crate) async fn login(setting: &Setting, login: Login) -> Done {
    let origin = Origin::parse(&login.workspace)?;
    let version = login.api.version();
    if version == Some(ApiVersion::V1) && !login.oauth_stdin {
        return Err(usage("cli.token_is_for_api_2", &[]));
    }
    let given = if login.oauth_stdin {
        let read = keys::read(&mut std::io::stdin().lock());
        match read.map_err(|wrong| no_keys(&wrong))? {
            keys::Given::All(keys) => Given::Keys(keys),
            keys::Given::Consumer(consumer) => allowed(setting, origin.clone(), consumer).await?,
        }
    } else {
        Given::Token(read_token(&origin, login.token_stdin)?)
    };
    let front = setting.at_rest(None).await?;
    let result = sign_in(&front, origin, given, version).await;
    if let Ok(SignedIn { workspaces, not_kept: Some(_), .. }) = &result {
        // A command ends at once, so "for this run" is as good as not at all.
        for workspace in workspaces {
            front.sign_out(&workspace.origin).await?;
        }
    }
    front.stop().await;
    let signed_in = result?;
    if let Some(failure) = signed_in.not_kept {
        return Err(failure.into());
    }
    for workspace in signed_in.workspaces {
        let values = [("name", &*workspace.name), ("host", workspace.origin.host())];
        report::line_to_stdout(&words::say("cli.signed_in", &values));
    }
    for origin in signed_in.read_only {
        report::line_to_stderr(&words::say("cli.read_only", &[("host", origin.host())]));
    }
    Ok(Exit::Done)
}

/// What the person has.
enum Given {
    Token(SecretString),
    Keys(OAuthKeys),
    Permission(Permission, SecretString),
}

/// Lets a person allow the program in. The data folder is free meanwhile: that takes as long as it takes, and whoever met
/// this process there would wait for it.
async fn allowed(setting: &Setting, origin: Origin, consumer: KeyPair) -> Result<Given, Trouble> {
    let front = setting.at_rest(None).await?;
    // Before a person goes to the trouble: what they bring could not be kept.
    let asked = match front.check_keychain().await {
        Ok(()) => front.ask_permission(origin, consumer).await,
        Err(failure) => Err(failure),
    };
    front.stop().await;
    let permission = asked?;
    report::line_to_stdout(&words::say("cli.allow_here", &[("address", &permission.address)]));
    Ok(Given::Permission(permission, read_verifier()?))
}

async fn sign_in(
    front: &Front,
    origin: Origin,
    given: Given,
    version: Option<ApiVersion>,
) -> Result<SignedIn, Trouble> {
    Ok(match given {
        Given::Token(token) => front.sign_in(origin, token).await?,
        Given::Keys(keys) => front.sign_in_with_keys(origin, keys, version).await?,
        Given::Permission(permission, verifier) => {
            front.sign_in_with_permission(permission, &verifier, version).await?
        }
    })
}

/// The next line of what follows the keys, or, where nothing does, what is typed on the terminal.
fn read_verifier() -> Result<SecretString, Trouble> {
    let mut line = String::new();
    let at_end = std::io::stdin().lock().read_line(&mut line).map_or(true, |bytes| bytes == 0);
    if at_end {
        line = rpassword::prompt_password(words::say("cli.ask_verifier", &[])).unwrap_or_default();
    }
    let verifier = line.trim();
    if verifier.is_empty() { Err(usage("cli.no_verifier", &[])) } else { Ok(verifier.into()) }
}

fn no_keys(wrong: &keys::Wrong) -> Trouble {
    match wrong {
        keys::Wrong::Count(count) => usage("cli.keys_count", &[("count", &count.to_string())]),
        keys::Wrong::Name(name) => usage("cli.keys_name", &[("name", name)]),
    }
}

fn usage(key: &str, values: &[(&str, &str)]) -> Trouble {
    Trouble::Usage(words::say(key, values), Exit::Usage)
}

/// Never from an argument: those stand in the process list and the shell's history.
fn read_token(origin: &Origin, from_stdin: bool) -> Result<SecretString, Trouble> {
    let read = if from_stdin {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    } else {
        rpassword::prompt_password(words::say("cli.ask_token", &[("host", origin.host())]))
    };
    match read {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().into()),
        _ => Err(usage("cli.no_token", &[])),
    }
}

pub(crate) async fn logout(setting: &Setting, workspace: &str) -> Done {
    let origin = Origin::parse(workspace)?;
    let front = setting.at_rest(None).await?;
    let result = front.sign_out(&origin).await;
    front.stop().await;
    result?;
    report::line_to_stdout(&words::say("cli.signed_out", &[("host", origin.host())]));
    Ok(Exit::Done)
}

pub(crate) async fn workspaces(setting: &Setting, as_json: bool) -> Done {
    let front = setting.at_rest(None).await.map_err(|failure| Trouble::from(failure).in_json(as_json))?;
    let workspaces = front.workspaces().await;
    front.stop().await;
    for workspace in workspaces? {
        if as_json {
            report::object_to_stdout(&json!({
                "workspace": workspace.origin.host(),
                "url": workspace.origin,
                "name": workspace.name,
                "api": workspace.api.number(),
            }));
        } else {
            report::line_to_stdout(&format!("{}  {}", workspace.origin.host(), workspace.name));
        }
    }
    Ok(Exit::Done)
}
