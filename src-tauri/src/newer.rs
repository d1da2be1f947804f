//! Whether there is a newer Slipway: one address is asked, once a day at most, what the last release is. What is found is said
//! in the window, with a way to its page; nothing is fetched or installed. Only with the feature `update-check`.
//!
//! When it was asked and what was found is `newer-version` in the data folder, so that starts do not count as days.

use crate::desktop::{Desktop, off_thread};
use crate::events::Event;
use crate::means::Means;
use crate::release::VERSION;
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::home::replace_private_file;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// What is asked: the last release, as GitHub, Forgejo and Gitea tell it.
#[cfg(not(feature = "test-hooks"))]
const ADDRESS: Option<&str> =
    Some(env!("SLIPWAY_RELEASES", "update-check asks an address: set it as SLIPWAY_RELEASES"));
#[cfg(feature = "test-hooks")]
const ADDRESS: Option<&str> = option_env!("SLIPWAY_RELEASES");

/// Between two questions.
const EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Until the first look at whether it is time, and between two: a start has better things to do, and a machine may sleep.
const LOOKS: (Duration, Duration) = (Duration::from_mins(1), Duration::from_hours(1));

/// An answer is a few kilobytes and the notes of one release.
const LONGEST: usize = 512 * 1024;

/// A release, as it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Release {
    version: Version,
    page: Url,
}

/// What is remembered.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    at: Timestamp,
    found: Option<Release>,
}

/// The last release, as far as it is known.
pub(crate) struct Newer {
    file: PathBuf,
    address: Option<Url>,
    running: Version,
    found: Mutex<Option<Release>>,
}

impl Newer {
    /// By what is remembered in a data folder.
    pub(crate) fn of(home: &Path) -> Self {
        Self::at(home, ADDRESS.and_then(|address| address.parse().ok()), VERSION)
    }

    fn at(home: &Path, address: Option<Url>, running: &str) -> Self {
        let file = home.join("newer-version");
        let found = Mutex::new(remembered(&file).and_then(|asked| asked.found));
        let running = running.parse().unwrap_or_else(|_| Version::new(0, 0, 0));
        Self { file, address, running, found }
    }

    /// The version that is newer than this one.
    pub(crate) fn version(&self) -> Option<String> {
        self.release().map(|release| release.version.to_string())
    }

    /// Where it is.
    pub(crate) fn page(&self) -> Option<String> {
        self.release().map(|release| release.page.into())
    }

    fn release(&self) -> Option<Release> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).clone();
        found.filter(|release| release.version > self.running)
    }

    /// Asks once a day, and tells the pages. Has no end.
    pub(crate) async fn follow(self: Arc<Self>, means: Arc<Means>, desktop: Arc<dyn Desktop>) {
        let Some(address) = self.address.clone() else { return std::future::pending().await };
        tokio::time::sleep(LOOKS.0).await;
        loop {
            match self.look(&address, &means, Timestamp::now()).await {
                Ok(Some(version)) => desktop.tell(Event::Newer(version)),
                Ok(None) => {}
                // Nobody waits for it, and a day later it is asked again.
                Err(failure) => tracing::info!(%failure, "whether there is a newer version is not known"),
            }
            tokio::time::sleep(LOOKS.1).await;
        }
    }

    /// Asks, if it is time. Answers a version that was not known before.
    async fn look(&self, address: &Url, means: &Means, now: Timestamp) -> Result<Option<String>, Failure> {
        let file = self.file.clone();
        let before = off_thread(move || Ok(remembered(&file))).await?;
        if before.as_ref().is_some_and(|before| !is_due(before.at, now)) {
            return Ok(None);
        }
        let known = before.and_then(|before| before.found);
        // First: whatever comes of it, it is not asked again today.
        self.remember(Asked { at: now, found: known.clone() }).await?;
        let config = means.config().await?;
        let unknown = |error: &dyn std::error::Error| Failure::new(Code::NotPossibleNow).caused_by(error);
        let body = config.network.get(address, &config.timing, LONGEST).await.map_err(|error| unknown(&error))?;
        let Some(found) = Release::read(&body, address) else { return Ok(None) };
        if known.as_ref() == Some(&found) {
            return Ok(None);
        }
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found.clone());
        self.remember(Asked { at: now, found: Some(found) }).await?;
        Ok(self.version())
    }

    async fn remember(&self, asked: Asked) -> Result<(), Failure> {
        let file = self.file.clone();
        off_thread(move || {
            let unwritable = |error: &dyn std::error::Error| {
                Failure::new(Code::DataFolderUnwritable).detail(file.display().to_string()).caused_by(error)
            };
            let text = serde_json::to_vec(&asked).map_err(|error| unwritable(&error))?;
            replace_private_file(&file, &text).map_err(|error| unwritable(&error))
        })
        .await
    }
}

fn remembered(file: &Path) -> Option<Asked> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Whether a day has passed. A moment that is still to come is one of a clock that was wrong.
fn is_due(asked: Timestamp, now: Timestamp) -> bool {
    asked > now || now.duration_since(asked) >= EVERY
}

impl Release {
    /// What an answer names: no draft, no trial, and a page where the answer came from.
    fn read(body: &[u8], asked: &Url) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            tag_name: String,
            html_url: Url,
            #[serde(default)]
            draft: bool,
            #[serde(default)]
            prerelease: bool,
        }
        let Answer { tag_name, html_url: page, draft, prerelease } = serde_json::from_slice(body).ok()?;
        let version: Version = tag_name.trim_start_matches('v').parse().ok()?;
        let at_home = page.scheme() == asked.scheme() && page.host_str() == asked.host_str().map(without_api);
        let is_offered = !draft && !prerelease && version.pre.is_empty() && at_home;
        is_offered.then_some(Self { version, page })
    }
}

/// GitHub's pages are beside its API.
fn without_api(host: &str) -> &str {
    host.strip_prefix("api.").unwrap_or(host)
}

#[cfg(test)]
mod tests;
