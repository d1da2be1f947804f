//! `slipway sandbox`: the pretend workspace as a person starts it, in a process of its own, with and without TLS.

use crate::rig::{CHUNK, Rig, Running, sha256};
use slipway_sandbox::Profile;
use std::path::{Path, PathBuf};

const TOKEN: &str = "a-token-of-the-test";

/// Starts one and answers it with its address.
async fn pretend(rig: &Rig, words: &[&str]) -> (Running, String) {
    let process = rig.slipway(["sandbox", "--listen", "127.0.0.1:0", "--dir", place(rig).to_str().unwrap()]);
    let mut process = process.args(words).env("SLIPWAY_SANDBOX_TOKEN", TOKEN).start();
    let line = process.line().await;
    let url = line.split_whitespace().last().unwrap().to_owned();
    assert!(url.starts_with("http"), "{line}");
    (process, url)
}

fn place(rig: &Rig) -> PathBuf {
    rig.folder().join("pretend")
}

/// Whether one of the videos kept there has these bytes.
fn holds(place: &Path, file: &Path) -> bool {
    let wanted = sha256(&std::fs::read(file).unwrap());
    let mut videos = std::fs::read_dir(place.join("videos")).unwrap().map(|entry| entry.unwrap().path());
    videos.any(|video| video.is_file() && sha256(&std::fs::read(video).unwrap()) == wanted)
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_takes_uploads_until_it_is_interrupted_and_keeps_them() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", 5 * CHUNK);
    let (sandbox, url) = pretend(&rig, &[]).await;
    let upload = rig.slipway(["upload", "--json", "--workspace", &url]).arg(&file).env("SLIPWAY_TOKEN", TOKEN);
    let told = upload.run().await;
    told.assert_code(0, "upload");
    sandbox.signal("INT").await;
    let ended = sandbox.end().await;
    ended.assert_code(0, "stopped by a person");
    assert!(!ended.lines.concat().contains(TOKEN), "the token was the person's own: {ended:#?}");
    assert!(holds(&place(&rig), &file));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_those_who_trust_its_authority_send_anything() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", 5 * CHUNK);
    let (mut sandbox, url) = pretend(&rig, &["--tls", "--profile", "hostile", "--seed", "7"]).await;
    assert!(url.starts_with("https://"), "{url}");
    let upload = || {
        let words = ["upload", "--json", "--workspace", &url, "--give-up-after", "1s"];
        rig.slipway(words).arg(&file).env("SLIPWAY_TOKEN", TOKEN)
    };
    let told = upload().run().await;
    told.assert_code(4, "an authority that nobody knows");
    let waiting = told.only("waiting");
    assert_eq!(waiting["code"], "certificate_unknown_issuer", "{told:#?}");
    assert!(waiting["message"].as_str().unwrap().contains("Slipway sandbox authority"), "{told:#?}");
    let ca = loop {
        let line = sandbox.line().await;
        if let Some(path) =
            line.split_whitespace().find(|word| Path::new(word).extension().is_some_and(|it| it == "pem"))
        {
            break path.to_owned();
        }
    };
    let later = rig.slipway(["run", "--until-empty", "--json"]).env("SLIPWAY_TOKEN", TOKEN).env("SLIPWAY_CA", &ca);
    later.run().await.assert_code(0, "now it is known");
    assert!(holds(&place(&rig), &file));
    let again = rig.slipway(["upload", "--again", "--workspace", &url, "--ca-file", &ca]);
    again.arg(&file).env("SLIPWAY_TOKEN", TOKEN).run().await.assert_code(0, "the same as an option");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_for_oauth_are_told_to_whoever_asks() {
    let rig = Rig::new(Profile::Documented).await;
    let (mut sandbox, _) = pretend(&rig, &["--oauth"]).await;
    while sandbox.line().await != "For OAuth 1.0a:" {}
    let mut told = Vec::new();
    for name in ["consumer key", "consumer secret", "access token", "access token secret"] {
        let line = sandbox.line().await;
        let value = line.trim().strip_prefix(name).unwrap_or_else(|| panic!("{line} for {name}")).trim().to_owned();
        assert!(value.len() >= 20, "{line}");
        told.push(value);
    }
    let kept = std::fs::read_to_string(place(&rig).join("journal.jsonl")).unwrap();
    assert!(told.iter().all(|value| kept.contains(value)), "they are the workspace's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_of_ones_own_a_random_one_is_told() {
    let rig = Rig::new(Profile::Documented).await;
    let mut sandbox = rig.slipway(["sandbox", "--listen", "127.0.0.1:0", "--sink"]).start();
    let url = sandbox.line().await.split_whitespace().last().unwrap().to_owned();
    let token = loop {
        let line = sandbox.line().await;
        if line.starts_with("Its token is ") {
            break line.split_whitespace().last().unwrap().to_owned();
        }
    };
    let file = rig.file("talk.mp4", CHUNK);
    let upload = rig.slipway(["upload", "--workspace", &url]).arg(&file).env("SLIPWAY_TOKEN", token);
    upload.run().await.assert_code(0, "with the token that was told");
}
