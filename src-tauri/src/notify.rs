//! A notification of the desktop's. Where nothing shows one, nothing is shown: what it would say stands in the window too.

use crate::outside::notices::Notice;
use notify_rust::Notification;

/// Says something. Where the desktop tells that it was clicked, `opened` is called then.
pub(crate) fn say(notice: &Notice, opened: impl FnOnce() + Send + 'static) {
    let mut notification = Notification::new();
    notification.appname("Slipway").summary(&notice.title).body(&notice.body);
    #[cfg(target_os = "linux")]
    notification
        .icon("slipway-desktop")
        .hint(notify_rust::Hint::DesktopEntry(crate::launcher::DESKTOP_ENTRY.into()))
        .action("default", "Slipway");
    match notification.show() {
        Ok(shown) => until_clicked(shown, opened),
        Err(error) => tracing::info!(%error, "no notification is shown"),
    }
}

/// Waits for the click on a thread of its own: until then, or until the notification is gone.
#[cfg(target_os = "linux")]
fn until_clicked(shown: notify_rust::NotificationHandle, opened: impl FnOnce() + Send + 'static) {
    std::thread::spawn(move || {
        shown.wait_for_action(|action| {
            if action == "default" {
                opened();
            }
        });
    });
}

/// The system itself brings the program to the front.
#[cfg(not(target_os = "linux"))]
fn until_clicked<T>(_: T, _: impl FnOnce() + Send + 'static) {}
