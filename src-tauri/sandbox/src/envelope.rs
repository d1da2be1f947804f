//! The two versions' ways to wrap an answer: `/api/2/` speaks JSON and status codes, `/api/` speaks XML unless asked
//! otherwise and answers 200 to failures too.
//!
//! Owns the outer form and the conversion of values to each version's habits. Never knows what a value means.
//! Next: `reply.rs`, for answers that are no envelope.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::form::Form;
use crate::reply::{Answer, escaped};
use crate::state::Level;
use crate::world::World;

/// A refusal in the API's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Status under `/api/2/`; under `/api/` it is 200 all the same.
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// Something required is missing or makes no sense.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_input", message)
    }

    pub(crate) fn no_such_photo() -> Self {
        Self::new(404, "no_such_photo", "No such photo")
    }
}

/// A list's place in the whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    pub(crate) p: u64,
    pub(crate) size: u64,
    pub(crate) total_count: u64,
}

/// What a method found, before either version wraps it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The name of the object under `/api/`, such as `uploadtoken`.
    pub(crate) key: &'static str,
    /// The object or list.
    pub(crate) value: Value,
    pub(crate) message: Option<String>,
    pub(crate) paging: Option<Paging>,
    /// Seconds since 1970 of a cached answer.
    pub(crate) cached_at: Option<i64>,
    /// Answered at this level rather than the caller's.
    pub(crate) level: Option<Level>,
}

impl Found {
    pub(crate) fn new(key: &'static str, value: Value) -> Self {
        Self { key, value, message: None, paging: None, cached_at: None, level: None }
    }

    pub(crate) fn saying(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }
}

/// How the caller wants it.
pub(crate) struct Wish<'a> {
    pub(crate) version: u8,
    pub(crate) endpoint: &'a str,
    pub(crate) level: Level,
    pub(crate) form: &'a Form,
}

/// Wraps a success.
pub(crate) fn success(world: &World, wish: &Wish<'_>, found: Found) -> Answer {
    let level = found.level.unwrap_or(wish.level);
    let mut value = found.value;
    let mut top = Map::new();
    top.insert("status".to_owned(), json!("ok"));
    if let Some(message) = &found.message {
        top.insert("message".to_owned(), json!(message));
    }
    top.insert("permission_level".to_owned(), json!(level.word()));
    top.insert("cached".to_owned(), json!(found.cached_at.is_some()));
    if let Some(at) = found.cached_at {
        top.insert("cache_time".to_owned(), json!(at));
    }
    if let Some(paging) = found.paging {
        top.insert("p".to_owned(), json!(paging.p));
        top.insert("size".to_owned(), json!(paging.size));
        top.insert("total_count".to_owned(), json!(paging.total_count));
    }
    if wish.version == 2 {
        if let Some(fields) = wish.form.text("fields") {
            keep_fields(&mut value, fields);
        }
        let key = match wish.endpoint {
            "/api/2/user/tokens" if world.switches().tokens_key => "tokens",
            "/api/2/user/tokens" => "sites",
            _ => "data",
        };
        top.insert(key.to_owned(), value);
        let mut whole = Value::Object(top);
        if world.switches().loose_types {
            loosen(&mut whole);
        }
        return scripted(world, wish.form, whole, 200);
    }
    if wants_json(world, wish.form) {
        flags_as_numbers(&mut value);
        top.insert(found.key.to_owned(), value);
        let mut whole = Value::Object(top);
        stringify(&mut whole);
        if let Value::Object(top) = &mut whole {
            finish_v1(world, wish, top);
        }
        return scripted(world, wish.form, whole, 200);
    }
    stringify(&mut value);
    let mut attributes = Value::Object(top);
    stringify(&mut attributes);
    Answer::new(200, "text/xml; charset=utf-8", xml(&attributes, found.key, &value))
}

/// Wraps a refusal.
pub(crate) fn refusal(world: &World, wish: &Wish<'_>, problem: &Problem) -> Answer {
    let mut top = Map::new();
    top.insert("status".to_owned(), json!("error"));
    top.insert("message".to_owned(), json!(problem.message));
    top.insert("code".to_owned(), json!(problem.code));
    top.insert("permission_level".to_owned(), json!(wish.level.word()));
    if wish.version == 2 {
        return scripted(world, wish.form, Value::Object(top), problem.status);
    }
    if wants_json(world, wish.form) {
        finish_v1(world, wish, &mut top);
        return scripted(world, wish.form, Value::Object(top), 200);
    }
    let body = xml(&Value::Object(top), "", &Value::Null);
    Answer::new(200, "text/xml; charset=utf-8", body)
}

fn finish_v1(world: &World, wish: &Wish<'_>, top: &mut Map<String, Value>) {
    top.entry("p").or_insert(json!("1"));
    top.entry("size").or_insert(json!("1"));
    let site = json!({
        "domain": world.domain(),
        "product_key": "tube",
        "site_id": "1",
        "site_name": world.name,
    });
    // The answer of site/get has an object of that name already.
    top.entry("site").or_insert(site);
    top.insert("endpoint".to_owned(), json!(wish.endpoint));
}

