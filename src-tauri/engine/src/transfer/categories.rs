//! An item's wording with its categories found, before anything is asked for with them.

use super::{Stop, Transfer};
use crate::api::Wording;
use crate::item::{Category, Details};

impl Transfer {
    /// The item's details as they are now, with their categories found.
    pub(super) async fn wording(&mut self) -> Result<Worded, Stop> {
        self.refresh_details().await?;
        let details = self.item.details.clone();
        let categories = self.find_categories(&details.categories).await?;
        Ok(Worded { details, categories })
    }

    async fn find_categories(&self, wanted: &[Category]) -> Result<Vec<u64>, Stop> {
        let ask = self.exchange("categories", |api, pass| async move { api.categories(&pass).await });
        self.site.categories.ids(wanted, self.yard.timing.categories, ask).await?.map_err(Stop::Failed)
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
