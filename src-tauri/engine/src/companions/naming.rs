//! Which name goes with which video: the same stem, then perhaps a language, then an extension in any capitals.

use crate::failure::Failure;
use crate::item::{FileKind, Locale};
use crate::source::kind_by_name;
use crate::timing::FOLDER_TELLING;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Images that may be thumbnails, the first that is there goes before the others.
const IMAGES: &[&str] = &["jpg", "jpeg", "png"];

/// Subtitles.
const TEXTS: &[&str] = &["vtt", "srt"];

/// The file of details.
const DETAILS: &str = "json";

/// The names in a folder.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// When it was changed last, where that tells a later change apart.
    changed: Option<SystemTime>,
    /// Sorted by their bytes, so that those with one beginning lie together.
    names: Vec<OsString>,
    /// The names of links. What they lead to may lie anywhere, and whoever put them here need not be whoever sends.
    links: Vec<OsString>,
}

impl Folder {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let changed = std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let settled = |at: &SystemTime| SystemTime::now().duration_since(*at).is_ok_and(|age| age > FOLDER_TELLING);
        let changed = changed.filter(settled);
        let (mut names, mut links): (Vec<OsString>, Vec<OsString>) = Default::default();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            if is_link { links.push(entry.file_name()) } else { names.push(entry.file_name()) }
        }
        Ok(Self { links, ..Self::of(path, changed, names) })
    }

    pub(super) fn of(path: &Path, changed: Option<SystemTime>, mut names: Vec<OsString>) -> Self {
        names.sort_by(|a, b| a.as_encoded_bytes().cmp(b.as_encoded_bytes()));
        Self { path: path.to_owned(), changed, names, links: Vec::new() }
    }

    /// Whether it is this folder, as it is now.
    pub(super) fn is_still(&self, path: &Path) -> bool {
        let now = || std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
        self.path == path && self.changed.is_some() && self.changed == now()
    }

    /// The names that begin with these bytes.
    fn beginning_with(&self, start: &[u8]) -> &[OsString] {
        let from = self.names.partition_point(|name| name.as_encoded_bytes() < start);
        let rest = &self.names[from..];
        &rest[..rest.partition_point(|name| name.as_encoded_bytes().starts_with(start))]
    }
}

/// A video in its folder.
pub(super) struct Place<'a> {
    folder: &'a Folder,
    stem: Vec<u8>,
    own: OsString,
    image: bool,
}

/// A file of subtitles.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) path: PathBuf,
    pub(super) locale: Option<Locale>,
    pub(super) webvtt: bool,
}

impl<'a> Place<'a> {
    pub(super) fn of(video: &Path, folder: &'a Folder) -> Self {
        Self {
            folder,
            stem: stem(video),
            own: video.file_name().unwrap_or_default().to_owned(),
            image: kind_by_name(video) == Some(FileKind::Image),
        }
    }

    /// Whether it is an image: that has neither thumbnail nor subtitles.
    pub(super) fn is_image(&self) -> bool {
        self.image
    }

    /// Every other name of this stem with what follows it, in lower case and without the first dot.
    fn others(&self) -> impl Iterator<Item = (&OsString, String)> {
        let start = [&self.stem[..], b"."].concat();
        let length = start.len();
        let names = self.folder.beginning_with(&start).iter().filter(|name| **name != self.own);
        names.filter_map(move |name| {
            let rest = std::str::from_utf8(&name.as_encoded_bytes()[length..]).ok()?;
            Some((name, rest.to_ascii_lowercase()))
        })
    }

    fn path(&self, name: &OsStr) -> PathBuf {
        self.folder.path.join(name)
    }

    /// The file of details.
    pub(super) fn details(&self) -> Option<PathBuf> {
        self.others().find(|(_, rest)| rest == DETAILS).map(|(name, _)| self.path(name))
    }

    /// The images, in the order in which they are thumbnails.
    pub(super) fn images(&self) -> Vec<PathBuf> {
        let rank = |rest: &str| IMAGES.iter().position(|image| *image == rest);
        let mut found: Vec<_> = self.others().filter_map(|(name, rest)| Some((rank(&rest)?, name))).collect();
        found.sort();
        found.into_iter().map(|(_, name)| self.path(name)).collect()
    }

