//! What networks do to an upload, each with the real thing on this machine: certificates that nobody should accept,
//! proxies, names, portals, and lines on which nothing moves.

mod certificates;
mod elsewhere;
mod front;
mod gateway;
mod names;
mod offline;
mod portals;
mod proxies;
mod socks;
