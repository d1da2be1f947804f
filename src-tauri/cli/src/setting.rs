//! What the global options, the environment and the file of settings say, in this order: the data folder, the stand-in token,
//! the way to the network, how many chunks at once. How fast, and when, the engine reads in that file itself.

use crate::args::Args;
use crate::commands::Trouble;
use crate::exit::Exit;
use crate::report;
use crate::words;
use secrecy::{ExposeSecret, SecretString};
use slipway_engine::environment;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::settings::{Passwords, ProxySetting, Settings, SettingsFile};
use slipway_engine::workspace::Origin;
use slipway_engine::{Caps, Config, Front, Network, ProxyChoice};
use std::path::PathBuf;

pub(crate) struct Setting {
    home: PathBuf,
    token: Option<SecretString>,
    network: Network,
    /// The proxy of the settings whose password is in the keychain, where it is the one that is used.
    password_of: Option<String>,
    in_flight: Option<usize>,
    caps: Caps,
}

impl Setting {
    pub(crate) fn from(args: &Args) -> Result<Self, Trouble> {
        let caps = Caps { all: args.limit_rate, automatic: args.limit_rate_folders, manual: None };
        let home = args.home.clone().map_or_else(environment::home, Ok)?;
        let reading = SettingsFile::of(&home).read();
        for odd in &reading.odd {
            report::line_to_stderr(&format!("slipway: {}", odd.message(words::language())));
        }
        let Settings { in_flight, proxy, .. } = &reading.settings;
        let (network, is_set) = network(args, &reading.settings)?;
        let password_of = match proxy {
            ProxySetting::Through { address, password_kept: true, .. } if is_set => Some(address.clone()),
            _ => None,
        };
        Ok(Self { home, token: environment::token(), network, password_of, in_flight: *in_flight, caps })
    }

    /// The engine, working the queue off where this process owns it. The token of the environment is for the workspace
    /// that is named, if one is.
    pub(crate) async fn at_work(&self, named: Option<&str>) -> Result<Front, Failure> {
        let token_for = named.map(Origin::parse).transpose()?;
        Front::open(Config { token_for, ..self.config(true).await }).await
    }

    /// The engine, where this process owns it only answering and taking orders.
    pub(crate) async fn at_rest(&self, named: Option<&str>) -> Result<Front, Failure> {
        let token_for = named.map(Origin::parse).transpose()?;
        Front::open(Config { token_for, ..self.config(false).await }).await
    }

    /// Whether the environment has a token.
    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) fn home(&self) -> &PathBuf {
        &self.home
    }

    /// The workspace that is meant: the named one, or the only one there is.
    pub(crate) async fn workspace(&self, front: &Front, named: Option<&str>) -> Result<Origin, Trouble> {
        if let Some(named) = named {
            return Ok(Origin::parse(named)?);
        }
        let known = front.workspaces().await?;
        match known.as_slice() {
            [only] => Ok(only.origin.clone()),
            [] => Err(Failure::new(Code::SignInNeeded).into()),
            several => {
                let names: Vec<&str> = several.iter().map(|it| it.origin.host()).collect();
                Err(Trouble::Usage(words::say("cli.which_workspace", &[("names", &names.join(", "))]), Exit::Usage))
            }
        }
    }

    async fn config(&self, work: bool) -> Config {
        let mut config = Config::new(self.home.clone());
        config.token.clone_from(&self.token);
        config.network.clone_from(&self.network);
        config.in_flight = self.in_flight.unwrap_or(config.in_flight);
        config.caps = self.caps;
        config.work = work;
        #[cfg(feature = "test-hooks")]
        hurry(&mut config);
        if let (Some(address), ProxyChoice::Through(proxy)) = (&self.password_of, &mut config.network.proxy)
            // Where the keychain does not give it out, the proxy is asked without and says what it wants.
            && let Ok(Some(password)) = Passwords::new(&config.timing).of(address).await
        {
            proxy.take_password(password);
        }
        config
    }
}

/// How the network is reached, and whether that is as it is set, with a password that may be in the keychain. One never
/// comes by an argument; from there it would be seen by everybody.
fn network(args: &Args, settings: &Settings) -> Result<(Network, bool), Trouble> {
    let in_environment = environment::proxy()?;
    let password = environment::proxy_password();
    let is_set = args.proxy.is_none() && in_environment.is_none() && password.is_none();
    let mut proxy = match (&args.proxy, in_environment) {
        (Some(given), _) => {
            let choice = ProxyChoice::parse(given.expose_secret())?;
            if matches!(&choice, ProxyChoice::Through(proxy) if proxy.has_password()) {
                return Err(Trouble::Usage(words::say("cli.proxy_password", &[]), Exit::Usage));
            }
            choice
        }
        (None, Some(choice)) => choice,
        (None, None) => settings.network(None)?.proxy,
    };
    if let (ProxyChoice::Through(through), Some(password)) = (&mut proxy, password) {
        through.take_password(password);
    }
    let mut network = Network::default();
    network.extra_ca.clone_from(&args.ca_file);
    network.proxy = proxy;
    if network.extra_ca.is_none() {
        network.extra_ca.clone_from(&settings.ca_file);
    }
    #[cfg(feature = "test-hooks")]
    pretend_names(&mut network);
    Ok((network, is_set))
}

/// `SLIPWAY_TEST_NAMES` says where hosts are, as `name=address`, or that there is none (`name=?`).
#[cfg(feature = "test-hooks")]
fn pretend_names(network: &mut Network) {
    let Ok(said) = std::env::var("SLIPWAY_TEST_NAMES") else { return };
    let names = slipway_engine::PretendedNames::default();
    for (name, place) in said.split(',').filter_map(|it| it.split_once('=')) {
        let answer = place.parse().map_or(slipway_engine::Pretended::Unknown, slipway_engine::Pretended::At);
        names.set(name, answer);
    }
    network.names = Some(names);
}

/// `SLIPWAY_TEST_BRISK` shortens the waits, `SLIPWAY_TEST_CHUNK` sets the chunk size in bytes and
/// `SLIPWAY_TEST_IN_FLIGHT` the size of the pool: whole files go through in many chunks within a second.
#[cfg(feature = "test-hooks")]
fn hurry(config: &mut Config) {
    fn read<T: std::str::FromStr>(name: &str) -> Option<T> {
        std::env::var(name).ok()?.parse().ok()
    }
    if std::env::var_os("SLIPWAY_TEST_BRISK").is_some() {
        config.timing = slipway_engine::timing::Timing::brisk();
    }
    if let Some(size) = read::<u64>("SLIPWAY_TEST_CHUNK") {
        config.limits = slipway_engine::plan::ChunkLimits { min: size, max: size * 3, single_below: size * 2 };
    }
    if let Some(in_flight) = read("SLIPWAY_TEST_IN_FLIGHT") {
        config.in_flight = in_flight;
    }
}
