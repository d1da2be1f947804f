//! Signing in with the keys of OAuth, whole or after a person has let the program in, and with a login of several
//! workspaces: what is kept, what it opens, and what is said where it opens nothing.

use crate::keychain::{OPEN, Session};
use crate::rig::{CHUNK, Rig, Slipway};
use slipway_sandbox::{Level, OauthCredentials, Profile, RequestRecord, Switches};
use tokio::io::AsyncWriteExt;

/// As a person pastes them.
pub(crate) fn lines(keys: &OauthCredentials) -> String {
    let OauthCredentials { consumer_key, consumer_secret, token, token_secret } = keys;
    format!("{consumer_key}\n{consumer_secret}\n{token}\n{token_secret}\n")
}

fn login(session: &Session, rig: &Rig, words: &[&str]) -> Slipway {
    session.slipway(rig, ["login", &rig.sandbox.url(), "--oauth-stdin"]).args(words)
}

fn chunks(rig: &Rig) -> Vec<RequestRecord> {
    rig.sandbox.requests().into_iter().filter(RequestRecord::is_chunk).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_given_once_open_the_workspace_in_the_version_that_was_found_or_named() {
    for (oauth_on_v2, words, version) in
        [(true, &[][..], 2), (false, &[], 1), (true, &["--api", "1"], 1), (true, &["--api", "2"], 2)]
    {
        let case = format!("{oauth_on_v2} {words:?}");
        let rig = Rig::with(Switches { oauth_on_v2, ..Switches::documented() }).await;
        let session = Session::start(rig.folder(), OPEN);
        let told = login(&session, &rig, words).input(&lines(rig.sandbox.oauth())).run().await;
        told.assert_code(0, &case);
        let listed = session.slipway(&rig, ["workspaces", "--json"]).run().await;
        assert!(listed.lines[0].contains(&format!("\"api\":{version}")), "{case}: {listed:#?}");
        let talk = rig.file("talk.mp4", 5 * CHUNK);
        session.upload(&rig, &talk).await.assert_code(0, &case);
        rig.assert_arrived_once(&talk, &case);
        assert!(chunks(&rig).iter().all(|it| it.version == version), "{case}: {}", rig.traffic());
        session.slipway(&rig, ["doctor"]).run().await.assert_code(0, &case);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_open_nothing_here_are_not_kept() {
    let rig = Rig::with(Switches { oauth_on_v2: false, ..Switches::documented() }).await;
    let session = Session::start(rig.folder(), OPEN);
    let right = lines(rig.sandbox.oauth());
    let reading = lines(&rig.sandbox.mint_oauth(Level::Read));
    let wrong = right.trim_end().to_owned() + "x\n";
    for (words, input, code, says) in [
        (&[][..], wrong.as_str(), 3, "not signed in"),
        (&[], &reading, 3, "read"),
        (&["--api", "2"], &right, 3, "not signed in"),
        (&[], "one\ntwo\nthree\n", 2, "3 values"),
        (&[], "consumer_key=one\ntoken=two\n", 2, "consumer_secret"),
        (&[], "", 2, "0 values"),
    ] {
        let told = login(&session, &rig, words).input(input).run().await;
        told.assert_code(code, says);
        assert!(told.stderr.contains(says), "{says}: {told:#?}");
        assert!(session.slipway(&rig, ["workspaces"]).run().await.lines.is_empty(), "{says}");
    }
    let token =
        session.slipway(&rig, ["login", &rig.sandbox.url(), "--token-stdin", "--api", "1"]).input("token").run();
    token.await.assert_code(2, "a token in version 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_programs_own_key_alone_a_person_lets_it_in() {
    for profile in [Profile::Documented, Profile::Hostile] {
        let case = format!("{profile:?}");
        let rig = Rig::new(profile).await;
        let session = Session::start(rig.folder(), OPEN);
        let keys = rig.sandbox.oauth();
        let own = format!("consumer_secret={}\nconsumer_key={}\n\n", keys.consumer_secret, keys.consumer_key);
        let (mut running, mut input) = login(&session, &rig, &[]).start_talking();
        input.write_all(own.as_bytes()).await.unwrap();
        running.line().await;
        let address = running.line().await;
        let (page, request_token) = address.split_once("?oauth_token=").unwrap();
        assert_eq!(page, format!("{}/oauth/authorize", rig.sandbox.url()), "{case}");
        let verifier = rig.sandbox.authorize(request_token).unwrap();
        // Meanwhile others have the data folder.
        let talk = rig.file("talk.mp4", CHUNK);
        rig.upload(&talk).run().await.assert_code(0, &case);
        input.write_all(format!("{verifier}\n").as_bytes()).await.unwrap();
        let told = running.end().await;
        told.assert_code(0, &case);
        session.upload(&rig, &rig.file("film.mp4", CHUNK)).await.assert_code(0, &case);
        assert_eq!(rig.arrived().len(), 2, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_opens_nothing_and_without_a_keychain_nobody_is_troubled() {
    let rig = Rig::new(Profile::Documented).await;
    let keys = rig.sandbox.oauth();
    let own = format!("{}\n{}\n\n", keys.consumer_key, keys.consumer_secret);
    let words = ["login", &rig.sandbox.url(), "--oauth-stdin"];
    let told = rig.slipway(words).without_token().input(&own).run().await;
    told.assert_code(3, "no keychain");
    assert!(rig.sandbox.requests().is_empty(), "{}", rig.traffic());

    let session = Session::start(rig.folder(), OPEN);
    let told = login(&session, &rig, &[]).input(&format!("{own}a guess\n")).run().await;
    told.assert_code(3, "a wrong code");
    assert!(session.slipway(&rig, ["workspaces"]).run().await.lines.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_opens_all_of_its_workspaces_and_says_when_it_has_lost_one() {
    let (rig, other) = (Rig::new(Profile::Documented).await, Rig::new(Profile::Documented).await);
    rig.sandbox.join(&other.sandbox);
    let session = Session::start(rig.folder(), OPEN);
    let told = session.login(&rig, &rig, rig.sandbox.login_token()).await;
    told.assert_code(0, "login");
    for workspace in [&rig, &other] {
        assert!(told.lines.iter().any(|line| line.contains(&workspace.sandbox.domain())), "{told:#?}");
        let talk = rig.file("talk.mp4", CHUNK);
        let words = ["upload", "--workspace", &workspace.sandbox.url()];
        session.slipway(&rig, words).arg(&talk).run().await.assert_code(0, "named");
        workspace.assert_arrived_once(&talk, "named");
    }
    let asked = other.sandbox.requests();
    assert!(asked.iter().all(|it| it.api_method != "user/tokens"), "renewed where the login is at home");

    rig.sandbox.leave(&other.sandbox);
    other.sandbox.expire_bearers();
    let film = rig.file("film.mp4", CHUNK);
    let words = ["upload", "--json", "--workspace", &other.sandbox.url()];
    let told = session.slipway(&rig, words).arg(&film).run().await;
    told.assert_code(3, "lost");
    assert_eq!(told.only("waiting")["code"], "workspace_withdrawn", "{told:#?}");
    // Of two sign-ins for one workspace the later counts.
    let own = other.sandbox.mint_bearer(Level::Write, None);
    session.login(&rig, &other, &own).await.assert_code(0, "by itself");
    session.slipway(&rig, words).arg(&film).run().await.assert_code(0, "by itself");
    session.upload(&rig, &film).await.assert_code(2, "both are still there");
}
