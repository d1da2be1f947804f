//! `slipway upload`: take files in, follow them until they are stored.

use super::follow::Follow;
use super::{Done, Trouble};
use crate::args::{PublishChoice, Upload};
use crate::exit::Exit;
use crate::report::{self, Report, Summary};
use crate::setting::Setting;
use crate::words;
use futures_util::StreamExt;
use slipway_engine::failure::Failure;
use slipway_engine::item::{CompanionChoice, Details, Lane, Publish, Said};
use slipway_engine::{Add, Front, HandOver};
use std::path::PathBuf;
use std::pin::pin;

pub(crate) async fn upload(setting: &Setting, upload: Upload) -> Done {
    let json = upload.sending.json;
    run(setting, upload).await.map_err(|trouble| trouble.in_json(json))
}

async fn run(setting: &Setting, upload: Upload) -> Done {
    let files = if upload.no_companions {
        HandOver { uploads: upload.files.clone(), ..HandOver::default() }
    } else {
        slipway_engine::sort_out(&upload.files)
    };
    if files.uploads.len() > 1 {
        let said = [(upload.title.is_some(), "cli.one_title"), (!upload.subtitles.is_empty(), "cli.one_subtitles")];
        if let Some((_, key)) = said.into_iter().find(|(said, _)| *said) {
            return Err(Trouble::Usage(words::say(key, &[]), Exit::Usage));
        }
    }
    let front = setting.at_work(upload.sending.workspace.as_deref()).await?;
    let workspace = match setting.workspace(&front, upload.sending.workspace.as_deref()).await {
        Ok(workspace) => workspace,
        Err(trouble) => {
            front.stop().await;
            return Err(trouble);
        }
    };
    let mut report = report::reporter(upload.sending.json);
    let updates = front.subscribe();
    let details = Details {
        title: upload.title.clone().unwrap_or_default(),
        description: upload.description.clone().unwrap_or_default(),
        tags: upload.tags.as_deref().map(split_tags).unwrap_or_default(),
        categories: upload.category.clone(),
        absolute_url: upload.absolute_url.clone(),
        variables: upload.variables.iter().cloned().collect(),
    };
    for (file, video) in &files.companions {
        report.goes_with(file, video);
    }
    let companions = CompanionChoice {
        beside: !upload.no_companions,
        thumbnail: upload.thumbnail.clone(),
        subtitles: upload.subtitles.clone(),
        locale: upload.subtitles_locale.clone(),
    };
    let add = |file: PathBuf| Add {
        file,
        workspace: workspace.clone(),
        details: details.clone(),
        preset: Said::default(),
        publish: publish(&upload.publish),
        companions: companions.clone(),
        await_playable: upload.sending.wait_playable,
        lane: Lane::Manual,
        again: upload.sending.again,
    };
    let mut follow = Follow::some(upload.sending.give_up_after);
    let taken_in = take_in(&front, files.uploads.into_iter().map(add), &mut follow, report.as_mut()).await;
    let refused = match taken_in {
        Ok(refused) => refused,
        Err(failure) => {
            front.stop().await;
            return Err(failure.into());
        }
    };
    let followed = follow.until_the_end(&front, updates, report.as_mut()).await;
    front.stop().await;
    let (exit, summary) = followed?;
    report.end(&Summary { failed: summary.failed + refused, ..summary });
    Ok(if refused > 0 { exit.max(Exit::ItemFailed) } else { exit })
}

/// Hands the files over, to be followed; answers how many were not taken in. Where the data folder is in the way, that is all
/// there is to say.
async fn take_in(
    front: &Front,
    files: impl Iterator<Item = Add> + Send,
    follow: &mut Follow,
    report: &mut dyn Report,
) -> Result<usize, Failure> {
    let mut refused = 0;
    let mut added = pin!(front.add_all(files));
    while let Some((file, added)) = added.next().await {
        match added {
            Ok(added) => {
                report.queued(&added.item, added.adopted);
                follow.add(added.item);
            }
            Err(failure) if Exit::of(&failure) == Exit::Folder => return Err(failure),
            Err(failure) => {
                report.refused(&file, &failure);
                refused += 1;
            }
        }
    }
    Ok(refused)
}

fn publish(choice: &PublishChoice) -> Option<Publish> {
    match choice {
        PublishChoice { publish: true, .. } => Some(Publish::AtOnce),
        PublishChoice { publish_when_playable: true, .. } => Some(Publish::WhenPlayable),
        PublishChoice { publish_date: Some(date), .. } => Some(Publish::OnDate(*date)),
        PublishChoice { draft: true, .. } => Some(Publish::Draft),
        _ => None,
    }
}

/// Tags as the shell hands them over: words, with double quotes around one that has a space in it.
pub(super) fn split_tags(text: &str) -> Vec<String> {
    text.split('"')
        .enumerate()
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.trim().to_owned()],
        })
        .filter(|tag: &String| !tag.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::split_tags;

    #[test]
    fn tags_are_words_and_quotes_keep_words_together() {
        assert_eq!(split_tags("spring \"two words\"  fair"), ["spring", "two words", "fair"]);
        assert_eq!(split_tags("  "), Vec::<String>::new());
    }
}
