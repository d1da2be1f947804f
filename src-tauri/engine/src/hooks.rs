//! Places where a test may kill the process or cut a connection. Without the `test-hooks` feature each call compiles to nothing.

/// An instant whose survival is promised. `cli/tests/it/crash.rs` kills the real process at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CrashPoint {
    BeforeToken,
    AfterToken,
    MidChunk,
    AfterLastAcknowledgement,
    AfterCommitSentIsDurable,
    AfterAnswerBeforeStored,
    BeforeFollowUp,
    AfterFollowUp,
    BetweenFollowUps,
    BeforeVersionSeen,
    AfterHandOverIsDurable,
    AmidLooking,
    AfterFileIsTaken,
    AfterFileIsQueued,
    AfterLateIsTold,
    BeforeFileIsPutAway,
    AfterFileIsPutAway,
}

#[cfg(feature = "test-hooks")]
mod armed {
    use std::sync::atomic::{AtomicU32, Ordering};

    /// `SLIPWAY_CRASH_AT=<CrashPoint>[:n]` kills this process, without any clean-up, the n-th time that the point is
    /// passed (1 by default).
    pub(crate) fn reach(point: super::CrashPoint) {
        static PASSED: AtomicU32 = AtomicU32::new(0);
        let Ok(wanted) = std::env::var("SLIPWAY_CRASH_AT") else { return };
        let (name, nth) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        if name == format!("{point:?}") && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == nth.parse().unwrap_or(1) {
            kill();
        }
    }

    /// `SLIPWAY_LOSE_ANSWER=n` cuts the connection to a guest in place of the n-th answer to a command.
    pub(crate) fn loses_answer() -> bool {
        static GIVEN: AtomicU32 = AtomicU32::new(0);
        let wanted = std::env::var("SLIPWAY_LOSE_ANSWER").ok().and_then(|nth| nth.parse().ok());
        wanted.is_some_and(|nth: u32| GIVEN.fetch_add(1, Ordering::SeqCst) + 1 == nth)
    }

    #[cfg(unix)]
    fn kill() -> ! {
        // The real signal, through the real tool: the crash is to be the kernel's, not an orderly abort of ours.
        let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
        std::process::abort()
    }

    #[cfg(not(unix))]
    fn kill() -> ! {
        std::process::abort()
    }
}

#[cfg(feature = "test-hooks")]
pub(crate) use armed::{loses_answer, reach};

#[cfg(not(feature = "test-hooks"))]
#[inline]
pub(crate) fn reach(_point: CrashPoint) {}

#[cfg(not(feature = "test-hooks"))]
#[inline]
pub(crate) fn loses_answer() -> bool {
    false
}
