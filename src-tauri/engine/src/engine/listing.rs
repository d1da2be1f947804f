//! The list: whole, or part by part where somebody is to see the first of it at once.

use super::Engine;
use crate::failure::Failure;
use crate::item::{Item, ItemId};
use crate::schedule::Queue;
use crate::store::Mark;
use crate::view::{ItemView, Part};
use std::collections::HashSet;

impl Engine {
    /// All items, in queue order.
    pub async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        let items = self.store.items().await?;
        let replacing = items.iter().filter(|it| it.replaces.is_some() && !it.summary.is_over()).map(Item::brief);
        let mut replacing = Queue::new(0, replacing);
        if replacing.replacements().count() < 2 {
            return Ok(items.iter().map(ItemView::of).collect());
        }
        let running: HashSet<ItemId> = self.progress().await?.into_iter().map(|it| it.id).collect();
        for id in &running {
            replacing.set_at_work(*id, true);
        }
        let seen = |item: &Item| {
            let waits = matches!(item.summary.stage.as_str(), "queued" | "uploading") && !running.contains(&item.id);
            let behind = if waits { replacing.ahead_of(&item.brief()) } else { None };
            ItemView { behind, ..ItemView::of(item) }
        };
        Ok(items.iter().map(seen).collect())
    }

    /// The next so many items behind a mark, or the first ones. What is not over comes first, each in queue order; whom an
    /// item waits for is not looked at.
    pub async fn part(&self, after: Option<Mark>, count: usize) -> Result<Part, Failure> {
        let items = self.store.part(after, count).await?;
        let unfinished = if after.is_none() { Some(self.store.count_unfinished().await?) } else { None };
        let last = items.last().filter(|_| items.len() == count);
        let rest = last.map(|item| Mark { over: item.summary.is_over(), position: item.position });
        Ok(Part { items: items.iter().map(ItemView::of).collect(), rest, unfinished })
    }
}