    /// The subtitles, in no particular order.
    pub(super) fn texts(&self) -> Vec<Text> {
        let found = self.others().filter_map(|(name, rest)| {
            let (before, extension) = rest.rsplit_once('.').map_or((None, rest.as_str()), |(a, b)| (Some(a), b));
            if !TEXTS.contains(&extension) || before.is_some_and(|_| self.belongs_to_another(name)) {
                return None;
            }
            let locale = match before {
                None => None,
                Some(before) => Some(before.parse().ok()?),
            };
            Some(Text { path: self.path(name), locale, webvtt: extension == "vtt" })
        });
        found.collect()
    }

    /// Links that would be taken if they were files.
    pub(super) fn links(&self) -> Vec<PathBuf> {
        let links = Folder::of(&self.folder.path, None, self.folder.links.clone());
        let place = Place { folder: &links, stem: self.stem.clone(), own: self.own.clone(), image: self.image };
        let texts = place.texts().into_iter().map(|text| text.path);
        place.details().into_iter().chain(place.images()).chain(texts).collect()
    }

    /// Refuses what lies outside of the folder by a link on the way to it, whatever it is called.
    pub(super) fn refuse_links(&self, path: &Path) -> Result<(), Failure> {
        let mut below = path.ancestors().take_while(|above| *above != self.folder.path);
        let is_link = |above: &Path| std::fs::symlink_metadata(above).is_ok_and(|meta| meta.is_symlink());
        match below.find(|above| is_link(above)) {
            Some(link) => Err(super::invalid(link).because("why.link", [])),
            None => Ok(()),
        }
    }

    /// Names that look as if they were meant, and are not taken.
    pub(super) fn strange(&self) -> impl Iterator<Item = PathBuf> {
        self.others().filter_map(|(name, rest)| {
            let (before, extension) = rest.rsplit_once('.').map_or((None, rest.as_str()), |(a, b)| (Some(a), b));
            let strange = match before {
                None => matches!(extension, "webp" | "gif" | "heic" | "ass" | "ssa" | "sub" | "ttml" | "sbv"),
                Some(before) => {
                    TEXTS.contains(&extension) && before.parse::<Locale>().is_err() && !self.belongs_to_another(name)
                }
            };
            strange.then(|| self.path(name))
        })
    }

    /// Whether a longer stem claims it: `talk.en.srt` is of `talk.en.mp4` where there is one.
    fn belongs_to_another(&self, name: &OsStr) -> bool {
        let mut longer = stem(Path::new(name));
        while longer.len() > self.stem.len() {
            let start = [&longer[..], b"."].concat();
            let media = |name: &OsString| stem(Path::new(name)) == longer && is_media(Path::new(name));
            if self.folder.beginning_with(&start).iter().any(media) {
                return true;
            }
            let Some(dot) = longer.iter().rposition(|byte| *byte == b'.') else { return false };
            longer.truncate(dot);
        }
        false
    }
}

fn stem(path: &Path) -> Vec<u8> {
    path.file_stem().unwrap_or_default().as_encoded_bytes().to_vec()
}

fn is_media(path: &Path) -> bool {
    matches!(kind_by_name(path), Some(FileKind::Video | FileKind::Audio))
}

/// Whether a file is WebVTT by its name.
pub(super) fn is_webvtt(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("vtt"))
}

/// The language in a name such as `talk.en.srt`.
pub(super) fn locale_in(path: &Path) -> Option<Locale> {
    let stem = path.file_stem()?.to_str()?;
    stem.rsplit_once('.')?.1.parse().ok()
}

/// A hand-over of several files, told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandOver {
    /// What is to be uploaded, in the order given.
    pub uploads: Vec<PathBuf>,
    /// What goes with one of these, and with which.
    pub companions: Vec<(PathBuf, PathBuf)>,
}

