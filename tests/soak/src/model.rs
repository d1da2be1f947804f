//! What must be true when a world is at rest.

use crate::gate::Gate;
use crate::process::assert_private;
use crate::wish::Wish;
use crate::world::World;
use anyhow::{Result, ensure};
use serde_json::Value;
use slipway_sandbox::VideoRecord;

impl World {
    pub(crate) async fn check(&mut self) -> Result<()> {
        let queue = self.queue().await?;
        let videos = self.sandbox.videos();
        let mut ours = 0;
        for wish in &self.wishes {
            let item = last_item_of(&queue, wish);
            ours += match wish.replaces {
                None => new_video(wish, item, &videos)?,
                Some(id) => replaced(wish, id, item, &videos).map(|()| 0)?,
            };
        }
        let uploaded = videos.iter().filter(|video| video.upload_token.is_some()).count();
        ensure!(uploaded == ours, "{uploaded} videos came by an upload, and {ours} were wanted: {videos:#?}");
        self.stock.iter().try_for_each(|before| untouched(before, &videos))?;
        self.no_film_is_gone()?;
        self.nothing_leaked()?;
        self.count(ours);
        Ok(())
    }

    /// The token is nowhere but where it was put: not in the data folder, not in what was said, not with others.
    fn nothing_leaked(&self) -> Result<()> {
        let secrets = self.place.canaries();
        assert_private(&self.place.home, &secrets)?;
        let wrongly = self.gate.as_ref().map_or(0, Gate::wrongly_taken);
        ensure!(wrongly == 0, "a certificate was taken that must not be, {wrongly} times");
        ensure!(self.trap.leaks() == 0, "the token followed a redirect");
        for said in &self.heard {
            let text = said.text();
            ensure!(!secrets.iter().any(|secret| text.contains(secret)), "a secret was said: {text}");
        }
        let requests = self.sandbox.requests();
        let exposed = requests.iter().find(|it| !it.exposed.is_empty());
        ensure!(exposed.is_none(), "a credential stood in an address: {exposed:?}");
        Ok(())
    }

    fn count(&mut self, videos: usize) {
        self.tally.videos += videos as u64;
        self.tally.cancelled += self.wishes.iter().filter(|wish| wish.cancelled).count() as u64;
        for request in self.sandbox.requests() {
            self.tally.requests += 1;
            self.tally.bytes += request.body_bytes;
            for fault in request.faults {
                *self.tally.faults.entry(kind(&fault)).or_default() += 1;
            }
        }
    }
}

/// The name of a fault, without what it carries; of an answer, with its status.
fn kind(fault: &str) -> String {
    let name: String = fault.chars().take_while(char::is_ascii_alphanumeric).collect();
    let status = fault.split("status: ").nth(1).and_then(|rest| rest.split(&[',', ' ']).next());
    match status {
        Some(status) => format!("{name} {status}"),
        None => name,
    }
}

/// A file that was handed over again after it had been taken out of the queue has two; the later one counts.
fn last_item_of<'q>(queue: &'q [Value], wish: &Wish) -> Option<&'q Value> {
    queue.iter().rfind(|item| wish.is_of(item))
}

/// Asserts that there is a video of it, once; returns how many there are.
fn new_video(wish: &Wish, item: Option<&Value>, videos: &[VideoRecord]) -> Result<usize> {
    let name = wish.name();
    let copies: Vec<_> = videos.iter().filter(|it| it.upload_token.is_some() && it.sha256 == wish.sha256).collect();
    ensure!(copies.len() <= 1, "{name} is there {} times: {copies:#?}", copies.len());
    let stage = item.map(|item| item["stage"].as_str().unwrap_or_default());
    match (copies.first(), stage) {
        (Some(video), Some("done")) => {
            let item = item.map(|item| &item["video_id"]);
            ensure!(item == Some(&video.photo_id.into()), "{name} is {}, and the queue says {item:?}", video.photo_id);
            ensure!(video.published == wish.publish, "{name} is public: {}, asked: {}", video.published, wish.publish);
            let subtitles: Vec<&str> = video.subtitles.iter().map(|track| track.text.as_str()).collect();
            let wanted: Vec<&str> = wish.beside.subtitles.as_deref().into_iter().collect();
            ensure!(subtitles == wanted, "{name} has other subtitles than {wanted:?}: {subtitles:?}");
            ensure!(video.thumbnail_sha256 == wish.beside.thumbnail, "{name} has another thumbnail: {video:#?}");
        }
        // It had arrived when it was taken out, or had not.
        (video, Some("cancelled")) if wish.cancelled => {
            ensure!(video.is_none_or(|it| wish.publish || !it.published), "{name} was published by accident");
        }
        (None, Some("failed")) => {
            let why = item.map(|item| &item["failure"]["code"]);
            ensure!(item.is_some_and(|item| item["failure"]["remedy"] == "give_up"), "{name} is not there: {why:?}");
        }
        (None, None) if wish.cancelled => {}
        (video, stage) => anyhow::bail!("{name}: the queue says {stage:?}, and the workspace has {video:#?}"),
    }
    Ok(copies.len())
}

/// Asserts that nothing was said about a video that nobody spoke of. Its file may be another one: see [`replaced`].
fn untouched(before: &VideoRecord, videos: &[VideoRecord]) -> Result<()> {
    fn said(video: &VideoRecord) -> (u64, &str, &str, &[String], &[u64], bool, Option<i64>) {
        let VideoRecord { title, description, tags, album_ids, published, .. } = video;
        (video.photo_id, title, description, tags, album_ids, *published, video.publish_date)
    }
    let now = videos.iter().find(|video| video.photo_id == before.photo_id);
    ensure!(now.map(said) == Some(said(before)), "{:?} was not to be touched, and is {now:#?} now", said(before));
    Ok(())
}

/// Asserts that the video has this file now, or the one that it had where that was taken back.
fn replaced(wish: &Wish, id: u64, item: Option<&Value>, videos: &[VideoRecord]) -> Result<()> {
    let video = videos.iter().find(|video| video.photo_id == id);
    let Some(video) = video else { anyhow::bail!("video {id} is gone") };
    let stage = item.map(|item| item["stage"].as_str().unwrap_or_default());
    let has_it = wish.is_in(video);
    let had = if wish.is_picture() { video.thumbnail_sha256.is_none() } else { video.replaced == 0 };
    match stage {
        Some("done") => ensure!(has_it, "video {id} has other bytes than {}: {video:#?}", wish.name()),
        Some("cancelled") | None if wish.cancelled => {
            ensure!(has_it || had, "video {id} has neither file: {video:#?}");
        }
        Some("failed") if item.is_some_and(|item| item["failure"]["remedy"] == "give_up") => {
            ensure!(had, "video {id} was replaced, and the queue says that it cannot be");
        }
        _ => anyhow::bail!("{}: the queue says {item:?}, and the workspace has {video:#?}", wish.name()),
    }
    Ok(())
}
