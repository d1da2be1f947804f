//! The whole list against an engine and a pretend workspace, through the same door as the pages: names and JSON.

use super::*;
use crate::desktop::{Choice, Chosen, Desktop};
use crate::events::Event;
use crate::offers::By;
use crate::outside::Signs;
use crate::outside::notices::Notice;
use serde_json::json;
use slipway_engine::Config;
use slipway_engine::plan::ChunkLimits;
use slipway_engine::timing::Timing;
use slipway_sandbox::Sandbox;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

mod asking;
mod folders;
mod going_on;
mod hostile;
mod library;
mod refusing;
mod speed;

/// A desktop that notes what it is asked to do.
#[derive(Debug)]
struct Pretend {
    events: mpsc::UnboundedSender<Event>,
    /// What the person chooses in the next dialog.
    chosen: Mutex<Vec<PathBuf>>,
    copied: Mutex<Vec<PathBuf>>,
    done: Mutex<Vec<String>>,
    lacks_dialogs: bool,
    starts_at_login: AtomicBool,
    /// What was shown outside the window, and said.
    signs: Mutex<Vec<Signs>>,
    said: Mutex<Vec<String>>,
}

impl Desktop for Pretend {
    fn choose(&self, choice: Choice, _: String) -> Chosen {
        let mut chosen = std::mem::take(&mut *self.chosen.lock().unwrap());
        if let (Choice::Save { name }, Some(folder)) = (choice, chosen.first_mut()) {
            folder.push(name);
        }
        Box::pin(async { chosen })
    }

    fn lacks_dialogs(&self) -> bool {
        self.lacks_dialogs
    }

    fn copied_files(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(self.copied.lock().unwrap().clone())
    }

    fn copy_text(&self, text: String) -> Result<(), Failure> {
        self.done.lock().unwrap().push(format!("copied {text}"));
        Ok(())
    }

    fn open(&self, address: &str) -> Result<(), Failure> {
        self.done.lock().unwrap().push(format!("opened {address}"));
        Ok(())
    }

    fn tell(&self, event: Event) {
        // At its end a test hears nothing more.
        let _ = self.events.send(event);
    }

    fn show_file(&self, file: &Path) -> Result<(), Failure> {
        self.done.lock().unwrap().push(format!("showed {}", file.display()));
        Ok(())
    }

    fn show(&self, signs: Signs) {
        self.signs.lock().unwrap().push(signs);
    }

    fn is_looked_at(&self) -> bool {
        false
    }

    fn notify(&self, notice: &Notice) {
        self.said.lock().unwrap().push(notice.title.clone());
    }

    fn starts_at_login(&self) -> bool {
        self.starts_at_login.load(Ordering::SeqCst)
    }

    fn start_at_login(&self, wanted: bool) -> Result<(), Failure> {
        self.starts_at_login.store(wanted, Ordering::SeqCst);
        Ok(())
    }

    fn end(&self) {
        self.done.lock().unwrap().push("ended".into());
    }
}

