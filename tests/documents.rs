//! What is generated is in the tree as it would be generated now: `docs/keys.md` from the key table.
//! `CORDBOARD_UPDATE=1` writes it anew.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use cordboard::tui::keymap::Keymap;

#[test]
fn docs_keys_md_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/keys.md");
    let made = Keymap::default().markdown();
    if std::env::var_os("CORDBOARD_UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == made, "docs/keys.md is stale: run with CORDBOARD_UPDATE=1");
}

/// NIC-143: six steps for agents; five for admins; the same texts stand under `?`.
#[test]
fn nic_143_the_guides_have_six_and_five_steps() {
    for (file, steps) in [("docs/agents.md", 6), ("docs/admins.md", 5)] {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let numbered = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).count();
        assert_eq!(numbered, steps, "{file}");
    }
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let run = |arguments: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_cordboard")).args(arguments).output().unwrap();
        assert!(out.status.success());
        String::from_utf8(out.stdout).unwrap()
    };
    let texts = [
        run(&["completions", "bash"]),
        run(&["completions", "fish"]),
        run(&["completions", "zsh"]),
        run(&["man"]),
    ];
    for text in texts {
        for command in ["demo", "lookup", "updates", "replay", "outbox"] {
            assert!(text.to_lowercase().contains(command), "{command}");
        }
    }
}
