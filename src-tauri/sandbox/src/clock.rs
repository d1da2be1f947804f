//! The server's clock, which tests can move forward.
//!
//! Owns what time the workspace believes it is: the `Date` header, `valid_until`, every expiry, the purge,
//! transcoding, and every delay a switch or a fault asks for. Real time moves it too; it never goes back.
//! Next: `state.rs`, which keeps how far it was moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

pub(crate) struct Clock {
    started: Instant,
    base_ms: i64,
    moved_ms: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// A clock that shows the real time plus what an earlier run had moved it by.
    pub(crate) fn new(moved_ms: i64) -> Self {
        let base_ms = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 2));
        Self { started: Instant::now(), base_ms, moved_ms: AtomicI64::new(moved_ms), moved: Notify::new() }
    }

    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.base_ms + self.started.elapsed().as_millis() as i64 + self.moved_ms.load(Ordering::SeqCst)
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms() / 1000
    }

    /// As the `Date` header wants it.
    pub(crate) fn http_date(&self) -> String {
        let since = Duration::from_secs(u64::try_from(self.now()).unwrap_or(0));
        httpdate::fmt_http_date(UNIX_EPOCH + since)
    }

    /// Moves the clock and wakes every delay that may now be over. Answers the whole distance moved.
    pub(crate) fn advance(&self, by: Duration) -> i64 {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        let moved = self.moved_ms.fetch_add(by, Ordering::SeqCst) + by;
        self.moved.notify_waiters();
        moved
    }

    /// The time that is `duration` from now. Taken before anybody hears of the wait, so that a test that moves the clock
    /// on hearing of it moves it past the end.
    pub(crate) fn after(&self, duration: Duration) -> i64 {
        self.now_ms() + i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
    }

    /// Waits until the clock shows this time, be it by itself or by [`Clock::advance`].
    pub(crate) async fn sleep_until(&self, until: i64) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let left = until - self.now_ms();
            if left <= 0 {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(left as u64)) => {}
                () = moved => {}
            }
        }
    }
}
