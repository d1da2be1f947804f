//! How much processor time the programs took that were started here and have ended. What still runs, as the sandbox does,
//! is not in it.

/// Seconds, of the user's and the system's share together. `None` where the system does not say.
#[cfg(unix)]
pub(super) fn time() -> Option<f64> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    Some((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
}

/// Not asked for on other systems.
#[cfg(not(unix))]
pub(super) fn time() -> Option<f64> {
    None
}
