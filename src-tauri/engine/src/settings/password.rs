//! A proxy's password, in the keychain under the proxy's address.

use crate::failure::Failure;
use crate::timing::Timing;
use crate::vault::Keys;
use secrecy::SecretString;

/// The passwords of proxies.
#[derive(Debug)]
pub struct Passwords(Keys);

impl Passwords {
    /// Those in the system's keychain, which may take as long for an answer as is usual.
    #[must_use]
    pub fn new(timing: &Timing) -> Self {
        Self(Keys::new(timing.keychain))
    }

    /// Before a keychain in memory.
    #[cfg(feature = "test-hooks")]
    #[must_use]
    pub fn pretend() -> Self {
        Self(Keys::pretend())
    }

    /// The password of the proxy at this address.
    pub async fn of(&self, address: &str) -> Result<Option<SecretString>, Failure> {
        Ok(self.0.secret(&entry(address)).await?)
    }

    /// Keeps a password in the place of any other for that proxy, or none.
    pub async fn keep(&self, address: &str, password: Option<SecretString>) -> Result<(), Failure> {
        Ok(self.0.keep_secret(&entry(address), password).await?)
    }
}

fn entry(address: &str) -> String {
    format!("proxy {address}")
}
