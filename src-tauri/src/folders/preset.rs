//! What is done with the files of a folder, as the pages read and write it.

use crate::rows::Publish;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::{AfterUpload, OnChange, Preset};
use slipway_engine::item::{Category, Locale};
use slipway_engine::workspace::Origin;
use std::time::Duration;
use ts_rs::TS;

/// What is done with what lies in a folder, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct FolderPreset {
    /// `host[:port]`
    pub(crate) workspace: String,
    #[ts(type = "Array<number | string>")]
    categories: Vec<Category>,
    /// The name of the topmost subfolder is a category, too.
    category_per_subfolder: bool,
    tags: Vec<String>,
    /// With `{name}`, `{folder}` and `{date}` in it; the file's name, cleaned, where there is none.
    title: Option<String>,
    publish: Publish,
    /// Seconds that a file must have stood still; `null` for what is usual on its drive.
    settle_s: Option<u32>,
    /// Only files that one of these fits; all where there is none.
    include: Vec<String>,
    exclude: Vec<String>,
    /// Names that are never anybody's video.
    ignore: Vec<String>,
    #[ts(inline)]
    on_change: OnChange,
    #[ts(inline)]
    after: AfterUpload,
    /// A name that begins with a video's id in brackets replaces that video, or its thumbnail.
    replace_by_id: bool,
    /// Of subtitles whose names say none.
    subtitles_locale: Option<String>,
}

/// Nobody waits longer for a file: a day.
const LONGEST_SETTLE_S: u32 = 24 * 60 * 60;

impl FolderPreset {
    /// The same for the engine, with the workspace that is meant.
    pub(crate) fn for_the_engine(self, workspace: Origin) -> Result<Preset, Failure> {
        let title = self.title.filter(|title| !title.trim().is_empty());
        if let Some(settle) = self.settle_s.filter(|settle| !(1..=LONGEST_SETTLE_S).contains(settle)) {
            let range = [("most", LONGEST_SETTLE_S.to_string())];
            return Err(Failure::new(Code::FolderInvalid).detail(settle.to_string()).because("why.settle", range));
        }
        let locale = self.subtitles_locale.filter(|locale| !locale.trim().is_empty());
        let subtitles_locale = match locale {
            Some(locale) => Some(read_locale(&locale)?),
            None => None,
        };
        Ok(Preset {
            workspace,
            categories: self.categories,
            category_per_subfolder: self.category_per_subfolder,
            tags: self.tags,
            title,
            publish: self.publish.into(),
            settle: self.settle_s.map(|settle| Duration::from_secs(settle.into())),
            include: said(self.include),
            exclude: said(self.exclude),
            ignore: said(self.ignore),
            on_change: self.on_change,
            after: self.after,
            replace_by_id: self.replace_by_id,
            subtitles_locale,
        })
    }
}

impl From<Preset> for FolderPreset {
    fn from(preset: Preset) -> Self {
        Self {
            workspace: preset.workspace.host().to_owned(),
            categories: preset.categories,
            category_per_subfolder: preset.category_per_subfolder,
            tags: preset.tags,
            title: preset.title,
            publish: preset.publish.into(),
            // What another front end said to the millisecond is told as what it comes to here.
            settle_s: preset.settle.map(|settle| u32::try_from(settle.as_secs()).unwrap_or(u32::MAX).max(1)),
            include: preset.include,
            exclude: preset.exclude,
            ignore: preset.ignore,
            on_change: preset.on_change,
            after: preset.after,
            replace_by_id: preset.replace_by_id,
            subtitles_locale: preset.subtitles_locale.map(|locale| locale.to_string()),
        }
    }
}

fn read_locale(text: &str) -> Result<Locale, Failure> {
    text.trim().parse().map_err(|error| Failure::new(Code::FolderInvalid).detail(text).caused_by(&error))
}

/// Patterns that say something: a line that was left empty is none.
fn said(patterns: Vec<String>) -> Vec<String> {
    patterns.into_iter().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
}
