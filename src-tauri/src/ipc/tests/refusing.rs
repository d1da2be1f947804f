//! What is not answered, and in which words.

use super::*;

#[tokio::test]
async fn a_refusal_crosses_with_its_code_its_remedy_and_its_words() {
    let rig = Rig::new().await;
    let told =
        rig.refused("connect_token", json!({"workspace": "http://video.example.com", "token": "t-secret"})).await;
    let crossed = serde_json::to_value(&told).unwrap();
    assert_eq!((&crossed["code"], &crossed["remedy"]), (&json!("workspace_not_encrypted"), &json!("fix_settings")));
    assert!(crossed["message"].as_str().unwrap().contains("http://video.example.com"), "{crossed}");
    assert!(!crossed["hint"].as_str().unwrap().is_empty() && crossed["causes"].is_array(), "{crossed}");
    assert!(!crossed.to_string().contains("t-secret"));

    let gone = json!({"id": "0198f6f0-0000-7000-8000-000000000000"});
    assert_eq!(rig.refused("log", gone.clone()).await.code, "item_unknown");
    assert_eq!(rig.refused("reveal", gone).await.code, "item_unknown");
    assert_eq!(rig.refused("sign_out", json!({"workspace": "nobody.example"})).await.code, "workspace_unknown");
    assert_eq!(rig.refused("check_workspace", json!({"workspace": "nobody.example"})).await.code, "workspace_unknown");
}

#[tokio::test]
async fn a_request_in_another_form_is_refused_and_not_repeated() {
    let rig = Rig::new().await;
    for (name, request) in [
        ("nothing_of_the_kind", json!({})),
        ("snapshot", Value::Null),
        ("snapshot", json!({"more": 1})),
        ("connect_token", json!({"workspace": "video.example.com"})),
        ("connect_token", json!({"workspace": "video.example.com", "token": ["t-secret"]})),
        ("retry", json!({"ids": ["t-secret"]})),
        ("retry", json!("t-secret")),
        ("settle", json!({"id": "0198f6f0-0000-7000-8000-000000000000", "answer": "t-secret"})),
        ("set_intent", json!({"ids": null, "intent": "t-secret"})),
    ] {
        let told = rig.refused(name, request.clone()).await;
        assert_eq!(told.code, "request_invalid", "{name} {request}");
        assert!(!serde_json::to_string(&told).unwrap().contains("t-secret"), "{told:?}");
        assert!(told.message.contains(name), "{}", told.message);
    }
}

#[tokio::test]
async fn no_request_takes_a_path() {
    let rig = Rig::signed_in().await;
    let film = rig.film("a.mp4");
    let offer = rig.offer(vec![film.clone()]).await;
    let path = film.to_str().unwrap();
    // As a field that is none, in the place of every number and id, and in those that only show one.
    for (name, request) in [
        ("add", rig.adding(&offer, json!({"file": path}))),
        ("add", rig.adding(&offer, json!({"files": [path]}))),
        ("add", rig.adding(&offer, json!({"offer": path}))),
        ("add", rig.adding(&offer, json!({"only": [path]}))),
        ("choose_files", json!({"path": path})),
        ("choose_folder", json!({"folder": path})),
        ("paste", json!({"files": [path]})),
        ("reveal", json!({"id": path})),
        ("reveal", json!({"id": "0198f6f0-0000-7000-8000-000000000000", "file": path})),
        ("save_bundle", json!({"file": path})),
        ("choose_ca_file", json!({"file": path})),
    ] {
        assert_eq!(rig.refused(name, request.clone()).await.code, "request_invalid", "{name} {request}");
    }
    assert!(rig.done().is_empty());
    assert_eq!(rig.snapshot().await["rows"], json!([]));
}

#[tokio::test]
async fn without_anything_that_shows_a_dialog_that_is_said_and_not_taken_for_a_no() {
    let rig = Rig::at(tempfile::tempdir().unwrap(), true).await;
    assert_eq!(rig.snapshot().await["dialogs"]["code"], "dialog_missing");
    for name in ["choose_files", "choose_folder", "choose_ca_file"] {
        assert_eq!(rig.refused(name, json!({})).await.code, "dialog_missing");
    }
}

#[tokio::test]
async fn what_cannot_be_taken_in_is_told_by_its_name_and_holds_up_nothing_else() {
    let rig = Rig::signed_in().await;
    let offer = rig.offer(vec![rig.film("a.mp4"), rig.film("gone.mp4"), rig.film("b.mp4")]).await;
    std::fs::remove_file(rig.folder.path().join("films/gone.mp4")).unwrap();
    let added = rig.ask("add", rig.adding(&offer, json!({}))).await.unwrap();
    assert_eq!(added["added"].as_array().unwrap().len(), 2);
    assert_eq!(added["refused"][0]["file"], "gone.mp4");
    assert_eq!(added["refused"][0]["told"]["code"], "source_missing");
}

#[tokio::test]
async fn a_queue_that_cannot_be_opened_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    // In the place of the data folder.
    std::fs::write(folder.path().join("home"), "a file").unwrap();
    let rig = Rig::at(folder, false).await;
    let seen = rig.snapshot().await;
    assert_eq!((&seen["trouble"]["code"], &seen["rows"]), (&json!("data_folder_unwritable"), &json!([])));
    assert_eq!(rig.refused("retry", json!({"ids": []})).await.code, "data_folder_unwritable");
    std::fs::remove_file(rig.folder.path().join("home")).unwrap();
    assert_eq!(rig.snapshot().await["trouble"], Value::Null);
    rig.ask("retry", json!({"ids": []})).await.unwrap();
}
