//! Pausing, resuming, removing and putting in order: one item or many. Many are changed in one step on disk, because a
//! person who pauses ten thousand files waits for it.

use super::owner::{Change, Command, Many};
use super::{Engine, closed};
use crate::failure::Failure;
use crate::item::{Intent, ItemId};
use crate::view::ThrottleView;
use tokio::sync::oneshot;

impl Engine {
    /// Pauses, resumes or cancels an item. Cancelling an item whose last piece was sent settles it first.
    pub async fn set_intent(&self, id: ItemId, intent: Intent) -> Result<(), Failure> {
        self.change(id, Change::Intend(intent)).await
    }

    /// The same for many. Those for which it makes no sense any more, such as pausing what is over, stay as they are.
    pub async fn set_intents(&self, ids: Vec<ItemId>, intent: Intent) -> Result<(), Failure> {
        self.change_many(ids, Many::Intend(intent)).await
    }

    /// Moves an item ahead of all others that have not begun.
    pub async fn send_next(&self, id: ItemId) -> Result<(), Failure> {
        self.change(id, Change::SendNext).await
    }

    /// Moves items, in the order given, before another one or to the end. Lanes and small files still go first: this is
    /// the order among equals.
    pub async fn move_before(&self, ids: Vec<ItemId>, before: Option<ItemId>) -> Result<(), Failure> {
        self.change_many(ids, Many::MoveBefore(before)).await
    }

    /// Removes a finished item from the list. Never one whose outcome is open.
    pub async fn clear(&self, id: ItemId) -> Result<(), Failure> {
        self.change(id, Change::Clear).await
    }

    /// The same for many. Those that may not be removed stay.
    pub async fn clear_many(&self, ids: Vec<ItemId>) -> Result<(), Failure> {
        self.change_many(ids, Many::Clear).await
    }

    /// How many chunks may be in flight at once, from now on.
    pub async fn set_in_flight(&self, in_flight: usize) -> Result<(), Failure> {
        self.commands.send(Command::InFlight(in_flight)).await.map_err(|_| closed())
    }

    /// How fast, and when, was set anew in the file of settings; by the time this returns it counts.
    pub async fn throttle_changed(&self) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::ThrottleChanged { reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    /// How fast, and when, and what follows from that now.
    pub async fn throttle(&self) -> Result<ThrottleView, Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Throttle { reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    pub(super) async fn change_many(&self, ids: Vec<ItemId>, change: Many) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Many { ids, change, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}
