//! Folders with files in them, and what is taken of them.

use super::*;
use std::fs;
use tempfile::TempDir;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
const SRT: &[u8] = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n";
const VTT: &[u8] = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";

/// A folder with a video and these files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("talk.mp4"), "a film").unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn taken(dir: &TempDir, choice: &CompanionChoice) -> Result<Taken, Failure> {
    take(&dir.path().join("talk.mp4"), choice, &Together::default())
}

fn name(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().into_owned()
}

/// The names of the thumbnail and the subtitles.
fn names(taken: &Taken) -> (Option<String>, Vec<String>) {
    let Companions { thumbnail, subtitles } = &taken.companions;
    let subtitles = subtitles.iter().map(|it| format!("{}: {}", it.locale, name(&it.file.path)));
    (thumbnail.as_ref().map(|it| name(&it.path)), subtitles.collect())
}

#[test]
fn everything_of_the_videos_name_is_taken_and_what_is_passed_over_is_said() {
    let dir = folder(&[
        ("talk.png", PNG),
        ("talk.JPG", JPEG),
        ("talk.da.srt", SRT),
        ("talk.en.srt", SRT),
        ("talk.en.vtt", VTT),
        ("talk.final.srt", SRT),
        ("talk.json", br#"{"slipway": 1, "title": "Said"}"#),
        ("other.jpg", JPEG),
    ]);
    let found = taken(&dir, &CompanionChoice::default()).unwrap();
    assert_eq!(
        names(&found),
        (Some("talk.JPG".to_owned()), vec!["da: talk.da.srt".to_owned(), "en: talk.en.vtt".to_owned()])
    );
    assert_eq!(found.said.title.as_deref(), Some("Said"));
    let notes = found.notes.join("\n");
    for passed_over in ["talk.png", "talk.en.srt", "talk.final.srt"] {
        assert!(notes.contains(passed_over), "{passed_over}: {notes}");
    }
    assert_eq!(found.notes.len(), 3, "{notes}");
    let none = taken(&dir, &CompanionChoice::none()).unwrap();
    assert_eq!((names(&none), none.said), ((None, Vec::new()), Said::default()));
}

#[test]
fn subtitles_without_a_language_are_in_the_default_one_or_hold_the_video_back() {
    let dir = folder(&[("talk.srt", SRT)]);
    let failure = taken(&dir, &CompanionChoice::default()).unwrap_err();
    assert_eq!(failure.code, Code::CompanionInvalid);
    assert!(failure.to_string().contains("talk.srt"), "{failure}");
    let danish = CompanionChoice { locale: Some("da".parse().unwrap()), ..CompanionChoice::default() };
    assert_eq!(names(&taken(&dir, &danish).unwrap()).1, ["da: talk.srt"]);
    fs::write(dir.path().join("talk.da.srt"), SRT).unwrap();
    let both = taken(&dir, &danish).unwrap();
    assert_eq!(names(&both).1, ["da: talk.da.srt"], "a language in the name goes before the default");
    assert!(both.notes[0].contains("talk.srt"), "{:?}", both.notes);
}

#[test]
fn two_files_of_one_form_in_one_language_are_a_mistake_that_names_both() {
    let dir = folder(&[("talk.en.srt", SRT), ("talk.eng.srt", SRT)]);
    let failure = taken(&dir, &CompanionChoice::default()).unwrap_err();
    let text = failure.to_string();
    assert!(text.contains("talk.en.srt") && text.contains("talk.eng.srt"), "{text}");
}

#[test]
fn what_is_named_outright_goes_before_the_file_of_details_and_that_before_the_name() {
    let dir = folder(&[
        ("talk.jpg", JPEG),
        ("cover.png", PNG),
        ("other.png", PNG),
        ("talk.en.srt", SRT),
        ("talk.da.srt", SRT),
        ("english.vtt", VTT),
        ("mine.srt", SRT),
    ]);
    let details =
        br#"{"slipway": 1, "thumbnail": "cover.png", "subtitles": [{"file": "english.vtt", "locale": "en"}]}"#;
    fs::write(dir.path().join("talk.json"), details).unwrap();
    let by_details = taken(&dir, &CompanionChoice::default()).unwrap();
    assert_eq!(names(&by_details), (Some("cover.png".to_owned()), vec!["en: english.vtt".to_owned()]));
    let path = |name: &str| dir.path().join(name);
    let named = |file: &str, locale: Option<&str>| SubtitleChoice {
        file: path(file),
        locale: locale.map(|it| it.parse().unwrap()),
    };
    let outright = CompanionChoice {
        thumbnail: Some(path("other.png")),
        subtitles: vec![named("mine.srt", Some("en")), named("talk.da.srt", None)],
        ..CompanionChoice::default()
    };
    let found = taken(&dir, &outright).unwrap();
    assert_eq!(
        names(&found),
        (Some("other.png".to_owned()), vec!["en: mine.srt".to_owned(), "da: talk.da.srt".to_owned()])
    );
    // Without the file of details, what lies beside the video fills what was not named.
    fs::remove_file(path("talk.json")).unwrap();
    let one = CompanionChoice { subtitles: vec![named("mine.srt", Some("en"))], ..CompanionChoice::default() };
    let found = taken(&dir, &one).unwrap();
    assert_eq!(
        names(&found),
        (Some("talk.jpg".to_owned()), vec!["en: mine.srt".to_owned(), "da: talk.da.srt".to_owned()])
    );
}

#[test]
fn a_file_that_cannot_be_used_is_a_failure_that_names_it() {
    for (file, bytes, code) in [
        ("talk.jpg", b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".as_slice(), Code::CompanionInvalid),
        ("talk.png", b"", Code::CompanionInvalid),
        ("talk.en.srt", b"no subtitles", Code::CompanionInvalid),
        ("talk.json", b"{", Code::MetadataInvalid),
        ("talk.json", br#"{"slipway": 1, "thumbnail": "gone.jpg"}"#, Code::CompanionMissing),
        ("talk.json", br#"{"slipway": 1, "subtitles": ["gone.en.srt"]}"#, Code::CompanionMissing),
        ("talk.json", br#"{"slipway": 1, "subtitles": ["talk.mp4"]}"#, Code::CompanionInvalid),
    ] {
        let dir = folder(&[(file, bytes)]);
        let failure = taken(&dir, &CompanionChoice::default()).unwrap_err();
        assert_eq!(failure.code, code, "{file} {failure}");
        assert!(failure.detail.is_some_and(|detail| detail.contains(&dir.path().display().to_string())));
    }
    let dir = folder(&[]);
    let missing = CompanionChoice { thumbnail: Some(dir.path().join("gone.jpg")), ..CompanionChoice::default() };
    assert_eq!(named(&missing).unwrap_err().code, Code::CompanionMissing);
}

#[test]
fn somebody_elses_file_of_the_same_name_changes_nothing_and_is_said() {
    let dir = folder(&[("talk.json", br#"{"text": "A transcript", "segments": []}"#)]);
    let found = taken(&dir, &CompanionChoice::default()).unwrap();
    assert_eq!(found.said, Said::default());
    assert!(found.notes[0].contains("talk.json"), "{:?}", found.notes);
}

#[test]
fn an_image_has_no_thumbnail_and_no_subtitles() {
    let dir = folder(&[("cover.jpg", JPEG), ("cover.png", PNG), ("cover.en.srt", b"no subtitles")]);
    let found = take(&dir.path().join("cover.jpg"), &CompanionChoice::default(), &Together::default()).unwrap();
    assert_eq!(names(&found), (None, Vec::new()));
}

#[test]
fn an_address_is_one_of_the_web_and_of_nothing_else() {
    for address in ["https://video.example.com/7", "http://127.0.0.1:2323/manage/video/7", "HTTPS://VIDEO.EXAMPLE.COM"]
    {
        assert!(is_address(address), "{address}");
    }
    for other in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "smb://server/share",
        "ssh://-oProxyCommand=x/",
        "mailto:somebody@example.com",
        "//video.example.com/7",
        "/manage/video/7",
        "http:",
        "",
    ] {
        assert!(!is_address(other), "{other}");
    }
}
