//! Upload and replace tokens.
use crate::world::World;
pub(crate) fn expire_all(_world: &World) {}
