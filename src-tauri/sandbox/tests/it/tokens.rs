//! Credentials, and the tokens that stand for an upload.

use std::time::Duration;

use slipway_sandbox::{Config, Level, Sandbox, StartError};

use crate::bench::{self, Bench, DAY, Plan, json};

#[tokio::test]
async fn a_login_token_is_exchanged_for_one_that_expires() {
    let bench = bench::start().await;
    let tokens = bench.at("/api/2/user/tokens?cross_sites_p=1");
    let (status, body) =
        json(bench.client.get(&tokens).bearer_auth(bench.sandbox.login_token()).send().await.unwrap()).await;
    assert_eq!(status, 200);
    let site = &body["sites"][0];
    assert_eq!(site["domain"], bench.sandbox.domain());
    assert_eq!(site["api_base_url"], format!("{}/", bench.sandbox.url()));
    assert!(site["expiration_time"].as_str().unwrap().ends_with('Z'));
    let derived = site["bearer_token"].as_str().unwrap();
    assert!(!format!("{:?}", bench.sandbox.requests()).contains(derived), "the record keeps no credential");
    let list = || bench.client.get(bench.at("/api/2/photo/list?size=1")).bearer_auth(derived).send();
    let (_, body) = json(list().await.unwrap()).await;
    assert_eq!(body["permission_level"], "write");
    bench.sandbox.advance_clock(bench.sandbox.switches().bearer_lifetime);
    assert_eq!(list().await.unwrap().status(), 401);
    assert_eq!(bench.get("/api/2/photo/list").await.0, 200, "the direct one stays");

    assert_eq!(bench.client.get(&tokens).send().await.unwrap().status(), 403);
    let direct = bench.client.get(&tokens).bearer_auth(bench.sandbox.token()).send().await.unwrap();
    assert_eq!(direct.status(), 403, "no login token");
    bench.sandbox.change(|switches| switches.tokens_key = true);
    let again = bench.client.get(&tokens).bearer_auth(bench.sandbox.login_token()).send().await.unwrap();
    assert!(json(again).await.1["tokens"][0].is_object());
}

