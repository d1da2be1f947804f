//! Many files are handed over at once: each has the outcome that it would have had alone.

use slipway_engine::failure::Code;
use slipway_engine::item::ItemId;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Added, Config, Engine, Handed, ItemView, Replace, Update};
use std::path::PathBuf;
use tempfile::TempDir;
use uuid::Uuid;

/// A queue that nobody works off, and a folder for files.
struct Desk {
    folder: TempDir,
    engine: Engine,
}

impl Desk {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::start(Self::config(&folder)).await.unwrap();
        Self { folder, engine }
    }

    fn config(folder: &TempDir) -> Config {
        Config { work: false, ..Config::new(folder.path().join("home")) }
    }

    /// Ends the engine and starts another in its place.
    async fn restarted(self) -> Self {
        let Self { folder, engine } = self;
        engine.stop().await;
        let engine = Engine::start(Self::config(&folder)).await.unwrap();
        Self { folder, engine }
    }

    /// A file, made when it is first named.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        if !path.exists() {
            std::fs::write(&path, text).unwrap();
        }
        path
    }

    /// So many films.
    fn films(&self, count: usize) -> Vec<Handed> {
        (0..count).map(|n| add(&self.file(&format!("film {n}.mp4"), &format!("bytes of film {n}")))).collect()
    }

    /// Hands over under ids that were never said before.
    async fn hand_over(&self, files: Vec<Handed>) -> Vec<Result<Added, Code>> {
        self.say(files.into_iter().map(|file| (Uuid::now_v7(), file)).collect()).await
    }

    async fn say(&self, files: Vec<(Uuid, Handed)>) -> Vec<Result<Added, Code>> {
        let outcomes = self.engine.hand_over(files).await.unwrap();
        outcomes.into_iter().map(|outcome| outcome.map_err(|failure| failure.code)).collect()
    }

    /// The names in the queue, in its order.
    async fn names(&self) -> Vec<String> {
        self.engine.items().await.unwrap().iter().map(name).collect()
    }
}

fn origin() -> Origin {
    Origin::parse("video.example.com").unwrap()
}

fn add(file: &PathBuf) -> Handed {
    Handed::Add(Box::new(Add::new(file, origin())))
}

