mod folders;

use super::*;
use crate::facts::Facts;
use crate::pictures::Pictures;
use slipway_engine::FolderView;
use slipway_engine::item::{Companions, Details, Intent, Lane, Publish};
use slipway_engine::messages::Language;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// A queue that a test writes.
#[derive(Default)]
pub(crate) struct Pretend {
    pub(crate) items: Mutex<BTreeMap<ItemId, ItemView>>,
    pub(crate) progress: Mutex<Vec<Running>>,
    pub(crate) folders: Mutex<Vec<FolderView>>,
    /// How often the folders were asked for.
    folder_looks: AtomicUsize,
    /// How often progress was asked for.
    looks: AtomicUsize,
}

impl Queue for Pretend {
    async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        Ok(self.items.lock().unwrap().values().cloned().collect())
    }

    async fn part(&self, after: Option<Mark>, count: usize) -> Result<Part, Failure> {
        let items = self.items.lock().unwrap();
        let behind = |item: &&ItemView| after.is_none_or(|mark| item.position > mark.position);
        let unfinished = after.is_none().then_some(items.len());
        let items: Vec<ItemView> = items.values().filter(behind).take(count).cloned().collect();
        let last = items.last().filter(|_| items.len() == count);
        let rest = last.map(|last| Mark { over: false, position: last.position });
        Ok(Part { items, rest, unfinished })
    }

    async fn item(&self, id: ItemId) -> Result<ItemView, Failure> {
        self.items.lock().unwrap().get(&id).cloned().ok_or_else(|| Failure::new(Code::ItemUnknown))
    }

    async fn progress(&self) -> Result<Vec<Running>, Failure> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok(self.progress.lock().unwrap().clone())
    }

    async fn folders(&self) -> Result<Vec<FolderView>, Failure> {
        self.folder_looks.fetch_add(1, Ordering::SeqCst);
        Ok(self.folders.lock().unwrap().clone())
    }
}

struct Rig {
    queue: Arc<Pretend>,
    feed: broadcast::Sender<Update>,
    opened: mpsc::UnboundedSender<broadcast::Receiver<Update>>,
    updates: Updates,
    told: mpsc::UnboundedReceiver<(Instant, Changes)>,
}

impl Rig {
    fn new() -> Self {
        let (rig, _) = Self::with_eyes(|_| None);
        rig
    }

    /// With a way to read the facts of files, and the task that does.
    fn with_eyes(
        read: impl Fn(&Path) -> Option<Facts> + Clone + Send + 'static,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sights, seen, looking) = Sights::with(Pictures::new("/nowhere".into()), read, Duration::MAX);
        (Self::seeing(sights, seen), looking)
    }

    /// With somebody else who says of which items more is known.
    fn told_of_sights() -> (Self, mpsc::UnboundedSender<ItemId>) {
        let (see, seen) = mpsc::unbounded_channel();
        let (sights, ..) = Sights::with(Pictures::new("/nowhere".into()), |_| None, Duration::MAX);
        (Self::seeing(sights, seen), see)
    }

    fn seeing(sights: Sights, seen: mpsc::UnboundedReceiver<ItemId>) -> Self {
        let queue = Arc::new(Pretend::default());
        let (opened, news) = mpsc::unbounded_channel();
        let (sender, told) = mpsc::unbounded_channel();
        let tell = move |changes| sender.send((Instant::now(), changes)).unwrap();
        let (updates, telling) =
            Updates::follow(Arc::clone(&queue), news, Voice::new(Language::En), sights, seen, tell);
        tokio::spawn(telling);
        let (feed, first) = broadcast::channel(16);
        opened.send(first).unwrap();
        Self { queue, feed, opened, updates, told }
    }

    /// With room for more news than a listener is usually given.
    async fn roomy() -> Self {
        let mut rig = Self::new();
        rig.feed = broadcast::Sender::new(4096);
        rig.opened.send(rig.feed.subscribe()).unwrap();
        assert_eq!(rig.told().await.seq, 2);
        rig
    }

    fn put(&self, item: &ItemView) {
        self.queue.items.lock().unwrap().insert(item.id, item.clone());
        self.feed.send(Update::Item(Box::new(item.clone()))).unwrap();
    }

