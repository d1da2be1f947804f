//! Which requests came too close to an assembly: the vendor's sample handler has no lock, so each of them could have
//! spoiled the file. A handler runs from when its request was read to the end; what broke off before never had one.

use serde::{Deserialize, Serialize};

use super::RequestRecord;

/// How the other request lay to the assembling one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlapping {
    /// Both were being handled at some instant.
    During,
    /// It began after the assembling request had ended.
    After,
}

/// An assembling request and another one with the same identifier that ran beside it or began after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The assembling request's id.
    pub assembling: u64,
    /// The other request's id.
    pub other: u64,
    /// The identifier that they share.
    pub identifier: String,
    /// How they lay to one another.
    pub how: Overlapping,
    /// The other one only asked, by GET.
    pub probe: bool,
    /// The other one was a second delivery that a fault had made.
    pub ghost: bool,
}

pub(super) fn beside_assembly(requests: &[RequestRecord]) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for assembling in requests.iter().filter(|request| request.assembly.is_some()) {
        let Some(identifier) = &assembling.identifier else {
            continue;
        };
        for other in requests {
            if other.id == assembling.id || other.identifier.as_ref() != Some(identifier) {
                continue;
            }
            let handled_from = assembling.whole.unwrap_or(assembling.started);
            let began_after = assembling.ended.is_some_and(|ended| other.started > ended);
            let ended_before = other.ended.is_some_and(|ended| ended < handled_from);
            let broke_off = other.is_chunk() && other.ended.is_some() && other.whole.is_none();
            if ended_before || broke_off {
                continue;
            }
            overlaps.push(Overlap {
                assembling: assembling.id,
                other: other.id,
                identifier: identifier.clone(),
                how: if began_after { Overlapping::After } else { Overlapping::During },
                probe: other.is_probe(),
                ghost: other.ghost_of.is_some(),
            });
        }
    }
    overlaps
}