/// The entries of `user/tokens`, by a login token.
async fn sites(bench: &Bench, query: &str) -> Vec<serde_json::Value> {
    let request = bench.client.get(bench.at(&format!("/api/2/user/tokens{query}")));
    let (status, body) = json(request.bearer_auth(bench.sandbox.login_token()).send().await.unwrap()).await;
    assert_eq!(status, 200, "{body}");
    body["sites"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_login_lists_every_workspace_of_its_owner_each_with_a_token_of_its_own() {
    let bench = bench::start().await;
    let other = bench::on(Config { name: "Other".to_owned(), ..Config::default() }).await;
    bench.sandbox.join(&other.sandbox);
    bench.sandbox.join(&other.sandbox);
    let listed = sites(&bench, "?cross_sites_p=1").await;
    assert_eq!(listed.len(), 2, "joined twice, listed once");
    let theirs = &listed[1];
    assert_eq!((&theirs["domain"], &theirs["site_name"]), (&other.sandbox.domain().into(), &"Other".into()));
    assert_eq!(theirs["api_base_url"], format!("{}/", other.sandbox.url()));
    let level = async |bench: &Bench, site: &serde_json::Value| {
        let token = site["bearer_token"].as_str().unwrap();
        let response = bench.client.get(bench.at("/api/2/photo/list?size=1")).bearer_auth(token).send().await.unwrap();
        json(response).await
    };
    assert_eq!(level(&other, theirs).await.1["permission_level"], "write");
    assert_eq!(level(&bench, theirs).await.0, 401, "good at its own domain only");
    assert_eq!(level(&bench, &listed[0]).await.1["permission_level"], "write");
    other.sandbox.advance_clock(other.sandbox.switches().bearer_lifetime);
    assert_eq!(level(&other, theirs).await.0, 401, "it runs on the clock of its own workspace");
    assert_eq!(level(&bench, &listed[0]).await.0, 200);
}

#[tokio::test]
async fn a_login_is_one_way_and_good_at_its_own_domain_only() {
    let bench = bench::start().await;
    let other = bench::start().await;
    bench.sandbox.join(&other.sandbox);
    let there = other.client.get(other.at("/api/2/user/tokens?cross_sites_p=1"));
    assert_eq!(there.bearer_auth(bench.sandbox.login_token()).send().await.unwrap().status(), 401);
    assert_eq!(sites(&other, "?cross_sites_p=1").await.len(), 1, "the other's login knows only its own");
    assert_eq!(sites(&bench, "").await.len(), 1, "only with cross_sites_p");
    bench.sandbox.leave(&other.sandbox);
    assert_eq!(sites(&bench, "?cross_sites_p=1").await.len(), 1);
    bench.sandbox.join(&other.sandbox);
    other.sandbox.stop().await;
    assert_eq!(sites(&bench, "?cross_sites_p=1").await.len(), 1, "one that is gone is not listed");
}

#[tokio::test]
async fn levels_are_checked_and_the_message_names_the_one_wanted() {
    let bench = bench::start().await;
    let path = bench.at("/api/2/photo/get-upload-token");
    let (status, body) = json(bench.client.get(&path).send().await.unwrap()).await;
    assert_eq!((status, &body["code"]), (403, &"permission_denied".into()));
    assert_eq!(body["permission_level"], "anonymous");
    let reader = bench.sandbox.mint_bearer(Level::Read, None);
    let (status, body) = json(bench.client.get(&path).bearer_auth(reader).send().await.unwrap()).await;
    assert_eq!(status, 403);
    assert!(body["message"].as_str().unwrap().contains("required level: 'write'"));
    bench.sandbox.expire_bearers();
    bench.sandbox.change(|switches| switches.bearer_expiry_status = 403);
    assert_eq!(bench.get("/api/2/photo/list").await.0, 403);
}

#[tokio::test]
async fn an_upload_token_has_the_specifications_odd_types() {
    let bench = bench::start().await;
    let (_, body) = bench.get("/api/2/photo/get-upload-token?title=a%3Cb%3Eb&publish=0&album_id=2").await;
    let data = &body["data"];
    assert_eq!(data["upload_token"].as_str().unwrap().len(), 64);
    assert_eq!(data["valid_minutes"], "360");
    assert_eq!(data["max_uploads"], "1");
    assert_eq!(data["publish"], "f");
    assert_eq!(data["album_id"], 2);
    assert_eq!(data["title"], "ab");
    assert_eq!(data["background_return_p"], false);
    let until: i64 = data["valid_until"].as_str().unwrap().parse().unwrap();
    let left = until - bench.sandbox.now_ms() / 1000;
    assert!((359 * 60..=360 * 60).contains(&left));
    assert_eq!(body["message"], "The upload token is ready to use");
}

#[tokio::test]
async fn bounds_are_clamped_or_refused() {
    let bench = bench::start().await;
    let ask = "/api/2/photo/get-upload-token?valid_minutes=5&max_uploads=2000";
    let (_, body) = bench.get(ask).await;
    assert_eq!((&body["data"]["valid_minutes"], &body["data"]["max_uploads"]), (&"15".into(), &"1000".into()));
    let (_, body) = bench.get("/api/photo/get-upload-token?max_uploads=2000&raw=1").await;
    assert_eq!(body["uploadtoken"]["max_uploads"], "100");
    bench.sandbox.change(|switches| switches.clamp_bounds = false);
    assert_eq!(bench.get(ask).await.0, 400);
}

#[tokio::test]
async fn the_query_of_a_post_is_not_read() {
    let bench = bench::start().await;
    let (_, body) = bench.post("/api/2/photo/get-upload-token?title=query", &[("publish", "0")]).await;
    assert_eq!((&body["data"]["title"], &body["data"]["publish"]), (&"".into(), &"f".into()));
    bench.sandbox.change(|switches| switches.get_token_refuses_post = true);
    assert_eq!(bench.post("/api/2/photo/get-upload-token", &[]).await.0, 405);
}

#[tokio::test]
async fn publishing_is_the_default_everywhere() {
    let bench = bench::start().await;
    let token = bench.token(&[("title", "One")]).await;
    bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    assert!(bench.sandbox.videos()[0].published);
    let token = bench.token(&[("title", "Two"), ("publish", "0")]).await;
    bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    assert!(!bench.sandbox.videos()[1].published);
    let fields = [("upload_token", token.as_str()), ("title", "Two, better")];
    let (status, body) = bench.post("/api/2/photo/update-upload-token", &fields).await;
    assert_eq!((status, &body["message"]), (200, &"The token information was updated".into()));
    assert!(bench.sandbox.videos()[1].published, "left out, it counts as 1");
    assert_eq!(bench.sandbox.videos()[1].title, "Two, better");
}

#[tokio::test]
async fn what_a_token_will_make_can_be_reworded_under_way_for_one_file_or_all() {
    let bench = bench::start().await;
    let token = bench.token(&[("title", "Common"), ("publish", "0"), ("max_uploads", "2")]).await;
    let (one, other) = (Plan::new("one", 2500, 1000), Plan::new("other", 2500, 1000));
    bench.send(&token, &one, 1).await;
    let fields = [
        ("upload_token", token.as_str()),
        ("resumableIdentifier", "one"),
        ("title", "Only one"),
        ("tags", "a \"b c\""),
        ("album_id", "1,2"),
        ("publish", "0"),
    ];
    // The token is the authority: no bearer.
    let request = bench.client.post(bench.at("/api/2/photo/update-upload-token")).form(&fields);
    assert_eq!(request.send().await.unwrap().status(), 200);
    bench.send(&token, &one, 2).await;
    bench.send_all(&token, &other).await;
    let videos = bench.sandbox.videos();
    assert_eq!((videos[0].title.as_str(), videos[1].title.as_str()), ("Only one", "Common"));
    assert_eq!(videos[0].tags, ["a", "b c"]);
    assert_eq!(videos[0].album_ids, [1, 2]);
    assert!(!videos[0].published);
}

#[tokio::test]
async fn what_a_token_made_it_can_delete() {
    let bench = bench::start().await;
    let token = bench.token(&[]).await;
    bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    let mine = bench.sandbox.videos()[0].photo_id.to_string();
    let foreign = bench.draft("Other").await.to_string();
    let delete = |id: String| {
        let fields = [("upload_token", token.clone()), ("photo_id", id)];
        bench.client.post(bench.at("/api/2/photo/delete-upload-token")).form(&fields).send()
    };
    assert_eq!(delete(foreign).await.unwrap().status(), 404);
    assert_eq!(delete(mine).await.unwrap().status(), 200);
    assert_eq!(bench.sandbox.videos().len(), 1);
}

#[tokio::test]
async fn a_publish_date_ahead_holds_the_video_back_until_then() {
    let bench = bench::start().await;
    let at = bench.sandbox.now_ms() / 1000 + 3600;
    let token = bench.token(&[("publish_date", &at.to_string())]).await;
    bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await;
    let published = async || {
        bench.get("/api/2/photo/list?include_unpublished_p=1&time=1").await.1["data"][0]["published_p"].clone()
    };
    assert_eq!(published().await, false);
    bench.sandbox.advance_clock(Duration::from_hours(1));
    assert_eq!(published().await, true);
}

#[tokio::test]
async fn the_date_header_follows_the_servers_clock() {
    let bench = bench::start().await;
    bench.sandbox.advance_clock(DAY * 365);
    let response = bench.client.get(bench.at("/api/2/echo?a=b")).send().await.unwrap();
    let date = httpdate::parse_http_date(response.headers()["date"].to_str().unwrap()).unwrap();
    assert!(date > std::time::SystemTime::now() + DAY * 364);
    assert_eq!(json(response).await.1["data"]["a"], "b");
}

#[tokio::test]
async fn only_a_loopback_address_is_listened_on() {
    let config = Config { listen: ([0, 0, 0, 0], 0).into(), ..Config::default() };
    assert!(matches!(Sandbox::start(config).await, Err(StartError::NotLoopback(_))));
}