    async fn told(&mut self) -> Changes {
        self.told.recv().await.unwrap().1
    }
}

pub(crate) fn item(n: u128) -> ItemView {
    ItemView {
        id: ItemId(uuid::Uuid::from_u128(n)),
        file: format!("/films/{n}.mp4").into(),
        position: 1,
        details: Details::default(),
        publish: Publish::Draft,
        companions: Companions::default(),
        workspace: "video.example.com".into(),
        replaces: None,
        behind: None,
        lane: Lane::Manual,
        intent: Intent::Run,
        stage: "uploading".into(),
        total: 1000,
        stored: 0,
        resent: 0,
        video_id: None,
        admin_url: None,
        public_url: None,
        published: false,
        playable: None,
        version_seen: None,
        twins: Vec::new(),
        failure: None,
        unsettled: false,
        added_at: jiff::Timestamp::UNIX_EPOCH,
        ended_at: None,
    }
}

pub(crate) fn running(n: u128, sent: u64) -> Running {
    Running { id: item(n).id, sent, resent: 0, processing: None, held_up: None }
}

fn ids(changes: &Changes) -> Vec<ItemId> {
    let rows = serde_json::to_value(&changes.rows).unwrap();
    rows.as_array().unwrap().iter().map(|row| serde_json::from_value(row["id"].clone()).unwrap()).collect()
}

fn stored(changes: &Changes) -> u64 {
    serde_json::to_value(&changes.rows).unwrap()[0]["stored"].as_u64().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_news_is_told_ten_times_a_second_at_most_and_its_end_is_not_lost() {
    let mut rig = Rig::new();
    let started = Instant::now();
    for stored in 1..=1000 {
        rig.put(&ItemView { stored, ..item(1) });
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let mut times = Vec::new();
    let mut last = 0;
    while last < 1000 {
        let (at, changes) = rig.told.recv().await.unwrap();
        assert!(stored(&changes) > last, "nothing goes back");
        last = stored(&changes);
        assert_eq!(changes.seq as usize, times.len() + 1);
        times.push(at);
    }
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= SHORTEST), "{times:?}");
    assert!(times.len() > 20, "{}", times.len());
    assert!(times.last().unwrap().duration_since(started) < Duration::from_millis(3200));
}

