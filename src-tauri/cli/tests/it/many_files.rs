//! Many files in one command: they go in some hundred at a time, and a process that dies in the middle leaves whole ones.
//! Nothing is sent here; the workspace holds every request.

use crate::rig::{Rig, Slipway};
use slipway_engine::{Config, Engine, ItemView};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::path::PathBuf;

/// More than go into the queue together.
const FILES: usize = 600;

/// That many go together (`engine/handing_over.rs`).
const TOGETHER: usize = 256;

async fn held() -> Rig {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox.inject(Fault::on(Endpoint::Any).always().stall_before_reading());
    rig
}

fn films(rig: &Rig) -> Vec<PathBuf> {
    (0..FILES).map(|number| rig.file(&format!("{number:03}.mp4"), 100)).collect()
}

fn upload(rig: &Rig, films: &[PathBuf]) -> Slipway {
    rig.upload(&films[0]).args(&films[1..])
}

/// What is in the queue, once nobody owns it.
async fn queue(rig: &Rig) -> Vec<ItemView> {
    let engine = Engine::start(Config { work: false, ..Config::new(rig.home()) }).await.unwrap();
    let items = engine.items().await.unwrap();
    engine.stop().await;
    items
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_it_leaves_whole_items_and_said_again_it_goes_on_from_there() {
    let rig = held().await;
    let films = films(&rig);
    let first = upload(&rig, &films).crashing_at("AfterHandOverIsDurable:2").run().await;
    assert!(first.was_killed(), "{first:#?}");
    assert_eq!(first.named("queued").len(), TOGETHER, "what was told is in the queue");
    let items = queue(&rig).await;
    let there: Vec<&PathBuf> = items.iter().map(|item| &item.file).collect();
    assert_eq!(there, films[..2 * TOGETHER].iter().collect::<Vec<_>>());
    assert!(items.iter().all(|item| item.total == 100 && item.failure.is_none()), "{items:#?}");

    let second = upload(&rig, &films).args(["--give-up-after", "1s"]).run().await;
    second.assert_code(4, "nothing moves");
    let adopted: Vec<bool> = second.named("queued").iter().map(|event| event["adopted"] == true).collect();
    assert_eq!(adopted, (0..FILES).map(|n| n < 2 * TOGETHER).collect::<Vec<_>>());
    assert_eq!(queue(&rig).await.len(), FILES);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_dies_with_a_part_of_them_has_taken_each_in_once() {
    let rig = held().await;
    let films = films(&rig);
    let owner = rig.slipway(["run", "--json"]).crashing_at("AfterHandOverIsDurable:2");
    let owner = rig.owner_as(owner).await;
    // Without `--again` the files themselves would be known again.
    let told = upload(&rig, &films).args(["--again", "--give-up-after", "1s"]).run().await;
    assert!(owner.end().await.was_killed());
    told.assert_code(4, "nothing moves");
    let queued = told.named("queued");
    assert_eq!((queued.len(), queued.iter().filter(|event| event["adopted"] == true).count()), (FILES, 0));
    let items = queue(&rig).await;
    let there: Vec<&PathBuf> = items[1..].iter().map(|item| &item.file).collect();
    assert_eq!(there, films.iter().collect::<Vec<_>>(), "behind the paused one, in their order");
}
