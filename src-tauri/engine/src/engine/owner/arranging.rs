//! Pausing, resuming, cancelling, removing and putting in order: one item, or many in one transaction and with what
//! follows for each.

use super::{Owner, not_now};
use crate::failure::Failure;
use crate::item::{Event, Intent, ItemId, Stage};
use futures_util::{StreamExt, stream};

/// Items that are cancelled side by side: their facts meet in one flush.
const SIDE_BY_SIDE: usize = 64;

impl Owner {
    pub(super) async fn set_intent(&mut self, id: ItemId, intent: Intent) -> Result<(), Failure> {
        let item = self.load(id).await?;
        let changed = self.intend(vec![id], intent).await?;
        if changed.is_empty() { Err(not_now(&item)) } else { Ok(()) }
    }

    /// Cancels an item that does not run, unless a commit of it may have arrived: then a transfer looks first.
    pub(super) async fn cancel_resting(&self, id: ItemId) -> Result<(), Failure> {
        let stage = self.stage(id).await?;
        let committed = stage.session().is_some_and(|session| session.committed_at().is_some());
        match stage {
            Stage::Failed { .. } if committed => self.apply(id, Event::Retried).await,
            _ if committed => Ok(()),
            _ => self.apply(id, Event::Cancelled).await,
        }
    }

    pub(super) async fn send_next(&mut self, id: ItemId) -> Result<(), Failure> {
        self.load(id).await?;
        self.yard.store.set_first(id).await?;
        self.reread(id).await;
        Ok(())
    }

    pub(super) async fn clear(&mut self, id: ItemId) -> Result<(), Failure> {
        let item = self.load(id).await?;
        let failed_for_good = item.summary.stage == "failed" && !item.summary.unsettled;
        if !item.summary.is_over() && !failed_for_good {
            return Err(not_now(&item));
        }
        self.yard.store.remove(id).await?;
        self.reread(id).await;
        Ok(())
    }

    pub(super) async fn begin_many(&mut self, ids: Vec<ItemId>) -> Result<(), Failure> {
        self.let_all_end(&ids).await;
        self.reread_many(&ids).await;
        Ok(())
    }

    pub(super) async fn intend_many(&mut self, ids: Vec<ItemId>, intent: Intent) -> Result<(), Failure> {
        self.let_all_end(&ids).await;
        self.intend(ids, intent).await.map(|_| ())
    }

    /// Records what is wanted of those that it still concerns, and passes it on to what runs; returns them.
    async fn intend(&mut self, ids: Vec<ItemId>, intent: Intent) -> Result<Vec<ItemId>, Failure> {
        let changed = self.yard.store.set_intents(ids, intent).await?;
        let mut resting = Vec::new();
        for id in &changed {
            self.parked.release(*id);
            if let Some(running) = self.running.get(id) {
                running.intent.send_replace(intent);
                self.queue.intend(*id, intent);
            } else {
                resting.push(*id);
            }
        }
        let mut result = Ok(changed);
        if intent == Intent::Cancel {
            let owner = &*self;
            let ids = resting.clone();
            let mut cancelled = stream::iter(ids).map(|id| owner.cancel_resting(id)).buffer_unordered(SIDE_BY_SIDE);
            while let Some(one) = cancelled.next().await {
                result = result.and_then(|changed| one.map(|()| changed));
            }
        }
        self.reread_many(&resting).await;
        result
    }

    pub(super) async fn move_before(&mut self, ids: Vec<ItemId>, before: Option<ItemId>) -> Result<(), Failure> {
        let moved = self.yard.store.move_before(ids, before).await?;
        self.reread_many(&moved).await;
        Ok(())
    }

    pub(super) async fn clear_many(&mut self, ids: Vec<ItemId>) -> Result<(), Failure> {
        self.let_all_end(&ids).await;
        let removed = self.yard.store.remove_over(ids).await?;
        self.reread_many(&removed).await;
        Ok(())
    }

    async fn let_all_end(&mut self, ids: &[ItemId]) {
        for id in ids {
            if self.running.contains_key(id) {
                self.let_end(*id).await;
            }
        }
    }
}
