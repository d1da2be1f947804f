//! What is asked for and what is answered: a page of videos, fresh or as last known.

use super::LibraryVideo;
use crate::api::{LARGEST_PAGE, Listing, Wanted};
use crate::failure::Failure;
use crate::store::KnownQuery;
use serde::{Deserialize, Serialize};

/// Which of the videos are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Show {
    /// All.
    #[default]
    All,
    /// Those that the public does not see. Not to be had in version 1 of the API.
    Drafts,
    /// Those that the public sees.
    Published,
    /// Those of the person who is signed in. Not to be had in version 1 of the API.
    Mine,
}

/// A question to the library.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VideoQuery {
    /// In title, description and tags; everything where it is empty.
    pub search: String,
    /// Which of them.
    pub show: Show,
    /// Of this category alone: its id, or its name in any capitals.
    pub category: Option<String>,
    /// From 1.
    pub page: u32,
    /// Videos on a page, 1 to 100; 0 is the most.
    pub size: u32,
}

/// A page of videos, the last that was uploaded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoPage {
    /// The videos.
    pub videos: Vec<LibraryVideo>,
    /// Those of all pages. Where there is trouble, of those that are known.
    pub total: u64,
    /// Which page this is, from 1.
    pub page: u32,
    /// How many a page may have.
    pub size: u32,
    /// When the workspace said so, in epoch seconds on this machine's clock.
    pub as_of: i64,
    /// Why the workspace could not be asked: this is what was last known.
    pub trouble: Option<Failure>,
}

impl VideoQuery {
    /// The same, as far as it can be asked.
    pub(super) fn bounded(&self) -> Self {
        let size = if self.size == 0 { LARGEST_PAGE } else { self.size.min(LARGEST_PAGE) };
        Self { page: self.page.max(1), size, ..self.clone() }
    }

    pub(super) fn wanted(&self, category: Option<u64>) -> Wanted {
        let published = match self.show {
            Show::All | Show::Mine => None,
            Show::Drafts => Some(false),
            Show::Published => Some(true),
        };
        Wanted {
            search: self.search.clone(),
            own: self.show == Show::Mine,
            published,
            category,
            page: self.page,
            size: self.size,
        }
    }

    /// The same question to what was last known.
    pub(super) fn known(&self) -> KnownQuery {
        let Self { search, page, size, .. } = self.bounded();
        let words = search.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let published = self.wanted(None).published;
        let skip = u64::from(page - 1) * u64::from(size);
        let category = self.category.as_ref().map(|name| name.trim().to_lowercase());
        KnownQuery { words, published, own: self.show == Show::Mine, category, skip, most: u64::from(size) }
    }

    /// The times of upload between which an answer has everything that there is: what else is known of that time is gone.
    pub(super) fn covered(&self, listing: &Listing) -> Option<(i64, i64)> {
        let Self { search, show, category, page, size } = self;
        if !search.trim().is_empty() || *show != Show::All || category.is_some() {
            return None;
        }
        let (first, last) = (listing.videos.first()?.uploaded?, listing.videos.last()?.uploaded?);
        let is_last = u64::from(*page) * u64::from(*size) >= listing.total;
        // Those of the very same second may be on the next page.
        Some((if is_last { i64::MIN } else { last }, if *page == 1 { i64::MAX } else { first }))
    }
}
