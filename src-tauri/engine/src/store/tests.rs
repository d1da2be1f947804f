//! The store on real files in folders of their own.

mod adoption;
mod archive;
mod damage;
mod grouping;
mod handing_over;
mod ledger;
mod order;
mod parts;
mod secrets;
mod survival;

use super::*;
use crate::commit::Unclear;
use crate::item::{
    ChunkHash, Companions, Details, Endpoint, Event, FileKind, FollowUpKind, FoundBy, Given, GrantedToken, Identifier,
    Intent, Item, ItemId, Lane, Proof, Publish, Replacement, Session, Stage, Stamp, Stored, Summary, TokenId, Video,
};
use crate::plan::{ChunkLimits, Plan};
use crate::workspace::Origin;
use tempfile::TempDir;

/// A data folder with an open store in it.
struct Folder {
    dir: TempDir,
    store: Store,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("queue.db")).unwrap();
        Self { dir, store }
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("queue.db")
    }

    /// Ends the thread and opens the same file again.
    fn reopened(self) -> Self {
        let Self { dir, store } = self;
        drop(store);
        let store = Store::open(&dir.path().join("queue.db")).unwrap();
        Self { dir, store }
    }

    async fn add(&self, new: NewItem) -> Item {
        let (item, adopted) = self.store.add(new).await.unwrap();
        assert!(!adopted, "{item:?}");
        item
    }

    async fn reread(&self, id: ItemId) -> Item {
        self.store.item(id).await.unwrap().unwrap()
    }

    /// Records `events` one after the other, from the beginning of the item's journal on.
    async fn record(&self, id: ItemId, events: &[Event]) -> Stage {
        let mut stage = Stage::Queued;
        for event in events {
            stage = stage.next(event.clone()).unwrap();
            self.store.append(id, event, &stage, With::Nothing).await.unwrap();
        }
        stage
    }

    async fn events(&self, id: ItemId) -> Vec<Event> {
        self.store.journal(id).await.unwrap().into_iter().map(|(_, event)| event).collect()
    }
}

impl Store {
    async fn hand_over_one(&self, id: uuid::Uuid, new: NewItem) -> Result<HandedOver, StoreError> {
        self.hand_over(vec![(id, new)]).await?.remove(0)
    }

    /// A hand-over of its own. Answers the item and whether it was there before.
    async fn add(&self, new: NewItem) -> Result<(Item, bool), StoreError> {
        match self.hand_over_one(uuid::Uuid::now_v7(), new).await? {
            HandedOver::Item(item, adopted) => Ok((*item, adopted)),
            HandedOver::Cleared(_) => unreachable!("nobody has said it before"),
        }
    }
}

fn origin() -> Origin {
    Origin::parse("video.example.com").unwrap()
}

fn talk() -> NewItem {
    NewItem {
        workspace: origin(),
        source: "/videos/talk.mp4".into(),
        stamp: Stamp { size: 43, mtime_ns: 1_700_000_000_123_456_789, file_id: Some((1, 2)), fingerprint: "f".into() },
        details: Details { title: "A talk".into(), tags: vec!["two words".into()], ..Details::default() },
        publish: Publish::Draft,
        replaces: None,
        companions: Companions::default(),
        given: Given::default(),
        failure: None,
        await_playable: true,
        lane: Lane::Manual,
        again: false,
    }
}

fn named(name: &str) -> NewItem {
    NewItem { source: format!("/videos/{name}").into(), ..talk() }
}

/// Four chunks: 1, 4 and 2 are ordinary, 3 is the commit.
fn opened() -> Event {
    let token = GrantedToken { id: TokenId(1), valid_until: 1_900_000_000, details_version: 1 };
    let plan = Plan::for_size(43, ChunkLimits { min: 10, max: 20, single_below: 20 }).unwrap();
    Event::SessionOpened(Session::open(token, Identifier::random(), plan, Endpoint::RedeemUploadV2))
}

fn acknowledged(number: u32) -> Event {
    Event::ChunkAcknowledged { number, hash: ChunkHash(format!("hash of chunk {number}")) }
}

fn stored(id: u64) -> Stored {
    Stored {
        video: Video { id, admin_url: format!("https://video.example.com/manage/video/{id}"), public_url: None },
        found_by: FoundBy::Answer,
        follow_ups: Vec::new(),
        details_version: 1,
        twins: Vec::new(),
        playable: None,
        was_public: false,
        replaced: None,
    }
}

/// From the token to "commit sent".
fn committed() -> Vec<Event> {
    let sent = Event::CommitSent { proof: Proof::Zero { seen_at: 1_800_000_000 }, sent_at: 1_800_000_001 };
    vec![opened(), acknowledged(1), acknowledged(4), acknowledged(2), sent]
}

fn arrived(id: u64) -> Vec<Event> {
    [committed(), vec![Event::VideoFound(stored(id))]].concat()
}

fn finished(id: u64) -> Vec<Event> {
    [arrived(id), vec![Event::Finished]].concat()
}

/// The companion of a database.
fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[tokio::test]
async fn an_item_ends_with_the_last_of_its_events_and_not_before() {
    let folder = Folder::new();
    let id = folder.add(talk()).await.id;
    folder.record(id, &committed()).await;
    assert_eq!(folder.reread(id).await.ended_at, None);
    let id = folder.add(named("other.mp4")).await.id;
    folder.record(id, &finished(7)).await;
    let (last, _) = folder.store.journal(id).await.unwrap().pop().unwrap();
    assert_eq!(folder.reread(id).await.ended_at, Some(last));
}
