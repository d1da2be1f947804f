//! Every waiting time of the engine in one place, each with its reason. Nothing else in the engine holds a duration, but
//! for those in `pace` that are part of an arithmetic: the windows of `climb.rs` and `brake.rs`, the burst of `valve.rs`.

use std::time::Duration;

/// How long another process's lock on the database is waited for.
pub(crate) const DATABASE_BUSY: Duration = Duration::from_secs(5);

/// A quiet moment after which wiped pages are pushed out of the database's log.
pub(crate) const DATABASE_IDLE: Duration = Duration::from_millis(500);

/// A large database is read through so long after its opening: a command that only looks is over long before.
pub(crate) const DATABASE_READ_THROUGH: Duration = Duration::from_mins(1);

/// For what a workspace says in a support bundle. Nobody waits for a bundle any longer.
pub(crate) const SUPPORT: Duration = Duration::from_secs(15);

/// A folder that changed this shortly before it was read may change again without its time telling.
pub(crate) const FOLDER_TELLING: Duration = Duration::from_secs(2);

/// How long a connection for calls is kept for the next one.
pub(crate) const CALLS_KEPT: Duration = Duration::from_secs(15);

/// The same for chunks. A kept connection that the server is about to close loses a chunk; a short life makes that rare, and
/// the chunk is sent again either way.
pub(crate) const CHUNKS_KEPT: Duration = Duration::from_secs(5);

/// A drive that says nothing for so long while a piece is read is away. Longer than a disk takes to spin up, and shorter than
/// `send_stall`, after which the connection would be thought to be dead.
pub(crate) const DRIVE_SILENT: Duration = Duration::from_secs(20);

