//! The vendor's rules for text: titles lose all tags; descriptions keep safe tags, but a single one that is not safe
//! strips them all. Tags are separated by spaces, with quotes around those of several words.

/// Tags that a description may hold. The pages name `b` and `p` as examples and no full list.
const SAFE: [&str; 14] = ["a", "b", "blockquote", "br", "em", "i", "li", "ol", "p", "span", "strong", "sub", "u", "ul"];

pub(super) fn title(text: &str) -> String {
    without_tags(text, &mut |_| {}).trim().to_owned()
}

pub(super) fn description(text: &str) -> String {
    let mut safe = true;
    let stripped = without_tags(text, &mut |name| {
        safe &= SAFE.contains(&name.to_ascii_lowercase().as_str());
    });
    if safe { text.to_owned() } else { stripped }
}

/// The text without its tags, each of whose names is shown to `seen`.
fn without_tags(text: &str, seen: &mut impl FnMut(&str)) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let inside = &rest[open + 1..];
        let begins = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let Some(close) = inside.find('>').filter(|_| begins) else {
            // A lone `<` is text.
            out.push('<');
            rest = inside;
            continue;
        };
        let name = inside[..close].trim_start_matches('/');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
        seen(&name[..end]);
        rest = &inside[close + 1..];
    }
    out.push_str(rest);
    out
}

/// `one "two words" three` as three tags.
pub(crate) fn split_tags(text: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut tag = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => tags.push(std::mem::take(&mut tag)),
            c => tag.push(c),
        }
    }
    tags.push(tag);
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        // The vendor's own example has a comma behind the first of two tags.
        let tag = tag.trim().trim_end_matches(',').to_owned();
        if !tag.is_empty() && !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept
}

/// `12,34` as two ids; what is no number is left out.
pub(crate) fn split_ids(text: &str) -> Vec<u64> {
    text.split([',', ' ']).filter_map(|id| id.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_loses_every_tag_and_keeps_a_lone_angle() {
        assert_eq!(title("<b>1 < 2</b> <script>x"), "1 < 2 x");
    }

    #[test]
    fn one_disallowed_tag_strips_a_description_of_all() {
        assert_eq!(description("<b>a</b> <p>b</p>"), "<b>a</b> <p>b</p>");
        assert_eq!(description("<b>a</b> <script>b</script>"), "a b");
    }

    #[test]
    fn tags_are_split_at_spaces_outside_quotes() {
        assert_eq!(split_tags(r#"a "b c" d, a"#), ["a", "b c", "d"]);
    }
}
