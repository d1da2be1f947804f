//! Callbacks to a `return_url`, by the client's own hand and behind its back.

use reqwest::multipart::Form;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::bench::{self, Plan, bytes, file, text};

#[tokio::test]
async fn the_client_is_sent_back_with_everything_repeated() {
    let bench = bench::start().await;
    let token = bench.token(&[("return_url", "http://www.example.com/done?theme=green"), ("customer", "42")]).await;
    let form = Form::new()
        .text("upload_token", token.clone())
        .text("colour", "blue & red")
        .part("file", file(bytes(100), "a.mp4"));
    let request = bench.client.post(bench.at("/api/2/photo/redeem-upload-token")).multipart(form);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 301);
    let video = bench.sandbox.videos().pop().unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    let domain = bench.sandbox.domain().replace(':', "%3A");
    assert_eq!(
        location,
        format!(
            "http://www.example.com/done?theme=green&upload_token={token}&domain={domain}&photo_id={}&tree_id={}&token={}\
             &customer=42&colour=blue+%26+red",
            video.photo_id, video.tree_id, video.token
        )
    );
    assert_eq!(video.variables["customer"], "42");
}

#[tokio::test]
async fn the_redirect_may_be_302() {
    let bench = bench::with(|switches| switches.callback_status = 302).await;
    let token = bench.token(&[("return_url", "http://www.example.com/")]).await;
    assert_eq!(bench.send_all(&token, &Plan::new("abc", 2500, 1000)).await.0, 302);
}

#[tokio::test]
async fn a_long_callback_is_a_page_that_posts_itself() {
    let bench = bench::start().await;
    let long = "<x>".repeat(600);
    let token = bench.token(&[("return_url", "http://www.example.com/done"), ("long", &long)]).await;
    let response = bench.whole(&token, bytes(100), "a.mp4").await;
    let (status, page) = text(response).await;
    assert_eq!(status, 200);
    assert!(page.contains("<form method=\"post\" action=\"http://www.example.com/done\">"));
    assert!(page.contains(&format!("name=\"upload_token\" value=\"{token}\"")));
    assert!(page.contains("&lt;x&gt;") && !page.contains("<x>"));
}

#[tokio::test]
async fn a_refused_file_is_told_to_the_callback() {
    let bench = bench::start().await;
    let token = bench.token(&[("return_url", "http://www.example.com/done")]).await;
    let response = bench.whole(&token, bytes(100), "a.exe").await;
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.ends_with("&error_message=The+file+type+isn%27t+supported"), "{location}");
    assert!(!location.contains("photo_id"));
}

#[tokio::test]
async fn a_bad_token_is_text_even_with_a_return_url() {
    let bench = bench::start().await;
    let token = bench.token(&[("return_url", "http://www.example.com/done")]).await;
    bench.sandbox.expire_upload_tokens();
    assert_eq!(bench.whole(&token, bytes(100), "a.mp4").await.status(), 400);
}

/// Takes one request and answers its first line.
async fn called(listener: TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    request.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn in_the_background_the_server_calls_and_the_client_gets_a_line() {
    let bench = bench::start().await;
    for (name, good) in [("a.mp4", true), ("a.exe", false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let return_url = format!("http://{}/cb?x=1", listener.local_addr().unwrap());
        let receiver = tokio::spawn(called(listener));
        let token = bench.token(&[("return_url", &return_url), ("background_return_p", "1")]).await;
        let (status, line) = text(bench.whole(&token, bytes(100), name).await).await;
        let request = receiver.await.unwrap();
        assert_eq!(status, 200);
        assert!(request.starts_with(&format!("GET /cb?x=1&upload_token={token}&domain=127.0.0.1")), "{request}");
        if good {
            let video = bench.sandbox.videos().pop().unwrap();
            let words: Vec<&str> = line.split(' ').collect();
            let (tree, photo) = (video.tree_id.to_string(), video.photo_id.to_string());
            assert_eq!(words[..5], ["ok", &bench.sandbox.domain(), &tree, &photo, &video.token]);
            assert!(words[5].starts_with(&return_url), "the address that was called");
        } else {
            assert_eq!(line, "error The file type isn't supported");
            assert!(request.contains("error_message="));
        }
    }
}

#[tokio::test]
async fn nobody_beyond_this_machine_is_called() {
    let bench = bench::start().await;
    let token = bench.token(&[("return_url", "http://192.0.2.1/cb"), ("background_return_p", "1")]).await;
    let (_, line) = text(bench.whole(&token, bytes(100), "a.mp4").await).await;
    assert!(line.starts_with("ok "), "answered at once, without a call");
}
