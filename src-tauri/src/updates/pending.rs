//! What was not told yet: kept by item, so that a flood of news costs no more than the items that it is about.

use crate::settings::Settings;
use crate::sign_in::Workspace;
use crate::speed::Speed;
use slipway_engine::ItemView;
use slipway_engine::item::ItemId;
use std::collections::{BTreeMap, BTreeSet};

/// What was not told yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) items: BTreeMap<ItemId, Box<ItemView>>,
    /// Something is new about these that does not stand in their view.
    pub(super) unread: BTreeSet<ItemId>,
    /// More is known of the files of these; that has time.
    pub(super) seen: BTreeSet<ItemId>,
    pub(super) removed: BTreeSet<ItemId>,
    pub(super) workspaces: Option<Vec<Workspace>>,
    pub(super) settings: Option<Settings>,
    pub(super) speed: Option<Speed>,
    pub(super) keychain: bool,
    pub(super) trouble: bool,
    /// News were missed: a number is left out.
    pub(super) gap: bool,
}

impl Pending {
    /// Whether nothing is to be told at once.
    pub(super) fn is_empty(&self) -> bool {
        let Self { items, unread, seen: _, removed, workspaces, settings, speed, keychain, trouble, gap } = self;
        let news = workspaces.is_some() || settings.is_some() || speed.is_some() || *keychain || *trouble || *gap;
        !news && items.is_empty() && unread.is_empty() && removed.is_empty()
    }
}