#[tokio::test(start_paused = true)]
async fn only_what_is_different_is_told_and_silence_costs_nothing() {
    let mut rig = Rig::new();
    rig.updates.see().await.unwrap();
    rig.put(&ItemView { stage: "done".into(), ..item(1) });
    let changes = rig.told().await;
    assert_eq!((ids(&changes), changes.progress, changes.workspaces), (vec![item(1).id], None, None));
    assert_eq!((changes.removed.len(), changes.settings, changes.keychain, changes.trouble), (0, None, None, None));
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(rig.told.try_recv().is_err());

    rig.updates.tell(News::Workspaces(Vec::new()));
    let changes = rig.told().await;
    assert_eq!((changes.seq, changes.rows.len(), changes.workspaces), (2, 0, Some(Vec::new())));
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_of_all_that_run_while_it_moves_and_once_when_it_ends() {
    let mut rig = Rig::new();
    rig.put(&item(1));
    rig.put(&item(2));
    rig.told().await;
    *rig.queue.progress.lock().unwrap() = vec![running(2, 5), running(1, 7)];
    let changes = rig.told().await;
    assert_eq!((changes.rows.len(), changes.progress.unwrap().len()), (0, 2));
    // The same in another order is the same.
    *rig.queue.progress.lock().unwrap() = vec![running(1, 7), running(2, 5)];
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(rig.told.try_recv().is_err());
    rig.queue.progress.lock().unwrap().clear();
    assert_eq!(rig.told().await.progress, Some(Vec::new()));
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert!(rig.told.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_move_is_looked_at_less_and_less_often_until_it_moves() {
    let mut rig = Rig::new();
    rig.put(&item(1));
    *rig.queue.progress.lock().unwrap() = vec![running(1, 7)];
    rig.told().await;
    tokio::time::sleep(10 * QUIET).await;
    let before = rig.queue.looks.load(Ordering::SeqCst);
    tokio::time::sleep(60 * QUIET).await;
    let looks = rig.queue.looks.load(Ordering::SeqCst) - before;
    assert!((59..=61).contains(&looks), "{looks}");

    // When it moves that is seen, and from then on it is looked at as often as it may be told.
    for sent in 8..18 {
        *rig.queue.progress.lock().unwrap() = vec![running(1, sent)];
        let asked = Instant::now();
        assert_eq!(rig.told().await.progress.unwrap().len(), 1);
        assert!(asked.elapsed() <= if sent == 8 { QUIET } else { SHORTEST });
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_look_at_everything_showed_is_not_told_again() {
    let mut rig = Rig::new();
    rig.put(&ItemView { stored: 1, ..item(1) });
    rig.put(&ItemView { stored: 2, ..item(1) });
    let seen = rig.updates.see().await.unwrap();
    assert_eq!((seen.rows.len(), seen.found, seen.seq), (1, 1, 0));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(rig.told.try_recv().is_err());
    rig.put(&item(2));
    assert_eq!(rig.told().await.seq, 1);
    assert_eq!(rig.updates.see().await.unwrap().found, 1, "what was there at the start");
}

#[tokio::test(start_paused = true)]
async fn a_number_is_left_out_where_news_were_missed() {
    let mut rig = Rig::new();
    rig.put(&item(1));
    assert_eq!(rig.told().await.seq, 1);
    // More at once than the engine holds for a slow listener.
    for stored in 0..100 {
        rig.put(&ItemView { stored, ..item(2) });
    }
    assert_eq!(rig.told().await.seq, 3);
    rig.feed.send(Update::Missed).unwrap();
    assert_eq!(rig.told().await.seq, 5);
    rig.updates.tell(News::Language);
    assert_eq!(rig.told().await.seq, 7);
    // Another engine in the place of the first, which is gone before.
    rig.feed = broadcast::Sender::new(16);
    tokio::time::sleep(SHORTEST).await;
    rig.opened.send(rig.feed.subscribe()).unwrap();
    assert_eq!(rig.told().await.seq, 9);
    rig.put(&item(3));
    assert_eq!(rig.told().await.seq, 10);
}

#[tokio::test(start_paused = true)]
async fn why_an_item_waits_is_told_with_its_row_until_it_moves() {
    let mut rig = Rig::new();
    rig.put(&item(1));
    rig.told().await;
    let waiting = |changes: &Changes| serde_json::to_value(&changes.rows).unwrap()[0]["waiting"]["code"].clone();
    let failure = Failure::new(Code::KeychainLocked);
    rig.feed.send(Update::Waiting { id: item(1).id, failure: failure.clone() }).unwrap();
    let changes = rig.told().await;
    assert_eq!(waiting(&changes), "keychain_locked");
    assert_eq!(changes.keychain.unwrap().told.unwrap().code, "keychain_locked");
    assert_eq!(
        waiting(&Changes { rows: rig.updates.see().await.unwrap().rows, ..Changes::default() }),
        "keychain_locked"
    );
    rig.put(&ItemView { stored: 1, ..item(1) });
    assert_eq!(waiting(&rig.told().await), serde_json::Value::Null);
}

#[tokio::test(start_paused = true)]
async fn trouble_is_told_and_over_when_something_could_be_written() {
    let mut rig = Rig::new();
    rig.feed.send(Update::Trouble(Failure::new(Code::DataFolderUnwritable))).unwrap();
    assert_eq!(rig.told().await.trouble.unwrap().told.unwrap().code, "data_folder_unwritable");
    rig.put(&item(1));
    assert_eq!(rig.told().await.trouble, Some(State { told: None }));
}

#[tokio::test(start_paused = true)]
async fn many_rows_come_in_several_tellings_and_a_removed_one_comes_no_more() {
    let mut rig = Rig::roomy().await;
    for n in 0..1200 {
        rig.put(&item(n));
    }
    rig.feed.send(Update::Removed(item(1199).id)).unwrap();
    let mut all = Vec::new();
    for expected in [ROWS, ROWS, 199] {
        let changes = rig.told().await;
        assert_eq!(changes.rows.len(), expected);
        all.extend(ids(&changes));
    }
    all.sort();
    assert_eq!(all, (0..1199).map(|n| item(n).id).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_row_is_told_again_when_more_is_known_of_its_file() {
    let facts = Facts { width: Some(640), height: Some(360), seconds: Some(3) };
    let (mut rig, looking) = Rig::with_eyes(move |_| Some(facts));
    let told = |changes: &Changes| serde_json::to_value(&changes.rows).unwrap()[0]["facts"].clone();
    let known = serde_json::json!({ "width": 640, "height": 360, "seconds": 3 });
    rig.put(&item(1));
    let first = rig.told().await;
    assert_eq!((ids(&first), told(&first)), (vec![item(1).id], serde_json::Value::Null));
    tokio::spawn(looking);
    let second = rig.told().await;
    assert_eq!((ids(&second), told(&second)), (vec![item(1).id], known));
    // What is gone by then is not told.
    rig.put(&item(2));
    rig.queue.items.lock().unwrap().clear();
    rig.feed.send(Update::Removed(item(2).id)).unwrap();
    let last = rig.told().await;
    assert_eq!((last.rows.len(), last.removed), (0, vec![item(2).id]));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_many_files_one_after_the_other_is_told_once_a_second() {
    let (mut rig, see) = Rig::told_of_sights();
    many(&rig.queue, 1_000);
    rig.updates.see().await.unwrap();
    let started = Instant::now();
    for n in 0..1_000 {
        see.send(item(n).id).unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (mut all, mut times) = (Vec::new(), Vec::new());
    while all.len() < 1_000 {
        let (at, changes) = rig.told.recv().await.unwrap();
        all.extend(ids(&changes));
        times.push(at - started);
    }
    assert!(times.len() <= 12, "{times:?}");
    assert!(times[0] <= Duration::from_millis(200), "the first is told at once: {times:?}");
    all.sort();
    assert_eq!(all, (0..1_000).map(|n| item(n).id).collect::<Vec<_>>(), "each once");
}

/// Items with positions of their own, in this state.
fn many(queue: &Pretend, count: u128) {
    let items = (0..count).map(|n| ItemView { position: n as i64, stage: "queued".into(), ..item(n) });
    queue.items.lock().unwrap().extend(items.map(|item| (item.id, item)));
}

#[tokio::test(start_paused = true)]
async fn of_a_long_queue_the_beginning_is_seen_at_once_and_the_rest_when_it_is_asked_for() {
    let rig = Rig::new();
    many(&rig.queue, 4_321);
    let seen = rig.updates.see().await.unwrap();
    assert_eq!((seen.rows.len(), seen.found), (FIRST, 4_321));
    let mut told = ids(&Changes { rows: seen.rows, ..Changes::default() });
    let mut rest = seen.rest;
    while let Some(mark) = rest {
        let more = rig.updates.see_more(mark).await.unwrap().unwrap();
        told.extend(ids(&Changes { rows: more.rows, ..Changes::default() }));
        rest = more.rest;
    }
    assert_eq!(told, rig.queue.items.lock().unwrap().keys().copied().collect::<Vec<_>>());
    // Whoever asks for everything again has rows, and keeps them: it gets all there is.
    let seen = rig.updates.see().await.unwrap();
    assert_eq!((seen.rows.len(), seen.rest), (4_321, None));
}

#[tokio::test(start_paused = true)]
async fn what_is_seen_later_is_looked_after_like_what_was_seen_first() {
    let mut rig = Rig::new();
    many(&rig.queue, 300);
    rig.queue.items.lock().unwrap().values_mut().take(FIRST).for_each(|item| item.stage = "done".into());
    let seen = rig.updates.see().await.unwrap();
    rig.queue.progress.lock().unwrap().push(running(250, 7));
    rig.updates.see_more(seen.rest.unwrap()).await.unwrap().unwrap();
    let progress = rig.told().await.progress.unwrap();
    assert_eq!(serde_json::to_value(&progress[0]).unwrap()["sent"], 7);
}
