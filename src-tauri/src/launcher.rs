//! The bar in the taskbar, on Linux. Docks and taskbars (KDE's, Dash to Dock, Plank) hear a signal that began with Unity; Tauri
//! speaks it through Unity's own library, which no distribution has any more.

use std::collections::HashMap;
use std::sync::OnceLock;
use zbus::blocking::Connection;
use zbus::zvariant::Value;

/// The name of the program's desktop entry, by which docks know it.
pub(crate) const DESKTOP_ENTRY: &str = "Slipway";

/// The bus of the session, connected to when there is something to show.
#[derive(Debug, Default)]
pub(crate) struct Launcher(OnceLock<Option<Connection>>);

impl Launcher {
    /// Shows how far everything is, or nothing.
    pub(crate) fn show(&self, percent: Option<u8>) {
        let bus = self.0.get_or_init(|| Connection::session().ok());
        let Some(bus) = bus else { return };
        let entry = format!("application://{DESKTOP_ENTRY}.desktop");
        let share = f64::from(percent.unwrap_or_default()) / 100.0;
        let shown: HashMap<&str, Value<'_>> =
            [("progress", share.into()), ("progress-visible", percent.is_some().into())].into_iter().collect();
        let told = bus.emit_signal(
            None::<&str>,
            "/app/slipway/desktop",
            "com.canonical.Unity.LauncherEntry",
            "Update",
            &(entry, shown),
        );
        if let Err(error) = told {
            tracing::info!(%error, "no dock was told");
        }
    }
}
