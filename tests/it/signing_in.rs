//! Signing in while things wait for it: nothing is lost meanwhile, everything goes on at once, and an item stays with the
//! version of the API that it was begun in.

use crate::rig::{LARGE, Making, Rig, play};
use secrecy::SecretString;
use slipway_engine::failure::Code;
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{KeyPair, OAuthKeys};
use slipway_sandbox::{Level, Profile, Switches};
use std::time::Duration;

/// Nobody has signed in, and nothing is tried again by itself.
async fn signed_out(profile: Profile) -> Rig {
    let mut making = Making::of(Switches::of(profile));
    making.signed_out = true;
    making.timed(|timing| timing.parked = Duration::from_hours(1)).start().await
}

fn origin(rig: &Rig) -> Origin {
    Origin::parse(&rig.sandbox().url()).unwrap()
}

fn token(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

fn keys(rig: &Rig) -> OAuthKeys {
    let keys = rig.sandbox().oauth().clone();
    OAuthKeys {
        consumer: KeyPair::new(keys.consumer_key, keys.consumer_secret),
        token: KeyPair::new(keys.token, keys.token_secret),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_of_each_kind_wakes_what_waits_for_it_at_once() {
    let all = ["a token", "a login", "keys"].into_iter();
    let all = all.flat_map(|kind| [Profile::Documented, Profile::Hostile].map(|profile| (kind, profile)));
    play(all, |(kind, profile)| async move {
        let what = format!("{kind} {profile:?}");
        let mut rig = signed_out(profile).await;
        let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
        assert_eq!(rig.until_waiting(id).await.code, Code::SignInNeeded, "{what}");
        let signed_in = match kind {
            "a token" => rig.engine().sign_in(origin(&rig), token(rig.sandbox().token())).await,
            "a login" => rig.engine().sign_in(origin(&rig), token(rig.sandbox().login_token())).await,
            _ => rig.engine().sign_in_with_keys(origin(&rig), keys(&rig), None).await,
        };
        let signed_in = signed_in.unwrap();
        assert!(signed_in.not_kept.is_none() && signed_in.read_only.is_empty(), "{what}: {signed_in:?}");
        rig.assert_done_once(&what, &rig.rest(id).await);
        // Another process finds it where this one put it.
        rig.restart().await;
        let item = rig.upload(&rig.file("film.mp4", LARGE)).await;
        assert_eq!((item.stage.as_str(), item.failure), ("done", None), "{what}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_sign_in_in_mid_upload_changes_the_calls_and_not_where_the_chunks_go() {
    let rig = signed_out(Profile::Documented).await;
    rig.engine().sign_in_with_keys(origin(&rig), keys(&rig), Some(ApiVersion::V1)).await.unwrap();
    let id = rig.held_in_mid_upload(&rig.file("talk.mp4", LARGE)).await;
    rig.sandbox().revoke_oauth();
    rig.engine().sign_in(origin(&rig), token(rig.sandbox().token())).await.unwrap();
    rig.sandbox().clear_faults();
    rig.assert_done_once("another sign-in", &rig.rest(id).await);
    assert!(rig.chunks().iter().all(|chunk| chunk.version == 1), "{}", rig.story());
    let last = rig.sandbox().requests().pop().unwrap();
    assert_eq!(last.version, 2, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_that_may_only_look_is_no_sign_in_and_among_a_logins_workspaces_it_is_told() {
    let rig = signed_out(Profile::Documented).await;
    let reading = rig.sandbox().mint_bearer(Level::Read, None);
    let failure = rig.engine().sign_in(origin(&rig), token(&reading)).await.unwrap_err();
    assert_eq!(failure.code, Code::PermissionDenied);
    assert!(failure.detail.as_ref().is_some_and(|detail| detail.contains("read")), "{failure:?}");
    let failure = rig.engine().sign_in(origin(&rig), token("nobody's")).await.unwrap_err();
    assert_eq!(failure.code, Code::SignInNeeded);
    assert!(rig.engine().workspaces().await.unwrap().is_empty());
}
