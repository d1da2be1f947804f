//! Files that were handed over again while their items were there. Most of them change nothing, and a script that repeats
//! itself may have ten thousand: those are known by one look.

use super::super::intake::Intake;
use super::{Owner, READ_TOGETHER};
use crate::failure::{Failure, Remedy};
use crate::item::{Intent, Item, ItemId, Stamp};
use std::collections::HashMap;

/// An item that a file is which was handed over again.
#[derive(Debug)]
pub(in crate::engine) struct Adopted {
    pub(in crate::engine) id: ItemId,
    /// The file as it was seen this time.
    pub(in crate::engine) stamp: Stamp,
    /// And what with it; nothing goes with what replaces another.
    pub(in crate::engine) intake: Option<Box<Intake>>,
}

impl Owner {
    /// What became of each, in their order.
    pub(super) async fn wake_many(&mut self, adopted: Vec<Adopted>) -> Vec<Result<(), Failure>> {
        let ids: Vec<ItemId> = adopted.iter().map(|it| it.id).collect();
        let mut there = HashMap::new();
        for ids in ids.chunks(READ_TOGETHER) {
            // What cannot be read now says so when its own turn comes.
            there.extend(self.yard.store.items_called(ids.to_vec()).await.unwrap_or_default());
        }
        let mut outcomes = Vec::with_capacity(adopted.len());
        let mut as_they_are = Vec::new();
        for adopted in adopted {
            let id = adopted.id;
            if there.get(&id).and_then(Option::as_ref).is_some_and(|item| changes_nothing(item, &adopted)) {
                self.parked.release(id);
                as_they_are.push(id);
                outcomes.push(Ok(()));
            } else {
                outcomes.push(self.wake(adopted).await);
                // The same file may be among them once more.
                there.remove(&id);
            }
        }
        self.reread_many(&as_they_are).await;
        outcomes
    }

    /// A script that repeats itself after a crash means "go on": what was in the way is tried again, unless only a
    /// person can decide it.
    async fn wake(&mut self, Adopted { id, stamp, intake }: Adopted) -> Result<(), Failure> {
        self.let_end(id).await;
        let item = self.load(id).await?;
        if let Some(intake) = &intake
            && item.summary.failure.is_none()
        {
            self.say_what_is_new(id, intake).await?;
        }
        if let Some(failure) = &item.summary.failure {
            if !matches!(failure.remedy(), Remedy::Settle | Remedy::GiveUp) {
                return self.retry(id, Ok(stamp), intake).await;
            }
        } else if item.intent == Intent::Pause {
            return self.set_intent(id, Intent::Run).await;
        }
        self.parked.release(id);
        self.reread(id).await;
        Ok(())
    }
}

/// It goes on by itself, without anything new to say of it. What follows from what is said when its video is there is left
/// to whoever plans that.
fn changes_nothing(item: &Item, adopted: &Adopted) -> bool {
    let says_nothing_new = adopted.intake.as_ref().is_none_or(|intake| intake.says_nothing_new_of(item));
    item.summary.failure.is_none() && item.intent == Intent::Run && item.summary.video.is_none() && says_nothing_new
}
