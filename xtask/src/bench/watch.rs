//! A watched folder of twenty thousand films in two thousand subfolders, none of which is to be sent: how long until it is
//! listened to, what it costs while nothing happens, and how long until a thousand new films are in the queue. Nobody listens
//! at the workspace, so nothing is sent meanwhile.
//!
//! Beside it the least that a look at everything costs in the same run: walking the folders and asking about each file.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::memory::peak_of;
use super::report::Row;
use super::{Bench, small_file};
use crate::sandbox::Sandbox;
use crate::shell::{Running, line};

const FOLDERS: usize = 2_000;
const IN_EACH: usize = 10;
const BURST: usize = 1_000;

/// A film counts as written after this, in seconds; the rest of the time is ours.
const SETTLE: u32 = 2;

/// How long nothing happens.
const QUIET: Duration = Duration::from_secs(30);

const PATIENCE: Duration = Duration::from_mins(5);

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let films = bench.folder.join("films");
    for folder in 0..FOLDERS {
        fs::create_dir_all(place(&films, folder))?;
        for film in 0..IN_EACH {
            small_file(&place(&films, folder).join(format!("render-{film}.mp4")))?;
        }
    }
    // What was changed within the settle time counts as being put there just now.
    thread::sleep(Duration::from_secs(u64::from(SETTLE) + 1));
    let sandbox = Sandbox::start(&bench.slipway, &bench.folder.join("sandbox"), 0, &[])?.closed()?;
    let home = bench.folder.join("home");

    let begun = Instant::now();
    let mut add = sandbox.slipway(&bench.slipway, &home, &["watch", "add", "--settle", &format!("{SETTLE}s")]);
    add.arg(&films).stdout(Stdio::null()).stderr(Stdio::null());
    ensure!(add.status()?.success(), "{} failed", line(&add));
    let added = begun.elapsed();

    let walks = (0..3).map(|_| walked(&films)).collect::<Result<Vec<Duration>>>()?;
    let walked = walks.into_iter().min().unwrap_or_default();

    let begun = Instant::now();
    let service = Service::start(bench, &sandbox, &home)?;
    Service::until_watching(bench, &sandbox, &home)?;
    let first = begun.elapsed();
    let first_cpu = service.processor()?;
    let first_memory = service.memory()?;

    let before = service.processor()?;
    thread::sleep(QUIET);
    let quiet = (service.processor()? - before) / QUIET.as_secs_f64() * 100.0;

    let before = service.processor()?;
    for film in 0..BURST {
        small_file(&place(&films, film * FOLDERS / BURST).join(format!("new-{film}.mp4")))?;
    }
    let begun = Instant::now();
    service.until_queued(BURST)?;
    let burst = begun.elapsed().as_secs_f64() - f64::from(SETTLE);
    let burst_cpu = service.processor()? - before;
    let memory = service.memory()?;

    let row = |measure: &str, value, unit, note: &str| Row::new("watch", measure, value, unit, note);
    let [added, first, walked] = [added, first, walked].map(|time| time.as_secs_f64());
    Ok(vec![
        row(
            "adding the folder",
            added,
            "s",
            "slipway watch add, 20,000 films in 2,000 folders, written down as there before",
        ),
        row("first look", first, "s", "slipway run, from its start until it listens to all of them"),
        row("its processor time", first_cpu, "s", ""),
        row("its peak resident set", first_memory, "MiB", ""),
        row("walking and asking alone", walked, "s", "every folder read, every file asked about, best of 3"),
        row("first look / that", first / walked, "×", "compare this between machines"),
        row("while nothing happens", quiet, "%", "of one core, over 30 s"),
        row("1,000 new films", burst, "s", "beyond the settle time, until the last one is in the queue"),
        row("their processor time", burst_cpu, "s", ""),
        row("peak resident set after that", memory, "MiB", ""),
    ])
}

fn place(films: &Path, folder: usize) -> PathBuf {
    films.join(format!("{:02}/{folder:04}", folder / 100))
}

fn walked(folder: &Path) -> Result<Duration> {
    fn walk(folder: &Path, bytes: &mut u64) -> Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                walk(&entry.path(), bytes)?;
            } else {
                *bytes += entry.metadata()?.len();
            }
        }
        Ok(())
    }
    let (begun, mut bytes) = (Instant::now(), 0);
    walk(folder, &mut bytes)?;
    ensure!(bytes > 0, "nothing was there");
    Ok(begun.elapsed())
}

/// `slipway run`; it ends with this value.
struct Service {
    process: Running,
    queued: Receiver<()>,
}

impl Service {
    fn start(bench: &Bench, sandbox: &Sandbox, home: &Path) -> Result<Self> {
        let mut run = sandbox.slipway(&bench.slipway, home, &["run", "--json"]);
        run.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = run.spawn().with_context(|| format!("cannot start {}", line(&run)))?;
        let output = BufReader::new(process.stdout.take().context("no output to read")?);
        let (tell, queued) = channel();
        thread::spawn(move || {
            for text in output.lines().map_while(Result::ok) {
                let event: Value = serde_json::from_str(&text).unwrap_or_default();
                if event["event"] == "queued" && tell.send(()).is_err() {
                    return;
                }
            }
        });
        Ok(Self { process: Running(process), queued })
    }

    fn until_watching(bench: &Bench, sandbox: &Sandbox, home: &Path) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let mut list = crate::shell::command(&bench.slipway);
            list.args(["watch", "list", "--json"]).env("SLIPWAY_HOME", home).env("SLIPWAY_TOKEN", sandbox.token());
            let said = list.output()?;
            let folder: Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
            match folder["state"].as_str() {
                Some("watching") => return Ok(()),
                Some("polling") => bail!("this user may not watch 2,000 folders"),
                _ => thread::sleep(Duration::from_millis(20)),
            }
        }
        bail!("the folder is not watched after {} s", PATIENCE.as_secs())
    }

    fn until_queued(&self, films: usize) -> Result<()> {
        for _ in 0..films {
            self.queued.recv_timeout(PATIENCE).context("a film is not taken")?;
        }
        Ok(())
    }

    /// Seconds that it has had of a processor, by the kernel's count.
    fn processor(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.0.id()))?;
        // Behind the name, which may hold anything: user and system time are the 12th and 13th, in hundredths.
        let rest = stat.rsplit_once(')').context("no stat")?.1;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
    }

    fn memory(&self) -> Result<f64> {
        let peak = peak_of(self.process.0.id()).context("the peak of a process can be read on Linux alone")?;
        Ok(peak as f64 / 1024.0)
    }
}
