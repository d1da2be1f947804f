//! `slipway replace`: a file in the place of one that is there.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::Replace as Args;
use crate::report;
use crate::setting::Setting;
use slipway_engine::{Front, Replace};

pub(crate) async fn replace(setting: &Setting, args: Args) -> Done {
    let json = args.sending.json;
    let front =
        setting.at_work(args.sending.workspace.as_deref()).await.map_err(|it| Trouble::from(it).in_json(json))?;
    let result = hand_over(setting, &front, args).await;
    front.stop().await;
    result.map_err(|trouble| trouble.in_json(json))
}

async fn hand_over(setting: &Setting, front: &Front, args: Args) -> Done {
    let workspace = setting.workspace(front, args.sending.workspace.as_deref()).await?;
    let mut report = report::reporter(args.sending.json);
    let updates = front.subscribe();
    let replace = Replace {
        await_playable: args.sending.wait_playable,
        again: args.sending.again,
        ..Replace::new(args.file, workspace, args.video_id)
    };
    let added = front.replace(replace).await?;
    report.queued(&added.item, added.adopted);
    let follow = Follow::these([added.item], args.sending.give_up_after);
    let (exit, summary) = follow.until_the_end(front, updates, report.as_mut()).await?;
    report.end(&summary);
    Ok(exit)
}
