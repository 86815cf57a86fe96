//! The built program in a folder of its own, and a sandbox for it to talk to.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use cordboard::sandbox::{Config, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// A home folder with a desk in it.
pub struct Program {
    pub home: TempDir,
    env: Vec<(String, String)>,
}

impl Program {
    /// A desk that talks to `sandbox`: admin #1 S. Lee, agent #24 David Brown, no undo window.
    pub fn new(sandbox: &Sandbox) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = Config::default();
        let env = [
            ("CORDBOARD_HOME", home.path().display().to_string()),
            ("CORDBOARD_TWILIO_BASE_URL", sandbox.url()),
            ("CORDBOARD_UPSTREAM_URL", sandbox.url()),
            ("TWILIO_ACCOUNT_SID", config.account_sid),
            ("TWILIO_AUTH_TOKEN", config.auth_token),
            ("CORDBOARD_UPSTREAM_TOKEN", config.upstream_token),
        ];
        let program = Self { home, env: env.map(|(name, value)| (name.to_owned(), value)).into() };
        let number = super::OURS;
        program.ok(
            "1",
            &[
                "init",
                "--region",
                "MU",
                "--number",
                number,
                "--upstream",
                "none",
                "--admin",
                "S. Lee",
                "--admin-number",
                "1",
                "--currency",
                "MUR",
            ],
        );
        program.ok("1", &["users", "add", "David Brown", "--number", "24"]);
        let file = program.home.path().join("config.toml");
        let text = std::fs::read_to_string(&file).unwrap().replace("[desk]", "[desk]\nundo_seconds = 0");
        std::fs::write(&file, text).unwrap();
        program
    }

    /// The same, lacking one variable.
    pub fn without(mut self, name: &str) -> Self {
        self.env.retain(|(other, _)| other != name);
        self
    }

    pub fn command(&self, user: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cordboard"));
        command.env_clear().env("PATH", "/usr/bin:/bin").envs(self.env.iter().cloned());
        command.args(["--as", user]).args(args).stdin(Stdio::null());
        command
    }

    pub fn run(&self, user: &str, args: &[&str]) -> Output {
        self.command(user, args).output().unwrap()
    }

    /// Runs a command that must succeed; answers with its standard output.
    pub fn ok(&self, user: &str, args: &[&str]) -> String {
        let output = self.run(user, args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {} {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same with something on standard input.
    pub fn ok_with_input(&self, user: &str, args: &[&str], input: &str) {
        let mut child = self.command(user, args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{args:?}");
    }

    /// The JSON lines of a command.
    pub fn json(&self, user: &str, args: &[&str]) -> Vec<Value> {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        self.ok(user, &args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn spawn(&self, user: &str, args: &[&str]) -> Running {
        Running(self.command(user, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    pub fn import(&self, rows: &str) {
        let file = self.home.path().join("customers.csv");
        std::fs::write(&file, rows).unwrap();
        self.ok("1", &["customers", "import", path(&file)]);
    }
}

/// A process that does not outlive its test.
pub struct Running(Child);

impl Running {
    /// kill -9; says whether it had ended well before.
    pub fn kill(mut self) -> bool {
        // One that has ended just now is hit by nobody's kill.
        let _ = self.0.kill();
        self.0.wait().unwrap().success()
    }

    pub fn ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Waits until `done` says so; panics after a minute.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !done() {
        assert!(start.elapsed().as_secs() < 60, "waited in vain for {what}");
        std::thread::yield_now();
        std::thread::park_timeout(std::time::Duration::from_millis(20));
    }
}
