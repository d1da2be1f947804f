//! What a body says. Every answer to a piece of a file is read here, whatever its status, because the vendor's API has
//! answered the same question as a bare number, as JSON in four shapes, as a line of text, as XML and not at all.
//! Pure. What follows from an answer is decided in `api/chunk.rs` for ordinary chunks and `commit.rs` for the commit.

use serde_json::Value;

/// A body, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It names a video, and shows that the id came whole: something stands behind it.
    Video(u64),
    /// A bare number: an id, or the beginning of one. What was cut on its way can look whole to HTTP.
    Number(u64),
    /// `ok`, or nothing: taken, and nothing more is known.
    Accepted,
    /// An error in the server's words.
    Refused(Refusal),
    /// HTML, or something else that this API never says: not the API's answer at all.
    NotApi,
}

/// An error in the server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which of the few documented texts it is.
    pub kind: RefusalKind,
    /// The words, at most [`EXCERPT`] characters.
    pub text: String,
    /// The API's own word for it, empty where it gave none.
    pub code: String,
}

impl Refusal {
    /// Whether the call is known and the object is not.
    #[must_use]
    pub fn is_about_the_object(&self) -> bool {
        matches!(self.code.as_str(), "no_such_object" | "no_such_photo")
    }
}

/// The texts that the vendor's pages give. Recognising an error by its text is right here and nowhere else: the server
/// has no other way of saying which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The file type isn't supported.
    Type,
    /// The file is too large.
    Size,
    /// An envelope with a code about the credential that went along: version 1 says so with a status of 200.
    Credential,
    /// Anything else, a bad token's unspecified text among it.
    Other,
}

/// The codes of both versions that speak of the credential, and of nothing else.
pub(crate) const CREDENTIAL_CODES: [&str; 5] =
    ["permission_denied", "missing_authentication", "invalid_signature", "invalid_oauth_user", "invalid_oauth_site"];

/// How much of a foreign text is kept, in characters.
pub const EXCERPT: usize = 300;

/// Reads a body.
#[must_use]
pub fn read(body: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() || text.eq_ignore_ascii_case("ok") {
        return Answer::Accepted;
    }
    if let Some(value) = json(text) {
        return from_json(&value);
    }
    if let Some(rest) = text.strip_prefix("ok ") {
        // ok <domain> <tree_id> <photo_id> <token> [<callback>]: the video's id is the third word after "ok".
        return match rest.split_whitespace().collect::<Vec<_>>().as_slice() {
            [_, _, word, _, ..] => id(word).map_or_else(|| refused(text), Answer::Video),
            _ => refused(text),
        };
    }
    if let Some(message) = text.strip_prefix("error ") {
        return refused(message);
    }
    if text.starts_with('<') {
        return from_xml(text);
    }
    refused(text)
}

/// Whether an answer says that there is no such call: its status does, and no word of the API speaks of an object.
#[must_use]
pub fn is_unknown_call(status: u16, answer: &Answer) -> bool {
    let about_the_object = matches!(answer, Answer::Refused(refusal) if refusal.is_about_the_object());
    matches!(status, 404 | 405 | 501) && !about_the_object
}

/// The beginning of a body as text, for the log.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4 * EXCERPT)]).trim().chars().take(EXCERPT).collect()
}

/// JSON, also in v1's `var visual = …;` wrapping.
pub(crate) fn json(text: &str) -> Option<Value> {
    let text = text.strip_prefix("var ").and_then(|rest| rest.split_once('=')).map_or(text, |(_, value)| value);
    serde_json::from_str(text.trim().trim_end_matches(';')).ok()
}

fn from_json(value: &Value) -> Answer {
    if let Some(id) = number(value) {
        // Quotes have an end.
        return if value.is_string() { Answer::Video(id) } else { Answer::Number(id) };
    }
    let Value::Object(fields) = value else { return refused(&value.to_string()) };
    let said = |key: &str| fields.get(key).and_then(Value::as_str);
    if said("status") == Some("error") {
        return coded(said("code"), said("message").or(said("error")).unwrap_or("error"));
    }
    let id = ["data", "upload", "photo"]
        .into_iter()
        .filter_map(|key| fields.get(key))
        .map(|object| object.as_array().and_then(|list| list.first()).unwrap_or(object))
        .find_map(|object| object.get("photo_id"))
        .or_else(|| fields.get("photo_id"))
        .and_then(number);
    match id {
        Some(id) => Answer::Video(id),
        None if said("status") == Some("ok") => Answer::Accepted,
        None => refused(said("message").or(said("error")).unwrap_or(&value.to_string())),
    }
}

