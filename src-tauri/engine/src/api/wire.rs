//! The envelope around every answer, and the looseness of its types: ids as numbers or strings, flags as `true`, `1`,
//! `"1"` or `"t"`, fractions as `".56"`. Everything is read leniently and nothing is assumed to be there. Version 2 puts
//! what it found under `data`, version 1 under a name for each method, or into XML (`api/wire/xml.rs`).

mod xml;

use crate::answer;
use serde_json::{Value, json};

/// What a caller may do, by the server's word. Each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// A stranger at a closed workspace.
    None,
    /// A stranger at a public one.
    Anonymous,
    Read,
    Write,
    Admin,
    Super,
}

impl Level {
    const ALL: [Self; 6] = [Self::None, Self::Anonymous, Self::Read, Self::Write, Self::Admin, Self::Super];

    /// The server's word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Anonymous => "anonymous",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Super => "super",
        }
    }
}

/// An answer with a `status`.
#[derive(Debug, Clone)]
pub(crate) struct Envelope(Value);

impl Envelope {
    /// Reads a body; `None` when it is not an envelope.
    pub(crate) fn read(body: &[u8]) -> Option<Self> {
        let value = value(body)?;
        value.get("status").and_then(Value::as_str)?;
        Some(Self(value))
    }

    /// The same where a bare list will do as well, as one call was seen to answer. For no other: whoever asked for a change
    /// would take it for a yes.
    pub(crate) fn read_or_list(body: &[u8]) -> Option<Self> {
        match value(body)? {
            list @ Value::Array(_) => Some(Self(json!({ "status": "ok", "data": list }))),
            _ => Self::read(body),
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.text("status") == "ok"
    }

    /// The error's code, empty where there is none.
    pub(crate) fn code(&self) -> String {
        self.text("code")
    }

    /// The server's words, empty where there are none.
    pub(crate) fn message(&self) -> String {
        ["message", "error", "error_description", "detail"]
            .into_iter()
            .map(|key| self.text(key))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .chars()
            .take(answer::EXCERPT)
            .collect()
    }

    /// The caller's level; none where nothing is said.
    pub(crate) fn level(&self) -> Level {
        let word = self.text("permission_level");
        Level::ALL.into_iter().find(|level| level.word() == word).unwrap_or(Level::None)
    }

    /// Whether the answer speaks for the workspace as it is now, to someone who may see unpublished videos: not from a
    /// cache, and at level read or above. Only such an answer can prove that a video is *not* there.
    pub(crate) fn is_current_and_authorised(&self) -> bool {
        let fresh = self.0.get("cached").is_some_and(|cached| flag(cached) == Some(false));
        fresh && self.level() >= Level::Read
    }

    /// The object under `data`, or under one of v1's names.
    pub(crate) fn data(&self) -> &Value {
        ["data", "uploadtoken", "replacetoken", "progress", "site"]
            .into_iter()
            .find_map(|key| self.0.get(key))
            .unwrap_or(&Value::Null)
    }

    /// The list under `data`, or under v1's name for it: an array, or one object standing for a list of one. `None` when
    /// there is neither, so that a truncated or foreign answer is never taken for an empty list.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&Value>> {
        match self.0.get("data").or_else(|| self.0.get(name))? {
            Value::Array(values) => Some(values.iter().collect()),
            object @ Value::Object(fields) if !fields.is_empty() => Some(vec![object]),
            _ => None,
        }
    }

    /// The unpaged count of a list.
    pub(crate) fn total_count(&self) -> Option<u64> {
        self.0.get("total_count").and_then(number)
    }

    /// A list under any of the names that were seen for it, or the bare array.
    pub(crate) fn list_under(&self, names: &[&str]) -> Vec<&Value> {
        names.iter().find_map(|name| self.0.get(name)?.as_array()).map(|list| list.iter().collect()).unwrap_or_default()
    }

    fn text(&self, key: &str) -> String {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

fn value(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?.trim();
    if text.starts_with('<') { xml::envelope(text) } else { answer::json(text) }
}

/// A whole number, also in quotes.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A fraction, also in quotes and without its leading zero.
pub(crate) fn fraction(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| {
        let text = value.as_str()?.trim();
        if text.starts_with('.') { format!("0{text}").parse().ok() } else { text.parse().ok() }
    })
}

/// A flag in any of its forms.
pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => Some(number.as_f64() != Some(0.0)),
        Value::String(text) => match text.as_str() {
            "1" | "t" | "true" | "y" => Some(true),
            "0" | "f" | "false" | "n" | "" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A text that may come as a number.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(value: &Value) -> Envelope {
        Envelope::read(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn only_a_fresh_answer_to_an_authorised_caller_counts_as_knowledge() {
        for (level, cached, counts) in [
            ("read", json!(false), true),
            ("write", json!("0"), true),
            ("super", json!(0), true),
            ("anonymous", json!(false), false),
            ("none", json!(false), false),
            ("write", json!(true), false),
            ("write", json!("1"), false),
            ("write", Value::Null, false),
        ] {
            let answer = envelope(&json!({"status": "ok", "permission_level": level, "cached": cached, "data": []}));
            assert_eq!(answer.is_current_and_authorised(), counts, "{level} {cached}");
        }
        assert!(!envelope(&json!({"status": "ok", "permission_level": "write"})).is_current_and_authorised());
    }

    #[test]
    fn a_bare_list_is_a_yes_to_nobody_but_whoever_asks_for_lists() {
        assert!(Envelope::read(b"[1, 2, 3]").is_none());
        assert!(Envelope::read_or_list(b"[1, 2, 3]").is_some_and(|list| list.is_ok()));
        assert!(Envelope::read_or_list(b"{\"status\":7}").is_none());
    }

    #[test]
    fn a_missing_list_is_not_an_empty_one() {
        assert!(envelope(&json!({"status": "ok"})).list("photos").is_none());
        assert!(envelope(&json!({"status": "ok", "data": {}})).list("photos").is_none());
        assert_eq!(envelope(&json!({"status": "ok", "data": []})).list("photos").unwrap().len(), 0);
        assert_eq!(envelope(&json!({"status": "ok", "data": {"photo_id": 1}})).list("photos").unwrap().len(), 1);
        assert_eq!(envelope(&json!({"status": "ok", "photos": []})).list("photos").unwrap().len(), 0);
        assert!(envelope(&json!({"status": "ok", "albums": [], "site": {"domain": "a"}})).list("photos").is_none());
    }

    #[test]
    fn numbers_fractions_and_flags_are_read_in_every_form_seen() {
        assert_eq!((number(&json!(7)), number(&json!("7")), number(&json!("x"))), (Some(7), Some(7), None));
        assert_eq!(
            (fraction(&json!(".56")), fraction(&json!("1")), fraction(&json!(0.5))),
            (Some(0.56), Some(1.0), Some(0.5))
        );
        for yes in [json!(true), json!(1), json!("1"), json!("t")] {
            assert_eq!(flag(&yes), Some(true));
        }
        for no in [json!(false), json!(0), json!("0"), json!("f"), json!("")] {
            assert_eq!(flag(&no), Some(false));
        }
    }
}
