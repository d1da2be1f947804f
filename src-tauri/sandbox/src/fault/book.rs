//! The faults that wait, and the matching of a request against them.
//!
//! Owns the counting: one request counts once for each fault, however often it is asked. A draw depends on the seed,
//! the fault and the occurrence alone, so that a run can be repeated. Next: `visit.rs`, which asks.

use std::collections::HashSet;
use std::sync::Mutex;

use tokio::sync::watch;

use super::{Effect, Endpoint, Fault, Moment};
use crate::unpoisoned;

/// What is known of a request so far. Unknown things do not match yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) post: bool,
    pub(crate) method: String,
    pub(crate) chunked: Option<bool>,
    pub(crate) chunk: Option<u64>,
    pub(crate) completes: Option<bool>,
}

impl Facts {
    fn are(&self, endpoint: &Endpoint) -> bool {
        let method = self.method.as_str();
        let takes_files =
            matches!(method, "photo/redeem-upload-token" | "photo/redeem-replace-token" | "photo/replace");
        match endpoint {
            Endpoint::Any => true,
            Endpoint::Chunk => takes_files && self.post && self.chunked == Some(true),
            Endpoint::Commit => takes_files && self.post && self.completes == Some(true),
            Endpoint::Probe => takes_files && !self.post,
            Endpoint::Redeem => method == "photo/redeem-upload-token" && self.post,
            Endpoint::Replace => takes_files && method != "photo/redeem-upload-token" && self.post,
            Endpoint::GetUploadToken => method == "photo/get-upload-token",
            Endpoint::GetReplaceToken => method == "photo/get-replace-token",
            Endpoint::GetUpdateToken => method == "photo/get-update-token",
            Endpoint::UpdateUploadToken => method == "photo/update-upload-token",
            Endpoint::DeleteUploadToken => method == "photo/delete-upload-token",
            Endpoint::List => method == "photo/list",
            Endpoint::Update => matches!(method, "photo/update" | "photo/redeem-update-token"),
            Endpoint::Delete => method == "photo/delete",
            Endpoint::Progress => method == "photo/get-transcoding-progress",
            Endpoint::Frame => method == "photo/frame",
            Endpoint::Subtitle => method == "photo/subtitle/upload",
            Endpoint::Subtitles => method == "photo/subtitle/list",
            Endpoint::Albums => method == "album/list",
            Endpoint::Tags => method == "tag/list",
            Endpoint::Site => method == "site/get",
            Endpoint::UserTokens => method == "user/tokens",
            Endpoint::Method(path) => method == path.trim_matches('/'),
        }
    }
}

struct Waiting {
    id: u64,
    fault: Fault,
    met: u32,
    spent: u32,
}

struct Pages {
    waiting: Vec<Waiting>,
    next_id: u64,
    seed: u64,
}

/// Tells that the faults were cleared.
pub(crate) type Cleared = watch::Receiver<u64>;

/// All faults of one sandbox.
pub(crate) struct Book {
    pages: Mutex<Pages>,
    cleared: watch::Sender<u64>,
}

/// Which faults one request has already been counted for.
#[derive(Clone, Default)]
pub(crate) struct Seen(HashSet<u64>);

impl Book {
    pub(crate) fn new(seed: u64) -> Self {
        Self { pages: Mutex::new(Pages { waiting: Vec::new(), next_id: 0, seed }), cleared: watch::Sender::new(0) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        let mut pages = unpoisoned(&self.pages);
        pages.next_id += 1;
        let id = pages.next_id;
        pages.waiting.push(Waiting { id, fault, met: 0, spent: 0 });
    }

    pub(crate) fn clear(&self) {
        unpoisoned(&self.pages).waiting.clear();
        self.cleared.send_modify(|times| *times += 1);
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        unpoisoned(&self.pages).waiting.iter().map(|waiting| waiting.fault.clone()).collect()
    }

    /// Changes with the next [`Book::clear`]. Taken before a strike, so that no clearing falls between the two.
    pub(crate) fn cleared(&self) -> Cleared {
        self.cleared.subscribe()
    }

    /// The effects that take place at this moment. A fault strikes as soon as the facts match and no later moment
    /// than its own has passed it by; of several final ones the first alone is used up.
    pub(crate) fn strike(&self, moment: Moment, facts: &Facts, seen: &mut Seen) -> Vec<Effect> {
        let mut effects: Vec<Effect> = Vec::new();
        let mut settled = false;
        let mut pages = unpoisoned(&self.pages);
        let seed = pages.seed;
        for waiting in &mut pages.waiting {
            let fault = &waiting.fault;
            if fault.effect.moment() > moment || (settled && fault.effect.is_final()) {
                continue;
            }
            if seen.0.contains(&waiting.id) || !facts.are(&fault.endpoint) {
                continue;
            }
            if fault.chunk.is_some() && fault.chunk != facts.chunk {
                continue;
            }
            seen.0.insert(waiting.id);
            waiting.met += 1;
            if waiting.met < fault.nth || fault.times.is_some_and(|times| waiting.spent >= times) {
                continue;
            }
            if fault.chance.is_some_and(|chance| !drawn(seed, waiting.id, waiting.met, chance)) {
                continue;
            }
            waiting.spent += 1;
            settled |= fault.effect.is_final();
            effects.push(fault.effect.clone());
        }
        pages.waiting.retain(|waiting| waiting.fault.times.is_none_or(|times| waiting.spent < times));
        effects
    }
}

fn drawn(seed: u64, fault: u64, occurrence: u32, chance: f64) -> bool {
    let mixed =
        seed ^ fault.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(occurrence).wrapping_mul(0xD1B5_4A32_D192_ED03);
    fastrand::Rng::with_seed(mixed).f64() < chance
}
