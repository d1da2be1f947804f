//! The keychain's prompt, while it stands open and after somebody dismissed it: a real GNOME Keyring, and in the place of
//! the program that would show its prompts one that only counts them.

#![expect(clippy::unused_self, clippy::used_underscore_binding, reason = "methods have the shape of the interface")]

use crate::keychain::{LOCKED, OPEN, Session};
use crate::rig::{CHUNK, Rig};
use slipway_sandbox::Profile;
use std::collections::HashMap;
use tokio::sync::watch;
use zbus::Connection;
use zbus::message::Header;
use zbus::names::OwnedUniqueName;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

/// What becomes of a prompt.
#[derive(Clone, Copy, PartialEq)]
enum Somebody {
    /// Dismisses it.
    Dismisses,
    /// Is at lunch.
    IsAway,
}

/// Shows no prompt, and tells how many there would have been.
struct Prompter {
    somebody: Somebody,
    shown: watch::Sender<u32>,
}

/// The daemon's end of a prompt.
#[derive(Clone)]
struct Callback {
    bus: Connection,
    daemon: OwnedUniqueName,
    path: OwnedObjectPath,
}

impl Callback {
    /// On its own: the daemon answers when the call that brought us here is over.
    fn say(self, what: &'static str, reply: Option<&'static str>) {
        let bus = self.bus.clone();
        let said = async move {
            let interface = Some("org.gnome.keyring.internal.Prompter.Callback");
            let to = Some(self.daemon);
            match reply {
                Some(reply) => {
                    let body = (reply, HashMap::<&str, Value<'_>>::new(), "");
                    self.bus.call_method(to, &self.path, interface, what, &body).await
                }
                None => self.bus.call_method(to, &self.path, interface, what, &()).await,
            }
        };
        bus.executor().spawn(said, "say").detach();
    }
}

fn callback(bus: &Connection, header: &Header<'_>, path: OwnedObjectPath) -> Callback {
    Callback { bus: bus.clone(), daemon: header.sender().unwrap().to_owned().into(), path }
}

/// As `gcr` has it between the keyring and its prompts.
#[zbus::interface(name = "org.gnome.keyring.internal.Prompter")]
impl Prompter {
    fn begin_prompting(
        &self,
        path: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        callback(bus, &header, path).say("PromptReady", Some(""));
    }

    fn perform_prompt(
        &self,
        path: OwnedObjectPath,
        _kind: &str,
        _properties: HashMap<String, OwnedValue>,
        _exchange: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        self.shown.send_modify(|shown| *shown += 1);
        if self.somebody == Somebody::Dismisses {
            callback(bus, &header, path).say("PromptReady", Some("no"));
        }
    }

    fn stop_prompting(
        &self,
        path: OwnedObjectPath,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] bus: &Connection,
    ) {
        callback(bus, &header, path).say("PromptDone", None);
    }
}

/// Whoever would see the keychain's prompts.
struct Screen {
    bus: Connection,
    shown: watch::Receiver<u32>,
}

impl Screen {
    async fn of(session: &Session, somebody: Somebody) -> Self {
        let (sender, shown) = watch::channel(0);
        let bus = zbus::connection::Builder::address(session.address())
            .unwrap()
            .serve_at("/org/gnome/keyring/Prompter", Prompter { somebody, shown: sender })
            .unwrap()
            .name("org.gnome.keyring.SystemPrompter")
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { bus, shown }
    }

    fn prompts(&self) -> u32 {
        *self.shown.borrow()
    }

    /// Opens the keychain without a prompt, as a login to the desktop does.
    async fn unlock(&self) {
        let secrets = Some("org.freedesktop.secrets");
        let at = "/org/freedesktop/secrets";
        let service = Some("org.freedesktop.Secret.Service");
        let plain = ("plain", Value::from(""));
        let opened = self.bus.call_method(secrets, at, service, "OpenSession", &plain).await.unwrap();
        let (_, session): (OwnedValue, OwnedObjectPath) = opened.body().deserialize().unwrap();
        let collection = ObjectPath::try_from("/org/freedesktop/secrets/collection/login").unwrap();
        let password = (session, Vec::<u8>::new(), b"pw".to_vec(), "text/plain");
        let own = Some("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface");
        self.bus.call_method(secrets, at, own, "UnlockWithMasterPassword", &(collection, password)).await.unwrap();
    }
}

/// A login that lies in a keychain which is locked now, as after a login to the desktop without a password.
async fn signed_in_and_locked() -> (Rig, Session) {
    let rig = Rig::new(Profile::Documented).await;
    let session = Session::start(rig.folder(), OPEN);
    session.login(&rig, &rig, rig.sandbox.token()).await.assert_code(0, "login");
    drop(session);
    let session = Session::start(rig.folder(), LOCKED);
    (rig, session)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_is_dismissed_is_not_shown_again_and_the_item_goes_on_once_the_keychain_is_open() {
    let (rig, session) = signed_in_and_locked().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let screen = Screen::of(&session, Somebody::Dismisses).await;
    let told = session.upload(&rig, &talk).await;
    told.assert_code(3, "dismissed");
    assert_eq!(told.only("waiting")["code"], "keychain_locked", "{told:#?}");
    assert_eq!(screen.prompts(), 1);
    let doctor = session.slipway(&rig, ["doctor"]).run().await;
    doctor.assert_code(3, "doctor");
    assert!(doctor.lines.concat().contains("prompt dismissed"), "{doctor:#?}");
    assert_eq!(screen.prompts(), 2);

    let mut running = session.slipway(&rig, ["run", "--json"]).start();
    for _ in 0..3 {
        assert_eq!(running.until("waiting").await["code"], "keychain_locked");
    }
    assert_eq!(screen.prompts(), 3, "one for each process, however often the item is tried");
    screen.unlock().await;
    running.until("done").await;
    running.kill().await;
    rig.assert_arrived_once(&talk, "unlocked");
    assert_eq!(screen.prompts(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_that_nobody_answers_holds_nothing_up() {
    let (rig, session) = signed_in_and_locked().await;
    let talk = rig.file("talk.mp4", CHUNK);
    let mut screen = Screen::of(&session, Somebody::IsAway).await;
    let told = session.upload(&rig, &talk).await;
    told.assert_code(3, "nobody is there");
    assert_eq!(told.only("waiting")["code"], "keychain_locked", "{told:#?}");
    screen.shown.wait_for(|shown| *shown == 1).await.unwrap();
    let doctor = session.slipway(&rig, ["doctor", "--json"]).run().await;
    doctor.assert_code(3, "doctor");
    assert_eq!(doctor.events()[1]["code"], "keychain_locked", "{doctor:#?}");
}