/// Waiting times and limits. The defaults are the product's; tests scale them down, never the logic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// How long a commit waits for a fully written chunk attempt whose connection the peer closed. The server has
    /// seen the end of that connection, so its handler is finishing or gone.
    pub quiet_after_close: Duration,
    /// The same where we cut the connection (time-out, pause, a killed process): the server may notice only after
    /// its own work, so the wait is the time after which we give up on an answer at all.
    pub quiet_after_cut: Duration,
    /// A connection that takes no byte for this long while we send is cut. Users report 30 s as the point where a
    /// dead Wi-Fi hop is told from a slow one; the network stack alone would wait for minutes.
    pub send_stall: Duration,
    /// How long the last piece may stand still before its end and still be taken for one that the server reads on. Servers of
    /// the vendor's kind end a request of which nothing comes for 30 s (`recvwait` of NaviServer).
    pub end_held_back: Duration,
    /// How long the answer to an ordinary chunk may take after its last byte.
    pub chunk_answer: Duration,
    /// How long the answer to a commit may take: assembling 8 GB outlasts common proxies' 60 s, the vendor's own
    /// .NET client allows two hours.
    pub commit_answer: Duration,
    /// Added to `commit_answer` for each 10⁹ bytes.
    pub commit_answer_per_gb: Duration,
    /// How long any other call may take as a whole.
    pub call: Duration,
    /// The slowest line, in bytes a second, on which a small file that goes with a video still arrives in one call.
    pub call_rate: u64,
    /// How long a workspace's list of categories is taken for the present one: people make categories as they go.
    pub categories: Duration,
    /// How long the names of categories are taken for the present ones where they are only shown.
    pub category_names: Duration,
    /// How long somebody who looks at the library waits for the workspace before what was last known is shown.
    pub library: Duration,
    /// At least this lies between two frames that a workspace is asked for: the call is limited in its rate, and nobody says
    /// to what.
    pub frame_gap: Duration,
    /// How long somebody waits for a frame while the workspace wants time, before that is said instead.
    pub frame_patience: Duration,
    /// How long opening a connection may take.
    pub connect: Duration,
    /// The shortest time for which an unclear commit is looked up before anything is sent again.
    pub lookup_floor: Duration,
    /// The assembly speed assumed for the lookup window of large files, in bytes per second.
    pub lookup_rate: u64,
    /// First and longest gap between two lookups.
    pub lookup_gap: (Duration, Duration),
    /// First and longest wait of the jittered back-off.
    pub backoff: (Duration, Duration),
    /// The longest wait between two questions whether a workspace that nothing gets through to is back, each on a connection of its
    /// own that is given this long to open: whoever comes out of a tunnel expects bytes to move within seconds. It asks for nothing
    /// but the workspace's name, and only one of all that wait does.
    pub away_gap: Duration,
    /// So long somebody may be waiting for the network beside the machine; afterwards it is asked for as seldom as `backoff` says.
    pub away_for: Duration,
    /// The longest `Retry-After` that is honoured; a longer one is cut to this.
    pub retry_after_cap: Duration,
    /// First and longest gap between two looks at the transcoding progress.
    pub playable_gap: (Duration, Duration),
    /// How far such looks at the videos of one workspace are apart on average, at the least: a folder may bring thousands that
    /// are all processed at once.
    pub playable_apart: Duration,
    /// How long to wait for "playable" before the item is done all the same.
    pub playable_limit: Duration,
    /// How long the new version of what was replaced is looked for before the item is done all the same.
    pub version_limit: Duration,
    /// How often the line is looked at while chunks are in flight: some times within the shortest window in which it is
    /// measured.
    pub look_at_line: Duration,
    /// How often the clock on the wall is looked at while the timetable or full speed for an hour has a change ahead: so late
    /// may a change be after a machine slept, or somebody set its clock.
    pub look_at_clock: Duration,
    /// How often it is looked whether the machine slept: so long after waking it goes on. An absence counts where it was as
    /// long as the silence for which a connection is cut (`send_stall`).
    pub look_for_sleep: Duration,
    /// A parked item (waiting for a sign-in) is tried again this often, and one whose drive comes and goes not more often.
    pub parked: Duration,
    /// A drive that is away is looked for this often: one question about one file of each folder, cheap enough that a
    /// person who plugs a drive in sees it go on.
    pub drive_gap: Duration,
    /// How long the keychain may take to answer before it counts as locked.
    pub keychain: Duration,
    /// A token is renewed when less than this is left of it.
    pub token_margin: Duration,
    /// How long a process that owns the data folder may take to say who it is: it may just be starting or stopping.
    pub owner_tried_for: Duration,
    /// First and longest gap between two tries at owning the folder or reaching its owner.
    pub owner_tried: (Duration, Duration),
    /// How often an owner shows its guests that it is there.
    pub owner_beat: Duration,
    /// An owner that shows nothing for this long counts as gone: stopped in a debugger or by Ctrl-Z, perhaps.
    pub owner_silence: Duration,
    /// How long an owner that stops still answers what its guests had asked.
    pub farewell: Duration,
    /// How long a file in a watched folder must have stood still, on a drive of this machine and on a network drive: there,
    /// sizes and times come late. Longer than the pauses of copying programs; recorders have longer ones, and a setting of
    /// the folder.
    pub settle: (Duration, Duration),
    /// Hints about a folder are gathered for this long: a file that is being written gives hundreds a second.
    pub hints_gathered: Duration,
    /// A watched folder is looked for this often while it is away, and whether it still is the same one.
    pub folder_gap: Duration,
    /// A watched folder is looked through this often whatever the hints were: systems lose some, and say so or not.
    pub rescan: Duration,
    /// Shortest and longest wait between two looks through a folder about which there are no hints.
    pub polled: (Duration, Duration),
    /// A file that stands still for this long and is not whole is given up until it changes: whoever wrote it is gone.
    pub unfinished: Duration,
    /// When what was over long ago leaves the list.
    pub archiving: Archiving,
}

