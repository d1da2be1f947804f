//! What a person's hands do: the mouse takes files from another window and drops them onto the app's, by the window
//! system's own protocol; the keys go to whatever has the focus.

use crate::desk::Desk;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

/// Where the window stands that files are dragged from; 80 pixels wide and high.
const SOURCE: (i64, i64) = (4, 4);

/// How often somebody types the same before they give up.
const TYPED_AT_MOST: usize = 3;

/// A key that means nothing to the window; the page calls it the same.
const LAST_KEY: &str = "Pause";

/// The app's window, as the window system calls it.
const NAME: &str = "^Slipway$";

/// A straight line is not enough of a drag when it is taken in one step.
const STEPS: i64 = 12;

/// Drops files and folders onto the middle of the window. In between, `meanwhile` may look at the page.
pub(crate) async fn drop_onto(desk: &Desk, files: &[PathBuf], meanwhile: impl AsyncFnOnce()) {
    let Frame { left, top, width, height } = Frame::of(desk);
    drop_at(desk, files, (left + width / 2, top + height / 2), meanwhile).await;
}

/// Drops files onto the middle of an element of the page.
pub(crate) async fn drop_on(desk: &Desk, selector: &str, files: &[PathBuf], meanwhile: impl AsyncFnOnce()) {
    let middle = format!(
        "(() => {{ const box = document.querySelector('{selector}').getBoundingClientRect(); \
         return [box.left + box.width / 2, box.top + box.height / 2].map(Math.round); }})()"
    );
    let middle = desk.ask(&middle).await;
    let Frame { left, top, .. } = Frame::of(desk);
    let at = (left + middle[0].as_i64().unwrap(), top + middle[1].as_i64().unwrap());
    drop_at(desk, files, at, meanwhile).await;
}

async fn drop_at(desk: &Desk, files: &[PathBuf], (left, top): (i64, i64), meanwhile: impl AsyncFnOnce()) {
    let mut source = Source::of(desk, files);
    let (x, y) = (SOURCE.0 + 40, SOURCE.1 + 40);
    xdotool(desk, &["mousemove", &x.to_string(), &y.to_string(), "sleep", "0.1", "mousedown", "1", "sleep", "0.1"]);
    for step in 1..=STEPS {
        let at = |from: i64, to: i64| (from + (to - from) * step / STEPS).to_string();
        xdotool(desk, &["mousemove", &at(x, left), &at(y, top), "sleep", "0.03"]);
    }
    meanwhile().await;
    xdotool(desk, &["mouseup", "1"]);
    source.until_taken();
    source.child.wait().unwrap();
}

/// Pastes files that were copied elsewhere. They are on the clipboard as long as what this returns is held: the window may
/// still be reading them.
#[must_use]
pub(crate) fn paste(desk: &Desk, files: &[PathBuf]) -> Copied {
    let source = Source::of(desk, files);
    press(desk, "ctrl+v");
    let mut copied = Copied(source);
    copied.0.until_taken();
    copied
}

/// Files on the clipboard.
pub(crate) struct Copied(Source);

impl Drop for Copied {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.child.kill();
        let _ = self.0.child.wait();
    }
}

/// Presses a key, by the window system's name for it.
pub(crate) fn press(desk: &Desk, key: &str) {
    xdotool(desk, &["key", "--clearmodifiers", key]);
}

/// Types letter by letter into the field that has the focus, and looks whether it stands there, as a person does: a window
/// that is busy may miss a key, and then it is typed once more.
pub(crate) async fn type_text(desk: &Desk, text: &str) {
    let stands_there = format!("document.activeElement.value === {}", serde_json::to_string(text).unwrap());
    for _ in 0..TYPED_AT_MOST {
        // Keys come in their order: once this one is up, the others were heard before it, or never will be.
        desk.ask(&format!(
            "(window.hasCome = false, window.onkeyup = (it) => {{ window.hasCome ||= it.key === '{LAST_KEY}'; }}, 0)"
        ))
        .await;
        press(desk, "ctrl+a");
        xdotool(desk, &["type", "--delay", "4", text]);
        press(desk, LAST_KEY);
        desk.until(&format!("window.hasCome || {stands_there}")).await;
        if desk.ask(&stands_there).await == true {
            return;
        }
    }
    panic!("“{text}” cannot be typed; the field holds {}", desk.ask("document.activeElement.value").await);
}

/// Whether the window is on the screen.
pub(crate) fn is_seen(desk: &Desk) -> bool {
    finds(desk, &["search", "--onlyvisible", "--name", NAME])
}

/// Whether a taskbar lists the window, on the screen or not.
pub(crate) fn is_listed(desk: &Desk) -> bool {
    // A window that was taken back has no state; one that is minimised is still managed.
    let told = desk.program("xprop").args(["-root", "_NET_CLIENT_LIST"]).stdout(Stdio::piped()).output().unwrap();
    String::from_utf8_lossy(&told.stdout).contains("0x")
}

/// Puts the window somewhere else, in another size.
pub(crate) fn move_window(desk: &Desk, (x, y): (i64, i64), (width, height): (i64, i64)) {
    let [x, y, width, height] = [x, y, width, height].map(|it| it.to_string());
    xdotool(desk, &["search", "--onlyvisible", "--name", NAME, "windowmove", &x, &y, "windowsize", &width, &height]);
}

/// Where the window is, and how large.
pub(crate) fn place_of_window(desk: &Desk) -> ((i64, i64), (i64, i64)) {
    let Frame { left, top, width, height } = Frame::of(desk);
    ((left, top), (width, height))
}

fn finds(desk: &Desk, words: &[&str]) -> bool {
    desk.program("xdotool").args(words).status().unwrap().success()
}

/// Closes the window that has the focus, as the button on its frame does.
pub(crate) fn close_window(desk: &Desk) {
    press(desk, "alt+F4");
}

/// Another window, which has the files.
struct Source {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Source {
    fn of(desk: &Desk, files: &[PathBuf]) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_slipway-desktop")).with_file_name("examples").join("drag-source");
        let mut command = desk.program(&program);
        command.args([SOURCE.0.to_string(), SOURCE.1.to_string()]).args(files).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        Self { child, said }
    }

    fn until_taken(&mut self) {
        let taken = self.said.by_ref().lines().any(|line| line.unwrap() == "taken");
        assert!(taken, "the app asked for the files");
    }
}

fn xdotool(desk: &Desk, words: &[&str]) {
    assert!(desk.program("xdotool").args(words).status().unwrap().success(), "{words:?}");
}

/// The app's window on the screen, without what the window manager draws around it.
struct Frame {
    left: i64,
    top: i64,
    width: i64,
    height: i64,
}

impl Frame {
    fn of(desk: &Desk) -> Self {
        let search = ["search", "--sync", "--onlyvisible", "--name", NAME, "getwindowgeometry", "--shell"];
        let told = desk.program("xdotool").args(search).stdout(Stdio::piped()).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let number = |name: &str| {
            let line = told.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
            line.unwrap_or_else(|| panic!("no {name} in {told}")).parse::<i64>().unwrap()
        };
        Self { left: number("X"), top: number("Y"), width: number("WIDTH"), height: number("HEIGHT") }
    }
}
