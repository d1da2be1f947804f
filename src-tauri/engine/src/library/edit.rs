//! What is said about videos that are there already, changed in place. The server takes some of it and leaves out the rest
//! without a word (a tag, a category that is gone, markup), so each video is read back, and what is not as asked is told.
//!
//! Saying the same again does no harm, so a lost answer is no question: the video says what became of it.

use super::branch::refused as refused_by_server;
use super::{Library, LibraryVideo};
use crate::api::{CallError, FoundVideo, PublishChange, VideoChange};
use crate::failure::{Code, Failure};
use crate::item::Category;
use crate::workspace::Origin;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Videos of one edit that are changed at once.
const AT_ONCE: usize = 3;

/// How far the server's date may be from the one that was asked for, in seconds: it may keep minutes alone.
const SAME_DATE: u64 = 60;

/// Further back than two clocks are apart, in seconds.
const A_DAY: i64 = 24 * 60 * 60;

/// What is to be said about videos from now on. What is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct VideoEdit {
    /// The title; never empty.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// Tags beside those that are there.
    pub add_tags: Vec<String>,
    /// Tags to take away, in any capitals.
    pub remove_tags: Vec<String>,
    /// All categories, by id or name.
    pub categories: Option<Vec<String>>,
    /// Whether and when the public sees it.
    pub publish: Option<Publication>,
}

/// Whether and when the public sees a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Publication {
    /// Not, and it stays so.
    Draft,
    /// From now on.
    Now,
    /// From this instant on, in epoch seconds; ahead. Not to be had in version 1 of the API.
    At(i64),
}

/// Something that is said about a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum EditedField {
    /// The title.
    Title,
    /// The description.
    Description,
    /// The tags.
    Tags,
    /// The categories.
    Categories,
    /// Whether and when the public sees it.
    Publish,
}

/// What the server did not take as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct RefusedField {
    /// Which.
    pub field: EditedField,
    /// What was asked for, as text: tags and categories with commas between them; `draft`, `published`, or an instant in
    /// UTC.
    pub asked: String,
    /// What it has, in the same form.
    pub has: String,
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The video, read back.
    pub video: LibraryVideo,
    /// What is not as it was asked.
    pub refused: Vec<RefusedField>,
}

impl VideoEdit {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The tags that a video with these is to have.
    fn tags_of(&self, present: &[String]) -> Option<Vec<String>> {
        if self.tags.is_none() && self.add_tags.is_empty() && self.remove_tags.is_empty() {
            return None;
        }
        let mut tags: Vec<String> = Vec::new();
        for tag in self.tags.as_deref().unwrap_or(present).iter().chain(&self.add_tags) {
            let tag = tag.trim();
            let gone = self.remove_tags.iter().any(|it| same_word(it, tag));
            if !tag.is_empty() && !gone && !tags.iter().any(|it| it == tag) {
                tags.push(tag.to_owned());
            }
        }
        Some(tags)
    }
}

fn same_word(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// An edit as it is for one video.
struct Asked<'a> {
    edit: &'a VideoEdit,
    tags: Option<Vec<String>>,
    categories: Option<&'a [u64]>,
    publish: Option<PublishChange>,
}

impl Asked<'_> {
    fn change(&self) -> VideoChange<'_> {
        VideoChange {
            title: self.edit.title.as_deref().map(str::trim),
            description: self.edit.description.as_deref(),
            tags: self.tags.as_deref(),
            categories: self.categories,
            publish: self.publish,
        }
    }

    /// What of it a video does not have.
    fn refused_by(&self, found: &FoundVideo, told: &LibraryVideo) -> Vec<RefusedField> {
        let mut refused = Vec::new();
        let mut refuse = |field, asked: String, has: String| refused.push(RefusedField { field, asked, has });
        if let Some(title) = self.edit.title.as_deref().map(str::trim).filter(|title| *title != found.title.trim()) {
            refuse(EditedField::Title, title.to_owned(), found.title.clone());
        }
        if let Some(asked) = self.edit.description.as_deref().filter(|it| plain(it) != plain(&found.description)) {
            refuse(EditedField::Description, asked.to_owned(), found.description.clone());
        }
        if let Some(tags) = self.tags.as_deref().filter(|tags| in_order(tags) != in_order(&found.tags)) {
            refuse(EditedField::Tags, tags.join(", "), found.tags.join(", "));
        }
        if let Some(ids) = self.categories.filter(|ids| in_order(ids) != in_order(&found.categories)) {
            // By name as far as a person named them.
            let named = self.edit.categories.clone().unwrap_or_else(|| ids.iter().map(u64::to_string).collect());
            refuse(EditedField::Categories, named.join(", "), told.categories.join(", "));
        }
        if let Some(publish) = self.edit.publish.filter(|publish| !publish.is_so_of(told)) {
            refuse(EditedField::Publish, publish.in_words(), Publication::of(told).in_words());
        }
        refused
    }
}

/// A text without what a server may do to its ends and its lines.
fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n")
}

fn in_order<T: Ord + Clone>(list: &[T]) -> Vec<T> {
    let mut list = list.to_vec();
    list.sort();
    list.dedup();
    list
}

impl Publication {
    fn of(video: &LibraryVideo) -> Self {
        match video.publish_at {
            _ if video.published => Self::Now,
            Some(at) => Self::At(at),
            None => Self::Draft,
        }
    }

