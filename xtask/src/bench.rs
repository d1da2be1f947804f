//! `cargo xtask bench`: what can be measured again on any machine, as ratios and counts wherever that is possible.
//!
//! A case is a module of `bench/` with one function that answers rows; `CASES` is the list of them. Every case starts
//! its own sandbox and its own release build of the command line, and leaves nothing behind but its rows.

mod crash;
mod curl;
mod frames;
mod intake;
mod large;
mod limit;
#[cfg(target_os = "linux")]
pub(crate) mod line;
mod memory;
#[cfg(target_os = "linux")]
mod outage;
mod processor;
mod queue;
mod report;
mod small;
mod throughput;
mod told;
mod watch;
mod window;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::setup::{self, Need};
use crate::shell::{build, root, target};
use report::Row;

/// What a case gets: the program to measure, a folder of its own that is empty, and how large what it sends is to be where
/// that is for somebody to choose.
struct Bench {
    slipway: PathBuf,
    folder: PathBuf,
    size: u64,
}

/// A case: its name on the command line, what it measures, and the measurement.
struct Case {
    name: &'static str,
    about: &'static str,
    measure: fn(&Bench) -> Result<Vec<Row>>,
}

const CASES: &[Case] = &[
    Case { name: "crash", about: "what is sent again after kill -9", measure: crash::measure },
    Case { name: "frames", about: "frames in Chromium while ten thousand rows move", measure: frames::measure },
    Case { name: "intake", about: "ten thousand files are taken into the queue", measure: intake::measure },
    Case { name: "large", about: "a file above 4 GiB arrives whole", measure: large::measure },
    Case { name: "limit", about: "how well a limit of the rate is kept to", measure: limit::measure },
    #[cfg(target_os = "linux")]
    Case { name: "line", about: "a long line with losses, beside curl and a fixed pool", measure: line::measure },
    Case { name: "memory", about: "the most memory that the upload of a 16 GiB file takes", measure: memory::measure },
    #[cfg(target_os = "linux")]
    Case { name: "outage", about: "how soon bytes move when the network is back", measure: outage::measure },
    Case { name: "queue", about: "a hundred thousand files in the queue", measure: queue::measure },
    Case { name: "small", about: "a thousand small files, beside curl", measure: small::measure },
    Case {
        name: "throughput",
        about: "loopback throughput beside curl's, in the same run",
        measure: throughput::measure,
    },
    Case { name: "watch", about: "twenty thousand films in a watched folder", measure: watch::measure },
    Case { name: "window", about: "ten thousand files in the real window", measure: window::measure },
];

/// `cargo xtask bench [CASE…] [--json FILE]`
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The cases to run; all of them when none is named
    #[arg(value_name = "CASE")]
    cases: Vec<String>,
    /// Say which cases there are, and run none
    #[arg(long)]
    list: bool,
    /// Write the rows to this file too, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The size of the file that goes over the long line, in megabytes (10⁶ bytes)
    #[arg(long, value_name = "MB", default_value_t = 300)]
    megabytes: u64,
    /// Measure this program instead of a release build of the present one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Runs the cases that were asked for and prints their rows.
pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for case in CASES {
            println!("  {:<12}{}", case.name, case.about);
        }
        return Ok(());
    }
    let chosen = choose(&arguments.cases)?;
    setup::ensure(&[Need::Compiler])?;
    let slipway = match &arguments.program {
        Some(program) => program.canonicalize().with_context(|| format!("there is no {}", program.display()))?,
        None => build("slipway-cli", "slipway", &["--release"])?,
    };
    let folder = target()?.join("bench");
    let mut rows = Vec::new();
    for case in chosen {
        println!("\n━━ {}: {}", case.name, case.about);
        let folder = folder.join(case.name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let bench = Bench { slipway: slipway.clone(), folder, size: arguments.megabytes * 1_000_000 };
        rows.extend((case.measure)(&bench).with_context(|| format!("the case {} failed", case.name))?);
        fs::remove_dir_all(&bench.folder)?;
    }
    println!("\n{}", report::table(&rows));
    if let Some(file) = &arguments.json {
        fs::write(file, report::json(&rows)).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// A large file that begins like a video: a fixture, and behind it a hole, which takes no room on the disk.
fn large_file(folder: &Path, size: u64) -> Result<PathBuf> {
    let path = folder.join("large.mp4");
    fs::copy(root().join("tests/media/talk.mp4"), &path)?;
    File::options().write(true).open(&path)?.set_len(size)?;
    Ok(path)
}

/// A small file. Its bytes are its own: copies would be read whole to be called such.
fn small_file(path: &Path) -> Result<()> {
    Ok(fs::write(path, format!("the bytes of {}", path.display()))?)
}

/// So many of them.
fn small_files(folder: &Path, name: &str, count: usize) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    let files = (0..count).map(|number| folder.join(format!("{name}-{number:05}.mp4")));
    files
        .map(|file| {
            small_file(&file)?;
            Ok(file)
        })
        .collect()
}

fn choose(names: &[String]) -> Result<Vec<&'static Case>> {
    for name in names {
        ensure!(CASES.iter().any(|case| case.name == name), "there is no case {name:?}; see cargo xtask bench --list");
    }
    let wanted = |case: &&Case| names.is_empty() || names.iter().any(|name| name == case.name);
    Ok(CASES.iter().filter(wanted).collect())
}
