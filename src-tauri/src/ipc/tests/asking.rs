//! Each command of the list, asked as the pages ask it.

use super::*;

#[tokio::test]
async fn everything_is_there_to_be_shown_before_anybody_has_signed_in() {
    let rig = Rig::new().await;
    let seen = rig.snapshot().await;
    assert_eq!((&seen["seq"], &seen["rows"], &seen["workspaces"]), (&json!(0), &json!([]), &json!([])));
    assert_eq!((&seen["found"], &seen["trouble"], &seen["dialogs"]), (&json!(0), &Value::Null, &Value::Null));
    assert_eq!((&seen["odd_settings"], &seen["elsewhere"]), (&json!([]), &Value::Null));
    assert_eq!(seen["version"], env!("CARGO_PKG_VERSION"));
    let settings = json!({
        "language": "auto", "theme": "auto", "workspace": null, "publish": "draft", "sheet_from": 5,
        "in_flight": null, "proxy": {"kind": "system"}, "ca_file": null,
        "behaviour": {"keep_running": true, "keep_awake": true, "notifications": true},
    });
    assert_eq!((&seen["settings"], &seen["starts_at_login"]), (&settings, &json!(false)));
}

#[tokio::test]
async fn whether_it_starts_at_the_login_is_the_systems_to_say() {
    let rig = Rig::new().await;
    assert_eq!(rig.ask("set_start_at_login", json!({"wanted": true})).await.unwrap(), json!(true));
    assert_eq!(rig.snapshot().await["starts_at_login"], json!(true));
    // Somebody takes it out of the system's own list.
    rig.desktop.start_at_login(false).unwrap();
    assert_eq!(rig.snapshot().await["starts_at_login"], json!(false));
}

#[tokio::test]
async fn what_an_update_brought_is_told_until_somebody_has_seen_it() {
    let rig = Rig::new().await;
    assert_eq!(rig.snapshot().await["updated_from"], Value::Null);
    std::fs::write(rig.folder.path().join("home/known-version"), "0.0.1").unwrap();
    assert_eq!(rig.snapshot().await["updated_from"], "0.0.1");
    rig.ask("news_seen", json!({})).await.unwrap();
    assert_eq!(rig.snapshot().await["updated_from"], Value::Null);
}

#[cfg(feature = "update-check")]
#[tokio::test]
async fn a_newer_version_that_is_known_is_told_and_its_page_opens_in_the_browser() {
    let folder = tempfile::tempdir().unwrap();
    let known =
        json!({"at": "2026-11-22T12:00:00Z", "found": {"version": "99.0.0", "page": "https://forge.example/99"}});
    std::fs::create_dir(folder.path().join("home")).unwrap();
    std::fs::write(folder.path().join("home/newer-version"), known.to_string()).unwrap();
    let rig = Rig::at(folder, false).await;
    assert_eq!(rig.snapshot().await["newer"], "99.0.0");
    rig.ask("open_page", json!({"page": "newer", "workspace": null})).await.unwrap();
    assert_eq!(rig.done(), ["opened https://forge.example/99"]);
}

#[tokio::test]
async fn where_no_newer_version_is_known_none_is_told_and_no_page_opens() {
    let rig = Rig::new().await;
    assert_eq!(rig.snapshot().await["newer"], Value::Null);
    let refused = rig.ask("open_page", json!({"page": "newer", "workspace": null})).await.unwrap_err();
    assert_eq!((refused.code, rig.done().len()), ("not_possible_now", 0));
}

#[tokio::test]
async fn the_program_ends_when_the_page_asks_for_it() {
    let rig = Rig::new().await;
    rig.ask("quit", json!({})).await.unwrap();
    assert_eq!(rig.done(), ["ended"]);
}

#[tokio::test]
async fn signing_in_is_told_to_the_pages_and_out_again() {
    let mut rig = Rig::new().await;
    let request = json!({"workspace": format!(" {} ", rig.sandbox.url()), "token": rig.sandbox.token()});
    let signed_in = rig.ask("connect_token", request).await.unwrap();
    let host = rig.host();
    let workspace = json!({"host": host, "name": "Sandbox", "sandbox": true, "login": host});
    assert_eq!(signed_in, json!({"workspaces": [workspace], "read_only": [], "not_kept": null}));
    let Event::Changes(changes) = rig.events.recv().await.unwrap() else { panic!("something else") };
    assert_eq!(serde_json::to_value(changes.workspaces).unwrap(), json!([workspace]));
    assert_eq!(rig.snapshot().await["workspaces"], json!([workspace]));
    assert_eq!(rig.ask("check_workspace", json!({"workspace": host})).await.unwrap(), Value::Null);
    assert_eq!(rig.ask("check_keychain", json!({})).await.unwrap(), Value::Null);
    assert_eq!(rig.ask("sign_out", json!({"workspace": host})).await.unwrap(), Value::Null);
    assert_eq!(rig.snapshot().await["workspaces"], json!([]));
}

