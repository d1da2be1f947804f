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
use shell::Shell;
use start::Call;
use told::Told;

mod clipboard;
mod desktop;
mod dialogs;
mod events;
mod facts;
mod folders;
mod hover;
mod ipc;
mod library;
mod links;
mod log;
mod means;
mod offers;
mod pictured;
mod pictures;
mod place;
#[cfg(all(unix, not(target_os = "macos")))]
mod programs;
mod queue;
mod rows;
mod sandbox;
mod settings;
mod shell;
mod sights;
mod sign_in;
mod start;
mod support;
mod told;
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
    let Call { basis, sandbox, files } = Call::from(std::env::args_os().skip(1))?;
    let bell = match tauri::async_runtime::block_on(WindowStart::on(&basis.home, &files, &basis.timing)) {
        Ok(WindowStart::HandedOver) => return Ok(ExitCode::SUCCESS),
        Ok(WindowStart::First(bell)) => Ok(bell),
        Err(failure) => Err(failure),
    };
    if !start::has_display() {
        return Err("there is no display; `slipway` does the same without a window".into());
    }
    log::begin(&basis.home);
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ipc])
        .register_asynchronous_uri_scheme_protocol(pictures::scheme::NAME, |context, request, reply| {
            let shell = Arc::clone(&context.app_handle().state::<Arc<Shell>>());
            tauri::async_runtime::spawn(async move { reply.respond(pictured::answer(&shell, &request).await) });
        })
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(event) = event {
                window::dragged(window, &window.state::<Arc<Shell>>(), event);
            }
        })
        .build(tauri::generate_context!())?;

    let home = basis.home.clone();
    let (shell, telling) = Shell::new(basis, Arc::new(window::OnDesktop::of(app.handle().clone())));
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
    window::open(app.handle(), &home)?;

    let code = app.run_return(|_, _| {});
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

/// The one command of the pages; `ipc.rs` says what there is.
#[tauri::command]
async fn ipc(shell: State<'_, Arc<Shell>>, name: String, request: Value) -> Result<Box<RawValue>, Told> {
    ipc::answer(&shell, &name, request).await
}
