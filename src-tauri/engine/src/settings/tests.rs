use super::*;
use crate::failure::Code;
use crate::pace::Caps;
use crate::timetable::{Hour, Timetable};
use std::fs;

fn folder(text: &str) -> (tempfile::TempDir, SettingsFile) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("settings.toml"), text).unwrap();
    let file = SettingsFile::of(dir.path());
    (dir, file)
}

fn everything() -> Settings {
    Settings {
        language: Tongue::Da,
        theme: Theme::Dark,
        workspace: Some(Origin::parse("video.example.com").unwrap()),
        publish: Publishing::WhenPlayable,
        sheet_from: 12,
        finished_days: 7,
        in_flight: Some(3),
        throttle: throttled(),
        proxy: ProxySetting::Through {
            address: "http://proxy.example:3128".into(),
            user: Some("anna".into()),
            password_kept: true,
        },
        ca_file: Some("/etc/ca.pem".into()),
        behaviour: Behaviour { keep_running: false, keep_awake: false, notifications: false },
    }
}

fn throttled() -> Throttle {
    let mut timetable = Timetable::default();
    for (day, hour) in timetable.0.iter_mut().zip([Hour::Full, Hour::Nothing].into_iter().cycle()) {
        day[7..12].fill(hour);
    }
    Throttle {
        caps: Caps { all: Some(2_000_000), manual: None, automatic: Some(500_500) },
        timetable,
        full_speed_until: Some("2026-11-23T12:00:00Z".parse().unwrap()),
        hold_on_metered: false,
    }
}

#[test]
fn what_is_set_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = SettingsFile::of(dir.path());
    assert_eq!(file.read().settings, Settings::default());
    assert!(!dir.path().join("settings.toml").exists(), "looking makes no file");
    assert_eq!(file.change(&everything()).unwrap().settings, everything());
    let again = file.read();
    assert_eq!((again.settings, again.odd.len()), (everything(), 0));
    assert_eq!(file.change(&Settings::default()).unwrap().settings, Settings::default());
    assert_eq!(file.read().settings, Settings::default());
}

#[test]
fn a_change_leaves_comments_and_keys_of_other_versions_where_they_stand() {
    let text = "# mine\n[window]\ntheme = \"dark\" # at night\nfuture = 7\n\n[tomorrow]\nx = [1, 2]\n";
    let (dir, file) = folder(text);
    let settings = Settings { theme: Theme::Light, ..file.read().settings };
    file.change(&settings).unwrap();
    let after = fs::read_to_string(dir.path().join("settings.toml")).unwrap();
    assert_eq!(after, text.replace("\"dark\"", "\"light\""));
}

#[test]
fn what_cannot_be_is_told_by_its_place_and_stays_until_it_is_set_anew() {
    let (dir, file) = folder(
        "[window]\nlanguage = \"sv\"\ntheme = 3\n[uploads]\nsheet_from = 0\nworkspace = \"http://elsewhere.example\"\n\
         [network]\nproxy = \"http://anna:pass-word@proxy.example\"\n",
    );
    let reading = file.read();
    assert_eq!(reading.settings, Settings::default());
    let places: Vec<String> =
        reading.odd.iter().map(|it| it.detail.as_ref().unwrap().rsplit_once(": ").unwrap().1.to_owned()).collect();
    assert_eq!(places, ["network.proxy", "window.language", "window.theme", "uploads.workspace", "uploads.sheet_from"]);
    assert!(reading.odd.iter().all(|it| it.code == Code::SettingsInvalid));
    assert!(!format!("{:?}", reading.odd).contains("pass-word"));
    let language = &reading.odd[1];
    assert!(language.message(Language::En).contains("auto, en, da"), "{}", language.message(Language::En));

    file.change(&Settings { publish: Publishing::AtOnce, ..reading.settings }).unwrap();
    let after = fs::read_to_string(dir.path().join("settings.toml")).unwrap();
    assert!(after.contains("language = \"sv\"") && after.contains("publish = \"at_once\""), "{after}");
    assert_eq!(file.read().odd.len(), 5);
}

#[test]
fn a_file_that_is_no_toml_is_told_and_never_written_over() {
    let (dir, file) = folder("theme == dark");
    let reading = file.read();
    assert_eq!((reading.settings, reading.odd[0].code), (Settings::default(), Code::SettingsInvalid));
    assert_eq!(file.change(&everything()).unwrap_err().code, Code::SettingsInvalid);
    assert_eq!(fs::read_to_string(dir.path().join("settings.toml")).unwrap(), "theme == dark");
}

#[test]
fn settings_that_cannot_be_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let file = SettingsFile::of(dir.path());
    let through = |address: &str| ProxySetting::Through { address: address.into(), user: None, password_kept: false };
    for (wrong, code) in [
        (Settings { sheet_from: 0, ..Settings::default() }, Code::SettingsInvalid),
        (Settings { in_flight: Some(49), ..Settings::default() }, Code::SettingsInvalid),
        (Settings { proxy: through("ftp://x"), ..Settings::default() }, Code::ProxyInvalid),
        (Settings { proxy: through("none"), ..Settings::default() }, Code::ProxyInvalid),
        (Settings { proxy: through("http://a:pass-word@x"), ..Settings::default() }, Code::SettingsInvalid),
    ] {
        assert_eq!(file.change(&wrong).unwrap_err().code, code, "{wrong:?}");
    }
    assert!(!dir.path().join("settings.toml").exists());
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_and_a_full_folder_leaves_it_as_it_was() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = SettingsFile::of(dir.path());
    file.change(&everything()).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path().join("settings.toml")), 0o600);
    // In the way of what is written first.
    fs::create_dir(dir.path().join(format!("settings.{}.tmp", std::process::id()))).unwrap();
    assert_eq!(file.change(&Settings::default()).unwrap_err().code, Code::DataFolderUnwritable);
    assert_eq!(file.read().settings, everything());
}

#[test]
fn the_file_as_it_is_at_first_sets_nothing_and_names_every_setting() {
    let (_dir, file) = folder(include_str!("fresh.toml"));
    let reading = file.read();
    assert_eq!((reading.settings, reading.odd.len()), (Settings::default(), 0));
    let dir = tempfile::tempdir().unwrap();
    let all = SettingsFile::of(dir.path());
    all.change(&everything()).unwrap();
    let written = fs::read_to_string(dir.path().join("settings.toml")).unwrap();
    let keys = written.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
    for key in keys.filter(|key| !key.starts_with('#') && *key != "proxy_password_kept") {
        assert!(include_str!("fresh.toml").contains(&format!("# {key}")), "{key}");
    }
}