#[tokio::test]
async fn keys_open_a_workspace_and_so_does_what_its_page_shows() {
    let rig = Rig::new().await;
    let keys = rig.sandbox.oauth().clone();
    let all = json!({
        "workspace": rig.sandbox.url(), "consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret,
        "token": keys.token, "token_secret": keys.token_secret, "api": "auto",
    });
    let signed_in = rig.ask("connect_keys", all).await.unwrap();
    assert_eq!(signed_in["workspaces"][0]["host"], rig.host());
    rig.ask("sign_out", json!({"workspace": rig.host()})).await.unwrap();

    let program = json!({
        "workspace": rig.sandbox.url(), "consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret,
    });
    let asked = rig.ask("ask_permission", program).await.unwrap();
    let address = asked["address"].as_str().unwrap();
    assert_eq!(rig.done(), [format!("opened {address}")]);
    let (_, request_token) = address.split_once("oauth_token=").unwrap();
    let verifier = rig.sandbox.authorize(request_token.split('&').next().unwrap()).unwrap();
    let give = json!({"ask": asked["ask"], "verifier": verifier, "api": "1"});
    assert_eq!(rig.ask("give_verifier", give.clone()).await.unwrap()["workspaces"][0]["host"], rig.host());
    assert_eq!(rig.refused("give_verifier", give).await.code, "not_possible_now");
}

