//! A certificate that cannot be accepted is named, nothing is sent past it, and the queue goes on by itself when it is
//! mended.

use super::front::{Authority, Front, Shown};
use crate::rig::{LARGE, Making, Rig, SMALL, play};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::messages::Language;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Workspace};
use slipway_sandbox::Switches;
use std::path::PathBuf;

/// A workspace behind a front, an engine that trusts `trusted`, and the file that it trusts it by.
async fn behind(shown: Shown, trusted: &Authority) -> (Rig, Front, PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, trusted.pem()).unwrap();
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.network.extra_ca = Some(ca_file.clone());
    let rig = making.start().await;
    let front = Front::before(rig.sandbox().address(), shown).await;
    (rig, front, ca_file, folder)
}

fn origin(front: &Front) -> Origin {
    Origin::parse(&format!("https://localhost:{}", front.port())).unwrap()
}

fn to(front: &Front, rig: &Rig, size: u64) -> Add {
    Add { workspace: origin(front), ..rig.request(&rig.file("talk.mp4", size)) }
}

#[track_caller]
fn assert_names(what: &str, failure: &Failure, code: Code, words: &[&str]) {
    assert_eq!(failure.code, code, "{what}: {failure:?}");
    for language in [Language::En, Language::Da] {
        let message = failure.message(language);
        for word in words {
            assert!(message.contains(word), "{what}: {word:?} in {message:?}");
        }
        assert!(!message.contains('{') && !failure.hint(language).contains('{'), "{what}: {message:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_certificate_is_named_nothing_is_sent_past_it_and_a_good_one_lets_the_queue_go_on() {
    type Bad = fn(&Authority) -> Shown;
    let bad: [(&str, Bad, Code, &[&str]); 5] = [
        (
            "expired",
            |ours| ours.vouch_between("localhost", 2020, 2025),
            Code::CertificateExpired,
            &["localhost", "front of localhost", "2025-01-01"],
        ),
        (
            "not yet valid",
            |ours| ours.vouch_between("localhost", 3000, 3001),
            Code::CertificateNotYetValid,
            &["localhost", "3000-01-01"],
        ),
        (
            "of another host",
            |ours| ours.vouch("portal.example"),
            Code::CertificateWrongHost,
            &["localhost", "portal.example"],
        ),
        (
            "of a stranger",
            |_| Authority::new("Nobody's authority").vouch("localhost"),
            Code::CertificateUnknownIssuer,
            &["localhost", "Nobody's authority"],
        ),
        (
            "of an expired office",
            |ours| ours.office("Branch office", true).vouch("localhost"),
            Code::CertificateExpired,
            &["localhost", "Branch office", "2025-03-01"],
        ),
    ];
    play(bad, |(what, bad, code, words)| async move {
        let ours = Authority::new("Our authority");
        let (rig, front, _, _folder) = behind(bad(&ours), &ours).await;
        let id = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
        assert_names(what, &rig.until_held_up(id).await, code, words);

        let refused = rig.engine().sign_in(origin(&front), rig.sandbox().token().to_owned().into()).await;
        assert_names(what, &refused.unwrap_err(), code, words);
        let api = slipway_engine::workspace::ApiVersion::V2;
        let workspace = Workspace { origin: origin(&front), name: "It".into(), login: origin(&front), api };
        let looked = rig.engine().look_at(&workspace).await;
        assert_names(what, &looked.result.unwrap_err(), code, words);
        assert_eq!(
            (front.opened(), rig.sandbox().requests().len()),
            (0, 0),
            "{what}: nothing is sent before TLS stands"
        );

        front.show(ours.vouch("localhost"));
        let item = rig.rest(id).await;
        rig.assert_done_once(what, &item);
        assert!(front.opened() > 0);
    })
    .await;
}

#[tokio::test]
async fn an_authority_that_is_added_to_the_file_while_the_queue_waits_lets_it_go_on() {
    let (ours, theirs) = (Authority::new("Our authority"), Authority::new("Their inspection"));
    let (rig, front, ca_file, _folder) = behind(theirs.vouch("localhost"), &ours).await;
    let id = rig.add_as(to(&front, &rig, SMALL)).await.item.id;
    let failure = rig.until_held_up(id).await;
    assert_names("inspected", &failure, Code::CertificateUnknownIssuer, &["Their inspection"]);
    std::fs::write(ca_file, ours.pem() + &theirs.pem()).unwrap();
    rig.assert_done_once("mended", &rig.rest(id).await);
}

#[tokio::test]
async fn an_authority_of_the_file_vouches_through_its_offices() {
    let ours = Authority::new("Our authority");
    let (rig, front, _, _folder) = behind(ours.office("Branch office", false).vouch("localhost"), &ours).await;
    let item = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
    rig.assert_done_once("through an office", &rig.rest(item).await);
}

#[tokio::test]
async fn a_file_without_a_certificate_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("empty.pem", ""), ("words.pem", "trust me"), ("broken.pem", BROKEN)] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut config = slipway_engine::Config::new(folder.path().join("home"));
        config.network.extra_ca = Some(path.clone());
        let refused = slipway_engine::Engine::start(config).await.unwrap_err();
        assert_eq!(refused.code, Code::CertificateFileInvalid, "{name}");
        assert_eq!(refused.detail, Some(path.display().to_string()));
    }
}

const BROKEN: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
