//! Slipway's own tasks, in Rust so that they run wherever Slipway does: `cargo xtask setup | run | test | bundle | bench | soak | pages | screenshots`.
//!
//! `setup` installs what the others need, and they call on it when something is missing. `test` is all that continuous
//! integration runs. Every task reads as a list of commands; `shell` is how a command is started and named.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "telling what it does is this program's job")]

mod bench;
mod bundle;
mod pages;
mod run;
mod sandbox;
mod screenshots;
mod setup;
mod shell;
mod soak;
mod test;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Slipway's own tasks
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what building and testing need, or say what to install
    Setup,
    /// Open the window on a pretend workspace; without a display, send a video to it and show where it arrived
    Run {
        /// Files to send; without a window, a short test video when none is named
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Open no window, even where there is a display
        #[arg(long)]
        no_window: bool,
    },
    /// Check everything that continuous integration checks
    Test {
        /// Run only the Rust tests whose name contains this, and none of the other steps
        filter: Option<String>,
    },
    /// Make the packages of this system, with the window and the command in them
    Bundle(bundle::Arguments),
    /// Measure what can be measured again
    Bench(bench::Arguments),
    /// Drive the real command through random work, faults and kills, and compare the end with a model
    Soak(soak::Arguments),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    FixedPool(bench::line::fixed_pool::Arguments),
    /// Write the pages of docs/failures from the list of codes
    Pages,
    /// Take the pictures of the README and the guide anew
    Screenshots,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Setup => setup::install(),
        Task::Run { files, no_window } => run::run(&files, no_window),
        Task::Test { filter } => test::test(filter.as_deref()),
        Task::Bundle(arguments) => bundle::bundle(&arguments),
        Task::Bench(arguments) => bench::bench(&arguments),
        Task::Soak(arguments) => soak::soak(&arguments),
        #[cfg(target_os = "linux")]
        Task::FixedPool(arguments) => bench::line::fixed_pool::send(&arguments),
        Task::Pages => pages::write(),
        Task::Screenshots => screenshots::take(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // In one line, and without a stack trace: what went wrong is a command's business, not ours.
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
