//! What befalls the data folder while nobody works: its database is cut or overwritten, its drive becomes read-only.

use crate::process::{Place, words};
use crate::world::World;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::sleep;

/// A database and what lies beside it.
const DATABASE: [&str; 3] = ["queue.db", "queue.db-wal", "queue.db-shm"];

impl World {
    /// The database is damaged between two starts. The command says so and sets it aside as it is, or nothing of it is
    /// missing, because the damage was where nothing lies; it begins no empty queue without a word. Then its owner puts
    /// back what the backup has.
    pub(crate) async fn damage(&mut self) -> Result<()> {
        let database = self.place.home.join(DATABASE[0]);
        // A drive that may be full has no room for wrecks.
        if self.disk.is_some() || !database.exists() {
            return Ok(());
        }
        self.everybody_is_killed().await?;
        if fs::metadata(self.place.home.join(DATABASE[1])).is_ok_and(|it| it.len() > 0) {
            self.tally.note("logs (WAL) left behind");
        }
        let backup = self.dir.path().join("backup");
        fs::create_dir_all(&backup)?;
        copy_of_database(&self.place.home, &backup)?;
        let wreck = self.break_database(&database)?;
        let place = Place { files: None, ..self.place.clone() };
        let told = place.run(&words(["queue", "list", "--json"])).await?;
        self.heard.push(told.said.clone());
        let (after, code) = (told.said.named("item"), failure(&told.said.named("failed")));
        self.tell(&format!("with a damaged database: {:?} {code:?}", told.status.code()));
        let refused = code.as_deref() == Some("data_folder_damaged");
        if refused {
            ensure!(set_aside(&self.place.home, &wreck)?, "the damaged database is not there any more");
            self.tally.note("damaged databases set aside");
        }
        for name in DATABASE {
            let _was_none = fs::remove_file(self.place.home.join(name));
        }
        copy_of_database(&backup, &self.place.home)?;
        if !refused {
            let told_before = place.run(&words(["queue", "list", "--json"])).await?;
            let same = told.status.success() && ids(&told_before.said.named("item")) == ids(&after);
            ensure!(same, "a damaged database was taken for a whole one: {}", told.said.text());
            self.tally.note("damages without a loss");
        }
        Ok(())
    }

    /// Cuts it, or writes over some of its pages. Answers what it is now.
    fn break_database(&mut self, database: &Path) -> Result<Vec<u8>> {
        let mut bytes = fs::read(database)?;
        let at = self.rng.usize(..bytes.len().max(1));
        if self.rng.bool() {
            bytes.truncate(at);
            self.tell(&format!("the database ends at {at}"));
        } else {
            let (page, count) = (at / 4096 * 4096, self.rng.usize(1..4));
            let end = (page + count * 4096).min(bytes.len());
            bytes[page..end].fill(0xA5);
            self.tell(&format!("the database is overwritten from {page} to {end}"));
        }
        fs::write(database, &bytes)?;
        Ok(bytes)
    }

    /// The drive of the data folder can be read and not written for a while, from a start on.
    pub(crate) async fn read_only(&mut self) -> Result<()> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        disk.empty();
        self.everybody_is_killed().await?;
        if !self.disk.as_ref().is_some_and(|disk| disk.remount("ro")) {
            return Ok(());
        }
        self.tally.note("read-only data folders");
        self.tell("the data folder is read-only");
        let place = Place { files: None, ..self.place.clone() };
        let told = place.run(&words(["queue", "list", "--json"])).await?;
        self.heard.push(told.said.clone());
        let code = failure(&told.said.named("failed"));
        self.start_owner()?;
        sleep(Duration::from_millis(self.rng.u64(20..1500))).await;
        ensure!(self.disk.as_ref().is_some_and(|disk| disk.remount("rw")), "the drive stays read-only");
        self.tell("the data folder can be written");
        let named = code.as_deref() == Some("data_folder_unwritable") && told.status.code() == Some(5);
        ensure!(named, "a read-only data folder is called {code:?}: {}", told.said.text());
        Ok(())
    }

    async fn everybody_is_killed(&mut self) -> Result<()> {
        self.kill_owner().await?;
        self.dismiss_guests().await
    }
}

fn copy_of_database(from: &Path, to: &Path) -> Result<()> {
    for name in DATABASE {
        let (from, to) = (from.join(name), to.join(name));
        if from.exists() {
            fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        } else {
            let _was_none = fs::remove_file(to);
        }
    }
    Ok(())
}

/// Whether the wreck lies beside the database's place, as it was.
fn set_aside(home: &Path, wreck: &[u8]) -> Result<bool> {
    let paths: Vec<PathBuf> = fs::read_dir(home)?.map(|entry| entry.map(|it| it.path())).collect::<Result<_, _>>()?;
    Ok(paths.iter().filter(|it| it.is_file()).any(|it| fs::read(it).is_ok_and(|bytes| bytes == wreck)))
}

fn failure(failed: &[Value]) -> Option<String> {
    failed.first()?["code"].as_str().map(str::to_owned)
}

fn ids(items: &[Value]) -> Vec<&Value> {
    items.iter().map(|item| &item["item"]).collect()
}
