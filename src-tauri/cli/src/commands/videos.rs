//! `slipway videos`: what is in a workspace, or was when it was last seen.

use super::{Done, Trouble};
use crate::args::Videos as Args;
use crate::exit::Exit;
use crate::report;
use crate::setting::Setting;
use crate::words;
use jiff::Timestamp;
use serde_json::json;
use slipway_engine::workspace::Origin;
use slipway_engine::{Front, LibraryVideo, Show, VideoPage, VideoQuery};

pub(crate) async fn videos(setting: &Setting, args: Args) -> Done {
    let json = args.json;
    let front = setting.at_rest(args.workspace.as_deref()).await.map_err(|it| Trouble::from(it).in_json(json))?;
    let result = list(setting, &front, args).await;
    front.stop().await;
    result.map_err(|trouble| trouble.in_json(json))
}

async fn list(setting: &Setting, front: &Front, args: Args) -> Done {
    let workspace = setting.workspace(front, args.workspace.as_deref()).await?;
    let show = match args.show {
        it if it.drafts => Show::Drafts,
        it if it.published => Show::Published,
        it if it.mine => Show::Mine,
        _ => Show::All,
    };
    let search = args.search.unwrap_or_default();
    let query = VideoQuery { search, show, category: args.category, ..VideoQuery::default() };
    let mut exit = Exit::Done;
    let mut left = args.limit.unwrap_or(u64::MAX);
    for page in 1.. {
        let found = front.videos(workspace.clone(), VideoQuery { page, ..query.clone() }).await?;
        if exit == Exit::Done {
            exit = tell_trouble(&workspace, &found, args.json);
        }
        for video in found.videos.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            tell(video, args.json);
        }
        left = left.saturating_sub(found.videos.len() as u64);
        if left == 0 || found.videos.is_empty() || u64::from(page) * u64::from(found.size) >= found.total {
            break;
        }
    }
    Ok(exit)
}

/// What was last known is said to be that, before it is told.
fn tell_trouble(workspace: &Origin, page: &VideoPage, json: bool) -> Exit {
    let Some(trouble) = &page.trouble else { return Exit::Done };
    if json {
        let mut object = report::failure_fields(trouble);
        object["event"] = json!("last_known");
        object["workspace"] = json!(workspace.host());
        object["as_of"] = json!(page.as_of);
        report::object_to_stdout(&object);
    } else {
        let as_of = Timestamp::from_second(page.as_of).unwrap_or_default().to_zoned(jiff::tz::TimeZone::system());
        let as_of = as_of.strftime("%Y-%m-%d %H:%M").to_string();
        report::line_to_stderr(&format!("slipway: {}", trouble.message(words::language())));
        report::line_to_stderr(&words::say("cli.last_known", &[("time", &as_of)]));
    }
    Exit::of(trouble)
}

/// A video with its fields, under the names that the other events have for them.
pub(super) fn fields(video: &LibraryVideo) -> serde_json::Value {
    let mut object = json!(video);
    object["video_id"] = object["id"].take();
    if let Some(fields) = object.as_object_mut() {
        // What shows a picture is the window's.
        fields.retain(|name, _| name != "id" && name != "picture");
    }
    object
}

fn tell(video: &LibraryVideo, json: bool) {
    if json {
        let mut object = fields(video);
        object["event"] = json!("video");
        report::object_to_stdout(&object);
        return;
    }
    let length = video.length_s.map(|seconds| slipway_engine::item::Moment(seconds as u64 * 1000).to_string());
    let state = state(video);
    let title = words::printable(&video.title);
    report::line_to_stdout(&format!("{:>8}  {state:<14} {:>8}  {title}", video.id, length.unwrap_or_default()));
}

/// In one word, as far as it goes.
fn state(video: &LibraryVideo) -> String {
    match (video.percent, video.publish_at) {
        (Some(percent), _) => words::say("cli.state_processing", &[("percent", &percent.to_string())]),
        (None, _) if video.published => words::say("cli.published", &[]),
        (None, Some(_)) => words::say("cli.scheduled", &[]),
        (None, None) => words::say("cli.draft", &[]),
    }
}
