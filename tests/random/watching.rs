//! Watched folders under whatever a person and their programs do to the files in them, on the real file system, against a
//! model of what should be in the workspace then.
//!
//! A calm run lets the folders come to rest after each act: then the model knows every video. In a hasty one the acts come on
//! each other's heels, and which of a file's contents are sent depends on time; then still: what is in the workspace was a
//! file's whole content once, no content is there twice, and every file that is there in the end has arrived as it is, or
//! the ledger says that its change was left at that.

use crate::play;
use crate::rig::{CHUNK, Making, Rig, bytes, sha256};
use fastrand::Rng;
use slipway_engine::failure::{Failure, Remedy};
use slipway_engine::folder::{FolderId, OnChange, Preset};
use slipway_engine::{Absolute, LedgerLine, Settle};
use slipway_sandbox::{Switches, VideoRecord};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Seeds that CI runs; the odd ones are hasty.
const SEEDS: std::ops::Range<u64> = 0..24;

const ACTS: usize = 14;

/// Longer than any rest takes to come, and short enough that the story is told before the whole test is ended.
const PATIENCE: Duration = Duration::from_secs(45);

const NAMES: [&str; 6] = ["one.mp4", "two.mp4", "three.mp4", "deep/four.mp4", "deep/five.mp4", "other/six.mp4"];

const RULES: [OnChange; 3] = [OnChange::Ignore, OnChange::New, OnChange::Replace];

#[derive(Debug, Clone, Copy)]
enum Act {
    Create,
    Append,
    Exchange,
    Rename,
    Delete,
    Restart,
    WhileAway,
}

const ALL: [Act; 9] = [
    Act::Create,
    Act::Create,
    Act::Append,
    Act::Exchange,
    Act::Rename,
    Act::Rename,
    Act::Delete,
    Act::Restart,
    Act::WhileAway,
];

struct Folder {
    path: PathBuf,
    id: FolderId,
    rule: OnChange,
}

struct World {
    rng: Rng,
    rig: Rig,
    folders: Vec<Folder>,
    calm: bool,
    /// The hash of each film that is there.
    films: BTreeMap<PathBuf, String>,
    /// Which video was made of what was last taken at a place, whether it is still there or not.
    lines: BTreeMap<PathBuf, usize>,
    videos: Vec<String>,
    ever: BTreeSet<String>,
    written: u64,
    told: Vec<String>,
}

