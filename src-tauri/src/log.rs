//! The program's own log, in the data folder: a file for each day, a week of them. What the engine does for an item stands
//! in that item's log; here is what concerns no item. `SLIPWAY_LOG` says how much.

use slipway_engine::home;
use std::path::Path;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Days that are kept.
const DAYS: usize = 7;

/// Begins to write. Without a folder to write to there is no log, and everything else goes on.
pub(crate) fn begin(data_folder: &Path) {
    let Ok(folder) = home::logs(data_folder) else { return };
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("slipway")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder);
    let Ok(file) = file else { return };
    let filter = EnvFilter::try_from_env("SLIPWAY_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,slipway_desktop=info,slipway_engine=info"));
    let writes =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::sync::Mutex::new(file));
    if writes.try_init().is_ok() {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            tracing::error!("{panic}");
            usual(panic);
        }));
    }
}
