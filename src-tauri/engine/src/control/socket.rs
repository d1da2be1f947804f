//! The way between two processes of one user: a Unix socket in the data folder, or a named pipe whose name stands there.

#[cfg(windows)]
mod pipe;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
pub(crate) use pipe::Listener;
#[cfg(windows)]
pub(super) use pipe::connect;
#[cfg(unix)]
pub(crate) use unix::Listener;
#[cfg(unix)]
pub(super) use unix::connect;
