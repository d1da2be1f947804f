//! `slipway bundle`: one file for whoever helps, shown before it is saved.

use super::{Done, Trouble};
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::json;
use slipway_engine::support::{self, Bundle, Check};
use std::path::PathBuf;

pub(crate) async fn bundle(setting: &Setting, out: Option<PathBuf>, as_json: bool) -> Done {
    let bundle = Bundle::gather(setting.home(), &checks(setting).await).await;
    let out = out.unwrap_or_else(support::file_name);
    let out = std::path::absolute(&out).unwrap_or(out);
    if !as_json {
        report::line_to_stdout(&words::say("cli.bundle_holds", &[]));
        for part in bundle.contents() {
            let (size, about) = (words::size(part.text.len() as u64), part.about(words::language()));
            report::line_to_stdout(&format!("  {:<46} {size:>11}  {about}", part.name));
        }
    }
    bundle.save(&out).map_err(|failure| Trouble::from(failure).in_json(as_json))?;
    if as_json {
        let line = |part: &support::Part| json!({ "name": part.name, "bytes": part.text.len(), "about": part.about(words::language()) });
        let contents: Vec<_> = bundle.contents().iter().map(line).collect();
        report::object_to_stdout(&json!({ "event": "bundle", "file": out.to_string_lossy(), "contents": contents }));
    } else {
        report::line_to_stdout(&words::say("cli.bundle_saved", &[("file", &out.display().to_string())]));
    }
    Ok(Exit::Done)
}

/// What `slipway doctor` looks at. A folder that cannot be opened is a finding, and no reason to have no bundle; one whose
/// database would be set aside by opening it stays closed.
async fn checks(setting: &Setting) -> Vec<Check> {
    if !support::can_be_opened(setting.home()).await {
        return Vec::new();
    }
    let front = match setting.at_rest(None).await {
        Ok(front) => front,
        Err(failure) => return vec![Check::of_folder(Err(failure))],
    };
    let workspaces = front.workspaces().await.unwrap_or_default();
    let look_at = |workspace| {
        let report = front.look_at(workspace);
        async move { report.await?.result }
    };
    let checks = Check::all(front.check_keychain().await, &workspaces, look_at).await;
    front.stop().await;
    checks
}
