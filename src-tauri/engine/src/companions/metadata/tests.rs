//! The schema, field by field.

use super::*;

const MANUAL: &str = include_str!("../../../../../docs/metadata.md");
const SCHEMA: &str = include_str!("../../../../../docs/metadata.schema.json");

fn ours(text: &str) -> Details {
    match understand(text) {
        Ok(Reading::Ours(details)) => *details,
        other => panic!("{text}: {other:?}"),
    }
}

/// Where it is wrong, and why.
fn wrong(text: &str) -> (String, &'static str) {
    let wrong = understand(text).expect_err(text);
    (wrong.path, wrong.why)
}

#[test]
fn every_field_is_read() {
    let details = ours(
        r#"{
            "slipway": 1, "title": "A talk", "description": "Line\nline", "tags": ["spring", "two words"],
            "categories": [12, "News"], "publish": "when_playable", "absolute_url": "https://example.com/talk",
            "variables": {"speaker": "Ada"}, "thumbnail": "stills/cover.jpg",
            "subtitles": ["talk.en.srt", {"file": "danish.vtt", "locale": "da"}, {"file": "x.srt"}]
        }"#,
    );
    let said = details.said;
    assert_eq!(said.title.as_deref(), Some("A talk"));
    assert_eq!(said.description.as_deref(), Some("Line\nline"));
    assert_eq!(said.tags, Some(vec!["spring".to_owned(), "two words".to_owned()]));
    assert_eq!(said.categories, Some(vec![Category::Id(12), Category::Name("News".to_owned())]));
    assert_eq!(said.publish, Some(Publish::WhenPlayable));
    assert_eq!(said.absolute_url.as_deref(), Some("https://example.com/talk"));
    assert_eq!(said.variables["speaker"], "Ada");
    assert_eq!(details.thumbnail.as_deref(), Some("stills/cover.jpg"));
    let named = |file: &str, locale: Option<&str>| (file.to_owned(), locale.map(|it| it.parse().unwrap()));
    assert_eq!(
        details.subtitles,
        Some(vec![named("talk.en.srt", None), named("danish.vtt", Some("da")), named("x.srt", None)])
    );
    assert_eq!(ours(r#"{"slipway": 1}"#), Details::default());
    let dated = ours(r#"{"slipway": 1, "publish": "2027-01-31T09:00+01:00"}"#);
    assert_eq!(dated.said.publish, Some(Publish::OnDate("2027-01-31T08:00:00Z".parse().unwrap())));
}

#[test]
fn a_field_that_is_null_says_nothing() {
    let nulls: Vec<String> = FIELDS[1..].iter().map(|field| format!("\"{field}\": null")).collect();
    assert_eq!(ours(&format!("{{\"slipway\": 1, {}}}", nulls.join(", "))), Details::default());
}

#[test]
fn a_mistake_is_named_by_its_place() {
    for (field, path, why) in [
        (r#""titel": "x""#, "titel", "why.field_like"),
        (r#""Title": "x""#, "Title", "why.field_like"),
        (r#""colour": "red""#, "colour", "why.field_unknown"),
        (r#""title": "a", "title": "b""#, "title", "why.field_twice"),
        (r#""title": 5"#, "title", "why.no_text"),
        (r#""title": " ""#, "title", "why.empty"),
        (r#""description": ["x"]"#, "description", "why.no_text"),
        (r#""tags": "a b""#, "tags", "why.no_list"),
        (r#""tags": ["a", 5]"#, "tags[1]", "why.no_text"),
        (r#""tags": [""]"#, "tags[0]", "why.empty"),
        (r#""categories": [1.5]"#, "categories[0]", "why.no_category"),
        (r#""categories": [1, -2]"#, "categories[1]", "why.no_category"),
        (r#""publish": true"#, "publish", "why.no_text"),
        (r#""publish": "soon""#, "publish", "why.no_publish"),
        (r#""absolute_url": "example.com""#, "absolute_url", "why.no_address"),
        (r#""absolute_url": "file:///etc/passwd""#, "absolute_url", "why.no_address"),
        (r#""variables": []"#, "variables", "why.no_object"),
        (r#""variables": {"photo_id": "1"}"#, "variables.photo_id", "why.spoken_for"),
        (r#""variables": {"a": 1}"#, "variables.a", "why.no_text"),
        (r#""variables": {"a": "1", "a": "2"}"#, "variables.a", "why.field_twice"),
        (r#""thumbnail": "../cover.jpg""#, "thumbnail", "why.outside"),
        (r#""thumbnail": "/cover.jpg""#, "thumbnail", "why.outside"),
        (r#""thumbnail": "a\\b.jpg""#, "thumbnail", "why.outside"),
        (r#""thumbnail": """#, "thumbnail", "why.outside"),
        (r#""subtitles": {}"#, "subtitles", "why.no_list"),
        (r#""subtitles": [5]"#, "subtitles[0]", "why.no_subtitle"),
        (r#""subtitles": ["a.srt", {"locale": "en"}]"#, "subtitles[1].file", "why.field_missing"),
        (r#""subtitles": ["a.srt", {"file": "b.srt", "locale": "english"}]"#, "subtitles[1].locale", "why.no_locale"),
        (r#""subtitles": [{"file": "b.srt", "lokale": "en"}]"#, "subtitles[0].lokale", "why.field_like"),
        (r#""subtitles": [{"file": "b.srt", "file": "c.srt"}]"#, "subtitles[0].file", "why.field_twice"),
        (r#""subtitles": [{"file": "x/../../b.srt"}]"#, "subtitles[0].file", "why.outside"),
    ] {
        assert_eq!(wrong(&format!("{{\"slipway\": 1, {field}}}")), (path.to_owned(), why), "{field}");
    }
}

#[test]
fn a_mistake_in_the_syntax_is_named_by_line_and_column() {
    let wrong = understand("{\n  \"slipway\": 1,\n  \"title\" \"x\"\n}").unwrap_err();
    assert_eq!((wrong.path.as_str(), wrong.why), ("", "why.syntax"));
    assert_eq!(wrong.values, [("line", "3".to_owned()), ("column", "11".to_owned())]);
    for broken in ["", "{", "{\"slipway\": 1,}", "{\"slipway\": 1} x"] {
        assert_eq!(understand(broken).unwrap_err().why, "why.syntax", "{broken}");
    }
}

#[test]
fn a_newer_version_is_told_so_and_not_taken_for_mistakes() {
    assert_eq!(wrong(r#"{"chapters": [], "slipway": 2}"#), ("slipway".to_owned(), "why.version_newer"));
    for none in [r#""1""#, "0", "-1", "1.5", "null", "true"] {
        assert_eq!(wrong(&format!("{{\"slipway\": {none}}}")), ("slipway".to_owned(), "why.version_missing"), "{none}");
    }
}

#[test]
fn somebody_elses_file_is_passed_over_and_ours_without_its_version_is_not() {
    for foreign in [
        "[]",
        "5",
        "{}",
        r#"{"text": "Hello", "segments": [], "language": "en"}"#,
        r#"{"title": "A project", "timeline": {}}"#,
    ] {
        assert!(matches!(understand(foreign), Ok(Reading::Foreign(_))), "{foreign}");
    }
    assert_eq!(wrong(r#"{"title": "A talk", "tags": []}"#), ("slipway".to_owned(), "why.version_missing"));
}

#[test]
fn a_file_may_have_a_mark_and_be_utf_16_and_no_larger_than_a_megabyte() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("talk.json");
    let text = "{\"slipway\": 1, \"title\": \"Æ\"}";
    let marked = format!("\u{feff}{text}");
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.as_bytes(), marked.as_bytes(), &wide] {
        std::fs::write(&path, bytes).unwrap();
        let Ok(Reading::Ours(details)) = read(&path) else { panic!("{bytes:?}") };
        assert_eq!(details.said.title.as_deref(), Some("Æ"));
    }
    let code = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        read(&path).unwrap_err().code
    };
    assert_eq!(code(b"{\"slipway\": 1, \"title\": \"\xe6\"}"), Code::MetadataInvalid);
    assert_eq!(code(format!("{text}{}", " ".repeat(1024 * 1024)).as_bytes()), Code::MetadataInvalid);
    let transcript = format!("{{\"text\": \"{}\"}}", "x".repeat(1024 * 1024));
    std::fs::write(&path, transcript).unwrap();
    assert!(matches!(read(&path), Ok(Reading::Foreign(_))));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(read(&path).unwrap_err().code, Code::CompanionMissing);
}

#[test]
fn what_is_wrong_is_said_in_both_languages_with_file_and_field() {
    use crate::messages::Language;
    let failure = understand(r#"{"slipway": 1, "titel": "x"}"#).unwrap_err().failure(Path::new("/f/talk.json"));
    for (language, field) in [(Language::En, "“title”"), (Language::Da, "”title”")] {
        let text = failure.message(language);
        assert!(text.contains("/f/talk.json: titel: ") && text.contains(field), "{text}");
        assert!(!text.contains("why.") && !text.contains('{'), "{text}");
    }
}

#[test]
fn the_schema_for_editors_has_the_same_fields() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let names = |properties: &serde_json::Value| {
        let mut names: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let sorted = |fields: &[&str]| {
        let mut fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        fields.sort();
        fields
    };
    assert_eq!(names(&schema["properties"]), sorted(FIELDS));
    assert_eq!(schema["required"], serde_json::json!([OURS]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"][OURS]["const"], VERSION);
    let entry = &schema["properties"]["subtitles"]["items"]["anyOf"][1];
    assert_eq!((names(&entry["properties"]), &entry["additionalProperties"]), (sorted(SUBTITLE_FIELDS), &false.into()));
    let words: Vec<&str> = PUBLISH.iter().map(|(word, _)| *word).collect();
    assert_eq!(schema["properties"]["publish"]["anyOf"][0]["enum"], serde_json::json!(words));
}

#[test]
fn the_manual_names_every_field_and_its_examples_are_read() {
    for field in FIELDS.iter().chain(SUBTITLE_FIELDS) {
        assert!(MANUAL.contains(&format!("`{field}`")), "{field}");
    }
    for (word, _) in PUBLISH {
        assert!(MANUAL.contains(&format!("`\"{word}\"`")), "{word}");
    }
    let mut examples = 0;
    for example in MANUAL.split("```json\n").skip(1) {
        ours(example.split("```").next().unwrap());
        examples += 1;
    }
    assert!(examples >= 2, "{examples}");
}
