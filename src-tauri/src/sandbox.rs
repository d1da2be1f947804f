//! The pretend workspace that the first screen offers: it runs in this process and is an ordinary workspace otherwise.
//!
//! It has one address for good, because what is queued is queued for an address. So its port is chosen once, from below
//! those that systems hand out by themselves, and remembered in the data folder; where somebody else has taken it, Slipway
//! says so and tries again until it is free. Another port would leave everything in the queue behind.

use crate::ipc::Nothing;
use crate::shell::Shell;
use crate::sign_in::SignedIn;
use secrecy::SecretString;
use slipway_engine::failure::{Code, Failure, Remedy};
use slipway_engine::workspace::Origin;
use slipway_sandbox::{Config, Sandbox};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Where a port is looked for. Linux hands out ports from 32768 on by itself, macOS and Windows from 49152 on.
const PORTS: RangeInclusive<u16> = 23230..=23249;

/// Between tries to have the port that somebody else has.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way to the pretend workspace.
#[derive(Default)]
pub(crate) struct Door {
    up: Mutex<Option<Sandbox>>,
}

/// The folder of the pretend workspace in a data folder.
fn folder(home: &Path) -> PathBuf {
    home.join("sandbox")
}

/// Its address, if it ever had one.
async fn address(home: &Path) -> Option<SocketAddr> {
    let port = tokio::fs::read_to_string(folder(home).join("port")).await.ok()?;
    Some(SocketAddr::from(([127, 0, 0, 1], port.trim().parse().ok()?)))
}

fn origin_of(address: SocketAddr) -> Result<Origin, Failure> {
    Origin::parse(&format!("http://{address}"))
}

impl Door {
    /// What opens it, once it is up.
    async fn open(&self, home: &Path) -> Result<(Origin, SecretString), Failure> {
        let mut up = self.up.lock().await;
        let sandbox = match up.take() {
            Some(sandbox) => sandbox,
            None => start(home).await?,
        };
        let way = (origin_of(sandbox.address())?, SecretString::from(sandbox.token()));
        *up = Some(sandbox);
        Ok(way)
    }

    pub(crate) async fn close(&self) {
        if let Some(sandbox) = self.up.lock().await.take() {
            sandbox.stop().await;
        }
    }
}

async fn start(home: &Path) -> Result<Sandbox, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::new(Code::SandboxNotStarted).caused_by(error);
    let start =
        |listen| Sandbox::start(Config { listen, dir: Some(folder(home).join("workspace")), ..Config::default() });
    if let Some(listen) = address(home).await {
        return start(listen).await.map_err(|error| failed(&error).detail(listen.to_string()));
    }
    let mut last = None;
    for port in PORTS {
        match start(SocketAddr::from(([127, 0, 0, 1], port))).await {
            Ok(sandbox) => {
                let remembered = tokio::fs::write(folder(home).join("port"), port.to_string()).await;
                return remembered.map(|()| sandbox).map_err(|error| failed(&error));
            }
            Err(error) => last = Some(failed(&error)),
        }
    }
    Err(last.unwrap_or_else(|| Failure::new(Code::SandboxNotStarted)))
}

impl Shell {
    pub(crate) async fn open_sandbox(&self, _: Nothing) -> Result<SignedIn, Failure> {
        let (origin, token) = self.sandbox.open(&self.home).await?;
        self.sign_in(origin, token).await
    }

    /// Brings the pretend workspace up again where somebody is signed in to it, however often that has to be tried. Where
    /// it is wanted and nobody is signed in anywhere, goes through its door.
    pub(crate) async fn resume_sandbox(self: Arc<Self>, wanted: bool) {
        if wanted && self.workspaces().await.is_ok_and(|known| known.is_empty()) {
            if let Err(failure) = self.open_sandbox(Nothing {}).await {
                tracing::warn!(%failure, "the sandbox could not be opened");
            }
            return;
        }
        let Some(origin) = address(&self.home).await.and_then(|address| origin_of(address).ok()) else { return };
        loop {
            // Signed out of it meanwhile, or no engine: nobody needs it.
            let Ok(Some(workspace)) = self.known(origin.host()).await else { return };
            match self.sandbox.open(&self.home).await {
                Err(failure) => tracing::warn!(%failure, "the sandbox is not up"),
                Ok((origin, token)) => {
                    let engine = self.place.engine().await;
                    let report = match &engine {
                        Ok(engine) => engine.look_at(&workspace).await,
                        Err(failure) => Err(failure.clone()),
                    };
                    // Where there is no keychain, nothing but this knows its token.
                    let locked_out = report.is_ok_and(|it| it.result.is_err_and(|it| it.remedy() == Remedy::SignIn));
                    drop(engine);
                    if locked_out && let Err(failure) = self.sign_in(origin, token).await {
                        tracing::warn!(%failure, "not signed in to the sandbox");
                    }
                    return;
                }
            }
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// Where the pretend workspace shows itself, if it is up.
    pub(crate) async fn sandbox_page(&self) -> Option<String> {
        self.sandbox.up.lock().await.as_ref().map(Sandbox::url)
    }
}
