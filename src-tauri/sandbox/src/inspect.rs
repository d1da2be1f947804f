//! What arrived and what became of it, for tests and for people.
//!
//! Owns the record of requests, refusals and peaks, in memory only. One counter numbers every start and every end, of
//! requests and of assemblies, so that "did these two overlap" has an exact answer without a clock.
//! Never holds a credential: of a bearer it keeps that there was one. Next: `visit.rs`, which writes it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::unpoisoned;

mod exposed;
mod overlap;
mod video;

pub use exposed::Exposed;
pub(crate) use exposed::exposed;
pub use overlap::{Overlap, Overlapping};
pub use video::{Kind, Subtitle, VideoRecord};

/// One request below `/api/` or `/oauth/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Counts up from 1 in order of arrival.
    pub id: u64,
    /// Sequence number of its arrival; shared with every other start and end.
    pub started: u64,
    /// Sequence number of the end of its handling, which comes before its answer is sent. Absent while it runs.
    pub ended: Option<u64>,
    /// Sequence number of the instant at which its body had been read to the end: only then the handler behind it begins.
    pub whole: Option<u64>,
    /// The server's clock at its arrival, in milliseconds since 1970.
    pub at_ms: i64,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// 1 for `/api/…` and `/oauth/…`, 2 for `/api/2/…`.
    pub version: u8,
    /// The method's path, such as `photo/list`, or `oauth/request_token`.
    pub api_method: String,
    /// Whether an `Authorization: Bearer` header was there; never its value.
    pub bearer: bool,
    /// Whether it showed an OAuth signature, in the header, the body or the query; never its parts.
    pub oauth: bool,
    /// The names of the fields in its address's query, of a POST too, where they are not read.
    pub url_fields: Vec<String>,
    /// The kinds of credential that stood in its address, where logs and proxies keep them. Never the credential.
    pub exposed: Vec<Exposed>,
    /// Fields in order of arrival, without the file.
    pub params: Vec<(String, String)>,
    /// `resumableChunkNumber`.
    pub chunk: Option<u64>,
    /// `resumableIdentifier`, stripped as the handler strips it.
    pub identifier: Option<String>,
    /// Bytes of the request body that were read.
    pub body_bytes: u64,
    /// Bytes of the `file` part, once it has arrived whole.
    pub file_bytes: Option<u64>,
    /// SHA-256 of the `file` part, if it was computed.
    pub file_sha256: Option<String>,
    /// Status of the answer; absent when none was given.
    pub status: Option<u16>,
    /// The beginning of the answer's body.
    pub excerpt: String,
    /// When it had arrived, all other chunks of the set lay there (or it was a plain upload): it is to complete a file.
    pub completing: bool,
    /// Sequence numbers of the start and the end of the assembly that it carried out.
    pub assembly: Option<(u64, Option<u64>)>,
    /// The video that it made or changed.
    pub photo_id: Option<u64>,
    /// It is the second delivery of an earlier request, by the id of that one.
    pub ghost_of: Option<u64>,
    /// The faults that struck it.
    pub faults: Vec<String>,
}

impl RequestRecord {
    /// The first value of a field.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether it carried a chunk, by POST.
    pub fn is_chunk(&self) -> bool {
        self.method == "POST" && self.chunk.is_some() && self.identifier.is_some()
    }

    /// Whether it asked for a chunk's presence, by GET.
    pub fn is_probe(&self) -> bool {
        self.method == "GET" && self.chunk.is_some() && self.identifier.is_some()
    }
}

/// A request that was turned away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which request, by its id.
    pub request: u64,
    /// The method's path.
    pub api_method: String,
    /// The chunk, if it carried one.
    pub chunk: Option<u64>,
    /// Why, more plainly than the answer says.
    pub reason: String,
    /// Status of the answer.
    pub status: u16,
}

/// How many requests were handled at the same time, at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peaks {
    /// Of all requests below `/api/` and `/oauth/`.
    pub requests: usize,
    /// Of chunks, from the moment their fields are known.
    pub chunks: usize,
    /// Of chunks with the same identifier.
    pub by_identifier: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Pages {
    sequence: u64,
    requests: Vec<RequestRecord>,
    refusals: Vec<Refusal>,
    peaks: Peaks,
    in_flight: usize,
    chunks_in_flight: BTreeMap<String, usize>,
}

/// The record of one sandbox's run.
#[derive(Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
    changed: Notify,
}

