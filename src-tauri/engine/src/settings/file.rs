//! The file of settings, read leniently and changed one value at a time.

use super::{
    Behaviour, FINISHED_DAYS, IN_FLIGHT, ProxySetting, SHEET_FROM, Settings, bare_proxy, no_rate, not_in, read_rate,
    written_rate,
};
use crate::failure::{Code, Failure};
use crate::home;
use crate::pace::{Caps, Throttle};
use crate::timetable::{Timetable, read_day, written_day};
use crate::workspace::Origin;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::{self, DeserializeOwned, IntoDeserializer, value::StrDeserializer};
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value, value};

/// As it is before anybody has set anything.
const FRESH: &str = include_str!("fresh.toml");

const WINDOW: &str = "window";
const UPLOADS: &str = "uploads";
const TRANSFER: &str = "transfer";
const TIMETABLE: &str = "timetable";
const NETWORK: &str = "network";
const DESKTOP: &str = "desktop";

/// In the order of the table.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Where the settings are kept.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
}

/// What a look at the file came to.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What is in force.
    pub settings: Settings,
    /// What stands in the file and cannot be.
    pub odd: Vec<Failure>,
}

impl SettingsFile {
    /// The file of a data folder, whether it is there or not.
    #[must_use]
    pub fn of(home: &Path) -> Self {
        Self { path: home.join("settings.toml") }
    }

    /// What is set. A file that is not there sets nothing; one that cannot be read sets nothing either, and is told.
    #[must_use]
    pub fn read(&self) -> Reading {
        match self.document() {
            Ok(document) => self.look_through(&document),
            Err(failure) => Reading { settings: Settings::default(), odd: vec![failure] },
        }
    }

    /// Writes down what is different from what is in force, and nothing else. Either all of it is in the file afterwards,
    /// or the file is as it was.
    pub fn change(&self, settings: &Settings) -> Result<Reading, Failure> {
        settings.check()?;
        let mut document = self.document()?;
        let before = self.look_through(&document).settings;
        write_down(&mut document, &before, settings);
        home::replace_private_file(&self.path, document.to_string().as_bytes()).map_err(|error| {
            Failure::new(Code::DataFolderUnwritable).detail(self.path.display().to_string()).caused_by(&error)
        })?;
        Ok(self.look_through(&document))
    }

    fn document(&self) -> Result<DocumentMut, Failure> {
        let odd = |error: &dyn std::error::Error| {
            Failure::new(Code::SettingsInvalid).detail(self.path.display().to_string()).caused_by(error)
        };
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => FRESH.to_owned(),
            Err(error) => return Err(odd(&error)),
        };
        text.parse().map_err(|error: toml_edit::TomlError| odd(&error).because("why.not_toml", []))
    }

    fn look_through(&self, document: &DocumentMut) -> Reading {
        let usual = Settings::default();
        let mut look = Look { document, file: self.path.display().to_string(), odd: Vec::new() };
        let proxy = look.proxy();
        let settings = Settings {
            language: look.word(WINDOW, "language", usual.language),
            theme: look.word(WINDOW, "theme", usual.theme),
            workspace: look.parsed(UPLOADS, "workspace", Origin::parse),
            publish: look.word(UPLOADS, "publish", usual.publish),
            sheet_from: look.number(UPLOADS, "sheet_from", &SHEET_FROM).unwrap_or(usual.sheet_from),
            finished_days: look.number(UPLOADS, "finished_days", &FINISHED_DAYS).unwrap_or(usual.finished_days),
            in_flight: look.number(TRANSFER, "in_flight", &IN_FLIGHT),
            throttle: look.throttle(),
            proxy,
            ca_file: look.parsed(NETWORK, "ca_file", |text| Ok(PathBuf::from(text))),
            behaviour: Behaviour {
                keep_running: look.flag(DESKTOP, "keep_running", usual.behaviour.keep_running),
                keep_awake: look.flag(DESKTOP, "keep_awake", usual.behaviour.keep_awake),
                notifications: look.flag(DESKTOP, "notifications", usual.behaviour.notifications),
            },
        };
        Reading { settings, odd: look.odd }
    }
}

