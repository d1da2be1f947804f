//! One world: a workspace, a line to it, a data folder, and what a person, a network, a server and a machine do there.

use crate::disk::Disk;
use crate::gate::{Gate, HOST, PASSWORD};
use crate::library::Edit;
use crate::line::Line;
use crate::process::{Place, Process, Route, Said, words};
use crate::tally::Tally;
use crate::trap::Trap;
use crate::watched::Watched;
use crate::wish::{Beside, Wish, film, sha256};
use anyhow::{Context as _, Result};
use fastrand::Rng;
use serde_json::Value;
use slipway_sandbox::{Config, Profile, Sandbox, VideoRecord};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Bytes of a chunk; files below twice this go as one.
pub(crate) const CHUNK: u64 = 16 * 1024;

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
    Drop,
    Rename,
    Fill,
    Scarcity,
    Gate,
    Names,
    Damage,
    ReadOnly,
    Edit,
    Thumbnail,
    SecondOwner,
    Pause,
    Resume,
    Retry,
    Cancel,
    Wait,
}

/// Those that bring work or trouble stand here more often than once.
const CHOICES: [Act; 39] = [
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
    Act::Drop,
    Act::Drop,
    Act::Rename,
    Act::Fill,
    Act::Fill,
    Act::Scarcity,
    Act::Gate,
    Act::Gate,
    Act::Names,
    Act::Damage,
    Act::ReadOnly,
    Act::Edit,
    Act::Edit,
    Act::Thumbnail,
    Act::SecondOwner,
    Act::Pause,
    Act::Resume,
    Act::Retry,
    Act::Cancel,
    Act::Wait,
];

/// How the command is let in, and by which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By a line with weather, with a workspace's own token.
    Token,
    /// By the same, through TLS and perhaps a proxy: with certificates, names and passwords that can be wrong.
    Gate,
    /// By the same as the first, with OAuth's keys: a workspace whose clock goes elsewhere refuses what was signed at the wrong time.
    Keys,
    /// Without a line, with a login's token, whose bearers expire: a login names its workspaces by their own addresses.
    Login,
}

