//! Which way out: straight, through the proxy that the system names, or through one that was given. This machine is
//! never reached through a proxy, so nothing that is not encrypted ever goes through one: a proxy sees where a workspace
//! is, and its own password.
//!
//! The system is asked anew for each connection: a laptop that changes networks changes proxies too.

use crate::failure::{Code, Failure};
use crate::workspace;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Which proxy is to be used.
#[derive(Debug, Clone, Default)]
pub enum ProxyChoice {
    /// The system's: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, or what is set up in macOS and Windows.
    #[default]
    System,
    /// None at all.
    Straight,
    /// This one, for every workspace that is not on this machine.
    Through(Proxy),
}

/// A proxy, and who we are to it.
#[derive(Debug, Clone)]
pub struct Proxy {
    /// Never with a name or a password in it.
    address: Url,
    user: Option<String>,
    password: Option<SecretString>,
}

impl ProxyChoice {
    /// Reads `none`, or the address of a proxy: `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`, where the scheme is `http`
    /// (when left out), `https`, `socks5` or `socks5h` (which leaves names to the proxy). A refusal does not repeat the
    /// text: there may be a password in it.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::Straight);
        }
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&with_scheme).ok().and_then(Proxy::read);
        url.map(Self::Through).ok_or_else(|| Failure::new(Code::ProxyInvalid))
    }
}

impl Proxy {
    /// Whether a password is known for it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Takes this password, unless one is known.
    pub fn take_password(&mut self, password: SecretString) {
        self.password.get_or_insert(password);
    }

    /// Whether a name or a password came with the address.
    #[must_use]
    pub fn has_user(&self) -> bool {
        self.user.is_some() || self.password.is_some()
    }

    /// Takes this name, unless one is known.
    pub fn take_user(&mut self, user: String) {
        self.user.get_or_insert(user);
    }

    /// The address, without name and password.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// Takes name and password out of an address.
    fn read(mut url: Url) -> Option<Self> {
        let plain = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !plain || !url.has_host() || !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") {
            return None;
        }
        let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().ok().map(String::from);
        let user = if url.username().is_empty() { None } else { Some(decoded(url.username())?) };
        let password = match url.password() {
            None => None,
            Some(password) => Some(decoded(password)?.into()),
        };
        url.set_password(None).ok()?;
        url.set_username("").ok()?;
        Some(Self { address: url, user, password })
    }

    /// As the system names it.
    fn from_system(intercept: &Intercept) -> Option<Self> {
        let mut proxy = Self::read(Url::parse(&intercept.uri().to_string()).ok()?)?;
        if let Some(header) = intercept.basic_auth() {
            let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
            let plain = SecretString::from(String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?);
            let (user, password) = plain.expose_secret().split_once(':')?;
            proxy.user = Some(user.to_owned());
            proxy.password = Some(password.into());
        } else if let Some((user, password)) = intercept.raw_auth() {
            proxy.user = Some(user.to_owned());
            proxy.password = Some(password.into());
        }
        Some(proxy)
    }

    /// With name and password, as the HTTP library takes it.
    fn with_user(&self) -> Url {
        let mut url = self.address.clone();
        if let Some(user) = &self.user {
            // Cannot fail for an address that has a host.
            let _ = url.set_username(user);
            let _ = url.set_password(self.password.as_ref().map(ExposeSecret::expose_secret));
        }
        url
    }
}

impl ProxyChoice {
    /// The proxy on the way to an address, if there is one.
    pub(super) fn on_the_way_to(&self, url: &Url) -> Option<Proxy> {
        if url.host().is_none_or(|host| workspace::is_loopback(&host)) {
            return None;
        }
        match self {
            Self::Straight => None,
            Self::Through(proxy) => Some(proxy.clone()),
            Self::System => Matcher::from_system()
                .intercept(&url.as_str().parse().ok()?)
                .and_then(|intercept| Proxy::from_system(&intercept)),
        }
    }

    /// As the HTTP library asks for each connection.
    pub(super) fn into_rule(self) -> reqwest::Proxy {
        reqwest::Proxy::custom(move |url| self.on_the_way_to(url).map(|proxy| proxy.with_user()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(text: &str) -> Proxy {
        match ProxyChoice::parse(text) {
            Ok(ProxyChoice::Through(proxy)) => proxy,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_address_is_read_with_or_without_what_it_may_leave_out() {
        assert_eq!(through("proxy.example:3128").address(), "http://proxy.example:3128");
        assert_eq!(through(" https://proxy.example ").address(), "https://proxy.example");
        assert_eq!(through("socks5h://127.0.0.1:1080/").address(), "socks5h://127.0.0.1:1080");
        assert!(matches!(ProxyChoice::parse("none"), Ok(ProxyChoice::Straight)));
    }

    #[test]
    fn what_is_no_address_of_a_proxy_is_refused_and_not_repeated() {
        for bad in
            ["", "ftp://a:pass-word@b", "http://a:pass-word@b/c", "http://a:pass-word@b?c", "http://:pass-word@", "%"]
        {
            let refused = ProxyChoice::parse(bad).unwrap_err();
            assert_eq!(refused.code, Code::ProxyInvalid, "{bad}");
            assert!(!format!("{refused:?} {refused}").contains("pass-word"), "{bad}");
        }
    }

    #[test]
    fn name_and_password_are_taken_out_of_the_address_and_shown_by_nothing() {
        let proxy = through("anna%40example.com:p%3Aass%20word@proxy.example:3128");
        assert_eq!(proxy.address(), "http://proxy.example:3128");
        assert_eq!(proxy.user.as_deref(), Some("anna@example.com"));
        assert_eq!(proxy.password.as_ref().unwrap().expose_secret(), "p:ass word");
        assert!(!format!("{:?}", ProxyChoice::Through(proxy.clone())).contains("ass word"));
        let again = Proxy::read(proxy.with_user()).unwrap();
        assert_eq!(again.password.unwrap().expose_secret(), "p:ass word");
        assert_eq!(again.user, proxy.user);
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        let choice = ProxyChoice::parse("proxy.example:3128").unwrap();
        for own in ["http://127.0.0.1:1", "https://localhost:2", "https://[::1]"] {
            assert!(choice.on_the_way_to(&Url::parse(own).unwrap()).is_none(), "{own}");
        }
        assert!(choice.on_the_way_to(&Url::parse("https://video.example.com").unwrap()).is_some());
        assert!(ProxyChoice::Straight.on_the_way_to(&Url::parse("https://video.example.com").unwrap()).is_none());
    }

    #[test]
    fn what_the_system_names_keeps_its_user() {
        let url = "https://video.example.com".parse().unwrap();
        let named = |proxy: &str| Matcher::builder().https(proxy.to_owned()).build().intercept(&url).unwrap();
        for scheme in ["http", "socks5"] {
            let proxy = Proxy::from_system(&named(&format!("{scheme}://anna:p%40ss:w@proxy.example:3128"))).unwrap();
            assert_eq!(proxy.address(), format!("{scheme}://proxy.example:3128"));
            assert_eq!(proxy.user.as_deref(), Some("anna"));
            assert_eq!(proxy.password.unwrap().expose_secret(), "p@ss:w");
        }
        assert!(Proxy::from_system(&named("http://proxy.example:3128")).unwrap().user.is_none());
    }
}
