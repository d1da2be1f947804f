use super::*;
use crate::engine::{Config, Engine};
use std::io::Read;

async fn used(folder: &Path) -> PathBuf {
    let home = folder.join("home");
    let engine = Engine::start(Config { work: false, ..Config::new(home.clone()) }).await.unwrap();
    engine.stop().await;
    home
}

fn part<'a>(bundle: &'a Bundle, name: &str) -> &'a str {
    let found = bundle.contents().iter().find(|part| part.name == name);
    &found.unwrap_or_else(|| panic!("no {name} in {:?}", bundle.contents())).text
}

#[tokio::test]
async fn what_is_saved_is_what_was_shown_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let home = used(folder.path()).await;
    let check = Check { what: "keychain".into(), result: Err(Failure::new(Code::KeychainLocked)) };
    let bundle = Bundle::gather(&home, &[check]).await;
    assert!(part(&bundle, "checks.txt").starts_with("NOT  keychain: keychain_locked"));
    assert!(part(&bundle, "database.txt").contains("integrity: ok"));
    let path = folder.path().join("bundle.zip");
    bundle.save(&path).unwrap();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    assert_eq!(zip.len(), bundle.contents().len());
    for shown in bundle.contents() {
        let mut text = String::new();
        zip.by_name(&shown.name).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, shown.text, "{}", shown.name);
        for language in [Language::En, Language::Da] {
            assert!(!shown.about(language).starts_with("bundle."), "{}: no words for it", shown.kind);
        }
    }
    let before = std::fs::read(&path).unwrap();
    assert_eq!(bundle.save(&path).unwrap_err().code, Code::BundleNotSaved);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(bundle.save(&folder.path().join("no/such/folder.zip")).unwrap_err().code, Code::BundleNotSaved);
}

#[tokio::test]
async fn a_folder_that_no_slipway_opens_gives_what_it_can_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Bundle::gather(&folder.path().join("nothing here"), &[]).await;
    assert_eq!(part(&missing, "database.txt"), "there is none\n");
    assert!(!folder.path().join("nothing here").exists());

    let home = used(folder.path()).await;
    assert!(can_be_opened(&home).await);
    let database = home.join("queue.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    std::fs::write(&database, &bytes).unwrap();
    assert!(!can_be_opened(&home).await);
    let newer = Bundle::gather(&home, &[]).await;
    assert!(part(&newer, "database.txt").starts_with("schema 9999, "), "{newer:?}");
    assert_eq!(std::fs::read(&database).unwrap(), bytes);

    bytes.truncate(bytes.len() / 2);
    std::fs::write(&database, &bytes).unwrap();
    assert!(!can_be_opened(&home).await);
    let torn = Bundle::gather(&home, &[]).await;
    assert!(!part(&torn, "database.txt").contains("integrity: ok"), "{torn:?}");
    assert!(part(&torn, "folder.txt").contains("queue.db"));
    std::fs::write(&database, "no database".repeat(100)).unwrap();
    assert!(!can_be_opened(&home).await);
    let none = Bundle::gather(&home, &[]).await;
    assert!(part(&none, "database.txt").contains("not a database"), "{none:?}");
    assert_eq!(std::fs::read(&database).unwrap(), "no database".repeat(100).as_bytes());
}

#[tokio::test]
async fn it_is_gathered_beside_the_owner_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let owner = Engine::start(Config { work: false, ..Config::new(home.clone()) }).await.unwrap();
    let bundle = Bundle::gather(&home, &[]).await;
    assert!(part(&bundle, "database.txt").contains("integrity: ok"), "{bundle:?}");
    owner.stop().await;
}
