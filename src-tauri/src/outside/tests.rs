//! The task against a queue and a desktop that a test writes, in a time that goes as it is told to.

use super::*;
use crate::desktop::{Choice, Chosen};
use crate::events::Event;
use crate::updates::tests::{Pretend, item, running};
use slipway_engine::Config;
use slipway_engine::ItemView;
use slipway_engine::failure::Code;
use slipway_engine::messages::Language;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::broadcast;

/// What somebody sees outside the window.
#[derive(Debug, Default)]
struct Screen {
    signs: Mutex<Option<Signs>>,
    said: Mutex<Vec<String>>,
    is_looked_at: AtomicBool,
}

impl Desktop for Screen {
    fn choose(&self, _: Choice, _: String) -> Chosen {
        Box::pin(async { Vec::new() })
    }
    fn lacks_dialogs(&self) -> bool {
        true
    }
    fn copied_files(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(Vec::new())
    }
    fn copy_text(&self, _: String) -> Result<(), Failure> {
        Ok(())
    }
    fn open(&self, _: &str) -> Result<(), Failure> {
        Ok(())
    }
    fn tell(&self, _: Event) {}
    fn show_file(&self, _: &Path) -> Result<(), Failure> {
        Ok(())
    }
    fn show(&self, signs: Signs) {
        *self.signs.lock().unwrap() = Some(signs);
    }
    fn is_looked_at(&self) -> bool {
        self.is_looked_at.load(Ordering::SeqCst)
    }
    fn notify(&self, notice: &Notice) {
        self.said.lock().unwrap().push(notice.title.clone());
    }
    fn starts_at_login(&self) -> bool {
        false
    }
    fn start_at_login(&self, _: bool) -> Result<(), Failure> {
        Ok(())
    }
    fn end(&self) {}
}

struct Rig {
    queue: Arc<Pretend>,
    screen: Arc<Screen>,
    voice: Voice,
    outside: Outside,
    feed: broadcast::Sender<Update>,
    _opened: mpsc::UnboundedSender<Feed>,
    _home: tempfile::TempDir,
}

impl Rig {
    /// Of a queue in which these items are.
    async fn of(items: impl IntoIterator<Item = ItemView>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (queue, screen) = (Arc::new(Pretend::default()), Arc::new(Screen::default()));
        queue.items.lock().unwrap().extend(items.into_iter().map(|item| (item.id, item)));
        let (opened, news) = mpsc::unbounded_channel();
        let feed = broadcast::Sender::new(4096);
        opened.send(feed.subscribe()).unwrap();
        let voice = Voice::new(Language::En);
        let means = Arc::new(Means::of(Config::new(home.path().to_owned())));
        let desktop = Arc::clone(&screen) as Arc<dyn Desktop>;
        let (outside, following) = Outside::follow(Arc::clone(&queue), news, voice.clone(), means, desktop);
        tokio::spawn(following);
        let rig = Self { queue, screen, voice, outside, feed, _opened: opened, _home: home };
        rig.pass(3).await;
        rig
    }

    fn put(&self, item: &ItemView) {
        self.queue.items.lock().unwrap().insert(item.id, item.clone());
        self.feed.send(Update::Item(Box::new(item.clone()))).unwrap();
    }

    async fn pass(&self, seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    fn signs(&self) -> Signs {
        self.screen.signs.lock().unwrap().clone().unwrap()
    }

    fn standing(&self) -> String {
        self.signs().face.standing
    }

    fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.screen.said.lock().unwrap())
    }
}

fn at(n: u128, stage: &str) -> ItemView {
    ItemView { stage: stage.into(), ..item(n) }
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_followed_to_its_end_and_said_once() {
    let rig = Rig::of([]).await;
    assert_eq!(rig.standing(), "Nothing to send");
    rig.put(&at(1, "uploading"));
    rig.queue.progress.lock().unwrap().push(running(1, 420));
    rig.pass(2).await;
    assert_eq!((rig.standing().as_str(), rig.signs().percent), ("1 on the way · 42 %", Some(42)));
    assert!(rig.signs().awake.is_some());
    assert_eq!(rig.outside.work(), Work { unfinished: 1, watches: false });

    rig.queue.progress.lock().unwrap().clear();
    rig.put(&at(1, "done"));
    rig.pass(10).await;
    assert_eq!((rig.standing().as_str(), rig.signs().percent), ("Nothing to send", None));
    assert_eq!((rig.signs().awake, rig.said()), (None, vec!["1 upload done".to_owned()]));
    assert!(!rig.outside.work().is_any());
}

#[tokio::test(start_paused = true)]
async fn the_machine_may_sleep_while_nothing_moves() {
    let rig = Rig::of([at(1, "uploading"), at(2, "stored")]).await;
    let set = |running: Vec<_>| *rig.queue.progress.lock().unwrap() = running;
    set(vec![running(1, 0)]);
    rig.pass(2).await;
    assert!(rig.signs().awake.is_some());
    // No network.
    let held_up = Some(Failure::new(Code::WorkspaceUnreachable));
    set(vec![slipway_engine::Progress { held_up, ..running(1, 0) }]);
    rig.pass(2).await;
    assert_eq!(rig.signs().awake, None);
    // What the workspace prepares needs nothing of this machine.
    set(vec![running(2, 1000)]);
    rig.pass(2).await;
    assert_eq!(rig.signs().awake, None);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_what_they_look_at() {
    let rig = Rig::of([]).await;
    rig.screen.is_looked_at.store(true, Ordering::SeqCst);
    rig.put(&at(1, "uploading"));
    rig.put(&at(1, "done"));
    rig.pass(10).await;
    rig.screen.is_looked_at.store(false, Ordering::SeqCst);
    rig.pass(60).await;
    assert_eq!(rig.said(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn what_ended_while_news_were_missed_is_found_by_looking() {
    let rig = Rig::of([at(1, "uploading"), at(2, "queued")]).await;
    {
        let mut items = rig.queue.items.lock().unwrap();
        items.insert(item(1).id, at(1, "done"));
        items.remove(&item(2).id);
    }
    rig.feed.send(Update::Missed).unwrap();
    rig.pass(10).await;
    assert_eq!((rig.standing().as_str(), rig.said()), ("Nothing to send", vec!["1 upload done".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn another_language_is_spoken_at_once() {
    let rig = Rig::of([at(1, "queued")]).await;
    assert_eq!(rig.standing(), "1 waiting · 0 %");
    rig.voice.speak(Language::Da);
    rig.outside.look_again();
    rig.pass(1).await;
    assert_eq!(rig.standing(), "1 venter · 0 %");
}
