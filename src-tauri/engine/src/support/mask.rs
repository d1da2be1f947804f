//! What leaves in a bundle without being anybody's business. Secrets are masked where they are written; this is for what
//! slipped through there, so it goes by what a secret looks like, and would rather mask too much.

use std::path::PathBuf;

pub(super) struct Mask {
    home: Option<String>,
}

/// From this length on, a word of letters and digits mixed is taken for a token. Ids of items have hyphens in them.
const LIKE_A_TOKEN: usize = 20;

/// What a secret is called. The value after it, up to the next end of a word, is masked.
const NAMES: [&str; 8] =
    ["token", "secret", "password", "passwd", "signature", "authorization", "bearer", "access_key"];

impl Mask {
    pub(super) fn of_this_machine() -> Self {
        let home = etcetera::home_dir().ok().filter(|home| home.components().count() > 1);
        Self { home: home.map(PathBuf::into_os_string).and_then(|home| home.into_string().ok()) }
    }

    pub(super) fn apply(&self, text: &str) -> String {
        let text = match &self.home {
            Some(home) => text.replace(home.as_str(), "~"),
            None => text.to_owned(),
        };
        let mut masked = String::with_capacity(text.len());
        let mut after_a_name = false;
        let mut rest = text.as_str();
        while let Some(start) = rest.find(is_of_a_word) {
            let (between, word_on) = rest.split_at(start);
            let (word, after) = word_on.split_at(word_on.find(|c| !is_of_a_word(c)).unwrap_or(word_on.len()));
            let assigned = between.chars().all(|c| matches!(c, '=' | ':' | '"' | ' ' | '\\'));
            // "token: …" is how a sentence of ours goes on.
            let told = masked.to_ascii_lowercase().ends_with("token") && between == ": ";
            let asked = after_a_name && assigned && between.contains(['=', ':']) && !told;
            let after_bearer = after_a_name && between == " " && masked.ends_with("Bearer");
            let word_is_name = NAMES.iter().any(|name| word.to_ascii_lowercase().ends_with(name));
            masked.push_str(between);
            if ((asked || after_bearer) && !word_is_name) || looks_like_a_token(word) {
                masked.push_str("***");
            } else {
                masked.push_str(word);
            }
            after_a_name = word_is_name;
            rest = after;
        }
        masked.push_str(rest);
        without_passwords(&masked)
    }
}

fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '%' | '+')
}

fn looks_like_a_token(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= LIKE_A_TOKEN && digits > 1 && digits < word.len()
}

/// `scheme://name:password@host` without the part before the host.
fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end =
            after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#')).unwrap_or(after.len());
        match after[..end].rfind('@') {
            Some(name_ends) => {
                out.push_str("***");
                rest = &after[name_ends..];
            }
            None => rest = after,
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        Mask { home: Some("/home/ada".into()) }.apply(text)
    }

    #[test]
    fn what_looks_like_a_secret_is_masked_wherever_it_stands() {
        for (text, expected) in [
            ("GET /x?upload_token=abc123&a=b", "GET /x?upload_token=***&a=b"),
            ("{\"access_token\":\"short\",\"a\":1}", "{\"access_token\":\"***\",\"a\":1}"),
            ("Authorization: Bearer abc", "Authorization: Bearer ***"),
            ("oauth_signature=\"dGVzdA%3D%3D\"", "oauth_signature=\"***\""),
            ("password: hunter2", "password: ***"),
            ("through http://ada:hunter2@proxy.example:3128/", "through http://***@proxy.example:3128/"),
            ("said 4f1c9a77be5d0b3e2a6f again", "said *** again"),
            ("/home/ada/films/talk.mp4", "~/films/talk.mp4"),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn what_helps_stays() {
        for text in [
            "01970d3c-58a1-7c3e-9b52-37c638a5c824",
            "chunk 3: HTTP 200, 5242880 bytes in 1200 ms",
            "asking for another token",
            "upload token: answered in 12 ms",
            "https://video.example.com/manage/video/4711",
            "films/the second cut, 2026-11-22.mp4",
            "token valid until 2026-11-23T02:50:48Z (server)",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
