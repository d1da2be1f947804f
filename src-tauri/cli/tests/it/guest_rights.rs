//! Who may do what beside an owner: another user nothing, and a guest that signs in or out opens and shuts the workspace for
//! the owner, through the keychain that they share.

use crate::keychain::{OPEN, Session};
use crate::machine::nobody;
use crate::rig::{CHUNK, Rig};
use slipway_sandbox::Profile;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tokio::process::Command;

/// What somebody at the socket is told who says nothing of use. The prefix says as whom.
async fn heard_at(socket: &Path, prefix: &[&str]) -> String {
    let curl =
        ["curl", "--silent", "--http0.9", "--max-time", "20", "--unix-socket", socket.to_str().unwrap(), "http://x/"];
    let words = [prefix, &curl].concat();
    let output = Command::new(words[0]).args(&words[1..]).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_user_is_turned_away_at_the_socket_even_where_the_folder_stands_open() {
    let Some(nobody) = nobody() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let owner = rig.owner().await;
    let socket = rig.home().join("slipway.sock");
    for (path, mode) in [(rig.folder().to_owned(), 0o755), (rig.home(), 0o755), (socket.clone(), 0o666)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    assert_eq!(heard_at(&socket, &nobody).await, "");
    let hello = heard_at(&socket, &["env"]).await;
    assert!(hello.starts_with('{') && hello.contains(env!("CARGO_PKG_VERSION")), "its own user is let in: {hello}");
    let told = owner.kill().await;
    assert!(told.stderr.is_empty() || told.stderr.contains("65534"), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_beside_the_owner_lets_it_go_on_and_a_logout_stops_it() {
    let rig = Rig::new(Profile::Documented).await;
    let session = Session::start(rig.folder(), OPEN);
    let mut owner = rig.owner_as(session.slipway(&rig, ["run", "--json"])).await;
    let url = rig.sandbox.url();
    let upload = async |name: &str| {
        let file = rig.file(name, CHUNK);
        session.slipway(&rig, ["upload", "--json", "--workspace", &url]).arg(&file).run().await
    };
    let waits = upload("talk.mp4").await;
    waits.assert_code(3, "nobody is signed in");
    assert_eq!(waits.only("waiting")["code"], "sign_in_needed");

    let token = rig.sandbox.login_token().to_owned();
    session.login(&rig, &rig, &token).await.assert_code(0, "login");
    assert_eq!(owner.until("done").await["item"], waits.only("queued")["item"]);
    upload("film.mp4").await.assert_code(0, "signed in");
    owner.until("done").await;
    let known = session.slipway(&rig, ["workspaces"]).run().await;
    assert_eq!(known.lines.len(), 1, "{known:#?}");
    session.slipway(&rig, ["doctor"]).run().await.assert_code(0, "doctor");

    session.slipway(&rig, ["logout", &url]).run().await.assert_code(0, "logout");
    let waits = upload("clip.mp4").await;
    waits.assert_code(3, "signed out");
    assert_eq!(waits.only("waiting")["code"], "sign_in_needed", "{waits:#?}");
    assert!(session.slipway(&rig, ["workspaces"]).run().await.lines.is_empty());
    session.slipway(&rig, ["logout", &url]).run().await.assert_code(3, "not signed in");

    // Another kind of credential for the same workspace: the owner does not go on with the old one.
    rig.sandbox.expire_bearers();
    let own = rig.sandbox.mint_bearer(slipway_sandbox::Level::Write, None);
    session.login(&rig, &rig, &own).await.assert_code(0, "login by another token");
    owner.until("done").await;
    assert_eq!(rig.arrived().len(), 3, "{}", rig.traffic());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_could_not_be_kept_beside_an_owner_says_so_and_opens_nothing() {
    let rig = Rig::new(Profile::Documented).await;
    let _owner = rig.owner_as(rig.slipway(["run", "--json"]).without_token()).await;
    let login = rig.slipway(["login", &rig.sandbox.url(), "--token-stdin"]).without_token();
    let told = login.input(rig.sandbox.token()).run().await;
    told.assert_code(3, "no keychain");
    assert!(told.stderr.contains("SLIPWAY_TOKEN"), "{told:#?}");
    assert!(rig.slipway(["workspaces"]).run().await.lines.is_empty());
}
