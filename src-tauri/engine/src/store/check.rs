//! Whether the database is whole. Reading all of it takes as long as it is large. So that is done before it is used where it is
//! small, or was not closed well, or was found wanting; one that is large and was closed well is looked at cheaply, and read
//! through when there is time. What is found then counts at the next start.

use super::worker::{companion, corrupt};
use crate::timing::DATABASE_READ_THROUGH;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

/// Up to this size reading all of it takes a tenth of a second.
const SMALL: u64 = 8 << 20;

/// What is known before the database is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    closed_well: bool,
}

impl Before {
    /// Of a database that nobody has open. The last to close one takes its log away.
    pub(super) fn of(path: &Path) -> Self {
        Self { closed_well: !companion(path, "-wal").exists() && !mark(path).exists() }
    }

    /// Whether the database is whole, as far as it is read for that; true where the rest is to be read later.
    pub(super) fn look(self, connection: &Connection, path: &Path) -> rusqlite::Result<bool> {
        let size = path.metadata().map_or(0, |it| it.len());
        if !self.closed_well || size <= SMALL {
            // It is set aside, or it is well after all.
            let _ = std::fs::remove_file(mark(path));
            return read_through(connection).map(|()| false);
        }
        if length_in(path).is_some_and(|length| length > size) {
            return Err(corrupt("the file is shorter than the database"));
        }
        let tables: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for table in tables {
            connection.prepare(&format!("SELECT 1 FROM \"{table}\" LIMIT 1"))?.exists([])?;
        }
        Ok(true)
    }
}

/// How long the file says that it is. In its own header, since what SQLite says counts what is in the log already.
fn length_in(path: &Path) -> Option<u64> {
    let mut header = [0; 32];
    File::open(path).ok()?.read_exact(&mut header).ok()?;
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        // The format's word for one that does not fit.
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
    Some(page * u64::from(pages))
}

fn read_through(connection: &Connection) -> rusqlite::Result<()> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(corrupt(&verdict)) }
}

/// There when the database is to be read through at the next start.
fn mark(path: &Path) -> PathBuf {
    companion(path, ".suspect")
}

/// Reads a database through after a while. Dropping it ends that.
pub(super) struct Later {
    end: Option<mpsc::Sender<()>>,
    interrupt: Arc<Mutex<Option<InterruptHandle>>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later")
    }
}

impl Later {
    pub(super) fn of(path: &Path) -> std::io::Result<Self> {
        let (end, ended) = mpsc::channel();
        let interrupt = Arc::<Mutex<Option<InterruptHandle>>>::default();
        let (path, handle) = (path.to_owned(), Arc::clone(&interrupt));
        let thread = std::thread::Builder::new().name("store-check".into()).spawn(move || {
            if ended.recv_timeout(DATABASE_READ_THROUGH) == Err(mpsc::RecvTimeoutError::Timeout) {
                look(&path, &handle, &ended);
            }
        })?;
        Ok(Self { end: Some(end), interrupt, thread: Some(thread) })
    }
}

fn look(path: &Path, interrupt: &Mutex<Option<InterruptHandle>>, ended: &mpsc::Receiver<()>) {
    let read = || {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        *interrupt.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.get_interrupt_handle());
        if ended.try_recv() == Err(mpsc::TryRecvError::Disconnected) {
            return Ok(());
        }
        read_through(&connection)
    };
    match read() {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            tracing::error!("the database is damaged, and will be set aside at the next start: {error}");
            let _ = std::fs::write(mark(path), "");
        }
        Err(error) => tracing::debug!("the database was not read through: {error}"),
        Ok(()) => {}
    }
}

impl Drop for Later {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(handle) = &*self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, StoreError};
    use super::*;
    use std::fs;

    /// A database that was closed well and is too large to be read at the start.
    fn large() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("queue.db");
        drop(Store::open(&path).unwrap());
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch("CREATE TABLE filling (x)").unwrap();
        for _ in 0..=SMALL >> 20 {
            raw.execute("INSERT INTO filling VALUES (randomblob(1048576))", []).unwrap();
        }
        raw.execute_batch("CREATE INDEX filling_by_x ON filling (length(x), x)").unwrap();
        drop(raw);
        assert!(path.metadata().unwrap().len() > SMALL && Before::of(&path).closed_well);
        (dir, path)
    }

    /// Overwrites a page of the index, which nobody looks at for what is asked of every table.
    fn spoil(path: &Path) {
        let raw = Connection::open(path).unwrap();
        let root: i64 = raw
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'filling_by_x'", [], |row| row.get(0))
            .unwrap();
        let page: i64 = raw.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        drop(raw);
        let (from, page) = (((root - 1) * page) as usize, page as usize);
        let mut bytes = fs::read(path).unwrap();
        bytes[from..from + page].fill(0x5a);
        fs::write(path, bytes).unwrap();
    }

    fn is_set_aside(path: &Path) -> bool {
        matches!(Store::open(path), Err(StoreError::Damaged { .. }))
    }

    #[test]
    fn a_large_database_that_was_closed_well_is_read_through_later_and_what_is_found_counts_at_the_next_start() {
        let (_dir, path) = large();
        spoil(&path);
        drop(Store::open(&path).unwrap());
        let (_end, ended) = mpsc::channel();
        look(&path, &Mutex::default(), &ended);
        assert!(mark(&path).exists());
        assert!(is_set_aside(&path));
        assert!(!mark(&path).exists() && !path.exists());
        drop(Store::open(&path).unwrap());
    }

    #[test]
    fn a_large_one_that_is_brought_up_to_date_and_grows_in_its_log_is_whole() {
        let (_dir, path) = large();
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch("INSERT INTO filling VALUES (zeroblob(1048576)), (zeroblob(1048576))").unwrap();
        let before = Before { closed_well: true };
        assert!(before.look(&raw, &path).unwrap(), "what is new is in the log alone");
    }

    #[test]
    fn a_whole_one_stays_as_it_is_and_a_look_that_is_ended_finds_nothing() {
        let (_dir, path) = large();
        let (end, ended) = mpsc::channel();
        look(&path, &Mutex::default(), &ended);
        assert!(!mark(&path).exists());
        spoil(&path);
        drop(end);
        look(&path, &Mutex::default(), &ended);
        assert!(!mark(&path).exists());
        drop(Later::of(&path).unwrap());
    }

    #[test]
    fn a_large_one_that_was_not_closed_well_or_ends_too_early_is_noticed_at_the_start() {
        let (_dir, path) = large();
        spoil(&path);
        // The log of a process that was killed: what is in it matters less than that it is there.
        fs::write(companion(&path, "-wal"), "").unwrap();
        assert!(is_set_aside(&path));

        let (_dir, path) = large();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - (1 << 20)]).unwrap();
        assert!(is_set_aside(&path));
    }
}
