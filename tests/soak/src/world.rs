//! One world: a workspace, a line to it, a data folder, and what a person, a network, a server and a machine do there.

use crate::faults;
use crate::line::{Line, Weather};
use crate::process::{Place, Process, Said, words};
use crate::tally::Tally;
use crate::trap::Trap;
use anyhow::{Context as _, Result};
use fastrand::Rng;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_sandbox::{Config, Profile, Sandbox};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Bytes of a chunk; files below twice this go as one.
const CHUNK: u64 = 16 * 1024;

/// Videos that are in the workspace before anybody sends one, to be replaced.
const STOCK: u32 = 3;

/// Acts of a world.
const ACTS: usize = 40;

/// How long a command may take that only says something to the owner: it waits for one that is frozen.
const SAYING: Duration = Duration::from_secs(20);

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Act {
    Send,
    Replace,
    KillGuest,
    KillOwner,
    Freeze,
    Fault,
    Weather,
    Purge,
    Clock,
    Hide,
    Show,
    Pause,
    Resume,
    Retry,
    Cancel,
    Wait,
}

/// Those that bring work or trouble stand here more often than once.
const CHOICES: [Act; 24] = [
    Act::Send,
    Act::Send,
    Act::Send,
    Act::Replace,
    Act::KillGuest,
    Act::KillOwner,
    Act::KillOwner,
    Act::KillOwner,
    Act::Freeze,
    Act::Fault,
    Act::Fault,
    Act::Fault,
    Act::Fault,
    Act::Weather,
    Act::Weather,
    Act::Purge,
    Act::Clock,
    Act::Hide,
    Act::Show,
    Act::Pause,
    Act::Resume,
    Act::Retry,
    Act::Cancel,
    Act::Wait,
];

/// A file that somebody wants in the workspace.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) file: PathBuf,
    pub(crate) sha256: String,
    pub(crate) publish: bool,
    /// The video whose file it is to be.
    pub(crate) replaces: Option<u64>,
    /// Somebody tried to take it out of the queue again.
    pub(crate) cancelled: bool,
    /// What was said to whoever handed it over, by each of the processes.
    pub(crate) heard: Vec<Said>,
}

impl Wish {
    /// The command that asks for it; to say it again means the same.
    pub(crate) fn command(&self, workspace: &str) -> Vec<OsString> {
        let mut said = match self.replaces {
            None => words(["upload", if self.publish { "--publish" } else { "--draft" }]),
            Some(video) => words(["replace", &video.to_string()]),
        };
        said.push(self.file.clone().into());
        said.extend(words(["--json", "--workspace", workspace]));
        said
    }

    /// Whether somebody was told that it is done: from then on the same command means another video.
    pub(crate) fn was_told_done(&self) -> bool {
        self.heard.iter().any(|said| said.named("done").iter().any(|event| event["file"] == *self.name()))
    }

    pub(crate) fn name(&self) -> String {
        self.file.to_string_lossy().into_owned()
    }
}

/// The world.
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) sandbox: Sandbox,
    pub(crate) line: Option<Line>,
    pub(crate) trap: Trap,
    pub(crate) place: Place,
    pub(crate) workspace: String,
    pub(crate) owner: Option<Process>,
    guests: Vec<Process>,
    pub(crate) wishes: Vec<Wish>,
    hidden: Vec<usize>,
    /// All that any process said.
    pub(crate) heard: Vec<Said>,
    pub(crate) tally: Tally,
    story: String,
    start: Instant,
    pub(crate) dir: TempDir,
}

impl World {
    pub(crate) async fn new(seed: u64, slipway: &Path) -> Result<Self> {
        let rng = Rng::with_seed(seed);
        let dir = tempfile::tempdir()?;
        let profile = if seed.is_multiple_of(2) { Profile::Documented } else { Profile::Hostile };
        let config = Config { dir: Some(dir.path().join("workspace")), profile, videos: STOCK, ..Config::default() };
        let sandbox = Sandbox::start(config).await.context("the sandbox does not start")?;
        // Half of the worlds have a line with weather and a workspace's own token; the others a login's token, whose bearers
        // expire, and no line: a login names its workspaces by their own addresses.
        let has_line = (seed / 2).is_multiple_of(2);
        let line = if has_line { Some(Line::to(sandbox.address()).await?) } else { None };
        let address = line.as_ref().map_or(sandbox.address(), |line| line.address);
        let token = if has_line { sandbox.token() } else { sandbox.login_token() }.to_owned();
        let user = dir.path().join("user");
        std::fs::create_dir(&user)?;
        std::fs::create_dir(dir.path().join("films"))?;
        let place = Place {
            slipway: slipway.to_owned(),
            home: dir.path().join("home"),
            user,
            token: token.clone(),
            chunk: CHUNK,
            in_flight: if seed.is_multiple_of(3) { Some(3) } else { None },
        };
        let mut world = Self {
            rng,
            trap: Trap::set(&token).await?,
            workspace: format!("http://{address}"),
            sandbox,
            line,
            place,
            owner: None,
            guests: Vec::new(),
            wishes: Vec::new(),
            hidden: Vec::new(),
            heard: Vec::new(),
            tally: Tally { worlds: 1, ..Tally::default() },
            story: String::new(),
            start: Instant::now(),
            dir,
        };
        let ways = if has_line { "a line" } else { "a login" };
        world.tell(&format!("{profile:?}, {ways}"));
        Ok(world)
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&mut self, what: &str) {
        let _never_fails = writeln!(self.story, "{:>8.3} {what}", self.start.elapsed().as_secs_f64());
    }

