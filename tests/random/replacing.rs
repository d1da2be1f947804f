//! Cuts and pictures for one video in any order, with pauses, second thoughts, bad lines and power cuts. In the end the
//! video has a file that somebody wanted it to have, whole; a picture never took a film's place nor a film a picture's;
//! and where nobody interfered with the order, the last cut is the one that stays.

use crate::rig::{CHUNK, Rig, bytes, sha256};
use crate::{SEEDS, over, play, rests, weather};
use fastrand::Rng;
use slipway_engine::failure::Remedy;
use slipway_engine::item::{FileKind, Intent, ItemId};
use slipway_engine::{ItemView, Settle};
use slipway_sandbox::{Profile, Switches, VideoRecord};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Act {
    Cut,
    Picture,
    Pause,
    Resume,
    Cancel,
    Fault,
    PowerCut,
    Wait,
}

const ACTS: [Act; 8] =
    [Act::Cut, Act::Picture, Act::Pause, Act::Resume, Act::Cancel, Act::Fault, Act::PowerCut, Act::Wait];

/// Longer than any run takes; one that hangs should say where before it is ended from outside.
const FOR_EVER: Duration = Duration::from_secs(100);

struct Wish {
    id: ItemId,
    sha256: String,
    kind: FileKind,
}

struct Run {
    rng: Rng,
    rig: Rig,
    video: VideoRecord,
    wishes: Vec<Wish>,
    /// Somebody paused or cancelled something: the order is theirs.
    interfered: bool,
    told: Vec<String>,
}

impl Run {
    async fn new(seed: u64) -> Self {
        let profile = if seed.is_multiple_of(2) { Profile::Documented } else { Profile::Hostile };
        let switches = Switches { list_lag: Duration::ZERO, transcoding: Duration::ZERO, ..Switches::of(profile) };
        let rig = Rig::with(switches).await;
        let first = rig.file("first cut.mp4", CHUNK);
        let id = rig.upload(&first).await.video_id.unwrap();
        let video = rig.sandbox().videos().into_iter().find(|video| video.photo_id == id).unwrap();
        let told = vec![format!("{profile:?}")];
        Self { rng: Rng::with_seed(seed), rig, video, wishes: Vec::new(), interfered: false, told }
    }

    async fn act(&mut self) {
        let act = self.rng.choice(ACTS).unwrap();
        self.told.push(format!("{act:?}"));
        match act {
            Act::Cut => self.hand_over(FileKind::Video).await,
            Act::Picture => self.hand_over(FileKind::Image).await,
            Act::Pause => self.intend(Intent::Pause).await,
            Act::Resume => self.intend(Intent::Run).await,
            Act::Cancel => self.intend(Intent::Cancel).await,
            Act::Fault => {
                let fault = weather::fault(&mut self.rng);
                self.told.push(format!("  {fault:?}"));
                self.rig.sandbox().inject(fault);
            }
            Act::PowerCut => self.rig.restart().await,
            Act::Wait => self.some_news().await,
        }
    }

