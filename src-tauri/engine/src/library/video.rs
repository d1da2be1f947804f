//! A video of the library, as it leaves the engine and as it is remembered.

use crate::api::{FoundVideo, ListedCategory};
use crate::failure::{Code, Failure};
use crate::item::{FileKind, ItemId};
use crate::store::{KnownVideo, StandingReplacement};
use crate::workspace::Origin;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Characters of a description that are remembered: enough to know a video by.
const REMEMBERED: usize = 1000;

/// A video, a recording or an image of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct LibraryVideo {
    /// Where it is, as `host[:port]`.
    pub workspace: String,
    /// The vendor's `photo_id`.
    pub id: u64,
    /// The title.
    pub title: String,
    /// What it is about, with its markup.
    pub description: String,
    /// Tags, in the server's order.
    pub tags: Vec<String>,
    /// The names of its categories; the id of one whose name is not known, or is not its alone. Each can be said in an
    /// edit as it stands here.
    pub categories: Vec<String>,
    /// What it is.
    pub kind: FileKind,
    /// Whether the public sees it.
    pub published: bool,
    /// When the public will see it, in epoch seconds; only where that is ahead.
    pub publish_at: Option<i64>,
    /// Whether it can be played. An image can.
    pub playable: bool,
    /// How much of it can be played, in percent; only where it is not all, and the server says so.
    pub percent: Option<u8>,
    /// Seconds.
    pub length_s: Option<f64>,
    /// Of the largest rendition that is there, in pixels.
    pub width: Option<u32>,
    /// As the width.
    pub height: Option<u32>,
    /// Of an image's file. The workspace does not say it of a video.
    pub bytes: Option<u64>,
    /// The name that its file came with.
    pub file_name: Option<String>,
    /// Epoch seconds.
    pub uploaded_at: Option<i64>,
    /// Where an editor finds it.
    pub admin_url: String,
    /// Where the public finds it once it is published.
    pub public_url: Option<String>,
    /// Another one whenever its picture may be another one; none where it has no picture.
    pub picture: Option<String>,
    /// The item of the queue that is to replace it, its thumbnail or its file, and has not ended.
    pub replacing: Option<ItemId>,
}

/// What the queue does to the videos of a workspace.
#[derive(Debug, Default)]
pub(super) struct Beside(HashMap<u64, Touched>);

#[derive(Debug, Default)]
struct Touched {
    replacing: Option<ItemId>,
    /// The last that ended: since then the picture may be another one, whatever the list says.
    replaced: Option<ItemId>,
}

impl Beside {
    pub(super) fn of(replacements: Vec<StandingReplacement>) -> Self {
        let mut all: HashMap<u64, Touched> = HashMap::new();
        for StandingReplacement { video, item, over } in replacements {
            let touched = all.entry(video).or_default();
            let place = if over { &mut touched.replaced } else { &mut touched.replacing };
            *place = Some(item).max(*place);
        }
        Self(all)
    }

    fn replacing(&self, video: u64) -> Option<ItemId> {
        self.0.get(&video)?.replacing
    }

    /// A version as the list tells it, and what was replaced from here.
    pub(super) fn version(&self, video: u64, listed: &str) -> String {
        match self.0.get(&video).and_then(|touched| touched.replaced) {
            Some(item) => format!("{listed}-{}", item.0.simple()),
            None => listed.to_owned(),
        }
    }
}

/// Names of categories by their ids, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<u64, String>);

impl Names {
    /// Those that name only one each.
    pub(super) fn of(there: &[ListedCategory]) -> Self {
        let folded = |name: &str| name.trim().to_lowercase();
        let mut times: HashMap<String, usize> = HashMap::new();
        for category in there {
            *times.entry(folded(&category.name)).or_default() += 1;
        }
        // One of digits alone would be taken for an id.
        let says_it =
            |name: &str| times.get(&folded(name)) == Some(&1) && !name.trim().bytes().all(|byte| byte.is_ascii_digit());
        let named = there.iter().filter(|it| says_it(&it.name)).map(|it| (it.id, it.name.clone()));
        Self(named.collect())
    }

    fn say(&self, category: u64) -> String {
        self.0.get(&category).cloned().unwrap_or_else(|| category.to_string())
    }
}

impl LibraryVideo {
    /// `now` is in epoch seconds on the server's clock.
    pub(super) fn of(workspace: &Origin, found: &FoundVideo, names: &Names, beside: &Beside, now: i64) -> Self {
        Self {
            workspace: workspace.host().to_owned(),
            id: found.id,
            title: found.title.clone(),
            description: found.description.clone(),
            tags: found.tags.clone(),
            categories: found.categories.iter().map(|id| names.say(*id)).collect(),
            kind: found.kind,
            published: found.published,
            publish_at: found.publish_date.filter(|date| !found.published && *date > now),
            playable: found.playable,
            percent: None,
            length_s: found.length,
            width: found.size.map(|(width, _)| width),
            height: found.size.map(|(_, height)| height),
            bytes: found.bytes,
            file_name: found.file_name.clone(),
            uploaded_at: found.uploaded,
            admin_url: workspace.manage_page(found.id),
            public_url: found.public_url.clone(),
            picture: found.picture.as_ref().map(|picture| beside.version(found.id, &picture.version)),
            replacing: beside.replacing(found.id),
        }
    }

    /// From what was last known; none where another version of the program wrote it.
    pub(super) fn remembered(known: &str, beside: &Beside) -> Option<Self> {
        let video: Self = serde_json::from_str(known).ok()?;
        let replacing = beside.replacing(video.id);
        Some(Self { percent: None, replacing, ..video })
    }

    /// In the form in which it is found again. `own` where it is known to be the person's.
    pub(super) fn to_remember(&self, found: &FoundVideo, own: bool) -> Result<KnownVideo, Failure> {
        let words = [&self.title, &self.description].into_iter().chain(&self.tags);
        let told = Self { description: self.description.chars().take(REMEMBERED).collect(), ..self.clone() };
        let told =
            serde_json::to_string(&told).map_err(|error| Failure::new(Code::DataFolderUnwritable).caused_by(&error))?;
        let names = self.categories.iter().map(|name| name.trim().to_lowercase());
        Ok(KnownVideo {
            id: self.id,
            uploaded: self.uploaded_at.unwrap_or_default(),
            published: self.published,
            own,
            categories: names.chain(found.categories.iter().map(u64::to_string)).collect(),
            words: words
                .flat_map(|it| it.chars().chain(['\n']))
                .take(4 * REMEMBERED)
                .collect::<String>()
                .to_lowercase(),
            told,
        })
    }
}
