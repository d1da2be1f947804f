//! One request from arrival to answer.
//!
//! Owns the course of it: it is entered in the record, its fields and file are read, the faults strike at their
//! moments, the method does its work, and the answer goes out (or does not). The work runs in a task of its own, because
//! the vendor's server does not stop for a client that hangs up. Never knows a method: `methods.rs` does.
//! Next: `visit/reading.rs` for the body, `visit/faults.rs` for what each effect does.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use http::request::Parts;
use http::{Method, Request};
use tokio::sync::oneshot;

use crate::auth::{self, Caller, Credential};
use crate::chunk;
use crate::fault::Moment;
use crate::fault::book::{Facts, Seen};
use crate::form::{self, Form};
use crate::inspect::{self, Refusal, RequestRecord};
use crate::methods;
use crate::oauth::Signed;
use crate::reply::{Answer, Reply};
use crate::switches::SizeCapAnswer;
use crate::world::World;

mod faults;
mod reading;

use reading::Meter;

/// What faults have asked of the work itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) assembly_delay: Option<Duration>,
    pub(crate) hold_after_landing: Option<Duration>,
    pub(crate) bad_token: bool,
    pub(crate) stale: Option<Duration>,
    pub(crate) empty_list: bool,
    /// When the request is to be handled once more, by the server's clock in milliseconds.
    ghost: Option<i64>,
}

/// A request under way.
pub(crate) struct Visit {
    pub(crate) world: Arc<World>,
    pub(crate) id: u64,
    /// 1 or 2.
    pub(crate) version: u8,
    /// The whole path, such as `/api/2/photo/list`.
    pub(crate) path: String,
    /// The method's path, such as `photo/list`.
    pub(crate) method: String,
    pub(crate) caller: Caller,
    /// What it shows of OAuth, once its fields are read.
    pub(crate) signed: Option<Signed>,
    pub(crate) asked: Asked,
    facts: Facts,
    seen: Seen,
    ghost: bool,
    /// Its body was read to the end.
    whole: bool,
    /// The identifier that it is counted under as a chunk in flight.
    entered: Option<String>,
    meter: Arc<Meter>,
    reply: Option<oneshot::Sender<Reply>>,
}

/// A field as the record keeps it: what signs a request is left out.
fn shown((name, value): &(String, String)) -> (String, String) {
    let secret = name.starts_with("oauth_") || name == "bearer_token" || name == "access_token";
    (name.clone(), if secret { "(not kept)".to_owned() } else { value.clone() })
}

/// Carries a request through, and hands its reply over as soon as there is one.
pub(crate) async fn run(world: Arc<World>, request: Request<Body>, reply: oneshot::Sender<Reply>) {
    let (parts, body) = request.into_parts();
    let mut visit = Visit::open(world, &parts, reply);
    let outcome = visit.serve(&parts, body).await;
    visit.close(outcome);
}

impl Visit {
    fn open(world: Arc<World>, parts: &Parts, reply: oneshot::Sender<Reply>) -> Self {
        let path = parts.uri.path().to_owned();
        let below = path.strip_prefix("/api/").unwrap_or(&path);
        let (version, method) = match below.strip_prefix("2/") {
            Some(method) => (2, method),
            None => (1, below),
        };
        let method = method.trim_matches('/').to_owned();
        let caller = auth::identify(&world, version, &parts.headers);
        let id = world.ledger.open(RequestRecord {
            id: 0,
            started: 0,
            ended: None,
            at_ms: world.clock.now_ms(),
            method: parts.method.to_string(),
            path: path.clone(),
            version,
            api_method: method.clone(),
            bearer: auth::bearer(&parts.headers).is_some(),
            oauth: false,
            url_fields: form::decoded(parts.uri.query().unwrap_or_default().as_bytes())
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            exposed: inspect::exposed(&world, &parts.uri),
            params: Vec::new(),
            chunk: None,
            identifier: None,
            body_bytes: 0,
            file_bytes: None,
            file_sha256: None,
            status: None,
            excerpt: String::new(),
            completing: false,
            assembly: None,
            photo_id: None,
            ghost_of: None,
            whole: None,
            faults: Vec::new(),
        });
        let facts = Facts { post: parts.method == Method::POST, method: method.clone(), ..Facts::default() };
        Self {
            world,
            id,
            version,
            path,
            method,
            caller,
            signed: None,
            asked: Asked::default(),
            facts,
            seen: Seen::default(),
            ghost: false,
            whole: false,
            entered: None,
            meter: Arc::default(),
            reply: Some(reply),
        }
    }

