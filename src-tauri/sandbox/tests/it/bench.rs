//! A caller for the tests: it speaks the wire's words and knows no rules of its own.

use std::sync::Once;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};
use slipway_sandbox::{Config, Profile, Sandbox, Switches};

/// A sandbox and a client for it.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("installed once");
    });
    Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub(crate) async fn start() -> Bench {
    with(|_| {}).await
}

pub(crate) async fn with(change: impl FnOnce(&mut Switches)) -> Bench {
    let mut switches = Switches::of(Profile::Documented);
    change(&mut switches);
    on(Config { switches: Some(switches), ..Config::default() }).await
}

pub(crate) async fn on(config: Config) -> Bench {
    Bench { sandbox: Sandbox::start(config).await.unwrap(), client: client() }
}

/// A file in chunks of a nominal size.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) identifier: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) chunk_size: usize,
    pub(crate) name: String,
}

pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(31) ^ (n >> 7)) as u8).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

impl Plan {
    pub(crate) fn new(identifier: &str, length: usize, chunk_size: usize) -> Self {
        Self { identifier: identifier.to_owned(), bytes: bytes(length), chunk_size, name: "film.mp4".to_owned() }
    }

    pub(crate) fn count(&self) -> usize {
        (self.bytes.len() / self.chunk_size).max(1)
    }

    pub(crate) fn chunk(&self, number: usize) -> Vec<u8> {
        let start = (number - 1) * self.chunk_size;
        let end = if number == self.count() { self.bytes.len() } else { start + self.chunk_size };
        self.bytes[start..end].to_vec()
    }

    pub(crate) fn fields(&self, number: usize) -> Vec<(&'static str, String)> {
        vec![
            ("resumableChunkNumber", number.to_string()),
            ("resumableChunkSize", self.chunk_size.to_string()),
            ("resumableTotalSize", self.bytes.len().to_string()),
            ("resumableIdentifier", self.identifier.clone()),
            ("resumableFilename", self.name.clone()),
        ]
    }

    pub(crate) fn sha256(&self) -> String {
        sha256(&self.bytes)
    }
}

pub(crate) fn file(bytes: Vec<u8>, name: &str) -> Part {
    Part::bytes(bytes).file_name(name.to_owned())
}

impl Bench {
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }

    /// GET with the workspace's bearer.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let response = self.client.get(self.at(path)).bearer_auth(self.sandbox.token());
        json(response.send().await.unwrap()).await
    }

    /// POST of an urlencoded form with the workspace's bearer.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let request = self.client.post(self.at(path)).bearer_auth(self.sandbox.token());
        json(request.form(fields).send().await.unwrap()).await
    }

    /// An upload token of version 2.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> String {
        let query = url(fields);
        let (status, body) = self.get(&format!("/api/2/photo/get-upload-token?{query}")).await;
        assert_eq!(status, 200, "{body}");
        body["data"]["upload_token"].as_str().unwrap().to_owned()
    }

    /// The request that carries a chunk, fields first.
    pub(crate) fn chunk(&self, token: &str, plan: &Plan, number: usize) -> reqwest::RequestBuilder {
        let mut form = Form::new().text("upload_token", token.to_owned());
        for (name, value) in plan.fields(number) {
            form = form.text(name, value);
        }
        form = form.part("file", file(plan.chunk(number), &plan.name));
        self.client.post(self.at("/api/2/photo/redeem-upload-token")).multipart(form)
    }

    /// Sends a chunk.
    pub(crate) async fn send(&self, token: &str, plan: &Plan, number: usize) -> (u16, String) {
        text(self.chunk(token, plan, number).send().await.unwrap()).await
    }

    /// Sends all chunks in order; answers the last answer.
    pub(crate) async fn send_all(&self, token: &str, plan: &Plan) -> (u16, String) {
        for number in 1..plan.count() {
            assert_eq!(self.send(token, plan, number).await, (200, "ok".to_owned()));
        }
        self.send(token, plan, plan.count()).await
    }

    /// Asks whether a chunk is there.
    pub(crate) async fn probe(&self, plan: &Plan, number: usize) -> (u16, String) {
        let request = self.client.get(self.at("/api/2/photo/redeem-upload-token"));
        text(request.query(&plan.fields(number)).send().await.unwrap()).await
    }

    /// Sends a whole file without chunks.
    pub(crate) async fn whole(&self, token: &str, bytes: Vec<u8>, name: &str) -> Response {
        let form = Form::new().text("upload_token", token.to_owned()).part("file", file(bytes, name));
        let request = self.client.post(self.at("/api/2/photo/redeem-upload-token"));
        request.multipart(form).send().await.unwrap()
    }

    /// Uploads a small draft and answers its id.
    pub(crate) async fn draft(&self, title: &str) -> u64 {
        let token = self.token(&[("publish", "0"), ("title", title)]).await;
        let response = self.whole(&token, bytes(2000), "small.mp4").await;
        assert_eq!(response.status(), 200);
        self.sandbox.videos().last().unwrap().photo_id
    }
}

pub(crate) fn url(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

pub(crate) async fn json(response: Response) -> (u16, Value) {
    let (status, text) = text(response).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

pub(crate) async fn text(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    (status, response.text().await.unwrap())
}

pub(crate) const DAY: Duration = Duration::from_hours(24);
