//! `slipway replace`: a file in the place of one that is there, or a moment of a video as its thumbnail.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::Replace as Args;
use crate::report;
use crate::setting::Setting;
use slipway_engine::{Front, Replace, SetMoment};

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
    let added = match (args.moment, args.file) {
        (Some(moment), _) => front.set_moment(SetMoment::new(workspace, args.video_id, moment)).await?,
        (None, file) => {
            let replace = Replace {
                await_playable: args.sending.wait_playable,
                again: args.sending.again,
                // Without a moment there is a file: the arguments are taken in no other way.
                ..Replace::new(file.unwrap_or_default(), workspace, args.video_id)
            };
            front.replace(replace).await?
        }
    };
    report.queued(&added.item, added.adopted);
    let mut follow = Follow::some(args.sending.give_up_after);
    follow.add(added.item);
    let (exit, summary) = follow.until_the_end(front, updates, report.as_mut()).await?;
    report.end(&summary);
    Ok(exit)
}
