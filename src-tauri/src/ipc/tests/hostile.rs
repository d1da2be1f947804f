//! A page that somebody has taken over: it asks for everything of the list, in every form that it must not have. What it
//! may bring about at most is what the person could do with the window's own buttons.

use super::*;
use std::time::Duration;
use tokio::time::timeout;

/// What stands in the place of every text. The path of a film that nobody handed over comes to it.
fn texts(film: &str) -> Vec<String> {
    let all = [
        film,
        "/etc/passwd",
        "../../../../etc/passwd",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a\u{0}b\r\nc: d\u{202e}",
        "",
    ];
    all.map(str::to_owned).into_iter().chain(["a".repeat(1 << 20)]).collect()
}

/// Each command in its right form, about things that are there.
struct Things {
    url: String,
    host: String,
    offer: Value,
    item: Value,
    video: u64,
    chosen: Value,
    preset: Value,
    folder: Value,
}

impl Things {
    fn requests(&self) -> Vec<(&'static str, Value)> {
        let Self { url, host, offer, item, video, chosen, preset, folder } = self;
        let details = json!({"title": "t", "description": "d", "tags": ["t"], "categories": ["c"], "absolute_url": "https://example.com/", "variables": {}});
        let edit = json!({"title": "t", "title_pattern": "{n}", "description": "d", "tags": ["t"], "add_tags": ["t"], "categories": ["c"], "publish": {"when": "draft"}});
        let said = json!({"title": "t", "description": "d", "tags": ["t"], "add_tags": ["t"], "remove_tags": ["t"], "categories": ["c"], "publish": null});
        let proxy = json!({"kind": "manual", "address": "http://127.0.0.1:1", "name": "anna", "has_password": false});
        let settings = json!({
            "language": "auto", "theme": "auto", "workspace": host, "publish": "draft", "sheet_from": 5, "in_flight": 2, "proxy": proxy,
            "ca_file": null, "behaviour": {"keep_running": true, "keep_awake": true, "notifications": true},
        });
        let keys = json!({"workspace": url, "consumer_key": "k", "consumer_secret": "s"});
        let named = json!({"workspace": host});
        let (ids, nothing) = (json!({"ids": [item]}), json!({}));
        vec![
            ("snapshot", nothing.clone()),
            ("more", json!({"mark": {"over": false, "position": 1}})),
            ("connect_token", json!({"workspace": url, "token": "t"})),
            (
                "connect_keys",
                json!({"workspace": url, "consumer_key": "k", "consumer_secret": "s", "token": "t", "token_secret": "s", "api": "auto"}),
            ),
            ("ask_permission", keys),
            ("give_verifier", json!({"ask": 1, "verifier": "v", "api": "auto"})),
            ("open_sandbox", nothing.clone()),
            ("sign_out", named.clone()),
            ("check_workspace", named.clone()),
            ("check_keychain", nothing.clone()),
            ("choose_files", nothing.clone()),
            ("choose_folder", nothing.clone()),
            ("paste", nothing.clone()),
            (
                "add",
                json!({
                    "offer": offer, "only": [0], "workspace": host, "details": details, "title_pattern": "{n}",
                    "publish": {"when": "draft"}, "category_per_subfolder": false, "again": false,
                }),
            ),
            ("forget_offer", json!({"offer": offer})),
            ("set_intent", json!({"ids": [item], "intent": "pause"})),
            ("retry", ids.clone()),
            ("clear", ids.clone()),
            ("send_next", ids.clone()),
            ("move_before", json!({"ids": [item], "before": item})),
            ("edit", json!({"ids": [item], "edit": edit})),
            ("settle", json!({"id": item, "answer": {"arrived": 7}})),
            ("log", json!({"id": item})),
            ("categories", named),
            ("gather_bundle", nothing.clone()),
            ("save_bundle", nothing.clone()),
            ("open_video", json!({"id": item, "public": false})),
            ("open_page", json!({"page": "videos", "workspace": host})),
            ("copy_links", ids),
            ("reveal", json!({"id": item})),
            ("library_page", json!({"workspace": host, "search": "s", "show": "all", "category": "c", "page": 1})),
            ("library_video", json!({"workspace": host, "video": video})),
            ("library_open", json!({"workspace": host, "video": video, "place": "admin"})),
            ("library_copy_link", json!({"workspace": host, "videos": [video]})),
            ("library_choose", json!({"want": "video"})),
            ("library_compare", json!({"offer": offer, "file": 0, "workspace": host, "video": video})),
            ("library_match", json!({"offer": offer, "workspace": host})),
            ("library_replace", json!({"offer": offer, "workspace": host, "pairs": [{"file": 9, "video": video}]})),
            ("library_set_moment", json!({"workspace": host, "video": video, "at_s": 1.5})),
            ("library_edit", json!({"workspace": host, "videos": [video], "edit": said})),
            ("folder_choose", nothing.clone()),
            ("folder_of_offer", json!({"offer": offer})),
            ("folder_add", json!({"chosen": chosen, "preset": preset, "existing": false, "fresh": false})),
            ("folder_set_preset", json!({"folder": folder, "preset": preset})),
            ("folder_set_watching", json!({"folder": folder, "watch": true})),
            ("folder_remove", json!({"folder": folder, "forget": false})),
            ("folder_ledger", json!({"folder": folder, "search": "s", "show": "all", "from": 0})),
            ("folder_send_again", json!({"folder": folder, "lines": [0]})),
            ("folder_reveal", json!({"folder": folder, "line": 0})),
            ("folder_open_video", json!({"folder": folder, "line": 0})),
            ("change_settings", json!({"settings": settings, "proxy_password": "p"})),
            (
                "set_speed",
                json!({"limit": 1, "limit_folders": 1, "timetable": vec![vec!["full"; 24]; 7], "hold_on_metered": false}),
            ),
            ("full_speed", json!({"on": true})),
            ("choose_ca_file", nothing.clone()),
            ("set_start_at_login", json!({"wanted": true})),
            ("quit", nothing.clone()),
            ("news_seen", nothing),
        ]
    }
}