/// A document that is being read.
struct Look<'a> {
    document: &'a DocumentMut,
    file: String,
    odd: Vec<Failure>,
}

impl Look<'_> {
    fn item(&self, table: &str, key: &str) -> Option<&Item> {
        self.document.get(table)?.get(key)
    }

    fn odd(&mut self, table: &str, key: &str, failure: Failure) {
        let detail = format!("{}: {table}.{key}", self.file);
        self.odd.push(Failure { code: Code::SettingsInvalid, detail: Some(detail), ..failure });
    }

    fn text(&mut self, table: &str, key: &str) -> Option<String> {
        let text = self.item(table, key)?.as_str().map(str::to_owned);
        if text.is_none() {
            self.odd(table, key, Failure::new(Code::SettingsInvalid).because("why.setting_not_text", []));
        }
        text
    }

    fn parsed<T>(&mut self, table: &str, key: &str, parse: impl FnOnce(&str) -> Result<T, Failure>) -> Option<T> {
        let text = self.text(table, key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(failure) => {
                self.odd(table, key, failure);
                None
            }
        }
    }

    fn word<T: DeserializeOwned>(&mut self, table: &str, key: &str, usual: T) -> T {
        self.parsed(table, key, one_of).unwrap_or(usual)
    }

    fn number(&mut self, table: &str, key: &str, range: &RangeInclusive<usize>) -> Option<usize> {
        let item = self.item(table, key)?;
        let number = item.as_integer().and_then(|it| usize::try_from(it).ok()).filter(|it| range.contains(it));
        if number.is_none() {
            self.odd(table, key, not_in(key, range));
        }
        number
    }

    fn throttle(&mut self) -> Throttle {
        let usual = Throttle::default();
        let mut rate = |key| self.parsed(TRANSFER, key, |text| read_rate(text).ok_or_else(no_rate));
        let caps = Caps { all: rate("limit_rate"), automatic: rate("limit_rate_folders"), manual: None };
        let mut timetable = Timetable::default();
        for (key, day) in WEEKDAYS.into_iter().zip(&mut timetable.0) {
            let no_day = || Failure::new(Code::SettingsInvalid).because("why.setting_not_day", []);
            *day = self.parsed(TIMETABLE, key, |text| read_day(text).ok_or_else(no_day)).unwrap_or_default();
        }
        let no_moment = |_| Failure::new(Code::SettingsInvalid).because("why.setting_not_moment", []);
        Throttle {
            caps,
            timetable,
            full_speed_until: self
                .parsed(TRANSFER, "full_speed_until", |text| text.parse::<Timestamp>().map_err(no_moment)),
            hold_on_metered: self.flag(TRANSFER, "hold_on_metered", usual.hold_on_metered),
        }
    }

    fn flag(&mut self, table: &str, key: &str, usual: bool) -> bool {
        let Some(item) = self.item(table, key) else { return usual };
        let flag = item.as_bool();
        if flag.is_none() {
            let names = [("names", "true, false".to_owned())];
            self.odd(table, key, Failure::new(Code::SettingsInvalid).because("why.setting_one_of", names));
        }
        flag.unwrap_or(usual)
    }

    fn proxy(&mut self) -> ProxySetting {
        let read = self.parsed(NETWORK, "proxy", |text| {
            Ok(match text {
                "system" => ProxySetting::System,
                "none" => ProxySetting::Straight,
                address => ProxySetting::Through {
                    address: bare_proxy(address)?.address().to_owned(),
                    user: None,
                    password_kept: false,
                },
            })
        });
        match read {
            Some(ProxySetting::Through { address, .. }) => ProxySetting::Through {
                address,
                user: self.text(NETWORK, "proxy_user"),
                password_kept: self.item(NETWORK, "proxy_password_kept").and_then(Item::as_bool).unwrap_or_default(),
            },
            other => other.unwrap_or_default(),
        }
    }
}

/// One of a type's words.
fn one_of<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let word: StrDeserializer<'_, NotOneOf> = text.into_deserializer();
    T::deserialize(word).map_err(|NotOneOf(words)| {
        Failure::new(Code::SettingsInvalid).because("why.setting_one_of", [("names", words.join(", "))])
    })
}

