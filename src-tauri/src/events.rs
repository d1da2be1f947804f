//! What the pages hear without asking.

use crate::hover::{Hover, Place};
use crate::offers::Offer;
use crate::updates::Changes;

/// One of the kinds that `Updates.ts` names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Changes(Box<Changes>),
    Offer(Offer),
    Hover(Hover),
    /// Where the pointer is with what it holds.
    Over(Place),
    /// There is a newer version.
    #[cfg(feature = "update-check")]
    Newer(String),
}
