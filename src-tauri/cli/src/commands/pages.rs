//! The queue, some items at a time: it may have a hundred thousand.

use slipway_engine::failure::Failure;
use slipway_engine::{Front, ItemView};

/// Items that are read, or changed, with one question.
pub(super) const TOGETHER: usize = 1_000;

/// All items, some at a time.
pub(super) struct Pages<'a> {
    front: &'a Front,
    after: Option<i64>,
}

impl<'a> Pages<'a> {
    pub(super) fn of(front: &'a Front) -> Self {
        Self { front, after: None }
    }

    /// The next ones, if there are any.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<ItemView>>, Failure> {
        let page = self.front.page(self.after, TOGETHER).await?;
        self.after = page.last().map(|item| item.position);
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}
