//! What a desktop does for programs besides the tray: it shows notifications, stays awake when asked, and draws bars in its
//! taskbar. The interfaces on the bus, with somebody behind them who writes down what was asked.

use futures_util::StreamExt;
use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use zbus::zvariant::{self, OwnedValue};
use zbus::{Connection, MatchRule, MessageStream, connection, interface, message};

const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const NOTIFICATIONS_PATH: &str = "/org/freedesktop/Notifications";

/// A notification that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) summary: String,
    pub(crate) body: String,
}

/// Whoever shows notifications.
#[derive(Debug)]
pub(crate) struct Notifications {
    shown: Arc<Mutex<Vec<Shown>>>,
    connection: Connection,
}

impl Notifications {
    pub(crate) async fn open(address: &str) -> Self {
        let shown = Arc::default();
        let connection = connection::Builder::address(address)
            .and_then(|it| it.serve_at(NOTIFICATIONS_PATH, Daemon { shown: Arc::clone(&shown) }))
            .and_then(|it| it.name(NOTIFICATIONS))
            .unwrap();
        Self { shown, connection: connection.build().await.unwrap() }
    }

    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.shown.lock().unwrap().clone()
    }

    /// Clicks on the last one.
    pub(crate) async fn click(&self) {
        let id = u32::try_from(self.shown().len()).unwrap();
        self.connection
            .emit_signal(None::<&str>, NOTIFICATIONS_PATH, NOTIFICATIONS, "ActionInvoked", &(id, "default"))
            .await
            .unwrap();
    }
}

struct Daemon {
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[expect(clippy::too_many_arguments, reason = "the interface has them")]
    fn notify(
        &self,
        app_name: String,
        replaces: u32,
        icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        timeout: i32,
    ) -> u32 {
        drop((replaces, icon, hints, timeout));
        assert_eq!((app_name.as_str(), actions.first().map(String::as_str)), ("Slipway", Some("default")));
        let mut shown = self.shown.lock().unwrap();
        shown.push(Shown { summary, body });
        u32::try_from(shown.len()).unwrap()
    }

    #[expect(clippy::unused_self, reason = "the same for every daemon")]
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "actions".to_owned()]
    }
}

/// Whoever lets the machine sleep.
#[derive(Debug)]
pub(crate) struct Sleep {
    held: Arc<Mutex<Vec<(String, UnixStream)>>>,
    _connection: Connection,
}

impl Sleep {
    pub(crate) async fn open(address: &str) -> Self {
        let held = Arc::default();
        let connection = connection::Builder::address(address)
            .and_then(|it| it.serve_at("/org/freedesktop/login1", Login { held: Arc::clone(&held) }))
            .and_then(|it| it.name("org.freedesktop.login1"))
            .unwrap();
        Self { held, _connection: connection.build().await.unwrap() }
    }

    /// What is held up now: each as `what:mode`.
    pub(crate) fn held_up(&self) -> Vec<String> {
        let mut held = self.held.lock().unwrap();
        // Whoever lets go closes the other end.
        held.retain_mut(|(_, end)| matches!(end.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock));
        held.iter().map(|(what, _)| what.clone()).collect()
    }
}

struct Login {
    held: Arc<Mutex<Vec<(String, UnixStream)>>>,
}

#[interface(name = "org.freedesktop.login1.Manager")]
impl Login {
    fn inhibit(&self, what: String, who: String, why: String, mode: String) -> zvariant::OwnedFd {
        assert_eq!(who, "Slipway");
        assert!(!why.is_empty());
        let (ours, theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        self.held.lock().unwrap().push((format!("{what}:{mode}"), ours));
        OwnedFd::from(theirs).into()
    }
}

/// For which entry a bar is shown, and how far; or none.
type Bar = (String, Option<f64>);

/// A taskbar: what programs tell it of themselves.
#[derive(Debug)]
pub(crate) struct Taskbar {
    told: Arc<Mutex<Vec<Bar>>>,
    _connection: Connection,
}

impl Taskbar {
    pub(crate) async fn open(address: &str) -> Self {
        let told: Arc<Mutex<Vec<Bar>>> = Arc::default();
        let connection = connection::Builder::address(address).unwrap().build().await.unwrap();
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .interface("com.canonical.Unity.LauncherEntry")
            .and_then(|it| it.member("Update"))
            .unwrap()
            .build();
        let mut news = MessageStream::for_match_rule(rule, &connection, None).await.unwrap();
        let heard = Arc::clone(&told);
        tokio::spawn(async move {
            while let Some(Ok(news)) = news.next().await {
                let (entry, mut shown): (String, HashMap<String, OwnedValue>) = news.body().deserialize().unwrap();
                let is_visible = bool::try_from(shown.remove("progress-visible").unwrap()).unwrap();
                let share = f64::try_from(shown.remove("progress").unwrap()).unwrap();
                heard.lock().unwrap().push((entry, is_visible.then_some(share)));
            }
        });
        Self { told, _connection: connection }
    }

    /// What is shown for this entry by now, one bar after the other.
    pub(crate) fn bars(&self, entry: &str) -> Vec<Option<f64>> {
        let told = self.told.lock().unwrap();
        told.iter().filter(|(of, _)| of == entry).map(|(_, bar)| *bar).collect()
    }
}
