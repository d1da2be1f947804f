//! What somebody changes of videos that are there: the words, and the picture. Their files are `world.rs`'s business.

use crate::process::{Said, words};
use crate::wish::thumbnail;
use crate::world::World;
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

/// How often somebody asks for the last change again.
const PATIENCE: usize = 5;

/// Longer than anything of the workspace is late.
const LATEST: Duration = Duration::from_secs(1);

/// A change of a video's title and tags.
#[derive(Debug)]
pub(crate) struct Edit {
    video: u64,
    words: String,
    said: Said,
}

impl World {
    /// Somebody's script gives a video of the library another title and tags, beside whatever else goes on.
    pub(crate) fn edit(&mut self) -> Result<()> {
        let Some(video) = self.rng.choice(self.stock.iter().map(|it| it.photo_id).collect::<Vec<_>>()) else {
            return Ok(());
        };
        let words = format!("word{}", self.edits.len());
        let process = self.place.start(&command(video, &words, &self.workspace))?;
        self.heard.push(process.said.clone());
        self.edits.push(Edit { video, words, said: process.said.clone() });
        self.guests.push(process);
        self.tally.note("edits");
        self.tell(&format!("edit of {video}: {}", self.edits.len() - 1));
        Ok(())
    }

    /// Another picture for one that has none of this world yet.
    pub(crate) fn thumbnail(&mut self) -> Result<()> {
        let pictured = |id: &u64| self.wishes.iter().any(|it| it.replaces == Some(*id) && it.is_picture());
        let free: Vec<u64> = self.stock.iter().map(|it| it.photo_id).filter(|id| !pictured(id)).collect();
        let Some(video) = self.rng.choice(free) else { return Ok(()) };
        let number = self.wishes.len();
        let bytes = thumbnail(&format!("still {number}"));
        let file = self.dir.path().join("films").join(format!("still {number}.jpg"));
        std::fs::write(&file, &bytes)?;
        self.tally.note("thumbnails replaced");
        self.hand_over(file, &bytes, false, Some(video))
    }

    /// A change that was said to be made was, once; then each video is given the words that it is to have.
    pub(crate) async fn words_are_put_right(&mut self) -> Result<()> {
        if self.edits.is_empty() {
            return Ok(());
        }
        sleep(LATEST).await;
        for at in 0..self.stock.len() {
            let video = self.stock[at].photo_id;
            let asked: Vec<String> =
                self.edits.iter().filter(|it| it.video == video).map(|it| it.words.clone()).collect();
            if asked.is_empty() {
                continue;
            }
            let told = self.edits.iter().any(|it| it.video == video && !it.said.named("edited").is_empty());
            let before = self.stock[at].title.clone();
            let now = self.sandbox.videos().into_iter().find(|it| it.photo_id == video).map(|it| it.title);
            let known = now.as_ref().is_some_and(|now| asked.contains(now) || (!told && *now == before));
            ensure!(known, "video {video} is called {now:?}; asked were {asked:?}, told: {told}, before {before:?}");
            let last = format!("final{video}");
            let mut tries = 0;
            loop {
                let told = self.place.run(&command(video, &last, &self.workspace)).await?;
                self.heard.push(told.said.clone());
                if told.status.success() {
                    break;
                }
                tries += 1;
                ensure!(tries < PATIENCE, "video {video} cannot be edited: {}", told.said.text());
            }
            (self.stock[at].title, self.stock[at].tags) = (last.clone(), vec![last]);
        }
        Ok(())
    }
}

fn command(video: u64, said: &str, workspace: &str) -> Vec<std::ffi::OsString> {
    words(["edit", &video.to_string(), "--title", said, "--tags", said, "--json", "--workspace", workspace])
}