/// See [`Timing::archiving`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Archiving {
    /// The first look, after the start: then others are to be shown.
    pub first: Duration,
    /// From one look to the next.
    pub every: Duration,
    /// From one transaction to the next, where one look found more than that takes.
    pub between_parts: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            quiet_after_close: s(5),
            quiet_after_cut: s(120),
            send_stall: s(30),
            end_held_back: s(25),
            chunk_answer: s(120),
            commit_answer: s(15 * 60),
            commit_answer_per_gb: s(60),
            call: s(60),
            call_rate: 16_000,
            categories: s(30),
            category_names: s(5 * 60),
            library: s(10),
            frame_gap: Duration::from_millis(500),
            frame_patience: s(5),
            connect: s(20),
            lookup_floor: s(60),
            lookup_rate: 10_000_000,
            lookup_gap: (Duration::from_millis(500), s(30)),
            backoff: (Duration::from_millis(500), s(60)),
            away_gap: s(4),
            away_for: s(10 * 60),
            retry_after_cap: s(300),
            playable_gap: (s(2), s(30)),
            playable_apart: Duration::from_millis(250),
            playable_limit: s(2 * 60 * 60),
            version_limit: s(2 * 60),
            look_at_line: Duration::from_millis(250),
            look_at_clock: s(30),
            look_for_sleep: s(5),
            parked: s(30),
            drive_gap: s(2),
            keychain: s(5),
            token_margin: s(15 * 60),
            owner_tried_for: s(5),
            owner_tried: (Duration::from_millis(20), Duration::from_millis(250)),
            owner_beat: s(3),
            owner_silence: s(15),
            farewell: s(1),
            settle: (s(10), s(30)),
            hints_gathered: Duration::from_millis(500),
            folder_gap: s(5),
            rescan: s(30 * 60),
            polled: (s(5), s(5 * 60)),
            unfinished: s(60 * 60),
            archiving: Archiving { first: s(20), every: s(6 * 60 * 60), between_parts: Duration::from_millis(200) },
        }
    }
}

impl Timing {
    /// Waits that let a whole bad day pass within seconds. Those that a slow machine could mistake for trouble (stalls,
    /// answers, connections) stay generous; those that only cost time are short.
    #[cfg(feature = "test-hooks")]
    #[must_use]
    pub fn brisk() -> Self {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        Self {
            quiet_after_close: ms(150),
            quiet_after_cut: ms(800),
            send_stall: s(4),
            chunk_answer: s(4),
            commit_answer: s(6),
            commit_answer_per_gb: s(1),
            call: s(5),
            call_rate: 1_000_000,
            connect: s(5),
            frame_gap: ms(50),
            frame_patience: ms(400),
            lookup_floor: ms(2500),
            lookup_gap: (ms(50), ms(250)),
            backoff: (ms(10), ms(200)),
            retry_after_cap: s(1),
            playable_gap: (ms(50), ms(200)),
            playable_apart: ms(1),
            playable_limit: s(3),
            version_limit: s(2),
            look_at_clock: ms(50),
            look_for_sleep: ms(50),
            parked: ms(300),
            drive_gap: ms(50),
            owner_tried_for: s(2),
            owner_beat: ms(200),
            owner_silence: s(5),
            settle: (ms(400), ms(400)),
            hints_gathered: ms(20),
            folder_gap: ms(50),
            polled: (ms(50), s(1)),
            ..Self::default()
        }
    }

    /// How long a fully written attempt without an answer may still be running.
    #[must_use]
    pub fn quiet_after(&self, cut_by_us: bool) -> Duration {
        if cut_by_us { self.quiet_after_cut } else { self.quiet_after_close }
    }

    /// How long an unclear commit of `bytes` is looked up.
    #[must_use]
    pub fn lookup_window(&self, bytes: u64) -> Duration {
        self.lookup_floor.max(Duration::from_secs_f64(bytes as f64 / self.lookup_rate as f64))
    }

    /// How long a call may take that brings a file of `bytes` along.
    #[must_use]
    pub fn call_with(&self, bytes: u64) -> Duration {
        self.call + Duration::from_secs_f64(bytes as f64 / self.call_rate as f64)
    }

    /// How long the answer to a commit of `bytes` is awaited.
    #[must_use]
    pub fn commit_wait(&self, bytes: u64) -> Duration {
        self.commit_answer + self.commit_answer_per_gb.mul_f64(bytes as f64 / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lookup_window_is_a_minute_or_the_size_over_ten_megabytes_a_second() {
        let timing = Timing::default();
        assert_eq!(timing.lookup_window(1), Duration::from_mins(1));
        assert_eq!(timing.lookup_window(6_000_000_000), Duration::from_mins(10));
    }

    #[test]
    fn a_commit_is_awaited_a_quarter_of_an_hour_and_a_minute_for_each_gigabyte() {
        assert_eq!(Timing::default().commit_wait(4_000_000_000), Duration::from_mins(19));
    }
}
