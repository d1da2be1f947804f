//! The shell: what the window holds and answers with. It knows the engine and the desktop, and nothing of Tauri; what it can
//! be asked stands in `ipc.rs`, and each concern has a file that adds its own answers to it.

use crate::desktop::{Choice, Desktop, off_thread};
use crate::events::Event;
use crate::folders::FolderRow;
use crate::folders::choosing::ChosenFolders;
use crate::ipc::Nothing;
use crate::means::Means;
use crate::offers::{By, Early, Offer, Offers};
use crate::outside::Outside;
use crate::outside::face::Face;
use crate::outside::tally::Counts;
use crate::pictures::Pictures;
use crate::place::Place;
use crate::release::VERSION;
use crate::rows::{Progress, Row};
use crate::sandbox::Door;
use crate::settings::Settings;
use crate::sights::Sights;
use crate::sign_in::{Permissions, Workspace};
use crate::speed::Speed;
use crate::support::Shown;
use crate::told::{Told, Voice, system_language};
use crate::updates::{More, Updates};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::folder::Preset;
use slipway_engine::messages::Language;
use slipway_engine::{Config, Mark};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use ts_rs::TS;

/// What the window holds.
pub(crate) struct Shell {
    pub(crate) home: PathBuf,
    pub(crate) means: Arc<Means>,
    pub(crate) place: Arc<Place>,
    pub(crate) updates: Updates,
    pub(crate) outside: Outside,
    pub(crate) pictures: Pictures,
    pub(crate) voice: Voice,
    pub(crate) offers: Offers,
    pub(crate) chosen_folders: ChosenFolders,
    pub(crate) permissions: Permissions,
    pub(crate) sandbox: Door,
    pub(crate) shown: Shown,
    pub(crate) desktop: Arc<dyn Desktop>,
    #[cfg(feature = "update-check")]
    pub(crate) newer: Arc<crate::newer::Newer>,
    /// What was handed over before the pages listened.
    pub(crate) early: Early,
}

/// Everything that the pages show, at one moment.
#[derive(Debug, Serialize, TS)]
pub(crate) struct Snapshot {
    pub(crate) seq: u32,
    version: &'static str,
    /// The version that was updated from, as long as nobody has seen what is new.
    updated_from: Option<String>,
    /// A version that is newer than this one, where that is looked for.
    newer: Option<String>,
    /// The one in force.
    #[ts(inline)]
    language: Spoken,
    pub(crate) rows: Vec<Row>,
    /// Where the rows begin that are left to be asked for; `null` when these are all.
    #[ts(inline)]
    pub(crate) rest: Option<Mark>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) workspaces: Vec<Workspace>,
    folders: Vec<FolderRow>,
    /// Names in folders that are usually ignored.
    usually_ignored: &'static [&'static str],
    settings: Settings,
    /// Whether Slipway starts when the person signs in to the machine.
    starts_at_login: bool,
    /// `null` where there is no queue.
    speed: Option<Speed>,
    /// What stands in the file of settings and cannot be.
    odd_settings: Vec<Told>,
    /// Why the keychain is not ready, as far as that is known.
    keychain: Option<Told>,
    /// Why there is no queue, or it cannot be written.
    pub(crate) trouble: Option<Told>,
    /// Unfinished items that were there at the start.
    found: usize,
    /// Why files cannot be chosen in a dialog, if they cannot.
    pub(crate) dialogs: Option<Told>,
    /// The process that owns the queue, where this one is its guest.
    #[ts(inline)]
    elsewhere: Option<Elsewhere>,
}

/// Asks for more rows.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Behind {
    #[ts(inline)]
    mark: Mark,
}

#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "snake_case")]
enum Spoken {
    En,
    Da,
}

#[derive(Debug, Serialize, TS)]
struct Elsewhere {
    process: u32,
    works: bool,
}

