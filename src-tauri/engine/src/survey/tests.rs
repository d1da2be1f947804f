use super::*;
use std::fs;

struct Tree(tempfile::TempDir);

impl Tree {
    fn of(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn survey(&self, names: &[&str]) -> Survey {
        Survey::of(&names.iter().map(|name| self.path(name)).collect::<Vec<_>>())
    }

    fn names(&self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<String> {
        let short = |path: PathBuf| path.strip_prefix(self.0.path()).unwrap().to_string_lossy().into_owned();
        paths.into_iter().map(short).collect()
    }

    fn found(&self, survey: &Survey) -> Vec<String> {
        self.names(survey.found.iter().map(|it| it.file.clone()))
    }

    fn skipped(&self, survey: &Survey) -> Vec<(String, &'static str)> {
        let mut all: Vec<_> =
            survey.skipped.iter().map(|it| (self.names([it.file.clone()]).remove(0), it.why)).collect();
        all.sort();
        all
    }
}

#[test]
fn a_folder_comes_to_its_videos_and_pictures_with_what_goes_with_each() {
    let tree = Tree::of(&[
        "talks/b.mp4",
        "talks/a.mp4",
        "talks/a.jpg",
        "talks/a.da.srt",
        "talks/a.srt",
        "talks/a.json",
        "talks/cover.png",
        "talks/2026/spring/c_d.mov",
    ]);
    let survey = tree.survey(&["talks"]);
    assert_eq!(tree.found(&survey), ["talks/2026/spring/c_d.mov", "talks/a.mp4", "talks/b.mp4", "talks/cover.png"]);
    assert!(survey.skipped.is_empty());
    assert_eq!(survey.folders, [tree.path("talks")]);
    let [deep, talk, plain, cover] = &survey.found[..] else { panic!("{survey:?}") };
    assert_eq!((deep.folder.as_path(), deep.title.as_str()), (Path::new("2026/spring"), "c d"));
    assert_eq!(talk.folder, Path::new(""));
    assert_eq!(talk.thumbnail, Some(tree.path("talks/a.jpg")));
    let danish = Some("da".parse().unwrap());
    assert_eq!(talk.subtitles, [(None, tree.path("talks/a.srt")), (danish, tree.path("talks/a.da.srt"))]);
    assert_eq!(talk.details, Some(tree.path("talks/a.json")));
    assert_eq!((plain.kind, plain.size, &plain.thumbnail), (Some(FileKind::Video), 11, &None));
    assert_eq!(cover.kind, Some(FileKind::Image));
}

#[test]
fn what_is_left_out_is_told_unless_it_is_nobodys() {
    let tree = Tree::of(&[
        "d/.DS_Store",
        "d/._a.mp4",
        "d/.cache/a.mp4",
        "d/Thumbs.db",
        "d/notes.docx",
        "d/~$notes.docx",
        "d/.~lock.notes.odt#",
        "d/film.mp4.crdownload",
        "d/film.mkv.part",
        "d/lonely.da.srt",
        "d/lonely.json",
    ]);
    fs::write(tree.path("d/empty.mp4"), "").unwrap();
    let survey = tree.survey(&["d", "gone.mp4"]);
    assert!(survey.found.is_empty(), "{survey:?}");
    let expected = [
        ("d/.~lock.notes.odt#", "skip.lock"),
        ("d/empty.mp4", "skip.empty"),
        ("d/film.mkv.part", "skip.partial"),
        ("d/film.mp4.crdownload", "skip.partial"),
        ("d/lonely.da.srt", "skip.alone"),
        ("d/lonely.json", "skip.alone"),
        ("d/notes.docx", "skip.kind"),
        ("d/~$notes.docx", "skip.lock"),
        ("gone.mp4", "skip.unreadable"),
    ];
    assert_eq!(tree.skipped(&survey), expected.map(|(name, why)| (name.to_owned(), why)));
    for (_, why) in expected {
        assert!(crate::messages::has(why), "{why}");
    }
}

#[test]
fn a_file_that_is_handed_over_by_itself_is_meant_whatever_it_is_called() {
    let tree = Tree::of(&["recording", "talk.mp4", "talk.jpg", "other.jpg"]);
    let survey = tree.survey(&["recording", "talk.jpg", "talk.mp4", "other.jpg", "talk.mp4"]);
    assert_eq!(tree.found(&survey), ["recording", "talk.mp4", "other.jpg"]);
    assert_eq!(survey.found[0].kind, None);
    assert_eq!(survey.found[1].thumbnail, Some(tree.path("talk.jpg")));
    // Without its video it is a picture of its own.
    assert_eq!(tree.found(&tree.survey(&["talk.jpg"])), ["talk.jpg"]);
}

#[test]
fn what_lies_in_a_folder_and_is_handed_over_once_more_is_found_once() {
    let tree = Tree::of(&["d/a.mp4", "d/e/b.mp4"]);
    assert_eq!(tree.found(&tree.survey(&["d/e/b.mp4", "d", "d/e"])), ["d/e/b.mp4", "d/a.mp4"]);
}

#[cfg(unix)]
#[test]
fn links_lead_neither_out_of_a_folder_nor_in_a_circle() {
    use std::os::unix::fs::symlink;
    let tree = Tree::of(&["outside/secret.mp4", "d/a.mp4"]);
    symlink(tree.path("outside"), tree.path("d/out")).unwrap();
    symlink(tree.path("d"), tree.path("d/round")).unwrap();
    symlink(tree.path("outside/secret.mp4"), tree.path("d/film.mp4")).unwrap();
    let survey = tree.survey(&["d"]);
    assert_eq!(tree.found(&survey), ["d/a.mp4"]);
    assert_eq!(tree.skipped(&survey), ["d/film.mp4", "d/out", "d/round"].map(|name| (name.to_owned(), "skip.link")));
    // One that is handed over by itself is meant.
    assert_eq!(tree.found(&tree.survey(&["d/film.mp4"])), ["d/film.mp4"]);
    assert_eq!(tree.found(&tree.survey(&["d/out"])), ["d/out/secret.mp4"]);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_unicode_and_a_pipe_stop_nobody() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = Tree::of(&["d/a.mp4"]);
    let strange = tree.path("d").join(OsStr::from_bytes(b"t\xffk.mp4"));
    fs::write(&strange, "bytes").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(tree.path("d/pipe.mp4")).status().unwrap().success());
    let survey = tree.survey(&["d"]);
    assert_eq!(survey.found.iter().map(|it| it.file.clone()).collect::<Vec<_>>(), [tree.path("d/a.mp4"), strange]);
    assert_eq!(tree.skipped(&survey), [("d/pipe.mp4".to_owned(), "skip.not_a_file")]);
}

#[test]
fn a_wrong_folder_is_told_in_two_hundred_lines_and_a_number() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..Survey::SKIPPED + 7 {
        fs::write(dir.path().join(format!("{n}.txt")), "text").unwrap();
    }
    let survey = Survey::of(&[dir.path().to_owned()]);
    assert_eq!((survey.skipped.len(), survey.skipped_more), (Survey::SKIPPED, 7));
}

#[test]
fn ten_thousand_videos_with_pictures_are_each_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    for n in 0..10_000 {
        fs::write(dir.path().join(format!("{n}.mp4")), "bytes").unwrap();
        fs::write(dir.path().join(format!("{n}.jpg")), "bytes").unwrap();
    }
    let survey = Survey::of(&[dir.path().to_owned()]);
    assert_eq!(survey.found.len(), 10_000);
    assert!(survey.found.iter().all(|it| it.thumbnail == Some(it.file.with_extension("jpg"))));
}
