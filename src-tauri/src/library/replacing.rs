//! Files that go in the place of what a video has: looked at beside it first, then handed to the queue.

use crate::desktop::{Choice, off_thread};
use crate::facts::{self, Facts};
use crate::offers::{By, Kind, Offer};
use crate::rows::name_of;
use crate::shell::Shell;
use crate::told::Told;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::{FileKind, ItemId, Moment};
use slipway_engine::{Found, LibraryVideo, Replace, SetMoment, kind_of};
use std::pin::pin;
use std::time::Duration;
use ts_rs::TS;

/// What somebody is to choose for a video, or for several.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChooseReplacement {
    #[ts(inline)]
    want: Want,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
enum Want {
    /// The file that replaces a video's.
    Video,
    /// A thumbnail.
    Image,
    /// Thumbnails for several videos.
    Images,
}

/// A file of an offer, beside the video that it was dropped on.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compare {
    offer: u32,
    file: u32,
    workspace: String,
    #[ts(type = "number")]
    video: u64,
}

/// Old and new, side by side.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Comparison {
    #[ts(inline)]
    file: NewFile,
    /// As it is now.
    video: LibraryVideo,
    /// Why this file cannot go there.
    refused: Option<Told>,
    /// In what the two differ so much that it may be the wrong file.
    #[ts(inline)]
    differs: Vec<Difference>,
}

#[derive(Debug, Serialize, TS)]
struct NewFile {
    name: String,
    #[ts(inline)]
    kind: Kind,
    #[ts(type = "number")]
    bytes: u64,
    /// What its headers say.
    #[ts(inline)]
    facts: Option<Facts>,
}

/// Something that a person would look at twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
enum Difference {
    /// It runs much longer or shorter.
    Length,
    /// It is of another shape: upright for lying, or letterboxed.
    Shape,
    /// It has fewer lines.
    Smaller,
}

/// Hands files to the queue, each for a video.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceVideos {
    offer: u32,
    workspace: String,
    #[ts(inline)]
    pairs: Vec<FileForVideo>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
struct FileForVideo {
    file: u32,
    #[ts(type = "number")]
    video: u64,
}

/// Makes a moment of a video its thumbnail.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetThumbnailMoment {
    workspace: String,
    #[ts(type = "number")]
    video: u64,
    /// Seconds from its beginning.
    at_s: f64,
}

/// What became of the files.
#[derive(Debug, Default, Serialize, TS)]
pub(crate) struct Replaced {
    items: Vec<ItemId>,
    #[ts(inline)]
    failed: Vec<NotReplaced>,
}

#[derive(Debug, Serialize, TS)]
struct NotReplaced {
    file: u32,
    trouble: Told,
}

impl Shell {
    pub(crate) async fn library_choose(
        &self,
        ChooseReplacement { want }: ChooseReplacement,
    ) -> Result<Option<Offer>, Failure> {
        let choice = match want {
            Want::Video => Choice::Replacement,
            Want::Image => Choice::Picture,
            Want::Images => Choice::Pictures,
        };
        let paths = self.choose(choice).await?;
        if paths.is_empty() { Ok(None) } else { self.offer(By::Files, paths).await.map(Some) }
    }

    pub(crate) async fn library_compare(&self, compare: Compare) -> Result<Comparison, Failure> {
        let Compare { offer, file, workspace, video } = compare;
        let origin = self.workspace_called(&workspace).await?;
        let found = self.offered_file(offer, file)?;
        let path = found.file.clone();
        let (kind, facts) = off_thread(move || Ok((kind_of(&path), facts::of(&path)))).await?;
        let video = self.place.engine().await?.video(origin, video).await?;
        let name = name_of(&found.file);
        let fits = kind.clone().and_then(|kind| fitting(kind, &name, &video));
        let differs = match (&fits, facts) {
            (Ok(kind), Some(facts)) => differences(*kind, facts, &video),
            _ => Vec::new(),
        };
        let file = NewFile { name, kind: Kind::of(kind.ok()), bytes: found.size, facts };
        Ok(Comparison { file, video, refused: fits.err().map(|failure| self.voice.tell(&failure)), differs })
    }

