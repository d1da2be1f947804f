//! The reading of a request's body, field by field, in whatever order they come: the vendor's own clients differ in it.
//!
//! Faults that concern the body strike here, as soon as the fields before the file have told enough.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::header::CONTENT_TYPE;
use http::request::Parts;

use super::Visit;
use crate::fault::Moment;
use crate::fault::book::Cleared;
use crate::form::{self, FilePart, Form, SpoolError};
use crate::reply::{Answer, Reply};
use crate::unpoisoned;
use crate::world::World;

/// Fields are small; a form without a file is held in memory up to this, in bytes.
const FIELDS_LIMIT: usize = 4 * 1024 * 1024;

/// How much of a body was read, and where a fault wants it to end.
pub(super) struct Meter {
    pub(super) bytes: AtomicU64,
    pub(super) cut_at: AtomicU64,
    /// After so many bytes no more are read until the faults are cleared.
    pub(super) stall: Mutex<Option<(u64, Cleared)>>,
}

impl Default for Meter {
    fn default() -> Self {
        Self { bytes: AtomicU64::new(0), cut_at: AtomicU64::new(u64::MAX), stall: Mutex::new(None) }
    }
}

/// The body as a stream that counts itself and obeys the meter.
fn metered(
    body: BodyDataStream,
    meter: Arc<Meter>,
    world: Arc<World>,
    id: u64,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    stream::unfold((body, meter, world), move |(mut body, meter, world)| async move {
        let read = meter.bytes.load(Ordering::SeqCst);
        if read >= meter.cut_at.load(Ordering::SeqCst) {
            let cut = std::io::Error::other("cut by a fault");
            return Some((Err(cut), (body, meter, world)));
        }
        // It stays there for `read`: whoever parses the body may have all of it by now, and not wait here.
        let stall = unpoisoned(&meter.stall).clone().filter(|(at, _)| read >= *at);
        if let Some((_, cleared)) = stall {
            world.hold(cleared).await;
        }
        let piece = match body.next().await? {
            Ok(piece) => piece,
            Err(error) => return Some((Err(std::io::Error::other(error)), (body, meter, world))),
        };
        let read = meter.bytes.fetch_add(piece.len() as u64, Ordering::SeqCst) + piece.len() as u64;
        world.ledger.amend(id, |record| record.body_bytes = read);
        Some((Ok(piece), (body, meter, world)))
    })
}

impl Visit {
    /// Reads the whole request, or says how it ended before that.
    pub(super) async fn read(&mut self, parts: &Parts, body: Body) -> Result<Form, Reply> {
        let mut form = Form { version: self.version, post: self.facts.post, ..Form::default() };
        if !self.facts.post {
            form.fields = form::decoded(parts.uri.query().unwrap_or_default().as_bytes());
            self.learn(&form, true);
            return Ok(form);
        }
        // Of a POST the query is not read, in either version.
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = metered(body.into_data_stream(), self.meter.clone(), self.world.clone(), self.id);
        match content_type.map(multer::parse_boundary) {
            Some(Ok(boundary)) => {
                form.multipart = true;
                let multipart = multer::Multipart::new(Box::pin(body), boundary);
                self.read_multipart(multipart, &mut form).await?;
            }
            _ => form.fields = form::decoded(&self.read_fields(body).await?),
        }
        // A body whose last piece came before the stall was read to its end before anybody could be held up by it.
        let read = self.body_bytes();
        let stall = unpoisoned(&self.meter.stall).take_if(|(at, _)| read >= *at);
        if let Some((_, cleared)) = stall {
            self.world.hold(cleared).await;
        }
        self.learn(&form, true);
        Ok(form)
    }

    async fn read_fields(&self, body: impl Stream<Item = std::io::Result<Bytes>>) -> Result<Bytes, Reply> {
        let mut body = std::pin::pin!(body);
        let mut fields = BytesMut::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| self.broke_off(&error.to_string()))?;
            if fields.len() + piece.len() > FIELDS_LIMIT {
                return Err(Reply::Answer(Answer::text(413, "Too many fields").because("fields above 4 MiB")));
            }
            fields.extend_from_slice(&piece);
        }
        Ok(fields.freeze())
    }

    async fn read_multipart(&mut self, mut multipart: multer::Multipart<'_>, form: &mut Form) -> Result<(), Reply> {
        loop {
            let field = multipart.next_field().await;
            let Some(mut field) = field.map_err(|error| self.unreadable(&error))? else { return Ok(()) };
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" && form.file.is_none() {
                self.learn(form, false);
                if let Some(reply) = self.strike(Moment::Arrived).await {
                    return Err(reply);
                }
                let filename = field.file_name().map(str::to_owned);
                let incoming = (!self.world.sink).then(|| self.world.dir.join("incoming"));
                let hash = self.world.sink && self.world.switches().hash_sunk;
                let spool = form::spool(&mut field, incoming.as_deref(), hash).await;
                let spool = spool.map_err(|error| match error {
                    SpoolError::Body(error) => self.unreadable(&error),
                    SpoolError::Disk(error) => {
                        tracing::error!(%error, "a file could not be spooled");
                        Reply::Answer(Answer::text(500, "").because(format!("disk: {error}")))
                    }
                })?;
                form.file = Some(FilePart { filename, spool });
            } else {
                let mut value = BytesMut::new();
                while let Some(piece) = field.chunk().await.map_err(|error| self.unreadable(&error))? {
                    if value.len() + piece.len() > FIELDS_LIMIT {
                        let answer = Answer::text(413, "A field is too long");
                        return Err(Reply::Answer(answer.because("field above 4 MiB")));
                    }
                    value.extend_from_slice(&piece);
                }
                form.fields.push((name, String::from_utf8_lossy(&value).into_owned()));
            }
        }
    }

    /// A body that is no multipart form is answered; one that broke off has nobody to be answered.
    fn unreadable(&self, error: &multer::Error) -> Reply {
        match error {
            multer::Error::StreamReadFailed(_)
            | multer::Error::IncompleteStream
            | multer::Error::IncompleteFieldData { .. } => self.broke_off(&error.to_string()),
            other => {
                let answer = Answer::text(400, "The form could not be read");
                Reply::Answer(answer.because(other.to_string()))
            }
        }
    }

    fn broke_off(&self, how: &str) -> Reply {
        let bytes = self.body_bytes();
        let note = format!("body ended after {bytes} bytes: {how}");
        self.world.ledger.amend(self.id, |record| record.faults.push(note));
        Reply::Cut
    }
}
