//! What a person wants of items in the queue, one or many at a time.

use crate::offers::title;
use crate::rows::Publish;
use crate::shell::Shell;
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::{Category, Details, Intent, ItemId};
use slipway_engine::{Edit as EngineEdit, ItemView, Settle as EngineSettle};
use ts_rs::TS;

/// Items, by id.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Items {
    pub(crate) ids: Vec<ItemId>,
}

/// One item.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct OneItem {
    pub(crate) id: ItemId,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetIntent {
    /// `null` for all that are not over.
    ids: Option<Vec<ItemId>>,
    intent: Intent,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBefore {
    ids: Vec<ItemId>,
    /// `null` for the end.
    before: Option<ItemId>,
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditItems {
    ids: Vec<ItemId>,
    edit: Edit,
}

/// What is to be different; `null` stays as it is.
#[derive(Debug, Clone, Default, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// As it stands here.
    title: Option<String>,
    /// A title for each where none is said: `{name}` is the file's, `{folder}` its folder's, `{n}` counts from 1.
    title_pattern: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    add_tags: Option<Vec<String>>,
    #[ts(type = "Array<number | string> | null")]
    categories: Option<Vec<Category>>,
    publish: Option<Publish>,
}

impl Edit {
    /// What an item says with it.
    fn of(&self, item: &ItemView, n: usize) -> EngineEdit {
        let Self { title: said, title_pattern, description, tags, add_tags, categories, publish } = self.clone();
        let mut details: Details = item.details.clone();
        let filled_in = || title_pattern.map(|pattern| title(&pattern, &item.file, n));
        details.title = said.or_else(filled_in).unwrap_or(details.title);
        details.description = description.unwrap_or(details.description);
        details.tags = tags.unwrap_or(details.tags);
        for tag in add_tags.unwrap_or_default() {
            if !details.tags.contains(&tag) {
                details.tags.push(tag);
            }
        }
        details.categories = categories.unwrap_or(details.categories);
        let details = (details != item.details).then_some(details);
        EngineEdit { details, publish: publish.map(Into::into) }
    }
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settle {
    id: ItemId,
    answer: Settlement,
}

/// What a person says about an upload whose end is not known.
#[derive(Debug, Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Settlement {
    /// It arrived, as this video.
    Arrived(u64),
    SendAgain,
    KeepLooking,
}

/// A line of an item's log.
#[derive(Debug, Serialize, TS)]
pub(crate) struct LogLine {
    at: String,
    text: String,
}

impl Shell {
    pub(crate) async fn set_intent(&self, SetIntent { ids, intent }: SetIntent) -> Result<(), Failure> {
        let engine = self.place.engine().await?;
        let ids = match ids {
            Some(ids) => ids,
            None => engine.items().await?.into_iter().map(|item| item.id).collect(),
        };
        engine.set_intents(ids, intent).await
    }

    /// Everything that is not over goes on, or rests.
    pub(crate) async fn set_all(&self, intent: Intent) -> Result<(), Failure> {
        self.set_intent(SetIntent { ids: None, intent }).await
    }

    pub(crate) async fn retry(&self, Items { ids }: Items) -> Result<(), Failure> {
        let engine = self.place.engine().await?;
        let mut outcome = Outcome::default();
        for id in ids {
            outcome.add(engine.retry(id).await);
        }
        outcome.0
    }

    pub(crate) async fn clear(&self, Items { ids }: Items) -> Result<(), Failure> {
        self.place.engine().await?.clear_many(ids).await
    }

    /// The first of them is the very next.
    pub(crate) async fn send_next(&self, Items { ids }: Items) -> Result<(), Failure> {
        let engine = self.place.engine().await?;
        let mut outcome = Outcome::default();
        for id in ids.into_iter().rev() {
            outcome.add(engine.send_next(id).await);
        }
        outcome.0
    }

    pub(crate) async fn move_before(&self, MoveBefore { ids, before }: MoveBefore) -> Result<(), Failure> {
        self.place.engine().await?.move_before(ids, before).await
    }

    pub(crate) async fn edit(&self, EditItems { ids, edit }: EditItems) -> Result<(), Failure> {
        let engine = self.place.engine().await?;
        let mut outcome = Outcome::default();
        for (n, id) in (1..).zip(ids) {
            outcome.add(async { engine.edit(id, edit.of(&engine.item(id).await?, n)).await }.await);
        }
        outcome.0
    }

    pub(crate) async fn settle(&self, Settle { id, answer }: Settle) -> Result<(), Failure> {
        let answer = match answer {
            Settlement::Arrived(video) => EngineSettle::Arrived(video),
            Settlement::SendAgain => EngineSettle::SendAgain,
            Settlement::KeepLooking => EngineSettle::KeepLooking,
        };
        self.place.engine().await?.settle(id, answer).await
    }

    pub(crate) async fn log(&self, OneItem { id }: OneItem) -> Result<Vec<LogLine>, Failure> {
        let lines = self.place.engine().await?.log(id).await?;
        Ok(lines.into_iter().map(|line| LogLine { at: line.at.to_string(), text: line.text }).collect())
    }

    /// Those of these items that are there, as they are now.
    pub(crate) async fn items(&self, ids: &[ItemId]) -> Result<Vec<ItemView>, Failure> {
        let engine = self.place.engine().await?;
        let mut items = Vec::new();
        for id in ids {
            match engine.item(*id).await {
                Err(failure) if failure.code == Code::ItemUnknown => {}
                item => items.push(item?),
            }
        }
        Ok(items)
    }
}

/// What several steps came to: one that is refused holds up no other, and the first of those that were is told.
struct Outcome(Result<(), Failure>);

impl Default for Outcome {
    fn default() -> Self {
        Self(Ok(()))
    }
}

impl Outcome {
    fn add(&mut self, result: Result<(), Failure>) {
        if self.0.is_ok() {
            self.0 = result;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn an_answer_to_an_open_end_reads_as_the_pages_write_it() {
        assert!(matches!(from_value(json!({"arrived": 7})), Ok(Settlement::Arrived(7))));
        assert!(matches!(from_value(json!("send_again")), Ok(Settlement::SendAgain)));
        assert!(matches!(from_value(json!("keep_looking")), Ok(Settlement::KeepLooking)));
    }

    #[test]
    fn of_several_steps_the_first_that_was_refused_is_told() {
        let mut outcome = Outcome::default();
        for code in [None, Some(Code::ItemUnknown), None, Some(Code::NotPossibleNow)] {
            outcome.add(code.map_or(Ok(()), |code| Err(Failure::new(code))));
        }
        assert_eq!(outcome.0.unwrap_err().code, Code::ItemUnknown);
    }
}