    /// What happened, of a world whose folder stays for whoever looks into it.
    pub(crate) fn kept_story(mut self) -> String {
        self.dir.disable_cleanup(true);
        format!("its folder is {}\n{}", self.dir.path().display(), self.story)
    }

    /// Everything that happens before somebody puts it in order.
    pub(crate) async fn live(&mut self) -> Result<()> {
        self.send()?;
        for _ in 0..ACTS {
            if self.owner.as_mut().is_none_or(Process::has_ended) && self.rng.u8(..3) > 0 {
                self.start_owner()?;
            }
            let act = self.rng.choice(CHOICES).unwrap_or(Act::Wait);
            *self.tally.acts.entry(format!("{act:?}")).or_default() += 1;
            self.act(act).await?;
        }
        Ok(())
    }

    async fn act(&mut self, act: Act) -> Result<()> {
        match act {
            Act::Send => self.send()?,
            Act::Replace => self.replace()?,
            Act::KillGuest => self.kill_guest().await?,
            Act::KillOwner => self.kill_owner().await?,
            Act::Freeze => self.freeze().await?,
            Act::Fault => self.fault(),
            Act::Weather => self.turn_weather(),
            Act::Purge => {
                self.tell("purge");
                self.sandbox.purge_chunks();
            }
            Act::Clock => {
                let hours = self.rng.u64(1..30);
                self.tell(&format!("the workspace's clock goes {hours} h forward"));
                self.sandbox.advance_clock(Duration::from_secs(3600 * hours));
            }
            Act::Hide => self.hide()?,
            Act::Show => self.show()?,
            Act::Pause => self.say_of_one("pause").await?,
            Act::Resume => self.say_of_one("resume").await?,
            Act::Retry => self.say_of_one("retry").await?,
            Act::Cancel if self.rng.u8(..3) == 0 => self.say_of_one("cancel").await?,
            Act::Cancel | Act::Wait => {
                let span = Duration::from_millis(self.rng.u64(10..700));
                sleep(span).await;
            }
        }
        Ok(())
    }

    /// Starts the process that works the queue off.
    pub(crate) fn start_owner(&mut self) -> Result<()> {
        let owner = self.place.start(&words(["run", "--json", "--workspace", &self.workspace]))?;
        self.heard.push(owner.said.clone());
        self.owner = Some(owner);
        self.tell("owner starts");
        Ok(())
    }

    fn send(&mut self) -> Result<()> {
        let size = match self.rng.u8(..8) {
            0 => self.rng.u64(1..CHUNK),
            1 => self.rng.u64(30 * CHUNK..80 * CHUNK),
            _ => self.rng.u64(1..12 * CHUNK),
        };
        let publish = self.rng.bool();
        self.wish(size, publish, None)
    }

    /// Each of those that were there gets a new file once at the most, so that the order in which two arrive says nothing.
    fn replace(&mut self) -> Result<()> {
        let taken: Vec<u64> = self.wishes.iter().filter_map(|wish| wish.replaces).collect();
        let free = self.sandbox.videos().into_iter().filter(|it| it.upload_token.is_none());
        let free: Vec<u64> = free.map(|it| it.photo_id).filter(|id| !taken.contains(id)).collect();
        match self.rng.choice(free) {
            Some(video) => {
                let size = self.rng.u64(1..12 * CHUNK);
                self.wish(size, false, Some(video))
            }
            None => Ok(()),
        }
    }

    fn wish(&mut self, size: u64, publish: bool, replaces: Option<u64>) -> Result<()> {
        let number = self.wishes.len();
        let bytes = film(number, size);
        let file = self.dir.path().join("films").join(format!("talk {number}.mp4"));
        std::fs::write(&file, &bytes)?;
        let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let wish = Wish { file, sha256, publish, replaces, cancelled: false, heard: Vec::new() };
        self.wishes.push(wish);
        self.tally.files += 1;
        self.tally.replacements += u64::from(replaces.is_some());
        let what = replaces.map_or("a new video".to_owned(), |video| format!("in the place of {video}"));
        self.tell(&format!("talk {number}, {size} bytes, {what}, publish: {publish}"));
        let command = self.wishes[number].command(&self.workspace);
        let guest = self.place.start(&command)?;
        self.wishes[number].heard.push(guest.said.clone());
        self.heard.push(guest.said.clone());
        self.guests.push(guest);
        Ok(())
    }

