//! How fast, and when: set, told, kept, and left alone by whatever else is set.

use super::*;
use slipway_engine::settings::SettingsFile;

fn week(hour: &str) -> Value {
    json!(vec![vec![hour; 24]; 7])
}

impl Rig {
    /// Waits until a speed is told of which this holds.
    async fn until_speed(&mut self, holds: impl Fn(&Value) -> bool) {
        loop {
            if let Event::Changes(changes) = self.events.recv().await.unwrap()
                && holds(&serde_json::to_value(&changes.speed).unwrap())
            {
                return;
            }
        }
    }
}

#[tokio::test]
async fn limits_and_a_timetable_are_set_told_and_kept_and_full_speed_goes_before_them() {
    let mut rig = Rig::signed_in().await;
    assert_eq!(rig.snapshot().await["speed"]["set"]["limit"], Value::Null);
    let set = json!({"limit": 2_000_000, "limit_folders": 500, "timetable": week("nothing"), "hold_on_metered": false});
    let speed = rig.ask("set_speed", set.clone()).await.unwrap();
    assert_eq!((&speed["set"], &speed["held"], &speed["until"]), (&set, &json!("timetable"), &Value::Null));
    rig.until_speed(|speed| speed["held_folders"] == "timetable").await;
    rig.add(&["film.mp4"]).await;
    rig.until(|row| row["stage"] == "queued").await;

    let speed = rig.ask("full_speed", json!({"on": true})).await.unwrap();
    assert_eq!((&speed["held"], &speed["limit"], &speed["full_speed"]), (&Value::Null, &Value::Null, &json!(true)));
    assert!(speed["until"].is_string());
    rig.until(|row| row["stage"] == "done").await;

    // Another setting leaves it as it is, and so does a new start.
    let mut settings = rig.snapshot().await["settings"].clone();
    settings["sheet_from"] = json!(9);
    rig.ask("change_settings", json!({"settings": settings, "proxy_password": null})).await.unwrap();
    rig.shell.stop().await;
    rig.shell = shell_at(&rig.folder.path().join("home"), Arc::clone(&rig.desktop));
    let seen = rig.snapshot().await;
    assert_eq!((&seen["speed"]["set"], &seen["speed"]["full_speed"]), (&set, &json!(true)));
    let speed = rig.ask("full_speed", json!({"on": false})).await.unwrap();
    assert_eq!((&speed["held"], &speed["full_speed"]), (&json!("timetable"), &json!(false)));
}

#[tokio::test]
async fn what_somebody_else_wrote_into_the_file_is_not_undone() {
    let rig = Rig::signed_in().await;
    rig.snapshot().await;
    let file = SettingsFile::of(&rig.folder.path().join("home"));
    let mut settings = file.read().settings;
    settings.throttle.caps.all = Some(3_000);
    file.change(&settings).unwrap();
    let seen = rig.snapshot().await["settings"].clone();
    rig.ask("change_settings", json!({"settings": seen, "proxy_password": null})).await.unwrap();
    let speed = rig.ask("full_speed", json!({"on": false})).await.unwrap();
    assert_eq!((&speed["set"]["limit"], &speed["limit"]), (&json!(3_000), &json!(3_000)));
}

#[tokio::test]
async fn a_speed_that_cannot_be_is_refused_and_changes_nothing() {
    let rig = Rig::signed_in().await;
    let set = |limit: Value, timetable: Value| json!({"limit": limit, "limit_folders": null, "timetable": timetable, "hold_on_metered": true});
    for (wrong, code) in [
        (set(json!(0), week("full")), "settings_invalid"),
        (set(Value::Null, json!(vec![vec!["full"; 23]; 7])), "request_invalid"),
        (set(Value::Null, week("fast")), "request_invalid"),
        (json!({"limit": null}), "request_invalid"),
    ] {
        assert_eq!(rig.refused("set_speed", wrong.clone()).await.code, code, "{wrong}");
    }
    assert_eq!(rig.snapshot().await["speed"]["set"], set(Value::Null, week("limited")));
}
