//! How the program is started: `slipway-desktop [--sandbox] [FILE…]`, with the environment that docs/cli.md lists.

use slipway_engine::failure::Failure;
use slipway_engine::{Config, environment};
use std::ffi::OsString;
use std::path::PathBuf;

/// What a call of the program says.
#[derive(Debug)]
pub(crate) struct Call {
    /// What an engine is opened with, but for what is set.
    pub(crate) basis: Config,
    /// Where nobody is signed in anywhere, the window opens on the pretend workspace.
    pub(crate) sandbox: bool,
    /// Files and folders that were named, from the root on: whoever they are handed to may stand elsewhere.
    pub(crate) files: Vec<PathBuf>,
}

impl Call {
    /// By these arguments, the program's own name left out, and by the environment.
    pub(crate) fn from(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Failure> {
        let home = environment::home()?;
        let mut basis = Config::new(std::path::absolute(&home).unwrap_or(home));
        basis.token = environment::token();
        // As `slipway` has it: a killed upload need not wait for two minutes before it is confirmed.
        #[cfg(feature = "test-hooks")]
        if std::env::var_os("SLIPWAY_TEST_BRISK").is_some() {
            basis.timing = slipway_engine::timing::Timing::brisk();
        }
        let (sandbox, files) = read(arguments);
        Ok(Self { basis, sandbox, files })
    }
}

/// The one option, and everything else that is named. What looks like another option is for the web view, or a mistake.
fn read(arguments: impl IntoIterator<Item = OsString>) -> (bool, Vec<PathBuf>) {
    let mut options_may_come = true;
    let (mut sandbox, mut files) = (false, Vec::new());
    for argument in arguments {
        let looks_like_one = argument.as_encoded_bytes().starts_with(b"-");
        if options_may_come && looks_like_one {
            options_may_come = argument != "--";
            sandbox |= argument == "--sandbox";
        } else {
            files.push(std::path::absolute(&argument).unwrap_or_else(|_| argument.into()));
        }
    }
    (sandbox, files)
}

/// Whether a window could be seen by anybody. The toolkit ends the program where there is no display.
pub(crate) fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_is_a_file_from_the_root_on_and_what_looks_like_an_option_is_none() {
        let here = std::env::current_dir().unwrap();
        let (sandbox, named) = read(["--hidden", "a film.mp4", "/b", "--", "--sandbox"].map(OsString::from));
        assert_eq!(named, [here.join("a film.mp4"), PathBuf::from("/b"), here.join("--sandbox")]);
        assert!(!sandbox);
        assert_eq!(read(["--sandbox"].map(OsString::from)), (true, Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_unicode_is_a_name() {
        use std::os::unix::ffi::OsStringExt;
        let strange = OsString::from_vec(b"/t\xffk.mp4".to_vec());
        assert_eq!(read([strange.clone()]).1, [PathBuf::from(strange)]);
    }
}
