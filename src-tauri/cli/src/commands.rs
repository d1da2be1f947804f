//! The commands, a file each. Following items to their end, which `upload` and `run` share, is in `follow.rs`.

pub(crate) mod bundle;
pub(crate) mod doctor;
pub(crate) mod edit;
mod follow;
pub(crate) mod limits;
pub(crate) mod login;
mod pages;
pub(crate) mod queue;
pub(crate) mod replace;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod upload;
pub(crate) mod videos;
pub(crate) mod watch;

use crate::exit::Exit;
use crate::report;
use slipway_engine::failure::Failure;

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The engine says so.
    Engine(Failure, bool),
    /// A sentence for people, and the status.
    Usage(String, Exit),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure, false)
    }
}

impl Trouble {
    /// The same trouble, told to a program.
    pub(crate) fn in_json(self, json: bool) -> Self {
        match self {
            Self::Engine(failure, _) => Self::Engine(failure, json),
            other @ Self::Usage(..) => other,
        }
    }

    pub(crate) fn tell(&self) -> Exit {
        match self {
            Self::Engine(failure, json) => report::failure(failure, *json),
            Self::Usage(text, exit) => {
                report::line_to_stderr(&format!("slipway: {text}"));
                *exit
            }
        }
    }
}

pub(crate) type Done = Result<Exit, Trouble>;
