//! The smallest set of what the pages may do is written down here a second time: whoever widens it does so on purpose.

use super::*;
use serde_json::{Value, json};

fn committed(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_pages_may_send_requests_and_hear_events_and_nothing_else() {
    let capabilities = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).unwrap();
    assert_eq!(capabilities.count(), 1);
    let main = committed("capabilities/main.json");
    assert_eq!(main["permissions"], json!(["allow-ipc", "core:event:allow-listen", "core:event:allow-unlisten"]));
    assert_eq!((&main["windows"], &main["local"], &main["remote"]), (&json!([MAIN]), &json!(true), &Value::Null));
    let app = &committed("tauri.conf.json")["app"];
    assert_eq!(app["security"]["capabilities"], json!(["main"]));
    assert_eq!(app["windows"], json!([]), "the window is made in window.rs");
    assert_eq!(app["withGlobalTauri"], Value::Null);
}

#[test]
fn the_pages_load_what_is_in_the_program_and_nothing_else() {
    let security = &committed("tauri.conf.json")["app"]["security"];
    assert_eq!(security["freezePrototype"], json!(true));
    assert_eq!(security["dangerousDisableAssetCspModification"], Value::Null);
    assert_eq!(security["assetProtocol"], Value::Null);
    assert_eq!(
        security["csp"],
        json!({
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data: picture: http://picture.localhost",
            "font-src": "'self'",
            "connect-src": "ipc: http://ipc.localhost",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        })
    );
}

#[test]
fn the_window_goes_nowhere_else() {
    for ours in ["tauri://localhost/", "http://tauri.localhost/index.html", "https://tauri.localhost/"] {
        assert!(is_ours(&ours.parse().unwrap()), "{ours}");
    }
    for other in [
        "https://example.com/",
        "http://localhost:80/",
        "file:///etc/passwd",
        "data:text/html,x",
        "tauri://elsewhere/",
        "https://tauri.localhost.example.com/",
    ] {
        assert!(!is_ours(&other.parse().unwrap()), "{other}");
    }
}
