//! Whether there is a tray on Linux, now and as it comes and goes: whoever shows icons has a name on the session bus, and says
//! there whether anybody looks. A tray that is not there must not be the only way back to a window.

use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::watch;
use zbus::proxy::CacheProperties;
use zbus::{Connection, proxy};

/// A shell that is started anew is away for a moment.
const AWAY: Duration = Duration::from_secs(3);

#[proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher",
    gen_blocking = false
)]
trait Watcher {
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn status_notifier_host_registered(&self) -> zbus::Result<()>;

    #[zbus(signal)]
    fn status_notifier_host_unregistered(&self) -> zbus::Result<()>;
}

/// Follows the tray until the program ends, or until there is no bus.
pub(crate) async fn follow(there: watch::Sender<bool>) -> zbus::Result<()> {
    let bus = Connection::session().await?;
    let watcher = WatcherProxy::builder(&bus).cache_properties(CacheProperties::No).build().await?;
    let mut owners = watcher.inner().receive_owner_changed().await?;
    let mut came = watcher.receive_status_notifier_host_registered().await?;
    let mut went = watcher.receive_status_notifier_host_unregistered().await?;
    loop {
        let mut is_there = watcher.is_status_notifier_host_registered().await.unwrap_or(false);
        if !is_there && *there.borrow() {
            tokio::time::sleep(AWAY).await;
            is_there = watcher.is_status_notifier_host_registered().await.unwrap_or(false);
        }
        there.send_if_modified(|before| std::mem::replace(before, is_there) != is_there);
        let changed = tokio::select! {
            owner = owners.next() => owner.is_some(),
            one = came.next() => one.is_some(),
            one = went.next() => one.is_some(),
        };
        if !changed {
            return Ok(());
        }
    }
}
