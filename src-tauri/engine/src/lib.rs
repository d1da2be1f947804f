//! engine
pub mod answer;
pub mod commit;
pub mod failure;
mod hooks;
pub mod item;
pub mod messages;
pub mod plan;
pub mod timing;
pub mod workspace;
