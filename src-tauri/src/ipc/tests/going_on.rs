//! What outlives a start: settings, the queue, the pretend workspace and its address.

use super::*;
use futures_util::poll;
use std::net::TcpListener;
use std::pin::pin;

fn settings(change: Value) -> Value {
    let mut settings = json!({
        "language": "auto", "theme": "auto", "workspace": null, "publish": "draft", "sheet_from": 5,
        "in_flight": null, "proxy": {"kind": "system"}, "ca_file": null,
        "behaviour": {"keep_running": true, "keep_awake": true, "notifications": true},
    });
    settings.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    settings
}

impl Rig {
    async fn set(&self, change: Value, password: Value) -> Result<Value, Told> {
        self.ask("change_settings", json!({"settings": settings(change), "proxy_password": password})).await
    }

    /// Ends the program and starts it again.
    async fn start_again(&mut self) {
        self.shell.stop().await;
        self.shell = shell_at(&self.folder.path().join("home"), Arc::clone(&self.desktop));
    }
}

#[tokio::test]
async fn settings_are_kept_and_the_language_is_spoken_at_once() {
    let mut rig = Rig::signed_in().await;
    let host = rig.host();
    let wanted = json!({
        "language": "da", "theme": "dark", "workspace": host, "publish": "when_playable", "sheet_from": 9, "in_flight": 2,
        "behaviour": {"keep_running": false, "keep_awake": true, "notifications": false},
    });
    assert_eq!(rig.set(wanted.clone(), Value::Null).await.unwrap(), settings(wanted.clone()));
    let told = rig.refused("nothing_of_the_kind", json!({})).await;
    assert!(told.message.starts_with("Vinduet"), "{}", told.message);
    rig.start_again().await;
    let seen = rig.snapshot().await;
    assert_eq!((&seen["settings"], &seen["language"]), (&settings(wanted), &json!("da")));
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_and_change_nothing() {
    let rig = Rig::signed_in().await;
    for (wrong, code) in [
        (json!({"sheet_from": 0}), "settings_invalid"),
        (json!({"in_flight": 1000}), "settings_invalid"),
        (
            json!({"proxy": {"kind": "manual", "address": "ftp://x", "name": null, "has_password": false}}),
            "proxy_invalid",
        ),
        (
            json!({"proxy": {"kind": "manual", "address": "a:b@x", "name": null, "has_password": false}}),
            "settings_invalid",
        ),
        (json!({"language": "sv"}), "request_invalid"),
    ] {
        assert_eq!(rig.set(wrong.clone(), Value::Null).await.unwrap_err().code, code, "{wrong}");
    }
    assert_eq!(rig.snapshot().await["settings"], settings(json!({})));
    // A path that the pages send is nothing but "as it is".
    let kept = rig.set(json!({"ca_file": "/etc/passwd"}), Value::Null).await.unwrap();
    assert_eq!(kept["ca_file"], Value::Null);
}

#[tokio::test]
async fn further_authorities_are_chosen_in_a_dialog_and_read_before_they_count() {
    let rig = Rig::signed_in().await;
    assert_eq!(rig.ask("choose_ca_file", json!({})).await.unwrap(), Value::Null);
    let choose = |path: PathBuf| *rig.desktop.chosen.lock().unwrap() = vec![path];
    choose(rig.film("no authority.pem"));
    rig.refused("choose_ca_file", json!({})).await;
    let tls = slipway_sandbox::Config { tls: true, ..slipway_sandbox::Config::default() };
    let tls = Sandbox::start(tls).await.unwrap();
    choose(tls.ca_file().unwrap());
    let set = rig.ask("choose_ca_file", json!({})).await.unwrap();
    let shown = tls.ca_file().unwrap().display().to_string();
    assert_eq!(set["ca_file"], shown);
    // The engine goes by it from now on.
    let connect = json!({"workspace": tls.url(), "token": tls.token()});
    rig.ask("connect_token", connect).await.unwrap();
    assert_eq!(rig.set(json!({"ca_file": shown}), Value::Null).await.unwrap()["ca_file"], shown);
    assert_eq!(rig.set(json!({"ca_file": null}), Value::Null).await.unwrap()["ca_file"], Value::Null);
}

#[tokio::test]
async fn a_proxys_password_is_in_the_keychain_and_no_other_proxy_is_told_it() {
    let mut rig = Rig::signed_in().await;
    let proxy = |address: &str, has: bool| json!({"proxy": {"kind": "manual", "address": address, "name": "anna", "has_password": has}});
    let (one, other) = ("http://one.example:3128", "http://other.example:3128");
    let set = rig.set(proxy(one, false), json!("pass-word")).await.unwrap();
    assert_eq!(set, settings(proxy(one, true)));
    let file = std::fs::read_to_string(rig.folder.path().join("home/settings.toml")).unwrap();
    assert!(file.contains(one) && !file.contains("pass-word"), "{file}");
    // The page sends back what it was told, which changes nothing.
    assert_eq!(rig.set(proxy(one, true), Value::Null).await.unwrap(), settings(proxy(one, true)));
    rig.start_again().await;
    assert_eq!(rig.snapshot().await["settings"], settings(proxy(one, true)));
    assert_eq!(rig.set(proxy(other, true), Value::Null).await.unwrap(), settings(proxy(other, false)));
    assert_eq!(rig.set(proxy(one, true), Value::Null).await.unwrap(), settings(proxy(one, false)));
    rig.set(proxy(one, false), json!("pass-word")).await.unwrap();
    assert_eq!(rig.set(proxy(one, true), json!("")).await.unwrap(), settings(proxy(one, false)));
}

#[tokio::test]
async fn a_workspace_that_does_not_answer_holds_up_neither_the_window_nor_another_way_to_the_network() {
    let rig = Rig::signed_in().await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let connect = rig.ask("connect_token", json!({"workspace": address, "token": "t"}));
    let meanwhile = async {
        // It has asked by now, and waits.
        let open = tokio::task::spawn_blocking(move || silent.accept().map(|(stream, _)| (silent, stream))).await;
        rig.snapshot().await;
        rig.ask("set_intent", json!({"ids": null, "intent": "run"})).await.unwrap();
        rig.set(json!({"proxy": {"kind": "none"}}), Value::Null).await.unwrap();
        open
    };
    let (connected, open) = tokio::join!(connect, meanwhile);
    assert_eq!(connected.unwrap_err().code, "not_possible_now");
    drop(open);
    assert_eq!(rig.ask("check_workspace", json!({"workspace": rig.host()})).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn only_another_way_to_the_network_is_another_engine() {
    let rig = Rig::signed_in().await;
    let proxy = json!({"kind": "manual", "address": "http://proxy.example:3128", "name": null, "has_password": false});
    for (change, is_another) in [
        (json!({"theme": "dark", "language": "da", "sheet_from": 9}), false),
        (json!({"in_flight": 2, "publish": "at_once"}), false),
        (json!({"proxy": proxy}), true),
        (json!({"proxy": proxy, "theme": "light"}), false),
        (json!({"proxy": {"kind": "none"}}), true),
        (json!({"proxy": {"kind": "none"}, "theme": "dark"}), false),
    ] {
        // A question under way is given up where the engine is stopped.
        let mut question = pin!(rig.shell.place.unless_replaced(std::future::pending::<Result<(), Failure>>()));
        assert!(poll!(question.as_mut()).is_pending());
        rig.set(change.clone(), Value::Null).await.unwrap();
        assert_eq!(poll!(question.as_mut()).is_ready(), is_another, "{change}");
    }
}

#[tokio::test]
async fn the_queue_goes_on_after_a_start_and_says_how_much_it_found() {
    let mut rig = Rig::signed_in().await;
    assert_eq!(rig.snapshot().await["found"], 0);
    let offer = rig.offer(vec![rig.film("a.mp4"), rig.film("b.mp4")]).await;
    rig.ask("add", rig.adding(&offer, json!({"workspace": "nobody.invalid"}))).await.unwrap();
    assert_eq!(rig.snapshot().await["found"], 0, "what came since was not found");
    rig.start_again().await;
    let seen = rig.snapshot().await;
    assert_eq!((&seen["found"], seen["rows"].as_array().unwrap().len()), (&json!(2), 2));
}

#[tokio::test]
async fn the_pretend_workspace_has_one_address_for_good_and_comes_back_to_it() {
    let mut rig = Rig::new().await;
    let first = rig.ask("open_sandbox", json!({})).await.unwrap();
    let host = first["workspaces"][0]["host"].as_str().unwrap().to_owned();
    assert_eq!(rig.ask("open_sandbox", json!({})).await.unwrap()["workspaces"][0]["host"], host);
    rig.ask("open_page", json!({"page": "sandbox", "workspace": null})).await.unwrap();
    assert_eq!(rig.done(), [format!("opened http://{host}")]);
    let offer = rig.offer(vec![rig.film("a.mp4")]).await;
    rig.ask("add", rig.adding(&offer, json!({"workspace": host}))).await.unwrap();
    rig.until(|row| row["stage"] == "done").await;

    rig.start_again().await;
    let taken = TcpListener::bind(&host).expect("its address is free when it has stopped");
    let told = rig.refused("open_sandbox", json!({})).await;
    assert_eq!((told.code, told.detail.as_deref()), ("sandbox_not_started", Some(host.as_str())));
    drop(taken);
    Arc::clone(&rig.shell).resume_sandbox(false).await;
    assert_eq!(rig.ask("check_workspace", json!({"workspace": host})).await.unwrap(), Value::Null);
    let offer = rig.offer(vec![rig.film("b.mp4")]).await;
    rig.ask("add", rig.adding(&offer, json!({"workspace": host}))).await.unwrap();
    rig.until(|row| row["stage"] == "done" && row["file"] == "b.mp4").await;

    // Signed out of it, it stays down.
    rig.ask("sign_out", json!({"workspace": host})).await.unwrap();
    rig.start_again().await;
    Arc::clone(&rig.shell).resume_sandbox(false).await;
    assert!(TcpListener::bind(&host).is_ok());
}
