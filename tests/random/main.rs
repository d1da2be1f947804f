//! A random run: what a person does, what a network does and what a power cut does, in any order, against the simplest
//! model there is. However it went, at the end each file is in the workspace exactly once with its own bytes, or it was
//! taken out of the queue; nothing else is there, and nothing is public that nobody published. The same for replacements
//! is in `replacing.rs`, for watched folders in `watching.rs`, what goes wrong in `weather.rs`.
//!
//! `SLIPWAY_SEED=n` replays one seed; the default runs a fixed handful. What a seed does on the network's side depends
//! on timing too, so a replay comes close rather than being the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

#[path = "../it/rig.rs"]
#[expect(dead_code, reason = "made for all whole-system tests; this one needs a part of it")]
mod rig;

mod replacing;
mod watching;
mod weather;

use fastrand::Rng;
use rig::{CHUNK, Rig};
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::{Intent, ItemId, Publish};
use slipway_engine::{ItemView, Settle};
use slipway_sandbox::Profile;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// Seeds that CI runs, each under one of the profiles.
const SEEDS: Range<u64> = 0..8;

/// What a person, a network or a power cut does next.
#[derive(Debug, Clone, Copy)]
enum Act {
    Add,
    Pause,
    Resume,
    Retry,
    Cancel,
    Fault,
    PowerCut,
    Wait,
}

const ACTS: [Act; 8] =
    [Act::Add, Act::Pause, Act::Resume, Act::Retry, Act::Cancel, Act::Fault, Act::PowerCut, Act::Wait];

/// What was asked for; what must be true in the end follows from it.
struct Wish {
    file: PathBuf,
    publish: bool,
}

struct Run {
    rng: Rng,
    rig: Rig,
    wishes: BTreeMap<ItemId, Wish>,
    told: Vec<String>,
}

impl Run {
    async fn new(seed: u64) -> Self {
        let profile = if seed.is_multiple_of(2) { Profile::Documented } else { Profile::Hostile };
        let rig = Rig::new(profile).await;
        Self { rng: Rng::with_seed(seed), rig, wishes: BTreeMap::new(), told: vec![format!("{profile:?}")] }
    }

    async fn act(&mut self) {
        let act = self.rng.choice(ACTS).unwrap();
        self.told.push(format!("{act:?}"));
        match act {
            Act::Add => self.add().await,
            Act::Pause => self.on_one(async |rig, id| rig.engine().set_intent(id, Intent::Pause).await.is_ok()).await,
            Act::Resume => self.on_one(async |rig, id| rig.engine().set_intent(id, Intent::Run).await.is_ok()).await,
            Act::Retry => self.on_one(async |rig, id| rig.engine().retry(id).await.is_ok()).await,
            // Rare: a run in which everything is cancelled shows little.
            Act::Cancel if self.rng.u8(..4) == 0 => {
                self.on_one(async |rig, id| rig.engine().set_intent(id, Intent::Cancel).await.is_ok()).await;
            }
            Act::Fault => self.fault(),
            Act::PowerCut => self.rig.restart().await,
            Act::Cancel | Act::Wait => self.some_news().await,
        }
    }

    async fn add(&mut self) {
        let number = self.wishes.len();
        let size = self.rng.u64(1..12 * CHUNK);
        let file = self.rig.file(&format!("talk {number}.mp4"), size);
        let publish = self.rng.bool();
        let mut add = self.rig.request(&file);
        add.publish = Some(if publish { Publish::AtOnce } else { Publish::Draft });
        let id = self.rig.add_as(add).await.item.id;
        self.wishes.insert(id, Wish { file, publish });
    }

    /// Whether it worked is the engine's to say; that it does no harm is what is tested.
    async fn on_one(&mut self, act: impl AsyncFn(&Rig, ItemId) -> bool) {
        let ids: Vec<ItemId> = self.wishes.keys().copied().collect();
        if let Some(id) = self.rng.choice(ids) {
            let worked = act(&self.rig, id).await;
            self.told.push(format!("  {id} {worked}"));
        }
    }

    fn fault(&mut self) {
        let fault = weather::fault(&mut self.rng);
        self.told.push(format!("  {fault:?}"));
        self.rig.sandbox().inject(fault);
    }

