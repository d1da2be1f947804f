//! What is followed: the queue and the folders, as whoever tells asks for them.

use crate::place::Place;
use slipway_engine::failure::Failure;
use slipway_engine::item::ItemId;
use slipway_engine::{FolderView, ItemView, Mark, Part, Progress};
use std::future::Future;

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
