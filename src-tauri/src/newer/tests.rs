use super::*;
use serde_json::json;
use slipway_engine::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers one request, and gives it back as it came.
async fn served(listener: &TcpListener, status: &str, body: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (mut request, mut piece) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "it ended in the middle");
        request.extend_from_slice(&piece[..read]);
    }
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(request).unwrap()
}

struct Rig {
    home: tempfile::TempDir,
    listener: TcpListener,
    address: Url,
    means: Means,
}

impl Rig {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/releases/latest", listener.local_addr().unwrap()).parse().unwrap();
        let means = Means::of(Config { pretend_keychain: true, ..Config::new(home.path().to_owned()) });
        Self { home, listener, address, means }
    }

    fn newer(&self) -> Newer {
        Newer::at(self.home.path(), Some(self.address.clone()), "0.9.2")
    }

    fn told(&self, tag: &str) -> String {
        let page = self.address.join("/releases/1").unwrap();
        json!({"tag_name": tag, "html_url": page, "draft": false, "prerelease": false, "body": "…"}).to_string()
    }

    /// A look at which the address is asked; what it was asked, and what came of it.
    async fn asked(&self, newer: &Newer, now: Timestamp, body: &str) -> (String, Option<String>) {
        let (request, found) =
            tokio::join!(served(&self.listener, "200 OK", body), newer.look(&self.address, &self.means, now));
        (request, found.unwrap())
    }
}

fn at(hours: i64) -> Timestamp {
    "2026-11-22T12:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn the_question_says_who_asks_and_nothing_else() {
    let rig = Rig::new().await;
    let (request, _) = rig.asked(&rig.newer(), at(0), &rig.told("v0.9.2")).await;
    let mut lines: Vec<String> = request.trim_end().lines().map(str::to_lowercase).collect();
    assert_eq!(lines.remove(0), "get /releases/latest http/1.1");
    lines.sort();
    let host = rig.address.host_str().unwrap().to_owned() + ":" + &rig.address.port().unwrap().to_string();
    let agent = format!("user-agent: slipway/{VERSION}");
    assert_eq!(lines, ["accept: application/json".to_owned(), format!("host: {host}"), agent]);
}

#[tokio::test]
async fn a_newer_version_is_told_once_and_known_at_the_next_start_until_it_runs() {
    let rig = Rig::new().await;
    let newer = rig.newer();
    let (_, found) = rig.asked(&newer, at(0), &rig.told("v0.10.0")).await;
    assert_eq!(found.as_deref(), Some("0.10.0"));
    let again = rig.newer();
    assert_eq!(again.version().as_deref(), Some("0.10.0"));
    assert_eq!(again.page(), Some(rig.address.join("/releases/1").unwrap().into()));
    let (_, found) = rig.asked(&again, at(24), &rig.told("v0.10.0")).await;
    assert_eq!(found, None, "it is no news");
    assert_eq!(Newer::at(rig.home.path(), None, "0.10.0").version(), None);
}

#[tokio::test]
async fn it_is_asked_once_a_day_whatever_came_of_it_and_however_often_it_is_started() {
    let rig = Rig::new().await;
    let newer = rig.newer();
    let (_, failed) =
        tokio::join!(served(&rig.listener, "503 Service Unavailable", ""), newer.look(&rig.address, &rig.means, at(0)));
    assert!(failed.is_err());
    for hour in [0, 1, 23] {
        // Nobody answers at the address: a question would wait.
        assert_eq!(rig.newer().look(&rig.address, &rig.means, at(hour)).await.unwrap(), None, "after {hour} h");
    }
    let (_, found) = rig.asked(&rig.newer(), at(24), &rig.told("1.0.0")).await;
    assert_eq!(found.as_deref(), Some("1.0.0"));
    // Somebody puts the clock back.
    let (_, found) = rig.asked(&rig.newer(), at(-100), &rig.told("1.0.0")).await;
    assert_eq!(found, None);
}

#[test]
fn a_release_is_a_version_for_everybody_with_a_page_at_the_same_place() {
    let read = |answer: serde_json::Value, asked: &str| {
        Release::read(answer.to_string().as_bytes(), &asked.parse().unwrap()).map(|it| it.version.to_string())
    };
    let (api, page) =
        ("https://api.forge.example/repos/a/b/releases/latest", "https://forge.example/a/b/releases/tag/v1.2.3");
    assert_eq!(read(json!({"tag_name": "v1.2.3", "html_url": page}), api).as_deref(), Some("1.2.3"));
    let here = "https://forge.example/api/v1/repos/a/b/releases/latest";
    assert_eq!(read(json!({"tag_name": "1.2.3", "html_url": page}), here).as_deref(), Some("1.2.3"));
    for other in [
        json!({"tag_name": "v1.2.3-rc.1", "html_url": page}),
        json!({"tag_name": "v1.2.3", "html_url": page, "prerelease": true}),
        json!({"tag_name": "v1.2.3", "html_url": page, "draft": true}),
        json!({"tag_name": "nightly", "html_url": page}),
        json!({"tag_name": "v1.2.3", "html_url": "https://elsewhere.example/a/b"}),
        json!({"tag_name": "v1.2.3", "html_url": "http://forge.example/a/b"}),
        json!({"tag_name": "v1.2.3", "html_url": "javascript:alert(1)"}),
        json!({"tag_name": "v1.2.3"}),
        json!([]),
    ] {
        assert_eq!(read(other.clone(), api), None, "{other}");
    }
}

#[test]
fn an_older_version_and_the_same_are_no_news() {
    let home = tempfile::tempdir().unwrap();
    for (told, running, news) in
        [("0.9.1", "0.9.2", false), ("0.9.2", "0.9.2", false), ("0.9.10", "0.9.9", true), ("1.0.0", "1.0.0-rc.1", true)]
    {
        let newer = Newer::at(home.path(), None, running);
        let page = "https://forge.example/".parse().unwrap();
        *newer.found.lock().unwrap() = Some(Release { version: told.parse().unwrap(), page });
        assert_eq!(newer.version().is_some(), news, "{told} beside {running}");
    }
}
