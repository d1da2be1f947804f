//! What is to be made true about a video once it has an id: each an intent that is journalled, begun, done and ticked.

use super::{Baseline, CompanionFile, FoundBy, Item, Locale, Moment, Replaced, Session, Stored, Video};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Something to make true once the video has an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// What.
    pub what: FollowUpKind,
    /// The server may have been told: from here on its answer is what is missing.
    #[serde(default)]
    pub begun: bool,
    /// Ticked: the server has acknowledged it.
    pub done: bool,
}

/// The kinds of follow-up, in the order in which they are done: nobody is to see the video without what belongs to it,
/// so publishing comes last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpKind {
    /// Bring the details to this version, variables included.
    Describe {
        /// The item's details version that this brings to the server.
        version: u32,
    },
    /// Make this image the thumbnail.
    Thumbnail {
        /// The image as it was taken in.
        file: CompanionFile,
    },
    /// Add these subtitles.
    Subtitles {
        /// The text as it was taken in.
        file: CompanionFile,
        /// Its language.
        locale: Locale,
    },
    /// Make the picture at this moment the thumbnail.
    ThumbnailAt {
        /// When.
        moment: Moment,
    },
    /// Publish now.
    Publish,
    /// Publish once the video can be played.
    PublishWhenPlayable,
    /// Have the server publish at an instant.
    PublishOn {
        /// When.
        date: Timestamp,
    },
}

impl FollowUpKind {
    /// Whether the video may be public after this.
    #[must_use]
    pub fn publishes(&self) -> bool {
        matches!(self, Self::Publish | Self::PublishWhenPlayable | Self::PublishOn { .. })
    }

    fn is_companion(&self) -> bool {
        matches!(self, Self::Thumbnail { .. } | Self::Subtitles { .. })
    }

    /// Whether both make the same bytes the same part of the video, wherever they lie.
    fn has_the_bytes_of(&self, other: &Self) -> bool {
        let same = |one: &CompanionFile, other: &CompanionFile| (one.size, &one.hash) == (other.size, &other.hash);
        match (self, other) {
            (Self::Thumbnail { file: one }, Self::Thumbnail { file: other }) => same(one, other),
            (Self::Subtitles { file: one, locale }, Self::Subtitles { file: other, locale: in_locale }) => {
                locale == in_locale && same(one, other)
            }
            _ => false,
        }
    }

    /// Whether one takes the place of the other.
    fn is_in_the_place_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Thumbnail { .. }, Self::Thumbnail { .. }) => true,
            (Self::Subtitles { locale: one, .. }, Self::Subtitles { locale: other, .. }) => one == other,
            _ => false,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Describe { .. } => 0,
            Self::Thumbnail { .. } | Self::ThumbnailAt { .. } => 1,
            Self::Subtitles { .. } => 2,
            Self::Publish | Self::PublishWhenPlayable | Self::PublishOn { .. } => 3,
        }
    }
}

impl From<FollowUpKind> for FollowUp {
    fn from(what: FollowUpKind) -> Self {
        Self { what, begun: false, done: false }
    }
}

impl Item {
    /// What is true once the server has the item's video, which came by this session, with all that is to be done about
    /// it.
    #[must_use]
    pub fn stored(&self, video: u64, found_by: FoundBy, session: Option<&Session>) -> Stored {
        Stored {
            video: Video { id: video, admin_url: self.workspace.manage_page(video), public_url: None },
            found_by,
            follow_ups: self.follow_ups(session.map_or(0, Session::details_version)),
            details_version: self.details_version,
            twins: Vec::new(),
            playable: None,
            was_public: session.and_then(Session::baseline).is_some_and(|it| it.published),
            replaced: session.and_then(Session::baseline).map(Replaced::of).map(Box::new),
        }
    }

    /// What is true once the video was looked at of which a moment is to become the thumbnail.
    #[must_use]
    pub fn stored_for_moment(&self, video: u64, moment: Moment, before: Baseline) -> Stored {
        Stored {
            follow_ups: vec![FollowUpKind::ThumbnailAt { moment }.into()],
            was_public: before.published,
            replaced: Some(Box::new(Replaced { before, seen: None })),
            ..self.stored(video, FoundBy::Target, None)
        }
    }

    /// Everything that is to be made true once the video has an id, when the server had this version of the details
    /// with the upload token.
    #[must_use]
    pub fn follow_ups(&self, acknowledged: u32) -> Vec<FollowUp> {
        if self.replaces.is_some() {
            return Vec::new();
        }
        // An edit of the token does not take these.
        let edited_address = self.details_version > 1 && self.details.absolute_url.is_some();
        let describe = self.details_version > acknowledged || !self.details.variables.is_empty() || edited_address;
        let describe = describe.then_some(FollowUpKind::Describe { version: self.details_version });
        let companions = self.companions.follow_ups();
        describe.into_iter().chain(companions).chain(self.publish.follow_up()).map(FollowUp::from).collect()
    }
}

