//! A database that is damaged, or from a newer version.

use super::*;
use std::collections::BTreeMap;
use std::fs;

/// Every file of a folder with its bytes.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())).collect()
}

/// Reading makes an empty log and its index where there were none; nothing else may appear or change.
fn assert_untouched(dir: &Path, before: &BTreeMap<String, Vec<u8>>) {
    let mut after = contents(dir);
    after.remove("queue.db-shm");
    if !before.contains_key("queue.db-wal") {
        assert!(after.remove("queue.db-wal").is_none_or(|log| log.is_empty()));
    }
    // Compared without printing: the bytes would fill screens.
    assert!(after == *before, "{:?} has changed", after.keys());
}

fn raw(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).unwrap()
}

/// A closed database with enough in it to fill many pages.
async fn filled() -> (TempDir, PathBuf) {
    let folder = Folder::new();
    let item = folder.add(talk()).await;
    for line in 0..200 {
        folder.store.note(item.id, format!("line {line}: {}", "x".repeat(200)));
    }
    let path = folder.database();
    let Folder { dir, store } = folder;
    drop(store);
    (dir, path)
}

/// Opens a damaged database and returns where it was set aside, after checking that a new start is possible.
async fn set_aside(path: &Path) -> PathBuf {
    let error = Store::open(path).unwrap_err();
    let words = error.to_string();
    let StoreError::Damaged { moved_to, .. } = error else { panic!("{error:?}") };
    assert!(words.contains(moved_to.to_str().unwrap()), "{words}");
    assert_eq!(moved_to.parent(), path.parent());
    let name = moved_to.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("queue.db.damaged-"), "{name}");
    assert!(!path.exists());

    let fresh = Store::open(path).unwrap();
    assert!(fresh.items().await.unwrap().is_empty());
    fresh.add(talk()).await.unwrap();
    moved_to
}

#[tokio::test]
async fn a_file_that_is_no_database_is_set_aside_whole_and_the_next_start_is_an_empty_queue() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    let garbage = b"this was never a database, whatever its name says ".repeat(100);
    fs::write(&path, &garbage).unwrap();
    let moved_to = set_aside(&path).await;
    assert!(fs::read(moved_to).unwrap() == garbage);
}

#[tokio::test]
async fn a_database_that_ends_in_the_middle_is_set_aside() {
    let (_dir, path) = filled().await;
    let whole = fs::read(&path).unwrap();
    let half = &whole[..whole.len() / 2];
    fs::write(&path, half).unwrap();
    let moved_to = set_aside(&path).await;
    assert!(fs::read(moved_to).unwrap() == half, "nothing that was left of it is thrown away");
}

#[tokio::test]
async fn a_database_with_a_page_overwritten_is_set_aside() {
    let (_dir, path) = filled().await;
    let page = raw(&path).query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0)).unwrap() as usize;
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / page / 2 * page;
    bytes[middle..middle + page].fill(0xA5);
    fs::write(&path, &bytes).unwrap();
    let moved_to = set_aside(&path).await;
    assert!(fs::read(moved_to).unwrap() == bytes);
}

#[tokio::test]
async fn the_companions_of_a_damaged_database_go_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    for (suffix, bytes) in [("", "no database"), ("-wal", "its log"), ("-shm", "its index")] {
        fs::write(beside(&path, suffix), bytes.repeat(500)).unwrap();
    }
    let moved_to = set_aside(&path).await;
    assert_eq!(fs::read(beside(&moved_to, "-wal")).unwrap(), "its log".repeat(500).into_bytes());
    assert!(beside(&moved_to, "-shm").exists());
}

/// A log with an empty database: what SQLite itself would take for a new beginning.
#[tokio::test]
async fn a_database_that_was_emptied_while_its_log_remains_is_set_aside() {
    let folder = Folder::new();
    folder.add(talk()).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    fs::copy(beside(&folder.database(), "-wal"), beside(&path, "-wal")).unwrap();
    let log = fs::read(beside(&path, "-wal")).unwrap();
    fs::write(&path, []).unwrap();
    let moved_to = set_aside(&path).await;
    assert!(fs::read(beside(&moved_to, "-wal")).unwrap() == log);
}

#[tokio::test]
async fn what_was_set_aside_before_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    for bytes in ["the first wreck ", "the second wreck "] {
        fs::write(&path, bytes.repeat(100)).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::Damaged { .. })));
    }
    let wrecks: Vec<Vec<u8>> = contents(dir.path()).into_values().collect();
    assert_eq!(wrecks.len(), 2);
    for bytes in ["the first wreck ", "the second wreck "] {
        assert!(wrecks.contains(&bytes.repeat(100).into_bytes()), "{bytes}");
    }
}

#[tokio::test]
async fn the_failure_says_where_a_damaged_database_is_now() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    fs::write(&path, "no database".repeat(100)).unwrap();
    let error = Store::open(&path).unwrap_err();
    let StoreError::Damaged { moved_to, .. } = &error else { panic!("{error:?}") };
    let moved_to = moved_to.to_str().unwrap().to_owned();
    let failure = Failure::from(error);
    assert_eq!(failure.code, Code::DataFolderDamaged);
    assert_eq!(failure.detail, Some(moved_to));
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_and_left_byte_for_byte() {
    let (dir, path) = filled().await;
    let known = MIGRATIONS.len() as u32;
    raw(&path).pragma_update(None, "user_version", known + 1).unwrap();
    let before = contents(dir.path());
    let error = Store::open(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::Newer { found, known: ours } if found == known + 1 && ours == known),
        "{error:?}"
    );
    assert_eq!(Failure::from(error).code, Code::DataFolderNewer);
    assert_untouched(dir.path(), &before);
}

/// A crash of the newer version leaves its last transactions in the log alone.
#[tokio::test]
async fn a_newer_database_that_was_not_closed_is_left_byte_for_byte_with_its_log() {
    let (closed, path) = filled().await;
    let dir = tempfile::tempdir().unwrap();
    {
        let newer = raw(&path);
        newer.pragma_update(None, "user_version", MIGRATIONS.len() as u32 + 1).unwrap();
        for suffix in ["", "-wal"] {
            fs::copy(beside(&path, suffix), beside(&dir.path().join("queue.db"), suffix)).unwrap();
        }
    }
    drop(closed);
    let before = contents(dir.path());
    assert!(!before["queue.db-wal"].is_empty());
    let error = Store::open(&dir.path().join("queue.db")).unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }), "{error:?}");
    assert_untouched(dir.path(), &before);
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_for_another_reason_stays_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("queue.db");
    fs::create_dir(&path).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert_eq!(Failure::from(error).code, Code::DataFolderUnwritable);
    assert!(path.is_dir());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_an_error_of_its_item_and_neither_a_gap_nor_a_matter_of_the_disk() {
    let folder = Folder::new();
    let (broken, whole) = (folder.add(named("broken.mp4")).await, folder.add(named("whole.mp4")).await);
    for item in [&broken, &whole] {
        folder.record(item.id, &[opened(), acknowledged(1)]).await;
    }
    let unheard = "UPDATE journal SET event = '\"unheard of\"' WHERE seq = 1 AND item = ?1";
    raw(&folder.database()).execute(unheard, [broken.id.0]).unwrap();

    let folder = folder.reopened();
    let error = folder.store.journal(broken.id).await.unwrap_err();
    assert_eq!(Failure::from(error).code, Code::JournalInconsistent);
    assert_eq!(folder.events(whole.id).await.len(), 2);
    assert_eq!(folder.store.items().await.unwrap().len(), 2);
}
