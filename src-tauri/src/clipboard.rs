//! The system's clipboard: lists of files in, links out.

use arboard::{Clipboard as System, Error};
use slipway_engine::failure::{Code, Failure};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The clipboard. On Linux what was copied is there only as long as this is.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<System>>);

impl fmt::Debug for Clipboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clipboard")
    }
}

impl Clipboard {
    /// The files that were copied; none where something else was.
    pub(crate) fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        match self.with(|system| system.get().file_list()) {
            Err(Error::ContentNotAvailable) => Ok(Vec::new()),
            files => files.map_err(|error| failed(&error)),
        }
    }

    pub(crate) fn put(&self, text: String) -> Result<(), Failure> {
        self.with(|system| system.set_text(text)).map_err(|error| failed(&error))
    }

    /// Opened when it is first needed, and anew after something went wrong with it.
    fn with<T>(&self, ask: impl FnOnce(&mut System) -> Result<T, Error>) -> Result<T, Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut system = match open.take() {
            Some(system) => system,
            None => System::new()?,
        };
        let answer = ask(&mut system);
        if matches!(answer, Ok(_) | Err(Error::ContentNotAvailable)) {
            *open = Some(system);
        }
        answer
    }
}

fn failed(error: &Error) -> Failure {
    Failure::new(Code::DesktopFailed).caused_by(error)
}
