//! The programs that are registered to draw files: `thumbnailers/*.thumbnailer` in the data folders, each with the kinds
//! of files that it knows and the line by which it is started.

use super::cached::uri;
use crate::pictures::SIDE;
use crate::programs::is_there;
use std::collections::HashSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Where they are registered when the environment does not say.
const DATA: &str = "/usr/local/share:/usr/share";

/// Those that are here, the preferred first.
#[derive(Debug)]
pub(in crate::pictures) struct Thumbnailers(Vec<Thumbnailer>);

/// One of them.
#[derive(Debug)]
pub(in crate::pictures) struct Thumbnailer {
    line: Vec<String>,
    kinds: Vec<String>,
}

impl Thumbnailers {
    /// Those of this person and of the system.
    pub(super) fn registered(own: Option<PathBuf>) -> Self {
        let shared = env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty()).unwrap_or_else(|| DATA.into());
        Self::of_folders(own.into_iter().chain(env::split_paths(&shared)).map(|dir| dir.join("thumbnailers")))
    }

    /// Those of some folders. An entry takes the place of one of the same name in a later folder.
    pub(in crate::pictures) fn of_folders(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut seen = HashSet::new();
        let mut all = Vec::new();
        for folder in folders {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            files.retain(|file| file.extension() == Some(OsStr::new("thumbnailer")));
            files.sort();
            for file in files {
                if seen.insert(file.file_name().map(ToOwned::to_owned)) {
                    all.extend(fs::read_to_string(&file).ok().and_then(|text| Thumbnailer::parse(&text)));
                }
            }
        }
        Self(all)
    }

    /// The one for a file of this name.
    pub(super) fn of(&self, path: &Path) -> Option<&Thumbnailer> {
        let kinds = mime_guess::from_path(path);
        kinds.iter().find_map(|kind| self.0.iter().find(|it| it.kinds.iter().any(|known| known == kind.essence_str())))
    }
}

impl Thumbnailer {
    /// One whose program is there.
    fn parse(text: &str) -> Option<Self> {
        let group = text.split("\n[").find_map(|group| {
            group.strip_prefix("Thumbnailer Entry]").or_else(|| group.strip_prefix("[Thumbnailer Entry]"))
        })?;
        let value = |key: &str| {
            let mut lines = group.lines().filter_map(|line| line.split_once('='));
            lines.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim())
        };
        let line = shlex::split(value("Exec")?)?;
        let program = line.first()?;
        if !is_there(value("TryExec").unwrap_or(program)) || !is_there(program) {
            return None;
        }
        let kinds = value("MimeType")?.split(';').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
        Some(Self { line, kinds })
    }

    /// How it is started to draw this file into that one.
    pub(super) fn command(&self, file: &Path, made: &Path) -> Command {
        let mut words = self.line.iter().map(|word| fill(word, file, made));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command
    }
}

/// A word of the line with what its signs stand for.
fn fill(word: &str, file: &Path, made: &Path) -> OsString {
    let mut filled = OsString::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('%') {
        filled.push(before);
        let mut signs = after.chars();
        match signs.next() {
            Some('i') => filled.push(file),
            Some('u') => filled.push(uri(file)),
            Some('o') => filled.push(made),
            Some('s') => filled.push(SIDE.to_string()),
            Some('%') => filled.push("%"),
            // Of no meaning, or the end.
            _ => {}
        }
        rest = signs.as_str();
    }
    filled.push(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        let thumbnailer = Thumbnailer { line: shlex::split(line).unwrap(), kinds: Vec::new() };
        let command = thumbnailer.command(Path::new("/films/a b.mp4"), Path::new("/tmp/x.png"));
        let command = command.as_std();
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_signs_of_a_line_are_filled_in() {
        assert_eq!(words("draw -s %s %i %o"), ["draw", "-s", "256", "/films/a b.mp4", "/tmp/x.png"]);
        assert_eq!(
            words("draw --from=%u '%o' 100%% %x %"),
            ["draw", "--from=file:///films/a%20b.mp4", "/tmp/x.png", "100%", "", ""]
        );
    }

    #[test]
    fn one_whose_program_is_missing_does_not_count() {
        let entry = |program: &str, tried: &str| {
            format!(
                "# made by hand\n[Thumbnailer Entry]\nTryExec={tried}\nExec={program} %i %o\nMimeType=video/mp4;video/webm;\n[Else]\nExec=no\n"
            )
        };
        let found = Thumbnailer::parse(&entry("/bin/sh", "sh")).unwrap();
        assert_eq!(found.kinds, ["video/mp4", "video/webm"]);
        assert!(Thumbnailer::parse(&entry("/bin/sh", "/nowhere/sh")).is_none());
        assert!(Thumbnailer::parse(&entry("/nowhere/sh", "sh")).is_none());
        assert!(Thumbnailer::parse("Exec=/bin/sh").is_none());
    }

    #[test]
    fn a_persons_own_entry_goes_before_the_systems() {
        let (own, system) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let entry = |word: &str| format!("[Thumbnailer Entry]\nExec=/bin/sh {word} %i %o\nMimeType=video/mp4;\n");
        fs::write(system.path().join("films.thumbnailer"), entry("system")).unwrap();
        fs::write(system.path().join("other.thumbnailer"), entry("other")).unwrap();
        fs::write(system.path().join("readme.txt"), entry("not-one")).unwrap();
        fs::write(own.path().join("films.thumbnailer"), entry("own")).unwrap();
        let all = Thumbnailers::of_folders([own.path().to_owned(), system.path().to_owned(), "/nowhere".into()]);
        assert_eq!(all.0.len(), 2);
        assert_eq!(all.of(Path::new("/a.mp4")).unwrap().line[1], "own");
        assert!(all.of(Path::new("/a.webm")).is_none());
    }
}