/// Whether a caller of `/api/` is to get JSON.
fn wants_json(world: &World, form: &Form) -> bool {
    let asked = form.text("format") == Some("json") || is_raw(world, form) || form.text("callback").is_some();
    asked && !world.switches().v1_always_xml
}

/// Whether a caller of `/api/` is to get it bare.
fn is_raw(world: &World, form: &Form) -> bool {
    form.text("raw").is_some() && !world.switches().v1_ignores_raw
}

/// JSON as the version and the caller want it called.
fn scripted(world: &World, form: &Form, value: Value, status: u16) -> Answer {
    let json = value.to_string();
    let name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.$[]".contains(c));
    let callback = form.text("callback").filter(|callback| !callback.is_empty() && name(callback));
    if let Some(callback) = callback {
        let guard = if form.version == 2 { "/* */" } else { "" };
        return Answer::new(status, "text/javascript; charset=utf-8", format!("{guard}{callback}({json});"));
    }
    if form.version == 2 || is_raw(world, form) {
        return Answer::new(status, "application/json; charset=utf-8", json);
    }
    let variable = form.text("varname").filter(|variable| name(variable)).unwrap_or("visual");
    Answer::new(status, "text/javascript; charset=utf-8", format!("var {variable} = {json};"))
}

/// Leaves only the named fields of an object, or of each object in a list.
fn keep_fields(value: &mut Value, fields: &str) {
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    let keep = |value: &mut Value| {
        if let Value::Object(object) = value {
            object.retain(|key, _| wanted.contains(&key.as_str()));
        }
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(keep),
        other => keep(other),
    }
}

/// The one exception to [`stringify`] in version 1's JSON: `"published_p": 1`.
fn flags_as_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(flags_as_numbers),
        Value::Object(object) => {
            for (name, value) in object {
                match value {
                    Value::Bool(flag) if name.ends_with("_p") => *value = json!(u8::from(*flag)),
                    other => flags_as_numbers(other),
                }
            }
        }
        _ => {}
    }
}

/// Version 1's habit: nearly everything a string, flags as 1 and 0.
fn stringify(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(stringify),
        Value::Object(object) => {
            for (name, value) in object {
                if !(name.ends_with("_p") && value.is_number()) {
                    stringify(value);
                }
            }
        }
        Value::Bool(flag) => *value = json!(if *flag { "1" } else { "0" }),
        Value::Number(number) => *value = json!(number.to_string()),
        Value::Null => *value = json!(""),
        Value::String(_) => {}
    }
}

/// The looseness seen in version 2's own examples: numbers as strings, flags as `t` and `f`.
fn loosen(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(loosen),
        Value::Object(object) => object.values_mut().for_each(loosen),
        Value::Bool(flag) => *value = json!(if *flag { "t" } else { "f" }),
        Value::Number(number) => *value = json!(number.to_string()),
        Value::Null | Value::String(_) => {}
    }
}

fn xml(attributes: &Value, key: &str, value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response");
    write_attributes(&mut out, attributes);
    out.push('>');
    match value {
        // A list's elements are named by the singular of its key, but for subtitles.
        Value::Array(items) => {
            let name = if key == "subtitles" { key } else { key.strip_suffix('s').unwrap_or(key) };
            for item in items {
                let _ = write!(out, "\n  <{name}");
                write_attributes(&mut out, item);
                out.push('>');
                write_children(&mut out, item, true);
                let _ = write!(out, "</{name}>");
            }
        }
        other => write_children(&mut out, other, false),
    }
    out.push_str("\n</response>\n");
    out
}

fn write_attributes(out: &mut String, value: &Value) {
    let Value::Object(object) = value else { return };
    for (key, value) in object {
        if let Value::String(text) = value
            && !TEXTS.contains(&key.as_str())
        {
            let _ = write!(out, " {key}=\"{}\"", escaped(text));
        }
    }
}

/// Fields of a list's element that are elements of their own rather than attributes.
const TEXTS: [&str; 2] = ["content", "content_text"];

/// Children of an object; with `nested_only`, what an attribute does not hold.
fn write_children(out: &mut String, value: &Value, nested_only: bool) {
    let Value::Object(object) = value else { return };
    for (key, value) in object {
        match value {
            Value::String(text) if !nested_only || TEXTS.contains(&key.as_str()) => {
                let _ = write!(out, "\n  <{key}>{}</{key}>", escaped(text));
            }
            Value::Array(items) => {
                let name = key.strip_suffix('s').unwrap_or(key);
                let _ = write!(out, "\n  <{key}>");
                for item in items {
                    if let Value::String(text) = item {
                        let _ = write!(out, "<{name}>{}</{name}>", escaped(text));
                    }
                }
                let _ = write!(out, "</{key}>");
            }
            Value::Object(_) => {
                let _ = write!(out, "\n  <{key}>");
                write_children(out, value, false);
                let _ = write!(out, "</{key}>");
            }
            _ => {}
        }
    }
}
