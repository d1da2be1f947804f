//! Owner and guests over real sockets, before a host that only counts.

use super::*;
use crate::failure::Code;
use crate::item::ItemId;
use crate::timing::Timing;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Answers the number of the question. It tells as many news before each answer as it was asked to, and answers what it
/// is asked to hold only when it is let.
#[derive(Clone)]
struct Pretend {
    asked: Arc<AtomicUsize>,
    let_go: Arc<Semaphore>,
    news: broadcast::Sender<Update>,
    still_true: Arc<Mutex<Vec<Update>>>,
}

impl Host for Pretend {
    async fn answer(&self, ask: &RawValue) -> Answer {
        let number = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        match serde_json::from_str(ask.get()).unwrap() {
            Ask::Tell(news) => {
                for _ in 0..news {
                    self.news.send(Update::Removed(ItemId::fresh())).unwrap();
                }
            }
            Ask::Hold => self.let_go.acquire().await.unwrap().forget(),
            Ask::Fail => return Err(Failure::new(Code::ItemUnknown).detail("none")),
            Ask::Long(bytes) => return Ok(serde_json::value::to_raw_value(&"long".repeat(bytes / 4)).unwrap()),
        }
        Ok(serde_json::value::to_raw_value(&number).unwrap())
    }

    async fn follow(&self) -> (Vec<Update>, broadcast::Receiver<Update>) {
        (self.still_true.lock().unwrap().clone(), self.news.subscribe())
    }
}

#[derive(Serialize, Deserialize)]
enum Ask {
    Tell(usize),
    Hold,
    Fail,
    Long(usize),
}

/// An owner in a folder of its own.
struct Owner {
    dir: TempDir,
    host: Pretend,
    closing: CancellationToken,
    serving: JoinHandle<()>,
}

impl Owner {
    fn new() -> Self {
        Self::that_says(Hello::own(true))
    }

    fn that_says(hello: Hello) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let host = Pretend {
            asked: Arc::default(),
            let_go: Arc::new(Semaphore::new(0)),
            news: broadcast::channel(FEW).0,
            still_true: Arc::default(),
        };
        let (closing, cut) = (CancellationToken::new(), CancellationToken::new());
        let listener = Listener::bind(dir.path()).unwrap();
        let serving = serve(listener, host.clone(), hello, Timing::default(), closing.clone(), cut);
        Self { dir, host, closing, serving: tokio::spawn(serving) }
    }

    async fn guest(&self) -> Visitor {
        Visitor::of(self.dir.path(), Timing::default()).await
    }

    fn asked(&self) -> usize {
        self.host.asked.load(Ordering::SeqCst)
    }

    async fn until_asked(&self, times: usize) {
        while self.asked() < times {
            tokio::task::yield_now().await;
        }
    }
}

/// News that a connection may fall behind.
const FEW: usize = 4;

/// A guest and what it was told.
struct Visitor {
    guest: Guest,
    told: Arc<Mutex<Vec<Update>>>,
}

impl Visitor {
    async fn of(dir: &Path, timing: Timing) -> Self {
        let told = Arc::<Mutex<Vec<Update>>>::default();
        let listening = Arc::clone(&told);
        let tell = move |update| listening.lock().unwrap().push(update);
        let guest = Guest::join(dir, Hello::own(false), timing, PATIENCE, tell).await.unwrap();
        Self { guest, told }
    }

    async fn ask(&self, id: Uuid, once: bool, ask: Ask) -> Result<usize, Failure> {
        let answer = self.guest.ask(id, once, serde_json::value::to_raw_value(&ask).unwrap()).await.unwrap();
        answer.map(|text| serde_json::from_str(text.get()).unwrap())
    }

    fn told(&self) -> Vec<&'static str> {
        let name = |update: &Update| match update {
            Update::Removed(_) => "removed",
            Update::Missed => "missed",
            Update::Waiting { .. } => "waiting",
            _ => "other",
        };
        self.told.lock().unwrap().iter().map(name).collect()
    }
}

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_command_that_is_repeated_is_done_once_and_a_question_anew() {
    let owner = Owner::new();
    let (first, second, id) = (owner.guest().await, owner.guest().await, Uuid::now_v7());
    assert_eq!(first.ask(id, true, Ask::Tell(0)).await, Ok(1));
    assert_eq!(second.ask(id, true, Ask::Tell(0)).await, Ok(1));
    assert_eq!(second.ask(Uuid::now_v7(), true, Ask::Tell(0)).await, Ok(2));
    assert_eq!(second.ask(id, false, Ask::Tell(0)).await, Ok(3));
    let failed = first.ask(Uuid::now_v7(), true, Ask::Fail).await.unwrap_err();
    assert_eq!((failed.code, failed.detail.as_deref()), (Code::ItemUnknown, Some("none")));
}

