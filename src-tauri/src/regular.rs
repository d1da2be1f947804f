//! Opening a person's file to look into it: a regular one, or none at all. A pipe would wait for whoever writes to it.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens a file for reading. Anything but a regular file is an error at once.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Without effect on regular files; a pipe is open at once, to be recognised below.
        options.custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}
