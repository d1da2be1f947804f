//! `cargo xtask run`: the app on a pretend workspace. With a display that is the window, signed in to the sandbox behind
//! its own door; without one the command line goes the whole way of a video, from a file to one that plays.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufReader, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::sandbox::Sandbox;
use crate::setup::{self, Need};
use crate::shell::{build, command, npm, root, run as run_to_end, target};
use crate::upload::Upload;

/// The same port each time, so that an upload that was cut off finds its workspace again.
const PORT: u16 = 2323;

/// What is sent when nothing is named.
const TEST_VIDEO: &str = "tests/media/talk.mp4";

/// Opens the window where there is a display, and else sends the files and says where they arrived.
pub(crate) fn run(files: &[PathBuf], no_window: bool) -> Result<()> {
    let files = files.iter().map(absolute).collect::<Result<Vec<_>>>()?;
    if no_window || !display() {
        println!("No window{}: the command line does the job.", if no_window { "" } else { " without a display" });
        return on_the_command_line(files);
    }
    setup::ensure(&[Need::Compiler, Need::WebView, Need::Pages])?;
    run_to_end(npm().args(["run", "--silent", "build"]))?;
    let desktop = build("slipway-desktop", "slipway-desktop", &["--features", "slipway-desktop/custom-protocol"])?;
    let home = target()?.join("demo").join("window");
    println!("\nThe window opens on the sandbox; what it keeps is in {}.", near(&home).display());
    println!("Drop files on it, or these: {}", near(&root().join("tests/media")).display());
    run_to_end(command(desktop).arg("--sandbox").args(files).env("SLIPWAY_HOME", home))
}

fn on_the_command_line(files: Vec<PathBuf>) -> Result<()> {
    let files = if files.is_empty() { vec![root().join(TEST_VIDEO)] } else { files };
    setup::ensure(&[Need::Compiler])?;
    let slipway = build("slipway-cli", "slipway", &[])?;
    let demo = target()?.join("demo");
    let folder = demo.join("sandbox");
    let sandbox = Sandbox::start(&slipway, &folder, PORT, &[])?;
    println!("A pretend workspace is up at {}", sandbox.address);

    for arrived in upload(&sandbox, &slipway, &demo.join("home"), &files)? {
        tell(&arrived, &folder);
    }

    if std::io::stdin().is_terminal() {
        println!("\nThe workspace stays up: press Ctrl-C to stop it.");
        return sandbox.wait();
    }
    let address = sandbox.address.trim_start_matches("http://").to_owned();
    drop(sandbox);
    println!("\nThe workspace has stopped. To see it again:");
    println!("  cargo run -p slipway-cli -- sandbox --listen {address} --dir {}", near(&folder).display());
    Ok(())
}

/// A file that the workspace has, as the command line's `done` line says it.
struct Arrived {
    file: PathBuf,
    done: Value,
}

/// Sends the files and tells of it in words.
fn upload(sandbox: &Sandbox, slipway: &Path, home: &Path, files: &[PathBuf]) -> Result<Vec<Arrived>> {
    let mut arrived = Vec::new();
    let mut last = String::new();
    Upload::start(slipway, sandbox, home, &["--wait-playable"], files)?.follow(|event| {
        let file = PathBuf::from(event["file"].as_str().unwrap_or_default());
        let words = in_words(event);
        if words != last {
            println!("  {}: {words}", file.file_name().unwrap_or(OsStr::new("?")).display());
            std::io::stdout().flush()?;
            last = words;
        }
        if event["event"] == "done" {
            arrived.push(Arrived { file, done: event.clone() });
        }
        Ok(())
    })?;
    ensure!(arrived.len() == files.len(), "{} of {} files are said to be done", arrived.len(), files.len());
    Ok(arrived)
}

fn in_words(event: &Value) -> String {
    let share = match (event["stored"].as_f64(), event["total"].as_f64()) {
        (Some(stored), Some(total)) if total > 0.0 => format!(" {:.0} %", 100.0 * stored / total),
        _ => String::new(),
    };
    match event["event"].as_str().unwrap_or_default() {
        "queued" => "waiting".to_owned(),
        "progress" | "uploading" => format!("uploading{share}"),
        "stored" => "the workspace has it and makes it playable".to_owned(),
        "done" => "done".to_owned(),
        "failed" => format!("{} {}", plain(&event["message"]), plain(&event["hint"])),
        other => other.to_owned(),
    }
}

fn tell(arrived: &Arrived, folder: &Path) {
    let done = &arrived.done;
    let state = if done["published"] == true { "published" } else { "a draft" };
    let playable = if done["playable"] == false { ", not playable yet" } else { "" };
    println!("\n{} is video {}, {state}{playable}", near(&arrived.file).display(), plain(&done["video_id"]));
    for (name, url) in [("look at it", &done["public_url"]), ("edit it", &done["admin_url"])] {
        if let Some(url) = url.as_str() {
            println!("  {name:<11} {url}");
        }
    }
    match find_copy(&arrived.file, folder) {
        Some(copy) => println!("  {:<11} {} (byte for byte the same)", "on disk", near(&copy).display()),
        None => println!("  {:<11} no file under {} is the same", "on disk", near(folder).display()),
    }
}

/// A JSON value without the quotes of a string.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The file in the workspace's folder with exactly these bytes, wherever the sandbox keeps it.
fn find_copy(file: &Path, folder: &Path) -> Option<PathBuf> {
    let length = fs::metadata(file).ok()?.len();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.len() == length && same_bytes(file, &entry.path()).unwrap_or(false) {
                return Some(entry.path());
            }
        }
    }
    None
}

fn same_bytes(one: &Path, other: &Path) -> Result<bool> {
    let mut one = BufReader::new(File::open(one)?).bytes();
    let mut other = BufReader::new(File::open(other)?).bytes();
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (this, that) if this != that => return Ok(false),
            _ => {}
        }
    }
}

/// A path as short as it can be said from the top of the repository.
fn near(path: &Path) -> &Path {
    path.strip_prefix(root()).unwrap_or(path)
}

fn absolute(file: &PathBuf) -> Result<PathBuf> {
    let path = std::path::absolute(file)?;
    ensure!(path.is_file(), "{} is not a file", file.display());
    Ok(path)
}

/// Whether a window could be seen by anybody.
fn display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") { set("DISPLAY") || set("WAYLAND_DISPLAY") } else { true }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{find_copy, in_words};
    use crate::shell::root;

    #[test]
    fn a_line_of_progress_becomes_a_share() {
        assert_eq!(in_words(&json!({"event": "progress", "stored": 50, "total": 200})), "uploading 25 %");
        assert_eq!(in_words(&json!({"event": "uploading"})), "uploading");
    }

    #[test]
    fn the_copy_is_found_by_its_bytes_and_not_by_its_length() {
        let media = root().join("tests/media");
        // Two fixtures have the same length, and only one of them is the same film.
        let moov_last = media.join("talk-moov-last.mp4");
        assert_eq!(find_copy(&moov_last, &media), Some(moov_last));
        assert_eq!(find_copy(&media.join("talk.mp4"), &root().join("docs")), None);
    }
}
