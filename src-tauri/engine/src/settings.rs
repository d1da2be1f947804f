//! What a person has set: `settings.toml` in the data folder, written by the window, by `slipway limits` and by hand.
//!
//! A value that cannot be is told and left where it stands; its usual value is in force meanwhile. Keys that this version
//! does not know stay, and so do comments. No secret is in the file: a proxy's password is in the keychain. How the file is
//! read and written is in `settings/file.rs`.

mod file;
mod password;
mod rate;

pub use file::{Reading, SettingsFile};
pub use password::Passwords;
pub use rate::{read_rate, written_rate};

use crate::api::{Network, Proxy, ProxyChoice};
use crate::failure::{Code, Failure};
use crate::messages::Language;
use crate::pace::Throttle;
use crate::workspace::Origin;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Simultaneous chunks to which a person may limit the engine.
pub const IN_FLIGHT: std::ops::RangeInclusive<usize> = 1..=48;

/// Videos in a folder from which on a person is asked before they are added.
pub const SHEET_FROM: std::ops::RangeInclusive<usize> = 1..=10_000;

/// Days for which what is finished may stay in the list.
pub const FINISHED_DAYS: std::ops::RangeInclusive<usize> = 1..=36_500;

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The window's language.
    pub language: Tongue,
    /// The window's colours.
    pub theme: Theme,
    /// The workspace that is shown, and that drops go to.
    pub workspace: Option<Origin>,
    /// When what is dropped becomes public.
    pub publish: Publishing,
    /// A folder of more videos than this asks before they are added.
    pub sheet_from: usize,
    /// What was over for longer than this many days is listed no more.
    pub finished_days: usize,
    /// At most so many simultaneous chunks; `None` for as many as the engine finds right.
    pub in_flight: Option<usize>,
    /// How fast, and when.
    pub throttle: Throttle,
    /// The way out.
    pub proxy: ProxySetting,
    /// Authorities that are trusted beside the machine's own, in PEM.
    pub ca_file: Option<PathBuf>,
    /// How the window goes with the desktop around it.
    pub behaviour: Behaviour,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Tongue::default(),
            theme: Theme::default(),
            workspace: None,
            publish: Publishing::default(),
            sheet_from: 5,
            finished_days: 90,
            in_flight: None,
            throttle: Throttle::default(),
            proxy: ProxySetting::default(),
            ca_file: None,
            behaviour: Behaviour::default(),
        }
    }
}

/// How the window goes with the desktop around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub struct Behaviour {
    /// Closing the window leaves Slipway running.
    pub keep_running: bool,
    /// The machine does not fall asleep by itself while bytes move.
    pub keep_awake: bool,
    /// The desktop says when uploads are done or need somebody.
    pub notifications: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { keep_running: true, keep_awake: true, notifications: true }
    }
}

/// A language, or the system's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Tongue {
    /// The system's.
    #[default]
    Auto,
    /// English.
    En,
    /// Danish.
    Da,
}

impl Tongue {
    /// The language in force where the system speaks `system`.
    #[must_use]
    pub fn or(self, system: Language) -> Language {
        match self {
            Self::Auto => system,
            Self::En => Language::En,
            Self::Da => Language::Da,
        }
    }
}

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// When what is dropped becomes public, unless somebody says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Publishing {
    /// Not by us.
    #[default]
    Draft,
    /// As soon as the video has an id.
    AtOnce,
    /// When the server has made it playable.
    WhenPlayable,
}

/// Which proxy is to be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ProxySetting {
    /// The system's.
    #[default]
    System,
    /// None at all.
    Straight,
    /// This one.
    Through {
        /// Without a name or a password in it.
        address: String,
        /// Who we are to it.
        user: Option<String>,
        /// Whether its password is in the keychain.
        password_kept: bool,
    },
}

impl ProxySetting {
    /// The same, with its password in the keychain or not.
    #[must_use]
    pub fn with_password_kept(mut self, kept: bool) -> Self {
        if let Self::Through { password_kept, .. } = &mut self {
            *password_kept = kept;
        }
        self
    }
}

impl Settings {
    /// How the network is reached with them, and with the proxy's password where there is one.
    pub fn network(&self, password: Option<SecretString>) -> Result<Network, Failure> {
        let proxy = match &self.proxy {
            ProxySetting::System => ProxyChoice::System,
            ProxySetting::Straight => ProxyChoice::Straight,
            ProxySetting::Through { address, user, .. } => {
                let mut proxy = bare_proxy(address)?;
                if let Some(user) = user.clone() {
                    proxy.take_user(user);
                }
                if let Some(password) = password {
                    proxy.take_password(password);
                }
                ProxyChoice::Through(proxy)
            }
        };
        let mut network = Network::default();
        network.extra_ca.clone_from(&self.ca_file);
        network.proxy = proxy;
        Ok(network)
    }

    /// Whether they can be, before they are written down.
    pub fn check(&self) -> Result<(), Failure> {
        if !SHEET_FROM.contains(&self.sheet_from) {
            return Err(not_in("sheet_from", &SHEET_FROM));
        }
        if !FINISHED_DAYS.contains(&self.finished_days) {
            return Err(not_in("finished_days", &FINISHED_DAYS));
        }
        if self.in_flight.is_some_and(|it| !IN_FLIGHT.contains(&it)) {
            return Err(not_in("in_flight", &IN_FLIGHT));
        }
        let caps = &self.throttle.caps;
        if [caps.all, caps.automatic].into_iter().flatten().any(|rate| read_rate(&written_rate(rate)) != Some(rate)) {
            return Err(no_rate().detail("limit_rate"));
        }
        self.network(None).map(|_| ())
    }
}

/// A proxy by an address that has neither name nor password in it.
fn bare_proxy(address: &str) -> Result<Proxy, Failure> {
    match ProxyChoice::parse(address)? {
        ProxyChoice::Through(proxy) if !proxy.has_user() => Ok(proxy),
        ProxyChoice::Through(_) => {
            Err(Failure::new(Code::SettingsInvalid).detail("proxy").because("why.setting_password", []))
        }
        ProxyChoice::System | ProxyChoice::Straight => Err(Failure::new(Code::ProxyInvalid)),
    }
}

fn no_rate() -> Failure {
    Failure::new(Code::SettingsInvalid).because("why.setting_not_rate", [])
}

fn not_in(key: &str, range: &std::ops::RangeInclusive<usize>) -> Failure {
    let facts = [("least", range.start().to_string()), ("most", range.end().to_string())];
    Failure::new(Code::SettingsInvalid).detail(key).because("why.setting_not_number", facts)
}

#[cfg(test)]
mod tests;
