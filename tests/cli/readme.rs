//! The README speaks of commands that exist, and of all of them.

use clap::{CommandFactory, Parser};
use cordboard::cli::Cli;

const README: &str = include_str!("../../README.md");

/// Words as a shell splits them, as far as the README goes: double quotes and comments.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted => break,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_command_line_of_the_readme_is_understood() {
    let lines: Vec<&str> = README.lines().filter(|line| line.starts_with("cordboard ")).collect();
    assert!(lines.len() >= 12, "{lines:?}");
    for line in lines {
        if let Err(error) = Cli::try_parse_from(words(line)) {
            panic!("{line}: {error}");
        }
    }
}

#[test]
fn the_readme_names_every_command() {
    let table: String = README.lines().filter(|line| line.starts_with("| `")).collect();
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(table.contains(&format!("`{name}")), "`{name}` is not in the README's table");
    }
}