/// A shell, and a workspace that it may be signed in to.
struct Rig {
    shell: Arc<Shell>,
    desktop: Arc<Pretend>,
    events: mpsc::UnboundedReceiver<Event>,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Rig {
    async fn new() -> Self {
        Self::at(tempfile::tempdir().unwrap(), false).await
    }

    async fn at(folder: tempfile::TempDir, lacks_dialogs: bool) -> Self {
        Self::with(slipway_sandbox::Config::default(), folder, lacks_dialogs).await
    }

    /// Signed in to such a workspace.
    async fn signed_in_to(sandbox: slipway_sandbox::Config) -> Self {
        let rig = Self::with(sandbox, tempfile::tempdir().unwrap(), false).await;
        rig.sign_in().await;
        rig
    }

    async fn with(sandbox: slipway_sandbox::Config, folder: tempfile::TempDir, lacks_dialogs: bool) -> Self {
        let sandbox = Sandbox::start(sandbox).await.unwrap();
        let (sender, events) = mpsc::unbounded_channel();
        let desktop = Arc::new(Pretend {
            events: sender,
            chosen: Mutex::default(),
            copied: Mutex::default(),
            done: Mutex::default(),
            lacks_dialogs,
            starts_at_login: AtomicBool::default(),
            signs: Mutex::default(),
            said: Mutex::default(),
        });
        let shell = shell_at(&folder.path().join("home"), Arc::clone(&desktop));
        Self { shell, desktop, events, sandbox, folder }
    }

    /// Signed in to the workspace.
    async fn signed_in() -> Self {
        let rig = Self::new().await;
        rig.sign_in().await;
        rig
    }

    async fn sign_in(&self) {
        let request = json!({"workspace": self.sandbox.url(), "token": self.sandbox.token()});
        self.ask("connect_token", request).await.unwrap();
    }

    async fn ask(&self, name: &str, request: Value) -> Result<Value, Told> {
        ask(&self.shell, name, request).await
    }

    async fn refused(&self, name: &str, request: Value) -> Told {
        match self.ask(name, request).await {
            Err(told) => told,
            Ok(reply) => panic!("{name}: {reply}"),
        }
    }

    fn host(&self) -> String {
        self.sandbox.domain()
    }

    fn film(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join("films").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("the film {name}")).unwrap();
        path
    }

    async fn offer(&self, paths: Vec<PathBuf>) -> Value {
        serde_json::to_value(self.shell.offer(By::Drop, paths).await.unwrap()).unwrap()
    }

    /// A request that adds all of an offer, changed.
    fn adding(&self, offer: &Value, change: Value) -> Value {
        let details = json!({"title": "", "description": "", "tags": [], "categories": [], "absolute_url": null, "variables": {}});
        let mut request = json!({
            "offer": offer["id"], "only": null, "workspace": self.host(), "details": details, "title_pattern": null,
            "publish": null, "category_per_subfolder": false, "again": false,
        });
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        request
    }

    /// Adds files and says under which ids.
    async fn add(&self, names: &[&str]) -> Vec<Value> {
        let offer = self.offer(names.iter().map(|name| self.film(name)).collect()).await;
        let added = self.ask("add", self.adding(&offer, json!({}))).await.unwrap();
        assert_eq!(added["refused"], json!([]));
        added["added"].as_array().unwrap().clone()
    }

    async fn snapshot(&self) -> Value {
        self.ask("snapshot", json!({})).await.unwrap()
    }

    /// Waits until a row is told of which this holds.
    async fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Event::Changes(changes) = self.events.recv().await.unwrap() {
                let rows = serde_json::to_value(&changes.rows).unwrap();
                if let Some(row) = rows.as_array().unwrap().iter().find(|row| holds(row)) {
                    return row.clone();
                }
            }
        }
    }

    fn done(&self) -> Vec<String> {
        std::mem::take(&mut *self.desktop.done.lock().unwrap())
    }
}

fn shell_at(home: &Path, desktop: Arc<Pretend>) -> Arc<Shell> {
    let basis = Config {
        timing: Timing::brisk(),
        limits: ChunkLimits { min: 16 << 10, max: 64 << 10, single_below: 32 << 10 },
        pretend_keychain: true,
        ..Config::new(home.to_owned())
    };
    let (shell, telling) = Shell::new(basis, desktop);
    tokio::spawn(telling);
    shell
}

async fn ask(shell: &Shell, name: &str, request: Value) -> Result<Value, Told> {
    answer(shell, name, request).await.map(|reply| serde_json::from_str(reply.get()).unwrap())
}

/// The names of all commands, in the order of the list.
fn names_of_the_list() -> Vec<String> {
    struct Names(Vec<String>);
    impl typescript::Visit for &mut Names {
        fn command<Q: TS + 'static, A: TS + 'static>(&mut self, name: &str) {
            self.0.push(name.to_owned());
        }
    }
    let mut names = Names(Vec::new());
    each(&mut names);
    names.0
}
