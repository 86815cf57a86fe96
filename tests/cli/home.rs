//! A home folder for one test, and the program run in it with nothing else in its environment.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The people of every desk here: name, number, role.
pub const ADMIN: &str = "S. Lee";
pub const SUPERVISOR: &str = "Ana Silva";
pub const AGENT: &str = "David Brown";

pub const KEVIN: &str = "LIB/C7013";

const CUSTOMERS: &str = "\
customer_id,policy_number,name,mobile,email,amount_due,payment_status
10013,LIB/C7013,Kevin Anderson Curepipe,57372333,v.khanna@example.com,\"MUR 4,491.29\",pending
10300,LIB/C9000,Marie Li,57009988,marie.li@example.com,MUR 85.00,pending
10301,LIB/C9002,Paul Li,57009988,,MUR 0.00,paid
10401,LIB/C9001,Paul Appadoo,,,\"MUR 2,750.50\",pending
";

pub struct Home(pub TempDir);

/// What a command said and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A desk with three people and a few customers; no upstream, one number of ours.
    pub fn desk() -> Self {
        let home = Self::empty();
        home.ok(&["init", "--admin", ADMIN, "--number", "+23052500100"]);
        home.ok(&["users", "add", SUPERVISOR, "--number", "7", "--role", "supervisor"]);
        home.ok(&["--as", ADMIN, "users", "add", AGENT, "--number", "24"]);
        let file = home.file("customers.csv", CUSTOMERS);
        home.ok(&["--as", ADMIN, "customers", "import", &file]);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
        command.env_clear().env("CORDBOARD_HOME", self.0.path()).env("LANG", "C.UTF-8").args(args);
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    pub fn run_with(&self, args: &[&str], stdin: impl Into<Vec<u8>>) -> Ran {
        Ran::of(self.command(args).write_stdin(stdin))
    }

    /// Runs as the agent.
    pub fn agent(&self, args: &[&str]) -> Ran {
        self.run(&[&["--as", AGENT], args].concat())
    }

    /// Runs as the admin.
    pub fn admin(&self, args: &[&str]) -> Ran {
        self.run(&[&["--as", ADMIN], args].concat())
    }

    /// What a command that must succeed said.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        ran.out
    }

    /// The JSON lines of a command run as the admin.
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        lines(&self.ok(&[&["--json", "--as", ADMIN], args].concat()))
    }
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// It ended with `code` and said each of `words` on stderr, and nothing on stdout.
    #[track_caller]
    pub fn refused(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {self:?}");
        }
    }
}

pub fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
