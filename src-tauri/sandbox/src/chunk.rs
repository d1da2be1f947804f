//! The vendor's chunk handler, step by step, as its public sample shows it, quirks included.
//!
//! Owns the eight steps and their order. Whether a token is good is asked through `token.rs`; the files are
//! `assembly.rs`'s. There is no lock between requests, and there must never be one. Next: `redeem.rs`, which treats what
//! comes out of here exactly like a plain upload.

use crate::auth::{self, Credential};
use crate::form::{FilePart, Form, Spool};
use crate::reply::{Answer, Reply};
use crate::switches::{ReplaceChunks, SizeCapAnswer, Switches, TokenChecked};
use crate::token::{self, Purposed};
use crate::visit::Visit;

/// The numbers that make a request a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) identifier: String,
    pub(crate) number: u64,
    pub(crate) chunk_size: u64,
    pub(crate) total_size: u64,
    pub(crate) count: u64,
}

/// An identifier as the handler uses it: everything but letters, digits, `_` and `-` is dropped.
pub(crate) fn stripped(identifier: &str) -> String {
    identifier.chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect()
}

/// The shape of a request under this method, as the handler behind it sees it.
pub(crate) fn shape(method: &str, switches: &Switches, form: &Form) -> Option<Shape> {
    let replaces = matches!(method, "photo/replace" | "photo/redeem-replace-token");
    let overlooked = replaces && switches.replace_chunks == ReplaceChunks::EachIsWhole;
    if overlooked { None } else { Shape::of(form) }
}

impl Shape {
    /// Step 1: with a number, a size or the total missing or zero, or nothing left of the identifier, the request is
    /// not resumable.
    fn of(form: &Form) -> Option<Self> {
        let nonzero = |name| form.number(name).filter(|value| *value > 0);
        let number = nonzero("resumableChunkNumber")?;
        let chunk_size = nonzero("resumableChunkSize")?;
        let total_size = nonzero("resumableTotalSize")?;
        let identifier = stripped(form.text("resumableIdentifier")?);
        if identifier.is_empty() {
            return None;
        }
        // The handler counts for itself; resumableTotalChunks is not looked at.
        let count = (total_size / chunk_size).max(1);
        Some(Self { identifier, number, chunk_size, total_size, count })
    }

    /// How many bytes the chunk in this place must have: the last one carries the remainder too.
    fn expected(&self) -> u64 {
        match (self.count, self.number) {
            (1, _) => self.total_size,
            (count, number) if number == count => self.total_size % self.chunk_size + self.chunk_size,
            _ => self.chunk_size,
        }
    }
}

/// What the handler makes of a request.
pub(crate) enum Handled {
    /// To be treated as a whole upload from here on.
    Whole {
        file: Option<FilePart>,
        /// The stripped identifier, if it was assembled from chunks.
        identifier: Option<String>,
    },
    /// Answered already.
    Answered(Answer),
    /// A fault that struck on completing had the word.
    Struck(Reply),
}

impl From<Answer> for Handled {
    fn from(answer: Answer) -> Self {
        Self::Answered(answer)
    }
}

