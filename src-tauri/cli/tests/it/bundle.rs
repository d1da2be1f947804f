//! The support bundle of the real command: shown before it is saved, without a secret in it, and there when nothing else
//! works any more.

use crate::rig::{CHUNK, Rig, Told};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::io::Read;
use std::path::Path;

/// Each file of a bundle with its text.
pub(crate) fn unpacked(path: &Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let files = zip.len();
    let read = |index| {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..files).map(read).collect()
}

async fn bundle(rig: &Rig, name: &str) -> (Told, Vec<(String, String)>) {
    let path = rig.folder().join(name);
    let told = rig.slipway(["bundle", "--json", "--out"]).arg(&path).run().await;
    told.assert_code(0, name);
    let files = unpacked(&path);
    (told, files)
}

fn text<'a>(files: &'a [(String, String)], name: &str) -> &'a str {
    &files.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("{name} in {files:?}")).1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_says_what_it_holds_tells_what_happened_and_keeps_every_secret() {
    let rig = Rig::new(Profile::Documented).await;
    let bearer = rig.sandbox.token().to_owned();
    // A server that repeats what it was sent, as errors of servers do.
    rig.sandbox.inject(Fault::on(Endpoint::GetUploadToken).answer(500, format!("no luck with {bearer}")));
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(2).answer(500, format!("Bearer {bearer} has no luck either")));
    let film = rig.file("film.mp4", 8 * CHUNK);
    rig.upload(&film).args(["--description", "of nobody's business"]).run().await.assert_code(0, "the film");
    rig.upload(&rig.file("setup.exe", CHUNK)).run().await.assert_code(1, "refused");

    let (told, files) = bundle(&rig, "bundle.zip").await;
    let shown = told.only("bundle");
    let names: Vec<&str> = shown["contents"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    let log = files.iter().filter(|(name, _)| name.starts_with("items/")).find(|(_, log)| log.contains("video found"));
    let log = &log.expect("the film's log").1;
    for helps in
        ["session opened: 131072 bytes in", "chunk 1: HTTP 200, 16384 bytes in", "chunk 2: HTTP 500", "commit sent at"]
    {
        assert!(log.contains(helps), "{helps:?} in {log}");
    }
    assert!(text(&files, "queue.jsonl").contains("film.mp4"));
    assert!(text(&files, "failures.txt").contains("1  file_refused"), "{files:?}");
    assert!(text(&files, "checks.txt").starts_with("ok   data folder"), "{files:?}");

    let upload_tokens = rig.sandbox.requests().into_iter().filter_map(|it| it.param("upload_token").map(str::to_owned));
    let mut secrets: Vec<String> = upload_tokens.chain([bearer, "nobody's business".to_owned()]).collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert!(secrets.len() > 2, "{secrets:?}");
    let home = rig.folder().join("user");
    secrets.push(home.to_str().unwrap().to_owned());
    for secret in secrets {
        for (name, text) in &files {
            assert!(!text.contains(&secret), "{secret} in {name}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_what_it_holds_and_nothing_is_overwritten() {
    let rig = Rig::new(Profile::Documented).await;
    let path = rig.folder().join("bundle.zip");
    let told = rig.slipway(["bundle", "--out"]).arg(&path).run().await;
    told.assert_code(0, "a new file");
    for name in ["about.txt", "checks.txt", "queue.jsonl", path.to_str().unwrap()] {
        assert!(told.lines.iter().any(|line| line.contains(name)), "{name} in {told:#?}");
    }
    let saved = std::fs::read(&path).unwrap();
    let told = rig.slipway(["bundle", "--json", "--out"]).arg(&path).run().await;
    told.assert_code(1, "the same file again");
    assert_eq!(told.only("failed")["code"], "bundle_not_saved");
    assert_eq!(std::fs::read(&path).unwrap(), saved);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_made_beside_a_running_owner_and_of_databases_that_nothing_opens() {
    let rig = Rig::new(Profile::Documented).await;
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(2).always().stall_before_reading());
    let mut owner = rig.upload(&rig.file("film.mp4", 8 * CHUNK)).start();
    owner.until("uploading").await;
    let (_, files) = bundle(&rig, "beside.zip").await;
    assert!(text(&files, "database.txt").contains("integrity: ok"), "{files:?}");
    assert!(text(&files, "queue.jsonl").contains("film.mp4"));
    owner.kill().await;

    // Puts the log into the database, which would otherwise be whole again whatever happens to it.
    rig.slipway(["queue"]).run().await.assert_code(0, "a look at the queue");
    let database = rig.home().join("queue.db");
    for (name, bytes) in [("damaged.zip", b"no database".repeat(500)), ("empty.zip", Vec::new())] {
        std::fs::write(&database, &bytes).unwrap();
        let (_, files) = bundle(&rig, name).await;
        assert!(!text(&files, "database.txt").contains("rows in items"), "{name}: {files:?}");
        assert_eq!(std::fs::read(&database).unwrap(), bytes, "{name}: it is left as it is");
    }
}
