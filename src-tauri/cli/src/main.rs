//! `slipway`: the engine's headless front end. Arguments in (`args.rs`), engine calls (`commands/`), and out again as
//! bars for people or JSON lines for programs (`report.rs`). Nothing is decided here that the engine could decide.

mod args;
mod commands;
mod exit;
mod report;
mod setting;
mod words;

use args::{Args, Command};
use clap::Parser;
use exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    report::install_tracing(args.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            report::line_to_stderr(&format!("slipway: {error}"));
            return Exit::Folder.into();
        }
    };
    let exit = runtime.block_on(run(args));
    // A keychain prompt may still stand open on a blocking thread; the command does not wait for it.
    runtime.shutdown_background();
    exit.into()
}

/// Sending is waiting, mostly: more threads than this only add memory, and more than there are cores take turns with each other.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4)
}

async fn run(args: Args) -> Exit {
    let setting = match setting::Setting::from(&args) {
        Ok(setting) => setting,
        Err(trouble) => return trouble.in_json(args.command.wants_json()).tell(),
    };
    let result = match args.command {
        Command::Login(login) => commands::login::login(&setting, login).await,
        Command::Logout { workspace } => commands::login::logout(&setting, &workspace).await,
        Command::Workspaces { json } => commands::login::workspaces(&setting, json).await,
        Command::Upload(upload) => commands::upload::upload(&setting, *upload).await,
        Command::Replace(replace) => commands::replace::replace(&setting, replace).await,
        Command::Videos(videos) => commands::videos::videos(&setting, videos).await,
        Command::Edit(edit) => commands::edit::edit(&setting, *edit).await,
        Command::Queue { command, json } => commands::queue::queue(&setting, command.unwrap_or_default(), json).await,
        Command::Watch { command, json } => commands::watch::watch(&setting, command.unwrap_or_default(), json).await,
        Command::Limits { command, json } => {
            commands::limits::limits(&setting, command.unwrap_or_default(), json).await
        }
        Command::Run(run) => commands::run::run(&setting, run).await,
        Command::Log { id } => commands::queue::log(&setting, &id).await,
        Command::Bundle { out, json } => commands::bundle::bundle(&setting, out, json).await,
        Command::Doctor { workspace, json } => commands::doctor::doctor(&setting, workspace.as_deref(), json).await,
        Command::Sandbox(sandbox) => commands::sandbox::sandbox(sandbox).await,
    };
    result.unwrap_or_else(|trouble| trouble.tell())
}
