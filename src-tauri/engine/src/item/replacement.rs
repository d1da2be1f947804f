//! What an item puts in place of something that is there already, and how a change of that can be noticed.
//!
//! Under the vendor's one call a video replaces a video's file and a picture its thumbnail; the file's own kind decides.
//! An answer may be lost here as anywhere, and there is no new video to look for: what can be compared is how the old
//! one looked just before ([`Baseline`]). The decisions are in `commit.rs`, the acts in `transfer/replacement.rs`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing a file is, and so what it replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum FileKind {
    /// Moving pictures.
    Video,
    /// Sound alone.
    Audio,
    /// A picture.
    Image,
}

impl FileKind {
    /// Whether a file of this kind, sent to an object of that one, does what a person means by it. A picture becomes a
    /// video's or a recording's thumbnail; everything else replaces its own kind alone.
    #[must_use]
    pub fn may_replace(self, object: Self) -> bool {
        self == Self::Image || self == object
    }
}

/// What is replaced, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Replacement {
    /// The vendor's `photo_id` of a video or an image.
    pub video: u64,
    /// The file's kind at intake; a moment's is a picture.
    pub kind: FileKind,
    /// The moment of the video that becomes its thumbnail. Then there is no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<Moment>,
}

impl Replacement {
    /// By a file of this kind.
    #[must_use]
    pub fn by_file(video: u64, kind: FileKind) -> Self {
        Self { video, kind, moment: None }
    }

    /// A video's thumbnail by a moment of its own.
    #[must_use]
    pub fn by_moment(video: u64, moment: Moment) -> Self {
        Self { video, kind: FileKind::Image, moment: Some(moment) }
    }

    /// Whether this goes in that object's place as a person means it.
    #[must_use]
    pub fn fits(&self, object: FileKind) -> bool {
        // Nothing but moving pictures has a frame.
        if self.moment.is_some() { object == FileKind::Video } else { self.kind.may_replace(object) }
    }
}

/// A moment of a video, in milliseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Moment(pub u64);

impl Moment {
    /// Seconds from the beginning.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

/// As `1:02:03.5`, `2:03` or `0:12.345`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1000, self.0 % 1000);
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        match hours {
            0 => write!(f, "{minutes}:{seconds:02}")?,
            _ => write!(f, "{hours}:{minutes:02}:{seconds:02}")?,
        }
        match format!("{rest:03}").trim_end_matches('0') {
            "" => Ok(()),
            rest => write!(f, ".{rest}"),
        }
    }
}

/// A replacement that the server has taken, until it is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// How the object looked just before.
    pub before: Baseline,
    /// `Some(true)` once the new version was seen, `Some(false)` once it was looked for in vain: the server has taken it,
    /// and whether it shows it cannot be known.
    pub seen: Option<bool>,
}

impl Replaced {
    /// Of what looked like this just before, and was not looked at since.
    #[must_use]
    pub fn of(before: &Baseline) -> Self {
        Self { before: before.clone(), seen: None }
    }
}

/// How a video looked at one moment, as far as the list tells. Nothing in it is a secret: tokens and addresses of
/// pictures, which open drafts to whoever has them, are kept as hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// Everything that is called a revision.
    pub revision: String,
    /// Of the object's public token.
    pub token: String,
    /// Of the thumbnail's addresses and sizes.
    pub picture: String,
    /// The running time, as the server says it.
    pub length: String,
    /// Of the renditions' addresses and sizes.
    pub renditions: String,
    /// How much of it is transcoded, in thousandths; `None` when the server does not say.
    pub transcoded: Option<u16>,
    /// Whether the public can see it. Compared to nothing: people publish meanwhile.
    pub published: bool,
}

impl Baseline {
    /// What is different now, in words for the log; empty when nothing is.
    ///
    /// While a video is still being transcoded its pictures, length and renditions come by themselves, and count for
    /// nothing. Progress only rises by itself: that it fell means that the work began anew.
    #[must_use]
    pub fn changes_to(&self, now: &Self) -> Vec<&'static str> {
        let settled = self.transcoded.is_none_or(|share| share >= 1000);
        [
            ("revision", self.revision != now.revision),
            ("token", self.token != now.token),
            ("picture", settled && self.picture != now.picture),
            ("length", settled && self.length != now.length),
            ("renditions", settled && self.renditions != now.renditions),
            ("transcoding", self.was_begun_anew(now)),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// What a look at a replaced object says about its new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionSign {
    /// All is as it was.
    None,
    /// Something is different that other changes could be the reason for.
    Likely,
    /// What a new version changes is different.
    Sure,
}

impl Baseline {
    /// What `now` says about a new version of this kind.
    #[must_use]
    pub fn sign_of(&self, now: &Self, kind: FileKind) -> VersionSign {
        let changes = self.changes_to(now);
        let own: &[&str] = match kind {
            FileKind::Image => &["picture", "token"],
            FileKind::Video | FileKind::Audio => &["length", "renditions", "transcoding", "token"],
        };
        match changes.iter().any(|change| own.contains(change)) {
            true => VersionSign::Sure,
            false if changes.is_empty() => VersionSign::None,
            // Somebody may have edited its title, or set a thumbnail.
            false => VersionSign::Likely,
        }
    }

