//! `slipway run`: the queue, without a window.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::Run;
use crate::report;
use crate::setting::Setting;

pub(crate) async fn run(setting: &Setting, run: Run) -> Done {
    let json = run.json;
    work_off(setting, run).await.map_err(|trouble| trouble.in_json(json))
}

async fn work_off(setting: &Setting, run: Run) -> Result<crate::exit::Exit, Trouble> {
    let engine = setting.working_engine(run.workspace.as_deref()).await?;
    let updates = engine.subscribe();
    let mut report = report::reporter(run.json);
    let unfinished: Vec<_> =
        engine.items().await?.into_iter().filter(|item| !matches!(item.stage.as_str(), "done" | "cancelled")).collect();
    for item in &unfinished {
        report.queued(item, false);
    }
    let followed =
        Follow::everything(unfinished, !run.until_empty).until_the_end(&engine, updates, report.as_mut()).await;
    engine.stop().await;
    let (exit, summary) = followed?;
    report.end(&summary);
    Ok(exit)
}