impl Stored {
    /// Whether all is done, and a new version was looked for.
    #[must_use]
    pub fn has_nothing_open(&self) -> bool {
        self.follow_ups.iter().all(|it| it.done) && !self.awaits_version()
    }

    /// Whether a new version is still to be looked for.
    #[must_use]
    pub fn awaits_version(&self) -> bool {
        self.replaced.as_ref().is_some_and(|it| it.seen.is_none())
    }

    /// With what came of looking for the new version; `None` where there is none to look for, or none yet.
    pub(super) fn version_checked(mut self, seen: bool) -> Option<Self> {
        if !self.follow_ups.iter().all(|it| it.done) {
            return None;
        }
        self.replaced.as_mut().filter(|it| it.seen.is_none())?.seen = Some(seen);
        Some(self)
    }

    /// The place of what is to be done next.
    #[must_use]
    pub fn next_follow_up(&self) -> Option<usize> {
        let open = self.follow_ups.iter().enumerate().filter(|(_, it)| !it.done);
        open.min_by_key(|(index, it)| (it.what.rank(), *index)).map(|(index, _)| index)
    }

    /// Whether the video may be public, or may become so, by what was begun.
    #[must_use]
    pub fn may_be_public(&self) -> bool {
        self.follow_ups.iter().any(|it| (it.begun || it.done) && it.what.publishes())
    }

    /// Whether subtitles in this language came before: that some are there says nothing of the ones that come after.
    #[must_use]
    pub fn had_subtitles_in(&self, language: &Locale) -> bool {
        let same = |what: &FollowUpKind| matches!(what, FollowUpKind::Subtitles { locale, .. } if locale == language);
        self.follow_ups.iter().any(|it| it.done && same(&it.what))
    }

    /// What is still to be done when the item is as it is now; `None` when that is what is planned already. What was
    /// begun to make the video public stays as it is: it may be true by now.
    #[must_use]
    pub fn revised(&self, item: &Item) -> Option<Vec<FollowUpKind>> {
        if item.replaces.is_some() {
            return None;
        }
        let all = || self.follow_ups.iter().map(|it| &it.what);
        let open = || self.follow_ups.iter().filter(|it| !it.done).map(|it| &it.what);
        let describes = self.details_version < item.details_version;
        let companions: Vec<FollowUpKind> = item.companions.follow_ups().collect();
        let stale = |what: &FollowUpKind| what.is_companion() && !companions.contains(what);
        let publish = item.publish.follow_up();
        let publishes = !self.may_be_public() && all().find(|what| what.publishes()) != publish.as_ref();
        let as_planned = companions.iter().all(|what| self.is_planned(what)) && !open().any(stale);
        if as_planned && !describes && !publishes {
            return None;
        }
        let kept = open().filter(|what| match what {
            FollowUpKind::Describe { .. } => !describes,
            what if what.is_companion() => !stale(what),
            _ => !publishes,
        });
        let mut revised: Vec<FollowUpKind> = kept.cloned().collect();
        revised.extend(describes.then_some(FollowUpKind::Describe { version: item.details_version }));
        revised.extend(companions.into_iter().filter(|what| !self.is_planned(what)));
        revised.extend(publish.filter(|_| publishes));
        Some(revised)
    }

    /// Whether a companion is on its way, or is the last that came to its place. Where another may have come since, it is
    /// neither.
    fn is_planned(&self, what: &FollowUpKind) -> bool {
        if self.follow_ups.iter().any(|it| !it.done && it.what == *what) {
            return true;
        }
        let in_its_place = || self.follow_ups.iter().filter(|it| it.what.is_in_the_place_of(what));
        let perhaps_another = in_its_place().any(|it| it.begun && !it.done && !it.what.has_the_bytes_of(what));
        !perhaps_another && in_its_place().rfind(|it| it.done).is_some_and(|it| it.what.has_the_bytes_of(what))
    }

    /// With `open` in the place of everything that is not done. `None` when that would leave out what may have made the
    /// video public.
    pub(super) fn planned(mut self, details_version: u32, open: Vec<FollowUpKind>) -> Option<Self> {
        let begun: Vec<FollowUpKind> =
            self.follow_ups.iter().filter(|it| it.begun && !it.done).map(|it| it.what.clone()).collect();
        if begun.iter().any(|what| what.publishes() && !open.contains(what)) || details_version < self.details_version {
            return None;
        }
        self.follow_ups.retain(|it| it.done);
        let open = open.into_iter().map(|what| FollowUp { begun: begun.contains(&what), what, done: false });
        self.follow_ups.extend(open);
        self.details_version = details_version;
        Some(self)
    }
}
