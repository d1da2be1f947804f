//! What it means that a file cannot be had: it is gone, it may not be read, or the drive that holds it is away. Only the
//! last passes by itself, so it must not be mistaken for the others, nor they for it.

use crate::failure::{Code, Failure};
use crate::item::Stamp;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What is there is a directory, a device, a pipe or a socket.
#[derive(Debug, thiserror::Error)]
#[error("not a regular file")]
pub(super) struct NotRegular;

/// The failure of reading a file that nobody has seen yet.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    failure(path, error, code(error))
}

/// The failure of reading a file that was seen before, and so was on some drive.
pub(super) fn unreadable_now(path: &Path, stamp: &Stamp, error: &io::Error) -> Failure {
    let gone = code(error) == Code::SourceMissing && holder_is_away(path, stamp);
    let away = gone || drive_is_silent(error);
    failure(path, error, if away { Code::SourceAway } else { code(error) })
}

/// Whether the drive or the folder that held a file is still away. One cheap question, which a dead network drive may
/// take its time to answer.
pub(crate) fn is_away(path: &Path, stamp: &Stamp) -> bool {
    fs::metadata(path).is_err_and(|error| unreadable_now(path, stamp, &error).code == Code::SourceAway)
}

fn failure(path: &Path, error: &io::Error, code: Code) -> Failure {
    Failure::new(code).detail(path.display().to_string()).caused_by(error)
}

fn code(error: &io::Error) -> Code {
    match error.kind() {
        // A name that no file can have is one that is not there.
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Code::SourceMissing,
        ErrorKind::IsADirectory => Code::SourceNotAFile,
        _ if error.get_ref().and_then(|inner| inner.downcast_ref::<NotRegular>()).is_some() => Code::SourceNotAFile,
        _ if error.raw_os_error().is_some_and(|number| number == LINKS_IN_A_CIRCLE) => Code::SourceNotAFile,
        _ => Code::SourceUnreadable,
    }
}

/// A file that is gone went with its drive if its folder is gone too, or is on another device now: what is left of a
/// drive that was taken out is nothing, or the empty folder that it was mounted on. If only the file is gone, somebody
/// deleted or renamed it, and waiting would not bring it back.
fn holder_is_away(path: &Path, stamp: &Stamp) -> bool {
    let Some(folder) = path.parent() else { return false };
    match fs::metadata(folder) {
        Ok(meta) => matches!((super::file_id(&meta), stamp.file_id), (Some((now, _)), Some((then, _))) if now != then),
        Err(_) => true,
    }
}

/// Errors of the drive or of the way to it, and not of the file.
fn drive_is_silent(error: &io::Error) -> bool {
    let network = matches!(
        error.kind(),
        ErrorKind::NetworkDown
            | ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::NotConnected
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::TimedOut
    );
    network || error.raw_os_error().is_some_and(|number| SILENT.contains(&number))
}

#[cfg(unix)]
const LINKS_IN_A_CIRCLE: i32 = libc::ELOOP;

#[cfg(windows)]
// ERROR_CANT_RESOLVE_FILENAME
const LINKS_IN_A_CIRCLE: i32 = 1921;

/// What a drive that was pulled out, or a server of files that went away, is answered with, as far as the standard
/// library has no name for it.
#[cfg(unix)]
const SILENT: &[i32] = &[
    libc::EIO,
    libc::ENXIO,
    libc::ENODEV,
    libc::EHOSTDOWN,
    libc::ESHUTDOWN,
    #[cfg(target_os = "linux")]
    libc::ENOMEDIUM,
    #[cfg(target_os = "linux")]
    libc::EREMOTEIO,
];

/// ERROR_NOT_READY, BAD_NETPATH, DEV_NOT_EXIST, UNEXP_NET_ERR, NETNAME_DELETED, BAD_NET_NAME, NO_SUCH_DEVICE,
/// FILE_INVALID, IO_DEVICE, DEVICE_NOT_CONNECTED, in this order.
#[cfg(windows)]
const SILENT: &[i32] = &[21, 53, 55, 59, 64, 67, 433, 1006, 1117, 1167];

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::source::stamp;

    fn seen(dir: &Path) -> (std::path::PathBuf, Stamp) {
        let path = dir.join("drive/talk.mp4");
        fs::create_dir(dir.join("drive")).unwrap();
        fs::write(&path, "bytes").unwrap();
        let stamp = stamp(&path).unwrap();
        (path, stamp)
    }

    fn now(path: &Path, stamp: &Stamp) -> Code {
        let error = fs::metadata(path).unwrap_err();
        unreadable_now(path, stamp, &error).code
    }

    #[test]
    fn a_file_that_went_alone_is_missing_and_one_that_went_with_its_folder_or_its_drive_is_away() {
        let dir = tempfile::tempdir().unwrap();
        let (path, stamp) = seen(dir.path());
        assert!(!is_away(&path, &stamp));
        fs::remove_file(&path).unwrap();
        assert_eq!(now(&path, &stamp), Code::SourceMissing);
        // What is left of a drive is an empty folder of the machine's own.
        let (device, file) = stamp.file_id.unwrap();
        let of_a_drive = Stamp { file_id: Some((device + 1, file)), ..stamp.clone() };
        assert_eq!(now(&path, &of_a_drive), Code::SourceAway);
        fs::remove_dir(path.parent().unwrap()).unwrap();
        assert_eq!(now(&path, &stamp), Code::SourceAway);
        assert!(is_away(&path, &stamp));
        // The folder is a file now: whatever that is, it is no drive that comes back.
        fs::write(path.parent().unwrap(), "").unwrap();
        assert_eq!(now(&path, &stamp), Code::SourceMissing);
    }

    #[test]
    fn a_link_to_a_drive_goes_with_the_drive() {
        let dir = tempfile::tempdir().unwrap();
        let (path, stamp) = seen(dir.path());
        let link = dir.path().join("link.mp4");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let (device, file) = stamp.file_id.unwrap();
        let of_a_drive = Stamp { file_id: Some((device + 1, file)), ..stamp };
        fs::remove_file(&path).unwrap();
        assert_eq!(now(&link, &of_a_drive), Code::SourceAway);
    }

    #[test]
    fn a_drive_that_does_not_answer_is_away_once_it_was_seen_and_a_file_that_may_not_be_read_never() {
        let dir = tempfile::tempdir().unwrap();
        let (path, stamp) = seen(dir.path());
        for number in
            [libc::EIO, libc::ENXIO, libc::ENODEV, libc::ESTALE, libc::ENOTCONN, libc::EHOSTDOWN, libc::ETIMEDOUT]
        {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(unreadable_now(&path, &stamp, &error).code, Code::SourceAway, "{error}");
            assert_eq!(unreadable(&path, &error).code, Code::SourceUnreadable, "{error}");
        }
        for number in [libc::EACCES, libc::EPERM, libc::EMFILE] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(unreadable_now(&path, &stamp, &error).code, Code::SourceUnreadable, "{error}");
        }
    }
}