    async fn serve(&mut self, parts: &Parts, body: Body) -> Reply {
        if let Some(reply) = self.strike(Moment::Arrived).await {
            return reply;
        }
        if let Some(answer) = self.above_proxy_limit(parts) {
            return Reply::Answer(answer);
        }
        if !matches!(parts.method, Method::GET | Method::POST | Method::HEAD) {
            return Reply::Answer(Answer::text(405, "Method not allowed").because("HTTP method"));
        }
        let form = match self.read(parts, body).await {
            Ok(form) => form,
            Err(reply) => return reply,
        };
        self.signed = Signed::of(&self.world, parts, &form);
        self.recognise_signer();
        if let Some(reply) = self.strike(Moment::Read).await {
            return reply;
        }
        if let Some(at_ms) = self.asked.ghost.take() {
            self.summon_ghost(&form, at_ms);
        }
        match methods::answer(self, form).await {
            Reply::Answer(answer) => self.finish(answer).await,
            struck => struck,
        }
    }

    /// A signature speaks for the caller where no bearer does.
    fn recognise_signer(&mut self) {
        let Some(signed) = &self.signed else { return };
        self.world.ledger.amend(self.id, |record| record.oauth = true);
        if self.caller.credential == Credential::Absent && self.path.starts_with("/api/") {
            self.caller = signed.caller(&self.world, self.version, self.caller);
        }
    }

    /// A proxy's limit on one request, which it judges by the announced length, before the body.
    fn above_proxy_limit(&self, parts: &Parts) -> Option<Answer> {
        let switches = self.world.switches();
        let cap = switches.size_cap.filter(|_| switches.size_cap_answer == SizeCapAnswer::Status413)?;
        let length = parts.headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?;
        let length: u64 = length.parse().ok()?;
        // The fields around the file are forgiven, so that the cap speaks of the file's bytes.
        (length > cap + 16 * 1024).then(|| {
            Answer::html(413, "<html><body><h1>413 Request Entity Too Large</h1></body></html>")
                .because("request above the proxy's limit")
        })
    }

    /// The answer stands; what faults make of it on its way.
    async fn finish(&mut self, answer: Answer) -> Reply {
        self.note_refusal(&answer);
        self.strike_answer(answer).await
    }

    /// Ends the record, then lets the reply out: whoever gets it knows that the handling is over.
    fn close(mut self, outcome: Reply) {
        let sent = self.reply.take();
        if sent.is_some() {
            self.note_outcome(&outcome);
        }
        self.world.ledger.close(self.id, self.entered.as_deref());
        if let Some(sent) = sent {
            // The client may be gone.
            let _ = sent.send(outcome);
        }
    }

    /// Lets a reply out while the work goes on.
    fn reply_now(&mut self, reply: Reply) {
        if let Some(sent) = self.reply.take() {
            self.note_outcome(&reply);
            let _ = sent.send(reply);
        }
    }

    fn note_outcome(&self, outcome: &Reply) {
        let (status, excerpt) = match outcome {
            Reply::Answer(answer) | Reply::Broken(answer, _) => (Some(answer.status), answer.excerpt()),
            Reply::Padded(_) => (Some(200), "padded JSON".to_owned()),
            Reply::Cut => (None, String::new()),
        };
        // The record never holds a credential, and these answers are made of them.
        let secret = self.method == "user/tokens" || self.path.starts_with("/oauth/");
        let excerpt = if secret { "(not kept)".to_owned() } else { excerpt };
        self.world.ledger.amend(self.id, |record| {
            record.status = status;
            record.excerpt = excerpt;
        });
    }

    fn note_refusal(&self, answer: &Answer) {
        let Some(reason) = &answer.reason else { return };
        self.world.ledger.refuse(Refusal {
            request: self.id,
            api_method: self.method.clone(),
            chunk: self.facts.chunk,
            reason: reason.clone(),
            status: answer.status,
        });
    }

