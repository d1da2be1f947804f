//! What an item puts in place of something that is there already, and how a change of that can be noticed.
//!
//! Under the vendor's one call a video replaces a video's file and a picture its thumbnail; the file's own kind decides.
//! An answer may be lost here as anywhere, and there is no new video to look for: what can be compared is how the old
//! one looked just before ([`Baseline`]). The decisions are in `commit.rs`, the acts in `transfer/replacement.rs`.

use serde::{Deserialize, Serialize};

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

/// What is replaced, and by which kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Replacement {
    /// The vendor's `photo_id` of a video or an image.
    pub video: u64,
    /// The file's kind at intake.
    pub kind: FileKind,
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
        let fell = match (self.transcoded, now.transcoded) {
            (Some(before), Some(after)) => after < before,
            _ => false,
        };
        [
            ("revision", self.revision != now.revision),
            ("token", self.token != now.token),
            ("picture", settled && self.picture != now.picture),
            ("length", settled && self.length != now.length),
            ("renditions", settled && self.renditions != now.renditions),
            ("transcoding", fell),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
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
