//! `slipway edit`: what is said about videos that are there, changed and read back.

use super::upload::split_tags;
use super::{Done, Trouble, videos};
use crate::args::Edit as Args;
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use serde_json::json;
use slipway_engine::failure::Failure;
use slipway_engine::{Edited, Front, Publication, VideoEdit};

pub(crate) async fn edit(setting: &Setting, args: Args) -> Done {
    let json = args.json;
    if args.title.is_some() && args.video_ids.len() > 1 {
        return Err(Trouble::Usage(words::say("cli.one_title_edited", &[]), Exit::Usage));
    }
    let front = setting.at_rest(args.workspace.as_deref()).await.map_err(|it| Trouble::from(it).in_json(json))?;
    let result = change(setting, &front, args).await;
    front.stop().await;
    result.map_err(|trouble| trouble.in_json(json))
}

async fn change(setting: &Setting, front: &Front, args: Args) -> Done {
    let workspace = setting.workspace(front, args.workspace.as_deref()).await?;
    let ids = args.video_ids.clone();
    let outcomes = front.edit_videos(workspace, ids.clone(), wanted(&args)).await?;
    let mut exit = Exit::Done;
    for (id, outcome) in ids.into_iter().zip(outcomes) {
        exit = exit.max(match outcome {
            Ok(edited) => tell(&edited, args.json),
            Err(failure) => tell_failure(id, &failure, args.json),
        });
    }
    Ok(exit)
}

fn wanted(args: &Args) -> VideoEdit {
    let tags = |text: &Option<String>| text.as_deref().map(split_tags);
    let publish = match args.publish {
        ref it if it.publish => Some(Publication::Now),
        ref it if it.draft => Some(Publication::Draft),
        ref it => it.publish_date.map(|date| Publication::At(date.as_second())),
    };
    VideoEdit {
        title: args.title.clone(),
        description: args.description.clone(),
        tags: tags(&args.tags),
        add_tags: tags(&args.add_tags).unwrap_or_default(),
        remove_tags: tags(&args.remove_tags).unwrap_or_default(),
        categories: (args.no_category || !args.category.is_empty()).then(|| args.category.clone()),
        publish,
    }
}

/// What was not taken counts as failed: a script must not go on as if it had been.
fn tell(Edited { video, refused }: &Edited, json: bool) -> Exit {
    if json {
        let mut object = videos::fields(video);
        object["event"] = json!("edited");
        object["refused"] = json!(refused);
        report::object_to_stdout(&object);
    } else {
        let (id, title) = (video.id.to_string(), words::printable(&video.title));
        report::line_to_stdout(&words::say("cli.edited", &[("video", &id), ("title", &title)]));
        for it in refused {
            let field = words::say(&format!("cli.field_{}", json!(it.field).as_str().unwrap_or_default()), &[]);
            let (asked, has) = (words::printable(&it.asked), words::printable(&it.has));
            let values = [("video", &*id), ("field", &field), ("asked", &asked), ("has", &has)];
            report::line_to_stderr(&words::say("cli.not_taken", &values));
        }
    }
    if refused.is_empty() { Exit::Done } else { Exit::ItemFailed }
}

fn tell_failure(id: u64, failure: &Failure, json: bool) -> Exit {
    if json {
        let mut object = report::failure_fields(failure);
        object["event"] = json!("failed");
        object["video_id"] = json!(id);
        report::object_to_stdout(&object);
    } else {
        let language = words::language();
        report::line_to_stderr(&format!("{id}: {} {}", failure.message(language), failure.hint(language)));
    }
    Exit::of(failure)
}
