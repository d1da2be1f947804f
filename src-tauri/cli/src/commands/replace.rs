//! `slipway replace`: a file in the place of one that is there.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::Replace as Args;
use crate::report;
use crate::setting::Setting;
use slipway_engine::item::Lane;
use slipway_engine::{Engine, Replace};

pub(crate) async fn replace(setting: &Setting, args: Args) -> Done {
    let json = args.json;
    let engine =
        setting.working_engine(args.workspace.as_deref()).await.map_err(|it| Trouble::from(it).in_json(json))?;
    let result = hand_over(setting, &engine, args).await;
    engine.stop().await;
    result.map_err(|trouble| trouble.in_json(json))
}

async fn hand_over(setting: &Setting, engine: &Engine, args: Args) -> Done {
    let workspace = setting.workspace(engine, args.workspace.as_deref()).await?;
    let mut report = report::reporter(args.json);
    let updates = engine.subscribe();
    let replace = Replace {
        file: args.file,
        workspace,
        video: args.video_id,
        await_playable: args.wait_playable,
        lane: Lane::Manual,
        again: args.again,
    };
    let added = engine.replace(replace).await?;
    report.queued(&added.item, added.adopted);
    let follow = Follow::these([added.item], args.give_up_after);
    let (exit, summary) = follow.until_the_end(engine, updates, report.as_mut()).await?;
    report.end(&summary);
    Ok(exit)
}