impl Ledger {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        unpoisoned(&self.pages)
    }

    /// Resolves at the next [`Ledger::wake`] after the future is enabled.
    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    /// Wakes whoever waits for something to be true.
    pub(crate) fn wake(&self) {
        self.changed.notify_waiters();
    }

    /// Enters a request and answers its id.
    pub(crate) fn open(&self, mut record: RequestRecord) -> u64 {
        let id = {
            let mut pages = self.pages();
            pages.sequence += 1;
            record.started = pages.sequence;
            record.id = pages.requests.len() as u64 + 1;
            let id = record.id;
            pages.requests.push(record);
            pages.in_flight += 1;
            pages.peaks.requests = pages.peaks.requests.max(pages.in_flight);
            id
        };
        self.wake();
        id
    }

    /// Changes a request's record.
    pub(crate) fn amend(&self, id: u64, change: impl FnOnce(&mut RequestRecord)) {
        if let Some(record) = self.pages().requests.get_mut(id as usize - 1) {
            change(record);
        }
        self.wake();
    }

    /// Notes that a request turned out to carry a chunk of this identifier.
    pub(crate) fn enter_chunk(&self, identifier: &str) {
        let mut pages = self.pages();
        let count = pages.chunks_in_flight.entry(identifier.to_owned()).or_default();
        *count += 1;
        let count = *count;
        let peak = pages.peaks.by_identifier.entry(identifier.to_owned()).or_default();
        *peak = (*peak).max(count);
        let all = pages.chunks_in_flight.values().sum();
        pages.peaks.chunks = pages.peaks.chunks.max(all);
    }

    /// The next sequence number.
    pub(crate) fn tick(&self) -> u64 {
        let mut pages = self.pages();
        pages.sequence += 1;
        pages.sequence
    }

    /// Ends a request's handling.
    pub(crate) fn close(&self, id: u64, entered: Option<&str>) {
        {
            let mut pages = self.pages();
            pages.sequence += 1;
            let ended = pages.sequence;
            if let Some(record) = pages.requests.get_mut(id as usize - 1) {
                record.ended = Some(ended);
            }
            pages.in_flight -= 1;
            if let Some(identifier) = entered
                && let Some(count) = pages.chunks_in_flight.get_mut(identifier)
            {
                *count -= 1;
                if *count == 0 {
                    pages.chunks_in_flight.remove(identifier);
                }
            }
        }
        self.wake();
    }

    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.pages().refusals.push(refusal);
    }

    /// One request's record as it stands.
    pub(crate) fn request(&self, id: u64) -> RequestRecord {
        self.pages().requests[id as usize - 1].clone()
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.pages().requests.clone()
    }

    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        self.pages().refusals.clone()
    }

    pub(crate) fn peaks(&self) -> Peaks {
        self.pages().peaks.clone()
    }

    pub(crate) fn overlaps(&self) -> Vec<Overlap> {
        overlap::beside_assembly(&self.pages().requests)
    }

    /// Shows everything to a question, under one lock.
    pub(crate) fn ask(
        &self,
        videos: &BTreeMap<u64, VideoRecord>,
        what: &mut (impl FnMut(&Inspection<'_>) -> bool + Send),
    ) -> bool {
        let pages = self.pages();
        what(&Inspection {
            requests: &pages.requests,
            refusals: &pages.refusals,
            peaks: &pages.peaks,
            in_flight: pages.in_flight,
            videos,
        })
    }
}

/// The state of a sandbox at one instant, as [`Sandbox::until`](crate::Sandbox::until) shows it.
pub struct Inspection<'a> {
    requests: &'a [RequestRecord],
    refusals: &'a [Refusal],
    peaks: &'a Peaks,
    in_flight: usize,
    videos: &'a BTreeMap<u64, VideoRecord>,
}

impl Inspection<'_> {
    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> &[RequestRecord] {
        self.requests
    }

    /// Every request to one method, such as `photo/list`.
    pub fn requests_to<'s>(&'s self, api_method: &'s str) -> impl Iterator<Item = &'s RequestRecord> {
        self.requests.iter().filter(move |request| request.api_method == api_method)
    }

    /// Every chunk that was sent, in order of arrival.
    pub fn chunks(&self) -> impl Iterator<Item = &RequestRecord> {
        self.requests.iter().filter(|request| request.is_chunk())
    }

    /// Every video, by its id.
    pub fn videos(&self) -> Vec<&VideoRecord> {
        self.videos.values().collect()
    }

    /// Every refusal so far.
    pub fn refusals(&self) -> &[Refusal] {
        self.refusals
    }

    /// The peaks so far.
    pub fn peaks(&self) -> &Peaks {
        self.peaks
    }

    /// Requests that are being handled now.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }
}
