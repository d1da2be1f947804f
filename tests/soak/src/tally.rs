//! What happened in all worlds together.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The count.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Tally {
    pub(crate) worlds: u64,
    pub(crate) seconds: u64,
    /// Files that were to be sent, and those among them that were to replace a video's.
    pub(crate) files: u64,
    pub(crate) replacements: u64,
    /// Those that were put into a watched folder.
    pub(crate) watched: u64,
    /// Subtitles and thumbnails beside them.
    pub(crate) companions: u64,
    /// Videos that are in the workspaces because of that.
    pub(crate) videos: u64,
    /// Of request bodies that the workspaces read.
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
    /// Of the process that does the work.
    pub(crate) kills: u64,
    /// Of processes that hand something over to it.
    pub(crate) guests_killed: u64,
    pub(crate) freezes: u64,
    /// Worlds whose data folder has a drive of its own, and how often that was full.
    pub(crate) drives: u64,
    pub(crate) fills: u64,
    /// Questions that a person answered by looking into the workspace.
    pub(crate) questions: u64,
    /// Failures that a person said "again" to.
    pub(crate) retries: u64,
    pub(crate) cancelled: u64,
    pub(crate) acts: BTreeMap<String, u64>,
    /// Faults that took place, by kind.
    pub(crate) faults: BTreeMap<String, u64>,
    pub(crate) weather: BTreeMap<String, u64>,
    /// What else befell the machine, and what somebody did to the library.
    pub(crate) beside: BTreeMap<String, u64>,
    /// Seeds whose end the model did not agree with.
    pub(crate) violations: Vec<u64>,
}

impl Tally {
    /// Counts one of what has no number of its own.
    pub(crate) fn note(&mut self, what: &str) {
        *self.beside.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.files += other.files;
        self.replacements += other.replacements;
        self.videos += other.videos;
        self.bytes += other.bytes;
        self.requests += other.requests;
        self.kills += other.kills;
        self.guests_killed += other.guests_killed;
        self.freezes += other.freezes;
        self.watched += other.watched;
        self.companions += other.companions;
        self.drives += other.drives;
        self.fills += other.fills;
        self.questions += other.questions;
        self.retries += other.retries;
        self.cancelled += other.cancelled;
        for (own, others) in [
            (&mut self.acts, &other.acts),
            (&mut self.faults, &other.faults),
            (&mut self.weather, &other.weather),
            (&mut self.beside, &other.beside),
        ] {
            for (name, count) in others {
                *own.entry(name.clone()).or_default() += count;
            }
        }
        self.violations.extend(&other.violations);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} worlds in {} s", self.worlds, self.seconds)?;
        let lines = [
            ("files to send", self.files),
            ("  of these replacements", self.replacements),
            ("  put into a watched folder", self.watched),
            ("subtitles and thumbnails", self.companions),
            ("videos in the workspaces", self.videos),
            ("requests", self.requests),
            ("megabytes received", self.bytes / 1_000_000),
            ("kills of the owner", self.kills),
            ("kills of guests", self.guests_killed),
            ("freezes", self.freezes),
            ("drives of their own", self.drives),
            ("times a drive was full", self.fills),
            ("questions settled", self.questions),
            ("failures retried", self.retries),
            ("cancelled", self.cancelled),
        ];
        for (what, count) in lines {
            writeln!(f, "  {what:<28} {count:>9}")?;
        }
        for (title, counts) in [
            ("acts", &self.acts),
            ("faults that took place", &self.faults),
            ("weather", &self.weather),
            ("beside", &self.beside),
        ] {
            writeln!(f, "{title}")?;
            for (name, count) in counts {
                writeln!(f, "  {name:<28} {count:>9}")?;
            }
        }
        write!(f, "violations: {}", if self.violations.is_empty() { "none" } else { "see above" })
    }
}