impl World {
    async fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let brief = |timing: &mut slipway_engine::timing::Timing| {
            timing.settle = (Duration::from_millis(150), Duration::from_millis(150));
        };
        let rig = Making::of(Switches::documented()).looking_briefly().timed(brief).start().await;
        let mut folders = Vec::new();
        for name in ["a", "b"] {
            let path = rig.file("beside", 1).with_file_name(name);
            fs::create_dir_all(&path).unwrap();
            let rule = rng.choice(RULES).unwrap();
            let preset = Preset { on_change: rule, ..Preset::new(rig.origin()) };
            let view = rig.engine().watch_folder(Absolute::of(&path).unwrap(), preset, false).await.unwrap();
            folders.push(Folder { path: view.path, id: view.id, rule });
        }
        let calm = seed.is_multiple_of(2);
        let told = vec![format!("calm {calm}, {:?}", folders.iter().map(|it| it.rule).collect::<Vec<_>>())];
        Self {
            rng,
            rig,
            folders,
            calm,
            films: BTreeMap::new(),
            lines: BTreeMap::new(),
            videos: Vec::new(),
            ever: BTreeSet::new(),
            written: 0,
            told,
        }
    }

    async fn act(&mut self) {
        let act = self.rng.choice(ALL).unwrap();
        match act {
            Act::Restart => {
                self.told.push("restart".into());
                self.rig.restart().await;
            }
            Act::WhileAway => {
                self.told.push("while away:".into());
                self.rig.stop().await;
                self.touch_files(Act::Create);
                let act = self.rng.choice([Act::Append, Act::Exchange, Act::Rename, Act::Delete]).unwrap();
                if !self.calm {
                    self.touch_files(act);
                }
                self.rig.start().await;
            }
            act => self.touch_files(act),
        }
        if self.calm {
            self.rest().await;
        } else if self.rng.u8(..4) == 0 {
            // Anywhere between two looks of the engine's.
            tokio::time::sleep(Duration::from_millis(self.rng.u64(..400))).await;
        }
    }

    fn touch_files(&mut self, act: Act) {
        let there: Vec<PathBuf> = self.films.keys().cloned().collect();
        let free = |world: &Self| {
            let all = world.folders.iter().flat_map(|folder| NAMES.map(|name| folder.path.join(name)));
            all.filter(|path| !world.films.contains_key(path)).collect::<Vec<_>>()
        };
        match (act, self.rng.choice(&there).cloned()) {
            (Act::Append, Some(film)) => {
                self.say("append", &film);
                let more = self.fresh();
                File::options().append(true).open(&film).unwrap().write_all(&more).unwrap();
                self.has_changed(film);
            }
            (Act::Exchange, Some(film)) => {
                self.say("exchange", &film);
                let temporary = film.with_extension("mp4.part");
                fs::write(&temporary, self.fresh()).unwrap();
                fs::rename(temporary, &film).unwrap();
                self.has_changed(film);
            }
            (Act::Rename, Some(film)) => {
                // Where another was before, it would be that one's successor.
                let mut places = free(self);
                places.retain(|place| !self.lines.contains_key(place));
                let Some(place) = self.rng.choice(places) else { return };
                self.say("rename", &film);
                self.say("    to", &place);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::rename(&film, &place).unwrap();
                let content = self.films.remove(&film).unwrap();
                self.films.insert(place.clone(), content);
                if let Some(video) = self.lines.remove(&film) {
                    self.lines.insert(place, video);
                }
            }
            (Act::Delete, Some(film)) => {
                self.say("delete", &film);
                fs::remove_file(&film).unwrap();
                self.films.remove(&film);
            }
            _ => {
                let Some(place) = self.rng.choice(free(self)) else { return };
                self.say("create", &place);
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(&place, self.fresh()).unwrap();
                self.has_changed(place);
            }
        }
    }

    fn say(&mut self, what: &str, path: &Path) {
        let below = path.strip_prefix(self.folders[0].path.parent().unwrap()).unwrap();
        self.told.push(format!("{what} {}", below.display()));
    }

    /// Bytes like no others, of a length like no other.
    fn fresh(&mut self) -> Vec<u8> {
        self.written += 1;
        let size = if self.rng.bool() { CHUNK } else { 5 * CHUNK };
        bytes(&format!("content {}", self.written), size + self.written)
    }

    /// What follows from a file that has other bytes now, or any at all.
    fn has_changed(&mut self, film: PathBuf) {
        let content = sha256(&fs::read(&film).unwrap());
        self.ever.insert(content.clone());
        self.films.insert(film.clone(), content.clone());
        let rule = self.folder_of(&film).rule;
        match (self.lines.get(&film), rule) {
            (Some(_), OnChange::Ignore) => {}
            (Some(video), OnChange::Replace) => self.videos[*video] = content,
            (Some(_), OnChange::New) | (None, _) => {
                self.lines.insert(film, self.videos.len());
                self.videos.push(content);
            }
        }
    }

    fn folder_of(&self, film: &Path) -> &Folder {
        self.folders.iter().find(|folder| film.starts_with(&folder.path)).unwrap()
    }

    fn arrived(&self) -> Vec<String> {
        let mut arrived: Vec<String> = self.rig.uploads().into_iter().map(|video| video.sha256).collect();
        arrived.sort();
        arrived
    }

    async fn line(&self, film: &Path) -> Option<LedgerLine> {
        let folder = self.folder_of(film);
        let lines = self.rig.engine().ledger(folder.id).await.unwrap();
        lines.into_iter().find(|line| folder.path.join(&line.path) == film)
    }

    /// What is not yet as it should be.
    async fn unrest(&self) -> Option<String> {
        let arrived = self.arrived();
        for (film, content) in &self.films {
            let Some(line) = self.line(film).await else { return Some(format!("{} has no line", film.display())) };
            let copies = arrived.iter().filter(|it| *it == content).count();
            // It may have been moved since to a folder with another rule.
            let may_be_left = self.folders.iter().any(|folder| folder.rule == OnChange::Ignore);
            let left = may_be_left && line.why.as_deref() == Some("skip.changed");
            let as_it_is = line.size == fs::metadata(film).ok().map(|meta| meta.len());
            if line.state != "done" || !as_it_is || (copies != 1 && !left) {
                return Some(format!("{}: {copies} copies, {line:?}", film.display()));
            }
        }
        let mut videos = self.videos.clone();
        videos.sort();
        if self.calm && videos != arrived {
            return Some(format!("there should be\n{videos:#?}\nand there are\n{arrived:#?}"));
        }
        None
    }

    /// A person looks into the workspace for whoever asks: a file that was changed in the very moment of its commit, and an
    /// engine that was ended there. No two contents are of one length, so that tells whose video it is.
    async fn answer(&mut self) {
        if self.rig.sandbox().requests().iter().any(|request| request.ended.is_none()) {
            // What comes of that nobody can see yet.
            return;
        }
        let items = self.rig.engine().items().await.unwrap();
        let asks = |failure: &Failure| failure.remedy() == Remedy::Settle;
        for item in items.iter().filter(|item| item.failure.as_ref().is_some_and(asks)) {
            let is_its = |video: &VideoRecord| {
                video.bytes == item.total && item.replaces.is_none_or(|target| target.video == video.photo_id)
            };
            let found = self.rig.uploads().into_iter().find(is_its);
            let answer = found.map_or(Settle::SendAgain, |video| Settle::Arrived(video.photo_id));
            self.told.push(format!("{}: {:?}, {answer:?}", item.file.display(), item.failure));
            // It may have found out by itself.
            let _ = self.rig.engine().settle(item.id, answer).await;
        }
    }

    async fn rest(&mut self) {
        let given_up = Instant::now() + PATIENCE;
        while self.unrest().await.is_some() && Instant::now() < given_up {
            self.answer().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if Instant::now() >= given_up {
            let unrest = self.unrest().await;
            let items = self.rig.engine().items().await.unwrap();
            let story = format!("{}\n{:#?}\n{}", self.told.join("\n"), items, self.rig.story());
            panic!("it does not come to rest: {unrest:#?}\n{story}");
        }
    }

    async fn check(&mut self) {
        self.rest().await;
        // Something that is sent after everything else was looked at.
        for folder in 0..self.folders.len() {
            let last = self.folders[folder].path.join("last.mp4");
            self.say("last", &last);
            fs::write(&last, self.fresh()).unwrap();
            self.has_changed(last);
        }
        self.rest().await;
        let arrived = self.arrived();
        let story = || format!("{}\n{}", self.told.join("\n"), self.rig.story());
        let twice: Vec<_> = arrived.windows(2).filter(|two| two[0] == two[1]).collect();
        assert!(twice.is_empty(), "{twice:?} twice: {}", story());
        let strange: Vec<_> = arrived.iter().filter(|it| !self.ever.contains(*it)).collect();
        assert!(strange.is_empty(), "{strange:?} was never a file's content: {}", story());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_in_watched_folders_the_workspace_is_as_a_simple_model_has_it() {
    play(SEEDS, |seed| async move {
        let mut world = World::new(seed).await;
        for _ in 0..ACTS {
            world.act().await;
        }
        world.check().await;
    })
    .await;
}
