//! The support bundle: shown first, and what was shown is what is saved.

use crate::desktop::Choice;
use crate::ipc::Nothing;
use crate::rows::name_of;
use crate::shell::Shell;
use serde::Serialize;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::support::{self, Bundle, Check};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use ts_rs::TS;

/// A workspace that does not answer by then is a finding, too.
const PATIENCE: Duration = Duration::from_secs(15);

/// A file of the bundle.
#[derive(Debug, Serialize, TS)]
pub(crate) struct BundlePart {
    name: String,
    about: String,
    text: String,
}

/// What was shown last.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<Option<Bundle>>);

impl Shell {
    pub(crate) async fn gather_bundle(&self, _: Nothing) -> Result<Vec<BundlePart>, Failure> {
        let bundle = Bundle::gather(&self.home, &self.checks().await).await;
        let language = self.voice.language();
        let part =
            |it: &support::Part| BundlePart { name: it.name.clone(), about: it.about(language), text: it.text.clone() };
        let parts = bundle.contents().iter().map(part).collect();
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(bundle);
        Ok(parts)
    }

    /// Saves what was shown last, where the person says; `None` where nobody does.
    pub(crate) async fn save_bundle(&self, _: Nothing) -> Result<Option<String>, Failure> {
        let shown = self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bundle = shown.ok_or_else(|| Failure::new(Code::NotPossibleNow))?;
        let name = support::file_name().to_string_lossy().into_owned();
        let Some(path) = self.choose(Choice::Save { name }).await?.into_iter().next() else { return Ok(None) };
        let name = name_of(&path);
        tokio::task::spawn_blocking(move || bundle.save(&path))
            .await
            .map_err(|error| Failure::new(Code::BundleNotSaved).caused_by(&error))??;
        Ok(Some(name))
    }

    /// What an upload needs, looked at now.
    async fn checks(&self) -> Vec<Check> {
        let folder = |result| Check { what: "data folder".to_owned(), result };
        let engine = match self.place.engine().await {
            Ok(engine) => engine,
            Err(failure) => return vec![folder(Err(failure))],
        };
        let mut checks = vec![folder(Ok(()))];
        checks.push(Check { what: "keychain".to_owned(), result: engine.check_keychain().await });
        for workspace in engine.workspaces().await.unwrap_or_default() {
            let what = format!("workspace {}", workspace.origin.host());
            let look = self.place.unless_replaced(engine.look_at(&workspace));
            let result = match tokio::time::timeout(PATIENCE, look).await {
                Ok(report) => report.and_then(|report| report.result),
                Err(_) => Err(Failure::new(Code::WorkspaceUnreachable)),
            };
            checks.push(Check { what, result });
        }
        checks
    }
}
