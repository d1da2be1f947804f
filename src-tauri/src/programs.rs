//! Programs that this machine may have or not.

use std::env;
use std::path::Path;

/// Whether a program is there: by its path, or by a name that is looked for as a shell would.
pub(crate) fn is_there(program: &str) -> bool {
    let path = Path::new(program);
    if path.is_absolute() {
        return path.is_file();
    }
    env::var_os("PATH").is_some_and(|dirs| env::split_paths(&dirs).any(|dir| dir.join(path).is_file()))
}
