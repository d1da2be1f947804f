//! How a task starts other programs: from the top of the repository, with errors that name the command.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        // Cargo says it at run time. What was true when this program was compiled may be another clone's, when
        // several share a target folder.
        let own =
            std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        own.parent().map_or(own.clone(), Path::to_owned)
    });
    &ROOT
}

/// The folder with the pages of the window.
pub(crate) fn ui() -> PathBuf {
    root().join("ui")
}

/// A command that starts at the top of the repository.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that runs us. It is not told that it runs for this package: build scripts look at that, and would compile
/// everything above them anew whenever a task follows a build by hand.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_str().is_some_and(is_of_a_package)) {
        cargo.env_remove(name);
    }
    cargo
}

/// Whether cargo sets this for a package that it runs (The Cargo Book, Environment Variables).
fn is_of_a_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// npm, in the folder of the pages.
pub(crate) fn npm() -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(ui());
    npm
}

/// Runs a command to its end; its output goes where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    ensure!(status.success(), "{} ended with {status}", line(command));
    Ok(())
}

/// What a command printed, when it could be started and ended well.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as a person would type it, for messages.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Builds one of our programs and says where cargo put it.
pub(crate) fn build(package: &str, binary: &str, options: &[&str]) -> Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["build", "--package", package, "--bin", binary]).args(options);
    // The messages name the file, whatever the target folder, the profile or the platform's suffix.
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let output = cargo.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", line(&cargo)))?;
    ensure!(output.status.success(), "{} ended with {}", line(&cargo), output.status);
    let built = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|message| serde_json::from_str::<Value>(message).ok())
        .filter(|message| message["target"]["name"] == binary)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    match built {
        Some(path) => Ok(path),
        None => bail!("cargo built {package} without saying where {binary} is"),
    }
}

/// Where cargo puts what it builds; the demonstration and the measurements keep their files there too.
pub(crate) fn target() -> Result<PathBuf> {
    let mut cargo = cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1"]);
    let metadata = output(&mut cargo).with_context(|| format!("{} failed", line(&cargo)))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
    Ok(PathBuf::from(folder))
}

/// A program that ends when the task does, whatever the task's fate: as it would on Ctrl-C where that exists.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(Some(_))) {
            return;
        }
        let asked = cfg!(unix) && output(Command::new("kill").args(["-INT", &self.0.id().to_string()])).is_some();
        if asked {
            for _ in 0..50 {
                if matches!(self.0.try_wait(), Ok(Some(_))) {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}
