//! The mouse: it takes files from another window and drops them onto the app's, by the window system's own protocol.

use crate::desk::Desk;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Where the window stands that files are dragged from; 80 pixels wide and high.
const SOURCE: (i64, i64) = (4, 4);

/// A straight line is not enough of a drag when it is taken in one step.
const STEPS: i64 = 12;

/// Drops files and folders onto the middle of the window. In between, `meanwhile` may look at the page.
pub(crate) async fn drop_onto(desk: &Desk, files: &[PathBuf], meanwhile: impl AsyncFnOnce()) {
    let source = Path::new(env!("CARGO_BIN_EXE_slipway-desktop")).with_file_name("examples").join("drag-source");
    let mut command = desk.program(&source);
    command.args([SOURCE.0.to_string(), SOURCE.1.to_string()]).args(files).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready");

    let (x, y) = (SOURCE.0 + 40, SOURCE.1 + 40);
    let (left, top) = middle(desk);
    mouse(desk, &["mousemove", &x.to_string(), &y.to_string(), "sleep", "0.1", "mousedown", "1", "sleep", "0.1"]);
    for step in 1..=STEPS {
        let at = |from: i64, to: i64| (from + (to - from) * step / STEPS).to_string();
        mouse(desk, &["mousemove", &at(x, left), &at(y, top), "sleep", "0.03"]);
    }
    meanwhile().await;
    mouse(desk, &["mouseup", "1"]);
    assert!(said.any(|line| line.unwrap() == "taken"), "the app asked for the files");
    child.wait().unwrap();
}

fn mouse(desk: &Desk, words: &[&str]) {
    assert!(desk.program("xdotool").args(words).status().unwrap().success(), "{words:?}");
}

/// Of the app's window, on the screen. The window's own idea of where it stands leaves its frame out.
fn middle(desk: &Desk) -> (i64, i64) {
    let search = ["search", "--sync", "--onlyvisible", "--name", "^Slipway$", "getwindowgeometry", "--shell"];
    let told = desk.program("xdotool").args(search).stdout(Stdio::piped()).output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let number = |name: &str| {
        let line = told.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {told}")).parse::<i64>().unwrap()
    };
    (number("X") + number("WIDTH") / 2, number("Y") + number("HEIGHT") / 2)
}
