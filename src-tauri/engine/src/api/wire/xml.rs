//! Version 1's XML as the same envelope: what it speaks unless it is asked for JSON, and perhaps when it is.
//!
//! The attributes of `<response>` are the envelope's fields. Below it stand either fields (`<upload_token>…`) or rows
//! (`<photo photo_id="…">…</photo>`); rows are told by their attributes. Both are put under `data`.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

/// The deepest that is read, as for JSON. No answer goes deeper than a handful; one that did would be a value that cannot
/// even be dropped without running out of stack.
const DEEPEST: usize = 128;

/// An element that is open: its name, what it holds, its own text.
struct Element {
    name: String,
    fields: Map<String, Value>,
    text: String,
    is_row: bool,
}

impl Element {
    fn open(tag: &BytesStart<'_>) -> Option<Self> {
        let mut fields = Map::new();
        // Looking for names that occur twice would take the square of their number.
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.ok()?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            fields.insert(attribute.key.as_ref().to_owned(), Value::String(value.into_owned()));
        }
        Some(Self { name: tag.name().as_ref().to_owned(), is_row: !fields.is_empty(), fields, text: String::new() })
    }

    fn value(self) -> Value {
        if self.fields.is_empty() { Value::String(self.text.trim().to_owned()) } else { Value::Object(self.fields) }
    }

    /// Of two elements of one name in one place the last counts; nothing that is read here repeats itself.
    fn take(&mut self, child: Self) {
        self.fields.insert(child.name.clone(), child.value());
    }
}

/// What has been read of the whole.
#[derive(Default)]
struct Response {
    top: Map<String, Value>,
    fields: Map<String, Value>,
    rows: Vec<Value>,
}

impl Response {
    fn take(&mut self, child: Element) {
        if child.is_row {
            self.rows.push(child.value());
        } else {
            self.fields.insert(child.name.clone(), child.value());
        }
    }

    fn envelope(mut self) -> Value {
        let data = if !self.rows.is_empty() {
            Value::Array(self.rows)
        } else if self.fields.is_empty() && self.top.contains_key("total_count") {
            // A list without rows; without the count it would be no list at all.
            Value::Array(Vec::new())
        } else {
            Value::Object(self.fields)
        };
        self.top.insert("data".to_owned(), data);
        Value::Object(self.top)
    }
}

/// Reads `<response …>` to its end; `None` where it is something else, or cut short.
pub(super) fn envelope(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut response: Option<Response> = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) if response.is_none() => {
                let root = Element::open(&tag).filter(|root| root.name == "response")?;
                response = Some(Response { top: root.fields, ..Response::default() });
            }
            Event::Empty(tag) if response.is_none() => {
                let root = Element::open(&tag).filter(|root| root.name == "response")?;
                return Some(Response { top: root.fields, ..Response::default() }.envelope());
            }
            Event::Start(_) if open.len() >= DEEPEST => return None,
            Event::Start(tag) => open.push(Element::open(&tag)?),
            Event::Empty(tag) => {
                let child = Element::open(&tag)?;
                match open.last_mut() {
                    Some(parent) => parent.take(child),
                    None => response.as_mut()?.take(child),
                }
            }
            Event::End(_) => match (open.pop(), open.last_mut()) {
                (Some(child), Some(parent)) => parent.take(child),
                (Some(child), None) => response.as_mut()?.take(child),
                (None, _) => return response.map(Response::envelope),
            },
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let element = open.last_mut()?;
                if let Some(character) = reference.resolve_char_ref().ok()? {
                    element.text.push(character);
                } else {
                    let name = reference.xml10_content();
                    element.text.push_str(quick_xml::escape::resolve_predefined_entity(&name)?);
                }
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            // A document type is a web page's, or worse.
            Event::DocType(_) | Event::Eof => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// As the vendor's pages print them, shortened.
    #[test]
    fn the_three_shapes_of_the_vendors_pages_are_read() {
        let token = "<response status=\"ok\" permission_level=\"write\" cached=\"0\" message=\"ready\">\n  \
            <upload_token>ab12</upload_token>\n  <title>Q&amp;A &#x2013; <![CDATA[<live>]]></title>\n  <publish>1</publish>\n  \
            <album_id></album_id>\n</response>";
        let read = envelope(token).unwrap();
        assert_eq!((&read["status"], &read["cached"]), (&json!("ok"), &json!("0")));
        assert_eq!(read["data"]["upload_token"], "ab12");
        assert_eq!(read["data"]["title"], "Q&A \u{2013} <live>");
        assert_eq!(read["data"]["album_id"], "");

        let list = "<?xml version=\"1.0\"?><response status=\"ok\" permission_level=\"super\" p=\"1\" total_count=\"407\" \
            cached=\"0\"><photo photo_id=\"60433\" title=\"a &lt; b\" published_p=\"1\"><content></content></photo>\
            <photo photo_id=\"60434\"/></response>";
        let read = envelope(list).unwrap();
        assert_eq!(read["data"][0]["photo_id"], "60433");
        assert_eq!(read["data"][0]["title"], "a < b");
        assert_eq!(read["data"][1], json!({"photo_id": "60434"}));

        let progress = "<response status=\"ok\" permission_level=\"read\" cached=\"0\"><audio>1</audio>\
            <all>.56</all></response>";
        assert_eq!(envelope(progress).unwrap()["data"]["all"], ".56");
    }

    #[test]
    fn an_empty_list_is_one_only_where_it_is_counted() {
        let counted = "<response status=\"ok\" cached=\"0\" total_count=\"0\"></response>";
        assert_eq!(envelope(counted).unwrap()["data"], json!([]));
        assert_eq!(envelope("<response status=\"ok\" total_count=\"0\"/>").unwrap()["data"], json!([]));
        assert_eq!(envelope("<response status=\"ok\" cached=\"0\"></response>").unwrap()["data"], json!({}));
    }

    #[test]
    fn what_is_cut_short_or_no_response_is_nothing() {
        for text in [
            "",
            "<html><body>Sign in</body></html>",
            "<!DOCTYPE html><response status=\"ok\"></response>",
            "<response status=\"ok\" total_count=\"0\">",
            "<response status=\"ok\" total_count=\"2\"><photo photo_id=\"1\"></photo>",
            "<response status=\"ok\"><a></b></response>",
            "<response status=\"ok\"><a>&unknown;</a></response>",
        ] {
            assert_eq!(envelope(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_markup_makes_the_reader_panic(body in "[<>/a-z =\"!?&;#0-9\\[\\]-]{0,80}") {
            let _ = envelope(&body);
            let _ = envelope(&format!("<response status=\"ok\">{body}</response>"));
        }
    }
}
