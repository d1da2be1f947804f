//! What a package holds beside the command: its manual pages and what shells know of it, made from the arguments.
//! `cargo xtask bundle` has them written, so they cannot be older than the program, and the program cannot write them.

use super::super::Args;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::fs;
use std::path::{Path, PathBuf};

/// Set, this is the folder that they are written to.
const FOLDER: &str = "SLIPWAY_WRITE_HANDED_OUT";

const SHELLS: [(Shell, &str); 3] =
    [(Shell::Bash, "slipway.bash"), (Shell::Zsh, "_slipway"), (Shell::Fish, "slipway.fish")];

fn write(folder: &Path) {
    let manual = folder.join("man");
    fs::create_dir_all(&manual).unwrap();
    clap_mangen::generate_to(Args::command(), &manual).unwrap();
    for (shell, name) in SHELLS {
        let path = clap_complete::generate_to(shell, &mut Args::command(), "slipway", folder).unwrap();
        assert_eq!(path.file_name().unwrap(), name);
    }
}

/// The pages of a command and of all below it: `slipway-queue-pause.1` and its text.
fn pages(command: &Command, folder: &Path, above: &str) -> Vec<(String, String)> {
    let name = format!("{above}{}", command.get_name());
    let text = fs::read_to_string(folder.join(format!("{name}.1"))).unwrap_or_else(|error| panic!("{name}.1: {error}"));
    let below = command.get_subcommands().filter(|below| below.get_name() != "help");
    let below = below.flat_map(|below| pages(below, folder, &format!("{name}-")));
    std::iter::once((name.clone(), text)).chain(below).collect()
}

#[test]
fn every_command_has_a_page_of_the_manual_and_every_shell_knows_it() {
    let kept = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or_else(|| kept.path().to_owned(), PathBuf::from);
    write(&folder);

    let mut program = Args::command();
    program.build();
    let pages = pages(&program, &folder.join("man"), "");
    assert!(pages.iter().any(|(name, _)| name == "slipway-queue-pause"), "commands below commands have pages");
    for (name, text) in &pages {
        assert!(text.contains(".SH SYNOPSIS"), "{name}");
    }
    let upload = &pages.iter().find(|(name, _)| name == "slipway-upload").unwrap().1;
    assert!(upload.contains("give\\-up\\-after"), "a page names its options");

    for (_, file) in SHELLS {
        let known = fs::read_to_string(folder.join(file)).unwrap();
        for command in program.get_subcommands() {
            assert!(known.contains(command.get_name()), "{file} does not know {}", command.get_name());
        }
        assert!(known.contains("give-up-after"), "{file} knows no option");
    }
}
