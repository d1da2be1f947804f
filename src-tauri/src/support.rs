//! The support bundle: shown first, and what was shown is what is saved.

use crate::desktop::{Choice, off_thread};
use crate::ipc::Nothing;
use crate::rows::name_of;
use crate::shell::Shell;
use serde::Serialize;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::support::{self, Bundle, Check};
use std::sync::{Mutex, PoisonError};
use ts_rs::TS;

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
        off_thread(move || bundle.save(&path)).await?;
        Ok(Some(name))
    }

    /// What an upload needs, looked at now.
    async fn checks(&self) -> Vec<Check> {
        let engine = match self.place.engine().await {
            Ok(engine) => engine,
            Err(failure) => return vec![Check::of_folder(Err(failure))],
        };
        let workspaces = engine.workspaces().await.unwrap_or_default();
        let look_at = |workspace| {
            let report = self.place.unless_replaced(engine.look_at(workspace));
            async move { report.await?.result }
        };
        Check::all(engine.check_keychain().await, &workspaces, look_at).await
    }
}