fn name(item: &ItemView) -> String {
    item.file.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Item and whether it was there before, of what was taken in.
fn told(outcomes: &[Result<Added, Code>]) -> Vec<Result<(ItemId, bool), Code>> {
    outcomes.iter().map(|it| it.as_ref().map(|added| (added.item.id, added.adopted)).map_err(|code| *code)).collect()
}

#[tokio::test]
async fn they_stand_in_the_queue_in_the_order_given_and_everybody_hears_of_each() {
    let desk = Desk::new().await;
    let mut news = desk.engine.subscribe();
    let outcomes = desk.hand_over(desk.films(300)).await;
    let wanted: Vec<String> = (0..300).map(|n| format!("film {n}.mp4")).collect();
    let added: Vec<String> = outcomes.iter().map(|it| name(&it.as_ref().unwrap().item)).collect();
    assert_eq!((&added, &desk.names().await), (&wanted, &wanted));
    let mut heard = Vec::new();
    while let Ok(update) = news.try_recv() {
        match update {
            Update::Item(item) => heard.push(name(&item)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, wanted);
    let desk = desk.restarted().await;
    assert_eq!(desk.names().await, wanted);
}

#[tokio::test]
async fn one_that_cannot_be_taken_in_refuses_none_of_the_others() {
    let desk = Desk::new().await;
    let (good, empty, last) =
        (desk.file("good.mp4", "good"), desk.file("empty.mp4", ""), desk.file("last.mp4", "last"));
    let misspelled = desk.file("spoken for.mp4", "bytes");
    let mut spoken_for = Add::new(misspelled, origin());
    spoken_for.details.variables = [("title".to_owned(), "another".to_owned())].into();
    let neither = desk.file("no film and no picture.txt", "words");
    let files = vec![
        add(&desk.folder.path().join("missing.mp4")),
        add(&good),
        add(&empty),
        add(&desk.folder.path().to_owned()),
        Handed::Add(Box::new(spoken_for)),
        Handed::Replace(Replace::new(neither, origin(), 7)),
        add(&last),
    ];
    let outcomes = desk.hand_over(files).await;
    let codes: Vec<Option<Code>> = outcomes.iter().map(|it| it.as_ref().err().copied()).collect();
    let wanted = [
        Some(Code::SourceMissing),
        None,
        Some(Code::SourceEmpty),
        Some(Code::SourceNotAFile),
        Some(Code::DetailsInvalid),
        Some(Code::FileKindUnclear),
        None,
    ];
    assert_eq!(codes, wanted);
    assert_eq!(desk.names().await, ["good.mp4", "last.mp4"]);
}

#[tokio::test]
async fn handed_over_again_all_of_them_are_adopted_and_those_that_are_new_are_not() {
    let desk = Desk::new().await;
    let first = told(&desk.hand_over(desk.films(20)).await);
    let desk = desk.restarted().await;
    let second = told(&desk.hand_over(desk.films(25)).await);
    for (n, outcome) in second.iter().enumerate() {
        let (id, adopted) = outcome.unwrap();
        assert_eq!(adopted, n < 20, "film {n}");
        assert!(n >= 20 || first[n] == Ok((id, false)), "film {n} is another item");
    }
    assert_eq!(desk.names().await.len(), 25);
}

#[tokio::test]
async fn a_file_that_is_among_them_twice_is_one_item_unless_again_is_said() {
    let desk = Desk::new().await;
    let file = desk.file("talk.mp4", "bytes");
    let outcomes = told(&desk.hand_over(vec![add(&file), add(&file)]).await);
    let (id, adopted) = outcomes[0].unwrap();
    assert!(!adopted);
    assert_eq!(outcomes[1], Ok((id, true)));
    let again = || Handed::Add(Box::new(Add { again: true, ..Add::new(&file, origin()) }));
    let outcomes = desk.hand_over(vec![again(), again()]).await;
    assert!(outcomes.iter().all(|it| !it.as_ref().unwrap().adopted));
    assert_eq!(desk.names().await.len(), 3);
}

#[tokio::test]
async fn what_an_adopted_one_says_differently_is_an_edit_of_that_one() {
    let desk = Desk::new().await;
    desk.hand_over(desk.films(3)).await;
    let mut files = desk.films(3);
    if let Handed::Add(add) = &mut files[1] {
        add.details.title = "Another title".to_owned();
    }
    let outcomes = desk.hand_over(files).await;
    let titles: Vec<&str> = outcomes.iter().map(|it| it.as_ref().unwrap().item.details.title.as_str()).collect();
    assert_eq!(titles, ["film 0", "Another title", "film 2"]);
}

#[tokio::test]
async fn said_again_under_the_same_ids_each_is_taken_in_once_and_what_was_cleared_stays_away() {
    let desk = Desk::new().await;
    let again = |handed: Handed| match handed {
        Handed::Add(add) => Handed::Add(Box::new(Add { again: true, ..*add })),
        other => other,
    };
    let files: Vec<(Uuid, Handed)> = desk.films(6).into_iter().map(again).map(|file| (Uuid::now_v7(), file)).collect();
    // The answers to these four were lost, and the others were never heard.
    let first = told(&desk.say(files[..4].to_vec()).await);
    let (cleared, _) = first[1].unwrap();
    desk.engine.set_intent(cleared, slipway_engine::item::Intent::Cancel).await.unwrap();
    desk.engine.clear(cleared).await.unwrap();
    let desk = desk.restarted().await;
    let second = told(&desk.say(files).await);
    assert_eq!((second[0], second[2], second[3]), (first[0], first[2], first[3]));
    assert_eq!(second[1], Err(Code::ItemUnknown));
    assert!(second[4..].iter().all(|it| matches!(it, Ok((_, false)))));
    assert_eq!(desk.names().await, ["film 0.mp4", "film 2.mp4", "film 3.mp4", "film 4.mp4", "film 5.mp4"]);
}

#[tokio::test]
async fn each_has_what_lies_beside_it_and_one_with_a_broken_companion_waits_alone() {
    let desk = Desk::new().await;
    let files = desk.films(4);
    desk.file("film 1.en.srt", "1\n00:00:00,000 --> 00:00:01,000\nHello\n");
    desk.file("film 2.json", "{ \"slipway\": 1, \"title\": \"Said beside it\" }");
    desk.file("film 3.json", "{ \"slipway\": 1, \"title\": 7 }");
    let outcomes = desk.hand_over(files).await;
    let items: Vec<&ItemView> = outcomes.iter().map(|it| &it.as_ref().unwrap().item).collect();
    let subtitles: Vec<usize> = items.iter().map(|item| item.companions.subtitles.len()).collect();
    assert_eq!(subtitles, [0, 1, 0, 0]);
    assert_eq!(items[2].details.title, "Said beside it");
    let failed: Vec<Option<Code>> = items.iter().map(|item| item.failure.as_ref().map(|it| it.code)).collect();
    assert_eq!(failed, [None, None, None, Some(Code::MetadataInvalid)]);
}
