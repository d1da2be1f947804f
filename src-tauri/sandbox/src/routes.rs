//! Paths.
use crate::world::World;
use axum::Router;
use std::sync::Arc;
pub(crate) fn router(world: Arc<World>) -> Router {
    Router::new().with_state(world)
}
