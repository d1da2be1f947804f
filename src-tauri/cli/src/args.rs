//! The command line as a person types it.

mod library;
mod limits;

pub(crate) use library::{Edit, Videos};
pub(crate) use limits::{DAYS, Limits, Set as LimitsSet};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use slipway_engine::item::{Category, Locale, Moment, Publish, SubtitleChoice, may_be_variable};
use slipway_engine::settings::read_rate;
use slipway_engine::workspace::ApiVersion;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
pub(crate) use watch::{Add as WatchAdd, Visibility, Watch};

/// What the help puts the options of every command under.
const EVERYWHERE: &str = "Everywhere";

/// Upload videos to TwentyThree and forget about them.
#[derive(Debug, Parser)]
#[command(name = "slipway", version, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Where Slipway keeps its queue; everything it writes stays inside.
    #[arg(long, env = "SLIPWAY_HOME", global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// A PEM file with certificate authorities to trust beside the system's.
    #[arg(long, env = "SLIPWAY_CA", global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A proxy to go through instead of the system's (`http://HOST:PORT`, socks5 too), or `none`. One with a password
    /// belongs in SLIPWAY_PROXY.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL", value_parser = secret)]
    pub(crate) proxy: Option<SecretString>,
    /// Send no more than this in a second, everything together (500k, 2M: 10³, 10⁶ bytes), whatever is set and in every
    /// hour of the timetable. Where another process works the queue off, its limits are in force.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "RATE", value_parser = rate)]
    pub(crate) limit_rate: Option<u64>,
    /// The same for what watched folders bring, within the other.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "RATE", value_parser = rate)]
    pub(crate) limit_rate_folders: Option<u64>,
    /// Say on stderr what is being done.
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(crate) verbose: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign in to a workspace; the token goes to the system's keychain.
    Login(Login),
    /// Sign out of a workspace; its items stay in the queue and wait.
    Logout {
        /// The workspace's domain.
        workspace: String,
    },
    /// List the workspaces you are signed in to.
    Workspaces {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Upload files and wait until they are stored.
    Upload(Box<Upload>),
    /// Put a file in the place of one that is there: a video for a video, a picture for its thumbnail or an image.
    Replace(Replace),
    /// List the videos of a workspace.
    Videos(Videos),
    /// Change what is said about videos that are there.
    Edit(Box<Edit>),
    /// See and steer the queue.
    Queue {
        /// One JSON object a line.
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Option<Queue>,
    },
    /// Watch folders: what is put into them is sent by itself.
    Watch {
        /// One JSON object a line.
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Option<Watch>,
    },
    /// How fast to send, and when.
    Limits {
        /// One JSON object.
        #[arg(long, global = true)]
        json: bool,
        #[command(subcommand)]
        command: Option<Limits>,
    },
    /// Work the queue and the watched folders off without a window.
    Run(Run),
    /// Say what happened to an item.
    Log {
        /// The item's id, or the unique end of it.
        id: String,
    },
    /// Gather what support needs into one file, and say what is in it.
    Bundle {
        /// Where to save it; `slipway-bundle-TIME.zip` in the present folder when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check the data folder, the keychain and the workspaces.
    Doctor {
        /// Look at this workspace alone.
        #[arg(long, short)]
        workspace: Option<String>,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Run a pretend workspace on this machine.
    Sandbox(Sandbox),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Login {
    /// The workspace's domain, such as company.videomarketingplatform.co.
    pub(crate) workspace: String,
    /// Read the token from standard input instead of asking for it.
    #[arg(long, conflicts_with = "oauth_stdin")]
    pub(crate) token_stdin: bool,
    /// Read the keys of OAuth 1.0a from standard input: consumer key and secret, token and its secret, a line each.
    #[arg(long)]
    pub(crate) oauth_stdin: bool,
    /// The version of the API to speak.
    #[arg(long, value_enum, default_value_t, value_name = "VERSION")]
    pub(crate) api: Api,
}

/// Which version of the API to speak.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Api {
    /// The newest that the workspace takes the credential in.
    #[default]
    Auto,
    /// Version 1.
    #[value(name = "1")]
    V1,
    /// Version 2.
    #[value(name = "2")]
    V2,
}

impl Api {
    pub(crate) fn version(self) -> Option<ApiVersion> {
        match self {
            Self::Auto => None,
            Self::V1 => Some(ApiVersion::V1),
            Self::V2 => Some(ApiVersion::V2),
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Upload {
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The title; the file's name, cleaned, when left out.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// What the video is about.
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Tags, separated by spaces; quote one that has a space in it.
    #[arg(long, value_name = "TAGS")]
    pub(crate) tags: Option<String>,
    /// A category, by its id or its name; may be given several times.
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    pub(crate) category: Vec<Category>,
    /// A custom variable of the workspace; may be given several times.
    #[arg(long = "var", value_name = "KEY=VALUE", value_parser = variable)]
    pub(crate) variables: Vec<(String, String)>,
    /// A canonical address other than the workspace's own.
    #[arg(long, value_name = "URL")]
    pub(crate) absolute_url: Option<String>,
    #[command(flatten)]
    pub(crate) publish: PublishChoice,
    /// The thumbnail: a JPEG or PNG image.
    #[arg(long, value_name = "IMAGE")]
    pub(crate) thumbnail: Option<PathBuf>,
    /// Subtitles (SRT or WebVTT) and their language, such as talk.srt:en; may be given several times.
    #[arg(long, value_name = "FILE[:LOCALE]", value_parser = subtitles)]
    pub(crate) subtitles: Vec<SubtitleChoice>,
    /// The language of subtitles whose names say none, such as en or pt-BR.
    #[arg(long, value_name = "LOCALE")]
    pub(crate) subtitles_locale: Option<Locale>,
    /// Leave aside what lies beside the video under its name.
    #[arg(long)]
    pub(crate) no_companions: bool,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Replace {
    /// The video's or image's number in the workspace; its address, links and statistics stay.
    pub(crate) video_id: u64,
    /// The new file.
    #[arg(required_unless_present = "moment")]
    pub(crate) file: Option<PathBuf>,
    /// Make the picture at this moment of the video its thumbnail, such as 12.5 (seconds) or 2:03.
    #[arg(long, value_name = "TIME", value_parser = library::moment, conflicts_with_all = ["file", "wait_playable"])]
    pub(crate) moment: Option<Moment>,
    #[command(flatten)]
    pub(crate) sending: Sending,
}

/// How a file is handed over and followed, whatever becomes of it.
#[derive(Debug, ClapArgs)]
pub(crate) struct Sending {
    /// The workspace's domain; not needed while you are signed in to only one.
    #[arg(long, short)]
    pub(crate) workspace: Option<String>,
    /// Wait until the video can be played.
    #[arg(long)]
    pub(crate) wait_playable: bool,
    /// Stop waiting after this long (30s, 10m, 2h); what is not sent stays in the queue.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) give_up_after: Option<Duration>,
    /// Send it even if this very file is in the queue for the same already.
    #[arg(long)]
    pub(crate) again: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(crate) struct PublishChoice {
    /// Publish as soon as the video is stored.
    #[arg(long)]
    pub(crate) publish: bool,
    /// Leave it a draft (the default).
    #[arg(long)]
    pub(crate) draft: bool,
    /// Publish once the video can be played.
    #[arg(long)]
    pub(crate) publish_when_playable: bool,
    /// Have the workspace publish it on this date, such as 2027-01-31 or "2027-01-31 09:00".
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) publish_date: Option<Timestamp>,
}

#[derive(Debug, Default, Subcommand)]
pub(crate) enum Queue {
    /// Show what is in the queue.
    #[default]
    List,
    /// Leave items as they are for now; all when none is named.
    Pause(Ids),
    /// Let paused items run again; all when none is named.
    Resume(Ids),
    /// Let failed items go on from where they were; all when none is named.
    Retry(Ids),
    /// Take items out of the queue; one that may have arrived is settled first.
    Cancel(NamedIds),
    /// Forget finished items; all done and cancelled ones when none is named.
    Clear(Ids),
    /// Say what became of an item whose outcome cannot be found out.
    Settle(Settle),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Ids {
    /// Items' ids, or the unique ends of them.
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct NamedIds {
    /// Items' ids, or the unique ends of them.
    #[arg(required = true)]
    pub(crate) ids: Vec<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Settle {
    /// The item's id, or the unique end of it.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) answer: SettleAnswer,
}

#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub(crate) struct SettleAnswer {
    /// It arrived, as this video.
    #[arg(long, value_name = "VIDEO_ID")]
    pub(crate) arrived: Option<u64>,
    /// It did not arrive: send everything again.
    #[arg(long)]
    pub(crate) send_again: bool,
    /// Look for it once more.
    #[arg(long)]
    pub(crate) keep_looking: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Run {
    /// The workspace that `SLIPWAY_TOKEN` is for; not needed while only one is known.
    #[arg(long, short)]
    pub(crate) workspace: Option<String>,
    /// Stop when nothing is left that can go on by itself.
    #[arg(long)]
    pub(crate) until_empty: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Sandbox {
    /// Where to listen; an address of this machine alone.
    #[arg(long, default_value = "127.0.0.1:2323", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// The folder that holds the workspace; a temporary one when left out.
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// The token that opens it; random when left out. The environment keeps it off the process list.
    #[arg(long, env = "SLIPWAY_SANDBOX_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Tell the keys and secrets for OAuth 1.0a too.
    #[arg(long)]
    pub(crate) oauth: bool,
    /// Serve https with an authority of its own.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Count the bytes of files and keep none.
    #[arg(long)]
    pub(crate) sink: bool,
    /// How it behaves where the API's pages leave it open.
    #[arg(long, default_value = "documented")]
    pub(crate) profile: Profile,
    /// Make random choices repeatable.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Put so many videos into a new one, to look through and not to play.
    #[arg(long, default_value_t, value_name = "N")]
    pub(crate) videos: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Profile {
    Documented,
    Hostile,
}

impl Command {
    /// Whether errors, too, are for a program.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Upload(upload) => upload.sending.json,
            Self::Replace(replace) => replace.sending.json,
            Self::Run(run) => run.json,
            Self::Videos(videos) => videos.json,
            Self::Edit(edit) => edit.json,
            Self::Workspaces { json }
            | Self::Bundle { json, .. }
            | Self::Doctor { json, .. }
            | Self::Queue { json, .. }
            | Self::Limits { json, .. }
            | Self::Watch { json, .. } => *json,
            _ => false,
        }
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, _)) if !key.is_empty() && !may_be_variable(key) => {
            Err(format!("{key} is the API's own word and no custom variable"))
        }
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// A name, or a number that is an id first.
fn category(text: &str) -> Result<Category, String> {
    if text.trim().is_empty() { Err("expected an id or a name".to_owned()) } else { Ok(Category::parse(text)) }
}

/// What stands after the last colon is a language, or part of the name.
fn subtitles(text: &str) -> Result<SubtitleChoice, String> {
    let split = text.rsplit_once(':').and_then(|(file, locale)| Some((file, locale.parse::<Locale>().ok()?)));
    match split {
        Some((file, locale)) if !file.is_empty() => Ok(SubtitleChoice { file: file.into(), locale: Some(locale) }),
        _ if text.is_empty() => Err("expected a file".to_owned()),
        _ => Ok(SubtitleChoice { file: text.into(), locale: None }),
    }
}

/// A date without a zone is read on this machine's clock.
fn date(text: &str) -> Result<Timestamp, String> {
    Publish::date(text, &TimeZone::system()).map_err(|no| no.to_string())
}

/// What may hold a password by mistake is kept like one until that is looked at.
#[expect(clippy::unnecessary_wraps, reason = "clap wants a result")]
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

fn time(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| "expected a number with s, m or h".to_owned())?;
    let seconds = match unit {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("expected a number with s, m or h".to_owned()),
    };
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(|| "nobody waits that long".to_owned())
}

fn rate(text: &str) -> Result<u64, String> {
    read_rate(text).ok_or_else(|| "expected bytes a second, such as 500k or 2M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn times_have_a_unit_dates_a_day_and_variables_a_key() {
        assert_eq!(date("2027-01-31T09:00+01:00"), Ok("2027-01-31T08:00:00Z".parse().unwrap()));
        assert!(date("2027-01-31").is_ok() && date("tomorrow").is_err());
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("2h"), Ok(Duration::from_hours(2)));
        assert!(time("soon").is_err() && time("5d").is_err());
        assert!(time("18446744073709551615s").is_ok() && time("18446744073709551615h").is_err());
        assert_eq!(variable("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(variable("=x").is_err() && variable("x").is_err());
    }

    #[test]
    fn subtitles_are_a_file_and_perhaps_a_language_and_a_colon_may_be_part_of_a_name() {
        let read = |text: &str| {
            let choice = subtitles(text).unwrap();
            (choice.file.to_str().unwrap().to_owned(), choice.locale.map(|locale| locale.to_string()))
        };
        let expected = |file: &str, locale: Option<&str>| (file.to_owned(), locale.map(str::to_owned));
        assert_eq!(read("talk.srt:pt-BR"), expected("talk.srt", Some("pt-BR")));
        assert_eq!(read("talk.en.srt"), expected("talk.en.srt", None));
        assert_eq!(read(r"C:\films\talk.srt"), expected(r"C:\films\talk.srt", None));
        assert_eq!(read(r"C:\films\talk.srt:da"), expected(r"C:\films\talk.srt", Some("da")));
        assert_eq!(read("part 1: intro.srt"), expected("part 1: intro.srt", None));
    }

    #[test]
    fn what_the_api_itself_says_of_a_video_is_no_custom_variable() {
        assert!(variable("photo_id=1").is_err() && variable("department=sales").is_ok());
        assert!(category(" ").is_err() && category("News").is_ok());
    }

    #[test]
    fn publishing_is_one_choice() {
        let parse = |words: &[&str]| Args::try_parse_from([&["slipway", "upload", "a.mp4"], words].concat());
        assert!(parse(&["--publish"]).is_ok());
        assert!(parse(&["--publish", "--draft"]).is_err());
        assert!(parse(&["--publish-date", "2027-01-01", "--publish-when-playable"]).is_err());
    }
}

#[cfg(test)]
mod manual;
mod watch;