/// A word that is none of a type's, and those that are.
#[derive(Debug)]
struct NotOneOf(&'static [&'static str]);

impl de::Error for NotOneOf {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self(words)
    }
}

impl std::error::Error for NotOneOf {}

impl fmt::Display for NotOneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "none of {}", self.0.join(", "))
    }
}

fn write_down(document: &mut DocumentMut, before: &Settings, after: &Settings) {
    let mut put = |table: &str, key: &str, changed: bool, new: Option<Value>| {
        if changed {
            set(document, table, key, new);
        }
    };
    put(WINDOW, "language", before.language != after.language, word(after.language));
    put(WINDOW, "theme", before.theme != after.theme, word(after.theme));
    let workspace = after.workspace.as_ref().map(|it| it.as_str().into());
    put(UPLOADS, "workspace", before.workspace != after.workspace, workspace);
    put(UPLOADS, "publish", before.publish != after.publish, word(after.publish));
    put(UPLOADS, "sheet_from", before.sheet_from != after.sheet_from, number(after.sheet_from));
    put(UPLOADS, "finished_days", before.finished_days != after.finished_days, number(after.finished_days));
    put(TRANSFER, "in_flight", before.in_flight != after.in_flight, after.in_flight.and_then(number));
    let (was, is) = (&before.throttle, &after.throttle);
    let rate = |rate: Option<u64>| rate.map(|rate| Value::from(written_rate(rate)));
    put(TRANSFER, "limit_rate", was.caps.all != is.caps.all, rate(is.caps.all));
    put(TRANSFER, "limit_rate_folders", was.caps.automatic != is.caps.automatic, rate(is.caps.automatic));
    let until = is.full_speed_until.map(|until| until.to_string().into());
    put(TRANSFER, "full_speed_until", was.full_speed_until != is.full_speed_until, until);
    put(TRANSFER, "hold_on_metered", was.hold_on_metered != is.hold_on_metered, Some(is.hold_on_metered.into()));
    for (key, (was, is)) in WEEKDAYS.into_iter().zip(was.timetable.0.iter().zip(&is.timetable.0)) {
        put(TIMETABLE, key, was != is, Some(written_day(is).into()));
    }
    let (proxy, user, kept) = match &after.proxy {
        ProxySetting::System => ("system", None, false),
        ProxySetting::Straight => ("none", None, false),
        ProxySetting::Through { address, user, password_kept } => (&**address, user.as_deref(), *password_kept),
    };
    let changed = before.proxy != after.proxy;
    put(NETWORK, "proxy", changed, Some(proxy.into()));
    put(NETWORK, "proxy_user", changed, user.map(Value::from));
    put(NETWORK, "proxy_password_kept", changed, kept.then(|| true.into()));
    // A name that is no Unicode cannot stand in the file; the window says so before it gets here.
    let ca_file = after.ca_file.as_ref().and_then(|path| path.to_str()).map(Value::from);
    put(NETWORK, "ca_file", before.ca_file != after.ca_file, ca_file);
    let (was, is) = (before.behaviour, after.behaviour);
    put(DESKTOP, "keep_running", was.keep_running != is.keep_running, Some(is.keep_running.into()));
    put(DESKTOP, "keep_awake", was.keep_awake != is.keep_awake, Some(is.keep_awake.into()));
    put(DESKTOP, "notifications", was.notifications != is.notifications, Some(is.notifications.into()));
}

fn word(word: impl Serialize) -> Option<Value> {
    serde_json::to_value(word).ok()?.as_str().map(Value::from)
}

fn number(number: usize) -> Option<Value> {
    i64::try_from(number).ok().map(Value::from)
}

/// Puts a value where it belongs and leaves what stands around it.
fn set(document: &mut DocumentMut, table: &str, key: &str, new: Option<Value>) {
    let place = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
    if !place.is_table_like() {
        *place = Item::Table(Table::new());
    }
    let Some(table) = place.as_table_like_mut() else { return };
    match new {
        None => {
            table.remove(key);
        }
        Some(mut new) => match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            None => {
                table.insert(key, value(new));
            }
        },
    }
}
