//! `slipway run`: the queue, without a window.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::Run;
use crate::report;
use crate::setting::Setting;
use crate::words;

pub(crate) async fn run(setting: &Setting, run: Run) -> Done {
    let json = run.json;
    work_off(setting, run).await.map_err(|trouble| trouble.in_json(json))
}

async fn work_off(setting: &Setting, run: Run) -> Result<crate::exit::Exit, Trouble> {
    let front = setting.at_work(run.workspace.as_deref()).await?;
    if let Some(owner) = front.elsewhere().await.filter(|owner| owner.works) {
        let process = owner.process.to_string();
        report::line_to_stderr(&words::say("cli.another_works", &[("process", &process)]));
    }
    let updates = front.subscribe();
    let mut report = report::reporter(run.json);
    let followed = Follow::everything(!run.until_empty).until_the_end(&front, updates, report.as_mut()).await;
    front.stop().await;
    let (exit, summary) = followed?;
    report.end(&summary);
    Ok(exit)
}