#[tokio::test]
async fn a_file_goes_from_a_drop_to_a_video_that_can_be_opened() {
    let mut rig = Rig::signed_in().await;
    let film = rig.film("spring_talk.mp4");
    let offer = rig.offer(vec![film.clone()]).await;
    assert_eq!((&offer["by"], &offer["folders"], &offer["skipped"]), (&json!("drop"), &json!([]), &json!([])));
    let video = &offer["videos"][0];
    assert_eq!(
        (&video["n"], &video["file"], &video["title"]),
        (&json!(0), &json!("spring_talk.mp4"), &json!("spring talk"))
    );
    let request = rig.adding(&offer, json!({"title_pattern": "{n}: {name}", "publish": {"when": "at_once"}}));
    let added = rig.ask("add", request.clone()).await.unwrap();
    let id = added["added"][0].clone();
    let row = rig.until(|row| row["stage"] == "done").await;
    assert_eq!(
        (&row["id"], &row["published"], &row["details"]["title"]),
        (&id, &json!(true), &json!("1: spring talk"))
    );
    assert_eq!(row["folder"], film.parent().unwrap().display().to_string());
    let at = |field: &str| row[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(at("ended_at") >= at("added_at"), "{row}");
    let stored = rig.sandbox.videos();
    assert_eq!((stored.len(), stored[0].title.as_str()), (1, "1: spring talk"));

    // Once more, it is the same.
    let again = rig.ask("add", request).await.unwrap();
    assert_eq!((&again["added"], &again["adopted"]), (&json!([]), &json!([id])));

    rig.ask("open_video", json!({"id": id, "public": true})).await.unwrap();
    rig.ask("open_video", json!({"id": id, "public": false})).await.unwrap();
    assert_eq!(rig.ask("copy_links", json!({"ids": [id]})).await.unwrap(), json!(1));
    rig.ask("reveal", json!({"id": id})).await.unwrap();
    let (public, admin) = (row["public_url"].as_str().unwrap(), row["admin_url"].as_str().unwrap());
    let film = film.display();
    let expected =
        [format!("opened {public}"), format!("opened {admin}"), format!("copied {public}"), format!("showed {film}")];
    assert_eq!(rig.done(), expected);

    let log = rig.ask("log", json!({"id": id})).await.unwrap();
    assert!(log.as_array().unwrap().len() > 3 && log[0]["at"].is_string() && log[0]["text"].is_string(), "{log}");
    rig.ask("clear", json!({"ids": [id]})).await.unwrap();
    assert_eq!(rig.snapshot().await["rows"], json!([]));
}

#[tokio::test]
async fn what_waits_in_the_queue_can_be_put_in_order_worded_and_stopped() {
    let rig = Rig::signed_in().await;
    rig.ask("set_intent", json!({"ids": null, "intent": "pause"})).await.unwrap();
    // Nobody at its address: what is added stays where it is.
    let offer = rig.offer(["a", "b", "c"].map(|name| rig.film(&format!("{name}.mp4"))).to_vec()).await;
    let elsewhere = json!({"workspace": "nobody.invalid", "title_pattern": "{name}"});
    let added = rig.ask("add", rig.adding(&offer, elsewhere)).await.unwrap();
    let ids = added["added"].as_array().unwrap().clone();
    let [a, b, c] = &ids[..] else { panic!("{added}") };
    rig.ask("set_intent", json!({"ids": null, "intent": "pause"})).await.unwrap();
    rig.ask("move_before", json!({"ids": [c], "before": a})).await.unwrap();
    let order = |seen: &Value| {
        let mut rows = seen["rows"].as_array().unwrap().clone();
        rows.sort_by_key(|row| row["position"].as_i64());
        rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    let seen = rig.snapshot().await;
    assert_eq!(order(&seen), [c.clone(), a.clone(), b.clone()]);
    assert!(seen["rows"].as_array().unwrap().iter().all(|row| row["intent"] == "pause"));
    rig.ask("send_next", json!({"ids": [b, a]})).await.unwrap();
    assert_eq!(order(&rig.snapshot().await), [b.clone(), a.clone(), c.clone()]);
    rig.ask("move_before", json!({"ids": [b], "before": null})).await.unwrap();
    assert_eq!(order(&rig.snapshot().await), [a.clone(), c.clone(), b.clone()]);

    let edit = json!({
        "title": null, "title_pattern": "Day {n}", "description": "said of both", "tags": ["x"], "add_tags": ["x", "y"],
        "categories": [7, "News"], "publish": {"when": "on_date", "at": "2199-01-31T08:00:00Z"},
    });
    rig.ask("edit", json!({"ids": [b, a], "edit": edit})).await.unwrap();
    let seen = rig.snapshot().await;
    let row = |id: &Value| seen["rows"].as_array().unwrap().iter().find(|row| row["id"] == *id).unwrap().clone();
    assert_eq!((&row(b)["details"]["title"], &row(a)["details"]["title"]), (&json!("Day 1"), &json!("Day 2")));
    assert_eq!(row(a)["details"]["tags"], json!(["x", "y"]));
    assert_eq!(row(a)["details"]["categories"], json!([7, "News"]));
    assert_eq!(row(b)["publish"], json!({"when": "on_date", "at": "2199-01-31T08:00:00Z"}));
    assert_eq!(row(c)["details"]["title"], "c");
    let nothing = json!({
        "title": null, "title_pattern": null, "description": null, "tags": null, "add_tags": ["z"], "categories": null,
        "publish": null,
    });
    rig.ask("edit", json!({"ids": [a], "edit": nothing.clone()})).await.unwrap();
    let seen = rig.snapshot().await;
    let titled = seen["rows"].as_array().unwrap().iter().find(|row| row["id"] == *a).unwrap().clone();
    assert_eq!((&titled["details"]["title"], &titled["details"]["tags"]), (&json!("Day 2"), &json!(["x", "y", "z"])));

    let mut literal = nothing.clone();
    literal["title"] = json!("What {name} and {n} mean");
    rig.ask("edit", json!({"ids": [a], "edit": literal})).await.unwrap();
    let seen = rig.snapshot().await;
    let titled = seen["rows"].as_array().unwrap().iter().find(|row| row["id"] == *a).unwrap().clone();
    assert_eq!(titled["details"]["title"], "What {name} and {n} mean", "a title that is typed is no pattern");

    rig.ask("retry", json!({"ids": [c]})).await.unwrap();
    rig.ask("set_intent", json!({"ids": [a, b, c], "intent": "cancel"})).await.unwrap();
    rig.ask("clear", json!({"ids": [a, b, c]})).await.unwrap();
    assert_eq!(rig.snapshot().await["rows"], json!([]));
    assert_eq!(rig.ask("copy_links", json!({"ids": [a]})).await.unwrap(), json!(0));
    assert!(rig.done().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_added_together_stand_in_the_order_in_which_they_were_shown() {
    let rig = Rig::signed_in().await;
    let names: Vec<String> = (100..300).map(|n| format!("{n}.mp4")).collect();
    let offer = rig.offer(names.iter().map(|name| rig.film(name)).collect()).await;
    let added = rig.ask("add", rig.adding(&offer, json!({"workspace": "nobody.invalid"}))).await.unwrap();
    assert_eq!(added["added"].as_array().unwrap().len(), 200);
    let seen = rig.snapshot().await;
    let mut rows = seen["rows"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["position"].as_i64());
    assert_eq!(rows.iter().map(|row| row["file"].as_str().unwrap()).collect::<Vec<_>>(), names);
}

#[tokio::test]
async fn files_come_from_dialogs_and_the_clipboard_and_are_held_until_they_are_put_aside() {
    let rig = Rig::signed_in().await;
    for name in ["choose_files", "choose_folder", "paste"] {
        assert_eq!(rig.ask(name, json!({})).await.unwrap(), Value::Null, "{name}: nobody chose anything");
    }
    let film = rig.film("folder/sub/a.mp4");
    let folder = rig.folder.path().join("films/folder");
    let choose = |path: &Path| *rig.desktop.chosen.lock().unwrap() = vec![path.to_owned()];
    choose(&film);
    let files = rig.ask("choose_files", json!({})).await.unwrap();
    assert_eq!((&files["by"], &files["videos"][0]["file"]), (&json!("files"), &json!("a.mp4")));
    choose(&folder);
    let whole = rig.ask("choose_folder", json!({})).await.unwrap();
    assert_eq!((&whole["by"], &whole["folders"]), (&json!("folder"), &json!(["folder"])));
    assert_eq!(whole["videos"][0]["folder"], "sub");
    *rig.desktop.copied.lock().unwrap() = vec![film];
    assert_eq!(rig.ask("paste", json!({})).await.unwrap()["by"], "paste");
    assert_eq!(rig.ask("forget_offer", json!({"offer": whole["id"]})).await.unwrap(), Value::Null);
    assert_eq!(rig.refused("add", rig.adding(&whole, json!({}))).await.code, "offer_gone");
}

#[tokio::test]
async fn the_support_bundle_that_was_shown_is_the_one_that_is_saved() {
    let rig = Rig::new().await;
    assert_eq!(rig.refused("save_bundle", json!({})).await.code, "not_possible_now");
    let parts = rig.ask("gather_bundle", json!({})).await.unwrap();
    let parts = parts.as_array().unwrap();
    assert!(
        parts.iter().any(|part| part["name"] == "checks.txt" && part["text"].as_str().unwrap().contains("keychain"))
    );
    assert_eq!(rig.ask("save_bundle", json!({})).await.unwrap(), Value::Null, "nobody said where");
    *rig.desktop.chosen.lock().unwrap() = vec![rig.folder.path().to_owned()];
    let name = rig.ask("save_bundle", json!({})).await.unwrap();
    assert!(rig.folder.path().join(name.as_str().unwrap()).is_file());
}

#[tokio::test]
async fn a_workspaces_categories_are_listed_and_its_pages_opened() {
    let rig = Rig::signed_in().await;
    let categories = rig.ask("categories", json!({"workspace": rig.host()})).await.unwrap();
    assert!(
        categories.as_array().unwrap().iter().all(|it| it["id"].is_u64() && it["name"].is_string()),
        "{categories}"
    );
    rig.ask("open_page", json!({"page": "sandbox", "workspace": rig.host()})).await.unwrap();
    rig.ask("open_page", json!({"page": "token_help", "workspace": "video.example.com"})).await.unwrap();
    assert_eq!(
        rig.done(),
        [format!("opened {}/", rig.sandbox.url()), "opened https://video.example.com/manage".to_owned()]
    );
    assert_eq!(
        rig.refused("open_page", json!({"page": "sandbox", "workspace": null})).await.code,
        "sandbox_not_started"
    );
}

#[tokio::test]
async fn the_list_can_be_asked_for_from_any_place_on() {
    let rig = Rig::signed_in().await;
    let ids = rig.add(&["a.mp4", "b.mp4", "c.mp4"]).await;
    let seen = rig.snapshot().await;
    let first = seen["rows"].as_array().unwrap().iter().find(|row| row["id"] == ids[0]).unwrap();
    let mark = json!({"over": false, "position": first["position"]});
    let more = rig.ask("more", json!({"mark": mark})).await.unwrap();
    let rows: Vec<&Value> = more["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!((rows, &more["rest"]), (vec![&ids[1], &ids[2]], &Value::Null));
}

#[tokio::test]
async fn an_open_end_is_for_items_that_have_one() {
    let rig = Rig::signed_in().await;
    let ids = rig.add(&["a.mp4"]).await;
    for answer in [json!({"arrived": 7}), json!("send_again"), json!("keep_looking")] {
        let told = rig.refused("settle", json!({"id": ids[0], "answer": answer})).await;
        assert_eq!(told.code, "not_possible_now");
    }
}

#[test]
fn every_command_of_the_list_is_asked_here() {
    let here = [
        include_str!("../tests.rs"),
        include_str!("asking.rs"),
        include_str!("folders.rs"),
        include_str!("going_on.rs"),
        include_str!("library.rs"),
        include_str!("speed.rs"),
    ]
    .concat();
    let names = names_of_the_list();
    let missing: Vec<_> = names.iter().filter(|name| !here.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty() && names.len() > 30, "{missing:?}");
}