/// The world.
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) sandbox: Sandbox,
    pub(crate) line: Option<Line>,
    pub(crate) gate: Option<Gate>,
    pub(crate) trap: Trap,
    pub(crate) place: Place,
    pub(crate) workspace: String,
    pub(crate) owner: Option<Process>,
    pub(crate) watched: Option<Watched>,
    pub(crate) disk: Option<Disk>,
    pub(crate) guests: Vec<Process>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) edits: Vec<Edit>,
    /// The videos that were there before, as they were.
    pub(crate) stock: Vec<VideoRecord>,
    pub(crate) hidden: Vec<usize>,
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
        let way = [Way::Token, Way::Login, Way::Keys, Way::Gate][(seed / 2 % 4) as usize];
        let line = if way == Way::Login { None } else { Some(Line::to(sandbox.address()).await?) };
        let address = line.as_ref().map_or(sandbox.address(), |line| line.address);
        let gate =
            if way == Way::Gate { Some(Gate::before(address, (seed / 8).is_multiple_of(2)).await?) } else { None };
        let keys = sandbox.oauth();
        let secrets: Vec<String> = match way {
            Way::Token | Way::Gate => vec![sandbox.token().to_owned()],
            Way::Login => vec![sandbox.login_token().to_owned()],
            Way::Keys => {
                [&keys.consumer_key, &keys.consumer_secret, &keys.token, &keys.token_secret].map(Clone::clone).into()
            }
        };
        let user = dir.path().join("user");
        std::fs::create_dir(&user)?;
        std::fs::create_dir(dir.path().join("films"))?;
        let home = dir.path().join("home");
        let disk = if seed % 5 == 2 { Disk::mounted_at(&home)? } else { None };
        let route = gate.as_ref().map(|gate| route(gate, dir.path())).transpose()?;
        let workspace = match &gate {
            Some(gate) => format!("https://{HOST}:{}", gate.address.port()),
            None => format!("http://{address}"),
        };
        let place = Place {
            slipway: slipway.to_owned(),
            home,
            user,
            secrets: secrets.clone(),
            chunk: CHUNK,
            in_flight: if seed.is_multiple_of(3) { Some(3) } else { None },
            route,
            nameless: false,
            files: None,
        };
        let mut world = Self {
            rng,
            trap: Trap::set(&place.canaries()).await?,
            workspace,
            stock: sandbox.videos(),
            sandbox,
            line,
            gate,
            place,
            owner: None,
            watched: None,
            disk,
            guests: Vec::new(),
            wishes: Vec::new(),
            edits: Vec::new(),
            hidden: Vec::new(),
            heard: Vec::new(),
            tally: Tally { worlds: 1, ..Tally::default() },
            story: String::new(),
            start: Instant::now(),
            dir,
        };
        world.tally.drives = u64::from(world.disk.is_some());
        world.tell(&format!("{profile:?}, {way:?}, a drive of its own: {}", world.disk.is_some()));
        if seed % 4 >= 2 {
            world.watch().await?;
        }
        Ok(world)
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&mut self, what: &str) {
        let _never_fails = writeln!(self.story, "{:>8.3} {what}", self.start.elapsed().as_secs_f64());
    }

    /// What happened, of a world whose folder stays for whoever looks into it.
    pub(crate) fn kept_story(mut self) -> String {
        self.dir.disable_cleanup(true);
        // With what is on it, for whoever looks; to be unmounted by them.
        std::mem::forget(self.disk.take());
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
            Act::Drop => self.drop_film()?,
            Act::Rename => self.rename_film(),
            Act::Fill => self.fill(),
            Act::Scarcity => {
                let files = self.rng.u64(24..80);
                self.place.files = if self.place.files.is_some() { None } else { Some(files) };
                self.tell(&format!("open files: {:?} at most", self.place.files));
            }
            Act::Gate => self.turn_gate(),
            Act::Names => self.lose_or_find_the_name(),
            Act::Damage => self.damage().await?,
            Act::ReadOnly => self.read_only().await?,
            Act::Edit => self.edit()?,
            Act::Thumbnail => self.thumbnail()?,
            Act::SecondOwner => self.start_second_owner()?,
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
        let files = self.wishes.iter().filter(|wish| !wish.is_picture());
        let taken: Vec<u64> = files.filter_map(|wish| wish.replaces).collect();
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
        let beside = if replaces.is_some() { Beside::default() } else { Beside::laid(&file, &mut self.rng)? };
        self.tally.companions += u64::from(beside.subtitles.is_some()) + u64::from(beside.thumbnail.is_some());
        self.hand_over(file, &bytes, publish, replaces)?;
        self.wishes[number].beside = beside;
        Ok(())
    }

    /// A script asks for it.
    pub(crate) fn hand_over(
        &mut self,
        file: PathBuf,
        bytes: &[u8],
        publish: bool,
        replaces: Option<u64>,
    ) -> Result<()> {
        let (number, size) = (self.wishes.len(), bytes.len());
        self.wish_for(file, bytes, publish, replaces);
        let what = replaces.map_or("a new video".to_owned(), |video| format!("in the place of {video}"));
        self.tell(&format!("{number}: {}, {size} bytes, {what}, publish: {publish}", self.wishes[number].name()));
        let command = self.wishes[number].command(&self.workspace);
        let guest = self.place.start(&command)?;
        self.wishes[number].heard.push(guest.said.clone());
        self.heard.push(guest.said.clone());
        self.guests.push(guest);
        Ok(())
    }

    pub(crate) fn wish_for(&mut self, file: PathBuf, bytes: &[u8], publish: bool, replaces: Option<u64>) {
        let (sha256, heard, names, beside) = (sha256(bytes), Vec::new(), Vec::new(), Beside::default());
        self.wishes.push(Wish { file, sha256, publish, replaces, cancelled: false, heard, names, beside });
        let wish = self.wishes.last();
        self.tally.watched += u64::from(wish.is_some_and(Wish::is_watched));
        self.tally.files += 1;
        self.tally.replacements += u64::from(replaces.is_some());
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

/// The way through the gate, with its authority in a file.
fn route(gate: &Gate, dir: &Path) -> Result<Route> {
    let authority = dir.join("authority.pem");
    std::fs::write(&authority, &gate.authority)?;
    Ok(Route { authority, proxy: gate.proxied.then(|| format!("http://anna:{PASSWORD}@{}", gate.address)) })
}
