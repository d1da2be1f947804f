//! What the exit status says.

use slipway_engine::failure::{Code, Failure, Remedy};
use std::process::ExitCode;

/// How a command ended. Where several apply, the later in this list is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All done.
    Done,
    /// An item failed.
    ItemFailed,
    /// The command line does not make sense.
    Usage,
    /// Gave up waiting; still queued.
    GaveUp,
    /// A person is needed: sign in, settle.
    Person,
    /// The data folder or another owner stands in the way.
    Folder,
    /// Interrupted; still queued.
    Interrupted,
}

impl Exit {
    /// What a failure means for the status.
    pub(crate) fn of(failure: &Failure) -> Self {
        match failure.code {
            Code::DataFolderBusy
            | Code::OwnerOtherVersion
            | Code::DataFolderNewer
            | Code::DataFolderDamaged
            | Code::DataFolderUnwritable => Self::Folder,
            Code::WorkspaceInvalid
            | Code::WorkspaceNotEncrypted
            | Code::CertificateFileInvalid
            | Code::ProxyInvalid
            | Code::ItemUnknown => Self::Usage,
            _ => match failure.remedy() {
                Remedy::SignIn | Remedy::Settle => Self::Person,
                _ => Self::ItemFailed,
            },
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::ItemFailed => 1,
            Exit::Usage => 2,
            Exit::Person => 3,
            Exit::GaveUp => 4,
            Exit::Folder => 5,
            Exit::Interrupted => 130,
        })
    }
}

#[cfg(test)]
mod pages;
