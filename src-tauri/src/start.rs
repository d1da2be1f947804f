//! How the program is started: `slipway-desktop [--hidden] [--sandbox] [FILE…]`, with the environment that docs/cli.md lists.

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
    /// The window waits in the tray, as at a start by the system.
    pub(crate) hidden: bool,
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
        let Said { sandbox, hidden, files } = Said::in_these(arguments);
        Ok(Self { basis, sandbox, hidden, files })
    }
}

/// What the arguments say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    sandbox: bool,
    hidden: bool,
    files: Vec<PathBuf>,
}

impl Said {
    /// The options, and everything else that is named. What looks like another option is for the web view, or a mistake.
    fn in_these(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut options_may_come = true;
        let mut said = Self::default();
        for argument in arguments {
            let looks_like_one = argument.as_encoded_bytes().starts_with(b"-");
            if options_may_come && looks_like_one {
                options_may_come = argument != "--";
                said.sandbox |= argument == "--sandbox";
                said.hidden |= argument == HIDDEN;
            } else {
                said.files.push(std::path::absolute(&argument).unwrap_or_else(|_| argument.into()));
            }
        }
        said
    }
}

/// The option by which the system starts the program.
pub(crate) const HIDDEN: &str = "--hidden";

/// Whether a window could be seen by anybody. The toolkit ends the program where there is no display.
pub(crate) fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: impl IntoIterator<Item = &'static str>) -> Said {
        Said::in_these(arguments.into_iter().map(OsString::from))
    }

    #[test]
    fn what_is_named_is_a_file_from_the_root_on_and_what_looks_like_an_option_is_none() {
        let here = std::env::current_dir().unwrap();
        let Said { sandbox, hidden, files } = said(["--automation", "a film.mp4", "/b", "--", "--sandbox", "--hidden"]);
        assert_eq!(files, [here.join("a film.mp4"), "/b".into(), here.join("--sandbox"), here.join("--hidden")]);
        assert!(!sandbox && !hidden);
    }

    #[test]
    fn each_option_says_its_own() {
        assert_eq!(said(["--sandbox"]), Said { sandbox: true, ..Said::default() });
        assert_eq!(said(["--hidden"]), Said { hidden: true, ..Said::default() });
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_unicode_is_a_name() {
        use std::os::unix::ffi::OsStringExt;
        let strange = OsString::from_vec(b"/t\xffk.mp4".to_vec());
        assert_eq!(Said::in_these([strange.clone()]).files, [PathBuf::from(strange)]);
    }
}
