//! Holds `docs/cli.md` to the program.

mod handed_out;

use super::Args;
use clap::{Command, CommandFactory};
use slipway_engine::failure::Code;
use std::collections::BTreeSet;

const MANUAL: &str = include_str!("../../../../docs/cli.md");

/// The part of the manual under the heading that begins so, up to the next heading.
fn section(heading: &str) -> &'static str {
    let start = MANUAL.find(&format!("\n#{heading}")).unwrap_or_else(|| panic!("no heading {heading:?}"));
    let text = &MANUAL[start + 1..];
    text.find("\n#").map_or(text, |end| &text[..end])
}

/// Names of one word, as `--name`, that stand in this text.
fn options_in(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '-';
    let begins = text.match_indices("--").map(|(at, _)| at);
    let begins = begins.filter(|at| !text[..*at].ends_with(|c: char| is_part(c) || c == '|'));
    let words = begins.map(|at| &text[at..at + text[at..].find(|c| !is_part(c)).unwrap_or(text.len() - at)]);
    words.filter(|word| word.len() > 3).collect()
}

/// The options of a command as `--name`, those of every command left out.
fn options_of(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter(|arg| arg.get_help_heading().is_none());
    own.filter_map(|arg| arg.get_long()).filter(|name| *name != "help").map(|name| format!("--{name}")).collect()
}

fn program() -> Command {
    let mut program = Args::command();
    program.build();
    program
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|it| it.get_name() != "help")
}

#[test]
fn every_command_and_each_of_its_options_stands_in_the_manual() {
    for command in subcommands(&program()) {
        let text = section(&format!("## `slipway {}", command.get_name()));
        for option in options_of(command) {
            assert!(options_in(text).contains(&*option), "{option} of slipway {}", command.get_name());
        }
        for below in subcommands(command) {
            let name = format!("`slipway {} {}", command.get_name(), below.get_name());
            assert!(text.contains(&name), "{name}");
            for option in options_of(below) {
                assert!(options_in(text).contains(&*option), "{option} of {name}");
            }
        }
    }
    for option in ["--home", "--ca-file", "--proxy", "--verbose", "--help", "--version"] {
        assert!(options_in(section("# Everywhere")).contains(option), "{option}");
    }
}

#[test]
fn the_manual_names_no_option_that_does_not_exist() {
    fn all(command: &Command) -> BTreeSet<String> {
        let own = command.get_arguments().filter_map(|arg| arg.get_long()).map(|name| format!("--{name}"));
        own.chain(command.get_subcommands().flat_map(all)).collect()
    }
    let there = all(&program());
    let unknown: Vec<_> = options_in(MANUAL).into_iter().filter(|option| !there.contains(*option)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_code_stands_in_the_manual_beside_its_remedy() {
    let text = section("# JSON");
    for code in Code::ALL {
        let remedy = serde_json::to_value(code.remedy()).unwrap();
        let row = format!("| `{}` |", remedy.as_str().unwrap());
        let row = text.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("{row}"));
        assert!(row.contains(&format!("`{}`", code.as_str())), "{} beside {remedy}", code.as_str());
    }
}

#[test]
fn every_variable_of_the_environment_stands_in_the_manual() {
    let text = section("# Environment");
    let named = |command: &Command| {
        let variables = command.get_arguments().filter_map(|arg| arg.get_env());
        variables.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let program = program();
    let own = subcommands(&program).flat_map(named).chain(named(&program));
    let read = ["TOKEN", "PROXY", "PROXY_PASSWORD", "LOG"].map(|name| format!("SLIPWAY_{name}"));
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].map(str::to_owned);
    for name in own.chain(read).chain(locale) {
        assert!(text.contains(&format!("`{name}`")), "{name}");
    }
}
