//! A tray, and a person's hand on what is in it: the interfaces on the session bus by which desktops show icons.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zbus::names::OwnedBusName;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, Proxy, connection, interface};

const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// How long an icon may take to say something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// The tray.
#[derive(Debug)]
pub(crate) struct Tray {
    icons: Arc<Mutex<Vec<String>>>,
    connection: Connection,
}

/// A line of an icon's menu.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    id: i32,
    pub(crate) text: String,
    pub(crate) enabled: bool,
}

type Properties = HashMap<String, OwnedValue>;
type Node = (i32, Properties, Vec<OwnedValue>);

impl Tray {
    pub(crate) async fn open(address: &str) -> Self {
        let icons: Arc<Mutex<Vec<String>>> = Arc::default();
        let connection = connection::Builder::address(address)
            .and_then(|it| it.serve_at("/StatusNotifierWatcher", Watcher { icons: Arc::clone(&icons) }))
            .and_then(|it| it.name("org.kde.StatusNotifierWatcher"))
            .unwrap();
        Self { icons, connection: connection.build().await.unwrap() }
    }

    /// The icon's name on the bus, once there is one.
    pub(crate) async fn icon(&self) -> String {
        until(async || self.icons.lock().unwrap().last().cloned(), "an icon in the tray").await
    }

    /// What is shown when the pointer rests on the icon.
    pub(crate) async fn tooltip(&self) -> String {
        let icon = self.icon().await;
        let proxy = Proxy::new(&self.connection, icon, "/StatusNotifierItem", ITEM).await.unwrap();
        let shown: OwnedValue = proxy.get_property("ToolTip").await.unwrap();
        let parts = Structure::try_from(Value::from(shown)).unwrap().into_fields();
        String::try_from(parts[3].try_clone().unwrap()).unwrap()
    }

    /// The lines of the menu, without what separates them.
    pub(crate) async fn menu(&self) -> Vec<Line> {
        let menu = Proxy::new(&self.connection, self.icon().await, "/MenuBar", MENU).await.unwrap();
        let told = menu.call::<_, _, (u32, Node)>("GetLayout", &(0, -1, Vec::<&str>::new())).await;
        // Whose icon it was may be about to end.
        told.map(|(_, (_, _, lines))| lines.into_iter().filter_map(line).collect()).unwrap_or_default()
    }

    /// Waits until a line of the menu begins like this.
    pub(crate) async fn reads(&self, text: &str) -> Line {
        let line = async || self.menu().await.into_iter().find(|line| line.text.starts_with(text));
        until(line, text).await
    }

    /// Chooses a line.
    pub(crate) async fn choose(&self, text: &str) {
        let line = self.reads(text).await;
        assert!(line.enabled, "{line:?}");
        let menu = Proxy::new(&self.connection, self.icon().await, "/MenuBar", MENU).await.unwrap();
        menu.call_noreply("Event", &(line.id, "clicked", Value::from(""), 0_u32)).await.unwrap();
    }

    /// Nobody shows icons any more.
    pub(crate) async fn close(self) {
        self.connection.close().await.unwrap();
    }
}

fn line(node: OwnedValue) -> Option<Line> {
    let (id, mut properties, _) = Node::try_from(Structure::try_from(Value::from(node)).unwrap()).unwrap();
    let text = String::try_from(properties.remove("label")?).unwrap();
    let enabled = properties.remove("enabled").is_none_or(|it| bool::try_from(it).unwrap());
    Some(Line { id, text, enabled })
}

/// Waits until something is there.
pub(crate) async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>, what: &str) -> T {
    let there = async {
        loop {
            if let Some(it) = look().await {
                break it;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, there).await.unwrap_or_else(|_| panic!("never there: {what}"))
}

struct Watcher {
    icons: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) {
        let name = match OwnedBusName::try_from(service.as_str()) {
            Ok(name) => name.to_string(),
            // An object's path: the name is the sender's.
            Err(_) => header.sender().expect("a bus says who registers").to_string(),
        };
        self.icons.lock().unwrap().push(name.clone());
        Self::status_notifier_item_registered(&emitter, &name).await.unwrap();
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.icons.lock().unwrap().clone()
    }

    #[zbus(property)]
    #[expect(clippy::unused_self, reason = "somebody always looks at this tray")]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    #[expect(clippy::unused_self, reason = "the same for every tray")]
    fn protocol_version(&self) -> i32 {
        0
    }
}
