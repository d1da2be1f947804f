//! What the environment says, to every front end alike: where the data folder is, what stands in for the keychain, and how
//! the network is reached. docs/cli.md has the list for people.

use crate::api::{Network, ProxyChoice};
use crate::failure::{Code, Failure};
use crate::home::Home;
use secrecy::SecretString;
use std::ffi::OsString;
use std::path::PathBuf;

/// The data folder: `SLIPWAY_HOME`, or the platform's place for one.
pub fn home() -> Result<PathBuf, Failure> {
    let home = path("SLIPWAY_HOME").or_else(Home::default_dir);
    home.ok_or_else(|| Failure::new(Code::DataFolderUnwritable).detail("SLIPWAY_HOME"))
}

/// The token that stands in for the keychain: `SLIPWAY_TOKEN`.
#[must_use]
pub fn token() -> Option<SecretString> {
    text("SLIPWAY_TOKEN").map(|token| token.trim().to_owned().into())
}

/// The proxy: `SLIPWAY_PROXY`, with a password where there is one in it.
pub fn proxy() -> Result<Option<ProxyChoice>, Failure> {
    text("SLIPWAY_PROXY").map(|set| ProxyChoice::parse(&set)).transpose()
}

/// The proxy's password: `SLIPWAY_PROXY_PASSWORD`.
#[must_use]
pub fn proxy_password() -> Option<SecretString> {
    text("SLIPWAY_PROXY_PASSWORD").map(Into::into)
}

/// Further certificate authorities: `SLIPWAY_CA`.
#[must_use]
pub fn ca_file() -> Option<PathBuf> {
    path("SLIPWAY_CA")
}

/// What the environment says of the network goes before what is set.
pub fn over(mut set: Network) -> Result<Network, Failure> {
    if let Some(proxy) = proxy()? {
        set.proxy = proxy;
    }
    if let (ProxyChoice::Through(through), Some(password)) = (&mut set.proxy, proxy_password()) {
        through.take_password(password);
    }
    set.extra_ca = ca_file().or(set.extra_ca);
    Ok(set)
}

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from)
}