    /// Whether its transcoding began anew: progress only rises by itself.
    #[must_use]
    pub fn was_begun_anew(&self, now: &Self) -> bool {
        matches!((self.transcoded, now.transcoded), (Some(before), Some(after)) if after < before)
    }

    /// Whether what can be played now is not what could be played then. Nothing can be said where it was not finished
    /// then: the rest of it came by itself.
    #[must_use]
    pub fn has_other_renditions(&self, now: &Self) -> bool {
        let settled = self.transcoded.is_none_or(|share| share >= 1000);
        settled && (self.renditions != now.renditions || self.length != now.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> Baseline {
        Baseline {
            revision: "3".into(),
            token: "t".into(),
            picture: "p".into(),
            length: "60".into(),
            renditions: "r".into(),
            transcoded: Some(1000),
            published: true,
        }
    }

    #[test]
    fn each_sign_of_a_replacement_is_noticed_by_itself() {
        let before = settled();
        assert_eq!(before.changes_to(&settled()), Vec::<&str>::new());
        let cases: [(&str, Baseline); 6] = [
            ("revision", Baseline { revision: "4".into(), ..settled() }),
            ("token", Baseline { token: "u".into(), ..settled() }),
            ("picture", Baseline { picture: "q".into(), ..settled() }),
            ("length", Baseline { length: "61".into(), ..settled() }),
            ("renditions", Baseline { renditions: String::new(), ..settled() }),
            ("transcoding", Baseline { transcoded: Some(0), ..settled() }),
        ];
        for (name, now) in cases {
            assert_eq!(before.changes_to(&now), [name]);
        }
    }

    #[test]
    fn publishing_is_no_sign_and_neither_is_what_comes_by_itself_while_a_video_is_transcoded() {
        let public = Baseline { published: false, ..settled() };
        assert!(settled().changes_to(&public).is_empty());
        let working = Baseline { transcoded: Some(300), picture: String::new(), length: "0".into(), ..settled() };
        assert!(working.changes_to(&settled()).is_empty(), "it went on and was finished");
        let anew = Baseline { transcoded: Some(100), ..working.clone() };
        assert_eq!(working.changes_to(&anew), ["transcoding"]);
    }

    #[test]
    fn a_new_version_is_sure_only_by_what_a_new_version_changes() {
        let sign = |now: Baseline, kind| settled().sign_of(&now, kind);
        let edited = || Baseline { revision: "4".into(), ..settled() };
        let pictured = || Baseline { picture: "q".into(), ..edited() };
        let longer = || Baseline { length: "61".into(), ..edited() };
        for (now, of_a_picture, of_a_film) in [
            (settled(), VersionSign::None, VersionSign::None),
            (edited(), VersionSign::Likely, VersionSign::Likely),
            (pictured(), VersionSign::Sure, VersionSign::Likely),
            (longer(), VersionSign::Likely, VersionSign::Sure),
        ] {
            let signs = (sign(now.clone(), FileKind::Image), sign(now.clone(), FileKind::Video));
            assert_eq!(signs, (of_a_picture, of_a_film), "{now:?}");
        }
    }

    #[test]
    fn finished_is_about_the_new_file_only_where_something_else_says_so() {
        assert!(!settled().has_other_renditions(&settled()), "it may be the old one's");
        assert!(settled().has_other_renditions(&Baseline { renditions: "s".into(), ..settled() }));
        let unfinished = Baseline { transcoded: Some(300), ..settled() };
        let finished = Baseline { renditions: "s".into(), ..settled() };
        assert!(!unfinished.has_other_renditions(&finished), "the rest of the old one came by itself");
        assert!(settled().was_begun_anew(&unfinished) && !unfinished.was_begun_anew(&settled()));
    }

    #[test]
    fn a_moment_is_of_a_film_and_of_nothing_else() {
        let moment = Replacement::by_moment(7, Moment(12_500));
        let fits = [FileKind::Video, FileKind::Audio, FileKind::Image].map(|object| moment.fits(object));
        assert_eq!(fits, [true, false, false]);
    }

    #[test]
    fn a_moment_reads_as_people_say_it() {
        for (ms, text) in [(0, "0:00"), (12_500, "0:12.5"), (123_045, "2:03.045"), (3_723_000, "1:02:03")] {
            assert_eq!(Moment(ms).to_string(), text);
        }
    }

    #[test]
    fn a_replacement_of_before_there_were_moments_is_by_a_file() {
        let read: Replacement = serde_json::from_str(r#"{"video":7,"kind":"image"}"#).unwrap();
        assert_eq!(read, Replacement::by_file(7, FileKind::Image));
    }

    #[test]
    fn a_picture_goes_everywhere_and_everything_else_to_its_own_kind() {
        use FileKind::{Audio, Image, Video};
        for (file, object, fits) in [
            (Video, Video, true),
            (Video, Image, false),
            (Video, Audio, false),
            (Audio, Audio, true),
            (Audio, Video, false),
            (Image, Video, true),
            (Image, Audio, true),
            (Image, Image, true),
        ] {
            assert_eq!(file.may_replace(object), fits, "{file:?} to {object:?}");
        }
    }
}
