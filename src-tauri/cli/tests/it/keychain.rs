//! Credentials in a real Secret Service: GNOME Keyring on a message bus of its own, with a home of its own.

use crate::rig::{CHUNK, Rig, Slipway, Told};
use slipway_sandbox::Profile;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use walk::files_below;

/// A message bus with a keychain on it, for as long as it lives.
pub(crate) struct Session {
    bus: Child,
    address: String,
    home: PathBuf,
}

/// The daemon with its keyring made (or opened) by a password; locked, as after a login without one; and none at all.
pub(crate) const OPEN: &str = r#"eval "$(echo -n pw | gnome-keyring-daemon --unlock --components=secrets)""#;
pub(crate) const LOCKED: &str = "gnome-keyring-daemon --start --components=secrets >&2";

impl Session {
    pub(crate) fn start(folder: &Path, daemon: &str) -> Self {
        for program in ["dbus-run-session", "gnome-keyring-daemon"] {
            let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(there.is_ok(), "{program} is missing: `cargo xtask setup` installs what these tests need");
        }
        let home = folder.join("keychain");
        fs::create_dir_all(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let mut bus = Command::new("dbus-run-session")
            .args(["--", "bash", "-c", &format!("{daemon}; echo \"bus $DBUS_SESSION_BUS_ADDRESS\"; exec cat")])
            .env("HOME", &home)
            .env("XDG_RUNTIME_DIR", &home)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(bus.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| line.unwrap().strip_prefix("bus ").map(str::to_owned)).unwrap();
        Self { bus, address, home }
    }

    /// Where the bus listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The command on this bus, without a token in its environment.
    pub(crate) fn slipway<'a>(&self, rig: &Rig, words: impl IntoIterator<Item = &'a str>) -> Slipway {
        rig.slipway(words)
            .without_token()
            .env("HOME", &self.home)
            .env("XDG_RUNTIME_DIR", &self.home)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
    }

    pub(crate) async fn login(&self, rig: &Rig, workspace: &Rig, token: &str) -> Told {
        self.slipway(rig, ["login", &workspace.sandbox.url(), "--token-stdin"]).input(&format!("{token}\n")).run().await
    }

    pub(crate) async fn upload(&self, rig: &Rig, file: &Path) -> Told {
        self.slipway(rig, ["upload", "--json"]).arg(file).run().await
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its shell ends with its input, and the bus and the keychain with it.
        if let Some(mut input) = self.bus.stdin.take() {
            let _ = input.flush();
        }
        let _ = self.bus.wait();
    }
}

mod walk {
    use std::path::{Path, PathBuf};

    pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
    }
}

