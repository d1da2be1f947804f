//! A desk of one's own for each test: display, window manager, session bus, keychain, home folder and web driver, none of
//! them the machine's. All of it ends with the test.

use crate::portal::Portal;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use slipway_sandbox::{Sandbox, VideoRecord};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The app under test, with its pages inside.
const APP: &str = env!("CARGO_BIN_EXE_slipway-desktop");

/// What a desk is made of, and the package of Debian that brings it.
const TOOLS: &[(&str, &str)] = &[
    ("Xvfb", "xvfb"),
    ("openbox", "openbox"),
    ("xdotool", "xdotool"),
    ("xprop", "x11-utils"),
    ("dbus-daemon", "dbus"),
    ("gnome-keyring-daemon", "gnome-keyring"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
];

/// How long anything on the screen may take to appear.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Ends with its owner.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The place. Fields are dropped in order: the app before what it stands on.
#[derive(Debug)]
pub(crate) struct Desk {
    driver: Option<Process>,
    client: Option<Client>,
    portal: Portal,
    _keyring: Process,
    _manager: Process,
    _bus: Process,
    address: String,
    _display: Process,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

impl Desk {
    /// Set up, or nothing where a tool is missing; which one is said.
    pub(crate) async fn set_up() -> Option<Self> {
        for (tool, package) in TOOLS {
            if !is_there(tool) {
                eprintln!("skipped: there is no {tool} (Debian has it in the package {package})");
                return None;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let (display, number) = display();
        let in_folder = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).unwrap();
            set_private(&path);
            path.to_str().unwrap().to_owned()
        };
        let mut environment = vec![
            ("DISPLAY", format!(":{number}")),
            ("HOME", in_folder("home")),
            ("XDG_RUNTIME_DIR", in_folder("run")),
            ("SLIPWAY_HOME", in_folder("slipway")),
            ("LC_ALL", "C.UTF-8".to_owned()),
            ("LANGUAGE", "en".to_owned()),
            ("GTK_A11Y", "none".to_owned()),
            ("TAURI_WEBVIEW_AUTOMATION", "true".to_owned()),
            ("SLIPWAY_TEST_BRISK", "1".to_owned()),
        ];
        let (bus, address) = bus(&environment);
        environment.push(("DBUS_SESSION_BUS_ADDRESS", address.clone()));
        // Nothing here asks the machine's own services for anything.
        environment.push(("DBUS_SYSTEM_BUS_ADDRESS", address.clone()));
        let portal = Portal::open(&address).await;
        let keyring = keyring(&environment);
        let manager = Process(start("openbox", &environment).spawn().unwrap());
        Some(Self {
            driver: None,
            client: None,
            portal,
            _keyring: keyring,
            _manager: manager,
            _bus: bus,
            address,
            _display: display,
            environment,
            folder,
        })
    }

    /// Starts the app and waits for its window.
    pub(crate) async fn open_app(&mut self) {
        self.open(Path::new(APP)).await;
    }

    /// Starts another app in the same way.
    pub(crate) async fn open(&mut self, app: &Path) {
        let port = free_port();
        let mut driver = start("WebKitWebDriver", &self.environment);
        driver.args(["--host=127.0.0.1", &format!("--port={port}")]);
        self.driver = Some(Process(driver.spawn().unwrap()));
        let options = json!({ "binary": app, "args": [] });
        let capabilities: Capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let address = format!("http://127.0.0.1:{port}");
        let client = tokio::time::timeout(PATIENCE, async {
            loop {
                let mut builder = ClientBuilder::new(HttpConnector::new());
                match builder.capabilities(capabilities.clone()).connect(&address).await {
                    Ok(client) => break client,
                    // The driver may not listen yet; a refused connection is all that says so.
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
        self.client = Some(client.await.expect("the app opens its window"));
    }

    /// Waits until the app has ended by itself.
    pub(crate) async fn app_ended(&mut self, app: &str) {
        let there = Path::new("/proc").join(app);
        let gone = async {
            while there.exists() && !is_over(app) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, gone).await.is_ok(), "the app goes on without its window");
        self.client = None;
        self.driver = None;
    }

    /// Kills the app as a power cut would, and the driver with it.
    pub(crate) fn kill_app(&mut self) {
        let app = self.app();
        assert!(Command::new("kill").args(["-9", &app]).status().unwrap().success());
        self.client = None;
        self.driver = None;
    }

    /// What the app and all its processes hold of memory for themselves, and their share of what they have in common, in
    /// KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let parents: Vec<(String, String)> =
            processes().into_iter().filter_map(|pid| Some((parent(&pid)?, pid))).collect();
        let mut family = vec![self.app()];
        let mut next = 0;
        while next < family.len() {
            let children = parents.iter().filter(|(parent, _)| *parent == family[next]).map(|(_, pid)| pid.clone());
            family.extend(children.collect::<Vec<_>>());
            next += 1;
        }
        let of = |pid: &String| {
            let told = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
            let line = told.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
            line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0)
        };
        family.iter().map(of).sum()
    }

    /// The process of the app: the driver's child.
    pub(crate) fn app(&self) -> String {
        let driver = self.driver.as_ref().expect("the app is open").0.id().to_string();
        let children: Vec<String> =
            processes().into_iter().filter(|pid| parent(pid).as_deref() == Some(&driver)).collect();
        assert_eq!(children.len(), 1, "the driver has started one app");
        children.into_iter().next().unwrap()
    }

    /// The bus of the session, and of the machine.
    pub(crate) fn bus(&self) -> &str {
        &self.address
    }

    /// The person's own folder.
    pub(crate) fn own_home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// The app's data folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("slipway")
    }

    /// A folder for files to send.
    pub(crate) fn files(&self) -> PathBuf {
        let path = self.folder.path().join("files");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// Makes a file to send: a real film, and then as many bytes of no meaning as are wanted.
    pub(crate) fn film(&self, name: &str, size: usize) -> PathBuf {
        let path = self.files().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let talk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media/talk.mp4");
        let mut bytes = std::fs::read(talk).unwrap();
        // A box that says of itself that it is to be skipped, and fills the film up.
        let rest = size.saturating_sub(bytes.len()).max(8);
        bytes.extend((rest as u32).to_be_bytes());
        bytes.extend(b"free");
        bytes.extend(name.bytes().cycle().take(rest - 8));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What a person would answer in the file dialog.
    pub(crate) fn portal(&self) -> &Portal {
        &self.portal
    }

    /// A program of the same desk.
    pub(crate) fn program(&self, name: impl AsRef<std::ffi::OsStr>) -> Command {
        start(name, &self.environment)
    }

    pub(crate) fn client(&self) -> &Client {
        self.client.as_ref().expect("the app is open")
    }

    /// The button with this name.
    pub(crate) async fn button(&self, name: &str) -> Element {
        self.element(&format!("//button[normalize-space(.)='{name}' or @aria-label='{name}']")).await
    }

    /// Presses the button with this name.
    pub(crate) async fn press(&self, name: &str) {
        if let Err(error) = self.button(name).await.click().await {
            let picture = self.look("failed").await;
            panic!("“{name}” cannot be pressed: {error:?} ({})", picture.display());
        }
    }

    /// Chooses what stands beside this text: a box to tick, or one of several.
    pub(crate) async fn pick(&self, label: &str) {
        let element = self.element(&format!("//label[contains(normalize-space(.), '{label}')]")).await;
        element.click().await.unwrap_or_else(|error| panic!("“{label}” cannot be chosen: {error}"));
    }

    /// Types into the field with this label.
    pub(crate) async fn type_into(&self, label: &str, text: &str) {
        let labelled = format!("//*[@id=//label[normalize-space(.)='{label}']/@for]");
        let inside = format!("//label[starts-with(normalize-space(.), '{label}')]//input");
        let field = self.element(&format!("{labelled} | {inside} | //input[@aria-label='{label}']")).await;
        field.send_keys(text).await.unwrap_or_else(|error| panic!("“{label}” takes no text: {error}"));
    }

    /// Waits until this can be read somewhere in the window.
    pub(crate) async fn read(&self, text: &str) {
        self.element(&format!("//*[contains(normalize-space(.), '{text}')]")).await;
    }

    /// Signs in by the first door, with the workspace's token.
    pub(crate) async fn sign_in(&self, sandbox: &Sandbox) {
        self.type_into("Your workspace’s address", &sandbox.url()).await;
        self.type_into("API token", sandbox.token()).await;
        self.press("Connect").await;
        self.press("Go to the queue").await;
        self.at_the_queue().await;
    }

    /// Waits until the first screen is gone: while it stands, keys are its own.
    pub(crate) async fn at_the_queue(&self) {
        self.until("!document.body.innerText.includes('Go to the queue')").await;
    }

    /// What an expression of the page says.
    pub(crate) async fn ask(&self, expression: &str) -> Value {
        self.client().execute(&format!("return {expression}"), Vec::new()).await.unwrap()
    }

    /// Waits until an expression of the page is true.
    pub(crate) async fn until(&self, expression: &str) {
        let truly = async {
            while self.ask(expression).await != Value::Bool(true) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, truly).await.is_err() {
            let picture = self.look("failed").await;
            panic!("never true: {expression} ({})", picture.display());
        }
    }

    async fn element(&self, path: &str) -> Element {
        match self.client().wait().at_most(PATIENCE).for_element(Locator::XPath(path)).await {
            Ok(element) => element,
            Err(error) => {
                let picture = self.look("failed").await;
                let text = self.ask("document.body.innerText").await;
                panic!("{path}: {error}\nThe window ({}):\n{}", picture.display(), text.as_str().unwrap_or_default());
            }
        }
    }

    /// Takes a picture of the window, for a person to look at.
    pub(crate) async fn look(&self, name: &str) -> PathBuf {
        // The picture may be of an older frame than the text.
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.client().execute_async(frames, Vec::new()).await.unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        std::fs::write(&path, self.client().screenshot().await.unwrap()).unwrap();
        path
    }
}

/// Waits until the workspace has exactly one video of this file, and all of it.
pub(crate) async fn arrived(sandbox: &Sandbox, file: &Path) -> VideoRecord {
    let digest = Sha256::digest(std::fs::read(file).unwrap());
    let wanted = digest.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let there = async { sandbox.until(|seen| seen.videos().iter().any(|video| video.sha256 == wanted)).await };
    let waited = tokio::time::timeout(3 * PATIENCE, there).await;
    let videos: Vec<VideoRecord> = sandbox.videos().into_iter().filter(|video| video.sha256 == wanted).collect();
    assert!(waited.is_ok() && videos.len() == 1, "{}: {:#?}", file.display(), sandbox.videos());
    videos.into_iter().next().unwrap()
}

fn is_there(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

fn start(name: impl AsRef<std::ffi::OsStr>, environment: &[(&'static str, String)]) -> Command {
    let mut command = Command::new(name);
    for inherited in ["SLIPWAY_TOKEN", "WAYLAND_DISPLAY", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env_remove(inherited);
    }
    command.envs(environment.iter().map(|(name, value)| (*name, value.as_str())));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// A display that takes any free number and says which.
fn display() -> (Process, u32) {
    let mut server = Command::new("Xvfb");
    server.args(["-displayfd", "1", "-screen", "0", "1440x960x24", "-nolisten", "tcp"]);
    let (process, line) = first_line(server);
    (process, line.trim().parse().unwrap())
}

fn bus(environment: &[(&'static str, String)]) -> (Process, String) {
    let mut daemon = start("dbus-daemon", environment);
    daemon.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
    let (process, line) = first_line(daemon);
    (process, line.trim().to_owned())
}

/// An open keychain.
fn keyring(environment: &[(&'static str, String)]) -> Process {
    let mut daemon = start("gnome-keyring-daemon", environment);
    daemon.args(["--unlock", "--foreground", "--components=secrets"]).stdin(Stdio::piped());
    let mut child = daemon.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"a password").unwrap();
    Process(child)
}

fn first_line(mut command: Command) -> (Process, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Process(child), line)
}

fn processes() -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    entries
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.bytes().all(|it| it.is_ascii_digit()))
        .collect()
}

/// The parent of a process that is there.
fn parent(pid: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().to_owned())
}

/// Whether a process has ended and only its parent has not looked yet.
fn is_over(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:\tZ"))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn set_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}
