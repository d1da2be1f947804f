//! The address of a workspace, and which interface it is spoken to by. Holding an [`Origin`] means: encrypted, or on this
//! very machine.

use crate::failure::{Code, Failure};
use serde::{Deserialize, Serialize};
use std::fmt;
use url::{Host, Url};

/// The two generations of TwentyThree's API. They have the same calls and differ in addresses, in the shape of answers and
/// in what a credential opens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiVersion {
    /// `/api/…`: OAuth, XML or JSON, and 200 whatever happened.
    V1,
    /// `/api/2/…`: bearers or OAuth, JSON, statuses that mean something.
    #[default]
    V2,
}

impl ApiVersion {
    /// The path of a method, such as `photo/list`, below a workspace's origin.
    #[must_use]
    pub fn path(self, method: &str) -> String {
        match self {
            Self::V1 => format!("/api/{method}"),
            Self::V2 => format!("/api/2/{method}"),
        }
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version of this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            _ => None,
        }
    }
}

/// Scheme, host and port of a workspace, and nothing else. Credentials are only ever sent here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

impl Origin {
    /// Reads `host`, `host:port`, `https://host[:port]`, or `http://` followed by a loopback address.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let invalid = || Failure::new(Code::WorkspaceInvalid).detail(text);
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&url).map_err(|_| invalid())?;
        let host = url.host().ok_or_else(invalid)?;
        if let Host::Domain(name) = &host
            && !can_be_a_name(name)
        {
            return Err(invalid());
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || !matches!(url.path(), "" | "/")
            || url.query().is_some()
        {
            return Err(invalid());
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(Failure::new(Code::WorkspaceNotEncrypted).detail(text)),
            _ => return Err(invalid()),
        }
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// `https://host[:port]`, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `host[:port]`, as people say it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, host)| host)
    }

    /// The workspace of this domain or root address, as a server at this origin names it. What stands elsewhere may not
    /// point at this machine: whoever listens there was not meant.
    #[must_use]
    pub fn named_here(&self, name: &str) -> Option<Self> {
        let name = name.trim_end_matches('/');
        if name.eq_ignore_ascii_case(self.host()) {
            return Some(self.clone());
        }
        let other = match self.0.split_once("://") {
            // One on this machine has neighbours on it, and not all of them can encrypt.
            Some(("http", _)) if !name.contains("://") => {
                Self::parse(&format!("http://{name}")).or_else(|_| Self::parse(name)).ok()?
            }
            _ => Self::parse(name).ok()?,
        };
        (self.is_on_this_machine() || !other.is_on_this_machine()).then_some(other)
    }

    fn is_on_this_machine(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.host().is_some_and(|host| is_loopback(&host)))
    }

    /// Where an editor finds a video.
    #[must_use]
    pub fn manage_page(&self, video: u64) -> String {
        self.url(&format!("/manage/video/{video}"))
    }

    /// An address below this origin. `path` is ours and starts with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

/// Whether a host is this very machine.
pub(crate) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        // A name can be made to point anywhere; this one is reserved for loopback (RFC 6761, 6.3).
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Whether the domain name system could know it: at most 253 characters in labels of 1 to 63 (RFC 1035, 2.3.4). What a link is
/// made of is not as long as somebody likes.
fn can_be_a_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Origin {
    type Error = Failure;
    fn try_from(text: String) -> Result<Self, Failure> {
        Self::parse(&text)
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_domain_means_https() {
        assert_eq!(Origin::parse(" Video.Example.com ").unwrap().as_str(), "https://video.example.com");
        assert_eq!(Origin::parse("video.example.com:8443").unwrap().host(), "video.example.com:8443");
        assert_eq!(Origin::parse("https://video.example.com/").unwrap().as_str(), "https://video.example.com");
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for own in ["http://127.0.0.1:8080", "http://[::1]:9", "http://localhost:1"] {
            assert!(Origin::parse(own).is_ok(), "{own}");
        }
        for far in ["http://video.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://0.0.0.0"] {
            assert_eq!(Origin::parse(far).unwrap_err().code, Code::WorkspaceNotEncrypted, "{far}");
        }
    }

    #[test]
    fn a_server_names_its_neighbours_and_never_this_machine_from_afar() {
        let far = Origin::parse("video.example.com").unwrap();
        let near = Origin::parse("http://127.0.0.1:2323").unwrap();
        let named = |by: &Origin, name: &str| by.named_here(name).map(|origin| origin.as_str().to_owned());
        assert_eq!(named(&far, "VIDEO.example.com").unwrap(), "https://video.example.com");
        assert_eq!(named(&far, "other.example.com").unwrap(), "https://other.example.com");
        assert_eq!(named(&far, "https://other.example.com/").unwrap(), "https://other.example.com");
        for own in
            ["http://127.0.0.1:2323", "127.0.0.1", "https://localhost", "http://[::1]:9", "http://other.example.com"]
        {
            assert_eq!(named(&far, own), None, "{own}");
        }
        assert_eq!(named(&near, "127.0.0.1:2323").unwrap(), "http://127.0.0.1:2323");
        assert_eq!(named(&near, "127.0.0.1:4646").unwrap(), "http://127.0.0.1:4646");
        assert_eq!(named(&near, "video.example.com").unwrap(), "https://video.example.com");
    }

    #[test]
    fn a_host_is_no_longer_than_a_name_can_be() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        for name in [&format!("{label}.example"), &longest, "example.com."] {
            assert!(Origin::parse(name).is_ok(), "{name}");
        }
        for name in [&format!("a{label}.example"), &format!("{longest}a"), "a..example", &"a".repeat(1 << 20)] {
            assert_eq!(Origin::parse(name).unwrap_err().code, Code::WorkspaceInvalid, "{name}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in ["", "https://", "ftp://a.example", "https://user:pw@a.example", "https://a.example/manage", "a b"] {
            assert_eq!(Origin::parse(bad).unwrap_err().code, Code::WorkspaceInvalid, "{bad}");
        }
    }
}