/// Tells the files that are to be uploaded from those that go with one of them: `talk.jpg` handed over together with
/// `talk.mp4` is its thumbnail and no upload of its own. By names alone; nothing is opened.
#[must_use]
pub fn sort_out(files: &[PathBuf]) -> HandOver {
    let absolute = |file: &Path| std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let mut media: HashMap<(Option<PathBuf>, Vec<u8>), &PathBuf> = HashMap::new();
    for file in files {
        let path = absolute(file);
        if is_media(&path) {
            media.entry((path.parent().map(Path::to_owned), stem(&path))).or_insert(file);
        }
    }
    let mut sorted = HandOver::default();
    for file in files {
        let path = absolute(file);
        let parent = path.parent().map(Path::to_owned);
        let of = |wanted: Vec<u8>| media.get(&(parent.clone(), wanted));
        match stems_meant(&path).into_iter().find_map(of) {
            Some(video) => sorted.companions.push((file.clone(), (*video).clone())),
            None => sorted.uploads.push(file.clone()),
        }
    }
    sorted
}

/// What goes with a video by the names beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub(crate) thumbnail: Option<PathBuf>,
    pub(crate) subtitles: Vec<(Option<Locale>, PathBuf)>,
    pub(crate) details: Option<PathBuf>,
}

impl Beside {
    /// Of a video among the names of its folder.
    pub(crate) fn of(video: &Path, folder: &Folder) -> Self {
        let place = Place::of(video, folder);
        let details = place.details();
        if place.is_image() {
            return Self { details, ..Self::default() };
        }
        let mut subtitles: Vec<_> = place.texts().into_iter().map(|text| (text.locale, text.path)).collect();
        subtitles.sort();
        Self { thumbnail: place.images().into_iter().next(), subtitles, details }
    }
}

/// Whether a file has the name of something that goes with a video and is nothing by itself: subtitles, details.
pub(crate) fn is_nothing_alone(path: &Path) -> bool {
    !stems_meant(path).is_empty() && kind_by_name(path) != Some(FileKind::Image)
}

/// Whether a file has the name of something that may go with a video: a picture, subtitles, details.
pub(crate) fn may_go_with_a_film(path: &Path) -> bool {
    !stems_meant(path).is_empty()
}