    pub(crate) async fn library_replace(&self, replace: ReplaceVideos) -> Result<Replaced, Failure> {
        let ReplaceVideos { offer, workspace, pairs } = replace;
        let origin = self.workspace_called(&workspace).await?;
        let engine = self.place.engine().await?;
        let mut done = Replaced::default();
        let mut handed = Vec::new();
        for FileForVideo { file, video } in pairs {
            match self.offered_file(offer, file) {
                Ok(found) => {
                    let replace = Replace::new(found.file, origin.clone(), video);
                    handed.push((file, Replace { await_playable: true, ..replace }));
                }
                Err(failure) => done.failed.push(NotReplaced { file, trouble: self.voice.tell(&failure) }),
            }
        }
        let (files, handed): (Vec<u32>, Vec<Replace>) = handed.into_iter().unzip();
        let mut replaced = pin!(stream::iter(files).zip(engine.replace_all(handed)));
        while let Some((file, replaced)) = replaced.next().await {
            match replaced {
                Ok(added) => done.items.push(added.item.id),
                Err(failure) => done.failed.push(NotReplaced { file, trouble: self.voice.tell(&failure) }),
            }
        }
        Ok(done)
    }

    pub(crate) async fn library_set_moment(&self, moment: SetThumbnailMoment) -> Result<ItemId, Failure> {
        let SetThumbnailMoment { workspace, video, at_s } = moment;
        let at =
            Duration::try_from_secs_f64(at_s).map_err(|error| Failure::new(Code::RequestInvalid).caused_by(&error))?;
        let moment = Moment(u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
        let origin = self.workspace_called(&workspace).await?;
        let added = self.place.engine().await?.set_moment(SetMoment::new(origin, video, moment)).await?;
        Ok(added.item.id)
    }

    /// A file that was handed over.
    pub(crate) fn offered_file(&self, offer: u32, file: u32) -> Result<Found, Failure> {
        let found = self.offers.get(offer)?;
        found.get(file as usize).cloned().ok_or_else(|| Failure::new(Code::OfferGone))
    }
}

/// The kind of a file that can go where a video is. The engine looks again before it sends: the file may be another by
/// then.
fn fitting(kind: FileKind, name: &str, video: &LibraryVideo) -> Result<FileKind, Failure> {
    if kind.may_replace(video.kind) { Ok(kind) } else { Err(Failure::new(Code::FileKindMismatch).detail(name)) }
}

/// A tenth: a cut of its opening titles is less, another talk is more.
const LENGTH: f64 = 0.1;

/// Seconds below which no length is far from another: titles, a fade.
const SHORT: f64 = 3.0;

/// Of the ratio of width and height: encoders round to even numbers.
const SHAPE: f64 = 0.03;

/// In what a file differs from what it goes in the place of. Of what is not known nothing is said.
fn differences(kind: FileKind, facts: Facts, video: &LibraryVideo) -> Vec<Difference> {
    let apart = |new: f64, old: f64, share: f64| (new - old).abs() > share * old.max(f64::MIN_POSITIVE);
    let is_thumbnail = kind == FileKind::Image && video.kind != FileKind::Image;
    let mut differences = Vec::new();
    if let (Some(new), Some(old)) = (facts.seconds, video.length_s)
        && (f64::from(new) - old).abs() > SHORT
        && apart(f64::from(new), old, LENGTH)
    {
        differences.push(Difference::Length);
    }
    if let (Some(width), Some(height), Some(old_width), Some(old_height)) =
        (facts.width, facts.height, video.width, video.height)
    {
        let shape = |width: u32, height: u32| f64::from(width) / f64::from(height.max(1));
        if apart(shape(width, height), shape(old_width, old_height), SHAPE) {
            differences.push(Difference::Shape);
        }
        // A thumbnail is smaller than the film that it is of, and that is nothing to look at twice.
        if !is_thumbnail && height < old_height {
            differences.push(Difference::Smaller);
        }
    }
    differences
}

#[cfg(test)]
mod tests;
