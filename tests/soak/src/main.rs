//! A soak: worlds drawn from seeds, one after the other and several at a time. In each, the real command sends files to
//! a sandbox over a line that fails, is killed, frozen and started again, and in the end everything has to be where the
//! model says.
//!
//! `world.rs` is one world and what can happen in it, `trouble.rs` what goes wrong around it, `wish.rs` what somebody wants of
//! it, `ending.rs` how a patient person brings it to rest, `model.rs` what must be true then. `line.rs` is the network, `gate.rs`
//! a proxy and TLS before it, both for a `spell.rs`; `faults.rs` what the workspace does wrong, `watched.rs` a folder that is
//! watched, `library.rs` what is changed of videos that are there, `disk.rs` the data folder's drive, `mishap.rs` what befalls
//! that folder, `process.rs` the command, `tally.rs` the count.
//!
//! The acts are drawn from the seed alone. What they meet depends on timing, so a replay comes close rather than being the
//! same; each failure tells its story act by act.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "telling what it found is this program's job")]

mod disk;
mod ending;
mod faults;
mod gate;
mod library;
mod line;
mod mishap;
mod model;
mod process;
mod spell;
mod tally;
mod trap;
mod trouble;
mod watched;
mod wish;
mod world;

use anyhow::{Context as _, Result};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tally::Tally;
use tokio::task::JoinSet;
use tokio::time::timeout;
use world::World;

/// A world that has not come to rest after this long never will: the longest wait of the command in it is six seconds, and a
/// machine that is busy with other things makes minutes of them.
const PATIENCE: Duration = Duration::from_mins(10);

/// Drive the real command through random work and faults, and compare the end with a model
///
/// Worlds are drawn for three minutes where nothing is said.
#[derive(Parser)]
#[command(name = "cargo xtask soak", override_usage = "cargo xtask soak [OPTIONS]")]
struct Arguments {
    /// The command, built with its tests' hooks: they make its waits brisk and its chunks small
    #[arg(long, value_name = "FILE", hide = true)]
    slipway: PathBuf,
    /// Play so many worlds
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Begin no world after this long
    #[arg(long, value_name = "M")]
    minutes: Option<u64>,
    /// The first world; alone with it where neither a number nor a time is said
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Worlds at a time
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// Where the count is written, as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Arguments {
    /// How many worlds at the most, and for how long new ones begin.
    fn limits(&self) -> (u64, Duration) {
        let time = self.minutes.map(|minutes| Duration::from_secs(60 * minutes));
        match (self.seeds, time, self.seed) {
            (Some(seeds), time, _) => (seeds, time.unwrap_or(Duration::MAX)),
            (None, Some(time), _) => (u64::MAX, time),
            (None, None, Some(_)) => (1, Duration::MAX),
            (None, None, None) => (u64::MAX, Duration::from_mins(3)),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = runtime.context("no runtime").and_then(|runtime| runtime.block_on(soak(&arguments)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Plays the worlds; whether the model agreed with all of them.
async fn soak(arguments: &Arguments) -> Result<bool> {
    let (most, time) = arguments.limits();
    let first = arguments.seed.unwrap_or(0);
    // The command is started thousands of times. Whoever builds it anew meanwhile, without the hooks perhaps, changes nothing
    // here.
    let own = tempfile::tempdir().context("no temporary folder")?;
    let slipway = own.path().join("slipway");
    std::fs::copy(&arguments.slipway, &slipway)
        .with_context(|| format!("cannot copy {}", arguments.slipway.display()))?;
    let start = Instant::now();
    let (mut total, mut running, mut begun) = (Tally::default(), JoinSet::new(), 0);
    loop {
        while running.len() < arguments.at_once && begun < most && start.elapsed() < time && total.violations.is_empty()
        {
            let (seed, slipway) = (first + begun, slipway.clone());
            running.spawn(async move { (seed, play(seed, &slipway).await) });
            begun += 1;
        }
        match running.join_next().await {
            Some(played) => {
                let (seed, outcome) = played?;
                match outcome {
                    Ok(tally) => total.add(&tally),
                    Err(violation) => {
                        eprintln!("\nseed {seed}: {violation:#}\n\nagain: cargo xtask soak --seed {seed}");
                        total.violations.push(seed);
                    }
                }
            }
            None => break,
        }
    }
    total.seconds = start.elapsed().as_secs();
    println!("{total}");
    if let Some(report) = &arguments.report {
        std::fs::write(report, serde_json::to_string_pretty(&total)?)
            .with_context(|| format!("cannot write {}", report.display()))?;
    }
    Ok(total.violations.is_empty())
}

async fn play(seed: u64, slipway: &Path) -> Result<Tally> {
    let mut world = World::new(seed, slipway).await?;
    let outcome = timeout(PATIENCE, async {
        world.live().await?;
        world.come_to_rest().await?;
        world.check().await
    })
    .await;
    match outcome {
        Ok(Ok(())) => Ok(world.tally),
        Ok(Err(violation)) => Err(violation.context(world.kept_story())),
        Err(_) => Err(anyhow::anyhow!("it does not come to rest").context(world.kept_story())),
    }
}
