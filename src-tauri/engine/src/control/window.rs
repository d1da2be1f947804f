//! One window for each data folder. The process that opened it listens in a folder of its own in there; another start hands
//! over the files that it was given, and ends. That needs no session bus, carries names that are no Unicode, and keeps the
//! windows of two data folders apart.
//!
//! Who owns the queue is another matter: a command line may own it, and the window be its guest.

use super::socket::{self, Listener};
use super::{LONGEST_REQUEST, write_line};
use crate::failure::{Code, Failure};
use crate::home::Home;
use crate::timing::Timing;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::codec::{FramedRead, LinesCodec};

/// What a start with a window comes to.
#[derive(Debug)]
pub enum WindowStart {
    /// This process has the window of the data folder from now on.
    First(Doorbell),
    /// Another one has it, took the files over and shows itself.
    HandedOver,
}

/// Where further starts ring.
#[derive(Debug)]
pub struct Doorbell {
    // The name of the socket goes before the lock that keeps it ours.
    listener: Listener,
    _ours: Home,
    patience: Duration,
}

/// A file or folder that is handed over.
#[derive(Serialize, Deserialize)]
struct Given(#[serde(with = "crate::paths::exact")] PathBuf);

impl WindowStart {
    /// Finds out whether there is a window on the data folder already, and hands the files over if there is.
    pub async fn on(home: &Path, files: &[PathBuf], timing: &Timing) -> Result<Self, Failure> {
        let folder = home.join("window");
        let patience = timing.owner_tried_for;
        let end = Instant::now() + patience;
        let mut pause = timing.owner_tried.0;
        loop {
            let busy = match Home::open(&folder) {
                Ok(ours) => {
                    let listener = Listener::bind(&folder).map_err(|error| unreachable_at(&folder, &error))?;
                    return Ok(Self::First(Doorbell { listener, _ours: ours, patience }));
                }
                Err(failure) if failure.code == Code::DataFolderBusy => failure,
                Err(failure) => return Err(failure),
            };
            // It may be about to listen, or about to end.
            match timeout(patience, ring(&folder, files)).await {
                Ok(Ok(())) => return Ok(Self::HandedOver),
                Ok(Err(error)) if Instant::now() + pause >= end => return Err(busy.caused_by(&error)),
                Err(late) => return Err(busy.caused_by(&late)),
                Ok(Err(_)) => {}
            }
            sleep(pause).await;
            pause = (pause * 2).min(timing.owner_tried.1);
        }
    }
}

impl Doorbell {
    /// What the next start hands over, from the root on; often nothing, and then the window is only to be shown.
    pub async fn rung(&mut self) -> io::Result<Vec<PathBuf>> {
        loop {
            let stream = self.listener.accept().await?;
            match timeout(self.patience, answer(stream)).await {
                Ok(Ok(files)) => return Ok(files),
                Ok(Err(error)) => tracing::warn!("a start was not understood: {error}"),
                Err(_) => tracing::warn!("a start rang and said nothing"),
            }
        }
    }
}

async fn ring(folder: &Path, files: &[PathBuf]) -> io::Result<()> {
    let mut stream = socket::connect(folder).await?;
    let given: Vec<Given> = files.iter().cloned().map(Given).collect();
    write_line(&mut stream, &given).await?;
    // Told before it has them, the files would be lost with it.
    if read_line(stream).await? { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<Vec<PathBuf>> {
    let given: Vec<Given> = read_line(&mut stream).await?;
    write_line(&mut stream, &true).await?;
    Ok(given.into_iter().map(|Given(path)| path).collect())
}

/// The one line that the other side says.
async fn read_line<T: DeserializeOwned>(stream: impl AsyncRead + Unpin) -> io::Result<T> {
    let mut lines = FramedRead::new(stream, LinesCodec::new_with_max_length(LONGEST_REQUEST));
    let line = lines.next().await.ok_or(io::ErrorKind::UnexpectedEof)?.map_err(io::Error::other)?;
    Ok(serde_json::from_str(&line)?)
}

fn unreachable_at(folder: &Path, error: &io::Error) -> Failure {
    Failure::new(Code::DataFolderUnwritable).detail(folder.display().to_string()).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn start(home: &Path, files: &[PathBuf]) -> Result<WindowStart, Failure> {
        let timing = Timing { owner_tried_for: Duration::from_millis(300), ..Timing::default() };
        WindowStart::on(home, files, &timing).await
    }

    async fn first(home: &Path) -> Doorbell {
        match start(home, &[]).await.unwrap() {
            WindowStart::First(bell) => bell,
            WindowStart::HandedOver => panic!("somebody is there"),
        }
    }

    #[tokio::test]
    async fn a_second_start_hands_its_files_over_and_the_next_after_the_first_is_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let mut bell = first(dir.path()).await;
        let files = vec![PathBuf::from("/films/a b.mp4"), PathBuf::from("/films")];
        let (rung, second) = tokio::join!(bell.rung(), start(dir.path(), &files));
        assert_eq!(rung.unwrap(), files);
        assert!(matches!(second, Ok(WindowStart::HandedOver)));
        let (rung, third) = tokio::join!(bell.rung(), start(dir.path(), &[]));
        assert_eq!(rung.unwrap(), Vec::<PathBuf>::new());
        assert!(matches!(third, Ok(WindowStart::HandedOver)));
        drop(bell);
        first(dir.path()).await;
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_name_that_is_no_unicode_arrives_as_it_was() {
        use std::os::unix::ffi::OsStringExt;
        let dir = tempfile::tempdir().unwrap();
        let mut bell = first(dir.path()).await;
        let files = [PathBuf::from(std::ffi::OsString::from_vec(b"/t\xffk.mp4".to_vec()))];
        let (rung, _) = tokio::join!(bell.rung(), start(dir.path(), &files));
        assert_eq!(rung.unwrap(), files);
    }

    #[tokio::test]
    async fn two_data_folders_have_two_windows_and_a_queue_that_is_owned_is_no_window() {
        let dir = tempfile::tempdir().unwrap();
        let _queue = Home::open(&dir.path().join("one")).unwrap();
        let _one = first(&dir.path().join("one")).await;
        let _other = first(&dir.path().join("other")).await;
    }

    #[tokio::test]
    async fn a_window_that_does_not_answer_is_said_to_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let _stuck = first(dir.path()).await;
        let failure = start(dir.path(), &["/a".into()]).await.unwrap_err();
        assert_eq!(failure.code, Code::DataFolderBusy);
    }

    #[tokio::test]
    async fn nonsense_and_silence_at_the_door_keep_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let mut bell = first(dir.path()).await;
        let folder = dir.path().join("window");
        let silent = socket::connect(&folder).await.unwrap();
        let mut nonsense = socket::connect(&folder).await.unwrap();
        write_line(&mut nonsense, &"who are you").await.unwrap();
        let files = ["/a".into()];
        let (rung, second) = tokio::join!(bell.rung(), ring(&folder, &files));
        assert_eq!(rung.unwrap(), files);
        second.unwrap();
        drop(silent);
    }
}
