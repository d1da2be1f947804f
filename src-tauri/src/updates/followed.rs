//! What is followed: the queue and the folders, as whoever tells asks for them, and their news as they come.

use crate::place::{Feed, Place};
use slipway_engine::failure::Failure;
use slipway_engine::item::ItemId;
use slipway_engine::{FolderView, ItemView, Mark, Part, Progress, Update};
use std::future::{Future, pending};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

pub(crate) trait Queue: Send + Sync + 'static {
    fn items(&self) -> impl Future<Output = Result<Vec<ItemView>, Failure>> + Send;
    fn part(&self, after: Option<Mark>, count: usize) -> impl Future<Output = Result<Part, Failure>> + Send;
    fn item(&self, id: ItemId) -> impl Future<Output = Result<ItemView, Failure>> + Send;
    fn progress(&self) -> impl Future<Output = Result<Vec<Progress>, Failure>> + Send;
    fn folders(&self) -> impl Future<Output = Result<Vec<FolderView>, Failure>> + Send;
}

impl Queue for Place {
    async fn items(&self) -> Result<Vec<ItemView>, Failure> {
        self.engine().await?.items().await
    }

    async fn part(&self, after: Option<Mark>, count: usize) -> Result<Part, Failure> {
        self.engine().await?.part(after, count).await
    }

    async fn item(&self, id: ItemId) -> Result<ItemView, Failure> {
        self.engine().await?.item(id).await
    }

    async fn progress(&self) -> Result<Vec<Progress>, Failure> {
        self.engine().await?.progress().await
    }

    async fn folders(&self) -> Result<Vec<FolderView>, Failure> {
        self.engine().await?.folders().await
    }
}

/// The next news, where there is somebody to tell them.
pub(crate) async fn next(feed: &mut Option<Feed>) -> Result<Update, RecvError> {
    match feed {
        Some(feed) => feed.recv().await,
        None => pending().await,
    }
}

/// When it is due, where anything is.
pub(crate) async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
