//! The thread that owns the connection: opening, migrating, grouping work into transactions, flushing.

use super::StoreError;
use super::check::{Before, Later};
use crate::home::{Home, private_file};
use crate::timing;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Runs inside the transaction, or not at all where that is gone; what it returns is told how the transaction ended, and
/// answers the caller.
type Job = Box<dyn FnOnce(Option<&Connection>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), rusqlite::Error>) + Send>;

/// How many jobs share one transaction at most: enough for a full pool of acknowledgements, and a bound on how long
/// the first of them waits.
const GROUP: usize = 64;

#[derive(Debug)]
pub(super) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// Ends before the thread does: the last to close the database takes its log away.
    check: Option<Later>,
    /// Given up when the thread has ended.
    home: Option<Arc<Home>>,
}

impl Worker {
    pub(super) fn start(path: &Path, migrations: &'static [&'static str]) -> Result<Self, StoreError> {
        let (connection, is_to_be_read) = open(path, migrations)?;
        let mut worker = Self::on(connection)?;
        worker.check = is_to_be_read.then(|| Later::of(path)).transpose()?;
        Ok(worker)
    }

    pub(super) fn look_into(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(timing::DATABASE_BUSY)?;
        // Whoever owns it writes its log back; not we.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Self::on(connection)
    }

    fn on(connection: Connection) -> Result<Self, StoreError> {
        let (jobs, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || run(&connection, &inbox))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), check: None, home: None })
    }

    pub(super) fn keeping(mut self, home: Arc<Home>) -> Self {
        self.home = Some(home);
        self
    }

    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = connection.map(|connection| in_savepoint(connection, work));
            Box::new(move |committed| {
                // Its own error says more than what became of the others with it.
                let result = match result {
                    Some(Err(error)) => Err(error),
                    Some(Ok(value)) => committed.map(|()| value),
                    None => Err(committed.err().unwrap_or_else(rolled_back)),
                };
                // Nobody waits any more when the caller was cancelled; the work stands all the same.
                let _ = reply.send(result);
            })
        });
        self.jobs.as_ref().ok_or(StoreError::Closed)?.send(job).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?.map_err(StoreError::from)
    }
}

impl Worker {
    /// Does the work like [`Self::call`], and nobody waits for it.
    pub(super) fn post(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static) {
        let job: Job = Box::new(move |connection| {
            if let Some(Err(error)) = connection.map(|connection| in_savepoint(connection, work)) {
                tracing::debug!("a line of a log could not be written: {error}");
            }
            Box::new(|_committed| {})
        });
        if let Some(jobs) = &self.jobs {
            // Closed means that the engine stops.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.check.take());
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        drop(self.home.take());
    }
}

fn run(connection: &Connection, inbox: &mpsc::Receiver<Job>) {
    let mut dirty = false;
    loop {
        let first = if dirty {
            match inbox.recv_timeout(timing::DATABASE_IDLE) {
                Ok(job) => job,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    checkpoint(connection);
                    dirty = false;
                    continue;
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        } else {
            match inbox.recv() {
                Ok(job) => job,
                Err(mpsc::RecvError) => break,
            }
        };
        let group: Vec<Job> = std::iter::once(first).chain(inbox.try_iter().take(GROUP - 1)).collect();
        dirty |= work_off(connection, group);
    }
    checkpoint(connection);
}

/// Runs a group in one transaction, then tells each caller. Returns whether anything was written.
fn work_off(connection: &Connection, group: Vec<Job>) -> bool {
    let before = connection.total_changes();
    let begun = connection.execute_batch("BEGIN");
    // A full disk can make SQLite roll everything back by itself. Whatever ran after that would stand alone, unseen by
    // the COMMIT that answers for it.
    let still_in = || !connection.is_autocommit();
    let answers: Vec<Answer> = group.into_iter().map(|job| job(still_in().then_some(connection))).collect();
    let mut committed = begun.and_then(|()| if still_in() { Ok(()) } else { Err(rolled_back()) });
    committed = committed.and_then(|()| connection.execute_batch("COMMIT"));
    if committed.is_err() && still_in() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    for answer in answers {
        // An SQLite error cannot be cloned: the first caller gets the original, the others its code.
        let copy = match &committed {
            Ok(()) => Ok(()),
            Err(error) => Err(copy_of(error)),
        };
        answer(std::mem::replace(&mut committed, copy));
    }
    connection.total_changes() != before
}

pub(super) fn rolled_back() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
    rusqlite::Error::SqliteFailure(code, Some("the transaction was rolled back".to_owned()))
}

fn copy_of(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(1), Some(other.to_string())),
    }
}

/// A job, or a part of one, that fails takes back its own statements and nobody else's.
pub(super) fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.execute_batch("SAVEPOINT job")?;
    match work(connection) {
        Ok(value) => connection.execute_batch("RELEASE job").map(|()| value),
        Err(error) => {
            if connection.execute_batch("ROLLBACK TO job; RELEASE job").is_err() {
                // Half of a job must not be committed with the others.
                let _ = connection.execute_batch("ROLLBACK");
            }
            Err(error)
        }
    }
}

/// Moves the log into the database and empties it: overwritten tokens must not live on in the log.
fn checkpoint(connection: &Connection) {
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
}

fn open(path: &Path, migrations: &'static [&'static str]) -> Result<(Connection, bool), StoreError> {
    let empty = private_file(path)?.metadata()?.len() == 0;
    let log = companion(path, "-wal");
    if empty && log.metadata().is_ok_and(|it| it.len() > 0) {
        // A log comes after its database has a first page; SQLite would drop it and begin anew without a word.
        let source = corrupt("the database is empty, and its log is not");
        return Err(StoreError::Damaged { moved_to: set_aside(path)?, source });
    }
    match open_and_migrate(path, migrations) {
        Err(StoreError::Sqlite(error))
            if matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)) =>
        {
            let moved_to = set_aside(path)?;
            Err(StoreError::Damaged { moved_to, source: error })
        }
        result => result,
    }
}

fn open_and_migrate(path: &Path, migrations: &'static [&'static str]) -> Result<(Connection, bool), StoreError> {
    let before = Before::of(path);
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(timing::DATABASE_BUSY)?;
    // Closing would merge the log into the database and delete it: not with one that is refused or set aside.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = migrations.len() as u32;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;",
    )?;
    for (index, sql) in migrations.iter().enumerate().skip(found as usize) {
        let step = connection.transaction()?;
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", index as u32 + 1)?;
        step.commit()?;
    }
    // A damaged file is to be noticed now and not in the middle of an upload.
    let is_to_be_read = before.look(&connection, path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok((connection, is_to_be_read))
}

pub(super) fn corrupt(verdict: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some(verdict.to_owned()))
}

pub(super) fn companion(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Renames the database and its companions, which belong together, to names that say what they are.
fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut moved_to = companion(path, &format!(".damaged-{stamp}"));
    // An earlier one may hold what somebody still wants to save.
    for number in 2.. {
        if !["", "-wal", "-shm"].iter().any(|suffix| companion(&moved_to, suffix).exists()) {
            break;
        }
        moved_to = companion(path, &format!(".damaged-{stamp}-{number}"));
    }
    std::fs::rename(path, &moved_to)?;
    for suffix in ["-wal", "-shm"] {
        let from = companion(path, suffix);
        if from.exists() {
            std::fs::rename(from, companion(&moved_to, suffix))?;
        }
    }
    Ok(moved_to)
}
