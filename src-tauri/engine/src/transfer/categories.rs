//! An item's wording with its categories found, before anything is asked for with them.

use super::{Stop, Transfer};
use crate::api::Wording;
use crate::categories::find;
use crate::item::{Category, Details};
use std::sync::Arc;

impl Transfer {
    /// The item's details as they are now, with their categories found.
    pub(super) async fn wording(&mut self) -> Result<Worded, Stop> {
        self.refresh_details().await?;
        let details = self.item.details.clone();
        let categories = self.find_categories(&details.categories).await?;
        Ok(Worded { details, categories })
    }

    async fn find_categories(&self, wanted: &[Category]) -> Result<Vec<u64>, Stop> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(list) = self.site.categories.seen(self.yard.timing.categories)
            && let Ok(found) = find(wanted, &list)
        {
            return Ok(found);
        }
        // What was not in the list a moment ago may have been made since.
        let listed = self.exchange("categories", |api, pass| async move { api.categories(&pass).await }).await?;
        let list = Arc::new(listed);
        self.site.categories.see(Arc::clone(&list));
        find(wanted, &list).map_err(Stop::Failed)
    }
}

/// Details and the ids of their categories.
#[derive(Debug)]
pub(super) struct Worded {
    details: Details,
    categories: Vec<u64>,
}

impl Worded {
    pub(super) fn as_sent(&self) -> Wording<'_> {
        Wording { details: &self.details, categories: &self.categories }
    }
}
