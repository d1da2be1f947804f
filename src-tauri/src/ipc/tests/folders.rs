//! Watched folders as the pages ask for them.

use super::*;
use std::fs;
use std::time::Duration;

impl Rig {
    /// A folder that is not watched yet.
    fn place(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        fs::canonicalize(path).unwrap()
    }

    /// The folder that somebody chooses in the dialog.
    async fn choose_folder(&self, path: &Path) -> Value {
        *self.desktop.chosen.lock().unwrap() = vec![path.to_owned()];
        self.ask("folder_choose", json!({})).await.unwrap()
    }

    /// Watches a folder, with the usual preset changed.
    async fn watch(&self, path: &Path, change: Value) -> Value {
        let chosen = self.choose_folder(path).await;
        self.ask("folder_add", adding(&chosen, change, json!({}))).await.unwrap()
    }

    /// What the ledger says, asked in this way.
    async fn ledger(&self, folder: &Value, change: Value) -> Value {
        let ask = with(json!({"folder": folder["id"], "search": "", "show": "all", "from": 0}), change);
        self.ask("folder_ledger", ask).await.unwrap()
    }

    /// Waits until a file is in this state.
    async fn until_line(&self, folder: &Value, file: &str, state: &str) -> Value {
        loop {
            let ledger = self.ledger(folder, json!({})).await;
            let holds = |line: &&Value| line["file"] == file && line["state"] == state;
            if let Some(line) = ledger["lines"].as_array().unwrap().iter().find(holds) {
                return line.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the folders are told so that this holds.
    async fn until_folders(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Event::Changes(changes) = self.events.recv().await.unwrap()
                && let Some(folders) = changes.folders
            {
                let folders = serde_json::to_value(folders).unwrap();
                if holds(&folders) {
                    return folders;
                }
            }
        }
    }
}

fn with(mut value: Value, change: Value) -> Value {
    value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    value
}

fn adding(chosen: &Value, preset: Value, change: Value) -> Value {
    let preset = with(chosen["preset"].clone(), preset);
    with(json!({"chosen": chosen["chosen"], "preset": preset, "existing": false, "fresh": false}), change)
}

fn film(path: &Path, content: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, [b"a film about ", content.as_bytes(), &[7; 4000]].concat()).unwrap();
    path.to_owned()
}

fn hour_ago(path: &Path) {
    let then = std::time::SystemTime::now() - Duration::from_hours(1);
    fs::File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_chosen_watched_and_worked_off_with_its_preset() {
    let mut rig = Rig::signed_in().await;
    assert_eq!(rig.ask("folder_choose", json!({})).await.unwrap(), Value::Null, "nobody chose one");
    let path = rig.place("talks");
    hour_ago(&film(&path.join("old.mp4"), "yesterday"));
    fs::write(path.join("notes.pdf"), "words").unwrap();
    let chosen = rig.choose_folder(&path).await;
    assert_eq!((&chosen["name"], &chosen["path"]), (&json!("talks"), &json!(path)));
    assert_eq!((&chosen["videos"], &chosen["bytes"], &chosen["known"]), (&json!(1), &json!(4022), &json!(false)));
    let usual = &chosen["preset"];
    assert_eq!((&usual["workspace"], &usual["publish"]), (&json!(rig.host()), &json!({"when": "draft"})));
    assert!(usual["ignore"].as_array().unwrap().contains(&json!("*.crdownload")), "{usual}");
    assert_eq!((&usual["settle_s"], &usual["title"], &chosen["told"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(rig.snapshot().await["folders"], json!([]));

    let preset = json!({
        "tags": ["fall"], "title": "{folder}: {name}", "publish": {"when": "at_once"}, "category_per_subfolder": true,
        "settle_s": 1,
    });
    let row = rig.ask("folder_add", adding(&chosen, preset, json!({}))).await.unwrap();
    assert_eq!((&row["name"], &row["workspace"]), (&json!("talks"), &json!(rig.host())));
    let told = rig.until_folders(|folders| folders[0]["state"] == "watching").await;
    assert_eq!(told[0]["id"], row["id"]);

    film(&path.join("News/a talk.mp4"), "today");
    let sent = rig.until_line(&row, "a talk.mp4", "done").await;
    assert_eq!((&sent["folder"], &sent["again"], &sent["why"]), (&json!("News"), &json!(true), &Value::Null));
    assert!(sent["item"].is_string() && sent["at"].is_i64() && sent["video"].is_u64(), "{sent}");
    let videos = rig.sandbox.videos();
    let [video] = &videos[..] else { panic!("{videos:?}") };
    assert_eq!((video.title.as_str(), video.published), ("News: a talk", true));
    assert_eq!(video.tags, ["fall"]);

    let before = rig.until_line(&row, "old.mp4", "before").await;
    assert_eq!((&before["again"], &before["video"]), (&json!(true), &Value::Null));
    let left_out = rig.until_line(&row, "notes.pdf", "left_out").await;
    assert_eq!((&left_out["why"], &left_out["again"]), (&json!("is no video and no picture"), &json!(false)));

    rig.ask("folder_open_video", json!({"folder": row["id"], "line": sent["line"]})).await.unwrap();
    rig.ask("folder_reveal", json!({"folder": row["id"], "line": sent["line"]})).await.unwrap();
    rig.ask("folder_reveal", json!({"folder": row["id"], "line": null})).await.unwrap();
    let manage = format!("opened {}/manage/video/{}", rig.sandbox.url(), sent["video"]);
    let showed = |path: PathBuf| format!("showed {}", path.display());
    assert_eq!(rig.done(), [manage, showed(path.join("News/a talk.mp4")), showed(path)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_is_searched_counted_and_told_of_when_it_changes() {
    let mut rig = Rig::signed_in().await;
    let path = rig.place("talks");
    let row = rig.watch(&path, json!({"settle_s": 1, "exclude": ["draft*"]})).await;
    let first = rig.until_folders(|folders| folders[0]["state"] == "watching").await;
    film(&path.join("Sub/talk.mp4"), "it");
    film(&path.join("draft one.mp4"), "another");
    rig.until_line(&row, "talk.mp4", "done").await;
    fs::copy(path.join("Sub/talk.mp4"), path.join("copy.mp4")).unwrap();
    let copy = rig.until_line(&row, "copy.mp4", "same").await;
    assert_eq!(copy["same_as"]["file"], "talk.mp4");
    rig.until_folders(|folders| folders[0]["revision"].as_u64() > first[0]["revision"].as_u64()).await;

    let all = rig.ledger(&row, json!({})).await;
    let counts = json!({"all": 3, "moving": 0, "done": 1, "left_out": 2, "trouble": 0});
    assert_eq!((&all["total"], &all["counts"], &all["lines"][0]["file"]), (&json!(3), &counts, &json!("copy.mp4")));
    let names = |part: &Value| {
        let lines = part["lines"].as_array().unwrap().iter();
        lines.map(|line| line["file"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = rig.ledger(&row, json!({"search": " SUB "})).await;
    assert_eq!((names(&found), &found["total"], &found["counts"]), (vec!["talk.mp4".to_owned()], &json!(1), &counts));
    let out = rig.ledger(&row, json!({"show": "left_out", "from": 1})).await;
    assert_eq!((names(&out), &out["total"]), (vec!["draft one.mp4".to_owned()], &json!(2)));
    assert_eq!(rig.ledger(&row, json!({"from": u32::MAX})).await["lines"], json!([]));

    // Of a copy, the video of what it is a copy of.
    rig.ask("folder_open_video", json!({"folder": row["id"], "line": copy["line"]})).await.unwrap();
    assert_eq!(rig.done(), [format!("opened {}/manage/video/{}", rig.sandbox.url(), copy["same_as"]["video"])]);
    rig.ask("folder_send_again", json!({"folder": row["id"], "lines": [copy["line"]]})).await.unwrap();
    let sent = rig.until_line(&row, "copy.mp4", "done").await;
    assert_ne!(sent["video"], copy["same_as"]["video"]);
    assert_eq!(rig.sandbox.videos().len(), 2);

    // A file that is not there is not waited for, and one that would be left out again is not sent.
    fs::remove_file(path.join("copy.mp4")).unwrap();
    let draft = rig.until_line(&row, "draft one.mp4", "left_out").await;
    for (line, code) in [(&sent["line"], "source_missing"), (&draft["line"], "not_possible_now")] {
        let told = rig.refused("folder_send_again", json!({"folder": row["id"], "lines": [line]})).await;
        assert_eq!(told.code, code);
    }
    let told = rig.refused("folder_reveal", json!({"folder": row["id"], "line": sent["line"]})).await;
    assert_eq!(told.code, "source_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_rests_is_set_otherwise_and_comes_back_with_what_is_remembered_or_without() {
    let mut rig = Rig::signed_in().await;
    let path = rig.place("talks");
    let row = rig.watch(&path, json!({"settle_s": 1})).await;
    let id = &row["id"];
    film(&path.join("talk.mp4"), "it");
    rig.until_line(&row, "talk.mp4", "done").await;
    rig.ask("folder_set_watching", json!({"folder": id, "watch": false})).await.unwrap();
    rig.until_folders(|folders| folders[0]["state"] == "paused").await;
    let preset = with(row["preset"].clone(), json!({"tags": ["new"], "on_change": "replace", "after": "move"}));
    let set = rig.ask("folder_set_preset", json!({"folder": id, "preset": preset})).await.unwrap();
    assert_eq!((&set["preset"], &set["state"]), (&preset, &json!("paused")));
    rig.until_folders(|folders| folders[0]["preset"] == preset).await;
    rig.ask("folder_set_watching", json!({"folder": id, "watch": true})).await.unwrap();
    rig.until_folders(|folders| folders[0]["state"] == "watching").await;

    // The same folder, one in it and one around it are watched already, and that is said before anybody adds them.
    for other in [&path, &rig.place("talks/inner"), &rig.folder.path().to_owned()] {
        let chosen = rig.choose_folder(other).await;
        assert_eq!(chosen["told"]["code"], "folder_overlaps", "{chosen}");
        let told = rig.refused("folder_add", adding(&chosen, json!({}), json!({}))).await;
        assert_eq!(told.code, "folder_overlaps");
    }

    rig.ask("folder_remove", json!({"folder": id, "forget": false})).await.unwrap();
    rig.until_folders(|folders| *folders == json!([])).await;
    let chosen = rig.choose_folder(&path).await;
    assert_eq!((&chosen["known"], &chosen["told"]), (&json!(true), &Value::Null));
    let back = rig.ask("folder_add", adding(&chosen, json!({}), json!({"existing": true}))).await.unwrap();
    assert_eq!(&back["id"], id);
    rig.until_line(&back, "talk.mp4", "done").await;
    rig.ask("folder_remove", json!({"folder": id, "forget": false})).await.unwrap();
    let fresh = rig.ask("folder_add", adding(&chosen, json!({}), json!({"fresh": true}))).await.unwrap();
    assert_ne!(&fresh["id"], id);
    rig.ask("folder_remove", json!({"folder": fresh["id"], "forget": true})).await.unwrap();
    assert_eq!(rig.choose_folder(&path).await["known"], false);
    assert_eq!(rig.sandbox.videos().len(), 1, "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_of_an_offer_can_be_watched_and_the_offer_stays() {
    let rig = Rig::signed_in().await;
    let path = rig.place("dropped");
    film(&path.join("a.mp4"), "a");
    let (one, two) = (rig.offer(vec![path.clone()]).await, rig.offer(vec![path.clone(), rig.place("more")]).await);
    let of = |offer: &Value| json!({"offer": offer["id"]});
    let chosen = rig.ask("folder_of_offer", of(&one)).await.unwrap();
    assert_eq!((&chosen["path"], &chosen["videos"]), (&json!(path), &json!(1)));
    assert_eq!(rig.refused("folder_of_offer", of(&two)).await.code, "not_possible_now");
    let file = rig.offer(vec![path.join("a.mp4")]).await;
    assert_eq!(rig.refused("folder_of_offer", of(&file)).await.code, "not_possible_now");
    let added = rig.ask("add", rig.adding(&one, json!({}))).await.unwrap();
    assert_eq!(added["added"].as_array().unwrap().len(), 1);
    rig.ask("forget_offer", of(&one)).await.unwrap();
    assert_eq!(rig.refused("folder_of_offer", of(&one)).await.code, "offer_gone");
    // What was chosen is held by itself.
    rig.ask("folder_add", adding(&chosen, json!({}), json!({}))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_about_folders_is_refused_and_changes_nothing() {
    let rig = Rig::signed_in().await;
    let (path, other) = (rig.place("talks"), rig.place("other"));
    let (row, elsewhere) = (rig.watch(&path, json!({"settle_s": 1})).await, rig.watch(&other, json!({})).await);
    film(&path.join("talk.mp4"), "it");
    let line = rig.until_line(&row, "talk.mp4", "done").await["line"].clone();
    let (id, nobody) = (&row["id"], json!("0198f6f0-0000-7000-8000-000000000000"));
    let preset = &row["preset"];
    let ledger = json!({"folder": id, "search": "", "show": "all", "from": 0});
    let chosen = rig.choose_folder(&rig.place("third")).await;
    for (name, request) in [
        ("folder_choose", json!({"path": path})),
        ("folder_of_offer", json!({"offer": path})),
        ("folder_add", adding(&chosen, json!({}), json!({"path": path}))),
        ("folder_add", adding(&chosen, json!({}), json!({"chosen": path}))),
        ("folder_add", adding(&chosen, json!({}), json!({"chosen": -1}))),
        ("folder_add", adding(&chosen, json!({"path": path}), json!({}))),
        ("folder_add", adding(&chosen, json!({"settle_s": -1}), json!({}))),
        ("folder_add", adding(&chosen, json!({"settle_s": 1.5}), json!({}))),
        ("folder_add", adding(&chosen, json!({"settle_s": 1e12}), json!({}))),
        ("folder_add", adding(&chosen, json!({"after": "delete"}), json!({}))),
        ("folder_add", adding(&chosen, json!({"publish": {"when": "on_date", "at": "soon"}}), json!({}))),
        ("folder_set_preset", json!({"folder": path, "preset": preset})),
        ("folder_set_watching", json!({"folder": path, "watch": true})),
        ("folder_set_watching", json!({"folder": id, "watch": "no"})),
        ("folder_remove", json!({"folder": "..", "forget": true})),
        ("folder_ledger", with(ledger.clone(), json!({"from": -1}))),
        ("folder_ledger", with(ledger.clone(), json!({"show": "nothing"}))),
        ("folder_send_again", json!({"folder": id, "lines": [path]})),
        ("folder_reveal", json!({"folder": id, "line": path})),
        ("folder_reveal", json!({"folder": id, "line": null, "file": path})),
        ("folder_open_video", json!({"folder": id, "line": null})),
    ] {
        assert_eq!(rig.refused(name, request.clone()).await.code, "request_invalid", "{name} {request}");
    }
    for (name, request, code) in [
        ("folder_of_offer", json!({"offer": 77}), "offer_gone"),
        ("folder_add", adding(&chosen, json!({}), json!({"chosen": 77})), "offer_gone"),
        ("folder_add", adding(&chosen, json!({"settle_s": 0}), json!({})), "folder_invalid"),
        ("folder_add", adding(&chosen, json!({"settle_s": 86_401}), json!({})), "folder_invalid"),
        ("folder_add", adding(&chosen, json!({"title": "{nam}"}), json!({})), "folder_invalid"),
        ("folder_add", adding(&chosen, json!({"include": ["a{b"]}), json!({})), "folder_invalid"),
        ("folder_add", adding(&chosen, json!({"subtitles_locale": "no language"}), json!({})), "folder_invalid"),
        (
            "folder_add",
            adding(&chosen, json!({"workspace": "http://example.com"}), json!({})),
            "workspace_not_encrypted",
        ),
        ("folder_set_preset", json!({"folder": nobody, "preset": preset}), "folder_unknown"),
        (
            "folder_set_preset",
            json!({"folder": id, "preset": with(preset.clone(), json!({"exclude": ["[a"]}))}),
            "folder_invalid",
        ),
        ("folder_set_watching", json!({"folder": nobody, "watch": true}), "folder_unknown"),
        ("folder_remove", json!({"folder": nobody, "forget": false}), "folder_unknown"),
        ("folder_remove", json!({"folder": nobody, "forget": true}), "folder_unknown"),
        ("folder_ledger", with(ledger, json!({"folder": nobody})), "folder_unknown"),
        ("folder_send_again", json!({"folder": nobody, "lines": [1]}), "folder_unknown"),
        ("folder_send_again", json!({"folder": id, "lines": [0]}), "item_unknown"),
        ("folder_send_again", json!({"folder": id, "lines": [i64::MAX, -1]}), "item_unknown"),
        // A line of another folder's ledger.
        ("folder_send_again", json!({"folder": elsewhere["id"], "lines": [line]}), "item_unknown"),
        ("folder_reveal", json!({"folder": elsewhere["id"], "line": line}), "item_unknown"),
        ("folder_reveal", json!({"folder": nobody, "line": null}), "folder_unknown"),
        ("folder_open_video", json!({"folder": elsewhere["id"], "line": line}), "item_unknown"),
        ("folder_open_video", json!({"folder": id, "line": 0}), "item_unknown"),
    ] {
        assert_eq!(rig.refused(name, request.clone()).await.code, code, "{name} {request}");
    }
    assert!(rig.done().is_empty());
    let folders = rig.snapshot().await["folders"].clone();
    let presets = |rows: &[&Value]| rows.iter().map(|row| row["preset"].clone()).collect::<Vec<_>>();
    let there: Vec<&Value> = folders.as_array().unwrap().iter().collect();
    assert_eq!(presets(&there), presets(&[&elsewhere, &row]), "by path, as they were");
    assert_eq!(rig.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn without_anything_that_shows_a_dialog_no_folder_is_chosen_and_that_is_said() {
    let rig = Rig::at(tempfile::tempdir().unwrap(), true).await;
    assert_eq!(rig.refused("folder_choose", json!({})).await.code, "dialog_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_window_on_the_data_folder_shows_what_the_owner_says() {
    let rig = Rig::signed_in().await;
    let path = rig.place("talks");
    let row = rig.watch(&path, json!({"settle_s": 1})).await;
    let (sender, events) = mpsc::unbounded_channel();
    let guest = Arc::new(Pretend {
        events: sender,
        chosen: Mutex::default(),
        copied: Mutex::default(),
        done: Mutex::default(),
        lacks_dialogs: false,
        starts_at_login: AtomicBool::default(),
        signs: Mutex::default(),
        said: Mutex::default(),
    });
    let shell = shell_at(&rig.folder.path().join("home"), Arc::clone(&guest));
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(slipway_sandbox::Config::default()).await.unwrap();
    let mut other = Rig { shell, desktop: guest, events, sandbox, folder };
    let seen = other.snapshot().await;
    assert!(seen["elsewhere"]["works"].as_bool().unwrap(), "{seen}");
    assert_eq!(seen["folders"][0]["id"], row["id"]);
    film(&path.join("talk.mp4"), "it");
    let revision = seen["folders"][0]["revision"].as_u64();
    other.until_folders(|folders| folders[0]["revision"].as_u64() > revision && folders[0]["writing"] == 1).await;
    other.until_line(&row, "talk.mp4", "done").await;
    other.ask("folder_set_watching", json!({"folder": row["id"], "watch": false})).await.unwrap();
    other.until_folders(|folders| folders[0]["state"] == "paused").await;
    assert_eq!(rig.snapshot().await["folders"][0]["state"], "paused");
    other.shell.stop().await;
}