/// Carries a request through the steps. Without a purpose for its token, the caller's right has been looked at already.
pub(crate) async fn handle(visit: &mut Visit, form: &mut Form, purpose: Option<Purposed>) -> Handled {
    let world = visit.world.clone();
    let switches = world.switches();
    // 1.
    let Some(shape) = shape(&visit.method, &switches, form) else {
        return Handled::Whole { file: form.file.take(), identifier: None };
    };
    let Shape { identifier, number, count, .. } = shape.clone();
    if let Some(life) = switches.chunk_purge_after {
        world.pieces.purge(Some(world.clock.now_ms() - life.as_millis() as i64));
    }
    // 2.
    if number > count {
        return Answer::text(500, "").because(format!("chunk {number} of {count}")).into();
    }
    // 3. Nothing but the name and the nominal size is consulted: no token, no total.
    if !form.post {
        let there = world.pieces.size_of(&identifier, number) == Some(shape.chunk_size);
        return if there && switches.probe {
            Answer::text(200, "ok").into()
        } else {
            Answer::text(404, "not found").into()
        };
    }
    if let Err(answer) = admit(visit) {
        return answer.into();
    }
    let checked = switches.token_checked == TokenChecked::PerChunk || visit.asked.bad_token;
    if let Some(purpose) = purpose {
        if checked && let Err(answer) = token::check(visit, form, purpose, Some(&identifier)) {
            return answer.into();
        }
        if let Err(answer) = token::count_first_chunk(visit, form, purpose, &identifier) {
            return answer.into();
        }
    }
    // 4.
    if switches.size_cap_answer == SizeCapAnswer::Text500 && switches.size_cap.is_some_and(|cap| shape.total_size > cap)
    {
        return Answer::text(500, TOO_LARGE).because("above the size cap").into();
    }
    let file = form.file.take().unwrap_or_else(|| FilePart { filename: None, spool: Spool::counted(0, Vec::new()) });
    let (bytes, expected) = (file.spool.bytes, shape.expected());
    if bytes != expected {
        return Answer::text(500, "Wrong data size")
            .because(format!("chunk {number} has {bytes} bytes where {expected} belong"))
            .into();
    }
    // 5.
    let now = world.clock.now_ms();
    if let Err(error) = world.pieces.land(&identifier, number, &file.spool, now).await {
        return Answer::text(500, "").because(format!("disk: {error}")).into();
    }
    // 6.
    if (number == 1 || number == count) && is_refused(visit, form, file.filename.as_deref()) {
        return Answer::text(500, UNSUPPORTED).because("unsupported file type").into();
    }
    if let Some(hold) = visit.asked.hold_after_landing {
        let until = world.clock.after(hold);
        visit.holds();
        world.pause_until(until).await;
    }
    // 7.
    if !world.pieces.all_there(&identifier, count, None) {
        return Answer::text(200, "ok").into();
    }
    // 8.
    if let Some(reply) = visit.turned_out_complete().await {
        return Handled::Struck(reply);
    }
    let until = world.clock.after(visit.asked.assembly_delay.unwrap_or(switches.assembly_delay));
    visit.assembly_begins();
    world.pause_until(until).await;
    let incoming = world.dir.join("incoming");
    let whole =
        world.pieces.assemble(&identifier, count, switches.race_loser_500, switches.final_survives, &incoming).await;
    visit.assembly_ends();
    match whole {
        Ok(spool) => Handled::Whole {
            file: Some(FilePart { filename: file.filename.clone(), spool }),
            identifier: Some(identifier),
        },
        // What an unhandled error of the script looks like from outside.
        Err(error) => Answer::text(500, "").because(format!("assembly: {}", error.0)).into(),
    }
}

/// The words for a format that is not taken.
pub(crate) const UNSUPPORTED: &str = "The file type isn't supported";

/// The words for a file above the cap.
pub(crate) const TOO_LARGE: &str = "The file is too large";

/// The name that a file goes by: the field's, else the part's, else what the sample falls back to.
pub(crate) fn original_name(form: &Form, part: Option<&str>) -> String {
    form.filled("resumableFilename").or(part.filter(|name| !name.is_empty())).unwrap_or("unknown").to_owned()
}

/// Whether the format check turns this file away, which the sandbox does by extension.
pub(crate) fn is_refused(visit: &Visit, form: &Form, part: Option<&str>) -> bool {
    let name = original_name(form, part).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let refused = visit.world.switches().refused_extensions;
    extension.is_some_and(|extension| refused.iter().any(|other| other == extension))
}

/// Chunks need no credential by the pages; what the live service makes of a bad one is unknown.
pub(crate) fn admit(visit: &Visit) -> Result<(), Answer> {
    let switches = visit.world.switches();
    let refused = match visit.caller.credential {
        Credential::Absent | Credential::Login => switches.chunks_need_bearer,
        Credential::Refused | Credential::Missigned(_) => {
            switches.chunks_need_bearer || switches.chunks_refuse_expired_bearer
        }
        Credential::Bearer(_) | Credential::Signed(_) => false,
    };
    if refused {
        let problem = auth::refused_bearer(&visit.world);
        return Err(Answer::text(problem.status, problem.message).because("chunk without a good bearer"));
    }
    Ok(())
}
