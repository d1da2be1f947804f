//! A pretend workspace in a process of its own, as `slipway sandbox` starts it, and `slipway upload` against it.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::shell::{Running, command, line};

/// How long a sandbox may take until it listens: a slow machine, a debug build.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running sandbox; it ends with this value.
pub(crate) struct Sandbox {
    /// `http://127.0.0.1:PORT`
    pub(crate) address: String,
    token: String,
    /// The authority of its certificate, where it has one.
    ca_file: Option<PathBuf>,
    process: Running,
}

impl Sandbox {
    /// Starts one in `folder`, at this port when it is free.
    pub(crate) fn start(slipway: &Path, folder: &Path, port: u16, options: &[&str]) -> Result<Self> {
        Self::start_at(slipway, folder, free(port)?, options, |here| here)
    }

    /// Starts one that is spoken to by TLS, at an address that another network namespace may have: `from` says how a
    /// command is run there.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_elsewhere(
        slipway: &Path,
        folder: &Path,
        listen: SocketAddr,
        options: &[&str],
        from: impl Fn(Command) -> Command,
    ) -> Result<Self> {
        let mut started = Self::start_at(slipway, folder, listen, &[options, &["--tls"]].concat(), from)?;
        started.address = format!("https://{listen}");
        started.ca_file = Some(folder.join("ca.pem"));
        Ok(started)
    }

    fn start_at(
        slipway: &Path,
        folder: &Path,
        listen: SocketAddr,
        options: &[&str],
        from: impl Fn(Command) -> Command,
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let token = random_token();
        let log = folder.with_extension("log");
        let mut sandbox = command(slipway);
        sandbox.args(["sandbox", "--listen", &listen.to_string(), "--dir"]).arg(folder).args(options);
        sandbox.env("SLIPWAY_SANDBOX_TOKEN", &token);
        let mut sandbox = from(sandbox);
        sandbox.stdin(Stdio::null()).stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
        let process = sandbox.spawn().with_context(|| format!("cannot start {}", line(&sandbox)))?;
        let mut started = Self { address: format!("http://{listen}"), token, ca_file: None, process: Running(process) };
        let since = Instant::now();
        // It says where it is as soon as it listens.
        while !fs::read_to_string(&log).unwrap_or_default().contains(&listen.to_string()) {
            if let Some(status) = started.process.0.try_wait()? {
                let said = fs::read_to_string(&log).unwrap_or_default();
                bail!("{} ended with {status}\n{said}", line(&sandbox));
            }
            if since.elapsed() > PATIENCE {
                bail!("{} does not listen after {} s; see {}", line(&sandbox), PATIENCE.as_secs(), log.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(started)
    }

    /// `slipway WORD…` with its data in `home`, and what it needs to get in here without a sign-in.
    pub(crate) fn slipway(&self, slipway: &Path, home: &Path, words: &[&str]) -> Command {
        let mut command = command(slipway);
        command.args(words).args(["--workspace", &self.address]);
        command.env("SLIPWAY_HOME", home).env("SLIPWAY_TOKEN", &self.token);
        if let Some(file) = &self.ca_file {
            command.env("SLIPWAY_CA", file);
        }
        command
    }

    /// An address at which nobody listens any more.
    pub(crate) fn closed(mut self) -> Result<Self> {
        self.process.0.kill()?;
        self.process.0.wait()?;
        Ok(self)
    }

    /// Stays until somebody stops it.
    pub(crate) fn wait(mut self) -> Result<()> {
        self.process.0.wait()?;
        Ok(())
    }

    /// The authority of its certificate, where it has one.
    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// What it lets in, for a program that is not Slipway.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

/// This port of the loopback interface, or any other when it is taken.
fn free(port: u16) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = listener.or_else(|_taken| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?)
}

/// 128 random bits: each hasher state is seeded by the system.
fn random_token() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