#[tokio::test]
async fn a_command_goes_on_without_its_guest_and_is_not_begun_again_meanwhile() {
    let (owner, id) = (Owner::new(), Uuid::now_v7());
    let first = owner.guest().await;
    tokio::select! {
        _ = first.ask(id, true, Ask::Hold) => unreachable!("nobody lets it go"),
        () = owner.until_asked(1) => {}
    }
    drop(first);
    let second = owner.guest().await;
    let repeated = second.ask(id, true, Ask::Hold);
    let other = async {
        // The repetition is on its way before this one.
        assert_eq!(second.ask(Uuid::now_v7(), false, Ask::Tell(0)).await, Ok(2));
        owner.host.let_go.add_permits(1);
    };
    assert_eq!(tokio::join!(repeated, other).0, Ok(1));
    assert_eq!(owner.asked(), 2);
}

#[tokio::test]
async fn what_was_told_before_an_answer_is_heard_before_it() {
    let owner = Owner::new();
    let guest = owner.guest().await;
    for round in 1..=20 {
        guest.ask(Uuid::now_v7(), true, Ask::Tell(FEW)).await.unwrap();
        assert_eq!(guest.told(), vec!["removed"; round * FEW]);
    }
}

#[tokio::test]
async fn who_falls_behind_is_told_to_read_again_and_what_still_waits() {
    let owner = Owner::new();
    let guest = owner.guest().await;
    let waiting = Update::Waiting { id: ItemId::fresh(), failure: Failure::new(Code::SignInNeeded) };
    owner.host.still_true.lock().unwrap().push(waiting);
    guest.ask(Uuid::now_v7(), false, Ask::Tell(FEW + 3)).await.unwrap();
    assert_eq!(guest.told(), ["missed", "waiting"]);
    guest.ask(Uuid::now_v7(), false, Ask::Tell(1)).await.unwrap();
    assert_eq!(guest.told(), ["missed", "waiting", "removed"]);
}

/// Somebody who speaks as a guest does, as far as it goes.
async fn stranger(owner: &Owner) -> impl AsyncRead + AsyncWrite + Unpin + use<> {
    let mut stream = socket::connect(owner.dir.path()).await.unwrap();
    write_line(&mut stream, &Hello::own(true)).await.unwrap();
    stream
}

fn request(ask: &Ask) -> Request {
    Request { id: Uuid::now_v7(), once: true, ask: serde_json::value::to_raw_value(ask).unwrap() }
}

#[tokio::test]
async fn a_command_that_breaks_off_is_not_done() {
    let owner = Owner::new();
    let whole = serde_json::to_vec(&request(&Ask::Tell(0))).unwrap();
    for length in [1, whole.len() / 2, whole.len() - 1] {
        let mut guest = stranger(&owner).await;
        guest.write_all(&whole[..length]).await.unwrap();
        guest.shutdown().await.unwrap();
        // Its end says that the owner has come to the end of it, too.
        guest.read_to_end(&mut Vec::new()).await.unwrap();
        assert_eq!(owner.asked(), 0, "{length} bytes of {}", whole.len());
    }
}

#[tokio::test]
async fn a_guest_that_never_reads_holds_up_neither_the_others_nor_the_end() {
    let owner = Owner::new();
    let mut deaf = stranger(&owner).await;
    // More than fits between two processes.
    write_line(&mut deaf, &request(&Ask::Long(16 << 20))).await.unwrap();
    owner.until_asked(1).await;
    let guest = owner.guest().await;
    for _ in 0..FEW * 2 {
        guest.ask(Uuid::now_v7(), true, Ask::Tell(FEW)).await.unwrap();
    }
    assert_eq!(guest.told(), vec!["removed"; FEW * FEW * 2]);
    owner.closing.cancel();
    owner.serving.await.unwrap();
    drop(deaf);
}