impl Shell {
    /// A shell on a data folder, and the task that tells the pages its news. The engine is opened when it is first needed.
    pub(crate) fn new(basis: Config, desktop: Arc<dyn Desktop>) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let home = basis.home.clone();
        let means = Arc::new(Means::of(basis));
        let voice = Voice::new(means.settings().language.or(system_language()));
        let (place, [to_pages, to_outside]) = Place::new(Arc::clone(&means));
        let place = Arc::new(place);
        let pages = Arc::clone(&desktop);
        let tell = move |changes| pages.tell(Event::Changes(Box::new(changes)));
        let pictures = Pictures::new(home.join("pictures"));
        let (sights, seen, looking) = Sights::new(pictures.clone());
        let (updates, telling) = Updates::follow(Arc::clone(&place), to_pages, voice.clone(), sights, seen, tell);
        let (outside, showing) =
            Outside::follow(Arc::clone(&place), to_outside, voice.clone(), Arc::clone(&means), Arc::clone(&desktop));
        #[cfg(feature = "update-check")]
        let newer = Arc::new(crate::newer::Newer::of(&home));
        #[cfg(feature = "update-check")]
        let asking = Arc::clone(&newer).follow(Arc::clone(&means), Arc::clone(&desktop));
        #[cfg(not(feature = "update-check"))]
        let asking = std::future::pending();
        let shell = Self {
            home,
            means,
            place,
            updates,
            outside,
            pictures,
            voice,
            offers: Offers::default(),
            chosen_folders: ChosenFolders::default(),
            permissions: Permissions::default(),
            sandbox: Door::default(),
            shown: Shown::default(),
            desktop,
            #[cfg(feature = "update-check")]
            newer,
            early: Early::default(),
        };
        // The pages are told to the end; what they would be told of then is looked for until then.
        let telling = async move {
            tokio::select! { () = telling => {}, () = looking => {}, () = showing => {}, () = asking => {} }
        };
        (Arc::new(shell), telling)
    }

    /// What the icon in the tray says before anything is known.
    pub(crate) fn first_face(&self) -> Face {
        Face::of(Counts::default(), std::iter::empty(), self.voice.language())
    }

    /// Stops what runs here. Nothing would be lost without it.
    pub(crate) async fn stop(&self) {
        self.place.close().await;
        self.sandbox.close().await;
    }

    pub(crate) async fn snapshot(&self, _: Nothing) -> Result<Snapshot, Failure> {
        self.place.try_again().await;
        for offer in self.early.end() {
            self.desktop.tell(Event::Offer(offer));
        }
        let seen = self.updates.see().await.ok_or_else(|| Failure::new(Code::NotPossibleNow))?;
        let starts_at_login = self.starts_at_login().await;
        let elsewhere = match self.place.engine().await {
            Ok(engine) => engine.elsewhere().await,
            Err(_) => None,
        };
        Ok(Snapshot {
            seq: seen.seq,
            version: VERSION,
            updated_from: self.updated_from().await,
            newer: self.newer_version(),
            language: match self.voice.language() {
                Language::En => Spoken::En,
                Language::Da => Spoken::Da,
            },
            rows: seen.rows,
            rest: seen.rest,
            progress: seen.progress,
            workspaces: self.workspaces().await.unwrap_or_default(),
            folders: seen.folders,
            usually_ignored: Preset::IGNORED,
            settings: Settings::of(&self.means),
            starts_at_login,
            speed: self.speed().await,
            odd_settings: self.means.odd().iter().map(|failure| self.voice.tell(failure)).collect(),
            keychain: seen.keychain,
            trouble: seen.trouble,
            found: seen.found,
            dialogs: self.no_dialogs().await.map(|failure| self.voice.tell(&failure)),
            elsewhere: elsewhere.map(|it| Elsewhere { process: it.process, works: it.works }),
        })
    }

    pub(crate) async fn more(&self, Behind { mark }: Behind) -> Result<More, Failure> {
        self.updates.see_more(mark).await.ok_or_else(|| Failure::new(Code::NotPossibleNow))?
    }

    pub(crate) async fn choose_files(&self, _: Nothing) -> Result<Option<Offer>, Failure> {
        self.choose_for_upload(Choice::Files, By::Files).await
    }

    pub(crate) async fn choose_folder(&self, _: Nothing) -> Result<Option<Offer>, Failure> {
        self.choose_for_upload(Choice::Folder, By::Folder).await
    }

    /// The files on the clipboard.
    pub(crate) async fn paste(&self, _: Nothing) -> Result<Option<Offer>, Failure> {
        let desktop = Arc::clone(&self.desktop);
        let paths = off_thread(move || desktop.copied_files()).await?;
        if paths.is_empty() { Ok(None) } else { self.offer(By::Paste, paths).await.map(Some) }
    }

    /// What the person chooses; nothing where the dialog was dismissed.
    pub(crate) async fn choose(&self, choice: Choice) -> Result<Vec<PathBuf>, Failure> {
        if let Some(failure) = self.no_dialogs().await {
            return Err(failure);
        }
        let title = match choice {
            Choice::Files => "window.choose_files",
            Choice::Replacement => "window.choose_replacement",
            Choice::Picture => "window.choose_picture",
            Choice::Pictures => "window.choose_pictures",
            Choice::Folder => "window.choose_folder",
            Choice::WatchedFolder => "window.choose_watched_folder",
            Choice::CaFile => "window.choose_ca_file",
            Choice::Save { .. } => "window.save_bundle",
        };
        Ok(self.desktop.choose(choice, self.voice.text(title)).await)
    }

    async fn choose_for_upload(&self, choice: Choice, by: By) -> Result<Option<Offer>, Failure> {
        let paths = self.choose(choice).await?;
        if paths.is_empty() { Ok(None) } else { self.offer(by, paths).await.map(Some) }
    }

    async fn no_dialogs(&self) -> Option<Failure> {
        let desktop = Arc::clone(&self.desktop);
        let lacks = off_thread(move || Ok(desktop.lacks_dialogs())).await;
        lacks.is_ok_and(|lacks| lacks).then(|| Failure::new(Code::DialogMissing))
    }
}