    fn is_so_of(self, video: &LibraryVideo) -> bool {
        match (self, Self::of(video)) {
            (Self::At(asked), Self::At(has)) => asked.abs_diff(has) <= SAME_DATE,
            (asked, has) => asked == has,
        }
    }

    fn in_words(self) -> String {
        match self {
            Self::Draft => "draft".to_owned(),
            Self::Now => "published".to_owned(),
            Self::At(at) => Timestamp::from_second(at).map_or_else(|_| at.to_string(), |at| at.to_string()),
        }
    }
}

impl Library {
    /// Changes what is said about videos; what came of it for each, in their order.
    pub(crate) async fn edit(
        &self,
        workspace: &Origin,
        ids: Vec<u64>,
        edit: &VideoEdit,
    ) -> Result<Vec<Result<Edited, Failure>>, Failure> {
        check(edit)?;
        // A category that is not there is one mistake and not one for each video.
        let categories = match &edit.categories {
            None => None,
            Some(named) => {
                let named: Vec<Category> = named.iter().map(|name| Category::parse(name)).collect();
                Some(self.branch(workspace).categories(&named).await?)
            }
        };
        let categories = categories.as_deref();
        let edits = ids.into_iter().map(|id| self.edit_one(workspace, id, edit, categories));
        Ok(stream::iter(edits).buffered(AT_ONCE).collect().await)
    }

    async fn edit_one(
        &self,
        workspace: &Origin,
        id: u64,
        edit: &VideoEdit,
        categories: Option<&[u64]>,
    ) -> Result<Edited, Failure> {
        let branch = self.branch(workspace);
        let before = self.found(workspace, id).await?;
        let now = branch.server_now();
        let ahead = before.publish_date.filter(|date| *date > now && !before.published);
        let publish = edit.publish.map(|publish| match publish {
            Publication::Draft if ahead.is_some() => {
                PublishChange::DraftInsteadOfLater { past: before.uploaded.unwrap_or(now).min(now - A_DAY) }
            }
            Publication::Draft => PublishChange::Draft,
            Publication::Now if ahead.is_some() => PublishChange::NowInsteadOfLater { now },
            Publication::Now => PublishChange::Now,
            Publication::At(at) => PublishChange::At(at),
        });
        let asked = Asked { edit, tags: edit.tags_of(&before.tags), categories, publish };
        let change = asked.change();
        let said = branch.call(|api, pass| async move { api.change_video(id, change, &pass).await }).await?;
        let unsure = match said {
            Ok(()) => None,
            // It may have been heard all the same.
            Err(error @ (CallError::Unreached(_) | CallError::Busy { .. } | CallError::Unreadable { .. })) => {
                Some(error)
            }
            Err(error) => return Err(refused_by_server(error)),
        };
        let found = match self.found(workspace, id).await {
            Ok(found) => found,
            Err(failure) => return Err(unsure.map_or(failure, refused_by_server)),
        };
        let video = self.tell_one(workspace, &found).await?;
        let refused = asked.refused_by(&found, &video);
        match unsure {
            Some(error) if !refused.is_empty() => Err(refused_by_server(error)),
            _ => Ok(Edited { video, refused }),
        }
    }
}

/// What cannot be, before anything is asked of a workspace.
fn check(edit: &VideoEdit) -> Result<(), Failure> {
    let wrong = |what: &str, why: &str| Err(Failure::new(Code::DetailsInvalid).detail(what).because(why, []));
    if edit.is_empty() {
        return wrong("edit", "why.nothing_to_change");
    }
    if edit.title.as_deref().is_some_and(|title| title.trim().is_empty()) {
        return wrong("title", "why.empty");
    }
    match edit.publish {
        Some(Publication::At(at)) if at <= Timestamp::now().as_second() => {
            wrong(&Publication::At(at).in_words(), "why.date_past")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn tags_are_replaced_added_and_taken_away_in_this_order() {
        let present = words(&["Spring", "talk"]);
        let edit = |tags: Option<&[&str]>, add: &[&str], remove: &[&str]| VideoEdit {
            tags: tags.map(words),
            add_tags: words(add),
            remove_tags: words(remove),
            ..VideoEdit::default()
        };
        assert_eq!(VideoEdit::default().tags_of(&present), None, "they stay as they are");
        assert_eq!(edit(Some(&[]), &[], &[]).tags_of(&present), Some(Vec::new()), "none at all");
        assert_eq!(edit(None, &["new", "talk", " "], &[]).tags_of(&present), Some(words(&["Spring", "talk", "new"])));
        assert_eq!(edit(None, &[], &["SPRING"]).tags_of(&present), Some(words(&["talk"])));
        assert_eq!(edit(Some(&["a", "b"]), &["c"], &["a"]).tags_of(&present), Some(words(&["b", "c"])));
    }

    #[test]
    fn what_cannot_be_is_refused_before_anybody_is_asked() {
        let code = |edit: VideoEdit| check(&edit).map_err(|failure| (failure.code, failure.why.unwrap()));
        let refused = |why: &str| Err((Code::DetailsInvalid, why.to_owned()));
        assert_eq!(code(VideoEdit::default()), refused("why.nothing_to_change"));
        assert_eq!(code(VideoEdit { title: Some(" ".into()), ..VideoEdit::default() }), refused("why.empty"));
        let past = Publication::At(1_000_000_000);
        assert_eq!(code(VideoEdit { publish: Some(past), ..VideoEdit::default() }), refused("why.date_past"));
        assert_eq!(code(VideoEdit { tags: Some(Vec::new()), ..VideoEdit::default() }), Ok(()));
    }
}
