//! A watched folder, and who puts films into it: at once, by renaming, or slowly with a pen in the hand. What lies there is
//! renamed; in the end each film is somewhere still, whatever became of its video.

use crate::process::words;
use crate::wish::{film, sha256};
use crate::world::World;
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// The folder of a world that has one.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) folder: PathBuf,
    pub(crate) publish: bool,
    /// Films that are still being written.
    writers: JoinSet<std::io::Result<()>>,
}

impl World {
    /// Has a folder watched, before anything goes wrong.
    pub(crate) async fn watch(&mut self) -> Result<()> {
        let folder = self.dir.path().join("outbox");
        fs::create_dir(&folder)?;
        let (publish, moves) = (self.rng.bool(), self.rng.bool());
        let mut command = words(["watch", "add", "--json", "--workspace", &self.workspace]);
        command.extend(words([if publish { "--publish" } else { "--draft" }, "--after"]));
        command.extend(words([if moves { "move" } else { "leave" }]));
        command.push(folder.clone().into());
        let told = self.place.run(&command).await?;
        self.heard.push(told.said.clone());
        ensure!(told.status.success(), "the folder is not watched: {}", told.said.text());
        self.tell(&format!("a folder is watched, publish: {publish}, moved afterwards: {moves}"));
        self.watched = Some(Watched { folder, publish, writers: JoinSet::new() });
        Ok(())
    }

    /// Puts a film into the folder, in one of the ways that programs have.
    pub(crate) fn drop_film(&mut self) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        let number = self.wishes.len();
        let size = self.rng.u64(1..12 * crate::world::CHUNK);
        let (bytes, name) = (film(number, size), format!("take {number}.mkv"));
        let (file, publish) = (watched.folder.join(&name), watched.publish);
        let how = match self.rng.u8(..3) {
            0 => {
                let elsewhere = self.dir.path().join("films").join(&name);
                fs::write(&elsewhere, &bytes)?;
                fs::rename(&elsewhere, &file)?;
                "renamed into the folder"
            }
            1 => {
                fs::write(&file, &bytes)?;
                "written at once"
            }
            _ => {
                let pause = Duration::from_millis(self.rng.u64(10..900));
                // Open from now on, as it is for whoever writes it.
                let pen = fs::File::create(&file)?;
                watched.writers.spawn(write_slowly(pen, bytes.clone(), pause));
                "written slowly"
            }
        };
        self.tell(&format!("take {number}, {size} bytes, {how}"));
        self.wish_for(file, &bytes, publish, None);
        Ok(())
    }

    /// Somebody gives a film another name, sent or not.
    pub(crate) fn rename_film(&mut self) {
        let ours: Vec<usize> = (0..self.wishes.len()).filter(|at| self.wishes[*at].is_watched()).collect();
        let Some(at) = self.rng.choice(ours) else { return };
        let wish = &mut self.wishes[at];
        let other = wish.file.with_file_name(format!("take {at} ({}).mkv", wish.names.len()));
        // It may have been put away by now.
        if fs::rename(&wish.file, &other).is_ok() {
            wish.names.push(wish.name());
            wish.file = other;
            self.tell(&format!("take {at} has another name"));
        }
    }

    /// Waits for those who still write.
    pub(crate) async fn writers_end(&mut self) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        while let Some(written) = watched.writers.join_next().await {
            written?.context("a film cannot be written")?;
        }
        Ok(())
    }

    /// Every film is on this machine still, in its folder or where it was put away, with its own bytes.
    pub(crate) fn no_film_is_gone(&self) -> Result<()> {
        let mut there = BTreeSet::new();
        for folder in [Some(self.dir.path().join("films")), self.watched.as_ref().map(|it| it.folder.clone())] {
            folder.map_or(Ok(()), |folder| films_in(&folder, &mut there))?;
        }
        for wish in &self.wishes {
            ensure!(there.contains(&wish.sha256), "{} is gone from this machine", wish.name());
        }
        Ok(())
    }
}

async fn write_slowly(mut pen: fs::File, bytes: Vec<u8>, pause: Duration) -> std::io::Result<()> {
    for part in bytes.chunks(bytes.len() / 3 + 1) {
        pen.write_all(part)?;
        sleep(pause).await;
    }
    Ok(())
}

fn films_in(folder: &Path, found: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            films_in(&entry.path(), found)?;
        } else {
            found.insert(sha256(&fs::read(entry.path())?));
        }
    }
    Ok(())
}
