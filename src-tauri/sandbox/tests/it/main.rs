//! The sandbox from outside, with a real HTTP client, feature by feature.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod answers;
mod bench;
mod callbacks;
mod chunks;
mod faults;
mod lists;
mod oauth;
mod replacing;
mod subtitles;
mod tokens;
mod versions;
mod workspace;
