//! `slipway doctor`: is everything there that an upload needs?

use super::{Done, Trouble};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::json;
use slipway_engine::Workspace;
use slipway_engine::failure::Failure;
use slipway_engine::workspace::{ApiVersion, Origin};

pub(crate) async fn doctor(setting: &Setting, named: Option<&str>, as_json: bool) -> Done {
    let folder = setting.home().display().to_string();
    let front = match setting.at_rest(named).await {
        Ok(front) => front,
        Err(failure) => {
            tell("data_folder", &folder, Err(&failure), as_json);
            return Ok(Exit::of(&failure));
        }
    };
    tell("data_folder", &folder, Ok(()), as_json);
    if let (Some(owner), false) = (front.elsewhere().await, as_json) {
        let process = owner.process.to_string();
        report::line_to_stdout(&words::say("cli.doctor_owner", &[("process", &process)]));
    }
    let keychain = front.check_keychain().await;
    tell("keychain", "", keychain.as_ref().copied(), as_json);
    let mut exit = keychain.as_ref().map_or_else(Exit::of, |()| Exit::Done);
    let mut workspaces = front.workspaces().await.map_err(|failure| Trouble::from(failure).in_json(as_json))?;
    if let Some(named) = named {
        let origin = Origin::parse(named)?;
        workspaces.retain(|workspace| workspace.origin == origin);
        if workspaces.is_empty() {
            // What the environment's token opens needs no sign-in.
            let (name, login) = (origin.host().to_owned(), origin.clone());
            workspaces.push(Workspace { origin, name, login, api: ApiVersion::default() });
        }
    } else if setting.has_token() && workspaces.len() > 1 {
        front.stop().await;
        let names: Vec<&str> = workspaces.iter().map(|it| it.origin.host()).collect();
        let words = words::say("cli.whose_token", &[("names", &names.join(", "))]);
        return Err(Trouble::Usage(words, Exit::Usage));
    }
    for workspace in &workspaces {
        let report = front.look_at(workspace).await.map_err(|failure| Trouble::from(failure).in_json(as_json))?;
        let (name, result) = (report.origin.host(), report.result.as_ref().copied());
        tell_way("workspace", name, report.proxy.as_deref(), result, as_json);
        exit = exit.max(report.result.as_ref().map_or_else(Exit::of, |()| Exit::Done));
    }
    if workspaces.is_empty() && !as_json {
        report::line_to_stdout(&words::say("cli.doctor_no_workspace", &[]));
    }
    front.stop().await;
    Ok(exit)
}

fn tell(what: &str, name: &str, result: Result<(), &Failure>, as_json: bool) {
    tell_way(what, name, None, result, as_json);
}

fn tell_way(what: &str, name: &str, proxy: Option<&str>, result: Result<(), &Failure>, as_json: bool) {
    if as_json {
        let mut object = result.err().map_or_else(|| json!({}), report::failure_fields);
        object["event"] = json!("check");
        object["what"] = json!(what);
        object["name"] = json!(name);
        object["ok"] = json!(result.is_ok());
        if let Some(proxy) = proxy {
            object["proxy"] = json!(proxy);
        }
        report::object_to_stdout(&object);
        return;
    }
    let what = words::say(&format!("cli.doctor_{what}"), &[("name", name)]);
    match result {
        Ok(()) => report::line_to_stdout(&format!("ok   {what}")),
        Err(failure) => {
            let language = words::language();
            report::line_to_stdout(&format!(
                "NOT  {what}: {}\n     {}",
                failure.message(language),
                failure.hint(language)
            ));
            for cause in &failure.causes {
                report::line_to_stdout(&format!("     {cause}"));
            }
        }
    }
    if let Some(proxy) = proxy {
        report::line_to_stdout(&words::say("cli.doctor_proxy", &[("proxy", proxy)]));
    }
}