/// Asserts that none of the data folder's bytes hold this.
#[track_caller]
fn assert_nowhere_in_the_data_folder(rig: &Rig, secret: &str) {
    let files = files_below(&rig.home());
    assert!(files.iter().any(|file| file.ends_with("queue.db")), "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let found = bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(!found, "{} holds {secret}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_given_once_opens_the_workspace_for_every_later_command_until_logout() {
    for login_token in [false, true] {
        let rig = Rig::new(Profile::Documented).await;
        let session = Session::start(rig.folder(), OPEN);
        let token = if login_token { rig.sandbox.login_token() } else { rig.sandbox.token() }.to_owned();
        let told = session.login(&rig, &rig, &token).await;
        told.assert_code(0, "login");
        assert!(told.lines.concat().contains(&rig.sandbox.domain()), "{told:#?}");

        let (talk, film) = (rig.file("talk.mp4", CHUNK), rig.file("film.mp4", 5 * CHUNK));
        session.upload(&rig, &talk).await.assert_code(0, "another process");
        rig.assert_arrived_once(&talk, "signed in");

        let listed = session.slipway(&rig, ["workspaces"]).run().await;
        assert_eq!(listed.lines, [format!("{}  Sandbox", rig.sandbox.domain())]);
        let listed = session.slipway(&rig, ["workspaces", "--json"]).run().await;
        assert!(listed.lines[0].contains(&rig.sandbox.url()), "{listed:#?}");
        let doctor = session.slipway(&rig, ["doctor"]).run().await;
        doctor.assert_code(0, "doctor");
        assert!(doctor.lines.len() == 3 && doctor.lines.iter().all(|line| line.starts_with("ok ")), "{doctor:#?}");

        session.slipway(&rig, ["logout", &rig.sandbox.url()]).run().await.assert_code(0, "logout");
        let told = session.upload(&rig, &film).await;
        told.assert_code(3, "no workspace any more");
        let named = session.slipway(&rig, ["upload", "--json", "--workspace", &rig.sandbox.url()]).arg(&film);
        let told = named.run().await;
        told.assert_code(3, "the keychain has nothing any more");
        assert_eq!(told.only("waiting")["code"], "sign_in_needed", "{told:#?}");
        session.slipway(&rig, ["logout", &rig.sandbox.url()]).run().await.assert_code(3, "not signed in");

        // What waited goes on by itself after the next login.
        session.login(&rig, &rig, &token).await.assert_code(0, "login again");
        session.slipway(&rig, ["run", "--until-empty"]).run().await.assert_code(0, "run");
        assert_eq!(rig.arrived().len(), 2);
        assert_nowhere_in_the_data_folder(&rig, &token);
        for video in rig.arrived() {
            assert_nowhere_in_the_data_folder(&rig, &video.upload_token.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_not_kept() {
    let rig = Rig::new(Profile::Hostile).await;
    let session = Session::start(rig.folder(), OPEN);
    let told = session.login(&rig, &rig, "one-of-last-year").await;
    told.assert_code(3, "refused");
    assert!(!told.stderr.contains("one-of-last-year"), "{told:#?}");
    assert!(session.slipway(&rig, ["workspaces"]).run().await.lines.is_empty());
    assert_nowhere_in_the_data_folder(&rig, "one-of-last-year");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_several_workspaces_one_has_to_be_named() {
    let (rig, other) = (Rig::new(Profile::Documented).await, Rig::new(Profile::Documented).await);
    let session = Session::start(rig.folder(), OPEN);
    for workspace in [&rig, &other] {
        session.login(&rig, workspace, workspace.sandbox.token()).await.assert_code(0, "login");
    }
    let talk = rig.file("talk.mp4", CHUNK);
    let told = session.upload(&rig, &talk).await;
    told.assert_code(2, "which one?");
    for workspace in [&rig, &other] {
        assert!(told.stderr.contains(&workspace.sandbox.domain()), "{told:#?}");
    }
    // Each with its own token, and without a word of the other's.
    for workspace in [&rig, &other] {
        let words = ["upload", "--workspace", &workspace.sandbox.url()];
        session.slipway(&rig, words).arg(&talk).run().await.assert_code(0, "named");
        workspace.assert_arrived_once(&talk, "named");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_locked_keychain_an_item_waits_and_goes_on_once_it_is_open() {
    let rig = Rig::new(Profile::Documented).await;
    let session = Session::start(rig.folder(), OPEN);
    session.login(&rig, &rig, rig.sandbox.token()).await.assert_code(0, "login");
    drop(session);
    let talk = rig.file("talk.mp4", CHUNK);
    let session = Session::start(rig.folder(), LOCKED);
    let told = session.upload(&rig, &talk).await;
    told.assert_code(3, "locked");
    assert_eq!(told.only("waiting")["code"], "keychain_locked", "{told:#?}");
    let doctor = session.slipway(&rig, ["doctor", "--json"]).run().await;
    doctor.assert_code(3, "doctor");
    assert_eq!(doctor.events()[1]["code"], "keychain_locked", "{doctor:#?}");
    drop(session);
    let session = Session::start(rig.folder(), OPEN);
    session.upload(&rig, &talk).await.assert_code(0, "unlocked");
    rig.assert_arrived_once(&talk, "unlocked");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keychain_a_login_says_so_and_what_to_do() {
    let rig = Rig::new(Profile::Documented).await;
    let words = ["login", &rig.sandbox.url(), "--token-stdin"];
    let told = rig.slipway(words).without_token().input(rig.sandbox.token()).run().await;
    told.assert_code(3, "no keychain");
    assert!(told.stderr.contains("SLIPWAY_TOKEN"), "{told:#?}");
    assert_nowhere_in_the_data_folder(&rig, rig.sandbox.token());
    let known = rig.slipway(["workspaces"]).without_token().run().await;
    assert_eq!(known.lines, [""; 0], "a workspace without its token is no workspace one is signed in to");
}
