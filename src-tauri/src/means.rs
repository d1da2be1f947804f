//! What an engine is opened with: the data folder, what the environment says, what is set, and what a proxy wants to hear.

use crate::told::{Voice, system_language};
use secrecy::SecretString;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::settings::{Passwords, ProxySetting, Reading, Settings, SettingsFile};
use slipway_engine::{Config, Network, environment};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What an engine is opened with.
#[derive(Debug)]
pub(crate) struct Means {
    /// All but the network, and how many chunks.
    basis: Config,
    pub(crate) file: SettingsFile,
    now: Mutex<Now>,
    passwords: Passwords,
}

#[derive(Debug)]
struct Now {
    reading: Reading,
    /// The proxy's, once it is known.
    password: Option<SecretString>,
    /// Why it is not known, though it is in the keychain.
    locked: Option<Failure>,
}

impl Means {
    /// Reads what is set in a data folder.
    pub(crate) fn of(basis: Config) -> Self {
        let file = SettingsFile::of(&basis.home);
        let now = Mutex::new(Now { reading: file.read(), password: None, locked: None });
        let passwords = Passwords::new(&basis.timing);
        #[cfg(test)]
        let passwords = if basis.pretend_keychain { Passwords::pretend() } else { passwords };
        Self { basis, file, now, passwords }
    }

    /// What is set.
    pub(crate) fn settings(&self) -> Settings {
        self.now().reading.settings.clone()
    }

    /// What stands in the file of settings and cannot be.
    pub(crate) fn odd(&self) -> Vec<Failure> {
        self.now().reading.odd.clone()
    }

    /// Whether a password is known for the proxy, or will be once the keychain is open.
    pub(crate) fn has_password(&self) -> bool {
        let now = self.now();
        let kept = matches!(now.reading.settings.proxy, ProxySetting::Through { password_kept: true, .. });
        kept || now.password.is_some()
    }

    /// Why the keychain did not give the proxy's password out, if it did not.
    pub(crate) fn locked(&self) -> Option<Failure> {
        self.now().locked.clone()
    }

    /// What was written down is in force.
    pub(crate) fn set(&self, reading: Reading, voice: &Voice) {
        voice.speak(reading.settings.language.or(system_language()));
        self.now().reading = reading;
    }

    /// Keeps another password for a proxy than the one before, or none, and forgets the one of a proxy that is not used any
    /// more. Whether it is in the keychain now; where there is no keychain, it is kept for this time.
    pub(crate) async fn change_password(
        &self,
        proxy: &ProxySetting,
        new: Option<SecretString>,
    ) -> Result<bool, Failure> {
        if let ProxySetting::Through { address, password_kept: true, .. } = &self.settings().proxy
            && (new.is_none() || !matches!(proxy, ProxySetting::Through { address: next, .. } if next == address))
        {
            // Before it is forgotten where it was: it could not be found again.
            self.passwords.keep(address, None).await?;
        }
        let kept = match (proxy, &new) {
            (ProxySetting::Through { address, .. }, Some(password)) => {
                match self.passwords.keep(address, Some(password.clone())).await {
                    Ok(()) => true,
                    Err(failure) if failure.code == Code::KeychainMissing => false,
                    Err(failure) => return Err(failure),
                }
            }
            _ => false,
        };
        let mut now = self.now();
        now.password = new;
        now.locked = None;
        Ok(kept)
    }

    /// What the next engine is opened with. A proxy whose password cannot be had is asked without; it says what it wants.
    pub(crate) async fn config(&self) -> Result<Config, Failure> {
        let settings = self.settings();
        if let ProxySetting::Through { address, password_kept: true, .. } = &settings.proxy
            && self.password().is_none()
        {
            let asked = self.passwords.of(address).await;
            let mut now = self.now();
            match asked {
                Ok(password) => (now.password, now.locked) = (password, None),
                Err(failure) => now.locked = Some(failure),
            }
        }
        let mut config = self.basis.clone();
        config.network = environment::over(settings.network(self.password())?)?;
        config.in_flight = settings.in_flight.unwrap_or(config.in_flight);
        Ok(config)
    }

    /// Whether settings lead to the network at all: reads the file of authorities.
    pub(crate) fn check(settings: &Settings) -> Result<(), Failure> {
        let network: Network = environment::over(settings.network(None)?)?;
        network.check()
    }

    /// Simultaneous chunks where nobody has set a number.
    pub(crate) fn usual_in_flight(&self) -> usize {
        self.basis.in_flight
    }

    fn password(&self) -> Option<SecretString> {
        self.now().password.clone()
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
