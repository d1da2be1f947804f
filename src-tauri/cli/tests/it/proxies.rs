//! Which way the command goes out: by the system's variables, by ours, or straight; and that a proxy's password shows
//! nowhere.

use crate::rig::{CHUNK, Rig, Slipway, Told};
use slipway_sandbox::Profile;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Not this machine, as far as the command can tell.
const WORKSPACE: &str = "video.localhost:8443";

const PASSWORD: &str = "p@ss w0rd";

/// `anna:p@ss w0rd`.
const SHOWN: &str = "Basic YW5uYTpwQHNzIHcwcmQ=";

/// A proxy that takes nobody's word, and what it was asked.
async fn stubborn() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noting = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n")
                && let Ok(byte) = stream.read_u8().await
            {
                head.push(byte);
            }
            noting.lock().unwrap().push(String::from_utf8(head).unwrap());
            // Whoever asked may be gone by now.
            let _ = stream.write_all(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"it\"\r\n\r\n").await;
        }
    });
    (address, asked)
}

fn upload(rig: &Rig) -> Slipway {
    let file = rig.file("talk.mp4", CHUNK);
    rig.slipway(["upload", "--json", "--workspace", WORKSPACE, "--give-up-after", "1s"]).arg(&file)
}

#[track_caller]
fn assert_waits_for(told: &Told, code: &str, case: &str) {
    told.assert_code(4, case);
    let waiting = told.named("waiting");
    assert!(!waiting.is_empty() && waiting.iter().all(|it| it["code"] == code), "{case}: {told:#?}");
    let progress = told.named("progress");
    assert!(progress.iter().any(|it| it["held_up"] == code), "{case}: {told:#?}");
}

#[track_caller]
fn assert_quiet(told: &Told, case: &str) {
    let said = format!("{told:?}");
    for secret in [PASSWORD, "p%40ss", SHOWN] {
        assert!(!said.contains(secret), "{case}: {said}");
    }
}

/// What it is about, the environment, and further words.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, Vec<&'a str>);

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_asked_as_the_user_that_it_names() {
    let rig = Rig::new(Profile::Documented).await;
    let (address, asked) = stubborn().await;
    let full = format!("http://anna:p%40ss%20w0rd@{address}");
    let bare = format!("anna@{address}");
    let elsewhere = "http://127.0.0.1:1";
    let cases: [Case<'_>; 5] = [
        ("ours", vec![("SLIPWAY_PROXY", &full)], vec![]),
        ("ours before the system's", vec![("SLIPWAY_PROXY", &full), ("HTTPS_PROXY", elsewhere)], vec![]),
        ("the system's", vec![("HTTPS_PROXY", &full)], vec![]),
        ("the system's for all", vec![("all_proxy", &full), ("SLIPWAY_LOG", "trace")], vec![]),
        (
            "an argument, and a password of its own",
            vec![("SLIPWAY_PROXY", elsewhere), ("SLIPWAY_PROXY_PASSWORD", PASSWORD)],
            vec!["--proxy", &bare],
        ),
    ];
    for (case, variables, words) in cases {
        asked.lock().unwrap().clear();
        let command = variables.into_iter().fold(upload(&rig), |command, (name, value)| command.env(name, value));
        let told = command.args(words).run().await;
        assert_waits_for(&told, "proxy_sign_in_needed", case);
        assert_quiet(&told, case);
        let asked = asked.lock().unwrap();
        let rightly = |head: &String| {
            head.starts_with(&format!("CONNECT {WORKSPACE} "))
                && head.to_lowercase().contains("proxy-authorization:")
                && head.contains(SHOWN)
        };
        assert!(!asked.is_empty() && asked.iter().all(rightly), "{case}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proxy_the_way_is_straight() {
    let rig = Rig::new(Profile::Documented).await;
    let (address, asked) = stubborn().await;
    let proxy = format!("http://{address}");
    for (case, variable, words) in
        [("none", ("LANG", "C"), &["--proxy", "none"][..]), ("excepted", ("NO_PROXY", ".localhost"), &[])]
    {
        let command = upload(&rig).env("HTTPS_PROXY", &proxy).env("SLIPWAY_TEST_NAMES", "video.localhost=?");
        let told = command.env(variable.0, variable.1).args(words).run().await;
        assert_waits_for(&told, "workspace_name_unknown", case);
    }
    assert!(asked.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let rig = Rig::new(Profile::Documented).await;
    let given = "http://anna:p%40ss%20w0rd@proxy.example:3128";
    let told = rig.slipway(["--proxy", given, "workspaces"]).run().await;
    told.assert_code(2, "refused");
    assert!(told.stderr.contains("SLIPWAY_PROXY"), "{told:#?}");
    assert_quiet(&told, "argument");
    // What is not even an address is not repeated either.
    for (name, value) in [("SLIPWAY_PROXY", "ftp://anna:p%40ss%20w0rd@proxy.example"), ("SLIPWAY_PROXY", "p@ss w0rd")] {
        let told = rig.slipway(["queue", "list", "--json"]).env(name, value).run().await;
        told.assert_code(2, value);
        assert_eq!(told.only("failed")["code"], "proxy_invalid");
        assert_quiet(&told, value);
    }
    let help = rig.slipway(["upload", "--help"]).env("SLIPWAY_PROXY", given).run().await;
    help.assert_code(0, "help");
    assert_quiet(&help, "help");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_workspace_is_named_at_the_login() {
    let rig = Rig::new(Profile::Documented).await;
    let login = rig.slipway(["login", "vidoe.localhost", "--token-stdin"]).input("a-token\n");
    let told = login.without_token().env("SLIPWAY_TEST_NAMES", "vidoe.localhost=?").run().await;
    told.assert_code(1, "unknown");
    assert!(told.stderr.contains("vidoe.localhost") && !told.stderr.contains("a-token"), "{told:#?}");
}
