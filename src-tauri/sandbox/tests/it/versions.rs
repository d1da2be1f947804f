//! Version 1's habits: XML by default, a script by wish, bare JSON by another, and 200 to everything.

use reqwest::multipart::Form;

use crate::bench::{self, Plan, bytes, file, json, text};

#[tokio::test]
async fn xml_is_the_default() {
    let bench = bench::start().await;
    let path = bench.at("/api/photo/get-upload-token?title=a%26b&publish=0");
    let (status, body) = text(bench.client.get(path).bearer_auth(bench.sandbox.token()).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert!(body.contains("status=\"ok\"") && body.contains("permission_level=\"write\""), "{body}");
    assert!(body.contains("cached=\"0\"") && body.contains("message=\"The upload token is ready to use\""));
    assert!(body.contains("<title>a&amp;b</title>") && body.contains("<valid_minutes>180</valid_minutes>"));
    let token = body.split_once("<upload_token>").unwrap().1.split_once('<').unwrap().0;
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[tokio::test]
async fn json_comes_as_a_script_or_bare() {
    let bench = bench::start().await;
    let get = async |query: &str| {
        let path = bench.at(&format!("/api/photo/get-upload-token?{query}"));
        text(bench.client.get(path).bearer_auth(bench.sandbox.token()).send().await.unwrap()).await.1
    };
    let script = get("format=json").await;
    let object = script.strip_prefix("var visual = ").unwrap().strip_suffix(';').unwrap();
    let object: serde_json::Value = serde_json::from_str(object).unwrap();
    assert_eq!(object["uploadtoken"]["publish"], "1");
    assert_eq!(object["uploadtoken"]["album_id"], "");
    assert_eq!(object["cached"], "0");
    assert_eq!(object["endpoint"], "/api/photo/get-upload-token");
    assert_eq!(object["site"]["domain"], bench.sandbox.domain());
    assert!(get("format=json&varname=mine").await.starts_with("var mine = {"));
    assert!(get("format=json&callback=f").await.starts_with("f({"));
    assert!(get("format=json&raw").await.starts_with('{'));
    let jsonp = bench.client.get(bench.at("/api/2/echo?callback=f")).send().await.unwrap();
    assert!(text(jsonp).await.1.starts_with("/* */f({"));
}

#[tokio::test]
async fn failures_are_200_too() {
    let bench = bench::start().await;
    let path = bench.at("/api/photo/get-upload-token?raw=1");
    let (status, body) = json(bench.client.get(path).send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert_eq!((&body["status"], &body["code"]), (&"error".into(), &"permission_denied".into()));
    let path = bench.at("/api/photo/get-upload-token");
    let (status, body) = text(bench.client.get(path).send().await.unwrap()).await;
    assert!(status == 200 && body.contains("status=\"error\"") && body.contains("code=\"permission_denied\""));
    bench.sandbox.change(|switches| switches.bearer_on_v1 = false);
    assert_eq!(bench.get("/api/photo/get-upload-token?raw=1").await.1["code"], "permission_denied");
}

#[tokio::test]
async fn chunks_complete_with_ok() {
    let bench = bench::start().await;
    let (_, body) = bench.get("/api/photo/get-upload-token?raw=1&publish=0").await;
    let token = body["uploadtoken"]["upload_token"].as_str().unwrap().to_owned();
    let plan = Plan::new("abc", 2500, 1000);
    for number in [1, 2] {
        let mut form = Form::new().text("upload_token", token.clone());
        for (name, value) in plan.fields(number) {
            form = form.text(name, value);
        }
        form = form.part("file", file(plan.chunk(number), "a.mp4"));
        let request = bench.client.post(bench.at("/api/photo/redeem-upload-token")).multipart(form);
        assert_eq!(text(request.send().await.unwrap()).await, (200, "ok".to_owned()));
    }
    assert_eq!(bench.sandbox.videos()[0].sha256, plan.sha256());
    let (_, list) = bench.get("/api/photo/list?raw=1&include_unpublished_p=1").await;
    assert_eq!(list["photos"][0]["photo_id"], bench.sandbox.videos()[0].photo_id.to_string());
    assert_eq!(list["photos"][0]["published_p"], 0, "flags of a list are numbers");
}

#[tokio::test]
async fn a_closed_workspace_redeems_for_nobody_who_shows_nothing() {
    let bench = bench::with(|switches| switches.closed_site = true).await;
    let token = bench.token(&[]).await;
    let plan = Plan::new("abc", 500, 1000);
    let v1 = |bearer: bool| {
        let mut form = Form::new().text("upload_token", token.clone()).text("raw", "1");
        for (name, value) in plan.fields(1) {
            form = form.text(name, value);
        }
        form = form.part("file", file(plan.chunk(1), "a.mp4"));
        let request = bench.client.post(bench.at("/api/photo/redeem-upload-token")).multipart(form);
        if bearer { request.bearer_auth(bench.sandbox.token()) } else { request }.send()
    };
    let (status, body) = json(v1(false).await.unwrap()).await;
    assert_eq!((status, &body["code"], &body["permission_level"]), (200, &"permission_denied".into(), &"none".into()));
    assert_eq!(
        json(v1(true).await.unwrap()).await.1["upload"]["photo_id"],
        bench.sandbox.videos()[0].photo_id.to_string()
    );
    let other = bench.token(&[]).await;
    assert_eq!(bench.send(&other, &plan, 1).await.0, 200, "version 2 asks for no level");
}

#[tokio::test]
async fn a_file_can_be_uploaded_directly() {
    let bench = bench::start().await;
    let upload = |name: &str| {
        let form = Form::new()
            .text("title", "Direct")
            .text("publish", "0")
            .text("raw", "1")
            .part("file", file(bytes(321), name));
        bench.client.post(bench.at("/api/photo/upload")).multipart(form)
    };
    let (_, body) = json(upload("a.mp4").bearer_auth(bench.sandbox.token()).send().await.unwrap()).await;
    let video = bench.sandbox.videos().pop().unwrap();
    assert_eq!(body["upload"]["photo_id"], video.photo_id.to_string());
    assert_eq!(body["message"], "The file was successfully uploaded");
    assert_eq!((video.title.as_str(), video.bytes, video.published), ("Direct", 321, false));
    let (_, body) = json(upload("a.exe").bearer_auth(bench.sandbox.token()).send().await.unwrap()).await;
    assert_eq!(body["code"], "error_processing_upload");
    assert_eq!(json(upload("a.mp4").send().await.unwrap()).await.1["code"], "permission_denied");
    let (status, body) = bench.post("/api/2/photo/upload", &[]).await;
    assert_eq!((status, &body["code"]), (404, &"no_such_method".into()), "not in version 2");
}

/// The value of an attribute or the text of an element.
fn in_xml<'a>(xml: &'a str, name: &str) -> &'a str {
    let attribute = xml.split_once(&format!(" {name}=\"")).map(|(_, rest)| rest.split('"').next().unwrap());
    let element = || xml.split_once(&format!("<{name}>")).unwrap().1.split('<').next().unwrap();
    attribute.unwrap_or_else(element)
}

#[tokio::test]
async fn each_method_has_its_own_key_and_its_own_xml() {
    let bench = bench::start().await;
    let id = bench.draft("Ed & Co").await;
    bench.post("/api/2/photo/update", &[("photo_id", &id.to_string()), ("tags", "red"), ("description", "a<b")]).await;
    let by_id = format!("photo_id={id}");
    for (method, query, key) in [
        ("photo/get-upload-token", "", "uploadtoken"),
        ("photo/get-replace-token", by_id.as_str(), "replacetoken"),
        ("photo/list", "include_unpublished_p=1", "photos"),
        ("album/list", "", "albums"),
        ("tag/list", "", "tags"),
        ("photo/get-transcoding-progress", by_id.as_str(), "progress"),
        ("site/get", "", "site"),
    ] {
        let (_, body) = bench.get(&format!("/api/{method}?format=json&raw=1&{query}")).await;
        assert!(body[key].is_object() || body[key].is_array(), "{method}: {body}");
        assert_eq!((&body["status"], &body["endpoint"]), (&"ok".into(), &format!("/api/{method}").into()));
        assert!(body["site"]["domain"].is_string() && body["p"] == "1", "{method}: {body}");
        assert!(body.get("data").is_none(), "{method}");
    }
    let (_, body) = bench.get("/api/site/get?raw").await;
    assert_eq!((&body["site"]["site_key"], &body["site"]["site_id"]), (&"sandbox".into(), &"1".into()));
    for (method, key) in [("photo/update", "photo"), ("photo/delete", "photo")] {
        let (_, body) = bench.post(&format!("/api/{method}"), &[("photo_id", &id.to_string()), ("raw", "1")]).await;
        assert_eq!(body[key], serde_json::json!({}), "{method}");
    }

    bench.draft("Ed & Co").await;
    let xml = async |path: &str| {
        let response = bench.client.get(bench.at(path)).bearer_auth(bench.sandbox.token()).send().await.unwrap();
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/xml"));
        text(response).await.1
    };
    let list = xml("/api/photo/list?include_unpublished_p=1").await;
    assert_eq!((in_xml(&list, "total_count"), in_xml(&list, "title")), ("1", "Ed &amp; Co"));
    assert_eq!((in_xml(&list, "published_p"), in_xml(&list, "video_p")), ("0", "1"));
    assert!(list.contains("<photo "), "{list}");
    assert!(list.contains("<content_text>"), "long texts are elements: {list}");
    let id = bench.sandbox.videos()[0].photo_id;
    let progress = xml(&format!("/api/photo/get-transcoding-progress?photo_id={id}")).await;
    assert!(in_xml(&progress, "all").parse::<f64>().is_ok());
    assert_eq!(in_xml(&xml("/api/echo?apples=oranges").await, "apples"), "oranges");
}

#[tokio::test]
async fn a_server_may_have_its_own_mind_about_the_format() {
    let bench = bench::with(|switches| switches.v1_ignores_raw = true).await;
    let get = async |query: &str| {
        let request = bench.client.get(bench.at(&format!("/api/site/get?{query}")));
        text(request.bearer_auth(bench.sandbox.token()).send().await.unwrap()).await.1
    };
    assert!(get("format=json&raw=1").await.starts_with("var visual = {"));
    assert!(get("raw=1").await.starts_with("<?xml"));
    bench.sandbox.change(|switches| switches.v1_always_xml = true);
    assert!(get("format=json&raw=1").await.starts_with("<?xml"));
    assert_eq!(bench.get("/api/2/site/get").await.1["data"]["site_id"], 1, "version 2 is not concerned");
}