/// An id: a number, or one in quotes.
fn number(value: &Value) -> Option<u64> {
    value.as_str().map_or_else(|| value.as_u64().filter(|id| *id > 0), id)
}

/// Zero is what a missing number looks like.
fn id(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id| *id > 0)
}

fn from_xml(text: &str) -> Answer {
    use quick_xml::{Reader, XmlVersion, events::Event};
    let mut reader = Reader::from_str(text);
    let mut in_response = false;
    let mut in_id = false;
    let mut read = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.name().as_ref() == "response" => {
                let attribute = |name: &str| {
                    let attribute = tag.try_get_attribute(name).ok().flatten()?;
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                    Some(value.map_or_else(|_| attribute.value.to_string(), String::from))
                };
                match attribute("status").as_deref() {
                    Some("ok") => in_response = true,
                    Some(_) => {
                        return coded(attribute("code").as_deref(), &attribute("message").unwrap_or_default());
                    }
                    None => return Answer::NotApi,
                }
            }
            Ok(Event::Start(tag)) if tag.name().as_ref() == "photo_id" => in_id = in_response,
            Ok(Event::Text(value)) if in_id && read.is_none() => match id(value.trim()) {
                Some(id) => read = Some(id),
                None => return Answer::NotApi,
            },
            // Only its end shows that it is whole.
            Ok(Event::End(_)) if in_id => match read {
                Some(id) => return Answer::Video(id),
                None => in_id = false,
            },
            Ok(_) if in_id => return Answer::NotApi,
            Ok(Event::Decl(_) | Event::Comment(_) | Event::Text(_) | Event::PI(_)) => {}
            Ok(Event::Eof) => return if in_response { Answer::Accepted } else { Answer::NotApi },
            Ok(_) if in_response => in_id = false,
            Ok(_) | Err(_) => return Answer::NotApi,
        }
    }
}

fn coded(code: Option<&str>, text: &str) -> Answer {
    let Answer::Refused(mut refusal) = refused(text) else { return refused(text) };
    let code = code.unwrap_or_default();
    if CREDENTIAL_CODES.contains(&code) {
        refusal.kind = RefusalKind::Credential;
    }
    refusal.code = code.chars().take(EXCERPT).collect();
    Answer::Refused(refusal)
}

