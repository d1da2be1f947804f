//! The sandbox from outside, with a real HTTP client, feature by feature.

mod answers;
mod bench;
mod callbacks;
mod chunks;
mod faults;
mod lists;
mod replacing;
mod tokens;
mod versions;
mod workspace;
