//! Which token goes where, at workspaces that say only what a test lets them say.

use super::*;
use crate::api::{Http, Network};
use crate::store::{Store, Workspace};
use crate::timing::Timing;
use crate::vault::StandIn;
use std::sync::{Mutex as Lock, OnceLock};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A workspace that answers everything with the same, and remembers the heads of what it was asked.
struct Answering {
    origin: Origin,
    heads: Arc<Lock<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Answering {
    async fn start(clock: Timestamp, body: impl FnOnce(&Origin) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let date = httpdate::fmt_http_date(clock.into());
        let body = body(&origin);
        let answer = format!(
            "HTTP/1.1 200 OK\r\ndate: {date}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let heads: Arc<Lock<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&heads);
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                kept.lock().unwrap().push(String::from_utf8(head).unwrap());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { origin, heads, serving }
    }

    /// Nobody listens there any more.
    async fn goes_away(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }

    /// Knows no logins.
    async fn plain() -> Self {
        Self::start(Timestamp::now(), |_| r#"{"status":"ok","sites":[]}"#.to_owned()).await
    }

    fn asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    fn heard(&self, token: &str) -> bool {
        self.heads.lock().unwrap().iter().any(|head| head.contains(token))
    }
}

fn sites(workspace: &Origin, bearer: &str, expires: Timestamp) -> String {
    let origin = workspace.as_str();
    format!(
        r#"{{"status":"ok","sites":[{{"domain":"a","api_base_url":"{origin}/","bearer_token":"{bearer}","expiration_time":"{expires}"}}]}}"#
    )
}

struct Known {
    _folder: TempDir,
    store: Store,
    vault: Arc<Vault>,
}

impl Known {
    fn new(stand_in: Option<StandIn>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("queue.db")).unwrap();
        let vault = Arc::new(Vault::pretend(stand_in, store.clone()));
        Self { _folder: folder, store, vault }
    }

    async fn opened_by(&self, workspace: &Origin, login: &Origin) {
        let workspace =
            Workspace { origin: workspace.clone(), name: "A".into(), login: login.clone(), api: ApiVersion::V2 };
        self.store.put_workspace(workspace).await.unwrap();
    }

    fn access(&self, workspace: &Origin) -> Access {
        let timing = Timing::default();
        let http = Arc::new(Http::new(&Network::default(), &timing).unwrap());
        Access::new(Api::new(workspace.clone(), http, timing), Arc::clone(&self.vault))
    }
}

fn token(text: &str, workspace: Option<&Origin>) -> StandIn {
    let workspace = workspace.cloned().map_or_else(OnceLock::new, OnceLock::from);
    StandIn { token: text.into(), workspace }
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

#[track_caller]
fn assert_sign_in_needed(answer: &Result<Pass, Denied>) {
    assert!(matches!(answer, Err(Denied::Person(failure)) if failure.code == Code::SignInNeeded), "{answer:?}");
}

#[track_caller]
fn assert_is(answer: &Result<Pass, Denied>, text: &str) {
    assert!(!answer.as_ref().unwrap().differs_from(&Pass::Bearer(text.into())));
}

#[tokio::test]
async fn whether_a_bearer_ends_is_a_matter_of_the_servers_clock() {
    // The server is ten minutes behind: what it gives for eight minutes has ended by ours.
    let minutes = |minutes| Timestamp::now() + SignedDuration::from_mins(minutes);
    let workspace = origin("workspace.example.com");
    for (lasts, asked) in [(8, 1), (4, 2)] {
        let login = Answering::start(minutes(-10), |_| sites(&workspace, "made", minutes(lasts - 10))).await;
        let known = Known::new(None);
        known.opened_by(&workspace, &login.origin).await;
        known.vault.keys.put_for_this_run(&login.origin, Credential::Login("a-login".into()));
        let access = known.access(&workspace);
        for _ in 0..2 {
            assert_is(&access.pass().await, "made");
        }
        assert_eq!(login.asked(), asked, "given for {lasts} minutes");
    }
}

#[tokio::test]
async fn while_the_login_is_away_what_is_left_of_a_bearer_is_used_up() {
    let workspace = origin("used-up.example.com");
    let minutes = |minutes| Timestamp::now() + SignedDuration::from_mins(minutes);
    for (lasts, still_good) in [(4, true), (-1, false)] {
        let mut login = Answering::start(Timestamp::now(), |_| sites(&workspace, "the-last", minutes(lasts))).await;
        let known = Known::new(None);
        known.opened_by(&workspace, &login.origin).await;
        known.vault.keys.put_for_this_run(&login.origin, Credential::Login("a-login".into()));
        let access = known.access(&workspace);
        assert_is(&access.pass().await, "the-last");
        login.goes_away().await;
        let answer = access.pass().await;
        if still_good {
            assert_is(&answer, "the-last");
        } else {
            assert!(matches!(&answer, Err(Denied::Call(CallError::Unreached(_)))), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_workspace_that_the_login_does_not_list_any_more_is_said_to_be_withdrawn() {
    let workspace = origin("withdrawn.example.com");
    let others = origin("still-there.example.com");
    let login = Answering::start(Timestamp::now(), |_| sites(&others, "for-another", Timestamp::MAX)).await;
    let known = Known::new(None);
    known.opened_by(&workspace, &login.origin).await;
    known.vault.keys.put_for_this_run(&login.origin, Credential::Login("a-login".into()));
    let answer = known.access(&workspace).pass().await;
    let code = match &answer {
        Err(Denied::Person(failure)) => Some(failure.code),
        _ => None,
    };
    assert_eq!(code, Some(Code::WorkspaceWithdrawn), "{answer:?}");
}

#[tokio::test]
async fn after_a_sign_in_or_out_the_credential_is_looked_for_anew() {
    let workspace = origin("turned.example.com");
    let login = Answering::start(Timestamp::now(), |_| sites(&workspace, "by-login", Timestamp::MAX)).await;
    let known = Known::new(None);
    known.opened_by(&workspace, &login.origin).await;
    known.vault.keys.put_for_this_run(&login.origin, Credential::Login("a-login".into()));
    let access = known.access(&workspace);
    assert_is(&access.pass().await, "by-login");

    known.vault.keys.put_for_this_run(&workspace, Credential::Workspace("its-own".into()));
    known.opened_by(&workspace, &workspace).await;
    known.vault.turned();
    assert_is(&access.pass().await, "its-own");

    known.vault.keys.remove(&workspace).await.unwrap();
    known.vault.turned();
    assert_sign_in_needed(&access.pass().await);
}

#[tokio::test]
async fn a_workspaces_own_token_opens_no_workspace_that_came_with_it_by_a_login_before() {
    let (workspace, login) = (origin("member.example.com"), origin("head.example.com"));
    let known = Known::new(None);
    known.opened_by(&workspace, &login).await;
    known.opened_by(&login, &login).await;
    known.vault.keys.put_for_this_run(&login, Credential::Workspace("the-heads-own".into()));
    assert_sign_in_needed(&known.access(&workspace).pass().await);
    assert_is(&known.access(&login).pass().await, "the-heads-own");
}

#[tokio::test]
async fn a_token_from_outside_reaches_the_workspace_that_it_was_given_for_and_no_other() {
    let (own, other) = (Answering::plain().await, Answering::plain().await);
    let known = Known::new(Some(token("from-outside", Some(&own.origin))));
    assert_is(&known.access(&own.origin).pass().await, "from-outside");
    assert_sign_in_needed(&known.access(&other.origin).pass().await);
    assert!(own.heard("from-outside") && other.asked() == 0);
}

#[tokio::test]
async fn a_login_from_outside_opens_what_its_own_workspace_hands_out_for_others() {
    let workspace = origin("sister.example.com");
    let own = Answering::start(Timestamp::now(), |_| sites(&workspace, "for-the-sister", Timestamp::MAX)).await;
    let known = Known::new(Some(token("from-outside", Some(&own.origin))));
    assert_is(&known.access(&workspace).pass().await, "for-the-sister");
}

#[tokio::test]
async fn a_token_that_nobody_said_the_workspace_of_is_for_the_only_one_and_stays_with_it() {
    let (first, second) = (Answering::plain().await, Answering::plain().await);
    let known = Known::new(Some(token("from-outside", None)));
    known.opened_by(&first.origin, &first.origin).await;
    assert_is(&known.access(&first.origin).pass().await, "from-outside");
    known.opened_by(&second.origin, &second.origin).await;
    assert_is(&known.access(&first.origin).pass().await, "from-outside");
    assert_sign_in_needed(&known.access(&second.origin).pass().await);

    let known = Known::new(Some(token("from-outside", None)));
    for workspace in [&first, &second] {
        known.opened_by(&workspace.origin, &workspace.origin).await;
    }
    let asked = first.asked();
    assert_sign_in_needed(&known.access(&first.origin).pass().await);
    assert_sign_in_needed(&known.access(&second.origin).pass().await);
    assert_eq!((first.asked(), second.asked()), (asked, 0));
}