    /// Lets the engine get on: until it has told a few things, or has nothing more to tell.
    async fn some_news(&mut self) {
        let mut updates = self.rig.engine().subscribe();
        for _ in 0..self.rng.u32(1..12) {
            if self.views().await.iter().all(rests) {
                return;
            }
            // Having missed some is news as well.
            let _ = updates.recv().await;
        }
    }

    async fn views(&self) -> Vec<ItemView> {
        self.rig.engine().items().await.unwrap()
    }

    /// The faults end, and a patient person does what each item asks for.
    async fn make_an_end(&mut self) {
        self.rig.sandbox().clear_faults();
        for round in 0.. {
            assert!(round < 20, "an item asks again and again:\n{}\n{:#?}", self.told.join("\n"), self.views().await);
            let mut asked = false;
            for view in self.views().await {
                if view.intent == Intent::Pause && !over(&view) {
                    self.rig.engine().set_intent(view.id, Intent::Run).await.unwrap();
                    asked = true;
                }
                if let Some(failure) = &view.failure {
                    asked = true;
                    self.told.push(format!("end: {} {}", view.id, failure.code.as_str()));
                    match failure.remedy() {
                        Remedy::Settle => self.settle(&view).await,
                        _ => self.rig.engine().retry(view.id).await.unwrap(),
                    }
                }
            }
            let ids: Vec<ItemId> = self.wishes.keys().copied().collect();
            for id in ids {
                self.rig.rest(id).await;
            }
            if !asked && self.views().await.iter().all(over) {
                return;
            }
        }
    }

    /// The person looks into the workspace and says what is there.
    async fn settle(&mut self, view: &ItemView) {
        let wish = &self.wishes[&view.id];
        let copies = self.rig.copies(&wish.file);
        let whole = copies.first().map(|video| Settle::Arrived(video.photo_id));
        assert_ne!(view.failure.as_ref().map(|it| it.code), Some(Code::PieceTakenAsWhole), "{}", self.told.join("\n"));
        self.rig.engine().settle(view.id, whole.unwrap_or(Settle::SendAgain)).await.unwrap();
    }

    async fn check(&self) {
        let story = || format!("{}\n{:#?}", self.told.join("\n"), self.rig.sandbox().videos());
        let views = self.views().await;
        assert_eq!(views.len(), self.wishes.len(), "an item is lost: {}", story());
        for view in &views {
            let wish = &self.wishes[&view.id];
            let copies = self.rig.copies(&wish.file);
            let wanted = usize::from(view.video_id.is_some());
            assert_eq!(
                copies.len(),
                wanted,
                "{} {} is there {} times: {}",
                view.stage,
                view.details.title,
                copies.len(),
                story()
            );
            assert!(view.stage == "cancelled" || view.stage == "done", "{view:?}");
            if let Some(video) = copies.first() {
                assert_eq!(Some(video.photo_id), view.video_id, "{}", story());
                let published = wish.publish && view.stage == "done";
                assert!(video.published == published || view.stage == "cancelled", "{}", story());
                assert!(wish.publish || !video.published, "published by accident: {}", story());
            }
        }
        let ours = self.rig.sandbox().videos().into_iter().filter(|video| video.upload_token.is_some()).count();
        let known = views.iter().filter(|view| view.video_id.is_some()).count();
        assert_eq!(ours, known, "a video that nobody asked for: {}", story());
    }
}

fn over(view: &ItemView) -> bool {
    matches!(view.stage.as_str(), "done" | "cancelled")
}

fn rests(view: &ItemView) -> bool {
    over(view) || view.stage == "failed" || (view.intent == Intent::Pause && !view.unsettled)
}

/// Plays each seed beside the others.
async fn play<Played>(seeds: Range<u64>, run: impl Fn(u64) -> Played)
where
    Played: Future<Output = ()> + Send + 'static,
{
    let seeds: Vec<u64> = match std::env::var("SLIPWAY_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => seeds.collect(),
    };
    let runs: Vec<_> = seeds.into_iter().map(|seed| (seed, tokio::spawn(run(seed)))).collect();
    for (seed, run) in runs {
        if let Err(failed) = run.await {
            panic!("seed {seed}: {failed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_each_file_arrives_once_or_is_still_there_with_a_reason() {
    play(SEEDS, |seed| async move {
        let mut run = Run::new(seed).await;
        run.add().await;
        for _ in 0..25 {
            run.act().await;
        }
        run.make_an_end().await;
        run.check().await;
    })
    .await;
}