#[tokio::test]
async fn what_is_cut_off_leaves_no_socket_beside_a_free_folder() {
    /// Says, when it goes, whether the socket was still there.
    struct Watching(std::path::PathBuf, std::sync::mpsc::Sender<bool>);
    impl Drop for Watching {
        fn drop(&mut self) {
            self.1.send(self.0.exists()).unwrap();
        }
    }
    impl Host for Watching {
        async fn answer(&self, _: &RawValue) -> Answer {
            std::future::pending().await
        }

        async fn follow(&self) -> (Vec<Update>, broadcast::Receiver<Update>) {
            std::future::pending().await
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let (sender, gone) = std::sync::mpsc::channel();
    let socket = dir.path().join("slipway.sock");
    let host = Watching(socket.clone(), sender);
    let listener = Listener::bind(dir.path()).unwrap();
    let (closing, cut) = (CancellationToken::new(), CancellationToken::new());
    let mut serving = Box::pin(serve(listener, host, Hello::own(true), Timing::default(), closing, cut));
    assert!(futures_util::poll!(&mut serving).is_pending() && cfg!(windows) | socket.exists());
    // As a runtime does that ends first.
    drop(serving);
    assert!(!gone.recv().unwrap());
}

#[tokio::test]
async fn another_version_is_named_and_nothing_is_done() {
    let of_protocol = Hello { protocol: PROTOCOL + 1, ..Hello::own(true) };
    let of_program = Hello { slipway: "99.1.2".into(), ..Hello::own(true) };
    for other in [of_protocol, of_program] {
        let owner = Owner::that_says(other.clone());
        let told = |_| unreachable!("nothing is told");
        let joined = Guest::join(owner.dir.path(), Hello::own(true), Timing::default(), PATIENCE, told).await;
        let refused = joined.unwrap_err().to_string();
        for version in [&other.slipway, &other.protocol.to_string(), env!("CARGO_PKG_VERSION"), &PROTOCOL.to_string()] {
            assert!(refused.contains(version), "{version} in {refused}");
        }
        // One that asks all the same.
        let mut stream = socket::connect(owner.dir.path()).await.unwrap();
        write_line(&mut stream, &Hello::own(true)).await.unwrap();
        let ask = serde_json::value::to_raw_value(&Ask::Tell(0)).unwrap();
        write_line(&mut stream, &Request { id: Uuid::now_v7(), once: true, ask }).await.unwrap();
        let mut said = String::new();
        // Shut in the middle of what was asked, or after it.
        let _ = stream.read_to_string(&mut said).await;
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert_eq!(serde_json::from_str::<Hello>(lines[0]).unwrap(), other);
        assert_eq!(owner.asked(), 0);
    }
}

#[tokio::test]
async fn an_owner_that_stops_answers_what_it_was_asked_and_nothing_more() {
    let owner = Owner::new();
    let guest = owner.guest().await;
    let held = guest.ask(Uuid::now_v7(), true, Ask::Hold);
    let stop = async {
        owner.until_asked(1).await;
        owner.closing.cancel();
        owner.host.let_go.add_permits(1);
    };
    assert_eq!(tokio::join!(held, stop).0, Ok(1));
    guest.guest.gone().await;
    let ask = serde_json::value::to_raw_value(&Ask::Tell(0)).unwrap();
    guest.guest.ask(Uuid::now_v7(), false, ask).await.unwrap_err();
    owner.serving.await.unwrap();
    socket::connect(owner.dir.path()).await.unwrap_err();
}

#[tokio::test]
async fn an_owner_that_shows_no_life_counts_as_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut listener = Listener::bind(dir.path()).unwrap();
    let silent = tokio::spawn(async move {
        let mut stream = listener.accept().await.unwrap();
        write_line(&mut stream, &Hello::own(true)).await.unwrap();
        std::future::pending::<()>().await;
    });
    let timing = Timing { owner_silence: Duration::from_millis(50), ..Timing::default() };
    let guest = Visitor::of(dir.path(), timing).await;
    let ask = serde_json::value::to_raw_value(&Ask::Hold).unwrap();
    guest.guest.ask(Uuid::now_v7(), false, ask).await.unwrap_err();
    guest.guest.gone().await;
    silent.abort();
}

#[tokio::test]
async fn who_does_not_say_hello_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let join = |within| Guest::join(dir.path(), Hello::own(true), Timing::default(), within, |_| {});
    assert!(matches!(join(PATIENCE).await, Err(NotJoined::Silent(_))), "nobody listens");
    // Connected by the system, and never accepted.
    let _listener = Listener::bind(dir.path()).unwrap();
    assert!(matches!(join(Duration::from_millis(50)).await, Err(NotJoined::Silent(_))));
}
