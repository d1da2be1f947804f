//! A connection that costs, as NetworkManager says it: on a message bus of its own, with the service in the test's process.

use crate::rig::Rig;
use slipway_sandbox::Profile;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const NAME: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";

/// As NetworkManager's pages number them.
const YES: u32 = 1;
const NO: u32 = 2;

/// What a bus needs to be a system's for whoever started it.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:dir=FOLDER</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// A bus for as long as it lives.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        fs::write(&config, CONFIG.replace("FOLDER", folder.to_str().unwrap())).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", "--config-file"])
            .arg(&config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is missing: `cargo xtask setup` installs what these tests need");
        let address = BufReader::new(daemon.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        Self { daemon, address }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[derive(Clone)]
struct NetworkManager(Arc<AtomicU32>);

#[zbus::interface(name = "org.freedesktop.NetworkManager")]
impl NetworkManager {
    #[zbus(property)]
    fn metered(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The service, on the bus from now until it is dropped.
struct Service {
    connection: zbus::Connection,
    says: NetworkManager,
}

impl Service {
    async fn start(bus: &Bus, says: u32) -> Self {
        let says = NetworkManager(Arc::new(says.into()));
        let connection = zbus::connection::Builder::address(&*bus.address).unwrap();
        let connection = connection.serve_at(PATH, says.clone()).unwrap().name(NAME).unwrap().build().await.unwrap();
        Self { connection, says }
    }

    async fn says(&self, metered: u32) {
        self.says.0.store(metered, Ordering::Relaxed);
        let interface = self.connection.object_server().interface::<_, NetworkManager>(PATH).await.unwrap();
        interface.get().await.metered_changed(interface.signal_emitter()).await.unwrap();
    }
}

/// A watched folder with a film in it.
async fn watched(rig: &Rig) {
    let folder = rig.folder().join("films");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("film.mp4"), "the bytes of a film").unwrap();
    let add = rig.slipway(["watch", "add", "--existing", "--workspace", &rig.sandbox.url()]).arg(&folder).run().await;
    add.assert_code(0, "watch add");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_folders_bring_waits_on_a_connection_that_costs_and_what_a_person_hands_over_does_not() {
    let rig = Rig::new(Profile::Documented).await;
    let bus = Bus::start(rig.folder());
    let service = Service::start(&bus, YES).await;
    watched(&rig).await;
    let mut owner = rig.slipway(["run", "--json"]).env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address).start();
    let waiting = owner.until("waiting").await;
    assert_eq!(
        (waiting["code"].as_str(), waiting["remedy"].as_str()),
        (Some("connection_metered"), Some("wait_for_network"))
    );
    let own = rig.file("own.mp4", 7);
    rig.upload(&own).run().await.assert_code(0, "a person's");
    rig.assert_arrived_once(&own, "a person's");
    let now = rig.slipway(["limits", "--json"]).run().await.only("limits");
    assert_eq!((&now["metered"], &now["now"]["held_folders"]), (&"yes".into(), &"metered".into()));

    service.says(NO).await;
    rig.sandbox.until(|seen| seen.videos().len() == 2).await;
    owner.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_may_have_folders_sent_all_the_same_and_a_service_that_goes_says_nothing_any_more() {
    let rig = Rig::new(Profile::Documented).await;
    let bus = Bus::start(rig.folder());
    let service = Service::start(&bus, YES).await;
    let owner = rig.owner_as(rig.slipway(["run", "--json"]).env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address)).await;
    let metered = async |words: &[&str]| {
        let told = rig.slipway([&["limits", "--json"], words].concat()).run().await.only("limits");
        (told["metered"].clone(), told["now"]["held_folders"].clone())
    };
    until(async || metered(&[]).await == ("yes".into(), "metered".into())).await;
    assert_eq!(metered(&["set", "--hold-on-metered", "no"]).await, ("yes".into(), serde_json::Value::Null));
    assert_eq!(metered(&["set", "--hold-on-metered", "yes"]).await, ("yes".into(), "metered".into()));
    drop(service);
    until(async || metered(&[]).await == ("unknown".into(), serde_json::Value::Null)).await;
    let _service = Service::start(&bus, YES).await;
    until(async || metered(&[]).await == ("yes".into(), "metered".into())).await;
    owner.signal("TERM").await;
    owner.end().await;
}

/// Asks again and again.
async fn until(wanted: impl AsyncFn() -> bool) {
    while !wanted().await {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
