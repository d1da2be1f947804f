//! The list: whole, page by page, or some of it where somebody is to see the first of it at once.

use super::owner::Command;
use super::{Engine, Front, closed};
use crate::failure::Failure;
use crate::item::ItemId;
use crate::schedule::Queue;
use crate::store::Mark;
use crate::view::{ItemView, Part};
use std::collections::HashSet;
use tokio::sync::oneshot;

/// Items that are read with one question: others wait for the database meanwhile.
const TOGETHER: usize = 2_000;

impl Engine {
    /// All items, in queue order.
    pub async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        let views = self.store.items_as(|item| ItemView::of(&item)).await?;
        self.with_whom_they_wait_for(views).await
    }

    /// The next so many items behind a place, in queue order.
    pub async fn page(&self, after: Option<i64>, count: usize) -> Result<Vec<ItemView>, Failure> {
        let items = self.store.page(after, count).await?;
        self.with_whom_they_wait_for(items.iter().map(ItemView::of).collect()).await
    }

    /// Those of these items that are there.
    pub async fn items_called(&self, ids: Vec<ItemId>) -> Result<Vec<ItemView>, Failure> {
        let mut views = Vec::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            let items = self.store.items_called(ids.to_vec()).await?;
            views.extend(items.into_iter().filter_map(|(_, item)| item).map(|item| ItemView::of(&item)));
        }
        self.with_whom_they_wait_for(views).await
    }

    /// The next so many items behind a mark, or the first ones. What is not over comes first, each in queue order; whom an
    /// item waits for is not looked at.
    pub async fn part(&self, after: Option<Mark>, count: usize) -> Result<Part, Failure> {
        let items = self.store.part(after, count).await?;
        let unfinished = if after.is_none() { Some(self.count_unfinished().await?) } else { None };
        let last = items.last().filter(|_| items.len() == count);
        let rest = last.map(|item| Mark { over: item.summary.is_over(), position: item.position });
        Ok(Part { items: items.iter().map(ItemView::of).collect(), rest, unfinished })
    }

    async fn count_unfinished(&self) -> Result<usize, Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::CountUnfinished { reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    async fn with_whom_they_wait_for(&self, mut views: Vec<ItemView>) -> Result<Vec<ItemView>, Failure> {
        if views.iter().all(|view| view.replaces.is_none()) {
            return Ok(views);
        }
        let replacing = self.store.replacing().await?;
        if replacing.len() < 2 {
            return Ok(views);
        }
        let mut replacing = Queue::new(0, replacing);
        let running: HashSet<ItemId> = self.progress().await?.into_iter().map(|it| it.id).collect();
        for id in &running {
            replacing.set_at_work(*id, true);
        }
        for view in &mut views {
            let waits = matches!(view.stage.as_str(), "queued" | "uploading") && !running.contains(&view.id);
            view.behind = replacing.get(view.id).filter(|_| waits).and_then(|brief| replacing.ahead_of(brief));
        }
        Ok(views)
    }
}

impl Front {
    /// All items, in queue order.
    pub async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        if let Some(engine) = self.engine().await {
            return engine.items().await;
        }
        // A part at a time: another process writes them down, and this one reads them.
        let mut items: Vec<ItemView> = Vec::new();
        loop {
            let page = self.page(items.last().map(|item| item.position), TOGETHER).await?;
            let is_last = page.len() < TOGETHER;
            items.extend(page);
            if is_last {
                return Ok(items);
            }
        }
    }
}
