//! The real binary in a folder of its own: no setting, credential or proxy of the machine reaches it.
#![allow(dead_code, reason = "each test uses its own part")]

use std::path::Path;
use std::process::{Command, Output, Stdio};

use cordboard::store::open::Location;
use tempfile::TempDir;

/// A desk that `cordboard init` has set up, on a real disk.
pub struct Home(TempDir);

impl Home {
    /// A folder without a desk.
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A desk of Mauritius with one admin, S. Lee (#1), and no upstream.
    pub fn new() -> Self {
        let home = Self::empty();
        let out = home.run(&[
            "init",
            "--region",
            "MU",
            "--currency",
            "MUR",
            "--admin",
            "S. Lee",
            "--upstream",
            "none",
        ]);
        assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
        home
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn location(&self) -> Location {
        let data = self.path().join("data");
        Location { database: data.join("desk.db"), key_file: data.join("desk.key") }
    }

    /// Runs in the folder, so that a test can name files of it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain(env!("CARGO_BIN_EXE_cordboard"));
        command.args(arguments);
        command
    }

    /// What a shell makes of a line.
    pub fn shell(&self, line: &str) -> Output {
        self.plain("/bin/sh").args(["-c", line]).output().unwrap()
    }

    fn plain(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if text.starts_with("CORDBOARD_") || text.starts_with("TWILIO_") || text.ends_with("_PROXY") {
                command.env_remove(&name);
            }
        }
        command.env("CORDBOARD_HOME", self.path()).current_dir(self.path());
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

pub fn stdout(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

pub fn stderr(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}
