//! The values of OAuth as people and scripts hand them over: a line each, in their usual order or under their names.

use slipway_engine::{KeyPair, OAuthKeys};
use std::io::BufRead;

/// What was read.
#[derive(Debug)]
pub(super) enum Given {
    /// All that signs a call.
    All(OAuthKeys),
    /// The program's own pair alone: somebody has yet to let it in.
    Consumer(KeyPair),
}

/// Why that is no set of values.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// So many values make no set.
    Count(usize),
    /// This one was named twice, or not at all.
    Name(&'static str),
}

/// The values by their names, in their usual order. The vendor's pages and its libraries call the last two differently.
const NAMES: [&[&str]; 4] = [
    &["consumer_key", "oauth_consumer_key"],
    &["consumer_secret", "oauth_consumer_secret"],
    &["token", "oauth_token", "access_token"],
    &["token_secret", "oauth_token_secret", "access_token_secret"],
];

/// Reads until there are four values, an empty line, or the end.
pub(super) fn read(lines: &mut impl BufRead) -> Result<Given, Wrong> {
    let mut values: [Option<String>; 4] = Default::default();
    let mut unnamed = Vec::new();
    let mut line = String::new();
    while values.iter().flatten().count() + unnamed.len() < values.len() {
        line.clear();
        // What cannot be read is at its end.
        let at_end = lines.read_line(&mut line).map_or(true, |bytes| bytes == 0);
        if at_end || line.trim().is_empty() {
            break;
        }
        match named(&line) {
            Some((place, value)) => {
                if values[place].replace(value.to_owned()).is_some() {
                    return Err(Wrong::Name(NAMES[place][0]));
                }
            }
            None => unnamed.extend(line.split_whitespace().map(str::to_owned)),
        }
    }
    let named = values.iter().flatten().count();
    if !unnamed.is_empty() {
        if named > 0 || unnamed.len() > values.len() {
            return Err(Wrong::Count(named + unnamed.len()));
        }
        values.iter_mut().zip(unnamed).for_each(|(place, value)| *place = Some(value));
    }
    match values {
        [Some(key), Some(secret), None, None] => Ok(Given::Consumer(KeyPair::new(key, secret))),
        [Some(key), Some(secret), Some(token), Some(token_secret)] => {
            let keys = OAuthKeys { consumer: KeyPair::new(key, secret), token: KeyPair::new(token, token_secret) };
            Ok(Given::All(keys))
        }
        values if named > 0 => {
            let missing = values.iter().position(Option::is_none).unwrap_or_default();
            Err(Wrong::Name(NAMES[missing][0]))
        }
        values => Err(Wrong::Count(values.iter().flatten().count())),
    }
}

/// A line that begins with one of the names; a value may have an equals sign of its own.
fn named(line: &str) -> Option<(usize, &str)> {
    let (name, value) = line.split_once(['=', ':'])?;
    let name = name.trim().to_lowercase().replace(['-', ' '], "_");
    let place = NAMES.iter().position(|names| names.contains(&&*name))?;
    let value = value.trim().trim_matches('"');
    (!value.is_empty() && !value.contains(char::is_whitespace)).then_some((place, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn values(text: &str) -> Result<String, Wrong> {
        let shown = |pair: &KeyPair| format!("{} {}", pair.key.expose_secret(), pair.secret.expose_secret());
        read(&mut text.as_bytes()).map(|given| match given {
            Given::All(keys) => format!("{} {}", shown(&keys.consumer), shown(&keys.token)),
            Given::Consumer(pair) => shown(&pair),
        })
    }

    #[test]
    fn four_values_are_taken_in_every_form_that_people_paste() {
        for text in [
            "12-ck\ncs==\n3-tk\nts\n",
            "12-ck cs== 3-tk ts",
            "consumer_key=12-ck\nconsumer_secret=cs==\ntoken=3-tk\ntoken_secret=ts\n",
            "Consumer Key: 12-ck\r\nConsumer Secret: cs==\r\nAccess Token: 3-tk\r\nAccess Token Secret: ts\r\n",
            "oauth_token_secret = \"ts\"\noauth_token = \"3-tk\"\nconsumer-secret = \"cs==\"\nconsumer-key = \"12-ck\"",
        ] {
            assert_eq!(values(text).as_deref(), Ok("12-ck cs== 3-tk ts"), "{text}");
        }
    }

    #[test]
    fn two_values_are_the_programs_own_and_what_follows_is_left_for_later() {
        let mut input = "ck\ncs\n\nthe verifier\n".as_bytes();
        assert!(matches!(read(&mut input), Ok(Given::Consumer(_))));
        assert_eq!(input, b"the verifier\n");
        assert_eq!(values("consumer_secret=cs\nconsumer_key=ck").as_deref(), Ok("ck cs"));
    }

    #[test]
    fn what_makes_no_set_says_what_is_wrong_and_nothing_of_the_values() {
        assert_eq!(values(""), Err(Wrong::Count(0)));
        assert_eq!(values("ck"), Err(Wrong::Count(1)));
        assert_eq!(values("ck\ncs\ntk"), Err(Wrong::Count(3)));
        assert_eq!(values("a b c d e"), Err(Wrong::Count(5)));
        assert_eq!(values("consumer_key=ck\ntoken=tk"), Err(Wrong::Name("consumer_secret")));
        assert_eq!(values("consumer_key=ck\nconsumer_key=ck"), Err(Wrong::Name("consumer_key")));
        assert_eq!(values("consumer_key=ck\ncs"), Err(Wrong::Count(2)));
    }
}