/// Where its leaves are, as pointers; of a list the first stands for all.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| leaves(field, &format!("{at}/{name}"), found)),
        Value::Array(list) => {
            found.push(at.to_owned());
            list.iter().take(1).for_each(|first| leaves(first, &format!("{at}/0"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

fn with(request: &Value, at: &str, other: Value) -> Value {
    let mut request = request.clone();
    *request.pointer_mut(at).unwrap() = other;
    request
}

/// The rig, and what no answer may hold.
struct Page {
    rig: Rig,
    film: String,
}

impl Page {
    /// Asks, and looks at what comes back.
    async fn asks(&self, name: &str, request: Value) -> Result<Value, Told> {
        let answered = timeout(Duration::from_mins(2), self.rig.ask(name, request)).await;
        let Ok(answered) = answered else { panic!("{name} is never answered") };
        let text = answered.as_ref().map_or_else(|told| serde_json::to_string(told).unwrap(), Value::to_string);
        assert!(!text.contains(self.rig.sandbox.token()), "{name} tells the token");
        answered
    }

    async fn asks_in_vain(&self, name: &str, request: Value) {
        let told = self.asks(name, request.clone()).await.expect_err(&format!("{name} {request}"));
        assert_eq!(told.code, "request_invalid", "{name} {request}");
        assert!(!serde_json::to_string(&told).unwrap().contains(&self.film), "{name} repeats what it was told");
    }
}

async fn things(rig: &Rig) -> Things {
    let watched = rig.folder.path().join("watched");
    std::fs::create_dir(&watched).unwrap();
    rig.desktop.chosen.lock().unwrap().push(watched);
    let chosen = rig.ask("folder_choose", json!({})).await.unwrap();
    let adding = json!({"chosen": chosen["chosen"], "preset": chosen["preset"], "existing": false, "fresh": false});
    let folder = rig.ask("folder_add", adding).await.unwrap();
    let added = rig.add(&["sent.mp4"]).await;
    let offer = rig.offer(vec![rig.film("offered.mp4")]).await;
    Things {
        url: rig.sandbox.url(),
        host: rig.host(),
        offer: offer["id"].clone(),
        item: added[0].clone(),
        video: rig.sandbox.videos()[0].photo_id,
        chosen: chosen["chosen"].clone(),
        preset: chosen["preset"].clone(),
        folder: folder["id"].clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_was_taken_over_reaches_no_file_no_token_and_no_other_place() {
    let rig = Rig::signed_in_to(slipway_sandbox::Config { videos: 2, ..slipway_sandbox::Config::default() }).await;
    let things = things(&rig).await;
    let film = rig.folder.path().join("outside.mp4");
    std::fs::write(&film, "a film that nobody handed over").unwrap();
    let page = Page { film: film.to_str().unwrap().to_owned(), rig };

    for name in ["", "Snapshot", "../snapshot", "plugin:fs|read_file", &"a".repeat(1 << 20)] {
        let told = page.asks(name, json!({})).await.unwrap_err();
        assert_eq!(told.code, "request_invalid");
    }
    for (name, request) in things.requests() {
        for other in [Value::Null, json!(7), json!(page.film), json!("a".repeat(1 << 20))] {
            page.asks_in_vain(name, other).await;
        }
        let mut more = request.clone();
        more.as_object_mut().unwrap().insert("path".into(), json!(page.film));
        page.asks_in_vain(name, more).await;

        let mut places = Vec::new();
        leaves(&request, "", &mut places);
        for at in places {
            page.asks_in_vain(name, with(&request, &at, json!({"path": page.film}))).await;
            let was = request.pointer(&at).unwrap();
            if was.is_number() || was.is_boolean() || was.is_array() {
                page.asks_in_vain(name, with(&request, &at, json!(page.film))).await;
            }
            if was.is_number() {
                for extreme in [json!(-1), json!(u64::MAX), json!(1e300)] {
                    let _refused_or_harmless = page.asks(name, with(&request, &at, extreme)).await;
                }
            }
            if was.is_string() || was.is_null() {
                for text in texts(&page.film) {
                    let _refused_or_harmless = page.asks(name, with(&request, &at, json!(text))).await;
                }
            }
        }
    }
    nothing_came_of_it(&page).await;
}

/// What was opened, shown, sent, watched and set is what the person's own things are.
async fn nothing_came_of_it(page: &Page) {
    let (rig, folder) = (&page.rig, page.rig.folder.path().to_str().unwrap());
    for done in rig.done() {
        let harmless = match done.split_once(' ') {
            Some(("opened", address)) => address.starts_with(&rig.sandbox.url()),
            Some(("showed", path)) => path.starts_with(folder) && path != page.film,
            Some(("copied", links)) => links.lines().all(|link| link.starts_with(&rig.sandbox.url())),
            _ => false,
        };
        assert!(harmless, "{done}");
    }
    let videos = rig.sandbox.videos();
    assert!(videos.iter().all(|it| it.original_filename != "outside.mp4"), "{videos:#?}");
    let seen = page.asks("snapshot", json!({})).await.unwrap();
    assert_eq!(seen["settings"]["ca_file"], Value::Null);
    assert_eq!(seen["folders"].as_array().unwrap().len(), 1, "{}", seen["folders"]);
    for row in seen["rows"].as_array().unwrap() {
        assert!(!row["file"].to_string().contains("outside"), "{row}");
    }
}

#[test]
fn every_command_of_the_list_is_attacked() {
    let nobody = || Value::Null;
    let things = Things {
        url: String::new(),
        host: String::new(),
        offer: nobody(),
        item: nobody(),
        video: 0,
        chosen: nobody(),
        preset: nobody(),
        folder: nobody(),
    };
    let attacked: Vec<&str> = things.requests().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names_of_the_list(), attacked);
}