    /// Somebody's script is interrupted, perhaps before it has said what it wants.
    async fn kill_guest(&mut self) -> Result<()> {
        self.guests.retain_mut(|guest| !guest.has_ended());
        if !self.guests.is_empty() {
            let guest = self.guests.swap_remove(self.rng.usize(..self.guests.len()));
            guest.kill().await?;
            self.tally.guests_killed += 1;
            self.tell("a guest is killed");
        }
        Ok(())
    }

    async fn kill_owner(&mut self) -> Result<()> {
        if let Some(owner) = self.owner.take() {
            owner.kill().await?;
            self.tally.kills += 1;
            self.tell("owner is killed");
        }
        Ok(())
    }

    /// As a laptop is shut for a while.
    async fn freeze(&mut self) -> Result<()> {
        let span = Duration::from_millis(self.rng.u64(20..3000));
        if let Some(owner) = &mut self.owner {
            owner.signal("STOP").await?;
            sleep(span).await;
            owner.signal("CONT").await?;
            self.tally.freezes += 1;
            self.tell(&format!("owner was frozen for {} ms", span.as_millis()));
        }
        Ok(())
    }

    fn fault(&mut self) {
        let bearers_expire = self.line.is_none();
        let fault = faults::draw(&mut self.rng, CHUNK, self.trap.address, bearers_expire);
        self.tell(&format!("{fault:?}"));
        self.sandbox.inject(fault);
    }

    fn turn_weather(&mut self) {
        let (weather, span) = (self.rng.choice(Weather::BAD), Duration::from_millis(self.rng.u64(50..6000)));
        if let (Some(line), Some(weather)) = (&mut self.line, weather) {
            line.turn(weather, span);
            *self.tally.weather.entry(format!("{weather:?}")).or_default() += 1;
            self.tell(&format!("{weather:?} for {} ms", span.as_millis()));
        }
    }

    /// The drive with the film is pulled out.
    fn hide(&mut self) -> Result<()> {
        let number = self.rng.usize(..self.wishes.len());
        if !self.hidden.contains(&number) {
            let file = &self.wishes[number].file;
            std::fs::rename(file, file.with_extension("away"))?;
            self.hidden.push(number);
            self.tell(&format!("talk {number} is away"));
        }
        Ok(())
    }

    pub(crate) fn show(&mut self) -> Result<()> {
        for number in std::mem::take(&mut self.hidden) {
            let file = &self.wishes[number].file;
            std::fs::rename(file.with_extension("away"), file)?;
            self.tell(&format!("talk {number} is back"));
        }
        Ok(())
    }

    /// Whether it works is the command's to say; that it does no harm is what is tested.
    async fn say_of_one(&mut self, word: &str) -> Result<()> {
        let known: Vec<(usize, String)> =
            (0..self.wishes.len()).filter_map(|at| Some((at, self.item_of(at)?))).collect();
        let Some((at, item)) = self.rng.choice(known) else { return Ok(()) };
        if word == "cancel" {
            self.wishes[at].cancelled = true;
        }
        self.tell(&format!("{word} talk {at}"));
        self.say(&words(["queue", word, &item, "--json"])).await.map(|_| ())
    }

    /// What the queue calls a wish, as far as whoever handed it over was told.
    fn item_of(&self, at: usize) -> Option<String> {
        let wish = &self.wishes[at];
        let mut queued = wish.heard.iter().flat_map(|said| said.named("queued"));
        queued.find(|event| event["file"] == *wish.name())?["item"].as_str().map(str::to_owned)
    }

    /// A short command; one that takes too long is killed, which must not matter either.
    pub(crate) async fn say(&mut self, words: &[OsString]) -> Result<Option<Said>> {
        let process = self.place.start(words)?;
        let said = process.said.clone();
        self.heard.push(said.clone());
        let Ok(told) = timeout(SAYING, process.end()).await else {
            self.tell(&format!("{words:?} took too long"));
            return Ok(None);
        };
        told.map(|_| Some(said))
    }

    /// What the queue holds.
    pub(crate) async fn queue(&mut self) -> Result<Vec<Value>> {
        let said = self.say(&words(["queue", "list", "--json"])).await?.context("the queue cannot be listed")?;
        Ok(said.named("item"))
    }

    /// Whoever waits for an outcome may go on waiting, or not.
    pub(crate) async fn dismiss_guests(&mut self) -> Result<()> {
        for guest in std::mem::take(&mut self.guests) {
            guest.kill().await?;
        }
        Ok(())
    }
}

/// Bytes that no other film has.
fn film(number: usize, size: u64) -> Vec<u8> {
    let mut bytes = format!("film {number} of {size} bytes\n").into_bytes();
    let mut rng = Rng::with_seed(number as u64);
    bytes.extend(std::iter::repeat_with(|| rng.u8(..)).take(size as usize));
    bytes
}
