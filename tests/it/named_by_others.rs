//! Whatever a workspace calls its videos, its categories, its pictures and itself is text: no name of it becomes a place on
//! this machine, and what is kept of it is its owner's alone.

use crate::rig::{Making, Rig, SMALL};
use serde_json::{Value, json};
use slipway_engine::VideoQuery;
use slipway_engine::support::Bundle;
use slipway_sandbox::{Endpoint, Fault, Switches};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What lies in a data folder, beside the pictures.
const KNOWN: [&str; 7] =
    ["library", "queue.db", "queue.db-shm", "queue.db-wal", "settings.toml", "slipway.lock", "slipway.sock"];

/// Names that would lead elsewhere, or to something that is there, if they were ever taken for paths.
fn names(folder: &Path) -> Vec<String> {
    let escaped = folder.join("escaped").display().to_string();
    let all = [
        &*escaped,
        "../escaped",
        "../../../../../../../../tmp/slipway-escaped",
        "..",
        ".",
        "/",
        "..\\..\\escaped",
        "C:\\escaped",
        "%2e%2e%2fescaped",
        "..%2f..%2fescaped",
        "queue.db",
        "../queue.db",
        "settings.toml",
        "~/escaped",
        "$(touch escaped)",
        "escaped\u{0}.jpg",
        "escaped\r\nescaped",
        "\u{202e}gpj.escaped",
        "CON",
    ];
    all.map(str::to_owned).into_iter().chain(["e".repeat(5000)]).collect()
}

/// A server that has one picture, wherever it is asked for.
async fn pictures() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _asked = stream.read(&mut [0; 16 * 1024]).await;
            let answer =
                b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\n\xff\xd8\xff\xe0\0\x10JFIF..and on";
            // Whoever asked may be gone again.
            let _ = stream.write_all(answer).await;
        }
    });
    origin
}

fn answer(to: Endpoint, data: &Value) -> Fault {
    let body = json!({"status": "ok", "permission_level": "super", "cached": "0", "total_count": 1, "data": data});
    Fault::on(to).always().answer(200, body.to_string())
}

/// Everything below a folder, as it is called there.
fn tree(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path.strip_prefix(folder).unwrap().to_owned());
        }
    }
    found
}

fn is_hexadecimal(name: &str, digits: usize) -> bool {
    name.len() == digits && name.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Whether this is how what lies in a data folder is called: nothing there has a name that came from outside.
fn is_our_own_name(path: &Path) -> bool {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap_or_default()).collect();
    match parts[..] {
        [known] => KNOWN.contains(&known),
        ["library", workspace] => is_hexadecimal(workspace, 16),
        ["library", workspace, picture] => is_hexadecimal(workspace, 16) && is_hexadecimal(picture, 64),
        _ => false,
    }
}

#[cfg(unix)]
fn assert_private(home: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for path in tree(home).iter().map(|path| home.join(path)).chain([home.to_owned()]) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[cfg(not(unix))]
fn assert_private(_home: &Path) {}

/// Looks at everything that is called so.
async fn everything_is_called(rig: &Rig, name: &str, pictures: &str) {
    let sandbox = rig.sandbox();
    sandbox.clear_faults();
    let video = json!({
        "photo_id": 7, "title": name, "content": name, "tags": [name], "original_filename": name, "revision": name,
        "token": name, "standard_download": format!("{pictures}/{name}"), "absolute_url": format!("/{name}"),
        "one": name, "published_p": "1", "all_albums": name,
    });
    let site = json!({"site_name": name, "domain": name, "site_id": name});
    sandbox.inject(answer(Endpoint::List, &json!([video])));
    sandbox.inject(answer(Endpoint::Albums, &json!([{"album_id": 3, "title": name}])));
    sandbox.inject(answer(Endpoint::Tags, &json!([{"tag": name}])));
    sandbox.inject(answer(Endpoint::Site, &site));
    let (engine, origin) = (rig.engine(), rig.origin());
    let video = engine.videos(origin.clone(), VideoQuery::default()).await.unwrap().videos.remove(0);
    assert_eq!(video.id, 7);
    engine.video_picture(origin.clone(), 7, video.picture.unwrap()).await.unwrap();
    // No sandbox has a frame of it; what its token would open is named all the same.
    let _refused = engine.frame(origin.clone(), 7, 1000).await;
    assert_eq!(engine.categories(origin.clone()).await.unwrap()[0].name, name);
    // What it calls itself may not be a name at all.
    let _signed_in_or_not = engine.sign_in(origin, sandbox.token().to_owned().into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_name_that_a_workspace_gives_becomes_a_place_on_this_machine() {
    let mut making = Making::of(Switches::documented()).stocked(1);
    making.signed_out = true;
    // Asked anew each time.
    making.timing.category_names = std::time::Duration::ZERO;
    making.timing.categories = std::time::Duration::ZERO;
    let rig = making.start().await;
    let film = rig.file("talk.mp4", SMALL);
    let folder = film.parent().unwrap().to_owned();
    let outside = || -> BTreeSet<PathBuf> {
        tree(&folder).into_iter().filter(|path| !path.starts_with("home") && !path.starts_with("workspace")).collect()
    };
    let before = outside();
    rig.engine().sign_in(rig.origin(), rig.sandbox().token().to_owned().into()).await.unwrap();
    let pictures = pictures().await;
    for name in names(&folder) {
        everything_is_called(&rig, &name, &pictures).await;
    }
    rig.sandbox().clear_faults();
    assert_eq!(rig.upload(&film).await.stage, "done");

    let home = folder.join("home");
    let kept = tree(&home);
    let strange: Vec<_> = kept.iter().filter(|path| !is_our_own_name(path)).collect();
    assert!(strange.is_empty(), "{strange:#?}");
    assert!(kept.len() > names(&folder).len(), "the pictures are there: {kept:#?}");
    assert_private(&home);
    assert_eq!(outside(), before);
    assert!(!Path::new("/tmp/slipway-escaped").exists());
    for part in Bundle::gather(&home, &[]).await.contents() {
        let within = Path::new(&part.name).components().all(|it| matches!(it, Component::Normal(_)));
        assert!(within && !part.name.contains("escaped"), "{}", part.name);
    }
}