fn refused(text: &str) -> Answer {
    let lower = text.to_lowercase();
    let kind = if lower.contains("file type") || lower.contains("type isn't supported") {
        RefusalKind::Type
    } else if lower.contains("file is too large") {
        RefusalKind::Size
    } else {
        RefusalKind::Other
    };
    Answer::Refused(Refusal { kind, text: text.chars().take(EXCERPT).collect(), code: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kind(body: &str) -> Option<RefusalKind> {
        match read(body.as_bytes()) {
            Answer::Refused(refusal) => Some(refusal.kind),
            _ => None,
        }
    }

    #[test]
    fn every_known_way_of_naming_a_video_is_read() {
        for body in [
            "\"4711\"",
            r#"{"status":"ok","permission_level":"none","cached":false,"data":{"photo_id":4711,"tree_id":9,"token":"ab"}}"#,
            r#"{"status":"ok","data":{"photo_id":"4711","tree_id":"9"}}"#,
            r#"{"status":"ok","data":[{"photo_id":4711}]}"#,
            r#"{"status":"ok","upload":{"photo_id":"4711"}}"#,
            r#"{"photo":{"photo_id":4711}}"#,
            r#"{"photo_id":4711,"tree_id":9,"token":"ab"}"#,
            r#"var visual = {"status":"ok","photo":{"photo_id":"4711"}};"#,
            "ok video.example.com 9 4711 abcdef",
            "ok video.example.com 9 4711 abcdef https://example.com/done?theme=green",
            r#"<response status="ok" message="The file was successfully uploaded"><photo_id>4711</photo_id></response>"#,
            "<?xml version=\"1.0\"?>\n<response status=\"ok\"><upload>\n<tree_id>9</tree_id><photo_id>4711</photo_id></upload></response>",
        ] {
            assert_eq!(read(body.as_bytes()), Answer::Video(4711), "{body}");
            for cut in 0..body.len() {
                let named = matches!(read(&body.as_bytes()[..cut]), Answer::Video(id) if id != 4711);
                assert!(!named, "{body} names another video when it is cut after {cut} bytes");
            }
        }
    }

    #[test]
    fn a_bare_number_may_be_the_beginning_of_one() {
        for body in ["4711", " 4711\r\n", "var visual = 4711;"] {
            assert_eq!(read(body.as_bytes()), Answer::Number(4711), "{body}");
        }
    }

    #[test]
    fn ok_or_nothing_is_accepted_and_no_more() {
        for body in [
            "",
            " \n",
            "ok",
            "OK\n",
            r#"{"status":"ok"}"#,
            r#"<response status="ok"/>"#,
            r#"<response status="ok"></response>"#,
        ] {
            assert_eq!(read(body.as_bytes()), Answer::Accepted, "{body}");
        }
    }

    #[test]
    fn the_documented_refusals_are_told_apart_and_any_other_text_is_an_error() {
        assert_eq!(kind("The file type isn't supported"), Some(RefusalKind::Type));
        assert_eq!(kind("error The file type isn't supported"), Some(RefusalKind::Type));
        assert_eq!(
            kind(r#"{"status":"error","code":"x","message":"The file type isn't supported"}"#),
            Some(RefusalKind::Type)
        );
        assert_eq!(
            kind(r#"<response status="error" code="x" message="The file is too large"/>"#),
            Some(RefusalKind::Size)
        );
        assert_eq!(
            kind(r#"<response status="error" code="x" message="The file type isn&#39;t supported"/>"#),
            Some(RefusalKind::Type)
        );
        assert_eq!(kind("The file is too large"), Some(RefusalKind::Size));
        for code in CREDENTIAL_CODES {
            let json = format!(r#"{{"status":"error","code":"{code}","message":"no"}}"#);
            let xml = format!(r#"<response status="error" code="{code}" message="no"/>"#);
            assert_eq!((kind(&json), kind(&xml)), (Some(RefusalKind::Credential), Some(RefusalKind::Credential)));
        }
        for other in
            ["Wrong data size", "This upload token is no longer valid", "okay", "ok then", "0", "-5", "[]", "true"]
        {
            assert_eq!(kind(other), Some(RefusalKind::Other), "{other}");
        }
    }

    #[test]
    fn an_object_that_is_not_there_is_told_by_the_apis_own_word() {
        for (body, is) in [
            (r#"{"status":"error","code":"no_such_object","message":"No such object"}"#, true),
            (r#"<response status="error" code="no_such_photo" message="There is no such photo"/>"#, true),
            (r#"{"status":"error","code":"no_such_method","message":"No such method: photo/replace"}"#, false),
            ("not found", false),
        ] {
            let Answer::Refused(refusal) = read(body.as_bytes()) else { panic!("{body}") };
            assert_eq!(refusal.is_about_the_object(), is, "{body}");
        }
    }

    #[test]
    fn a_web_page_is_never_the_api() {
        for body in [
            "<!DOCTYPE html><html><body>Sign in to Hotel Wi-Fi</body></html>",
            "<html>",
            "<h1>502</h1>",
            "<response>",
            "<a><photo_id>1</photo_id></a>",
            "<response status=\"ok\"><photo_id>47",
            "<response status=\"ok\"><photo_id>47&#49;1</photo_id></response>",
            "<response status=\"ok\"><photo_id>0</photo_id></response>",
        ] {
            assert_eq!(read(body.as_bytes()), Answer::NotApi, "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }

        #[test]
        fn no_markup_makes_the_reader_panic(body in "[<>/a-z =\"!?&;0-9]{0,80}") {
            let _ = read(body.as_bytes());
            let _ = read(format!("<response status=\"ok\">{body}").as_bytes());
        }
    }
}
