//! `slipway login`, `logout`, `workspaces`.

use super::{Done, Trouble};
use crate::args::Login;
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use secrecy::SecretString;
use serde_json::json;
use slipway_engine::SignedIn;
use slipway_engine::workspace::Origin;
use std::io::BufRead;

pub(crate) async fn login(setting: &Setting, login: Login) -> Done {
    let origin = Origin::parse(&login.workspace)?;
    let token = read_token(&origin, login.token_stdin)?;
    let engine = setting.resting_engine().await?;
    let result = engine.sign_in(origin, token).await;
    if let Ok(SignedIn { workspaces, not_kept: Some(_) }) = &result {
        // A command ends at once, so "for this run" is as good as not at all.
        for workspace in workspaces {
            engine.sign_out(&workspace.origin).await?;
        }
    }
    engine.stop().await;
    let signed_in = result?;
    if let Some(failure) = signed_in.not_kept {
        return Err(failure.into());
    }
    for workspace in signed_in.workspaces {
        let values = [("name", &*workspace.name), ("host", workspace.origin.host())];
        report::line_to_stdout(&words::say("cli.signed_in", &values));
    }
    Ok(Exit::Done)
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
        _ => Err(Trouble::Usage(words::say("cli.no_token", &[]), Exit::Usage)),
    }
}

pub(crate) async fn logout(setting: &Setting, workspace: &str) -> Done {
    let origin = Origin::parse(workspace)?;
    let engine = setting.resting_engine().await?;
    let result = engine.sign_out(&origin).await;
    engine.stop().await;
    result?;
    report::line_to_stdout(&words::say("cli.signed_out", &[("host", origin.host())]));
    Ok(Exit::Done)
}

pub(crate) async fn workspaces(setting: &Setting, as_json: bool) -> Done {
    let engine = setting.resting_engine().await.map_err(|failure| Trouble::from(failure).in_json(as_json))?;
    let workspaces = engine.workspaces().await;
    engine.stop().await;
    for workspace in workspaces? {
        if as_json {
            let object =
                json!({ "workspace": workspace.origin.host(), "url": workspace.origin, "name": workspace.name });
            report::object_to_stdout(&object);
        } else {
            report::line_to_stdout(&format!("{}  {}", workspace.origin.host(), workspace.name));
        }
    }
    Ok(Exit::Done)
}