    /// Takes up what the fields say so far.
    fn learn(&mut self, form: &Form, all: bool) {
        let shape = chunk::shape(&self.method, &self.world.switches(), form);
        if let Some(shape) = &shape {
            self.facts.chunked = Some(true);
            self.facts.chunk = Some(shape.number);
            if self.facts.post && self.entered.is_none() {
                self.world.ledger.enter_chunk(&shape.identifier);
                self.entered = Some(shape.identifier.clone());
            }
            // Whether it completes the set can change while its body comes: others may land meanwhile.
            if self.facts.post && (all || self.facts.completes.is_none()) {
                let pieces = &self.world.pieces;
                let completes =
                    shape.number <= shape.count && pieces.all_there(&shape.identifier, shape.count, Some(shape.number));
                self.facts.completes = Some(completes);
            }
        } else if all {
            self.facts.chunked = Some(false);
            self.facts.chunk = form.number("resumableChunkNumber");
            self.facts.completes = Some(self.facts.post && form.file.is_some());
        }
        let completing = self.facts.completes == Some(true);
        let stripped = form.text("resumableIdentifier").map(chunk::stripped);
        self.whole = all;
        let whole = all.then(|| self.world.ledger.tick());
        self.world.ledger.amend(self.id, |record| {
            record.params = form.fields.iter().map(shown).collect();
            record.chunk = form.number("resumableChunkNumber");
            record.identifier = stripped.filter(|identifier| !identifier.is_empty());
            record.completing = completing;
            record.whole = whole;
            if let Some(file) = &form.file {
                record.file_bytes = Some(file.spool.bytes);
                record.file_sha256.clone_from(&file.spool.sha256);
            }
        });
    }

    /// The set turned out complete although it had not looked so: two requests completed it together.
    pub(crate) async fn turned_out_complete(&mut self) -> Option<Reply> {
        self.facts.completes = Some(true);
        self.world.ledger.amend(self.id, |record| record.completing = true);
        self.strike(Moment::Completing).await
    }

    /// Notes that its chunk lies on disk and that it waits before it looks at the set.
    pub(crate) fn holds(&self) {
        self.world.ledger.amend(self.id, |record| record.faults.push("holding".to_owned()));
    }

    /// Notes the start of an assembly by this request.
    pub(crate) fn assembly_begins(&self) {
        let now = self.world.ledger.tick();
        self.world.ledger.amend(self.id, |record| record.assembly = Some((now, None)));
    }

    /// Notes its end.
    pub(crate) fn assembly_ends(&self) {
        let now = self.world.ledger.tick();
        self.world.ledger.amend(self.id, |record| {
            if let Some((_, end)) = &mut record.assembly {
                *end = Some(now);
            }
        });
    }

    /// Notes which video it made or changed.
    pub(crate) fn made(&self, photo_id: u64) {
        self.world.ledger.amend(self.id, |record| record.photo_id = Some(photo_id));
    }

    /// Has the request handled once more, later, as if it had lain in a buffer on its way.
    fn summon_ghost(&self, form: &Form, at_ms: i64) {
        let form = match form.duplicate(&self.world.dir.join("incoming")) {
            Ok(form) => form,
            Err(error) => {
                tracing::warn!(%error, "a ghost could not be made");
                return;
            }
        };
        let world = self.world.clone();
        let (id, caller, facts) = (self.id, self.caller, self.facts.clone());
        let (version, path, method) = (self.version, self.path.clone(), self.method.clone());
        let entered = self.entered.clone();
        self.world.tasks.spawn(async move {
            world.pause_until(at_ms).await;
            if world.stopping.is_cancelled() {
                return;
            }
            let mut record = world.ledger.request(id);
            record.ghost_of = Some(id);
            record.ended = None;
            record.status = None;
            record.assembly = None;
            record.photo_id = None;
            record.at_ms = world.clock.now_ms();
            record.faults.clear();
            record.excerpt.clear();
            // A second delivery has all of the body from the first.
            record.whole = Some(world.ledger.tick());
            let id = world.ledger.open(record);
            if let Some(identifier) = &entered {
                world.ledger.enter_chunk(identifier);
            }
            let mut ghost = Visit {
                world,
                id,
                version,
                path,
                method,
                caller,
                signed: None,
                asked: Asked::default(),
                whole: true,
                facts,
                seen: Seen::default(),
                ghost: true,
                entered,
                meter: Arc::default(),
                reply: None,
            };
            let reply = methods::answer(&mut ghost, form).await;
            if let Reply::Answer(answer) = &reply {
                ghost.note_refusal(answer);
            }
            ghost.note_outcome(&reply);
            ghost.close(Reply::Cut);
        });
    }

    /// Bytes of the body that were read.
    fn body_bytes(&self) -> u64 {
        self.meter.bytes.load(Ordering::SeqCst)
    }
}
