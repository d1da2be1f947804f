//! The window: the only Rust of Slipway that knows Tauri.
//!
//! It is thin. What is true without a window is in `slipway-engine`; what a window holds and answers is in `shell.rs`, which
//! knows nothing of Tauri either; this file and `window.rs` put both behind a web view.
//!
//! From the pages to the engine: `ipc.rs` is the list of what may be asked. From the engine to the pages: `updates.rs`. Files
//! come in by a drop, a dialog, the clipboard or a second start, and never from the pages: `offers.rs` holds their paths.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use slipway_engine::WindowStart;
use tauri::{Manager, State, WindowEvent};

use offers::By;
use outside::notices::Notice;
use shell::Shell;
use start::Call;
use tokio::sync::watch;
use told::Told;
use tray::Tray;

mod awake;
mod clipboard;
mod closing;
mod desktop;
mod dialogs;
mod events;
mod facts;
mod folders;
mod hover;
mod ipc;
#[cfg(target_os = "linux")]
mod launcher;
mod library;
mod links;
mod log;
mod means;
#[cfg(feature = "update-check")]
mod newer;
mod notify;
mod offers;
mod outside;
mod pictured;
mod pictures;
mod place;
#[cfg(all(unix, not(target_os = "macos")))]
mod programs;
mod queue;
mod release;
mod rows;
mod sandbox;
mod settings;
mod shell;
mod sights;
mod sign_in;
mod speed;
mod start;
mod support;
mod told;
mod tray;
#[cfg(target_os = "linux")]
mod tray_host;
mod updates;
mod window;

/// How long the end waits for what is being written. What is cut off goes on from its journal.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the window and returns when the app has ended.
pub fn run() -> ExitCode {
    match opened() {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "without a window there is nowhere else to say it")]
            {
                eprintln!("Slipway could not open its window: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::exit, reason = "in some builds Tauri's macro holds one of its own")]
fn opened() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let Call { basis, sandbox, hidden, files } = Call::from(std::env::args_os().skip(1))?;
    let bell = match tauri::async_runtime::block_on(WindowStart::on(&basis.home, &files, &basis.timing)) {
        Ok(WindowStart::HandedOver) => return Ok(ExitCode::SUCCESS),
        Ok(WindowStart::First(bell)) => Ok(bell),
        Err(failure) => Err(failure),
    };
    if !start::has_display() {
        return Err("there is no display; `slipway` does the same without a window".into());
    }
    log::begin(&basis.home);
    let home = basis.home.clone();
    let app = tauri::Builder::default()
        .plugin(
            tauri_plugin_window_state::Builder::new()
                .with_state_flags(window::KEPT)
                // Beside everything else that is this data folder's.
                .with_filename(home.join("window.json").to_string_lossy())
                .build(),
        )
        .plugin(tauri_plugin_autostart::Builder::new().app_name("Slipway").arg(start::HIDDEN).build())
        .invoke_handler(tauri::generate_handler![ipc])
        .register_asynchronous_uri_scheme_protocol(pictures::scheme::NAME, |context, request, reply| {
            let shell = Arc::clone(&context.app_handle().state::<Arc<Shell>>());
            tauri::async_runtime::spawn(async move { reply.respond(pictured::answer(&shell, &request).await) });
        })
        .on_window_event(|window, event| match event {
            WindowEvent::DragDrop(event) => window::dragged(window, &window.state::<Arc<Shell>>(), event),
            WindowEvent::CloseRequested { api, .. } => window::closing(window, api),
            _ => {}
        })
        .build(tauri::generate_context!())?;

    let tray = Arc::new(Tray::new(app.handle().clone()));
    let desktop = Arc::new(window::OnDesktop::of(app.handle().clone(), Arc::clone(&tray)));
    let (shell, telling) = Shell::new(basis, desktop);
    tauri::async_runtime::spawn(telling);
    tauri::async_runtime::spawn(Arc::clone(&shell).resume_sandbox(sandbox));
    if !files.is_empty() {
        window::hand_over(&shell, By::Start, files, None);
    }
    let door = match bell {
        Ok(bell) => {
            Some(tauri::async_runtime::spawn(window::answer_the_door(app.handle().clone(), Arc::clone(&shell), bell)))
        }
        // A window of its own is better than none, and the files are lost in no case.
        Err(failure) => {
            tracing::warn!(%failure, "a second start will not find this window");
            None
        }
    };
    app.manage(Arc::clone(&shell));
    app.manage(Arc::clone(&tray));
    window::open(app.handle(), &home, hidden)?;
    tauri::async_runtime::spawn(window::follow_tray(app.handle().clone(), tray, trays()));
    if hidden {
        // Pages that nobody sees may be slow to ask for anything.
        let shell = Arc::clone(&shell);
        tauri::async_runtime::spawn(async move { shell.place.engine().await.map(drop) });
    }

    let code = app.run_return(|_app, event| match event {
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Reopen { .. } => window::raise(_app),
        // "Open with Slipway": files come in no argument there.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Opened { urls } => {
            let files = urls.iter().filter_map(|url| url.to_file_path().ok()).collect();
            window::hand_over(&_app.state::<Arc<Shell>>(), By::Start, files, None);
        }
        _ => drop(event),
    });
    if let Some(notice) = Notice::of_the_end(shell.outside.work().unfinished, shell.voice.language())
        && shell.means.settings().behaviour.notifications
    {
        shell.desktop.notify(&notice);
    }
    // In this order: nobody asks any more, the next start is the first, the queue rests, the pretend workspace closes.
    if let Some(door) = door {
        door.abort();
    }
    let stopped = async { tokio::time::timeout(PATIENCE, shell.stop()).await };
    if tauri::async_runtime::block_on(stopped).is_err() {
        tracing::warn!("not everything had come to rest");
    }
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Whether there is a tray, from now on.
#[cfg(target_os = "linux")]
fn trays() -> watch::Receiver<bool> {
    let (there, is_there) = watch::channel(false);
    tauri::async_runtime::spawn(async move {
        if let Err(error) = tray_host::follow(there).await {
            tracing::info!(%error, "whether there is a tray cannot be known");
        }
    });
    is_there
}

/// Whether there is a tray: the system has one.
#[cfg(not(target_os = "linux"))]
fn trays() -> watch::Receiver<bool> {
    watch::channel(true).1
}

/// The one command of the pages; `ipc.rs` says what there is.
#[tauri::command]
async fn ipc(shell: State<'_, Arc<Shell>>, name: String, request: Value) -> Result<Box<RawValue>, Told> {
    ipc::answer(&shell, &name, request).await
}