    async fn hand_over(&mut self, kind: FileKind) {
        let number = self.wishes.len();
        let size = self.rng.u64(1000..12 * CHUNK);
        let (name, head) = match kind {
            FileKind::Image => (format!("picture {number}.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice()),
            _ => (format!("cut {number}.mp4"), b"".as_slice()),
        };
        let content = [head, &bytes(&name, size)].concat();
        let file: PathBuf = self.rig.file(&name, 1);
        std::fs::write(&file, &content).unwrap();
        let replace = self.rig.replacement(self.video.photo_id, &file);
        let id = self.rig.engine().replace(replace).await.unwrap().item.id;
        self.wishes.push(Wish { id, sha256: sha256(&content), kind });
    }

    async fn intend(&mut self, intent: Intent) {
        if self.rng.u8(..3) > 0 || self.wishes.is_empty() {
            return;
        }
        let id = self.wishes[self.rng.usize(..self.wishes.len())].id;
        let worked = self.rig.engine().set_intent(id, intent).await.is_ok();
        self.interfered |= worked && intent != Intent::Run;
        self.told.push(format!("  {intent:?} {id} {worked}"));
    }

    async fn some_news(&mut self) {
        let mut updates = self.rig.engine().subscribe();
        for _ in 0..self.rng.u32(1..12) {
            if self.rig.engine().items().await.unwrap().iter().all(rests_or_waits) {
                return;
            }
            // Having missed some is news as well.
            let _ = updates.recv().await;
        }
    }

    fn now(&self) -> VideoRecord {
        let videos = self.rig.sandbox().videos();
        videos.into_iter().find(|video| video.photo_id == self.video.photo_id).unwrap()
    }

    async fn make_an_end(&mut self) {
        self.rig.sandbox().clear_faults();
        for round in 0.. {
            let views = self.rig.engine().items().await.unwrap();
            assert!(round < 60, "an item asks again and again:\n{}\n{views:#?}", self.told.join("\n"));
            if views.iter().all(over) {
                return;
            }
            for view in views.iter().filter(|view| !over(view)) {
                self.help(view).await;
            }
            let mut updates = self.rig.engine().subscribe();
            while !self.rig.engine().items().await.unwrap().iter().all(rests_or_waits) {
                let _ = updates.recv().await;
                if self.rig.engine().items().await.unwrap().iter().any(|view| view.failure.is_some()) {
                    break;
                }
            }
        }
    }

    /// What a patient person does about an item that asks.
    async fn help(&mut self, view: &ItemView) {
        let engine = self.rig.engine();
        if view.intent == Intent::Pause {
            engine.set_intent(view.id, Intent::Run).await.unwrap();
        }
        let Some(failure) = &view.failure else { return };
        self.told.push(format!("end: {} {}", view.id, failure.code.as_str()));
        if failure.remedy() != Remedy::Settle {
            return engine.retry(view.id).await.unwrap();
        }
        // They look at the video and say what they see.
        let wish = self.wishes.iter().find(|wish| wish.id == view.id).unwrap();
        let now = self.now();
        let there = match wish.kind {
            FileKind::Image => now.thumbnail_sha256.as_ref() == Some(&wish.sha256),
            _ => now.sha256 == wish.sha256,
        };
        let answer = if there { Settle::Arrived(self.video.photo_id) } else { Settle::SendAgain };
        engine.settle(view.id, answer).await.unwrap();
    }

    /// What was done, what came of it, and what the workspace saw.
    async fn story(&self) -> String {
        let views = self.rig.engine().items().await.unwrap();
        let items: Vec<String> = views
            .iter()
            .map(|it| {
                format!("\n{} {} {:?} {:?} {:?} {:?}", it.id, it.stage, it.intent, it.replaces, it.behind, it.failure)
            })
            .collect();
        format!("{}\n{:#?}{}{}", self.told.join("\n"), self.now(), items.concat(), self.rig.story())
    }

    async fn check(&self) {
        let views = self.rig.engine().items().await.unwrap();
        let now = self.now();
        let told = self.story().await;
        let story = || &told;
        assert_eq!(self.rig.uploads().len(), 1, "another video came of it: {}", story());
        let of = |kind: FileKind| self.wishes.iter().filter(move |wish| wish.kind == kind);
        let stage = |wish: &Wish| views.iter().find(|view| view.id == wish.id).map(|view| view.stage.as_str());

        let mut films = of(FileKind::Video).map(|wish| &wish.sha256).chain([&self.video.sha256]);
        assert!(films.any(|film| *film == now.sha256), "a file that nobody sent: {}", story());
        if let Some(picture) = &now.thumbnail_sha256 {
            assert!(of(FileKind::Image).any(|wish| wish.sha256 == *picture), "{}", story());
        }
        for kind in [FileKind::Video, FileKind::Image] {
            let Some(last) = of(kind).next_back().filter(|_| !self.interfered) else { continue };
            assert_eq!(stage(last), Some("done"), "{}", story());
            let there = if kind == FileKind::Image { now.thumbnail_sha256.clone() } else { Some(now.sha256.clone()) };
            assert_eq!(there.as_ref(), Some(&last.sha256), "not the last {kind:?}: {}", story());
        }
        let done = of(FileKind::Video).filter(|wish| stage(wish) == Some("done")).count();
        assert!(now.replaced as usize >= done, "done and not replaced: {}", story());
    }
}

/// Behind one that is in doubt nothing moves until a person has spoken.
fn rests_or_waits(view: &ItemView) -> bool {
    rests(view) || view.behind.is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_a_video_has_a_file_that_was_meant_for_it_and_the_last_one_stays() {
    play(SEEDS, |seed| async move {
        let mut run = Run::new(seed).await;
        let story = async {
            run.hand_over(FileKind::Video).await;
            for _ in 0..25 {
                run.act().await;
            }
            run.make_an_end().await;
        };
        let ended = tokio::time::timeout(FOR_EVER, story).await;
        assert!(ended.is_ok(), "it hangs: {}", run.story().await);
        run.check().await;
    })
    .await;
}