/// The stems of the videos that a name can go with, the longest first; none when it is no companion's name.
fn stems_meant(path: &Path) -> Vec<Vec<u8>> {
    let Some(extension) = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase) else {
        return Vec::new();
    };
    let text = TEXTS.contains(&extension.as_str());
    if !text && !IMAGES.contains(&extension.as_str()) && extension != DETAILS {
        return Vec::new();
    }
    let whole = stem(path);
    let mut stems = vec![whole.clone()];
    if text && locale_in(path).is_some() {
        stems.extend(whole.iter().rposition(|byte| *byte == b'.').map(|dot| whole[..dot].to_vec()));
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &[&str]) -> Folder {
        Folder::of(Path::new("/f"), None, folder.iter().map(OsString::from).collect())
    }

    fn shown(paths: Vec<PathBuf>) -> Vec<String> {
        paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn companions_are_found_by_the_videos_stem_in_any_capitals_of_the_extension() {
        let folder = names(&[
            "talk.mp4",
            "talk.PNG",
            "talk.jpg",
            "talk.json",
            "talk.en.srt",
            "talk.pt-BR.VTT",
            "talk.srt",
            "talk.zh-Hans.vtt",
            "talk2.jpg",
            "Talk.jpg",
            "talk",
            "talk.",
            "talk.jpg.bak",
            "talk.final.srt",
            "talk.en.jpg",
            "other.en.srt",
            "talk.webp",
        ]);
        let place = Place::of(Path::new("/f/talk.mp4"), &folder);
        assert_eq!(shown(place.images()), ["talk.jpg", "talk.PNG"]);
        assert_eq!(place.details(), Some("/f/talk.json".into()));
        let mut texts: Vec<(String, Option<String>)> = place
            .texts()
            .into_iter()
            .map(|text| (shown(vec![text.path]).remove(0), text.locale.map(|locale| locale.to_string())))
            .collect();
        texts.sort();
        let said = |name: &str, locale: Option<&str>| (name.to_owned(), locale.map(str::to_owned));
        assert_eq!(
            texts,
            [
                said("talk.en.srt", Some("en")),
                said("talk.pt-BR.VTT", Some("pt-BR")),
                said("talk.srt", None),
                said("talk.zh-Hans.vtt", Some("zh-Hans")),
            ]
        );
        assert_eq!(shown(place.strange().collect()), ["talk.final.srt", "talk.webp"]);
    }

    #[test]
    fn a_stem_with_dots_is_whole_and_the_longest_one_claims_a_name() {
        let folder = names(&[
            "a.b.mp4",
            "a.b.jpg",
            "a.b.da.srt",
            "a.jpg",
            "talk.mp4",
            "talk.en.mp4",
            "talk.en.srt",
            "talk.en.da.srt",
        ]);
        let texts = |video: &str| {
            let place = Place::of(&Path::new("/f").join(video), &folder);
            let mut names = shown(place.texts().into_iter().map(|text| text.path).collect());
            names.sort();
            names
        };
        assert_eq!(shown(Place::of(Path::new("/f/a.b.mp4"), &folder).images()), ["a.b.jpg"]);
        assert_eq!(texts("a.b.mp4"), ["a.b.da.srt"]);
        assert_eq!(texts("talk.mp4"), Vec::<String>::new());
        assert_eq!(texts("talk.en.mp4"), ["talk.en.da.srt", "talk.en.srt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_unicode_has_companions_too() {
        use std::os::unix::ffi::OsStrExt;
        let name = |bytes: &[u8]| OsStr::from_bytes(bytes).to_owned();
        let all = vec![name(b"t\xffk.mp4"), name(b"t\xffk.jpg"), name(b"t\xffk.en.srt"), name(b"t\xffk.\xfe.srt")];
        let folder = Folder::of(Path::new("/f"), None, all);
        let video = Path::new("/f").join(name(b"t\xffk.mp4"));
        let place = Place::of(&video, &folder);
        assert_eq!(place.images(), [Path::new("/f").join(name(b"t\xffk.jpg"))]);
        assert_eq!(place.texts().len(), 1);
    }

    #[test]
    fn what_is_handed_over_with_a_video_by_the_shell_is_no_upload_of_its_own() {
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let files = paths(&[
            "talk.en.srt",
            "talk.jpg",
            "talk.json",
            "talk.mp4",
            "talk.webp",
            "talk.final.srt",
            "b/talk.jpg",
            "cover.jpg",
            "notes.json",
            "./talk.vtt",
            "TALK.jpg",
        ]);
        let sorted = sort_out(&files);
        assert_eq!(
            sorted.uploads,
            paths(&["talk.mp4", "talk.webp", "talk.final.srt", "b/talk.jpg", "cover.jpg", "notes.json", "TALK.jpg"])
        );
        let companions: Vec<&Path> = sorted.companions.iter().map(|(file, _)| file.as_path()).collect();
        assert_eq!(companions, paths(&["talk.en.srt", "talk.jpg", "talk.json", "./talk.vtt"]));
        assert!(sorted.companions.iter().all(|(_, video)| video == Path::new("talk.mp4")));
        // Without their video they are files like any other.
        assert_eq!(sort_out(&files[..3]).uploads, files[..3]);
    }

    #[test]
    fn a_folder_is_read_again_when_it_may_have_changed() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!Folder::read(dir.path()).unwrap().is_still(dir.path()), "its time does not tell yet");
        let earlier = SystemTime::now() - 2 * FOLDER_TELLING;
        std::fs::File::open(dir.path()).unwrap().set_modified(earlier).unwrap();
        let folder = Folder::read(dir.path()).unwrap();
        assert!(folder.is_still(dir.path()) && !folder.is_still(Path::new("/")));
        std::fs::write(dir.path().join("talk.jpg"), "new").unwrap();
        assert!(!folder.is_still(dir.path()));
    }
}
